//! HTTP/2 connections that end while others use them: what is sent again without a word, and
//! what is not. Those of reqwest are hidden.

use courser_core::{Body, ErrorKind, HttpVersion, Method, Request, Result};
use courser_testkit::http2::{self, END_HEADERS, HEADERS, REFUSED_STREAM};
use courser_testkit::{RawPeer, Wire};

use super::*;

/// Answers the first request of the first connection, and does that with the second; answers all
/// on other connections.
fn peer(second: impl Fn(&mut Wire, u32) -> std::io::Result<()> + Send + Sync + 'static) -> RawPeer {
    RawPeer::serve(move |wire| {
        http2::greet(wire)?;
        let first = http2::read_request(wire)?;
        wire.send(http2::ok(first))?;
        if wire.id() == 0 {
            let stream = http2::read_request(wire)?;
            return second(wire, stream);
        }
        until_hung_up(wire)
    })
}

/// Sends a `GET`, and then this on the same connection.
fn second(peer: &RawPeer, method: Method, body: Body) -> Result<bool> {
    let transport = native();
    Driver::Tokio.run(async |rt| {
        let version = settings(|s| s.version = HttpVersion::Http2);
        let req = || -> Request { with(request(&peer.url("/"), rt.clone()), &version) };
        let leases = Leases::default();
        let first = send_leased(&*transport, req(), leases.lease()).await?;
        text(first).await?;
        let conn = leases.resting.lock().unwrap().take().unwrap();
        let mut req = req();
        (req.method, req.body) = (method, body);
        let res = conn.send(leases.lease(), req).await?;
        assert_eq!(res.status.as_u16(), 200);
        Ok(res.exchanged().unwrap().reused)
    })
}

fn one_shot() -> Body {
    Body::reader(&b"abc"[..]).with_size(3)
}

#[test]
fn what_the_server_has_not_looked_at_is_sent_again_whatever_it_is() {
    let gone = |reason| {
        move |wire: &mut Wire, stream: u32| {
            wire.send(http2::goaway(stream - 2, reason))?;
            until_hung_up(wire)
        }
    };
    let refuses = |wire: &mut Wire, stream: u32| {
        wire.send(http2::reset(stream, REFUSED_STREAM))?;
        until_hung_up(wire)
    };
    for (method, body) in [
        (Method::GET, Body::empty()),
        (Method::POST, Body::from("abc")),
    ] {
        // The second for ENHANCE_YOUR_CALM.
        for peer in [peer(gone(0)), peer(gone(11)), peer(refuses)] {
            let reused = second(&peer, method.clone(), body.clone()).unwrap();
            assert_eq!((reused, peer.connections()), (false, 2));
        }
    }
    // A body that can be sent only once is not.
    for peer in [peer(gone(0)), peer(refuses)] {
        let error = second(&peer, Method::POST, one_shot()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
        assert_eq!(peer.connections(), 1);
    }
}

#[test]
fn what_it_may_have_looked_at_is_sent_again_if_that_does_no_harm() {
    // The server hangs up, with and without a goodbye that covers the stream.
    let hangs_up = |goodbye: bool| {
        peer(move |wire, stream| {
            if goodbye {
                wire.send(http2::goaway(stream, 0))?;
            }
            wire.half_close()
        })
    };
    for goodbye in [true, false] {
        for (method, body, again) in [
            (Method::GET, Body::empty(), true),
            (Method::PUT, Body::from("abc"), true),
            (Method::PUT, one_shot(), false),
            (Method::POST, Body::from("abc"), false),
        ] {
            let peer = hangs_up(goodbye);
            match second(&peer, method.clone(), body) {
                Ok(reused) => assert!(again && !reused, "{method}"),
                Err(error) => {
                    assert_eq!(
                        (error.kind(), again),
                        (ErrorKind::Io, false),
                        "{method} {error:?}"
                    );
                    assert!(error.is_transient());
                }
            }
            let connections = if again { 2 } else { 1 };
            assert_eq!(peer.connections(), connections, "{method} {goodbye}");
        }
    }
}

#[test]
fn not_twice_nor_after_an_answer_began_nor_on_a_new_connection() {
    // Refused for ever.
    let refused = || {
        RawPeer::serve(|wire| {
            http2::greet(wire)?;
            if wire.id() == 0 {
                let first = http2::read_request(wire)?;
                wire.send(http2::ok(first))?;
            }
            loop {
                let stream = http2::read_request(wire)?;
                wire.send(http2::reset(stream, REFUSED_STREAM))?;
            }
        })
    };
    let error = second(&refused(), Method::GET, Body::empty()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");

    // The head was there.
    let broken = peer(|wire, stream| {
        wire.send(http2::frame(HEADERS, END_HEADERS, stream, http2::OK))?;
        wire.half_close()
    });
    assert!(second(&broken, Method::GET, Body::empty()).is_ok());
    assert_eq!(broken.connections(), 1);

    // Reset for another reason (INTERNAL_ERROR).
    let reset = peer(|wire, stream| {
        wire.send(http2::reset(stream, 2))?;
        until_hung_up(wire)
    });
    let error = second(&reset, Method::GET, Body::empty()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
    assert_eq!(reset.connections(), 1);

    let at_once = RawPeer::serve(|wire| {
        http2::greet(wire)?;
        let stream = http2::read_request(wire)?;
        wire.send(http2::reset(stream, REFUSED_STREAM))?;
        until_hung_up(wire)
    });
    second(&at_once, Method::GET, Body::empty()).unwrap_err();
    assert_eq!(at_once.connections(), 1);
}

#[test]
fn many_at_once_go_on_over_one_new_connection() {
    let server = RawPeer::serve(|wire| {
        http2::greet(wire)?;
        let first = http2::read_request(wire)?;
        wire.send(http2::ok(first))?;
        if wire.id() == 0 {
            let streams: Vec<_> = (0..8)
                .map(|_| http2::read_request(wire))
                .collect::<Result<_, _>>()?;
            wire.send(http2::goaway(first, 0))?;
            assert_eq!(streams.len(), 8);
            return until_hung_up(wire);
        }
        loop {
            let stream = http2::read_request(wire)?;
            wire.send(http2::ok(stream))?;
        }
    });
    let transport = native();
    Driver::Tokio.run(async |rt| {
        let version = settings(|s| s.version = HttpVersion::Http2);
        let req = || with(request(&server.url("/"), rt.clone()), &version);
        let held = Leases::default();
        send_leased(&*transport, req(), held.lease()).await.unwrap();
        let all = (0..8).map(|_| {
            let mut req = req();
            req.method = Method::POST;
            send(&*transport, req)
        });
        for sent in futures_util::future::join_all(all).await {
            assert_eq!(sent.unwrap().status.as_u16(), 200);
        }
    });
    assert_eq!(server.connections(), 2);
}
