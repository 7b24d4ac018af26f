//! What goes wrong on the way, and what the user is told.
#![allow(clippy::unwrap_used)] // a failure in a test's helper is a failing test

mod support;

use std::io::{BufReader, Write};
use std::net::{IpAddr, TcpListener};
use std::sync::Arc;

use courser_core::{Body, BoxFuture, Error, ErrorKind, Method, Resolver, Result, SharedResolver};
use courser_transport::Native;
use support::*;

/// The same failure under both drivers.
fn check(make: impl Fn() -> (Server, String), kind: ErrorKind, says: &[&str]) {
    for driver in BOTH {
        let (_server, url) = make();
        let transport = Native::new();
        let error = driver.run(async |rt| failure(&transport, request(&url, rt)).await);
        assert_eq!(error.kind(), kind, "{error:?}");
        for part in says {
            assert!(error.to_string().contains(part), "{error}, not {part}");
        }
        assert!(std::error::Error::source(&error).is_some(), "{error}");
    }
}

fn raw(answer: impl AsRef<[u8]>) -> impl Fn() -> (Server, String) {
    let answer = answer.as_ref().to_vec();
    move || {
        let server = Server::scripted(vec![(answer.clone(), Then::Close)]);
        let url = server.url("/x");
        (server, url)
    }
}

/// A port on which nobody listens.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

#[test]
fn refused() {
    let (port, quiet) = (free_port(), || Server::with(drop));
    for driver in BOTH {
        let transport = Native::new();
        let url = format!("http://u:hunter2@127.0.0.1:{port}/p?token=hunter2");
        let error = driver.run(async |rt| failure(&transport, request(&url, rt)).await);
        assert_eq!(error.kind(), ErrorKind::Connect);
        assert!(error.is_transient());
        assert_eq!(
            error.to_string(),
            format!(
                "connection refused by 127.0.0.1:{port}; \
                 is the server running, and is the port right?"
            )
        );
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        assert!(format!("{error:?}").contains("os error"), "{error:?}");
    }
    let url = format!("http://localhost:{port}/");
    let says = format!("connection refused by localhost:{port}");
    check(|| (quiet(), url.clone()), ErrorKind::Connect, &[&says]);
}

/// Knows no host: the tests ask no name server.
#[derive(Debug)]
struct KnowsNone;

impl Resolver for KnowsNone {
    fn resolve<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Vec<IpAddr>>> {
        Box::pin(async { Err(Error::user("Name or service not known")) })
    }
}

#[test]
fn unknown_host() {
    for driver in BOTH {
        let error = driver.run(async |rt| {
            let mut req = request("http://no-such-host.invalid/", rt);
            let mut settings = kept();
            settings.resolver = Some(SharedResolver(Arc::new(KnowsNone)));
            req.options.set(settings);
            failure(&Native::new(), req).await
        });
        assert_eq!(error.kind(), ErrorKind::Dns);
        let says = "the host \"no-such-host.invalid\" is not known";
        assert!(error.to_string().starts_with(says), "{error}");
        assert!(format!("{error:?}").contains("Name or service not known"));
    }
}

#[test]
fn no_answer() {
    let says = ["the server closed the connection without an answer"];
    check(raw(""), ErrorKind::Io, &says);
    check(raw("HTTP/1.1 200 O"), ErrorKind::Io, &says);
    let reset = || {
        let server = Server::with(|stream| {
            // What arrives is never read, so that closing resets.
            stream.peek(&mut [0]).unwrap();
        });
        let url = server.url("/");
        (server, url)
    };
    check(reset, ErrorKind::Io, &["the server reset the connection"]);
}

#[test]
fn truncated_bodies() {
    let cut = |head: &str| format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n");
    check(
        raw(cut("Content-Length: 500") + &"x".repeat(21)),
        ErrorKind::Io,
        &[
            "the body ended after 21 of 500 bytes",
            "received: 21 bytes",
            "expected: 500 bytes",
        ],
    );
    check(
        raw(cut("Transfer-Encoding: chunked") + "5\r\nabcde\r\n9\r\nabc"),
        ErrorKind::Io,
        &["the body broke off after 8 bytes"],
    );
    check(
        raw(cut("Transfer-Encoding: chunked") + "zz\r\n"),
        ErrorKind::Protocol,
        &["chunks"],
    );
}

#[test]
fn malformed_heads() {
    let protocol = ErrorKind::Protocol;
    check(
        raw("220 mail.example ESMTP\r\n\r\n"),
        protocol,
        &["is not HTTP"],
    );
    check(
        raw("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"),
        protocol,
        &["is not proper HTTP"],
    );
    let two = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx";
    check(raw(two), protocol, &["two ways"]);
    let lines = "X: y\r\n".repeat(300);
    check(
        raw(format!("HTTP/1.1 200 OK\r\n{lines}\r\n")),
        protocol,
        &[
            "the head of the response is too large",
            "256 fields (:max-header-count)",
        ],
    );
    let long = "x".repeat(1 << 20);
    check(
        raw(format!("HTTP/1.1 200 OK\r\nX: {long}\r\n\r\n")),
        protocol,
        &["is too large", "262144 bytes (:max-header-size)"],
    );
}

