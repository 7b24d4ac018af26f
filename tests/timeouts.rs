//! Nothing hangs: every wait has its own limit, on both drivers and over both transports.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use courser::pool::Reusable;
use courser::{
    Body, Client, Error, ErrorKind, Phase, RequestBuilder, Response, Result, Retry, Timeout,
};
use courser_testkit::{BlackHole, RawPeer, Step, Wire};

const MS: Duration = Duration::from_millis(1);
/// A limit that is to be met.
const SHORT: Duration = Duration::from_millis(150);

/// A client, and how it sends.
struct Way {
    client: Client,
    tokio: Option<tokio::runtime::Runtime>,
    native: bool,
}

impl Way {
    fn send(&self, request: RequestBuilder) -> Result<Response> {
        match &self.tokio {
            None => request.call(),
            Some(tokio) => tokio.block_on(request.send()),
        }
    }
}

/// Both transports on both drivers.
fn each(check: impl Fn(&Way)) {
    for native in [true, false] {
        for blocking in [true, false] {
            let client = if native {
                Client::new()
            } else {
                let transport = Arc::new(courser::reqwest::Reqwest::new());
                Client::builder().transport(transport).build().unwrap()
            };
            let tokio = (!blocking).then(|| {
                tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap()
            });
            check(&Way {
                client,
                tokio,
                native,
            });
        }
    }
}

#[track_caller]
fn is(error: &Error, timeout: Timeout, says: &[&str]) {
    let text = error.to_string();
    assert_eq!(error.kind(), ErrorKind::Timeout(timeout), "{text}");
    assert!(text.contains(timeout.option()), "{text}");
    for part in says {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
    let elapsed = error.context("elapsed").expect("the time it took");
    assert!(
        elapsed.strip_suffix(" ms").unwrap().parse::<u64>().is_ok(),
        "{elapsed}"
    );
}

/// Answers with `head`, and then with one byte after the other, without end.
fn trickles(head: &'static str, byte: &'static str) -> RawPeer {
    RawPeer::serve(move |wire: &mut Wire| {
        wire.read_head()?;
        wire.send(head)?;
        // Until the client hangs up.
        loop {
            wire.send(byte)?;
            std::thread::sleep(2 * MS);
        }
    })
}

#[test]
fn a_byte_now_and_then_ends_in_time() {
    each(|way| {
        let get = |peer: &RawPeer| way.client.get(peer.url("/?token=hunter2")).timeout(SHORT);
        let peer = trickles("HTTP/1.1 200 OK\r\nX: ", "x");
        let error = way.send(get(&peer)).unwrap_err();
        is(
            &error,
            Timeout::Total(Phase::Head),
            &["limit: 150ms (:timeout)", "GET http://127"],
        );
        assert!(!format!("{error:?}").contains("hunter2"));

        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let peer = trickles(chunked, "1\r\nx\r\n");
        let error = way.send(get(&peer)).unwrap_err();
        is(
            &error,
            Timeout::Total(Phase::Body),
            &["reading the response body", "received: "],
        );
    });
}

#[test]
fn a_silence_ends_in_time() {
    each(|way| {
        for (answer, phase) in [
            ("HTTP/1.1 200 OK\r\nContent-", Phase::Head),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
                Phase::Body,
            ),
        ] {
            let peer = RawPeer::script(vec![Step::ReadHead, Step::send(answer), Step::Hang]);
            let request = way.client.get(peer.url("/")).socket_timeout(SHORT);
            let error = way.send(request).unwrap_err();
            is(
                &error,
                Timeout::Idle(phase),
                &["limit: 150ms (:socket-timeout)"],
            );
        }
    });
}

