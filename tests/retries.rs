//! What is sent again, and what is not.

use std::time::Duration;

use courser::{Body, Client, ErrorKind, Method, RequestBuilder, Response, Result};
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

/// Asks by both drivers, each a peer of its own.
fn both(
    times: usize,
    request: impl Fn(&Client, &str) -> RequestBuilder,
    check: impl Fn(&RawPeer, Result<Response>),
) {
    let peer = drops(times);
    check(&peer, request(&Client::new(), &peer.url("/")).call());
    let peer = drops(times);
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let client = Client::new();
    let result = tokio.block_on(async { request(&client, &peer.url("/")).send().await });
    check(&peer, result);
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
