//! https.

use std::sync::Arc;

use courser_core::{Body, Bytes, Call, Canceller, ConnectSettings, Error, ErrorKind, Method};
use courser_testkit::{Ca, RawPeer, Step, Tls, Wire};

use super::support::*;
use super::waiting::{STALLED, early};

/// Trusting an authority, besides those of the system.
pub(super) fn trusting(ca: &Ca) -> Arc<ConnectSettings> {
    settings(|s| s.tls.roots = vec![Bytes::copy_from_slice(ca.der())])
}

/// By the name that certificates are for.
pub(super) fn url(peer: &RawPeer) -> String {
    format!("https://localhost:{}/", peer.port())
}

/// Answers over TLS.
fn secure(tls: Tls) -> RawPeer {
    let peer = RawPeer::builder().tls_with(tls);
    peer.answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
}

/// Serves over TLS.
pub(super) fn serving(
    serve: impl Fn(&mut Wire) -> std::io::Result<()> + Send + Sync + 'static,
) -> RawPeer {
    RawPeer::builder().tls_with(Tls::new()).serve(serve)
}

/// How it fails in each way.
fn fails(peer: &RawPeer, url: &str, settings: &Arc<ConnectSettings>) -> [Error; 4] {
    let fail = |way: Way| {
        way.run(async |transport, rt| failure(&*transport, with(request(url, rt), settings)).await)
    };
    let errors = WAYS.map(fail);
    assert!(peer.connections() >= errors.len());
    errors
}

#[test]
fn roots_that_are_given_are_trusted_and_only_there() {
    for way in WAYS {
        let peer = secure(Tls::new());
        let trusting = trusting(peer.ca());
        way.run(async |transport, rt| {
            let plain = || request(&url(&peer), rt.clone());
            for _ in 0..2 {
                assert_eq!(ask(&*transport, with(plain(), &trusting)).await, "ok");
            }
            // The connection that is idle now is not used by one who trusts less.
            let error = failure(&*transport, plain()).await;
            assert_eq!(error.kind(), ErrorKind::Tls);

            let insecure = settings(|s| s.tls.insecure = true);
            assert_eq!(ask(&*transport, with(plain(), &insecure)).await, "ok");
            let error = failure(&*transport, plain()).await;
            assert_eq!(error.kind(), ErrorKind::Tls);
        });
    }
}

#[test]
fn certificates_that_are_not_accepted() {
    let other = Ca::new();
    for (tls, says) in [
        (
            Tls::new().host("other.example"),
            "the certificate is not for \"localhost\" but for other.example",
        ),
        (
            Tls::new().expired(),
            "the certificate of \"localhost\" has expired",
        ),
        (Tls::new().premature(), "is not valid yet"),
        (
            Tls::new().signed_by(&other),
            "of an issuer that is not trusted here",
        ),
        (Tls::new().self_signed(), "self-signed"),
        (Tls::new().self_signed_authority(), "self-signed"),
    ] {
        // Another than `other`.
        let trusted = if says.contains("issuer") {
            Ca::new()
        } else {
            tls.ca().clone()
        };
        let peer = secure(tls);
        for error in fails(&peer, &url(&peer), &trusting(&trusted)) {
            assert_eq!(error.kind(), ErrorKind::Tls, "{error:?}");
            assert!(!error.is_transient());
            assert!(error.to_string().contains(says), "{error}, not {says}");
            assert!(std::error::Error::source(&error).is_some());
        }
    }
}

#[test]
fn https_to_a_port_that_speaks_plain_http() {
    let peer = RawPeer::script(vec![
        Step::Read(1),
        Step::send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
        Step::ReadToEnd,
    ]);
    for error in fails(&peer, &url(&peer), &settings(|_| {})) {
        assert_eq!(error.kind(), ErrorKind::Tls);
        let text = error.to_string();
        assert!(
            text.contains("that port speaks plain HTTP; try http://localhost:"),
            "{text}"
        );
    }
}

#[test]
fn a_handshake_that_is_cut_off() {
    let peer = RawPeer::serve(|wire| {
        let hello = wire.read_bytes(5)?;
        let rest = u16::from_be_bytes([hello[3], hello[4]]);
        wire.read_bytes(rest.into()).map(drop)
    });
    for error in fails(&peer, &url(&peer), &settings(|_| {})) {
        assert_eq!(error.kind(), ErrorKind::Tls, "{error:?}");
        assert!(
            error.to_string().contains("during the TLS handshake"),
            "{error}"
        );
    }
}

