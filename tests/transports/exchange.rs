//! Messages over HTTP/1 in both directions.

use courser_core::{Body, ConnectSettings, ErrorKind, HttpVersion, Method, Version};
use courser_testkit::{RawPeer, Server, Step};

use super::support::*;

#[test]
fn a_response_comes_as_it_was_sent() {
    for way in WAYS {
        let raw = b"HTTP/1.1 299 Fine Enough\r\nContent-Length: 5\r\nX-A: 1\r\nX-B: \r\n\
                    x-a: caf\xe9\r\n\r\nhello";
        let peer = scripted(vec![answer(raw)]);
        way.run(async |transport, rt| {
            let req = request(&peer.url("/a?b=c"), rt);
            let res = send(&*transport, req).await.unwrap();
            assert_eq!(res.status.as_u16(), 299);
            assert_eq!(res.reason(), "Fine Enough");
            assert_eq!(res.version, Version::HTTP_11);
            assert_eq!((res.length, res.chunked), (Some(5), false));
            assert_eq!(res.remote_addr, Some(peer.peer.addr()));
            assert_eq!(res.url.as_str(), peer.url("/a?b=c"));
            assert_eq!(res.headers.get_str("content-length"), Some("5"));
            assert_eq!(res.headers.get_all("x-a").count(), 2);
            assert_eq!(res.headers.get_str("x-b"), Some(""));
            assert_eq!(text(res).await.unwrap(), "hello");
        });
        let (head, body) = peer.requests().remove(0);
        assert!(head.starts_with("GET /a?b=c HTTP/1.1\r\n"), "{head}");
        assert_eq!(field(&head, "host"), Some(peer.peer.authority()));
        assert_eq!(field(&head, "user-agent"), None);
        assert_eq!(field(&head, "content-length"), None);
        assert!(body.is_empty());
    }
}

#[test]
fn framing_of_request_bodies() {
    let file = std::env::temp_dir().join(format!("courser-transports-{}", std::process::id()));
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
    let (large, of_file) = (vec![b'x'; 300_000], vec![b'f'; 200_000]);
    let cases: [(&str, Body, &str, &[u8]); 17] = [
        ("GET", Body::empty(), "", b""),
        ("DELETE", Body::empty(), "", b""),
        ("OPTIONS", Body::empty(), "", b""),
        ("PROPFIND", Body::empty(), "", b""),
        ("POST", Body::empty(), "0", b""),
        ("PATCH", Body::empty(), "0", b""),
        ("POST", Body::from(""), "0", b""),
        ("GET", Body::from(""), "0", b""),
        ("POST", Body::from("abc"), "3", b"abc"),
        ("OPTIONS", Body::from("abc"), "3", b"abc"),
        ("PUT", Body::from(large.clone()), "300000", &large),
        ("POST", stream(), "chunked", b"abc"),
        ("GET", stream(), "chunked", b"abc"),
        ("DELETE", stream(), "chunked", b"abc"),
        ("POST", sized(), "3", b"abc"),
        ("GET", sized(), "3", b"abc"),
        ("PUT", from_file, "200000", &of_file),
    ];
    for way in WAYS {
        let peer = scripted(cases.iter().map(|_| ok("")).collect());
        way.run(async |transport, rt| {
            for (method, body, _, _) in &cases {
                let mut req = request(&peer.url("/"), rt.clone());
                req.method = Method::from_bytes(method.as_bytes()).unwrap();
                req.body = body.clone();
                send(&*transport, req).await.unwrap();
            }
        });
        for ((head, got), (method, _, framing, expected)) in peer.requests().iter().zip(&cases) {
            let length = field(head, "content-length");
            let coding = field(head, "transfer-encoding");
            let sent = [length, coding].into_iter().flatten().collect::<Vec<_>>();
            assert_eq!(sent.join(" "), *framing, "{way:?} {method}");
            assert!(got == expected, "{way:?} {method}");
        }
        assert_eq!(peer.requests().len(), cases.len());
    }
    std::fs::remove_file(file).ok();
}

