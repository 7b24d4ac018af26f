//! Chunked bodies: RFC 9112, 6.1 and 7.1.

use crate::feed::{GET, check, read, refuse};
use courser_h1::{Error, Limits, Options};

fn of(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}")
}

#[track_caller]
fn decodes(body: &str, expected: &str) {
    let expected = format!("200 OK {{Transfer-Encoding: chunked}} {expected}KeepAlive");
    check(&GET, of(body), &expected);
}

#[test]
fn chunks() {
    decodes("0\r\n\r\n", "");
    decodes("5\r\nhello\r\n0\r\n\r\n", "\"hello\" ");
    decodes(
        "1\r\na\r\n2\r\nbc\r\n3\r\ndef\r\n000\r\n\r\n",
        "\"abcdef\" ",
    );
    decodes(
        "A\r\n0123456789\r\na\r\n9876543210\r\n0\r\n\r\n",
        "\"01234567899876543210\" ",
    );
    decodes("4\r\n\r\n\r\n\r\n0\r\n\r\n", "\"\\r\\n\\r\\n\" ");
    // A recipient parses extensions and ignores those it does not know (RFC 9112, 7.1.1).
    decodes("2;a=b;c=\"d;e\"\r\nok\r\n0;last\r\n\r\n", "\"ok\" ");
    decodes("2 ; a\t=\tb\r\nok\r\n0\r\n\r\n", "\"ok\" ");
    decodes("0000000000000000000000000002\r\nok\r\n0\r\n\r\n", "\"ok\" ");
}

#[test]
fn trailers() {
    decodes(
        "2\r\nok\r\n0\r\nX-Sum: 42\r\nx-sum:  43 \r\n\r\n",
        "\"ok\" {X-Sum: 42, x-sum: 43} ",
    );
    decodes("0\r\nX: a\r\n b\r\n\r\n", "{X: a b} ");
    // They mean nothing for the message itself.
    decodes(
        "0\r\nContent-Length: 7\r\nConnection: close\r\n\r\n",
        "{Content-Length: 7, Connection: close} ",
    );
    for (lines, expected) in [
        (
            "no colon\r\n",
            "line 1 of the response's trailers is malformed: a name is",
        ),
        (
            "A: 1\r\nB : 2\r\n",
            "line 2 of the response's trailers is malformed: a name is",
        ),
        (
            "A: a\u{0}\r\n",
            "line 1 of the response's trailers is malformed: a value has",
        ),
        (
            "A: 1\n",
            "line 1 of the response's trailers is malformed: it ends in LF",
        ),
        (
            " A: 1\r\n",
            "line 1 of the response's trailers is malformed: whitespace before",
        ),
        ("A: 1\rB: 2\r\n", "a value has"),
        ("\rA: 1\r\n", "CR stands without LF"),
    ] {
        refuse(&GET, of(&format!("0\r\n{lines}\r\n")), expected);
    }
}

#[test]
fn what_is_no_chunk() {
    for (body, expected) in [
        (
            "\r\n",
            "chunk 1 of the response's body is malformed: its size is not",
        ),
        ("x\r\n", "size is not"),
        ("-1\r\n", "size is not"),
        ("+1\r\na", "size is not"),
        (" 1\r\na", "size is not"),
        (";a\r\n", "size is not"),
        ("0x1\r\na", "neither ; nor"),
        ("1g\r\na", "neither ; nor"),
        ("1\n", "neither ; nor"),
        ("1,1\r\n", "neither ; nor"),
        ("1 \r\na\r\n0\r\n\r\n", "neither ; nor"),
        ("1 1\r\na", "neither ; nor"),
        ("1\ra", "CR without LF"),
        ("1\r\r\na", "CR without LF"),
        ("1;a\n", "extension has a control"),
        ("1;a\u{0}\r\n", "extension has a control"),
        ("1;a\rb\r\n", "CR without LF"),
        ("1\r\nab\r\n", "does not end with CR LF"),
        ("2\r\nok\n", "does not end with CR LF"),
        ("2\r\nok\r0", "does not end with CR LF"),
        ("2\r\nok0\r\n\r\n", "does not end with CR LF"),
        (
            "1\r\na\r\n1\r\nb\r\n\r\n",
            "chunk 3 of the response's body is malformed: its size is not",
        ),
        ("10000000000000000\r\n", "beyond 64 bits"),
        ("ffffffffffffffff0\r\n", "beyond 64 bits"),
    ] {
        refuse(&GET, of(body), expected);
    }
}

