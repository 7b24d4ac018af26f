//! The server, driven by sockets of the standard library, and over HTTP/2 by hyper's client.
#![allow(clippy::unwrap_used, reason = "these are tests, helpers included")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use courser_testkit::{Body, Gate, Server, Upload, ipv6_available, peak_rss_bytes};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};

const GET: &str =
    "GET /a?b=c HTTP/1.1\r\nHost: localhost\r\nX-Case: Kept\r\nConnection: close\r\n\r\n";

fn ask(server: &Server, request: impl AsRef<[u8]>) -> String {
    let mut socket = TcpStream::connect(server.addr()).unwrap();
    socket.write_all(request.as_ref()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn answers_and_counts() {
    let server = Server::start(|request| {
        assert_eq!(request.uri(), "/a?b=c");
        Response::builder().status(201).body("hay").unwrap()
    });
    let answer = ask(&server, GET);
    assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
    assert!(answer.contains("content-length: 3\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nhay"), "{answer}");
    server.wait_until("the connection to close", |stats| stats.open == 0);
    let stats = server.stats();
    assert_eq!((stats.accepted, stats.requests), (1, 1));
    assert_eq!(
        server.url("/x"),
        format!("http://127.0.0.1:{}/x", server.port())
    );
    assert_eq!(
        server.url_at("localhost", "/"),
        format!("http://localhost:{}/", server.port())
    );
    assert_eq!(server.authority(), server.addr().to_string());
}

#[test]
fn records_requests_and_bytes() {
    let server = Server::builder()
        .record()
        .record_wire()
        .start(|_| Response::new(""));
    let request = "POST /p HTTP/1.1\r\nHost: x\r\nX-Case: Kept\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";
    ask(&server, request);
    let seen = server.only_request();
    assert_eq!(seen.parts.method, "POST");
    assert_eq!(seen.target(), "/p");
    assert_eq!(seen.header("x-case"), Some("Kept"));
    assert_eq!(seen.body, "hi");
    assert_eq!(seen.connection(), 0);
    assert_eq!(server.wire(0), request.as_bytes());
}

#[test]
fn keeps_connections_until_they_are_closed() {
    let server = Server::start(|_| Response::new("x"));
    let mut socket = TcpStream::connect(server.addr()).unwrap();
    for _ in 0..3 {
        socket
            .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            .unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\nx") {
            let mut byte = [0];
            socket.read_exact(&mut byte).unwrap();
            answer.extend(byte);
        }
    }
    assert_eq!(server.stats().accepted, 1);
    assert_eq!(server.stats().open, 1);
    server.close_connections();
    assert_eq!(server.stats().open, 0);
    assert_eq!(socket.read(&mut [0]).unwrap(), 0);
    assert!(ask(&server, GET).ends_with('x'));
}

#[test]
fn async_handlers_wait_for_gates() {
    let (reached, go) = (Gate::new(), Gate::new());
    let gates = (reached.clone(), go.clone());
    let server = Server::start_async(move |_| {
        let (reached, go) = gates.clone();
        async move {
            reached.open();
            go.opened().await;
            Response::new("at last")
        }
    });
    std::thread::scope(|scope| {
        let client = scope.spawn(|| ask(&server, GET));
        reached.wait();
        assert_eq!(server.stats().open, 1);
        go.open();
        assert!(client.join().unwrap().ends_with("at last"));
    });
}

#[test]
fn a_panic_in_a_handler_fails_the_test() {
    let server = Server::start(|_| -> Response<&str> { panic!("the handler says no") });
    assert_eq!(ask(&server, GET), "");
    let payload = catch_unwind(AssertUnwindSafe(|| drop(server))).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"the handler says no"));
}

#[test]
fn a_panic_in_a_body_fails_the_test() {
    let server = Server::start(|_| {
        Response::new(Body::chunks(std::iter::from_fn(|| -> Option<&str> {
            panic!("no body")
        })))
    });
    let _ = ask(&server, GET);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(server))).is_err());
}