#[test]
fn headers_of_the_user_win_once() {
    for way in WAYS {
        let peer = scripted(vec![ok(""), ok("")]);
        way.run(async |transport, rt| {
            let mut req = request(&peer.url("/"), rt.clone());
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
            send(&*transport, req).await.unwrap();

            let mut req = request(&peer.url("/"), rt.clone());
            req.headers.append("Content-Length", "4").unwrap();
            req.body = Body::from("abc");
            let error = send(&*transport, req).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest);

            let mut req = request(&peer.url("/"), rt);
            req.headers.append("Content-Length", "4").unwrap();
            req.body = Body::reader(&b"four"[..]);
            send(&*transport, req).await.unwrap();
        });
        let requests = peer.requests();
        assert_eq!(requests.len(), 2, "what contradicts itself is not sent");
        let (head, _) = &requests[0];
        if way.connector().capabilities().header_case {
            assert_eq!(
                head,
                "GET / HTTP/1.1\r\nHost: other.example\r\nAccept: text/x\r\nContent-Length: 3\r\n\
                 X-Two: 1\r\nx-two: 2\r\nConnection: Keep-Alive\r\n\r\n"
            );
        } else {
            for line in ["host: other.example", "accept: text/x", "content-length: 3"] {
                assert_eq!(head.matches(line).count(), 1, "{head}");
                let name = line.split(':').next().unwrap();
                assert_eq!(head.matches(name).count(), 1, "{head}");
            }
            assert!(head.contains("x-two: 1\r\nx-two: 2\r\n"), "{head}");
        }
        assert_eq!(requests[1].1, b"four");
    }
}

#[test]
fn bodies_that_are_empty_or_absent() {
    let ok = "HTTP/1.1 200 OK\r\nContent-Length: ";
    for (method, raw, absent) in [
        (Method::HEAD, &*format!("{ok}7\r\n\r\n"), true),
        (Method::GET, "HTTP/1.1 204 No Content\r\n\r\n", true),
        (Method::GET, "HTTP/1.1 304 Not Modified\r\n\r\n", true),
        (
            Method::GET,
            "HTTP/1.1 205 X\r\nContent-Length: 0\r\n\r\n",
            true,
        ),
        (Method::GET, &*format!("{ok}0\r\n\r\n"), false),
    ] {
        for way in WAYS {
            let peer = scripted(vec![answer(raw)]);
            let leases = Leases::default();
            way.run(async |transport, rt| {
                let mut req = request(&peer.url("/"), rt);
                req.method = method.clone();
                let res = send_leased(&*transport, req, leases.lease()).await.unwrap();
                assert_eq!(leases.counts(), (1, 0), "{raw}: given back with the head");
                assert_eq!(res.length, Some(0), "{raw}");
                assert_eq!(res.body.is_empty(), absent, "{raw}");
                assert_eq!(text(res).await.unwrap(), "");
            });
        }
    }
}

#[test]
fn chunks_folded_lines_and_the_end_by_closing() {
    let chunks = "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-T: late\r\n\r\n";
    let head = "HTTP/1.1 200 OK\r\n";
    for (raw, chunked, body) in [
        (
            &*format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunks}"),
            true,
            "abcde",
        ),
        (
            &*format!("{head}X-Folded: one\r\n  two\r\n\r\nabc"),
            false,
            "abc",
        ),
        ("HTTP/1.0 200 OK\r\n\r\nabc", false, "abc"),
    ] {
        for way in WAYS {
            let peer = scripted(vec![(raw.into(), Then::Close)]);
            let leases = Leases::default();
            way.run(async |transport, rt| {
                let req = request(&peer.url("/"), rt);
                let res = send_leased(&*transport, req, leases.lease()).await.unwrap();
                assert_eq!((res.length, res.chunked), (None, chunked));
                if let Some(folded) = res.headers.get("x-folded") {
                    assert_eq!(folded.to_str().unwrap().split_whitespace().count(), 2);
                    assert!(!folded.as_bytes().contains(&b'\n'));
                }
                assert_eq!(text(res).await.unwrap(), body);
                // A place of reqwest's is given back however the connection ended.
                let is_kept = chunked || !way.is_native();
                assert_eq!(leases.counts(), if is_kept { (1, 0) } else { (0, 1) });
            });
        }
    }
}

