//! Messages over HTTP/1 in both directions, under both drivers.
#![allow(clippy::unwrap_used)] // a failure in a test's helper is a failing test

mod support;

use std::io::{BufReader, Write};

use courser_core::{Body, ErrorKind, HttpVersion, Method};
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
