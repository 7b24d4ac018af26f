//! tower's layers as stages, and clients as services.

use std::error::Error as _;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use courser::middleware::{Middleware, Next, Request, Response, Stage, from_fn_with};
use courser::tower::{http_layer, layer};
use courser::{Body, Client, ErrorKind, Phase, Result, Timeout};
use courser_testkit::{RawPeer, Server, Step, dead_port};
use tower::limit::{ConcurrencyLimitLayer, RateLimitLayer};
use tower::retry::{Policy, RetryLayer};
use tower::timeout::TimeoutLayer;
use tower::{BoxError, Service, ServiceBuilder, ServiceExt as _};
use tower_http::map_response_body::MapResponseBodyLayer;
use tower_http::sensitive_headers::SetSensitiveRequestHeadersLayer;
use tower_http::set_header::SetRequestHeaderLayer;

const MS: Duration = Duration::from_millis(1);

fn tokio() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

fn client(middleware: impl Middleware + 'static) -> Client {
    Client::builder().middleware(middleware).build().unwrap()
}

/// By `call()` on a thread without a runtime, by `call()` on one whose runtime it blocks, and by
/// `send()`.
fn each(client: &Client, url: &str, check: impl Fn(Result<courser::Response>)) {
    check(client.get(url).call());
    check(tokio().block_on(async { client.get(url).call() }));
    check(tokio().block_on(client.get(url).send()));
}

fn hello() -> Server {
    Server::start(|_| http::Response::new("hello"))
}

/// A service that must be ready on the very clone that is called.
struct Strict<S>(S, bool);

impl<S: Clone> Clone for Strict<S> {
    fn clone(&self) -> Self {
        Strict(self.0.clone(), false)
    }
}

impl<S: Service<Request>> Service<Request> for Strict<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        if self.1 {
            return self.0.poll_ready(cx);
        }
        // Not at once: back-pressure is waited for.
        self.1 = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn call(&mut self, req: Request) -> S::Future {
        assert!(std::mem::take(&mut self.1), "called before it was ready");
        self.0.call(req)
    }
}

#[test]
fn the_clone_that_is_called_was_ready_and_the_layer_is_applied_once() {
    let server = hello();
    let applied = Arc::new(AtomicUsize::new(0));
    let count = applied.clone();
    let strict = tower::layer::layer_fn(move |rest| {
        count.fetch_add(1, Ordering::Relaxed);
        Strict(rest, false)
    });
    let client = client(layer("strict", strict));
    each(&client, &server.url("/"), |res| {
        assert_eq!(res.unwrap().text().unwrap(), "hello");
    });
    assert_eq!(applied.load(Ordering::Relaxed), 1);
}

#[test]
fn what_a_layer_limits_it_limits_for_all_calls() {
    // How many are in it, and the most that were.
    type Counts = Arc<(AtomicUsize, AtomicUsize)>;
    async fn counted(counts: Counts, req: Request, next: Next) -> Result<Response> {
        let now = counts.0.fetch_add(1, Ordering::SeqCst) + 1;
        counts.1.fetch_max(now, Ordering::SeqCst);
        // Others get their turn meanwhile.
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        let result = next.run(req).await;
        counts.0.fetch_sub(1, Ordering::SeqCst);
        result
    }
    let server = hello();
    for (limit, most) in [(2, 2), (8, 8)] {
        let counts = Counts::default();
        let client = Client::builder()
            .middleware(from_fn_with(counts.clone(), "counted", counted))
            .middleware(layer("limit", ConcurrencyLimitLayer::new(limit)))
            .build()
            .unwrap();
        tokio().block_on(async {
            let all = (0..8).map(|_| client.get(server.url("/")).send());
            let all = futures_util::future::join_all(all).await;
            assert!(all.iter().all(Result::is_ok));
        });
        assert_eq!(counts.1.load(Ordering::SeqCst), most);
    }
}

