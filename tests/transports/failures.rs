//! What goes wrong on the way, and what the user is told.

use std::net::IpAddr;
use std::sync::Arc;

use courser_core::{
    Body, BoxFuture, Error, ErrorKind, Method, Resolver, Result, SharedResolver, Timeout,
};
use courser_testkit::{RawPeer, Step, Tls, dead_port};

use super::support::*;
use super::tls::{trusting, url};

/// The same failure in all ways, of a peer for each.
fn check(make: impl Fn() -> RawPeer, kind: ErrorKind, says: impl Fn(Way) -> Vec<&'static str>) {
    for way in WAYS {
        let peer = make();
        let url = peer.url("/x");
        let error = way.run(async |transport, rt| failure(&*transport, request(&url, rt)).await);
        assert_eq!(error.kind(), kind, "{way:?} {error:?}");
        for part in says(way) {
            assert!(error.to_string().contains(part), "{error}, not {part}");
        }
        assert!(std::error::Error::source(&error).is_some(), "{error}");
    }
}

fn raw(answer: impl AsRef<[u8]>) -> impl Fn() -> RawPeer {
    let answer = answer.as_ref().to_vec();
    move || RawPeer::script(vec![Step::ReadRequest, Step::send(answer.clone())])
}

#[test]
fn refused() {
    let dead = dead_port();
    let port = dead.port();
    for way in WAYS {
        for host in ["127.0.0.1", "localhost"] {
            let url = format!("http://u:hunter2@{host}:{port}/p?token=hunter2");
            let error =
                way.run(async |transport, rt| failure(&*transport, request(&url, rt)).await);
            assert_eq!(error.kind(), ErrorKind::Connect);
            assert!(error.is_transient());
            assert_eq!(
                error.to_string(),
                format!(
                    "connection refused by {host}:{port}; \
                     is the server running, and is the port right?"
                )
            );
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
            assert!(format!("{error:?}").contains("os error"), "{error:?}");
        }
    }
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
    for way in WAYS {
        let error = way.run(async |transport, rt| {
            let none = settings(|s| s.resolver = Some(SharedResolver(Arc::new(KnowsNone))));
            let req = request("http://no-such-host.invalid/", rt);
            failure(&*transport, with(req, &none)).await
        });
        assert_eq!(error.kind(), ErrorKind::Dns);
        let says = "the host \"no-such-host.invalid\" is not known";
        assert!(error.to_string().starts_with(says), "{error}");
        assert!(format!("{error:?}").contains("Name or service not known"));
    }
}

#[test]
fn no_answer() {
    let says = |_| vec!["the server closed the connection without an answer"];
    check(raw(""), ErrorKind::Io, says);
    check(raw("HTTP/1.1 200 O"), ErrorKind::Io, says);
    let reset = || RawPeer::script(vec![Step::ReadRequest, Step::Reset]);
    check(reset, ErrorKind::Io, |_| {
        vec!["the server reset the connection"]
    });
}

#[test]
fn truncated_bodies() {
    let cut = |head: &str| format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n");
    check(
        raw(cut("Content-Length: 500") + &"x".repeat(21)),
        ErrorKind::Io,
        |_| {
            vec![
                "the body ended after 21 of 500 bytes",
                "received: 21 bytes",
                "expected: 500 bytes",
            ]
        },
    );
    check(
        raw(cut("Transfer-Encoding: chunked") + "5\r\nabcde\r\n9\r\nabc"),
        ErrorKind::Io,
        |_| vec!["the body broke off after 8 bytes"],
    );
    check(
        raw(cut("Transfer-Encoding: chunked") + "zz\r\n"),
        ErrorKind::Protocol,
        |_| vec!["chunks"],
    );
}

