//! Hostile servers: answers without end, and answers that can be read in two ways.

use std::time::Duration;

use courser::{Client, Error, ErrorKind, RequestBuilder, Response, Timeout};
use courser_testkit::{RawPeer, Step, Wire};

type Send = fn(RequestBuilder) -> Result<Response, Error>;

fn sent(request: RequestBuilder) -> Result<Response, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(request.send())
}

/// Under both drivers.
const BOTH: [Send; 2] = [sent, RequestBuilder::call];

/// Sends the same for ever, until the client hangs up.
fn endless(start: &'static str, again: &'static str) -> RawPeer {
    RawPeer::serve(move |wire: &mut Wire| {
        wire.read_head()?;
        wire.send(start)?;
        let many = again.repeat(1 + 4096 / again.len());
        // The client hangs up: that is what is tested.
        while wire.send(&many).is_ok() {}
        Ok(())
    })
}

#[test]
fn answers_without_end_are_cut_off() {
    for (start, again, kind, says) in [
        (
            "HTTP/1.1 200 OK\r\n",
            "X-Line: x\r\n",
            ErrorKind::Protocol,
            "head of the response is too large",
        ),
        (
            "HTTP/1.1 200 OK\r\nX: ",
            "xxxxxxxxxxxxxxxx",
            ErrorKind::Protocol,
            "head of the response is too large",
        ),
        (
            "",
            "HTTP/1.1 103 Early Hints\r\n\r\n",
            ErrorKind::Protocol,
            "interim answers (1xx) without end",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x=",
            "xxxxxxxxxxxxxxxx",
            ErrorKind::Protocol,
            "too many extensions",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
            "X-Line: x\r\n",
            ErrorKind::Protocol,
            "trailers of the body are too large",
        ),
        (
            "HTTP/1.1 200 OK\r\n\r\n",
            "xxxxxxxxxxxxxxxx",
            ErrorKind::BodyLimit,
            ":max-body-size",
        ),
    ] {
        for send in BOTH {
            let peer = endless(start, again);
            let request = courser::get(peer.url("/")).with(|r| r.max_body_size = Some(1 << 20));
            let error = send(request).unwrap_err();
            assert_eq!(error.kind(), kind, "{again}: {error:?}");
            assert!(error.to_string().contains(says), "{error}");
        }
    }
}

#[test]
fn a_slow_answer_ends_at_the_deadline() {
    for send in BOTH {
        let peer = RawPeer::serve(|wire: &mut Wire| {
            wire.read_head()?;
            wire.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")?;
            // Always something moves, so that no idle limit is hit.
            while wire.send("x").is_ok() {
                std::thread::yield_now();
            }
            Ok(())
        });
        let request = courser::get(peer.url("/")).timeout(Duration::from_millis(80));
        match send(request) {
            Err(error) => assert!(
                matches!(error.kind(), ErrorKind::Timeout(Timeout::Total(_))),
                "{error:?}"
            ),
            // A machine may be that fast.
            Ok(res) => assert_eq!(res.body_bytes().unwrap().len(), 1_000_000),
        }
    }
}

#[test]
fn lengths_that_can_be_read_in_two_ways_are_refused() {
    for fields in [
        "Content-Length: 1\r\nTransfer-Encoding: chunked",
        "Content-Length: 1\r\nContent-Length: 2",
        "Content-Length: 1, 2",
        "Content-Length: +1",
        "Content-Length: 0x1",
        "Content-Length: 1 1",
        "Content-Length: -1",
        "Content-Length: 99999999999999999999",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: xchunked",
        "Content-Length : 1",
        "Content-Length: 1\nX: y",
        "X: \0",
    ] {
        for send in BOTH {
            let answer = format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\n1\r\nx\r\n0\r\n\r\n");
            let peer = RawPeer::script(vec![Step::ReadHead, Step::send(answer), Step::Hang]);
            let error = send(courser::get(peer.url("/"))).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Protocol, "{fields}: {error:?}");
        }
    }
}

#[test]
fn what_belongs_to_no_request_is_nobodys_answer() {
    for send in BOTH {
        // The second answer was never asked for.
        let forged = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nreal\
                      HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged";
        let peer = RawPeer::serve(move |wire: &mut Wire| {
            wire.read_head()?;
            wire.send(forged)?;
            wire.hang()
        });
        let client = Client::new();
        for _ in 0..3 {
            let res = send(client.get(peer.url("/"))).unwrap();
            assert_eq!(res.text().unwrap(), "real");
        }
        assert_eq!(peer.connections(), 3);
    }
}

#[test]
fn connections_of_other_settings_are_not_shared() {
    let server = courser_testkit::Server::start(|_| http::Response::new("ok"));
    let client = Client::new();
    let get = || client.get(server.url("/"));
    get().call().unwrap();
    get().call().unwrap();
    assert_eq!(server.stats().accepted, 1);
    get().insecure(true).call().unwrap();
    get()
        .with(|r| r.trusted_certificates = Some(vec![]))
        .with(|r| r.local_address = Some([127, 0, 0, 1].into()))
        .call()
        .unwrap();
    get()
        .with(|r| r.connection_timeout = Some(Duration::from_secs(3)))
        .call()
        .unwrap();
    get().proxy("127.0.0.1", server.port()).call().unwrap();
    assert_eq!(server.stats().accepted, 5);
    // The other driver has connections of its own.
    sent(get()).unwrap();
    assert_eq!(server.stats().accepted, 6);
}

/// The rest of a long body is read to its last byte and no further, so what comes with it is seen
/// only by who looks.
#[test]
fn an_answer_that_nobody_asked_for_is_nobodys_answer() {
    for length in [20_000, 8192 - 45, 100] {
        let body = "x".repeat(length);
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
        let more = format!("{answer}HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\njunk!");
        let peer = RawPeer::serve(move |wire: &mut Wire| {
            while !wire.read_request()?.is_empty() {
                wire.send(&more)?;
            }
            Ok(())
        });
        let client = Client::new();
        for _ in 0..20 {
            let got = client.get(peer.url("/")).call().unwrap();
            assert_eq!(got.text().unwrap(), body);
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            for _ in 0..20 {
                let got = client.get(peer.url("/")).send().await.unwrap();
                assert_eq!(got.text().unwrap(), body);
            }
        });
        assert_eq!(peer.connections(), 40, "none is used again");
    }
}
