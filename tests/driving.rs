//! Async and blocking: one client, any thread, any runtime.

use std::sync::Arc;
use std::time::Duration;

use courser::middleware::{Next, Request, from_fn};
use courser::pool::{Capabilities, Conn, Connect, Connector, Lease, Reusable};
use courser::{Canceller, Client, ErrorKind, Phase, Timeout, Url};
use courser_core::{BoxFuture, Call};
use courser_testkit::{Gate, RawPeer, Server, Step};
use futures_util::future::join;
use http::Response;

fn hello() -> Server {
    Server::start(|_| Response::new("hello"))
}

/// A peer that takes the request and says nothing.
fn silent() -> RawPeer {
    RawPeer::script(vec![Step::ReadHead, Step::Hang])
}

#[test]
fn call_inside_a_current_thread_runtime() {
    let server = hello();
    let client = Client::new();
    let rt = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    rt.block_on(async {
        let res = client.get(server.url("/")).send().await.unwrap();
        assert_eq!(res.text().unwrap(), "hello");
        let res = client.get(server.url("/")).call().unwrap();
        assert_eq!(res.text().unwrap(), "hello");
        let res = client.get(server.url("/")).send().await.unwrap();
        assert_eq!(res.text().unwrap(), "hello");
        drop(client);
    });
}

#[test]
fn a_middleware_does_two_things_at_once_in_a_blocking_call() {
    // The first answer comes once the second request is there; and the peer fails if it never is.
    let gates = [Gate::new(), Gate::new()];
    let peer = RawPeer::serve(move |wire| {
        while !wire.at_end()? {
            let head = wire.read_head()?;
            let gate = &gates[usize::from(head.starts_with(b"GET /1/"))];
            if head[7..].starts_with(b"second") {
                gate.open();
            } else {
                gate.wait();
            }
            wire.send("HTTP/1.1 204 No Content\r\n\r\n")?;
        }
        Ok(())
    });
    let both = from_fn("both", |req: Request, next: Next| async move {
        let mut other = Request::new(req.url.clone(), req.call.clone());
        other.url = Url::parse(&req.url.as_str().replace("/first", "/second"))?;
        let (first, second) = join(next.clone().run(req), next.run(other)).await;
        second.and(first)
    });
    let client = Client::builder().middleware(both).build().unwrap();
    // On new connections, and on those that were kept.
    for path in ["/0/first", "/1/first"] {
        assert_eq!(client.get(peer.url(path)).call().unwrap().status, 204);
    }
}

/// A transport about another, which opens a gate beside each exchange.
#[derive(Debug)]
struct Beside(courser::native::Native, Gate);

impl Connector for Beside {
    fn connect<'a>(
        &'a self,
        to: &'a Connect,
        call: &'a Arc<Call>,
    ) -> BoxFuture<'a, courser::Result<Box<dyn Conn>>> {
        Box::pin(async move {
            let conn = self.0.connect(to, call).await?;
            Ok(Box::new(BesideConn(conn, self.1.clone())) as Box<dyn Conn>)
        })
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }
}

struct BesideConn(Box<dyn Conn>, Gate);

impl Conn for BesideConn {
    fn send(
        self: Box<Self>,
        lease: Lease,
        req: Request,
    ) -> BoxFuture<'static, courser::Result<courser_core::Response>> {
        let BesideConn(conn, gate) = *self;
        let sent = conn.send(lease, req);
        Box::pin(async move { join(sent, async move { gate.open() }).await.0 })
    }
}

#[test]
fn a_transport_about_another_does_something_beside_in_a_blocking_call() {
    // The answer comes once that was done; and the peer fails if it never is.
    let gate = Gate::new();
    let peer = RawPeer::serve({
        let gate = gate.clone();
        move |wire| {
            wire.read_head()?;
            gate.wait();
            wire.send("HTTP/1.1 204 No Content\r\n\r\n")
        }
    });
    let manager = Reusable::new(Arc::new(Beside(courser::native::Native::new(), gate)));
    let client = Client::builder().connection_manager(Arc::new(manager));
    let request = client.build().unwrap().get(peer.url("/"));
    assert_eq!(request.call().unwrap().status, 204);
}