#[test]
fn malformed_heads() {
    let ok = "HTTP/1.1 200 OK\r\n";
    let check = |answer: String, native: Vec<&'static str>, other: Vec<&'static str>| {
        check(raw(answer), ErrorKind::Protocol, |way| {
            if way.is_native() {
                native.clone()
            } else {
                other.clone()
            }
        });
    };
    let no_http = vec!["is not HTTP"];
    check(
        "220 mail.example ESMTP\r\n\r\n".into(),
        no_http.clone(),
        no_http.clone(),
    );
    check(
        format!("{ok}no colon\r\n\r\n"),
        vec!["is not proper HTTP"],
        no_http.clone(),
    );
    check(
        format!("{ok}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx"),
        vec!["two ways"],
        no_http,
    );
    let large = "the head of the response is too large";
    check(
        format!("{ok}{}\r\n", "X: y\r\n".repeat(300)),
        vec![large, "256 fields (:max-header-count)"],
        vec![large, "256 lines"],
    );
    check(
        format!("{ok}X: {}\r\n\r\n", "x".repeat(1 << 20)),
        vec!["is too large", "262144 bytes (:max-header-size)"],
        vec![large],
    );
}

/// As the types of `http` have it; hyper, built for debugging, panics over that.
#[test]
fn a_name_that_is_too_long() {
    for way in WAYS.into_iter().filter(|way| way.is_native()) {
        let peer = raw(format!(
            "HTTP/1.1 200 OK\r\n{}: y\r\n\r\n",
            "x".repeat(1 << 16)
        ))();
        let error =
            way.run(async |transport, rt| failure(&*transport, request(&peer.url("/"), rt)).await);
        assert_eq!(error.kind(), ErrorKind::Protocol, "{error:?}");
        assert!(error.to_string().contains("(GET http://"), "{error}");
    }
}

#[test]
fn responses_that_could_be_read_in_two_ways() {
    for way in WAYS {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n";
        let peer = raw(format!("{head}0\r\n\r\n"))();
        let leases = Leases::default();
        let error = way.run(async |transport, rt| {
            let sent = send_leased(&*transport, request(&peer.url("/"), rt), leases.lease());
            sent.await.unwrap_err()
        });
        assert_eq!(error.kind(), ErrorKind::Protocol);
        assert!(error.to_string().contains("two ways"), "{error}");
        assert_eq!(leases.counts(), (0, 1));
    }
}

#[test]
fn plain_http_to_a_port_that_answers_by_an_alert() {
    let alert = raw(b"\x15\x03\x01\x00\x02\x02\x46");
    check(alert, ErrorKind::Protocol, |_| {
        vec!["is not HTTP", "try https://127.0.0.1:"]
    });
}

#[test]
fn the_body_of_the_user_fails_as_itself() {
    let broken = || {
        let pieces = [Ok("abc"), Err(std::io::Error::other("the disk is gone"))];
        Body::stream(futures_util::stream::iter(pieces))
    };
    let missing = std::env::temp_dir().join("courser-no-such-file");
    let taken = Body::reader(std::io::empty());
    taken
        .clone()
        .start(&courser_rt::Blocking::runtime())
        .unwrap();
    let three = || Body::reader(&b"abc"[..]);
    let invalid = ErrorKind::InvalidRequest;
    let cases: [(&dyn Fn() -> Body, ErrorKind, &str); 6] = [
        (&broken, ErrorKind::User, "the disk is gone"),
        (
            &|| broken().with_size(9),
            ErrorKind::User,
            "the disk is gone",
        ),
        (
            &|| three().with_size(4),
            invalid,
            "shorter than its :length",
        ),
        (&|| three().with_size(2), invalid, "longer than its :length"),
        (&|| Body::file(&missing), invalid, "courser-no-such-file"),
        (&|| taken.clone(), invalid, "read already"),
    ];
    for way in WAYS {
        for (body, kind, says) in &cases {
            let peer = scripted(vec![ok("")]);
            let error = way.run(async |transport, rt| {
                let mut req = request(&peer.url("/"), rt);
                req.method = Method::POST;
                req.body = body();
                failure(&*transport, req).await
            });
            assert_eq!(error.kind(), *kind, "{error:?}");
            assert!(format!("{error:?}").contains(says), "{error:?}");
        }
    }
}