#[test]
fn large_bodies_pass_through_without_being_gathered() {
    const SIZE: u64 = 32 << 20;
    let server = Server::start_streaming(|mut req| async move {
        assert_eq!(req.body_mut().count().await.unwrap(), SIZE);
        http::Response::new(courser_testkit::Body::zeros(SIZE))
    });
    for way in WAYS {
        way.run(async |transport, rt| {
            let mut req = request(&server.url("/"), rt);
            req.method = Method::POST;
            req.body = Body::reader(std::io::Read::take(std::io::repeat(7), SIZE)).with_size(SIZE);
            let mut res = send(&*transport, req).await.unwrap();
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
    for way in WAYS {
        let peer = scripted(vec![ok(""), ok("")]);
        way.run(async |transport, rt| {
            let of = |version| {
                let req = request(&peer.url("/"), rt.clone());
                with(req, &settings(|s| s.version = version))
            };
            for version in [HttpVersion::Http10, HttpVersion::Http11] {
                send(&*transport, of(version)).await.unwrap();
            }
            let mut req = of(HttpVersion::Http10);
            req.method = Method::POST;
            req.body = Body::reader(&b"x"[..]);
            let error = send(&*transport, req).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        });
        let requests = peer.requests();
        let lines: Vec<&str> = requests
            .iter()
            .filter_map(|(head, _)| head.lines().next())
            .collect();
        assert_eq!(lines, ["GET / HTTP/1.0", "GET / HTTP/1.1"]);
    }
}

#[test]
fn a_resolver_of_the_request_is_asked_first() {
    for way in WAYS {
        let peer = scripted(vec![ok("here")]);
        way.run(async |transport, rt| {
            let addr = peer.peer.addr();
            let url = format!("http://some.invalid:{}/", addr.port());
            let there = settings(|s| s.resolve = vec![("some.invalid".into(), addr)]);
            let req = with(request(&url, rt), &there);
            assert_eq!(ask(&*transport, req).await, "here");
        });
    }
}

#[test]
fn a_connection_for_each_where_none_is_kept() {
    for way in WAYS {
        let peer = scripted((0..3).map(|_| (ok("x").0, Then::Close)).collect());
        way.run(async |transport, rt| {
            for _ in 0..3 {
                let mut req = request(&peer.url("/"), rt.clone());
                req.options.set(ConnectSettings::default());
                req.headers.append("Connection", "close").unwrap();
                assert_eq!(ask(&*transport, req).await, "x");
            }
        });
        assert_eq!(peer.connections(), 3);
        for (head, _) in peer.requests() {
            assert_eq!(field(&head, "connection").as_deref(), Some("close"));
        }
    }
}

#[test]
fn a_response_dropped_early_closes_its_connection_and_drops_its_lease() {
    for way in WAYS {
        let peer = RawPeer::script(vec![
            Step::ReadHead,
            Step::send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"),
            Step::ReadToEnd,
        ]);
        let leases = Leases::default();
        way.run(async |transport, rt| {
            let req = streamed(request(&peer.url("/"), rt));
            let mut res = send_leased(&*transport, req, leases.lease()).await.unwrap();
            assert_eq!(res.body.next().await.unwrap().unwrap(), "ab");
            assert_eq!(leases.counts(), (0, 0));
            drop(res);
            assert_eq!(leases.counts(), (0, 1));
        });
        peer.wait_ended(0).ok();
    }
}
