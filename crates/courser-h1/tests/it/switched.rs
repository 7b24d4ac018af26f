//! 101 and CONNECT: the connection becomes another protocol's.

use crate::feed::{Asked, GET, check, refuse};
use courser_h1::{Error, Fate, Framing};

const UPGRADE: Asked = Asked {
    fields: &[("Connection", "upgrade"), ("Upgrade", "websocket")],
    ..GET
};

const CONNECT: Asked = Asked {
    method: "CONNECT",
    ..GET
};

#[test]
fn upgrades() {
    let answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
    let shown = "101 Switching Protocols {Upgrade: websocket} Switched";
    check(&UPGRADE, answer, shown);
    check(&UPGRADE, format!("{answer}\u{1}\u{2}\r\n"), shown);
    let after = format!("HTTP/1.1 100 \r\n\r\n{answer}");
    check(&UPGRADE, after, &format!("100  {{}} {shown}"));
    refuse(&GET, answer, "without an Upgrade field");
    // The server may decline.
    check(&UPGRADE, "HTTP/1.1 204 \r\n\r\n", "204  {} KeepAlive");
}

#[test]
fn tunnels() {
    // "A client MUST ignore any Content-Length or Transfer-Encoding header fields received in a
    // successful response to CONNECT" (RFC 9110, 9.3.6).
    let said = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n";
    let shown = "{Content-Length: 5, Transfer-Encoding: chunked}";
    check(
        &CONNECT,
        format!("HTTP/1.1 200 OK\r\n{said}\r\n"),
        &format!("200 OK {shown} Switched"),
    );
    check(&CONNECT, "HTTP/1.0 299 \r\n\r\nSSH-2.0", "299  {} Switched");
    check(
        &CONNECT,
        "HTTP/1.1 407 \r\nContent-Length: 2\r\n\r\nno",
        "407  {Content-Length: 2} \"no\" KeepAlive",
    );
    check(
        &GET,
        "HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n",
        "299  {Content-Length: 0} KeepAlive",
    );
}

#[test]
fn what_follows_is_handed_over() {
    let mut exchange = UPGRADE.exchange();
    let input = b"HTTP/1.1 101 \r\n\r\nframes";
    let (_, length) = exchange.read_head(input).unwrap().unwrap();
    assert_eq!(&input[length..], b"frames");
    assert_eq!(exchange.framing(), Some(Framing::Switched));
    assert_eq!(exchange.fate(6), Fate::Switched);
    assert!(matches!(
        exchange.read_head(b"frames"),
        Err(Error::Misuse(_))
    ));
}
