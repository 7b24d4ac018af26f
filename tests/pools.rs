//! Connections: kept, limited, waited for, given back.

use std::sync::Arc;
use std::time::Duration;

use courser::pool::{Capabilities, Conn, Connect, Connector, Lease, Reusable};
use courser::{Client, ErrorKind, Timeout};
use courser_core::{BoxFuture, Call};
use courser_testkit::{Gate, RawPeer, Server, Step};
use http::Response;

#[test]
fn free_functions_close_and_clients_keep() {
    let server = Server::start(|_| Response::new("ok"));
    for _ in 0..3 {
        courser::get(server.url("/")).call().unwrap();
    }
    assert_eq!(server.stats().accepted, 3);
    let client = Client::new();
    for _ in 0..3 {
        client.get(server.url("/")).call().unwrap();
    }
    assert_eq!(server.stats().accepted, 4);
}

#[test]
fn a_limit_is_kept_and_the_wait_is_bounded() {
    let gate = Gate::new();
    let held = gate.clone();
    let server = Server::start_async(move |req| {
        let gate = held.clone();
        async move {
            if req.uri().path() == "/slow" {
                gate.opened().await;
            }
            Response::new("ok")
        }
    });
    let manager = courser::reqwest::Reqwest::new();
    let manager = Reusable::builder(Arc::new(manager))
        .max_total(Some(1))
        .build()
        .unwrap();
    let client = Client::builder()
        .connection_manager(Arc::new(manager))
        .build()
        .unwrap();
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| client.get(server.url("/slow")).call());
        server.wait_until("the slow request came", |stats| stats.requests == 1);
        let short = Duration::from_millis(20);
        let error = client
            .get(server.url("/"))
            .with(|r| r.connection_request_timeout = Some(short))
            .call()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout(Timeout::Pool));
        assert!(
            error.to_string().contains(":connection-request-timeout"),
            "{error}"
        );
        assert_eq!(client.connection_manager().statistics().leased, 1);
        let waiting = scope.spawn(|| client.get(server.url("/")).call());
        gate.open();
        assert_eq!(slow.join().unwrap().unwrap().status, 200);
        assert_eq!(waiting.join().unwrap().unwrap().status, 200);
    });
    let statistics = client.connection_manager().statistics();
    assert_eq!(
        (statistics.leased, statistics.pending, statistics.max),
        (0, 0, Some(1))
    );
    assert_eq!(server.stats().accepted, 1);
}

#[test]
fn a_stream_holds_its_place_until_its_end_or_drop() {
    let server = Server::start(|_| Response::new("x".repeat(100_000)));
    let client = Client::new();
    let leased = || client.connection_manager().statistics().leased;
    let res = client.get(server.url("/")).as_stream().call().unwrap();
    assert_eq!(leased(), 1);
    std::io::copy(&mut res.reader(), &mut std::io::sink()).unwrap();
    assert_eq!(leased(), 0);
    let res = client.get(server.url("/")).as_stream().call().unwrap();
    assert_eq!(leased(), 1);
    drop(res);
    assert_eq!(leased(), 0);
    assert_eq!(
        client
            .get(server.url("/"))
            .call()
            .unwrap()
            .body_bytes()
            .unwrap()
            .len(),
        100_000
    );
}

#[test]
fn after_shutdown() {
    let server = Server::start(|_| Response::new("ok"));
    let client = Client::new();
    client.get(server.url("/")).call().unwrap();
    client.connection_manager().shutdown();
    let error = client.get(server.url("/")).call().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    server.wait_until("idle connections are closed", |stats| stats.open == 0);
}

#[test]
fn a_scope_has_a_pool_of_its_own() {
    let server = Server::start(|_| Response::new("ok"));
    let outside = Client::per_request();
    let kept = outside
        .with_connection_pool(
            |pool| pool.max_total(Some(10)),
            |client| {
                for _ in 0..3 {
                    client.get(server.url("/")).call().unwrap();
                }
                let statistics = client.connection_manager().statistics();
                assert_eq!(statistics.max, Some(10));
                assert_eq!((statistics.created, statistics.reused), (1, 2));
                assert_eq!((statistics.evicted, statistics.routes[0].reused), (0, 2));
                client.clone()
            },
        )
        .unwrap();
    assert_eq!(server.stats().accepted, 1);
    let error = kept.get(server.url("/")).call().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    // Nothing became of the client around it.
    outside.get(server.url("/")).call().unwrap();

    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    tokio.block_on(async {
        let scope = outside.with_async_connection_pool(
            |pool| pool,
            async |client| {
                for _ in 0..3 {
                    client.get(server.url("/")).send().await.unwrap();
                }
                client.connection_manager().statistics()
            },
        );
        let statistics = scope.await.unwrap();
        assert_eq!(statistics.max, Some(4), "clj-http's");
        assert_eq!((statistics.created, statistics.reused), (1, 2));
    });
    let wrong = outside.with_connection_pool(|pool| pool.max_total(Some(0)), |_| ());
    assert_eq!(wrong.unwrap_err().kind(), ErrorKind::InvalidRequest);
}