#[test]
fn a_timeout_of_tokio_ends_a_call_on_each_driver() {
    let silent = RawPeer::script(vec![Step::ReadHead, Step::Hang]);
    let client = client(layer("patience", TimeoutLayer::new(20 * MS)));
    each(&client, &silent.url("/"), |res| {
        let error = res.unwrap_err();
        let kind = ErrorKind::Timeout(Timeout::Total(Phase::Other));
        assert_eq!(error.kind(), kind, "{error}");
        assert!(
            error
                .to_string()
                .contains("the layer \"patience\" timed out")
        );
        let cause = error.source().unwrap();
        assert_eq!(cause.to_string(), "request timed out");
    });
}

#[test]
fn what_a_layer_spawns_lives_as_long_as_the_client() {
    let server = hello();
    let layers = || {
        ServiceBuilder::new()
            .buffer(8)
            .layer(RateLimitLayer::new(1, MS))
            .load_shed()
            .concurrency_limit(1)
    };
    let here = client(layer("rate", layers()));
    // Made on a runtime that is gone when it is used.
    let there = tokio().block_on(async { client(layer("rate", layers())) });
    for client in [here, there] {
        each(&client, &server.url("/"), |res| {
            assert_eq!(res.unwrap().text().unwrap(), "hello");
        });
    }
}

#[test]
fn waiting_for_a_layer_counts_for_the_timeout() {
    let server = hello();
    // It never is ready.
    let client = client(layer("shut", ConcurrencyLimitLayer::new(0)));
    for res in [
        client.get(server.url("/")).timeout(20 * MS).call(),
        tokio().block_on(client.get(server.url("/")).timeout(20 * MS).send()),
    ] {
        let kind = ErrorKind::Timeout(Timeout::Total(Phase::Other));
        assert_eq!(res.unwrap_err().kind(), kind);
    }
    assert_eq!(server.stats().requests, 0);
}

#[test]
fn errors_of_ours_come_through_as_they_were() {
    let dead = dead_port();
    let plain = Client::new().get(dead.url("/")).call().unwrap_err();
    let client = client(layer(
        "patience",
        TimeoutLayer::new(Duration::from_secs(30)),
    ));
    each(&client, &dead.url("/"), |res| {
        let error = res.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connect);
        assert_eq!(error.message(), plain.message());
        assert!(error.source().is_some());
    });
    // And one of its own, which is the cause.
    let refuse = self::client(layer("refuse", tower::layer::layer_fn(|_| Refuse)));
    each(&refuse, &dead.url("/"), |res| {
        let error = res.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::User);
        assert_eq!(error.source().unwrap().to_string(), "not today");
    });
}

/// A service that never is ready.
#[derive(Clone)]
struct Refuse;

impl Service<Request> for Refuse {
    type Response = Response;
    type Error = BoxError;
    type Future = Ready<Result<Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Err("not today".into()))
    }

    fn call(&mut self, _: Request) -> Self::Future {
        unreachable!("it never is ready")
    }
}

