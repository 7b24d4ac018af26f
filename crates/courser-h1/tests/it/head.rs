//! Status lines and fields.

use crate::feed::{GET, HEAD, check, refuse};
use courser_h1::{Options, RequestBody, RequestWriter, Version};

#[test]
fn status_lines() {
    for (line, expected) in [
        ("HTTP/1.1 204 No Content", "204 No Content {} KeepAlive"),
        ("HTTP/1.1 204 ", "204  {} KeepAlive"),
        // Without the space of the grammar: widely sent, and in no way ambiguous.
        ("HTTP/1.1 204", "204  {} KeepAlive"),
        (
            "HTTP/1.1 204  two  spaces\t",
            "204  two  spaces\t {} KeepAlive",
        ),
        ("HTTP/1.0 204 Old", "204 Old {} Close(Server)"),
    ] {
        check(&GET, format!("{line}\r\n\r\n"), expected);
    }
    let latin1 = b"HTTP/1.1 204 caf\xe9\r\n\r\n";
    check(&GET, latin1, "204 café {} KeepAlive");
    check(&HEAD, "HTTP/1.1 999 \r\n\r\n", "999  {} KeepAlive");
}

#[test]
fn what_is_no_status_line() {
    let version = "neither HTTP/1.1 nor HTTP/1.0";
    let digits = "three digits";
    for (line, expected) in [
        ("this is no HTTP at all", "not HTTP/1"),
        ("http/1.1 200 OK", "not HTTP/1"),
        ("SSH-2.0-OpenSSH_9.6", "not HTTP/1"),
        ("HTTP/2 200 OK", "not HTTP/1"),
        ("HTTP/1.", "not HTTP/1"),
        ("HTTP/1.x 200 OK", "not HTTP/1"),
        ("\u{0}", "not HTTP/1"),
        (" HTTP/1.1 200 OK", "not HTTP/1"),
        ("HTTP/1.2 200 OK", version),
        ("HTTP/1.10 200 OK", digits),
        ("HTTP/1.1", digits),
        ("HTTP/1.1 ", digits),
        ("HTTP/1.1  200 OK", digits),
        ("HTTP/1.1\t200 OK", digits),
        ("HTTP/1.1 20 OK", digits),
        ("HTTP/1.1 2000 OK", digits),
        ("HTTP/1.1 200OK", digits),
        ("HTTP/1.1 200\tOK", digits),
        ("HTTP/1.1 -20 OK", "from 100 to 999"),
        ("HTTP/1.1 2x0 OK", "from 100 to 999"),
        ("HTTP/1.1 000 OK", "from 100 to 999"),
        ("HTTP/1.1 099 OK", "from 100 to 999"),
        ("HTTP/1.1 200 O\u{0}K", "control character"),
        ("HTTP/1.1 200 O\u{7f}K", "control character"),
        ("HTTP/1.1 200 O\rK", "control character"),
        ("HTTP/1.1 200 OK\r", "control character"),
    ] {
        refuse(&GET, format!("{line}\r\n\r\n"), expected);
    }
    // "A server that is expecting a request-line SHOULD ignore at least one empty line": that is
    // for servers (RFC 9112, 2.2).
    refuse(&GET, "\r\nHTTP/1.1 204 \r\n\r\n", "not HTTP/1");
}

#[test]
fn fields_keep_order_case_and_multiplicity() {
    check(
        &HEAD,
        "HTTP/1.1 200 OK\r\nB: 1\r\na:2\r\nb: \t 3 \t \r\nX-Empty:\r\nX-Blank:  \r\n!#$%&'*+-.^_`|~9: x:y\r\n\r\n",
        "200 OK {B: 1, a: 2, b: 3, X-Empty: , X-Blank: , !#$%&'*+-.^_`|~9: x:y} KeepAlive",
    );
    check(
        &HEAD,
        b"HTTP/1.1 200 OK\r\nX-Latin: caf\xe9\tau lait\r\n\r\n",
        "200 OK {X-Latin: caf\\xe9\\tau lait} KeepAlive",
    );
    let shown: Vec<String> = (0..200).map(|n| format!("N{n}: {n}")).collect();
    let many = shown.join("\r\n");
    let read = crate::feed::read(
        &HEAD,
        [format!("HTTP/1.1 200 OK\r\n{many}\r\n\r\n").as_bytes()],
        false,
    );
    assert_eq!(
        read.to_string(),
        format!("200 OK {{{}}} KeepAlive", shown.join(", "))
    );
}