#[test]
fn options_of_sockets_are_kept_or_refused() {
    let server = Server::start(|_| Response::new("ok"));
    let client = Client::new();
    let with = |set: fn(&mut courser::SocketOptions)| {
        let mut options = courser::SocketOptions::default();
        set(&mut options);
        let request = client.get(server.url("/"));
        request
            .with(|r| r.io_config = Some(Box::new(options)))
            .call()
    };
    with(|_| ()).unwrap();
    with(|socket| (socket.no_delay, socket.keep_alive) = (false, true)).unwrap();
    assert_eq!(
        server.stats().accepted,
        2,
        "connections that differ are not shared"
    );
    // A transport that cannot do it says so.
    if let Err(error) = with(|socket| socket.receive_buffer = Some(1 << 16)) {
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains(":rcv-buf-size"), "{error}");
    }
}

#[test]
fn shut_down_at_once_requests_fail_that_are_under_way() {
    if !Client::new()
        .connection_manager()
        .capabilities()
        .connection_affinity
    {
        return; // a transport that hides its connections lets them end
    }
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for driver in ["blocking", "tokio"] {
        let peer = RawPeer::script(vec![Step::ReadHead, Step::Hang]);
        let client = Client::new();
        let manager = client.connection_manager().clone();
        let (get, post) = std::thread::scope(|scope| {
            scope.spawn(|| {
                // A GET is sent again, and finds the manager shut down.
                peer.wait_received(0, "\r\n\r\n");
                peer.wait_connections(2);
                peer.wait_received(1, "\r\n\r\n");
                manager.shutdown_now();
            });
            let (get, post) = (client.get(peer.url("/")), client.post(peer.url("/")));
            if driver == "tokio" {
                tokio.block_on(async { tokio::join!(get.send(), post.send()) })
            } else {
                let get = scope.spawn(|| get.call());
                let post = post.call();
                (get.join().unwrap(), post)
            }
        });
        assert_eq!(get.unwrap_err().kind(), ErrorKind::Closed, "{driver}");
        assert_eq!(post.unwrap_err().kind(), ErrorKind::Io, "{driver}");
        assert_eq!(manager.statistics().leased, 0);
    }
}

/// A connection that rested is found closed; the one that takes its place is the manager's too.
#[test]
fn shut_down_at_once_what_is_sent_again_fails_too() {
    let ok = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for driver in ["blocking", "tokio"] {
        let peer = RawPeer::scripts(vec![
            vec![
                Step::ReadHead,
                Step::send(ok),
                Step::ReadHead, // and closed without an answer
            ],
            vec![Step::ReadHead, Step::Hang],
        ]);
        let client = Client::new();
        let manager = client.connection_manager().clone();
        let get = || client.get(peer.url("/")).retry_handler(|_, _, _| false);
        let again = std::thread::scope(|scope| {
            scope.spawn(|| {
                peer.wait_received(1, "\r\n\r\n");
                manager.shutdown_now();
            });
            if driver == "tokio" {
                tokio.block_on(async {
                    get().send().await.unwrap();
                    get().send().await
                })
            } else {
                get().call().unwrap();
                get().call()
            }
        });
        assert_eq!(again.unwrap_err().kind(), ErrorKind::Io, "{driver}");
        let statistics = manager.statistics();
        assert_eq!((statistics.created, statistics.leased), (2, 0), "{driver}");
    }
}

/// Many at once, to a server that nobody has connected to yet.
fn at_once(server: &Server, version: http::Version) {
    let der = courser::Bytes::copy_from_slice(server.ca_der());
    let client = Client::builder()
        .defaults(|d| d.trusted_certificates = Some(vec![der]))
        .build()
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let all = (0..8).map(|_| client.get(server.url("/")).send());
        for response in futures_util::future::join_all(all).await {
            assert_eq!(response.unwrap().version, version);
        }
    });
}

