//! Layers of tower-http as stages of a client.
//!
//! `cargo run --example tower_http` needs no network: it brings its own server.

use std::time::Duration;

use courser::middleware::Stage;
use courser::tower::http_layer;
use courser::{Body, Client, ErrorKind};
use courser_testkit::Server;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use tower::ServiceBuilder;
use tower_http::set_header::{SetRequestHeaderLayer, SetResponseHeaderLayer};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let server = Server::start_async(|request: Request<_>| async move {
        if request.uri().path() == "/silent" {
            std::future::pending::<()>().await;
        }
        let tenant = request.headers().get("x-tenant").cloned();
        Response::new(format!("{} for {tenant:?}", request.uri()))
    });

    // Several as one stage. TraceLayer would tell `tracing`; here it prints.
    let traced = TraceLayer::new_for_http()
        .on_request(|request: &Request<Body>, _: &tracing::Span| {
            println!("→ {} {}", request.method(), request.uri());
        })
        .on_response(
            |response: &Response<Body>, took: Duration, _: &tracing::Span| {
                println!("← {} after {} ms", response.status(), took.as_millis());
            },
        );
    let layers = ServiceBuilder::new()
        .layer(SetRequestHeaderLayer::overriding(
            HeaderName::from_static("x-tenant"),
            HeaderValue::from_static("7"),
        ))
        .layer(SetResponseHeaderLayer::if_not_present(
            HeaderName::from_static("x-seen-by"),
            HeaderValue::from_static("tower-http"),
        ))
        .layer(traced);
    // Its time limit answers 408 by itself; inside of `status` that is an error, as from a server.
    let patience =
        TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_millis(100));
    let client = Client::builder()
        .base_url(server.url(""))
        .stack(|stack| {
            stack.insert_after(
                "status",
                Stage::middleware(http_layer("patience", patience)),
            )?;
            stack.push(Stage::middleware(http_layer("layers", layers)));
            Ok(())
        })
        .build()?;

    let response = client.get("/a?b=c").send().await?;
    println!(
        "{} {:?}",
        response.text()?,
        response.headers.get("x-seen-by")
    );

    // The same without async, its time limit included.
    println!("{}", client.get("/a").call()?.text()?);
    match client.get("/silent").call() {
        Err(error) if error.kind() == ErrorKind::Status(StatusCode::REQUEST_TIMEOUT) => {
            println!("{error}");
        }
        other => anyhow::bail!("not expected: {other:?}"),
    }
    Ok(())
}