#[test]
fn interim_answers_without_end_end() {
    each(|way| {
        let peer = trickles("", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
        let get = way.client.get(peer.url("/"));
        let get = if way.native { get } else { get.timeout(SHORT) };
        let error = way.send(get).unwrap_err();
        if way.native {
            assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
            assert!(
                error
                    .to_string()
                    .contains("interim answers (1xx) without end")
            );
        } else {
            // hyper hides them: there the limit of the whole ends it.
            is(&error, Timeout::Total(Phase::Head), &[]);
        }
    });
}

#[test]
fn an_upload_that_nobody_takes_ends_in_time() {
    each(|way| {
        let peer = RawPeer::script(vec![Step::Hang]);
        let body = || Body::reader(std::io::repeat(b'x'));
        let post = || way.client.post(peer.url("/")).body(body());
        let error = way.send(post().socket_timeout(SHORT)).unwrap_err();
        is(
            &error,
            Timeout::Idle(Phase::Send),
            &["timed out while sending the request (POST"],
        );
        let error = way.send(post().timeout(SHORT)).unwrap_err();
        is(&error, Timeout::Total(Phase::Send), &[":timeout"]);
    });
}

#[test]
fn a_flood_ends_in_time_though_nothing_is_ever_waited_for() {
    for blocking in [true, false] {
        let peer = RawPeer::serve(|wire: &mut Wire| {
            wire.read_head()?;
            wire.send("HTTP/1.1 200 OK\r\n\r\n")?;
            let piece = vec![b'x'; 1 << 20];
            // Until the client hangs up.
            loop {
                wire.send(&piece)?;
            }
        });
        let request = Client::new().get(peer.url("/")).as_stream().timeout(SHORT);
        let error = if blocking {
            let mut reader = request.call().unwrap().reader();
            let failed = std::io::copy(&mut reader, &mut std::io::sink()).unwrap_err();
            failed
                .into_inner()
                .unwrap()
                .downcast::<Error>()
                .map(|e| *e)
                .unwrap()
        } else {
            let tokio = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            tokio.block_on(async {
                let mut response = request.send().await.unwrap();
                loop {
                    match response.body.next().await {
                        Some(Ok(_)) => {}
                        Some(Err(error)) => break error,
                        None => panic!("the end of a flood"),
                    }
                }
            })
        };
        is(
            &error,
            Timeout::Total(Phase::Body),
            &["limit: 150ms (:timeout)"],
        );
    }
}

#[test]
fn a_reader_that_comes_late_is_late() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n";
    let rest = "x".repeat(300_000);
    let peer = RawPeer::script(vec![
        Step::ReadHead,
        Step::send(answer),
        Step::send(rest),
        Step::Hang,
    ]);
    let request = Client::new().get(peer.url("/")).as_stream().timeout(SHORT);
    let mut reader = request.call().unwrap().reader();
    // The caller takes its time, which is what is tested.
    std::thread::sleep(2 * SHORT);
    let mut all = Vec::new();
    let error = reader.read_to_end(&mut all).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
}

#[test]
fn waiting_for_a_place_ends_in_time() {
    for blocking in [true, false] {
        let peer = RawPeer::script(vec![
            Step::ReadHead,
            Step::send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"),
            Step::Hang,
        ]);
        let transport = Arc::new(courser::native::Native::new());
        let manager = Reusable::builder(transport)
            .max_total(Some(1))
            .build()
            .unwrap();
        let manager = Arc::new(manager);
        let client = Client::builder()
            .connection_manager(manager)
            .build()
            .unwrap();
        let held = || client.get(peer.url("/")).as_stream();
        let second = || {
            client
                .get(peer.url("/"))
                .with(|r| r.connection_request_timeout = Some(SHORT))
        };
        let error = if blocking {
            let _held = held().call().unwrap();
            second().call().unwrap_err()
        } else {
            let tokio = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            tokio.block_on(async {
                let _held = held().send().await.unwrap();
                second().send().await.unwrap_err()
            })
        };
        is(
            &error,
            Timeout::Pool,
            &[
                "waiting for a free connection",
                "limit: 150ms (:connection-request-timeout)",
            ],
        );
        assert_eq!(peer.connections(), 1);
    }
}

#[test]
fn connecting_ends_in_time() {
    // Not every system has such an address.
    let Some(hole) = BlackHole::open() else {
        return;
    };
    let silent = RawPeer::script(vec![Step::Hang]);
    let secure = silent.url("/").replace("http:", "https:");
    each(|way| {
        let get = |url: &str| way.client.get(url).connection_timeout(SHORT);
        let error = way.send(get(&hole.url("/"))).unwrap_err();
        is(
            &error,
            Timeout::Connect,
            &[
                "limit: 150ms (:connection-timeout)",
                &hole.addr().to_string(),
            ],
        );
        // Connected, and then silence where TLS should begin.
        let error = way.send(get(&secure)).unwrap_err();
        is(&error, Timeout::Connect, &[":connection-timeout"]);
        if way.native {
            assert!(
                error.to_string().contains("shaking hands over TLS"),
                "{error}"
            );
        }
    });
}

#[test]
fn the_whole_is_over_redirects_and_retries() {
    each(|way| {
        let silent = RawPeer::script(vec![Step::ReadHead, Step::Hang]);
        let there = silent.url("/there");
        let peer = RawPeer::answer(format!(
            "HTTP/1.1 302 Found\r\nLocation: {there}\r\nContent-Length: 0\r\n\r\n"
        ));
        let error = way
            .send(way.client.get(peer.url("/")).timeout(SHORT))
            .unwrap_err();
        is(&error, Timeout::Total(Phase::Head), &[&there]);

        // Each try gets an answer at once, and the pauses take the rest of the time.
        let busy = RawPeer::answer("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
        let plan = Retry::new()
            .max(1000)
            .jitter(false)
            .backoff(20 * MS, 20 * MS)
            .budget(None);
        let error = way
            .send(way.client.get(busy.url("/")).retry(plan).timeout(SHORT))
            .unwrap_err();
        match error.kind() {
            // No pause is begun that could not end in time.
            ErrorKind::Status(_) => {
                let why = error.context("not sent again").unwrap();
                assert_eq!(why, "no time is left for it (:timeout)");
            }
            // Nor does a slow machine get more of it.
            _ => assert!(
                matches!(error.kind(), ErrorKind::Timeout(Timeout::Total(_))),
                "{error}"
            ),
        }
    });
}