#[test]
fn connecting_has_a_limit_of_its_own() {
    for way in WAYS {
        // Takes the connection and never answers the handshake.
        let peer = RawPeer::script(vec![Step::ReadToEnd]);
        let error = way.run(async |transport, rt| {
            let url = format!("https://{}/", peer.authority());
            let limited = settings(|s| s.connect_timeout = Some(SHORT));
            failure(&*transport, with(request(&url, rt), &limited)).await
        });
        assert_eq!(
            error.kind(),
            ErrorKind::Timeout(Timeout::Connect),
            "{error:?}"
        );
        assert!(
            error.to_string().contains("60ms (:connection-timeout)"),
            "{error}"
        );
        peer.wait_ended(0).ok();
    }
}

#[test]
fn a_proxy_that_opens_no_tunnel() {
    for (status, says) in [("407 Who", ":proxy-user"), ("502 X", "h.example:443")] {
        for way in WAYS {
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
            let proxy = raw(answer)();
            let error = way.run(async |transport, rt| {
                let through = settings(|s| {
                    s.proxy = Some(courser_core::Proxy::new("127.0.0.1", proxy.port()));
                });
                failure(
                    &*transport,
                    with(request("https://h.example/", rt), &through),
                )
                .await
            });
            assert_eq!(error.kind(), ErrorKind::Proxy, "{error:?}");
            assert!(error.to_string().contains(says), "{error}");
        }
    }
}

#[test]
fn credentials_for_the_proxy_do_not_go_through_its_tunnel() {
    for way in WAYS {
        let server = RawPeer::builder().tls_with(Tls::new());
        let server = server.answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        let to = server.addr();
        let proxy = RawPeer::serve(move |wire| {
            wire.read_head()?;
            wire.send("HTTP/1.1 200 OK\r\n\r\n")?;
            wire.tunnel(to)
        });
        let error = way.run(async |transport, rt| {
            let mut through = courser_core::Proxy::new("127.0.0.1", proxy.port());
            through.ignore.clear();
            let mut settings = Arc::unwrap_or_clone(trusting(server.ca()));
            settings.proxy = Some(through);
            let mut req = with(request(&url(&server), rt), &Arc::new(settings));
            let basic = "Basic aHVudGVyMg==";
            req.headers.append("Proxy-Authorization", basic).unwrap();
            failure(&*transport, req).await
        });
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{way:?} {error:?}");
        assert!(error.to_string().contains(":proxy-user"), "{error}");
    }
}

/// Of what broke after the head, over HTTP/1.1 and HTTP/2; reqwest knows no address before.
#[test]
fn the_address_is_named_where_the_url_does_not() {
    use courser_core::HttpVersion;
    let broken = || courser_testkit::Body::broken(["some"]);
    let plain = courser_testkit::Server::builder();
    let server = plain.start(move |_| http::Response::new(broken()));
    for way in WAYS {
        for version in [HttpVersion::Http11, HttpVersion::Http2] {
            if version == HttpVersion::Http2 && way == super::support::WAYS[1] {
                continue;
            }
            for (host, named) in [("localhost", true), ("127.0.0.1", false)] {
                let error = way.run(async |transport, rt| {
                    let settings = settings(|s| {
                        s.version = version;
                        s.resolve = vec![("localhost".into(), server.addr())];
                    });
                    let req = with(request(&server.url_at(host, "/"), rt), &settings);
                    match send(&*transport, req).await {
                        Ok(res) => text(res).await.unwrap_err(),
                        Err(error) => error,
                    }
                });
                let address = server.addr().to_string();
                let expected = named.then_some(&address[..]);
                assert_eq!(
                    error.context("address"),
                    expected,
                    "{way:?} {version:?} {error}"
                );
            }
        }
    }
}
