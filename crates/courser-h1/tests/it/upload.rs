//! Bodies of requests.

use courser_h1::{
    CloseReason, Error, Exchange, Fate, Options, RequestBody, RequestWriter, Version,
};

fn exchange(body: RequestBody) -> Exchange {
    let mut out = Vec::new();
    let mut head = RequestWriter::new(&mut out, Version::Http11, "POST", "/").unwrap();
    head.field("Host", b"a").unwrap();
    head.finish(body, &Options::default()).unwrap()
}

fn sent(body: RequestBody, pieces: &[&[u8]]) -> Result<String, Error> {
    let mut exchange = exchange(body);
    let mut out = Vec::new();
    let mut framed = Vec::new();
    let mut twin = exchange.clone();
    for piece in pieces {
        exchange.write_body(piece, &mut out)?;
        // The way without a copy sends the same.
        let frame = twin.frame_body(piece.len())?;
        framed.extend([frame.prefix(), piece, frame.suffix()].concat());
        assert_eq!(out, framed);
    }
    exchange.end_body(&mut out)?;
    assert!(exchange.request_is_finished());
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn framed() {
    use RequestBody::{Chunked, Length, None};
    let check = |body, pieces: &[&[u8]], expected: &str| {
        assert_eq!(sent(body, pieces).as_deref(), Ok(expected));
    };
    check(None, &[], "");
    check(None, &[b""], "");
    check(Length(0), &[], "");
    check(Length(5), &[b"he", b"", b"llo"], "hello");
    check(Chunked, &[], "0\r\n\r\n");
    check(
        Chunked,
        &[b"he", b"", b"llo"],
        "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
    );
    let long = [b'x'; 0x1a0];
    let expected = format!("1a0\r\n{}\r\n0\r\n\r\n", "x".repeat(0x1a0));
    check(Chunked, &[&long], &expected);
}

#[test]
fn as_long_as_declared() {
    let length = |given| Error::BodyLength { declared: 5, given };
    let body = RequestBody::Length(5);
    assert_eq!(sent(body, &[b"hell"]), Err(length(4)));
    assert_eq!(sent(body, &[]), Err(length(0)));
    assert_eq!(sent(body, &[b"hello", b"!"]), Err(length(6)));
    assert!(matches!(
        sent(RequestBody::None, &[b"x"]),
        Err(Error::Misuse(_))
    ));
    let mut after = exchange(RequestBody::Chunked);
    after.end_body(&mut Vec::new()).unwrap();
    assert!(matches!(
        after.write_body(b"x", &mut Vec::new()),
        Err(Error::Misuse(_))
    ));
    let mut twice = Vec::new();
    after.end_body(&mut twice).unwrap();
    assert!(twice.is_empty());
}

#[test]
fn trailers() {
    let with = |body, trailers: &[(&'static str, &'static str)]| {
        let mut exchange = exchange(body);
        let mut out = Vec::new();
        let trailers = trailers.iter().map(|(n, v)| (*n, v.as_bytes()));
        let ended = exchange.end_body_with(trailers, &mut out);
        assert!(ended.is_ok() || out.is_empty() && !exchange.request_is_finished());
        ended.map(|()| String::from_utf8(out).unwrap())
    };
    let chunked = RequestBody::Chunked;
    let written = with(chunked, &[("X-Sum", "42"), ("x", "")]);
    assert_eq!(written.as_deref(), Ok("0\r\nX-Sum: 42\r\nx: \r\n\r\n"));
    for trailers in [
        [("X-Sum", "1\r\n2"), ("x", "y")],
        [("x", "y"), ("X Sum", "1")],
        [("x", "y"), ("Content-Length", "1")],
        [("x", "y"), ("transfer-ENCODING", "chunked")],
        [("Host", "b"), ("x", "y")],
        [("Authorization", "b"), ("x", "y")],
    ] {
        assert!(
            matches!(with(chunked, &trailers), Err(Error::BadRequest { .. })),
            "{trailers:?}"
        );
    }
    let unchunked = with(RequestBody::Length(3), &[("x", "y")]);
    assert!(unchunked.is_err(), "{unchunked:?}");
}

#[test]
fn an_early_answer_to_an_unfinished_body() {
    let mut exchange = exchange(RequestBody::Length(5));
    exchange.write_body(b"he", &mut Vec::new()).unwrap();
    let early = b"HTTP/1.1 413 \r\nContent-Length: 0\r\n\r\n";
    let (head, _) = exchange.read_head(early).unwrap().unwrap();
    assert_eq!(head.status(), 413);
    assert!(exchange.response_is_finished());
    assert_eq!(
        exchange.fate(0),
        Fate::Close(CloseReason::RequestUnfinished)
    );
    // Who sends the rest all the same may go on with the connection.
    exchange.write_body(b"llo", &mut Vec::new()).unwrap();
    exchange.end_body(&mut Vec::new()).unwrap();
    assert_eq!(exchange.fate(0), Fate::KeepAlive);
}