#[test]
fn truncated() {
    for (body, received) in [
        ("", 0),
        ("5", 0),
        ("5\r\nhel", 3),
        ("5\r\nhello", 5),
        ("5\r\nhello\r\n", 5),
        ("5\r\nhello\r\n0\r\n", 5),
        ("5\r\nhello\r\n0\r\nX: 1\r\n", 5),
        ("ffffffffffffffff\r\nhello", 5),
    ] {
        let short = read(&GET, [of(body).as_bytes()], false);
        let truncated = Error::TruncatedBody {
            expected: None,
            received,
        };
        assert_eq!(short.end, Some(Err(truncated)), "{body:?}");
    }
}

#[test]
fn codings() {
    let body = "2\r\nok\r\n0\r\n\r\n";
    let of = |version: &str, fields: &str| format!("{version} 200 OK\r\n{fields}\r\n{body}");
    for (coding, expected) in [
        ("CHUNKED", Some("CHUNKED")),
        (", chunked ,", Some(", chunked ,")),
        ("", None),
        (",", None),
    ] {
        let message = of("HTTP/1.1", &format!("Transfer-Encoding: {coding}\r\n"));
        match expected {
            Some(shown) => {
                let shown = format!("200 OK {{Transfer-Encoding: {shown}}} \"ok\" KeepAlive");
                check(&GET, message, &shown);
            }
            None => refuse(&GET, message, "names no coding"),
        }
    }
    for (fields, expected) in [
        (
            "Transfer-Encoding: gzip, chunked\r\n",
            "only chunked was asked for",
        ),
        (
            "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
            "only chunked",
        ),
        (
            "Transfer-Encoding: gzip\r\n",
            "\"gzip\" is refused: only chunked",
        ),
        ("Transfer-Encoding: identity\r\n", "only chunked"),
        ("Transfer-Encoding: xchunked\r\n", "only chunked"),
        ("Transfer-Encoding: chunkedx\r\n", "only chunked"),
        ("Transfer-Encoding: \"chunked\"\r\n", "only chunked"),
        ("Transfer-Encoding: chunked;q=1\r\n", "only chunked"),
        (
            "Transfer-Encoding: chunked, chunked\r\n",
            "no coding can follow",
        ),
        (
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "no coding can follow",
        ),
        (
            "Transfer-Encoding: chunked, gzip\r\n",
            "no coding can follow",
        ),
        (
            "Transfer-Encoding: chunked\r\nContent-Length: 12\r\n",
            "Content-Length beside it",
        ),
        (
            "Content-Length: 12\r\nTransfer-Encoding: chunked\r\n",
            "Content-Length beside it",
        ),
        (
            "Content-Length: \r\nTransfer-Encoding: chunked\r\n",
            "Content-Length beside it",
        ),
        // Hidden by a vertical tab: no whitespace of HTTP.
        (
            "Transfer-Encoding: \u{b}chunked\r\n",
            "a value has no control",
        ),
    ] {
        refuse(&GET, of("HTTP/1.1", fields), expected);
    }
    let old = of("HTTP/1.0", "Transfer-Encoding: chunked\r\n");
    refuse(&GET, old, "HTTP/1.0 has none");
}

#[test]
fn extensions_and_trailers_are_bounded() {
    let tight = GET.within(Limits {
        chunk_extension_bytes: 6,
        trailer_bytes: 12,
        trailer_lines: 2,
        ..Options::default().limits
    });
    let shown = "200 OK {Transfer-Encoding: chunked} \"ab\" {A: 1} KeepAlive";
    check(
        &tight,
        of("1;bc\r\na\r\n1;de\r\nb\r\n0\r\nA: 1\r\n\r\n"),
        shown,
    );
    let extensions = "limit `chunk_extension_bytes` of 6";
    refuse(
        &tight,
        of("1;bc\r\na\r\n1;def\r\nb\r\n0\r\n\r\n"),
        extensions,
    );
    refuse(&tight, of("1       ;\r\na"), extensions);
    refuse(&tight, of(&("0".repeat(22) + "1\r\na")), extensions);
    refuse(
        &tight,
        of("0\r\nA: 123456\r\n\r\n"),
        "limit `trailer_bytes` of 12",
    );
    refuse(
        &tight,
        of("0\r\nA: 12345678901234567890"),
        "limit `trailer_bytes` of 12",
    );
    refuse(&tight, of("0\r\nA:\r\nB:\r\nC:\r\n\r\n"), "limit `trailer_");
}
