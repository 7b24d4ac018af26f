//! Server-sent events: read as they come, and read on where a connection ended.
//!
//! `cargo run --example sse` needs no network: it brings its own server, which breaks off after
//! every third event.

use courser::Client;
use courser_testkit::{Body, Server};
use http::Response;

/// How many events there are.
const EVENTS: u64 = 10;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let server = serve();
    let client = Client::builder().base_url(server.url("")).build()?;

    // The events of one response.
    let response = client.get("/events").as_stream().send().await?;
    let mut events = response.events();
    while let Some(event) = events.next().await {
        let event = event?;
        println!("{} {}", event.id, event.data);
    }
    println!("it ended after {}; read on:", events.last_event_id());

    // Over as many connections as it takes. The source sends the last ID, and the server goes on
    // behind it; an answer of 204 ends it.
    let from = events.last_event_id().to_owned();
    let mut source = client
        .get("/events")
        .header("Last-Event-ID", from)
        .event_source()?;
    while let Some(event) = source.next().await {
        let event = event?;
        println!("{} {}", event.id, event.data);
    }

    // The same without async.
    let count = client.get("/events").event_source()?.into_iter().count();
    println!("{count} events, without async");
    anyhow::ensure!(count as u64 == EVENTS, "events are missing");
    Ok(())
}

fn serve() -> Server {
    Server::start(|request| {
        let last = request.headers().get("last-event-id");
        let last = last.and_then(|id| id.to_str().ok()?.parse().ok());
        let begin = last.unwrap_or(0_u64) + 1;
        if begin > EVENTS {
            return answer(204, Body::empty());
        }
        let events = (begin..=EVENTS.min(begin + 2))
            .map(|n| format!("retry: 1\nid: {n}\ndata: event {n} of {EVENTS}\n\n"));
        answer(200, Body::chunks(events))
    })
}

fn answer(status: u16, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    let content_type = http::HeaderValue::from_static("text/event-stream");
    response.headers_mut().insert("content-type", content_type);
    response
}