#[test]
fn call_from_many_threads_and_tasks_at_once() {
    let server = hello();
    let client = Client::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..25 {
                    assert_eq!(
                        client.get(server.url("/")).call().unwrap().text().unwrap(),
                        "hello"
                    );
                }
            });
        }
        let rt = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        rt.block_on(async {
            let all: Vec<_> = (0..50)
                .map(|_| tokio::spawn(client.get(server.url("/")).send()))
                .collect();
            for task in all {
                assert_eq!(task.await.unwrap().unwrap().text().unwrap(), "hello");
            }
        });
    });
    let statistics = client.connection_manager().statistics();
    assert_eq!((statistics.leased, statistics.pending), (0, 0));
}

#[test]
fn a_client_outlives_its_runtimes() {
    let server = hello();
    let client = Client::new();
    for _ in 0..3 {
        let rt = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let res = rt.block_on(client.get(server.url("/")).send()).unwrap();
        assert_eq!(res.text().unwrap(), "hello");
    }
}

#[test]
fn send_outside_of_a_runtime_names_call() {
    let future = courser::get("http://127.0.0.1:1/").send();
    let error = futures_util::FutureExt::now_or_never(future)
        .unwrap()
        .unwrap_err();
    assert!(error.to_string().contains("call()"), "{error}");
}

#[test]
fn deadlines_say_which_and_where() {
    fn check(
        set: impl Fn(courser::RequestBuilder) -> courser::RequestBuilder,
        expected: Timeout,
        says: &str,
    ) {
        let peer = silent();
        let error = set(courser::get(peer.url("/?token=secret")))
            .call()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout(expected));
        assert!(error.to_string().contains(says), "{error}");
        assert!(!format!("{error:?}").contains("secret"));
        let peer = silent();
        let rt = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let error = rt
            .block_on(set(courser::get(peer.url("/"))).send())
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout(expected));
    }
    let short = Duration::from_millis(30);
    check(
        |r| r.timeout(short),
        Timeout::Total(Phase::Head),
        "limit: 30ms (:timeout)",
    );
    check(
        |r| r.socket_timeout(short),
        Timeout::Idle(Phase::Head),
        "timed out while waiting for the response (GET http://127.0.0.1:",
    );
}

#[test]
fn a_stalled_body_meets_its_limits() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc";
    let peer = RawPeer::script(vec![Step::ReadHead, Step::send(answer), Step::Hang]);
    let error = courser::get(peer.url("/"))
        .timeout(Duration::from_millis(500))
        .call()
        .unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::Timeout(Timeout::Total(Phase::Body))
    );
}

#[test]
fn cancelling_from_another_thread() {
    let peer = RawPeer::script(vec![Step::ReadToEnd]);
    let canceller = Canceller::new();
    let error = std::thread::scope(|scope| {
        scope.spawn(|| {
            peer.wait_received(0, "\r\n\r\n");
            canceller.cancel();
        });
        courser::get(peer.url("/"))
            .cancel(canceller.clone())
            .call()
            .unwrap_err()
    });
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    // The connection is closed, not left behind.
    peer.wait_ended(0).unwrap();
}

#[test]
fn what_is_cancelled_already_does_nothing() {
    use courser::middleware::{Hook, Request};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    struct Count(Arc<AtomicUsize>);

    impl Hook for Count {
        fn name(&self) -> &'static str {
            "count"
        }
        fn request(&self, _: &mut Request) -> courser::Result<()> {
            self.0.fetch_add(1, SeqCst);
            Ok(())
        }
    }

    let (server, count) = (hello(), Arc::new(AtomicUsize::new(0)));
    let client = Client::builder()
        .hook(Count(count.clone()))
        .build()
        .unwrap();
    client.get(server.url("/")).call().unwrap();
    let canceller = Canceller::new();
    canceller.cancel();
    let error = client
        .get(server.url("/"))
        .cancel(canceller)
        .call()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(count.load(SeqCst), 1);
    // The connection that rests is left alone.
    assert_eq!(client.connection_manager().statistics().idle, 1);
}

#[test]
fn a_middleware_may_call_within_a_call() {
    use courser::middleware::{Next, Request, from_fn_with};
    let server = Server::start(|req| {
        Response::new(
            req.headers()
                .get("x-token")
                .map_or("none", |_| "some")
                .to_owned(),
        )
    });
    let url = server.url("/token");
    let fetch = from_fn_with(
        url,
        "token",
        async |url: String, mut req: Request, next: Next| {
            let token = courser::get(url).call()?;
            req.headers.insert("X-Token", token.text()?.into_owned())?;
            next.run(req).await
        },
    );
    let client = Client::builder().middleware(fetch).build().unwrap();
    assert_eq!(
        client.get(server.url("/")).call().unwrap().text().unwrap(),
        "some"
    );
}