#[test]
fn through_http_and_back_nothing_is_lost() {
    let peer = RawPeer::answers([
        "HTTP/1.1 200 Fine\r\nX-B: 1\r\nx-A: 2\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 Fine\r\nX-B: 1\r\nx-A: 2\r\nContent-Length: 2\r\n\r\nok",
    ]);
    let layers = ServiceBuilder::new()
        .layer(SetSensitiveRequestHeadersLayer::new([
            http::HeaderName::from_static("x-key"),
        ]))
        .layer(SetRequestHeaderLayer::appending(
            http::HeaderName::from_static("x-tenant"),
            http::HeaderValue::from_static("7"),
        ));
    let client = Client::builder()
        .stack(|stack| stack.insert_after("retries", Stage::middleware(http_layer("set", layers))))
        .build()
        .unwrap();
    let url = peer.url("/a/../b//%7e?c=%20,#d").replace("//1", "//u:p@1");
    let request = || {
        let request = client.post(&url).body("text");
        request
            .header("X-Key", "hunter2")
            .header("x-ONE", "1")
            .header("X-Key", "3")
    };
    for res in [request().call(), tokio().block_on(request().send())] {
        let res = res.unwrap();
        assert_eq!((res.reason(), res.text().unwrap()), ("Fine", "ok".into()));
        assert_eq!(res.url.with_fragment(), url.replace("u:p@", ""));
        let names: Vec<&str> = res.headers.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["X-B", "x-A", "Content-Length"]);
        assert!(res.exchanged().is_some() && res.remote_addr.is_some());
    }
    for connection in 0..2 {
        let sent = peer.received_text(connection);
        assert!(
            sent.starts_with("POST /a/../b//%7e?c=%20, HTTP/1.1\r\n"),
            "{sent}"
        );
        let at = [
            "X-Key: hunter2",
            "x-ONE: 1",
            "X-Key: 3",
            "authorization: Basic dTpw",
            "x-tenant: 7",
        ]
        .map(|line| sent.find(&format!("\r\n{line}\r\n")));
        assert!(
            at.iter().all(Option::is_some) && at[..3].is_sorted(),
            "{sent}"
        );
        assert!(sent.contains("\r\nContent-Length: 4\r\n") && sent.ends_with("\r\n\r\ntext"));
    }
}

#[test]
fn layers_may_have_bodies_answers_and_extensions_of_their_own() {
    let server = hello();
    // A body of tokio's around ours.
    let slow = tower_http::timeout::ResponseBodyTimeoutLayer::new(Duration::from_secs(30));
    let upper = MapResponseBodyLayer::new(in_capitals);
    let client_ = client(http_layer(
        "bodies",
        ServiceBuilder::new().layer(slow).layer(upper),
    ));
    each(&client_, &server.url("/"), |res| {
        assert_eq!(res.unwrap().text().unwrap(), "HELLO");
    });

    // An answer of the layer.
    let silent = RawPeer::script(vec![Step::ReadHead, Step::Hang]);
    let status = http::StatusCode::REQUEST_TIMEOUT;
    let slow = tower_http::timeout::TimeoutLayer::with_status_code(status, 20 * MS);
    let client_ = Client::builder()
        .stack(|stack| stack.insert_after("status", Stage::middleware(http_layer("slow", slow))))
        .build()
        .unwrap();
    each(&client_, &silent.url("/"), |res| {
        let error = res.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Status(status));
        assert!(error.response().is_some_and(|res| res.bytes().is_empty()));
    });

    // A request that does not know where it comes from.
    let amnesia = tower::util::MapRequestLayer::new(|request: http::Request<Body>| {
        http::Request::new(request.into_body())
    });
    let error = client(http_layer("amnesia", amnesia))
        .get(server.url("/"))
        .call()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(
        error
            .to_string()
            .contains("\"amnesia\" sent a request of its own making"),
        "{error}"
    );
}

fn in_capitals(body: Body) -> Body {
    use futures_util::StreamExt as _;
    Body::stream(body.map(|piece| piece.map(|piece| piece.to_ascii_uppercase())))
}

/// Once more after each answer of 503.
#[derive(Clone)]
struct Once(bool);

impl Policy<http::Request<Body>, http::Response<Body>, courser::Error> for Once {
    type Future = Ready<()>;

    fn retry(
        &mut self,
        _: &mut http::Request<Body>,
        result: &mut Result<http::Response<Body>>,
    ) -> Option<Ready<()>> {
        let busy = result.as_ref().is_ok_and(|res| res.status() == 503);
        (busy && std::mem::take(&mut self.0)).then(|| ready(()))
    }

    fn clone_request(&mut self, request: &http::Request<Body>) -> Option<http::Request<Body>> {
        Some(request.clone())
    }
}

