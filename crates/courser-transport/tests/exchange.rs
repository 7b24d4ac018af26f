//! Whole exchanges over HTTP/1, under both drivers.
#![allow(clippy::unwrap_used)] // a failure in a test's helper is a failing test

mod support;

use std::io::{BufReader, Write};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use courser_core::{Body, Call, Canceller, ErrorKind, HttpVersion, Method, Phase, Timeout};
use courser_transport::Native;
use support::*;

#[test]
fn a_response_comes_as_it_was_sent() {
    for driver in BOTH {
        let server = Server::scripted(vec![answer(
            "HTTP/1.1 299 Fine Enough\r\nContent-Length: 5\r\nX-A: 1\r\nX-B: \r\nx-a: caf\u{e9}\r\n\r\nhello"
                .chars()
                .map(|c| c as u8)
                .collect::<Vec<u8>>(),
        )]);
        let transport = Native::new();
        driver.run(async |rt| {
            let req = request(&server.url("/a?b=c"), rt);
            let res = send(&transport, req).await.unwrap();
            assert_eq!(res.status.as_u16(), 299);
            assert_eq!(res.reason(), "Fine Enough");
            assert_eq!(res.version, courser_core::Version::HTTP_11);
            assert_eq!((res.length, res.chunked), (Some(5), false));
            assert_eq!(res.remote_addr, Some(server.addr));
            assert_eq!(res.url.as_str(), server.url("/a?b=c"));
            assert_eq!(res.headers.get_str("content-length"), Some("5"));
            assert_eq!(res.headers.get_all("x-a").count(), 2);
            assert_eq!(res.headers.get_str("x-b"), Some(""));
            assert_eq!(text(res).await.unwrap(), "hello");
        });
        let (head, body) = server.requests().remove(0);
        assert!(head.starts_with("GET /a?b=c HTTP/1.1\r\n"), "{head}");
        assert_eq!(field(&head, "host"), Some(server.addr.to_string()));
        assert_eq!(field(&head, "user-agent"), None);
        assert_eq!(field(&head, "content-length"), None);
        assert!(body.is_empty());
    }
}

#[test]
fn framing_of_request_bodies() {
    fn check(method: &str, body: &Body, framing: &str, expected: &[u8]) {
        for driver in BOTH {
            let server = Server::scripted(vec![ok("")]);
            let transport = Native::new();
            driver.run(async |rt| {
                let mut req = request(&server.url("/"), rt);
                req.method = Method::from_bytes(method.as_bytes()).unwrap();
                req.body = body.clone();
                send(&transport, req).await.unwrap();
            });
            let (head, got) = server.requests().remove(0);
            let length = field(&head, "content-length");
            let coding = field(&head, "transfer-encoding");
            let sent = [length, coding].into_iter().flatten().collect::<Vec<_>>();
            assert_eq!(sent.join(" "), framing, "{method}");
            assert_eq!(got, expected, "{method}");
        }
    }
    let file = std::env::temp_dir().join(format!("courser-transport-{}", std::process::id()));
    std::fs::write(&file, vec![b'f'; 200_000]).unwrap();
    let mut from_file = Body::file(&file);
    from_file.check_file().unwrap();
    let stream = || {
        Body::factory(|| {
            let pieces = [Ok::<_, std::io::Error>("ab"), Ok(""), Ok("c")];
            Ok(Body::stream(futures_util::stream::iter(pieces)))
        })
    };
    let sized = || Body::factory(|| Ok(Body::reader(&b"abc"[..]).with_size(3)));

    check("GET", &Body::empty(), "", b"");
    check("DELETE", &Body::empty(), "", b"");
    check("OPTIONS", &Body::empty(), "", b"");
    check("PROPFIND", &Body::empty(), "", b"");
    check("POST", &Body::empty(), "0", b"");
    check("PATCH", &Body::empty(), "0", b"");
    check("POST", &Body::from(""), "0", b"");
    check("GET", &Body::from(""), "0", b"");
    check("POST", &Body::from("abc"), "3", b"abc");
    check("OPTIONS", &Body::from("abc"), "3", b"abc");
    check(
        "PUT",
        &Body::from(vec![b'x'; 300_000]),
        "300000",
        &vec![b'x'; 300_000],
    );
    check("POST", &stream(), "chunked", b"abc");
    check("GET", &stream(), "chunked", b"abc");
    check("DELETE", &stream(), "chunked", b"abc");
    check("POST", &sized(), "3", b"abc");
    check("GET", &sized(), "3", b"abc");
    check("PUT", &from_file, "200000", &vec![b'f'; 200_000]);
    std::fs::remove_file(file).ok();
}