#[test]
fn responses_that_could_be_read_in_two_ways() {
    for driver in BOTH {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n";
        let (server, url) = raw(format!("{head}0\r\n\r\n"))();
        let (transport, leases) = (Native::new(), Leases::default());
        let error = driver
            .run(async |rt| send_leased(&transport, request(&url, rt), leases.lease()).await)
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol);
        assert!(error.to_string().contains("two ways"), "{error}");
        assert_eq!(leases.counts(), (0, 1));
        drop(server);
    }
}

#[test]
fn plain_http_to_a_port_that_speaks_tls() {
    let alert = || {
        let server = Server::with(|stream| {
            read_request(&mut BufReader::new(stream.try_clone().unwrap())).unwrap();
            (&stream)
                .write_all(b"\x15\x03\x01\x00\x02\x02\x46")
                .unwrap();
        });
        let url = server.url("/");
        (server, url)
    };
    check(
        alert,
        ErrorKind::Protocol,
        &["is not HTTP", "try https://127.0.0.1:"],
    );
}

#[test]
fn the_body_of_the_user_fails_as_itself() {
    fn check(body: impl Fn() -> Body, kind: ErrorKind, says: &str) {
        for driver in BOTH {
            let server = Server::scripted(vec![ok("")]);
            let transport = Native::new();
            let error: Error = driver.run(async |rt| {
                let mut req = request(&server.url("/"), rt);
                req.method = Method::POST;
                req.body = body();
                failure(&transport, req).await
            });
            assert_eq!(error.kind(), kind, "{error:?}");
            assert!(format!("{error:?}").contains(says), "{error:?}");
        }
    }
    let broken = || {
        let pieces = [Ok("abc"), Err(std::io::Error::other("the disk is gone"))];
        Body::stream(futures_util::stream::iter(pieces))
    };
    check(broken, ErrorKind::User, "the disk is gone");
    check(
        || broken().with_size(9),
        ErrorKind::User,
        "the disk is gone",
    );
    check(
        || Body::reader(&b"abc"[..]).with_size(4),
        ErrorKind::InvalidRequest,
        "shorter than its :length",
    );
    check(
        || Body::reader(&b"abc"[..]).with_size(2),
        ErrorKind::InvalidRequest,
        "longer than its :length",
    );
    let missing = std::env::temp_dir().join("courser-no-such-file");
    check(
        || Body::file(&missing),
        ErrorKind::InvalidRequest,
        "courser-no-such-file",
    );
    let taken = Body::reader(std::io::empty());
    let rt: Arc<dyn courser_core::rt::Runtime> = courser_rt::Blocking::runtime();
    taken.clone().start(&rt).unwrap();
    check(|| taken.clone(), ErrorKind::InvalidRequest, "read already");
}

#[cfg(not(feature = "rustls"))]
#[test]
fn https_names_the_feature_that_is_missing() {
    let transport = Native::new();
    let error = Driver::Tokio
        .run(async |rt| failure(&transport, request("https://127.0.0.1:1/", rt)).await);
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("`rustls`"), "{error}");
}

#[cfg(not(feature = "http2"))]
#[test]
fn http2_names_the_feature_that_is_missing() {
    let transport = Native::new();
    let error = Driver::Tokio.run(async |rt| {
        let mut req = request("http://127.0.0.1:1/", rt);
        let mut settings = kept();
        settings.version = courser_core::HttpVersion::Http2;
        req.options.set(settings);
        failure(&transport, req).await
    });
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("`http2`"), "{error}");
}

#[cfg(feature = "rustls")]
#[test]
fn connecting_has_a_limit_of_its_own() {
    for driver in BOTH {
        // Takes the connection and never answers the handshake.
        let server = Server::with(|mut stream| {
            std::io::copy(&mut stream, &mut std::io::sink()).ok();
        });
        let transport = Native::new();
        let error = driver.run(async |rt| {
            let mut req = request(&format!("https://{}/", server.addr), rt);
            let mut settings = kept();
            settings.connect_timeout = Some(SHORT);
            req.options.set(settings);
            failure(&transport, req).await
        });
        assert_eq!(
            error.kind(),
            ErrorKind::Timeout(courser_core::Timeout::Connect),
            "{error:?}"
        );
        assert!(
            error.to_string().contains("60ms (:connection-timeout)"),
            "{error}"
        );
        server.wait_for_end(1);
    }
}
