//! Heads of requests.

use courser_h1::{Error, Options, RequestBody, RequestWriter, Version};

type Fields<'a> = &'a [(&'a str, &'a str)];

fn write(
    version: Version,
    (method, target): (&str, &str),
    fields: Fields<'_>,
    body: RequestBody,
) -> Result<String, Error> {
    // What was there before stays.
    let mut out = b"before|".to_vec();
    let written = (|| {
        let mut head = RequestWriter::new(&mut out, version, method, target)?;
        for (name, value) in fields {
            head.field(name, value.as_bytes())?;
        }
        head.finish(body, &Options::default())
    })();
    let out = String::from_utf8(out).unwrap();
    let written = written.map(|_| out.strip_prefix("before|").unwrap().to_owned());
    assert!(written.is_ok() || out == "before|", "{out:?}");
    written
}

const HOST: (&str, &str) = ("Host", "a");

#[test]
fn heads_as_given() {
    use RequestBody::{Chunked, Length, None};
    use Version::{Http10, Http11};
    let check = |version, line, fields, body, expected: &str| {
        assert_eq!(write(version, line, fields, body).as_deref(), Ok(expected));
    };
    check(
        Http11,
        ("GET", "/"),
        &[HOST],
        None,
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    );
    check(Http10, ("GET", "/"), &[], None, "GET / HTTP/1.0\r\n\r\n");
    check(
        Http11,
        ("M-SEARCH", "/a/../b//%zz?x[]=1&y={}|\\^`\"<>#é"),
        &[("x-B", "1"), HOST, ("X-b", ""), ("X-B", " padded\t")],
        None,
        "M-SEARCH /a/../b//%zz?x[]=1&y={}|\\^`\"<>#é HTTP/1.1\r\nx-B: 1\r\nHost: a\r\nX-b: \r\n\
         X-B:  padded\t\r\n\r\n",
    );
    check(
        Http11,
        ("CONNECT", "example.org:443"),
        &[("Host", "example.org:443")],
        None,
        "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n",
    );
    check(
        Http11,
        ("POST", "*"),
        &[HOST],
        Length(0),
        "POST * HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    );
    check(
        Http10,
        ("PUT", "/"),
        &[("content-length", "5"), HOST],
        Length(5),
        "PUT / HTTP/1.0\r\ncontent-length: 5\r\nHost: a\r\n\r\n",
    );
    check(
        Http11,
        ("PUT", "/"),
        &[HOST],
        Chunked,
        "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    check(
        Http11,
        ("PUT", "/"),
        &[("transfer-encoding", "gzip, Chunked"), HOST],
        Chunked,
        "PUT / HTTP/1.1\r\ntransfer-encoding: gzip, Chunked\r\nHost: a\r\n\r\n",
    );
    check(
        Http11,
        ("GET", "/"),
        &[HOST, ("Content-Length", "0")],
        None,
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    );
}

#[track_caller]
fn refuses(line: (&str, &str), fields: Fields<'_>, body: RequestBody, expected: &str) {
    let error = write(Version::Http11, line, fields, body).unwrap_err();
    assert!(error.is_request(), "{error:?}");
    let text = error.to_string();
    assert!(text.contains(expected), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn what_would_break_the_message() {
    for method in ["", "G ET", "GET\r\n", "GET\0", "GÉT", "GET:", "\tGET"] {
        refuses(
            (method, "/"),
            &[HOST],
            RequestBody::None,
            "the method of the request is malformed",
        );
    }
    for target in [
        "",
        " ",
        "/a b",
        "/\r\nX: 1",
        "/a\n",
        "/a\r",
        "/\0",
        "/\t",
        "/\u{7f}",
    ] {
        refuses(
            ("GET", target),
            &[HOST],
            RequestBody::None,
            "the target of the request is malformed",
        );
    }
    for name in ["", "X Y", "X:", "X\r\n", "X\n", "X\0", "Ü", " X", "X "] {
        refuses(
            ("GET", "/"),
            &[HOST, (name, "hunter2")],
            RequestBody::None,
            "the field name \"",
        );
    }
    for value in [
        "hunter2\r\nEvil: 1",
        "\n",
        "\r",
        "\0",
        "\u{1b}",
        "\u{7f}",
        "hunter2\r\n folded",
    ] {
        let fields = [HOST, ("X-Tag", value)];
        refuses(
            ("GET", "/"),
            &fields,
            RequestBody::None,
            "the value of \"X-Tag\" of the request",
        );
    }
}

#[test]
fn what_contradicts_itself() {
    use RequestBody::{Chunked, Length, None};
    let length = |value| ("Content-Length", value);
    let coding = |value| ("Transfer-Encoding", value);
    let post = ("POST", "/");
    for (fields, body, expected) in [
        (&[][..], None, "needs a Host"),
        (&[HOST, HOST], None, "two Host"),
        (&[HOST, length("5")], None, "differs"),
        (&[HOST, length("5")], Length(6), "differs"),
        (&[HOST, length("5")], Chunked, "of a chunked body"),
        (&[HOST, length("5"), length("5")], Length(5), "one number"),
        (&[HOST, length("+5")], Length(5), "one number"),
        (&[HOST, length("")], Length(0), "one number"),
        (&[HOST, length("5, 5")], Length(5), "one number"),
        (
            &[HOST, length("18446744073709551616")],
            Length(0),
            "one number",
        ),
        (&[HOST, coding("chunked")], Length(5), "not chunked"),
        (&[HOST, coding("chunked")], None, "not chunked"),
        (&[HOST, coding("gzip")], Chunked, "ends with chunked"),
        (&[HOST, coding("")], Chunked, "ends with chunked"),
        (
            &[HOST, coding("chunked, gzip")],
            Chunked,
            "ends with chunked",
        ),
        (
            &[HOST, coding("chunked, chunked")],
            Chunked,
            "ends with chunked",
        ),
        (
            &[HOST, coding("chunked"), coding("chunked")],
            Chunked,
            "ends with chunked",
        ),
        (&[HOST, ("Expect", "100-continue")], None, "needs a body"),
        (
            &[HOST, ("Expect", "100-continue")],
            Length(0),
            "needs a body",
        ),
    ] {
        refuses(post, fields, body, expected);
    }
    refuses(("CONNECT", "a:1"), &[HOST], Length(1), "CONNECT and TRACE");
    refuses(("TRACE", "/"), &[HOST], Chunked, "CONNECT and TRACE");
    let old = write(Version::Http10, post, &[HOST], Chunked).unwrap_err();
    assert!(
        old.to_string().contains("HTTP/1.0 has no chunked bodies"),
        "{old}"
    );
}

#[test]
fn a_head_that_is_left_leaves_nothing() {
    let mut out = Vec::new();
    let mut head = RequestWriter::new(&mut out, Version::Http11, "GET", "/").unwrap();
    head.field("Host", b"a").unwrap();
    drop(head);
    assert!(out.is_empty());
}
