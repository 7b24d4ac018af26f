//! Whether the connection can be used again: RFC 9112, 9.3.

use crate::feed::{Asked, GET, check};
use courser_h1::{CloseReason, Error, Fate, Version};

const CLOSING: Asked = Asked {
    fields: &[("connection", "TE, Close")],
    ..GET
};
const OLD: Asked = Asked {
    version: Version::Http10,
    ..GET
};
const OLD_LASTING: Asked = Asked {
    fields: &[("Connection", "Keep-Alive")],
    ..OLD
};

#[test]
fn as_both_sides_say() {
    for (asked, version, connection, expected) in [
        (GET, "1.1", "", "KeepAlive"),
        (GET, "1.1", "Connection: keep-alive\r\n", "KeepAlive"),
        (GET, "1.1", "Connection: close\r\n", "Close(Server)"),
        (GET, "1.1", "Connection: CLOSE\r\n", "Close(Server)"),
        (GET, "1.1", "Connection: x,close ,y\r\n", "Close(Server)"),
        (
            GET,
            "1.1",
            "Connection: x\r\nconnection: close\r\n",
            "Close(Server)",
        ),
        (
            GET,
            "1.1",
            "Connection: keep-alive, close\r\n",
            "Close(Server)",
        ),
        (GET, "1.1", "Connection: closed\r\n", "KeepAlive"),
        (GET, "1.1", "Connection: \"close\"\r\n", "KeepAlive"),
        (GET, "1.0", "", "Close(Server)"),
        (GET, "1.0", "Connection: keep-alive\r\n", "KeepAlive"),
        (
            GET,
            "1.0",
            "Connection: keep-alive, close\r\n",
            "Close(Server)",
        ),
        // Proxy-Connection is no field of HTTP.
        (
            GET,
            "1.0",
            "Proxy-Connection: keep-alive\r\n",
            "Close(Server)",
        ),
        (CLOSING, "1.1", "", "Close(Client)"),
        (
            CLOSING,
            "1.1",
            "Connection: keep-alive\r\n",
            "Close(Client)",
        ),
        (OLD, "1.1", "", "Close(Client)"),
        (OLD, "1.0", "Connection: keep-alive\r\n", "Close(Client)"),
        (
            OLD_LASTING,
            "1.0",
            "Connection: keep-alive\r\n",
            "KeepAlive",
        ),
        (OLD_LASTING, "1.0", "", "Close(Server)"),
        (OLD_LASTING, "1.1", "", "KeepAlive"),
    ] {
        let message = format!("HTTP/{version} 204 \r\n{connection}\r\n");
        let read = crate::feed::all_ways(&asked, message.as_bytes()).to_string();
        assert!(
            read.ends_with(&format!(" {expected}")),
            "{message:?}: {read}"
        );
    }
}

#[test]
fn bytes_after_the_end_poison_it() {
    for (message, expected) in [
        ("HTTP/1.1 204 \r\n\r\n", "204  {} "),
        (
            "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n",
            "200  {Content-Length: 0} ",
        ),
        (
            "HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok",
            "200  {Content-Length: 2} \"ok\" ",
        ),
        (
            "HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            "200  {Transfer-Encoding: chunked} \"ok\" ",
        ),
    ] {
        check(&GET, message, &format!("{expected}KeepAlive"));
        for junk in ["\n", "\r\n", "x", "HTTP/1.1 408 \r\n\r\n"] {
            check(
                &GET,
                format!("{message}{junk}"),
                &format!("{expected}Close(Leftover)"),
            );
        }
    }
    // It is closed anyway: that reason comes first.
    check(&CLOSING, "HTTP/1.1 204 \r\n\r\nx", "204  {} Close(Client)");
}

/// The content may come later than the head, and would then be taken for the next answer.
#[test]
fn a_204_that_speaks_of_content_is_not_trusted() {
    for (fields, method, expected) in [
        ("Content-Length: 0\r\n", "GET", "KeepAlive"),
        ("Content-Length: 5\r\n", "GET", "Close(Doubtful)"),
        ("Content-Length: 5\r\n", "HEAD", "Close(Doubtful)"),
        ("Content-Length: x\r\n", "GET", "Close(Doubtful)"),
        ("Transfer-Encoding: chunked\r\n", "GET", "Close(Doubtful)"),
    ] {
        let asked = Asked { method, ..GET };
        let message = format!("HTTP/1.1 204 \r\n{fields}\r\n");
        let read = crate::feed::all_ways(&asked, message.as_bytes()).to_string();
        assert!(
            read.ends_with(&format!(" {expected}")),
            "{message:?}: {read}"
        );
    }
}

#[test]
fn on_the_way() {
    let mut exchange = GET.exchange();
    let close = Fate::Close;
    assert_eq!(exchange.fate(0), close(CloseReason::ResponseUnfinished));
    exchange
        .read_head(b"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\n")
        .unwrap();
    assert_eq!(exchange.fate(0), close(CloseReason::ResponseUnfinished));
    exchange.advance_body(2).unwrap();
    assert_eq!(exchange.fate(0), Fate::KeepAlive);
    assert_eq!(exchange.fate(1), close(CloseReason::Leftover));
    // The server hangs up after the end: no error.
    exchange.close().unwrap();
    assert_eq!(exchange.fate(0), close(CloseReason::Closed));

    let mut exchange = GET.exchange();
    exchange.read_head(b"junk").unwrap_err();
    assert_eq!(exchange.fate(0), close(CloseReason::Failed));
    for misuse in [
        exchange.read_head(b"HTTP/1.1 204 \r\n\r\n").map(drop),
        exchange.read_body(b"").map(drop),
        exchange.advance_body(0),
        exchange.close(),
    ] {
        assert!(matches!(misuse, Err(Error::Misuse(_))), "{misuse:?}");
    }
    assert_eq!(exchange.fate(0), close(CloseReason::Failed));
}
