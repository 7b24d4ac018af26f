//! Bodies of a known length, and those that are none: RFC 9112, 6.3.

use crate::feed::{Asked, GET, HEAD, STRICT, check, read, refuse};
use courser_h1::{CloseReason, Error, Fate, Leniency};

fn of(length: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}")
}

#[test]
fn so_many_bytes() {
    for (length, body, expected) in [
        (
            "5",
            "hello",
            "200 OK {Content-Length: 5} \"hello\" KeepAlive",
        ),
        ("0", "", "200 OK {Content-Length: 0} KeepAlive"),
        (
            "007",
            "letters",
            "200 OK {Content-Length: 007} \"letters\" KeepAlive",
        ),
        (" 2 \t", "ok", "200 OK {Content-Length: 2} \"ok\" KeepAlive"),
    ] {
        check(&GET, of(length, body), expected);
    }
}

#[test]
fn odd_lengths() {
    let digits = "digits only";
    for (length, expected) in [
        ("", digits),
        ("+5", digits),
        ("-5", digits),
        ("5 5", digits),
        ("5,", "is refused"),
        (",5", digits),
        (",", digits),
        ("0x5", digits),
        ("5.0", digits),
        ("1_000", digits),
        ("\"5\"", digits),
        ("five", digits),
        ("18446744073709551616", "64 bits"),
        ("99999999999999999999999999999999999999", "64 bits"),
        ("5, 5", "\"5, 5\" is refused: it is said twice"),
        ("5, 6", "differs"),
        (
            "5\r\nContent-Length: 5",
            "\"5, 5\" is refused: it is said twice",
        ),
        ("5\r\ncontent-length: 6", "differs"),
        ("5\r\nContent-Length: ", digits),
    ] {
        refuse(&GET, of(length, "hello"), expected);
    }
    // 2^64 − 1 is a number; such a body only ends by its connection.
    let most = read(
        &GET,
        [of("18446744073709551615", "hello").as_bytes()],
        false,
    );
    let expected = Some(18_446_744_073_709_551_615);
    assert_eq!(
        most.end,
        Some(Err(Error::TruncatedBody {
            expected,
            received: 5
        }))
    );
}

#[test]
fn repeated_lengths_forgiven() {
    let forgiving = GET.forgiving(Leniency {
        repeated_length: true,
        ..STRICT
    });
    // RFC 9112, 6.3: a list whose values are all valid and all the same.
    let repeated = "200 OK {Content-Length: 2, 2} \"ok\" KeepAlive";
    check(&forgiving, of("2, 2", "ok"), repeated);
    let twice = "200 OK {Content-Length: 2, Content-Length: 2} \"ok\" KeepAlive";
    check(&forgiving, of("2\r\nContent-Length: 2", "ok"), twice);
    refuse(&forgiving, of("2, 3", "ok"), "differs");
    refuse(&forgiving, of("2,", "ok"), "digits only");
}

#[test]
fn truncated() {
    let short = read(&GET, [of("10", "hello").as_bytes()], false);
    assert_eq!(
        short.to_string(),
        "200 OK {Content-Length: 10} \"hello\" the connection was closed within the body, after 5 \
         of 10 bytes"
    );
    let head = read(&GET, [&b"HTTP/1.1 200 OK\r\nConte"[..]], false);
    assert_eq!(head.end, Some(Err(Error::TruncatedHead { received: 22 })));
    let nothing = read(&GET, [], false);
    assert_eq!(nothing.end, Some(Err(Error::Closed)));
    // An informational answer is none.
    let informed = read(&GET, [&b"HTTP/1.1 103 \r\n\r\n"[..]], false);
    assert_eq!(
        informed.end,
        Some(Err(Error::TruncatedHead { received: 0 }))
    );
}

#[test]
fn no_body_whatever_the_fields_say() {
    let said = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n";
    for (asked, status) in [(HEAD, 200), (HEAD, 404), (GET, 304)] {
        let message = format!("HTTP/1.1 {status} \r\n{said}\r\n");
        let read = read(&asked, [message.as_bytes()], false);
        assert_eq!(read.end, Some(Ok(Fate::KeepAlive)), "{status}: {read}");
    }
    let junk = read(&HEAD, [of("2", "ok").as_bytes()], false);
    assert_eq!(junk.end, Some(Ok(Fate::Close(CloseReason::Leftover))));
    // 205 has none either (RFC 9110, 15.3.6), but says so by its framing.
    check(
        &GET,
        "HTTP/1.1 205 \r\nContent-Length: 0\r\n\r\n",
        "205  {Content-Length: 0} KeepAlive",
    );
    // Methods are case-sensitive.
    let head = Asked {
        method: "head",
        ..GET
    };
    check(
        &head,
        of("2", "ok"),
        "200 OK {Content-Length: 2} \"ok\" KeepAlive",
    );
}