#[test]
fn plain_http_to_a_port_that_speaks_tls() {
    let peer = secure(Tls::new());
    let plain = url(&peer).replace("https", "http");
    for error in fails(&peer, &plain, &settings(|_| {})) {
        assert!(
            error.to_string().contains("try https://localhost:"),
            "{error}"
        );
    }
}

#[test]
fn an_early_answer_to_an_upload_is_heard() {
    for way in WAYS {
        let peer = serving(|wire| {
            wire.read_head()?;
            wire.send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")?;
            until_hung_up(wire)
        });
        way.run(async |transport, rt| {
            let mut req = with(request(&url(&peer), rt), &trusting(peer.ca()));
            req.method = Method::POST;
            req.body = Body::reader(std::io::repeat(7));
            early(&*transport, req).await;
        });
    }
}

/// Answers with a body that stalls.
fn stalling(then: impl Fn() + Send + Sync + 'static) -> RawPeer {
    serving(move |wire| {
        wire.read_head()?;
        wire.send(STALLED)?;
        then();
        until_hung_up(wire)
    })
}

#[test]
fn a_limit_ends_a_body_that_stalls_and_nothing_is_lost_of_what_came() {
    for way in WAYS {
        let peer = stalling(|| {});
        way.run(async |transport, rt| {
            let req = with(request(&url(&peer), rt), &trusting(peer.ca()));
            match send(&*transport, idle(req, SHORT)).await {
                Ok(mut res) => {
                    res.body.collect_lossy(99).await;
                    assert!(res.body.is_cut());
                    assert_eq!(res.body.as_bytes().unwrap(), "ab");
                }
                // A machine may be that slow.
                Err(error) => assert!(error.is_timeout(), "{error}"),
            }
        });
        peer.wait_ended(0).ok();
    }
}

#[test]
fn cancelled_from_another_thread() {
    for way in WAYS {
        let canceller = Canceller::new();
        let other = canceller.clone();
        let peer = stalling(move || other.cancel());
        way.run(async |transport, rt| {
            let mut req = with(request(&url(&peer), rt.clone()), &trusting(peer.ca()));
            req.call = Arc::new(Call::new(rt).within(LONG).cancelled_by(canceller));
            let error = failure(&*transport, req).await;
            assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
        });
        peer.wait_ended(0).ok();
    }
}

#[test]
fn large_bodies_pass_in_both_directions() {
    const SIZE: usize = 3 << 20;
    for way in WAYS {
        let peer = serving(|wire| {
            wire.read_head()?;
            wire.read_bytes(SIZE)?;
            wire.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n"))?;
            wire.send(vec![b'x'; SIZE])?;
            until_hung_up(wire)
        });
        way.run(async |transport, rt| {
            let mut req = with(request(&url(&peer), rt), &trusting(peer.ca()));
            req.method = Method::PUT;
            req.body = Body::from(vec![b'y'; SIZE]);
            let mut res = send(&*transport, req).await.unwrap();
            res.body.collect(1 << 30).await.unwrap();
            assert_eq!(res.body.as_bytes().unwrap().len(), SIZE);
        });
    }
}

#[test]
fn a_body_that_ends_with_the_connection_needs_a_goodbye() {
    for way in WAYS {
        for goodbye in [true, false] {
            let peer = serving(move |wire| {
                wire.read_head()?;
                wire.send("HTTP/1.1 200 OK\r\n\r\nabc")?;
                if goodbye { wire.half_close() } else { Ok(()) }
            });
            way.run(async |transport, rt| {
                let req = with(request(&url(&peer), rt), &trusting(peer.ca()));
                let res = send(&*transport, req).await.unwrap();
                match (text(res).await, goodbye) {
                    (Ok(text), true) => assert_eq!(text, "abc"),
                    // It may have been cut by anybody on the way (RFC 8446, 6.1).
                    (Err(error), false) => assert_eq!(error.kind(), ErrorKind::Io, "{error}"),
                    (got, _) => panic!("{way:?} {goodbye}: {got:?}"),
                }
            });
        }
    }
}