#[test]
fn headers_of_the_user_win_once() {
    let server = Server::scripted(vec![ok(""), ok("")]);
    let transport = Native::new();
    Driver::Tokio.run(async |rt| {
        let mut req = request(&server.url("/"), rt.clone());
        for (name, value) in [
            ("Host", "other.example"),
            ("Accept", "text/x"),
            ("Content-Length", "3"),
            ("X-Two", "1"),
            ("x-two", "2"),
        ] {
            req.headers.append(name, value).unwrap();
        }
        req.body = Body::from("abc");
        send(&transport, req).await.unwrap();

        let mut req = request(&server.url("/"), rt.clone());
        req.headers.append("Content-Length", "4").unwrap();
        req.body = Body::from("abc");
        let error = send(&transport, req).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);

        let mut req = request(&server.url("/"), rt);
        req.headers.append("Content-Length", "4").unwrap();
        req.body = Body::reader(&b"four"[..]);
        send(&transport, req).await.unwrap();
    });
    let requests = server.requests();
    assert_eq!(requests.len(), 2, "what contradicts itself is not sent");
    let head = &requests[0].0;
    assert_eq!(
        head,
        "GET / HTTP/1.1\r\nHost: other.example\r\nAccept: text/x\r\nContent-Length: 3\r\n\
         X-Two: 1\r\nx-two: 2\r\nConnection: Keep-Alive\r\n\r\n"
    );
    assert_eq!(requests[1].1, b"four");
}

#[test]
fn bodies_that_are_empty_or_absent() {
    fn check(method: &Method, raw: &str, length: Option<u64>, absent: bool) {
        for driver in BOTH {
            let server = Server::scripted(vec![answer(raw)]);
            let (transport, leases) = (Native::new(), Leases::default());
            driver.run(async |rt| {
                let mut req = request(&server.url("/"), rt);
                req.method = method.clone();
                let res = send_leased(&transport, req, leases.lease()).await.unwrap();
                assert_eq!(leases.counts(), (1, 0), "{raw}: given back with the head");
                assert_eq!(res.length, length, "{raw}");
                assert_eq!(res.body.is_empty(), absent, "{raw}");
                assert_eq!(text(res).await.unwrap(), "");
            });
        }
    }
    check(
        &Method::HEAD,
        "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n",
        Some(0),
        true,
    );
    check(
        &Method::GET,
        "HTTP/1.1 204 No Content\r\n\r\n",
        Some(0),
        true,
    );
    check(
        &Method::GET,
        "HTTP/1.1 304 Not Modified\r\n\r\n",
        Some(0),
        true,
    );
    check(
        &Method::GET,
        "HTTP/1.1 205 X\r\nContent-Length: 0\r\n\r\n",
        Some(0),
        true,
    );
    check(
        &Method::GET,
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        Some(0),
        false,
    );
}

#[test]
fn chunks_folded_lines_and_the_end_by_closing() {
    fn check(raw: &str, length: Option<u64>, chunked: bool, body: &str) {
        for driver in BOTH {
            let server = Server::scripted(vec![(raw.into(), Then::Close)]);
            let (transport, leases) = (Native::new(), Leases::default());
            driver.run(async |rt| {
                let req = request(&server.url("/"), rt);
                let res = send_leased(&transport, req, leases.lease()).await.unwrap();
                assert_eq!((res.length, res.chunked), (length, chunked));
                if let Some(folded) = res.headers.get("x-folded") {
                    assert_eq!(folded.to_str().unwrap().split_whitespace().count(), 2);
                    assert!(!folded.as_bytes().contains(&b'\n'));
                }
                assert_eq!(text(res).await.unwrap(), body);
                assert_eq!(leases.counts(), if chunked { (1, 0) } else { (0, 1) });
            });
        }
    }
    let chunks = "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-T: late\r\n\r\n";
    let head = "HTTP/1.1 200 OK\r\n";
    check(
        &format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunks}"),
        None,
        true,
        "abcde",
    );
    check(
        &format!("{head}X-Folded: one\r\n  two\r\n\r\nabc"),
        None,
        false,
        "abc",
    );
    check("HTTP/1.0 200 OK\r\n\r\nabc", None, false, "abc");
}

