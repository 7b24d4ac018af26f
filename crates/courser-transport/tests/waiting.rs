//! Waiting within an exchange: expectations, limits, cancelling, early answers; under both drivers.
#![allow(clippy::unwrap_used)] // a failure in a test's helper is a failing test

mod support;

use std::io::{BufReader, Write};
use std::sync::Arc;
use std::sync::mpsc;

use courser_core::{Body, Call, Canceller, ErrorKind, Method, Phase, Timeout};
use courser_transport::Native;
use support::*;

#[test]
fn expectations() {
    for driver in BOTH {
        for (interim, last, sent) in [
            ("HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\n", true),
            ("", "HTTP/1.1 417 No\r\n", false),
        ] {
            let got = Arc::new(std::sync::Mutex::new(Vec::new()));
            let seen = got.clone();
            let server = Server::with(move |stream| {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") {
                    std::io::BufRead::read_line(&mut reader, &mut head).unwrap();
                }
                (&stream).write_all(interim.as_bytes()).unwrap();
                if sent {
                    let mut body = [0; 3];
                    std::io::Read::read_exact(&mut reader, &mut body).unwrap();
                    seen.lock().unwrap().extend(body);
                }
                (&stream).write_all(last.as_bytes()).unwrap();
                (&stream).write_all(b"Content-Length: 0\r\n\r\n").unwrap();
                std::io::Read::read_to_end(&mut reader, &mut seen.lock().unwrap()).ok();
            });
            let (transport, leases) = (Native::new(), Leases::default());
            driver.run(async |rt| {
                let mut req = request(&server.url("/"), rt);
                req.method = Method::PUT;
                req.headers.append("Expect", "100-continue").unwrap();
                req.body = Body::from("abc");
                let res = send_leased(&transport, req, leases.lease()).await.unwrap();
                assert_eq!(res.status.is_success(), sent);
                assert_eq!(leases.counts(), if sent { (1, 0) } else { (0, 1) });
                leases.resting.lock().unwrap().take();
            });
            server.wait_for_end(1);
            let expected: &[u8] = if sent { b"abc" } else { b"" };
            assert_eq!(*got.lock().unwrap(), expected);
        }
    }
}

#[test]
fn limits_of_time() {
    for driver in BOTH {
        let stalled_head = || (Vec::new(), Then::Hold);
        let stalled_body = || {
            (
                b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab".to_vec(),
                Then::Hold,
            )
        };
        let server = Server::scripted(vec![
            stalled_head(),
            stalled_body(),
            stalled_head(),
            stalled_body(),
        ]);
        let transport = Native::new();
        driver.run(async |rt| {
            let plain = || request(&server.url("/"), rt.clone());
            let within = || {
                let mut req = plain();
                req.call = Arc::new(Call::new(rt.clone()).within(SHORT));
                req
            };
            for (total, req) in [
                (true, within()),
                (true, within()),
                (false, idle(plain(), SHORT)),
                (false, idle(plain(), SHORT)),
            ] {
                // Where it is then is for the machine to say.
                let error = match send(&transport, req).await {
                    Err(error) => error,
                    Ok(res) => text(res).await.unwrap_err(),
                };
                match error.kind() {
                    ErrorKind::Timeout(Timeout::Total(_)) if total => {}
                    ErrorKind::Timeout(Timeout::Idle(Phase::Head | Phase::Body)) if !total => {}
                    _ => panic!("{error}"),
                }
            }
        });
    }
}

#[test]
fn an_upload_that_stalls_is_idle() {
    for driver in BOTH {
        let (over, wait) = mpsc::channel::<()>();
        let wait = std::sync::Mutex::new(wait);
        // Never reads; holds the connection until the test is over.
        let server = Server::with(move |_stream| {
            wait.lock().unwrap().recv_timeout(LONG).ok();
        });
        let transport = Native::new();
        driver.run(async |rt| {
            let mut req = idle(request(&server.url("/"), rt.clone()), SHORT);
            req.method = Method::POST;
            req.body = Body::reader(std::io::repeat(7));
            let error = failure(&transport, req).await;
            assert_eq!(error.kind(), ErrorKind::Timeout(Timeout::Idle(Phase::Send)));
        });
        drop(over);
    }
}

#[test]
fn cancelled_from_another_thread() {
    for driver in BOTH {
        for raw in ["", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"] {
            let canceller = Canceller::new();
            let other = canceller.clone();
            let server = Server::with(move |stream| {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                read_request(&mut reader).unwrap();
                (&stream).write_all(raw.as_bytes()).unwrap();
                other.cancel();
                std::io::copy(&mut reader, &mut std::io::sink()).ok();
            });
            let (transport, leases) = (Native::new(), Leases::default());
            driver.run(async |rt| {
                let mut req = request(&server.url("/"), rt.clone());
                req.call = Arc::new(Call::new(rt).within(LONG).cancelled_by(canceller));
                let error = match send_leased(&transport, req, leases.lease()).await {
                    Err(error) => error,
                    Ok(res) => text(res).await.unwrap_err(),
                };
                assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
                assert_eq!(leases.counts(), (0, 1));
            });
            server.wait_for_end(1);
        }
    }
}

#[test]
fn an_early_answer_to_an_upload_is_heard() {
    for driver in BOTH {
        let server = Server::with(|stream| {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                std::io::BufRead::read_line(&mut reader, &mut head).unwrap();
            }
            (&stream)
                .write_all(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
                .unwrap();
            std::io::copy(&mut reader, &mut std::io::sink()).ok();
        });
        let transport = Native::new();
        driver.run(async |rt| {
            let mut req = request(&server.url("/"), rt);
            req.method = Method::POST;
            req.body = Body::reader(std::io::repeat(7));
            let res = send(&transport, req).await.unwrap();
            assert_eq!(res.status.as_u16(), 413);
            assert_eq!(text(res).await.unwrap(), "no");
        });
    }
}