#[test]
fn dropping_ends_open_connections() {
    let server = Server::start_async(|_| std::future::pending::<Response<&str>>());
    let mut socket = TcpStream::connect(server.addr()).unwrap();
    socket.write_all(GET.as_bytes()).unwrap();
    server.wait_until("the request", |stats| stats.requests == 1);
    drop(server);
    assert_eq!(socket.read(&mut [0]).unwrap(), 0);
}

#[test]
fn bodies_of_every_kind() {
    let server = Server::start(|request| {
        let chunked = || Body::chunks(["one", "two"]);
        Response::new(match request.uri().path() {
            "/chunks" => chunked(),
            "/sized" => Body::sized(6, ["one", "two"]),
            "/broken" => Body::broken(["one"]),
            "/channel" => {
                let (sender, body) = Body::channel();
                assert!(sender.send("fed"));
                body
            }
            "/trailers" => chunked().with_trailers(HeaderMap::from_iter([(
                http::header::ETAG,
                HeaderValue::from_static("t"),
            )])),
            _ => Body::empty(),
        })
    });
    let get = |path: &str| {
        ask(
            &server,
            format!("GET {path} HTTP/1.1\r\nHost: x\r\nTE: trailers\r\nConnection: close\r\n\r\n"),
        )
    };
    assert!(get("/chunks").ends_with("\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"));
    assert!(get("/sized").contains("content-length: 6\r\n"));
    assert!(get("/sized").ends_with("\r\n\r\nonetwo"));
    assert!(get("/channel").ends_with("\r\n\r\n3\r\nfed\r\n0\r\n\r\n"));
    assert!(get("/empty").contains("content-length: 0\r\n"));
    let broken = get("/broken");
    assert!(
        broken.contains("transfer-encoding: chunked") && !broken.contains("\r\n0\r\n"),
        "{broken}"
    );
}

#[test]
fn much_goes_both_ways_in_little_memory() {
    const SIZE: u64 = 256 << 20;
    let server = Server::start_streaming(|mut request: Request<Upload>| async move {
        assert_eq!(request.body_mut().count().await.unwrap(), SIZE);
        Response::new(Body::zeros(SIZE))
    });
    let mut socket = TcpStream::connect(server.addr()).unwrap();
    write!(
        socket,
        "PUT / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {SIZE}\r\n\r\n"
    )
    .unwrap();
    let mut buffer = vec![0; 64 * 1024];
    for _ in 0..SIZE / buffer.len() as u64 {
        socket.write_all(&buffer).unwrap();
    }
    let mut total = 0;
    loop {
        let count = socket.read(&mut buffer).unwrap();
        if count == 0 {
            break;
        }
        total += count as u64;
    }
    assert!((SIZE..SIZE + 1024).contains(&total), "{total}");
    if let Some(peak) = peak_rss_bytes() {
        // The other tests of this file run beside it, among them none that needs as much.
        assert!(peak < 128 << 20, "{peak} bytes");
    }
}

#[test]
fn listens_on_ipv6() {
    if !ipv6_available() {
        return;
    }
    let server = Server::builder().ipv6().start(|_| Response::new("six"));
    assert!(server.url("/").starts_with("http://[::1]:"));
    assert!(ask(&server, GET).ends_with("six"));
}

#[test]
fn speaks_http2_with_prior_knowledge() {
    let server = Server::start_streaming(|mut request: Request<Upload>| async move {
        assert_eq!(request.version(), http::Version::HTTP_2);
        let body = request.body_mut().collect().await.unwrap();
        Response::new(body)
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let body = runtime.block_on(async {
        let socket = tokio::net::TcpStream::connect(server.addr()).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(socket))
                .await
                .unwrap();
        tokio::spawn(connection);
        let request = Request::post(server.url("/"))
            .body(Full::new(Bytes::from("echo")))
            .unwrap();
        let answer = sender.send_request(request).await.unwrap();
        assert_eq!(answer.version(), http::Version::HTTP_2);
        answer.into_body().collect().await.unwrap().to_bytes()
    });
    assert_eq!(body, "echo");
}
