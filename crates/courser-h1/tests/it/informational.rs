//! 1xx before the answer, and Expect: 100-continue.

use crate::feed::{GET, check, refuse};
use courser_h1::{CloseReason, Exchange, Fate, Options, Part, RequestBody, RequestWriter, Version};

#[test]
fn are_told_and_passed_over() {
    check(
        &GET,
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 \r\n\r\n",
        "100 Continue {} 103 Early Hints {Link: </a>} 204  {} KeepAlive",
    );
    // "A 1xx response cannot contain content or trailers" (RFC 9110, 15.2): what their fields
    // say of one is not heeded.
    check(
        &GET,
        "HTTP/1.1 199 \r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok",
        "199  {Content-Length: 5} 200  {Content-Length: 2} \"ok\" KeepAlive",
    );
    refuse(&GET, "HTTP/1.1 100 \r\n\r\nhello\r\n\r\n", "not HTTP/1");
}

#[test]
fn are_counted() {
    let message = |hints: usize| {
        let hints = "HTTP/1.1 103 \r\n\r\n".repeat(hints);
        format!("{hints}HTTP/1.1 204 \r\n\r\n")
    };
    let shown = "103  {} ".repeat(16) + "204  {} KeepAlive";
    check(&GET, message(16), &shown);
    refuse(&GET, message(17), "limit `informational` of 16");
    let mut few = GET;
    few.options.limits.informational = 0;
    refuse(&few, message(1), "limit `informational` of 0");
    check(&few, message(0), "204  {} KeepAlive");
}

fn expecting(version: Version, body: RequestBody) -> Exchange {
    let mut out = Vec::new();
    let mut head = RequestWriter::new(&mut out, version, "POST", "/").unwrap();
    head.field("Host", b"a").unwrap();
    head.field("expect", b"100-Continue").unwrap();
    head.finish(body, &Options::default()).unwrap()
}

#[test]
fn a_body_waits_for_100() {
    let mut exchange = expecting(Version::Http11, RequestBody::Length(2));
    assert!(exchange.awaits_continue());
    exchange
        .read_head(b"HTTP/1.1 103 \r\n\r\n")
        .unwrap()
        .unwrap();
    assert!(exchange.awaits_continue());
    exchange
        .read_head(b"HTTP/1.1 100 \r\n\r\n")
        .unwrap()
        .unwrap();
    assert!(!exchange.awaits_continue());
    exchange.write_body(b"ok", &mut Vec::new()).unwrap();
    exchange.end_body(&mut Vec::new()).unwrap();
    exchange
        .read_head(b"HTTP/1.1 204 \r\n\r\n")
        .unwrap()
        .unwrap();
    assert_eq!(exchange.fate(0), Fate::KeepAlive);
}

#[test]
fn a_body_that_is_refused_is_not_sent() {
    let mut exchange = expecting(Version::Http11, RequestBody::Chunked);
    let answer = b"HTTP/1.1 417 \r\nContent-Length: 0\r\n\r\n";
    exchange.read_head(answer).unwrap().unwrap();
    assert!(!exchange.awaits_continue());
    assert_eq!(exchange.read_body(b"").unwrap(), Part::End { consumed: 0 });
    // The server may still wait for the body that was announced.
    let unsent = Fate::Close(CloseReason::RequestUnfinished);
    assert_eq!(exchange.fate(0), unsent);
}

#[test]
fn who_waits_may_give_up() {
    let mut exchange = expecting(Version::Http11, RequestBody::Chunked);
    exchange.write_body(b"", &mut Vec::new()).unwrap();
    assert!(exchange.awaits_continue());
    exchange.write_body(b"x", &mut Vec::new()).unwrap();
    assert!(!exchange.awaits_continue());
    // A server of HTTP/1.0 never says it.
    let exchange = expecting(Version::Http10, RequestBody::Length(2));
    assert!(!exchange.awaits_continue());
}
