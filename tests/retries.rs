//! What is sent again, and what is not.

use std::time::Duration;

use courser::{Body, Client, ErrorKind, Method, RequestBuilder, Response, Result, Retry};
use courser_testkit::{RawPeer, Step, dead_port};

/// A peer that hangs up so many times and answers then.
fn drops(times: usize) -> RawPeer {
    let mut scripts = vec![vec![Step::ReadRequest, Step::Close]; times];
    scripts.push(vec![
        Step::ReadRequest,
        Step::send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        Step::Close,
    ]);
    RawPeer::scripts(scripts)
}

/// Asks over both transports by both drivers, each a peer of its own.
fn both(
    times: usize,
    request: impl Fn(&Client, &str) -> RequestBuilder,
    check: impl Fn(&RawPeer, Result<Response>),
) {
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for client in crate::clients() {
        let peer = drops(times);
        check(&peer, request(&client, &peer.url("/")).call());
        let peer = drops(times);
        let result = tokio.block_on(async { request(&client, &peer.url("/")).send().await });
        check(&peer, result);
    }
}

#[test]
fn idempotent_requests_are_sent_again() {
    both(
        2,
        |client, url| client.get(url),
        |peer, result| {
            let response = result.unwrap();
            assert_eq!(
                (response.text().unwrap().as_ref(), response.attempts),
                ("ok", 3)
            );
            assert_eq!(peer.connections(), 3);
        },
    );
    both(
        1,
        |client, url| client.put(url).header("X-Tag", "a").body("twice"),
        |peer, result| {
            assert_eq!(result.unwrap().attempts, 2);
            let (first, second) = (peer.received_text(0), peer.received_text(1));
            assert!(first.ends_with("twice"), "{first}");
            assert_eq!(first, second);
        },
    );
}

#[test]
fn three_times_and_no_more() {
    both(
        9,
        |client, url| client.get(url),
        |peer, result| {
            let error = result.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Io);
            assert!(error.to_string().contains("attempts: 4"), "{error}");
            assert_eq!(peer.connections(), 4);
        },
    );
}

#[test]
fn others_are_sent_once() {
    both(
        1,
        |client, url| client.post(url).body("once"),
        |peer, result| {
            assert_eq!(result.unwrap_err().kind(), ErrorKind::Io);
            assert_eq!(peer.connections(), 1);
        },
    );
    both(
        1,
        |client, url| client.put(url).body(Body::reader(&b"a stream"[..])),
        |peer, result| {
            assert_eq!(result.unwrap_err().kind(), ErrorKind::Io);
            assert_eq!(peer.connections(), 1);
        },
    );
}

#[test]
fn a_handler_decides_instead() {
    both(
        2,
        |client, url| {
            client
                .post(url)
                .body("b")
                .retry_handler(|_, tries, _| tries < 3)
        },
        |peer, result| {
            assert_eq!(result.unwrap().attempts, 3);
            assert_eq!(peer.connections(), 3);
        },
    );
    both(
        1,
        |client, url| client.get(url).retry_handler(|_, _, _| false),
        |peer, result| {
            assert!(result.is_err());
            assert_eq!(peer.connections(), 1);
        },
    );
    // Asked about a timeout, which the usual rules leave alone.
    let silent = RawPeer::script(vec![Step::ReadHead, Step::Hang]);
    let error = Client::new()
        .get(silent.url("/"))
        .socket_timeout(Duration::from_millis(20))
        .retry_handler(|error, tries, context| {
            error.is_timeout() && context.method == Method::GET && tries < 2
        })
        .call()
        .unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(error.context("attempts"), Some("2"));
    assert_eq!(silent.connections(), 2);
}

#[test]
fn not_what_would_fail_again() {
    let dead = dead_port();
    let error = Client::new().get(dead.url("/")).call().unwrap_err();
    assert_eq!(
        (error.kind(), error.context("attempts")),
        (ErrorKind::Connect, None)
    );
    let silent = RawPeer::script(vec![Step::ReadHead, Step::Hang]);
    let error = Client::new()
        .get(silent.url("/"))
        .socket_timeout(Duration::from_millis(20))
        .call()
        .unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(silent.connections(), 1);
}

#[test]
fn a_body_that_breaks_is_no_matter_of_retries() {
    // The head was an answer; what was read of the body cannot be taken back.
    let peer = RawPeer::script(vec![
        Step::ReadHead,
        Step::send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"),
        Step::Close,
    ]);
    let error = Client::new().get(peer.url("/")).call().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert_eq!(peer.connections(), 1);
}

#[test]
fn as_data() {
    let peer = drops(1);
    let request = format!(
        r#"{{:url "{}" :method :post :body "b" :retry-handler #retry 2}}"#,
        peer.url("/")
    );
    let request = courser::Request::from_edn(&request).unwrap();
    let response = courser::data::call(&Client::per_request(), request).unwrap();
    assert_eq!(response["attempts"], 2);
    assert_eq!(response["body"], "ok");
}