#[test]
fn a_retry_of_tower_sends_what_can_be_sent_again() {
    let server = Server::builder().record().start(|req| {
        let mut res = http::Response::new("");
        *res.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
        if req.headers().contains_key("x-ok") {
            *res.status_mut() = http::StatusCode::OK;
        }
        res
    });
    let client = Client::builder()
        .stack(|stack| {
            let retry = http_layer("retry", RetryLayer::new(Once(true)));
            stack.insert_after("retries", Stage::middleware(retry))
        })
        .build()
        .unwrap();
    let post = || client.post(server.url("/")).throw_exceptions(false);
    assert_eq!(post().body("text").call().unwrap().status, 503);
    let bodies: Vec<_> = server
        .recorded()
        .iter()
        .map(|sent| sent.body.clone())
        .collect();
    assert_eq!(bodies, ["text", "text"]);

    let error = post().body(Body::reader(&b"once"[..])).call().unwrap_err();
    assert!(error.to_string().contains("Body::factory"), "{error}");
    assert_eq!(server.recorded().len(), 3);
}

/// What a user puts into the extensions of a message.
#[derive(Clone, Debug, PartialEq)]
struct Mark(u8);

#[test]
fn a_client_is_a_service_of_both_kinds() {
    let server = Server::start(|req| {
        let mut res = http::Response::new(format!("{} {}", req.method(), req.uri()));
        if req.uri().path() == "/404" {
            *res.status_mut() = http::StatusCode::NOT_FOUND;
        }
        res
    });
    let around = ServiceBuilder::new()
        .concurrency_limit(2)
        .timeout(Duration::from_secs(30));
    tokio().block_on(async {
        let request = |path: &str| courser::Request {
            url: server.url(path),
            ..Default::default()
        };
        let client = around.service(Client::new());
        let res = client.clone().oneshot(request("/a")).await.unwrap();
        assert_eq!(res.text().unwrap(), "GET /a");
        let error = client.clone().oneshot(request("/404")).await.unwrap_err();
        let error = error.downcast::<courser::Error>().unwrap();
        assert_eq!(error.kind(), ErrorKind::Status(http::StatusCode::NOT_FOUND));

        // Over `http`: no status is an error, bodies are streams, extensions stay.
        let marks = tower::layer::layer_fn(|rest| {
            tower::service_fn(move |req: http::Request<Body>| {
                let mark = req.extensions().get::<Mark>().cloned();
                let mut rest: courser::tower::HttpRest = Clone::clone(&rest);
                async move {
                    let mut res = rest.call(req).await?;
                    res.extensions_mut().insert(mark);
                    Ok::<_, courser::Error>(res)
                }
            })
        });
        // Nothing is collected: this limit is for what is.
        let client = Client::builder()
            .middleware(http_layer("marks", marks))
            .defaults(|d| d.max_body_size = Some(1))
            .build()
            .unwrap();
        let mut request = http::Request::post(server.url("/404"))
            .body(String::from("x"))
            .unwrap();
        request.extensions_mut().insert(Mark(7));
        let mut res = client.oneshot(request).await.unwrap();
        assert_eq!(res.status(), 404);
        assert_eq!(res.extensions().get(), Some(&Some(Mark(7))));
        res.body_mut().collect(99).await.unwrap();
        assert_eq!(res.body().as_bytes().unwrap(), "POST /404");

        // What the client's defaults say, holds.
        let client = Client::builder()
            .defaults(|d| d.throw_exceptions = Some(true))
            .build()
            .unwrap();
        let request = http::Request::get(server.url("/404"))
            .body(Body::empty())
            .unwrap();
        let error = client.oneshot(request).await.unwrap_err();
        assert_eq!(error.status(), Some(http::StatusCode::NOT_FOUND));
    });
    // Outside of tokio there is an error, not a panic.
    let request = http::Request::get(server.url("/"))
        .body(Body::empty())
        .unwrap();
    let error = futures_util::FutureExt::now_or_never(Client::new().oneshot(request));
    assert!(error.unwrap().unwrap_err().to_string().contains(".call()"));
}
