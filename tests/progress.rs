//! How far bodies have come: over both transports, under both drivers.

use std::sync::{Arc, Mutex};

use courser::progress::Direction;
use courser::{Body, Client, Redirects, RequestBuilder, Response};
use courser_testkit::{RawPeer, Step};

/// What was told of one direction.
type Told = Vec<(u64, Option<u64>)>;

/// Sends it in all ways, and checks what was told on the way out and in.
fn check(
    peer: impl Fn() -> RawPeer,
    make: impl Fn(&Client, &str) -> RequestBuilder,
    check: impl Fn(&Response, &Told, &Told),
) {
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let over_reqwest = Client::builder()
        .transport(Arc::new(courser::reqwest::Reqwest::new()))
        .build()
        .unwrap();
    for client in [Client::new(), over_reqwest] {
        for blocking in [true, false] {
            let peer = peer();
            let told = Arc::new(Mutex::new((Told::new(), Told::new())));
            let all = told.clone();
            let request = make(&client, &peer.url("/")).progress(move |progress| {
                let mut told = all.lock().unwrap();
                let told = match progress.direction {
                    Direction::Upload => &mut told.0,
                    Direction::Download => &mut told.1,
                };
                told.push((progress.bytes, progress.total));
            });
            let response = if blocking {
                request.call()
            } else {
                tokio.block_on(request.send())
            };
            let response = response.unwrap();
            let (up, down) = &*told.lock().unwrap();
            check(&response, up, down);
        }
    }
}

/// That it grows to `size`, with the total from the beginning or at the end only.
#[track_caller]
fn grows(told: &Told, size: u64, known: bool) {
    assert!(told.is_sorted(), "{told:?}");
    assert_eq!(told.last(), Some(&(size, Some(size))), "{told:?}");
    let before = &told[..told.len() - 1];
    let total = known.then_some(size);
    assert!(before.iter().all(|told| told.1 == total), "{told:?}");
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[test]
fn out() {
    const SIZE: u64 = 1_000_000;
    let bytes = || Body::from(vec![7; SIZE as usize]);
    for (body, known) in [
        (bytes(), true),
        (Body::factory(move || Ok(bytes())).with_size(SIZE), true),
        (Body::factory(move || Ok(bytes())), false),
    ] {
        let make = |client: &Client, url: &str| client.post(url).body(body.clone());
        check(
            || RawPeer::answer(OK),
            make,
            |_, up, down| {
                grows(up, SIZE, known);
                assert!(up.len() > 10, "{up:?}");
                assert_eq!(down, &[(2, Some(2))]);
            },
        );
    }
    let small = |client: &Client, url: &str| client.post(url).body("small");
    check(
        || RawPeer::answer(OK),
        small,
        |_, up, _| assert_eq!(up, &[(5, Some(5))]),
    );
    let none = |client: &Client, url: &str| client.get(url);
    check(
        || RawPeer::answer(OK),
        none,
        |_, up, _| assert!(up.is_empty()),
    );
}

#[test]
fn back() {
    const SIZE: usize = 3 << 20;
    let get = |client: &Client, url: &str| client.get(url);
    let body = "x".repeat(SIZE);
    let length = format!("HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n{body}");
    check(
        || RawPeer::answer(length.clone()),
        get,
        |response, up, down| {
            assert_eq!(response.bytes().len(), SIZE);
            grows(down, SIZE as u64, true);
            assert!(down.len() > 3 && up.is_empty(), "{down:?}");
        },
    );
    let chunks = format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{SIZE:x}\r\n{body}\r\n0\r\n\r\n"
    );
    check(
        || RawPeer::answer(chunks.clone()),
        get,
        |response, _, down| {
            assert_eq!(response.bytes().len(), SIZE);
            grows(down, SIZE as u64, false);
        },
    );
    let none = "HTTP/1.1 204 No Content\r\n\r\n";
    check(
        || RawPeer::answer(none),
        get,
        |_, _, down| assert!(down.is_empty()),
    );
}

#[test]
fn of_a_compressed_body_as_it_comes() {
    use std::io::Write as _;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(&vec![0; 100_000]).unwrap();
    let gzip = gzip.finish().unwrap();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        gzip.len()
    );
    let answer = [head.as_bytes(), &gzip].concat();
    let get = |client: &Client, url: &str| client.get(url);
    check(
        || RawPeer::answer(answer.clone()),
        get,
        |response, _, down| {
            assert_eq!(response.bytes().len(), 100_000);
            grows(down, gzip.len() as u64, true);
        },
    );
}

#[test]
fn each_hop_and_each_try_begins_anew() {
    let moved = "HTTP/1.1 307 Moved\r\nLocation: /2\r\nContent-Length: 4\r\n\r\ngone";
    let lax = |client: &Client, url: &str| {
        let request = client.put(url).body("text");
        request.with(|request| request.redirect_strategy = Some(Redirects::Lax))
    };
    check(
        || RawPeer::answers([moved, OK]),
        lax,
        |_, up, down| {
            assert_eq!(up, &[(4, Some(4)), (4, Some(4))]);
            assert_eq!(down, &[(2, Some(2))]);
        },
    );
    let hangs_up = || {
        RawPeer::scripts(vec![
            vec![Step::ReadRequest, Step::Close],
            vec![Step::ReadRequest, Step::send(OK), Step::Close],
        ])
    };
    let put = |client: &Client, url: &str| client.put(url).body("text");
    check(hangs_up, put, |response, up, _| {
        assert_eq!(response.attempts, 2);
        assert_eq!(up, &[(4, Some(4)), (4, Some(4))]);
    });
}