/// 503 so many times, and then 200.
fn busy(times: usize, head: &'static str) -> RawPeer {
    let mut answers =
        vec![
            format!("HTTP/1.1 503 Service Unavailable\r\n{head}Content-Length: 4\r\n\r\nbusy");
            times
        ];
    answers.push("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".into());
    RawPeer::answers(answers)
}

#[test]
fn a_plan_waits_out_what_passes() {
    let quick = Retry::new().backoff(Duration::from_millis(1), Duration::from_millis(2));
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for client in crate::clients() {
        for blocking in [true, false] {
            let send = |request: RequestBuilder| {
                if blocking {
                    request.call()
                } else {
                    tokio.block_on(request.send())
                }
            };
            let peer = busy(2, "Retry-After: 0\r\n");
            let response = send(client.put(peer.url("/")).body("b").retry(quick.clone())).unwrap();
            assert_eq!(response.text().unwrap(), "ok");
            assert_eq!(response.attempts, 3);
            // What nobody wants of an answer is read, and its connection used again.
            assert_eq!(peer.connections(), 1);

            let peer = busy(9, "");
            let error = send(client.get(peer.url("/")).retry(quick.clone().max(1))).unwrap_err();
            assert_eq!(error.status().unwrap(), 503);
            assert_eq!(error.response().unwrap().bytes(), b"busy");
            assert_eq!(error.context("attempts"), Some("2"));

            let peer = busy(9, "");
            let error = send(client.post(peer.url("/")).retry(quick.clone())).unwrap_err();
            let why = error.context("not sent again").unwrap();
            assert!(why.contains("Idempotency-Key"), "{why}");
            let peer = busy(1, "");
            let keyed = client.post(peer.url("/")).header("Idempotency-Key", "k");
            assert_eq!(send(keyed.retry(quick.clone())).unwrap().attempts, 2);
        }
    }
}

#[test]
fn a_try_that_is_late_is_given_up() {
    let late = Retry::new()
        .backoff(Duration::ZERO, Duration::ZERO)
        .try_timeout(Duration::from_millis(200));
    let peer = RawPeer::scripts(vec![
        vec![Step::ReadHead, Step::Hang],
        vec![
            Step::ReadHead,
            Step::send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            Step::Hang,
        ],
    ]);
    // The second is not bound to be quicker than any limit: only that of the first is met.
    let client = Client::new();
    let response = client.get(peer.url("/")).retry(late.clone().max(9)).call();
    assert!(response.unwrap().attempts >= 2);
    let silent = RawPeer::script(vec![Step::ReadHead, Step::Hang]);
    let error = client
        .get(silent.url("/"))
        .retry(late.max(1))
        .call()
        .unwrap_err();
    assert_eq!(error.kind().name(), "try-timeout");
    assert_eq!(silent.connections(), 2);
}

#[test]
fn what_was_received_is_not_repeated() {
    // Some bytes of an answer: then it is known that the request came, and not what it did.
    let peer = RawPeer::script(vec![
        Step::ReadRequest,
        Step::send("HTTP/1.1 200 OK\r\nContent-"),
        Step::Close,
    ]);
    let request = || {
        Client::new()
            .post(peer.url("/"))
            .body("b")
            .retry_handler(|_, _, _| true)
    };
    assert!(request().call().unwrap_err().is_answered());
    assert_eq!(peer.connections(), 1);
    let key = request()
        .header("Idempotency-Key", "k")
        .retry(Retry::new().max(0));
    assert!(key.call().is_err());
    assert_eq!(peer.connections(), 2);
}

/// Each connection answers once, and hangs up on whoever uses it again.
#[test]
fn a_connection_that_was_closed_meanwhile_is_made_good_once_a_call() {
    const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    const ON: &str = "HTTP/1.1 302 Found\r\nLocation: /on\r\nContent-Length: 0\r\n\r\n";
    let once = |answer: &'static str| {
        vec![
            Step::ReadRequest,
            Step::send(answer),
            Step::ReadRequest,
            Step::Close,
        ]
    };
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for (asynchronous, retry) in [(false, true), (false, false), (true, true), (true, false)] {
        let peer = RawPeer::scripts(vec![once(OK), once(ON), once(OK)]);
        let client = Client::new();
        let send = |request: RequestBuilder| {
            if asynchronous {
                tokio.block_on(async { request.send().await })
            } else {
                request.call()
            }
        };
        assert_eq!(send(client.get(peer.url("/"))).unwrap().attempts, 1);
        // The first hop is sent again in silence; the second is left to the retries.
        let mut request = client.get(peer.url("/"));
        if !retry {
            request = request.retry_handler(|_, _, _| false);
        }
        let result = send(request);
        match result {
            Ok(response) => assert_eq!((response.attempts, retry), (2, true)),
            Err(error) => assert_eq!((error.kind(), retry), (ErrorKind::Io, false)),
        }
        assert_eq!(peer.connections(), if retry { 3 } else { 2 });
    }
}
