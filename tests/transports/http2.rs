//! HTTP/2. The native transport does not speak it under the blocking driver.

use std::sync::{Arc, Mutex};

use courser_core::{
    Body, ConnectSettings, Error, ErrorKind, HttpVersion, Method, Response, Version,
};
use courser_testkit::http2::{self, DATA, HEADERS, RST_STREAM, WINDOW_UPDATE};
use courser_testkit::{RawPeer, Server, Tls};

use super::support::*;
use super::tls::trusting;

const WAYS: [Way; 3] = [
    super::support::WAYS[0],
    super::support::WAYS[2],
    super::support::WAYS[3],
];

/// Without asking, which only TLS can do.
fn prior() -> Arc<ConnectSettings> {
    settings(|s| s.version = HttpVersion::Http2)
}

/// Answers with what it was sent.
fn echo(tls: bool) -> Server {
    let server = Server::builder();
    let server = if tls { server.tls() } else { server };
    server.start(|req| {
        let has_connection = req.headers().contains_key("connection");
        http::Response::new(format!(
            "{} {:?} connection={has_connection} {}",
            req.method(),
            req.version(),
            req.body().len()
        ))
    })
}

#[test]
fn by_alpn_and_by_prior_knowledge() {
    let (tls, plain) = (echo(true), echo(false));
    for way in WAYS {
        for (server, version) in [
            (&tls, HttpVersion::Negotiate),
            (&tls, HttpVersion::Http2),
            (&plain, HttpVersion::Http2),
        ] {
            way.run(async |transport, rt| {
                let mut chosen = Arc::unwrap_or_clone(trusting(tls.ca()));
                chosen.version = version;
                chosen.resolve = vec![("localhost".into(), server.addr())];
                let req = request(&server.url_at("localhost", "/"), rt);
                let mut req = with(req, &Arc::new(chosen));
                req.method = Method::POST;
                req.headers.append("Connection", "close").unwrap();
                req.body = Body::reader(std::io::Read::take(std::io::repeat(7), 300_000));
                let res = send(&*transport, req).await.unwrap();
                assert_eq!(res.version, Version::HTTP_2);
                assert!(!res.chunked);
                let text = text(res).await.unwrap();
                assert_eq!(text, "POST HTTP/2.0 connection=false 300000");
            });
        }
    }
}

fn fails(way: Way, url: &str, settings: &Arc<ConnectSettings>) -> Error {
    way.run(async |transport, rt| failure(&*transport, with(request(url, rt), settings)).await)
}

#[test]
fn a_server_that_does_not_speak_it() {
    for way in WAYS {
        let peer = scripted(vec![(ok("no").0, Then::Hold)]);
        let error = fails(way, &peer.url("/"), &prior());
        assert_eq!(error.kind(), ErrorKind::Protocol, "{error:?}");
        assert!(error.to_string().contains("HTTP/2"), "{error}");
    }
}

/// reqwest tells it as a failure of TLS.
#[test]
fn a_server_whose_tls_agrees_on_http1() {
    let server = Server::builder()
        .tls_with(Tls::new().alpn(&[]))
        .start(|_| http::Response::new(""));
    let mut prior = Arc::unwrap_or_clone(trusting(server.ca()));
    prior.version = HttpVersion::Http2;
    let error = fails(WAYS[0], &server.url_at("localhost", "/"), &Arc::new(prior));
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error:?}");
    let says = "does not speak HTTP/2";
    assert!(error.to_string().contains(says), "{error}");
}

#[test]
fn not_natively_by_blocking_calls() {
    let way = super::support::WAYS[1];
    let error = fails(way, "http://127.0.0.1:1/", &prior());
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains(".send()"), "{error}");
}

/// Reqwest keeps its connections to itself.
#[test]
fn a_connection_is_shared_by_those_who_go_the_same_way() {
    fn local(res: &Response) -> (std::net::SocketAddr, bool) {
        let exchanged = res.exchanged().unwrap();
        (exchanged.connection.local_addr.unwrap(), exchanged.reused)
    }
    let server = echo(false);
    WAYS[0].run(async |transport, rt| {
        let to =
            |settings: &Arc<ConnectSettings>| with(request(&server.url("/"), rt.clone()), settings);
        let held = Leases::default();
        let first = send_leased(&*transport, to(&prior()), held.lease()).await;
        let first = first.unwrap();
        let (resting, _) = local(&first);
        text(first).await.unwrap();
        // Held by the lease, as a pool does.
        assert_eq!(held.counts(), (1, 0));
        for _ in 0..2 {
            let other = send(&*transport, to(&prior())).await.unwrap();
            assert_eq!(local(&other), (resting, true));
        }
        // Not by one who asks for anything else, nor where none is kept.
        for change in [
            |s: &mut ConnectSettings| s.socket.keep_alive = true,
            |s: &mut ConnectSettings| s.keep_idle = None,
        ] {
            let mut other = Arc::unwrap_or_clone(prior());
            change(&mut other);
            let other = send(&*transport, to(&Arc::new(other))).await.unwrap();
            assert_ne!(local(&other).0, resting);
        }
    });
}

/// hyper sends in a task of its own, which nobody waits for once the answer has come to its end.
#[test]
fn an_upload_ends_with_its_exchange() {
    /// More than may be sent before that is noticed.
    const ROOM: usize = 32 << 20;
    for way in WAYS {
        let (tell, told) = courser_core::oneshot();
        let tell = Mutex::new(Some(tell));
        let peer = RawPeer::serve(move |wire| {
            http2::greet(wire)?;
            while http2::read(wire)?.0 != HEADERS {}
            let room = (ROOM as u32).to_be_bytes();
            wire.send(http2::frame(WINDOW_UPDATE, 0, 0, &room))?;
            wire.send(http2::frame(WINDOW_UPDATE, 0, 1, &room))?;
            wire.send(http2::ok(1))?;
            let mut came = 0;
            let ended = loop {
                match http2::read(wire)? {
                    (RST_STREAM, _, 1, _) => break true,
                    (DATA, _, 1, data) => came += data.len(),
                    _ => {}
                }
                if came >= ROOM {
                    break false;
                }
            };
            let tell = tell.lock().unwrap().take().unwrap();
            tell.send(ended).unwrap();
            until_hung_up(wire)
        });
        let ended = way.run(async |transport, rt| {
            let mut req = with(request(&peer.url("/"), rt), &prior());
            req.method = Method::POST;
            req.body = Body::reader(std::io::repeat(7));
            assert_eq!(ask(&*transport, req).await, "");
            told.await
        });
        assert_eq!(ended, Some(true), "{way:?}");
    }
}