#[test]
fn first_connects_to_one_origin_share_an_http2_connection() {
    let server = Server::builder().tls().start(|_| Response::new("ok"));
    at_once(&server, http::Version::HTTP_2);
    assert_eq!(server.stats().accepted, 1);
    let server = Server::builder()
        .tls()
        .http1_only()
        .start(|_| Response::new("ok"));
    at_once(&server, http::Version::HTTP_11);
    assert_eq!(server.stats().accepted, 8);
}

#[test]
fn whoever_connects_first_holds_nobody_up() {
    use futures_util::future::{join_all, poll_immediate};
    use std::sync::atomic::{AtomicBool, Ordering};

    // The first connection of each turn hangs in its handshake; the others lead to the server.
    let server = Server::builder().tls().start(|_| Response::new("ok"));
    let to = server.addr();
    let hangs = Arc::new(AtomicBool::new(true));
    let is_first = hangs.clone();
    let peer = RawPeer::serve(move |wire| {
        if is_first.swap(false, Ordering::SeqCst) {
            return wire.hang();
        }
        wire.tunnel(to)
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let der = courser::Bytes::copy_from_slice(server.ca_der());
    let ask = || {
        let client = Client::builder()
            .defaults(|d| d.trusted_certificates = Some(vec![der.clone()]))
            .build()
            .unwrap();
        let url = format!("https://localhost:{}/", peer.port());
        move || client.get(&url).send()
    };
    let answers = |all: Vec<courser::Result<courser::Response>>| {
        for response in all {
            assert_eq!(response.unwrap().text().unwrap(), "ok");
        }
    };
    runtime.block_on(async {
        // It is given up, or it is not polled any more.
        for drops in [true, false] {
            let ask = ask();
            let mut first = Box::pin(ask());
            hangs.store(true, Ordering::SeqCst);
            let before = peer.connections();
            while peer.connections() == before {
                assert!(poll_immediate(&mut first).await.is_none());
                tokio::task::yield_now().await;
            }
            let mut others = Box::pin(join_all([ask(), ask()]));
            assert!(poll_immediate(&mut others).await.is_none());
            let mut first = Some(first);
            if drops {
                first = None;
            }
            answers(others.await);
            // The two are told at once that it is given up. Where each has waited long enough for
            // itself, the later may find the other's to join.
            let least = if drops { 3 } else { 2 };
            let connections = peer.connections() - before;
            assert!((least..=3).contains(&connections), "{connections}");
            drop(first);
        }
    });
}

/// A transport whose connections note who is sent, and answer after some turns of the runtime.
#[derive(Debug, Default)]
struct Noting(Arc<std::sync::Mutex<Vec<usize>>>);

impl Connector for Noting {
    fn connect<'a>(
        &'a self,
        _: &'a Connect,
        _: &'a Arc<Call>,
    ) -> BoxFuture<'a, courser::Result<Box<dyn Conn>>> {
        let conn = Noting(self.0.clone());
        Box::pin(async move { Ok(Box::new(conn) as Box<dyn Conn>) })
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }
}

impl Conn for Noting {
    fn send(
        self: Box<Self>,
        lease: Lease,
        req: courser_core::Request,
    ) -> BoxFuture<'static, courser::Result<courser_core::Response>> {
        let number: usize = req.url.path().trim_start_matches('/').parse().unwrap();
        self.0.lock().unwrap().push(number);
        Box::pin(async move {
            for _ in 0..number % 5 {
                tokio::task::yield_now().await;
            }
            lease.give_back(self);
            Ok(courser_core::Response::new(req.url))
        })
    }
}

#[test]
fn of_a_thousand_tasks_on_ten_connections_none_is_overtaken() {
    const TASKS: usize = 1_000;
    let order = Arc::default();
    let manager = Reusable::builder(Arc::new(Noting(Arc::clone(&order))))
        .max_total(Some(10))
        .build()
        .unwrap();
    let client = Client::builder()
        .connection_manager(Arc::new(manager))
        .build()
        .unwrap();
    let rt = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    rt.block_on(async {
        let all: Vec<_> = (0..TASKS)
            .map(|number| tokio::spawn(client.get(format!("http://a.example/{number}")).send()))
            .collect();
        for task in all {
            task.await.unwrap().unwrap();
        }
    });
    // They came in the order of their numbers, and so they are served.
    let order: Vec<usize> = std::mem::take(&mut *order.lock().unwrap());
    assert!(order.is_sorted(), "{order:?}");
    let statistics = client.connection_manager().statistics();
    assert_eq!((statistics.leased, statistics.pending), (0, 0));
    assert!(statistics.created <= 10, "{statistics:?}");
}
