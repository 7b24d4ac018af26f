//! Layers of tower as stages of a client, and a client as a service of tower.
//!
//! `cargo run --example tower_limit` needs no network: it brings its own server, which counts how
//! many requests it has at once, and does not answer every third.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use courser::middleware::Stage;
use courser::tower::{http_layer, layer};
use courser::{Body, Client, Request};
use courser_testkit::Server;
use tower::limit::ConcurrencyLimitLayer;
use tower::retry::{Policy, RetryLayer};
use tower::timeout::TimeoutLayer;
use tower::{ServiceBuilder, ServiceExt};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let most = Arc::new(AtomicUsize::new(0));
    let server = serve(most.clone());

    // Four calls at once, whoever makes them: the limit stands around all stages. What runs out of
    // time is tried again: both stand innermost, where each try passes.
    let client = Client::builder()
        .base_url(server.url(""))
        .middleware(layer("limit", ConcurrencyLimitLayer::new(4)))
        .stack(|stack| {
            let patience = TimeoutLayer::new(Duration::from_millis(200));
            stack.push(Stage::middleware(http_layer(
                "again",
                RetryLayer::new(Tries(3)),
            )));
            stack.push(Stage::middleware(layer("patience", patience)));
            Ok(())
        })
        .build()?;
    println!(
        "stages: {}",
        client.stack().names().collect::<Vec<_>>().join(", ")
    );

    let (sender, mut answers) = tokio::sync::mpsc::unbounded_channel();
    for n in 0..12 {
        let (client, sender) = (client.clone(), sender.clone());
        tokio::spawn(async move { sender.send(client.get(format!("/{n}")).send().await) });
    }
    drop(sender);
    let mut count = 0;
    while let Some(answer) = answers.recv().await {
        answer?;
        count += 1;
    }
    let most = most.load(Ordering::SeqCst);
    println!("{count} answers, at most {most} requests at once");
    anyhow::ensure!(count == 12 && most <= 4, "the limit does not hold");

    // The same without async: tokio's timers are found there too.
    for n in 0..3 {
        println!("{}", client.get(format!("/{n}")).call()?.text()?);
    }

    // The other way round: a client as the innermost service.
    let service = ServiceBuilder::new()
        .concurrency_limit(4)
        .timeout(Duration::from_secs(10))
        .service(client);
    let request = Request {
        url: "/service".into(),
        ..Default::default()
    };
    let answer = service.oneshot(request).await;
    let answer = answer.map_err(anyhow::Error::from_boxed)?;
    println!("{}", answer.text()?);
    Ok(())
}

/// So many tries of a request that can be sent again.
#[derive(Clone)]
struct Tries(usize);

impl<R> Policy<http::Request<Body>, R, courser::Error> for Tries {
    type Future = Ready<()>;

    fn retry(
        &mut self,
        _: &mut http::Request<Body>,
        result: &mut Result<R, courser::Error>,
    ) -> Option<Ready<()>> {
        self.0 -= 1;
        let timed_out = result.as_ref().is_err_and(courser::Error::is_timeout);
        (timed_out && self.0 > 0).then(|| ready(()))
    }

    fn clone_request(&mut self, request: &http::Request<Body>) -> Option<http::Request<Body>> {
        request.body().replay().is_some().then(|| request.clone())
    }
}

/// A server that counts how many requests it has at once, and leaves every third unanswered.
fn serve(most: Arc<AtomicUsize>) -> Server {
    let (now, total) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let counts = Arc::new((now, total));
    Server::start_async(move |request| {
        let (counts, most) = (counts.clone(), most.clone());
        async move {
            let (now, total) = &*counts;
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let silent = total.fetch_add(1, Ordering::SeqCst) % 3 == 2;
            tokio::time::sleep(Duration::from_millis(20)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            if silent {
                std::future::pending::<()>().await;
            }
            http::Response::new(format!("answer to {}", request.uri()))
        }
    })
}
