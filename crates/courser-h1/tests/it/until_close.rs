//! Bodies that last until the server hangs up.

use crate::feed::{GET, check, read};
use courser_h1::Version;

#[test]
fn until_close() {
    for (head, shown) in [
        ("HTTP/1.1 200 OK\r\n\r\n", "200 OK {}"),
        ("HTTP/1.0 200 OK\r\n\r\n", "200 OK {}"),
        (
            "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n",
            "200 OK {Connection: keep-alive}",
        ),
    ] {
        check(
            &GET,
            format!("{head}hello"),
            &format!("{shown} \"hello\" Close(UntilClose)"),
        );
        check(&GET, head, &format!("{shown} Close(UntilClose)"));
    }
}

#[test]
fn the_end_is_told_once() {
    let mut exchange = GET.exchange();
    exchange
        .read_head(b"HTTP/1.0 200 OK\r\n\r\n")
        .unwrap()
        .unwrap();
    assert_eq!(exchange.body_room(), u64::MAX);
    exchange.advance_body(1000).unwrap();
    exchange.close().unwrap();
    exchange.close().unwrap();
    assert_eq!(exchange.body_room(), 0);
    assert!(exchange.advance_body(1).is_err());
    assert_eq!(exchange.body_received(), 1000);
}

#[test]
fn a_client_of_http_1_0() {
    let old = crate::feed::Asked {
        version: Version::Http10,
        ..GET
    };
    let read = read(
        &old,
        [&b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"[..]],
        false,
    );
    assert_eq!(
        read.to_string(),
        "200 OK {Content-Length: 2} \"ok\" Close(Client)"
    );
}