/// Sends over the connection that was given back last, if there is one.
async fn send_again(
    transport: &Native,
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
    for driver in BOTH {
        let close = answer("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx");
        let mut script: Vec<_> = (0..3).map(|_| ok("x")).collect();
        script.extend([close, ok("x"), ok("x"), ok("x")]);
        let server = Server::scripted(script);
        let (transport, leases) = (Native::new(), Leases::default());
        driver.run(async |rt| {
            for n in 0..7 {
                let mut req = request(&server.url("/"), rt.clone());
                if n == 5 {
                    req.headers.append("Connection", "close").unwrap();
                }
                let res = send_again(&transport, req, &leases).await.unwrap();
                let exchanged = res.info.get::<courser_core::Exchanged>().unwrap();
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
    let server = || {
        Server::with(move |stream| {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            if read_request(&mut reader).is_some() {
                (&stream).write_all(&ok("x").0).unwrap();
                read_request(&mut reader);
            }
        })
    };
    for driver in BOTH {
        for (method, body, again) in [
            (Method::GET, Body::empty(), true),
            (Method::PUT, Body::from("abc"), true),
            (Method::PUT, Body::reader(&b"abc"[..]).with_size(3), false),
            (Method::POST, Body::from("abc"), false),
        ] {
            let server = server();
            let (transport, leases) = (Native::new(), Leases::default());
            driver.run(async |rt| {
                let first = request(&server.url("/"), rt.clone());
                text(send_again(&transport, first, &leases).await.unwrap())
                    .await
                    .unwrap();
                let mut second = request(&server.url("/"), rt.clone());
                second.method = method.clone();
                second.body = body;
                let result = send_again(&transport, second, &leases).await;
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
    for driver in BOTH {
        for raw in [
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\njunk",
            "HTTP/1.1 204 No Content\r\nContent-Length: 1\r\n\r\nx",
        ] {
            let server = Server::scripted(vec![(raw.into(), Then::Hold)]);
            let (transport, leases) = (Native::new(), Leases::default());
            driver.run(async |rt| {
                let res = send_leased(&transport, request(&server.url("/"), rt), leases.lease());
                let text = text(res.await.unwrap()).await.unwrap();
                assert!(["x", ""].contains(&text.as_str()));
                assert_eq!(leases.counts(), (0, 1), "{raw}");
            });
        }
    }
}

#[test]
fn a_connection_that_rests_is_seen_to_be_closed_or_spoken_on() {
    for driver in BOTH {
        for after in [&b""[..], b"HTTP/1.1 408 Timeout\r\n\r\n"] {
            let (go, went) = mpsc::channel::<()>();
            let (done, is_done) = mpsc::channel::<()>();
            let (went, done) = (std::sync::Mutex::new(went), std::sync::Mutex::new(done));
            let server = Server::with(move |stream| {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                read_request(&mut reader).unwrap();
                (&stream).write_all(&ok("x").0).unwrap();
                went.lock().unwrap().recv_timeout(LONG).unwrap();
                (&stream).write_all(after).unwrap();
                stream.shutdown(std::net::Shutdown::Write).unwrap();
                done.lock().unwrap().send(()).unwrap();
                std::io::copy(&mut reader, &mut std::io::sink()).ok();
            });
            let (transport, leases) = (Native::new(), Leases::default());
            driver.run(async |rt| {
                let res = send_leased(&transport, request(&server.url("/"), rt), leases.lease());
                assert_eq!(text(res.await.unwrap()).await.unwrap(), "x");
                let conn = leases.resting.lock().unwrap().take().unwrap();
                assert!(conn.is_open(Duration::MAX));
                go.send(()).unwrap();
                is_done.recv_timeout(LONG).unwrap();
                assert!(!conn.is_open(Duration::MAX), "{after:?}");
            });
        }
    }
}

#[test]
fn a_small_rest_that_is_there_is_read_and_the_connection_kept() {
    for driver in BOTH {
        let (go, went) = mpsc::channel::<()>();
        let went = std::sync::Mutex::new(went);
        let server = Server::with(move |stream| {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            read_request(&mut reader).unwrap();
            let head = b"HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n";
            (&stream).write_all(head).unwrap();
            (&stream).write_all("x".repeat(20_000).as_bytes()).unwrap();
            went.lock().unwrap().recv_timeout(LONG).unwrap();
        });
        let (transport, leases) = (Native::new(), Leases::default());
        driver.run(async |rt| {
            let req = streamed(request(&server.url("/"), rt));
            let mut res = send_leased(&transport, req, leases.lease()).await.unwrap();
            // All of it has arrived once that much was read in pieces.
            let mut read = 0;
            while read < 19_000 {
                read += res.body.next().await.unwrap().unwrap().len();
            }
            drop(res);
            let (kept, closed) = leases.counts();
            assert_eq!(kept + closed, 1);
            if read == 20_000 {
                assert_eq!(kept, 1);
            }
        });
        go.send(()).unwrap();
    }
}

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
fn a_response_dropped_early_closes_its_connection_and_drops_its_lease() {
    for driver in BOTH {
        let script = vec![(
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab".to_vec(),
            Then::Hold,
        )];
        let server = Server::scripted(script);
        let (transport, leases) = (Native::new(), Leases::default());
        driver.run(async |rt| {
            let req = streamed(request(&server.url("/"), rt));
            let mut res = send_leased(&transport, req, leases.lease()).await.unwrap();
            assert_eq!(res.body.next().await.unwrap().unwrap(), "ab");
            assert_eq!(leases.counts(), (0, 0));
            drop(res);
            assert_eq!(leases.counts(), (0, 1));
        });
        server.wait_for_end(1);
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

#[test]
fn large_bodies_pass_through_without_being_gathered() {
    const SIZE: u64 = 64 << 20;
    for driver in BOTH {
        let server = Server::with(|stream| {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                std::io::BufRead::read_line(&mut reader, &mut head).unwrap();
            }
            let mut rest = std::io::Read::take(&mut reader, SIZE);
            assert_eq!(
                std::io::copy(&mut rest, &mut std::io::sink()).unwrap(),
                SIZE
            );
            write!(&stream, "HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n").unwrap();
            let mut body = std::io::Read::take(std::io::repeat(7), SIZE);
            std::io::copy(&mut body, &mut &stream).unwrap();
        });
        let transport = Native::new();
        driver.run(async |rt| {
            let mut req = request(&server.url("/"), rt);
            req.method = Method::POST;
            req.body = Body::reader(std::io::Read::take(std::io::repeat(7), SIZE)).with_size(SIZE);
            let mut res = send(&transport, req).await.unwrap();
            let (mut total, mut largest) = (0, 0);
            while let Some(piece) = res.body.next().await {
                let len = piece.unwrap().len() as u64;
                total += len;
                largest = largest.max(len);
            }
            assert_eq!(total, SIZE);
            assert!(largest <= 4 << 20, "{largest}");
        });
    }
}

#[test]
fn the_version_is_as_asked() {
    let server = Server::scripted(vec![ok(""), ok("")]);
    let transport = Native::new();
    Driver::Tokio.run(async |rt| {
        for version in [HttpVersion::Http10, HttpVersion::Http11] {
            let mut req = request(&server.url("/"), rt.clone());
            let mut settings = kept();
            settings.version = version;
            req.options.set(settings);
            send(&transport, req).await.unwrap();
        }
        let mut req = request(&server.url("/"), rt.clone());
        let mut settings = kept();
        settings.version = HttpVersion::Http10;
        req.options.set(settings);
        req.method = Method::POST;
        req.body = Body::reader(&b"x"[..]);
        let error = send(&transport, req).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    });
    let lines: Vec<String> = server
        .requests()
        .iter()
        .map(|r| r.0.lines().next().unwrap().to_owned())
        .collect();
    assert_eq!(lines, ["GET / HTTP/1.0", "GET / HTTP/1.1"]);
}

#[test]
fn a_resolver_of_the_request_is_asked_first() {
    for driver in BOTH {
        let server = Server::scripted(vec![ok("here")]);
        let transport = Native::new();
        driver.run(async |rt| {
            let url = format!("http://some.invalid:{}/", server.addr.port());
            let mut req = request(&url, rt);
            let mut settings = kept();
            settings.resolve = vec![("some.invalid".into(), server.addr)];
            req.options.set(settings);
            let res = send(&transport, req).await.unwrap();
            assert_eq!(text(res).await.unwrap(), "here");
        });
    }
}

#[test]
fn a_dead_first_address_is_passed_over() {
    for driver in BOTH {
        let server = Server::scripted(vec![ok("here")]);
        let port = server.addr.port();
        // Nobody listens there on that port: it refuses at once.
        let dead = std::net::SocketAddr::from(([127, 0, 0, 9], port));
        let transport = Native::new();
        driver.run(async |rt| {
            let mut req = request(&format!("http://two.invalid:{port}/"), rt);
            let mut settings = kept();
            settings.resolve = vec![
                ("two.invalid".into(), dead),
                ("two.invalid".into(), server.addr),
            ];
            req.options.set(settings);
            let res = send(&transport, req).await.unwrap();
            assert_eq!(res.remote_addr, Some(server.addr));
            assert_eq!(text(res).await.unwrap(), "here");
        });
    }
}
