//! Connections that are used again, or not, under both drivers.

use std::time::Duration;

use courser_core::{Body, Connector, ErrorKind, Method};
use courser_testkit::{Gate, RawPeer, Step};

use super::*;

/// Sends over the connection that was given back last, if there is one.
async fn send_again(
    transport: &dyn Connector,
    req: courser_core::Request,
    leases: &Leases,
) -> courser_core::Result<courser_core::Response> {
    let resting = leases.resting.lock().unwrap().take();
    match resting {
        Some(conn) if conn.is_open(Duration::MAX) => conn.send(leases.lease(), req).await,
        _ => send_leased(transport, req, leases.lease()).await,
    }
}

#[test]
fn connections_are_used_again_unless_told_otherwise() {
    for driver in DRIVERS {
        let close = answer("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx");
        let mut script: Vec<_> = (0..3).map(|_| ok("x")).collect();
        script.extend([close, ok("x"), ok("x"), ok("x")]);
        let server = scripted(script);
        let (transport, leases) = (native(), Leases::default());
        driver.run(async |rt| {
            for n in 0..7 {
                let mut req = request(&server.url("/"), rt.clone());
                if n == 5 {
                    req.headers.append("Connection", "close").unwrap();
                }
                let res = send_again(&*transport, req, &leases).await.unwrap();
                let exchanged = res.exchanged().unwrap();
                assert_eq!(exchanged.reused, [1, 2, 3, 5].contains(&n), "{n}");
                assert_eq!(exchanged.timings.connect.is_none(), exchanged.reused);
                assert_eq!(text(res).await.unwrap(), "x");
            }
        });
        assert_eq!(server.connections(), 3);
    }
}

#[test]
fn a_request_is_sent_again_once_if_the_connection_was_closed_meanwhile() {
    // The first connection answers once, reads the second request, and hangs up on it.
    let peer = || {
        RawPeer::serve(|wire| {
            wire.read_request()?;
            wire.send(ok("x").0)?;
            wire.read_request().map(drop)
        })
    };
    for driver in DRIVERS {
        for (method, body, again) in [
            (Method::GET, Body::empty(), true),
            (Method::PUT, Body::from("abc"), true),
            (Method::PUT, Body::reader(&b"abc"[..]).with_size(3), false),
            (Method::POST, Body::from("abc"), false),
        ] {
            let server = peer();
            let (transport, leases) = (native(), Leases::default());
            driver.run(async |rt| {
                let first = request(&server.url("/"), rt.clone());
                text(send_again(&*transport, first, &leases).await.unwrap())
                    .await
                    .unwrap();
                let mut second = request(&server.url("/"), rt.clone());
                second.method = method.clone();
                second.body = body;
                let result = send_again(&*transport, second, &leases).await;
                match result {
                    Ok(res) => assert_eq!((text(res).await.unwrap(), again), ("x".into(), true)),
                    Err(error) => {
                        assert_eq!((error.kind(), again), (ErrorKind::Io, false), "{method}");
                        assert!(error.is_transient());
                    }
                }
            });
            assert_eq!(server.connections(), if again { 2 } else { 1 }, "{method}");
        }
    }
}

#[test]
fn what_comes_after_the_end_poisons_the_connection() {
    for driver in DRIVERS {
        for raw in [
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\njunk",
            "HTTP/1.1 204 No Content\r\nContent-Length: 1\r\n\r\nx",
        ] {
            let server = scripted(vec![(raw.into(), Then::Hold)]);
            let (transport, leases) = (native(), Leases::default());
            driver.run(async |rt| {
                let res = send_leased(&*transport, request(&server.url("/"), rt), leases.lease());
                let text = text(res.await.unwrap()).await.unwrap();
                assert!(["x", ""].contains(&text.as_str()));
                assert_eq!(leases.counts(), (0, 1), "{raw}");
            });
        }
    }
}

#[test]
fn a_connection_that_rests_is_seen_to_be_closed_or_spoken_on() {
    for driver in DRIVERS {
        for after in ["", "HTTP/1.1 408 Timeout\r\n\r\n"] {
            let (go, done) = (Gate::new(), Gate::new());
            let server = RawPeer::script(vec![
                Step::ReadRequest,
                Step::send(ok("x").0),
                Step::Wait(go.clone()),
                Step::send(after),
                Step::HalfClose,
                Step::Open(done.clone()),
                Step::ReadToEnd,
            ]);
            let (transport, leases) = (native(), Leases::default());
            driver.run(async |rt| {
                let res = send_leased(&*transport, request(&server.url("/"), rt), leases.lease());
                assert_eq!(text(res.await.unwrap()).await.unwrap(), "x");
                let conn = leases.resting.lock().unwrap().take().unwrap();
                assert!(conn.is_open(Duration::MAX));
                go.open();
                done.wait();
                assert!(!conn.is_open(Duration::MAX), "{after:?}");
            });
        }
    }
}

#[test]
fn a_small_rest_that_is_there_is_read_and_the_connection_kept() {
    for driver in DRIVERS {
        let sent = Gate::new();
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n";
        let server = RawPeer::script(vec![
            Step::ReadRequest,
            Step::send(head.to_owned() + &"x".repeat(20_000)),
            Step::Open(sent.clone()),
            Step::ReadToEnd,
        ]);
        let (transport, leases) = (native(), Leases::default());
        driver.run(async |rt| {
            let req = streamed(request(&server.url("/"), rt));
            let mut res = send_leased(&*transport, req, leases.lease()).await.unwrap();
            sent.wait();
            res.body.next().await.unwrap().unwrap();
            drop(res);
            assert_eq!(leases.counts(), (1, 0));
        });
    }
}