#[test]
fn what_is_no_field() {
    let name = "line 3 of the response's head is malformed: a name is";
    let value = "line 3 of the response's head is malformed: a value has";
    for (line, expected) in [
        ("no colon", name),
        (": nameless", name),
        ("X-Tag : space before colon", name),
        ("X-Tag\t: tab before colon", name),
        ("X Tag: space within", name),
        ("X-T\u{e4}g: not ASCII", name),
        ("X-Tag\u{0}: NUL", name),
        ("(X): delimiters", name),
        ("\u{0}", name),
        ("X-Tag: a\u{0}b", value),
        ("X-Tag: a\u{7f}b", value),
        ("X-Tag: a\u{1b}[31m", value),
        // A bare CR: RFC 9112, 2.2.
        ("X-Tag: a\rb", value),
        ("X-Tag: a\rContent-Length: 5", value),
        ("X-Tag: a\r", value),
        ("\rX-Tag: a", "CR stands without LF"),
        ("\r", "CR stands without LF"),
    ] {
        let message = format!("HTTP/1.1 200 OK\r\nX-First: 1\r\n{line}\r\nX-Last: 2\r\n\r\n");
        refuse(&GET, message, expected);
    }
}

#[test]
fn bare_line_feeds() {
    let lf =
        |line: usize| format!("line {line} of the response's head is malformed: it ends in LF");
    for (message, line) in [
        ("HTTP/1.1 204 \n\r\n", 1),
        ("HTTP/1.1 204 \r\nA: 1\n\r\n", 2),
        ("HTTP/1.1 204 \r\nA: 1\r\nB: 2\nC: 3\r\n\r\n", 3),
        ("HTTP/1.1 204 \r\nA: 1\r\n\n", 3),
        ("HTTP/1.1 204 \r\nA: 1\r\n folded\r\nB: 2\n\r\n", 3),
    ] {
        refuse(&GET, message, &lf(line));
    }
}

#[test]
fn folded_lines() {
    // "A user agent that receives an obs-fold in a response message that is not within a
    // "message/http" container MUST replace each received obs-fold with one or more SP octets
    // prior to interpreting the field value" (RFC 9112, 5.2).
    for (lines, expected) in [
        ("X: one\r\n  two\r\n", "X: one two"),
        ("X: one \t\r\n\ttwo\r\n", "X: one two"),
        (
            "X: one\r\n two\r\n three\r\nY: 1\r\n",
            "X: one two three, Y: 1",
        ),
        ("X:\r\n one\r\n", "X: one"),
        ("X: one\r\n \r\n", "X: one"),
        ("X: one\r\n : two\r\n", "X: one : two"),
    ] {
        check(
            &HEAD,
            format!("HTTP/1.1 200 OK\r\n{lines}\r\n"),
            &format!("200 OK {{{expected}}} KeepAlive"),
        );
    }
    let length = "HTTP/1.1 200 OK\r\nContent-Length:\r\n 2\r\n\r\nok";
    check(&GET, length, "200 OK {Content-Length: 2} \"ok\" KeepAlive");
    // "A recipient that receives whitespace between the start-line and the first header field
    // MUST either reject the message as invalid or …" (RFC 9112, 2.2).
    let first = "HTTP/1.1 200 OK\r\n X: 1\r\n\r\n";
    refuse(
        &GET,
        first,
        "line 2 of the response's head is malformed: whitespace before",
    );
    for hidden in [
        "X: 1\r\n a\u{0}b",
        "X: 1\r\r\n a",
        "X: 1\r\n \ra",
        "X: 1\r\n a\r",
    ] {
        let message = format!("HTTP/1.1 200 OK\r\n{hidden}\r\n\r\n");
        refuse(&GET, message, "a value has");
    }
}

#[test]
fn lookups_and_secrets() {
    let mut out = Vec::new();
    let mut head = RequestWriter::new(&mut out, Version::Http11, "GET", "/").unwrap();
    head.field("Host", b"a").unwrap();
    let mut exchange = head.finish(RequestBody::None, &Options::default()).unwrap();
    let answer = b"HTTP/1.1 200 OK\r\nSet-Cookie: id=hunter2\r\nVia: a\r\nvia: b, ,C\r\n\r\n";
    let (head, length) = exchange.read_head(answer).unwrap().unwrap();
    assert_eq!(length, answer.len());
    let fields = head.fields();
    assert_eq!((fields.len(), fields.is_empty()), (3, false));
    assert_eq!(fields.get("VIA"), Some(&b"a"[..]));
    assert_eq!(
        fields.get_all("via").collect::<Vec<_>>(),
        [&b"a"[..], b"b, ,C"]
    );
    assert!(fields.has_token("Via", "c") && !fields.has_token("via", "d"));
    assert_eq!(fields.get("X-Missing"), None);
    let shared: Vec<_> = fields.iter_shared().collect();
    assert_eq!(shared[0].0, b"Set-Cookie");
    assert_eq!(&shared[2].1[..], b"b, ,C");
    let debug = format!("{head:?}");
    assert!(
        debug.contains("Via") && !debug.contains("hunter2"),
        "{debug}"
    );
}
