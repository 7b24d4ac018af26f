//! What comes back.

use courser::{
    As, Client, Coerce, ErrorKind, ResponseExt, StatusCode, Unexceptional, Value, Version,
};
use courser_testkit::{RawPeer, Server};
use http::Response;
use std::io::{Read, Write};

fn answering(content_type: &'static str, body: &'static [u8]) -> Server {
    Server::start(move |_| {
        Response::builder()
            .header("Content-Type", content_type)
            .body(body)
            .unwrap()
    })
}

#[test]
fn the_parts_of_a_response() {
    let peer = RawPeer::answer(
        "HTTP/1.1 201 Fine by me\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 3\r\n\r\nabc",
    );
    let res = Client::new().get(peer.url("/p?q")).call().unwrap();
    assert_eq!(
        (res.status, res.reason(), res.version),
        (StatusCode::CREATED, "Fine by me", Version::HTTP_11)
    );
    assert_eq!(res.headers.get_all("X-A").count(), 2);
    assert_eq!((res.length, res.chunked), (Some(3), false));
    assert_eq!(res.url.as_str(), peer.url("/p?q"));
    assert_eq!(res.remote_addr, Some(peer.addr()));
    assert!(res.request_time.is_some());
    assert_eq!(&res.body_bytes().unwrap()[..], b"abc");
    assert_eq!(res.text().unwrap(), "abc", "reading does not use it up");
}

#[test]
fn text_in_any_charset() {
    fn check(content_type: &'static str, body: &'static [u8], label: Option<&str>, expected: &str) {
        let server = answering(content_type, body);
        let mut request = courser::get(server.url("/"));
        if let Some(label) = label {
            request = request.as_charset(label);
        }
        assert_eq!(
            request.call().unwrap().text().unwrap(),
            expected,
            "{content_type}"
        );
    }
    check("text/plain", "café".as_bytes(), None, "café");
    check("text/plain; charset=ISO-8859-1", b"caf\xe9", None, "café");
    check(
        "text/plain; charset=\"Shift_JIS\"",
        b"\x93\xfa\x96{",
        None,
        "日本",
    );
    check("text/plain", b"\xff\xfea\0", None, "a");
    check("text/plain", b"\0a\0b", Some("UTF-16"), "ab");
    check(
        "text/plain; charset=ISO-8859-1",
        "é".as_bytes(),
        Some("utf-8"),
        "é",
    );
    check("text/plain", b"a\xffb", None, "a\u{fffd}b");
    check("nonsense", b"a", None, "a");
}

#[test]
fn json_typed_and_as_data() {
    let server = answering("application/json", br#"{"id": 7, "tags": ["a", "b"]}"#);
    let res = courser::get(server.url("/")).as_(As::Json).call().unwrap();
    let value = res.value().unwrap();
    assert_eq!(value.get("id").and_then(Value::as_i64), Some(7));
    assert_eq!(value.to_string(), r#"{:id 7, :tags ["a" "b"]}"#);
    let res = courser::get(server.url("/"))
        .as_(As::JsonStringKeys)
        .call()
        .unwrap();
    assert_eq!(
        res.value().unwrap().to_string(),
        r#"{"id" 7, "tags" ["a" "b"]}"#
    );
    let typed: serde_json::Value = res.json().unwrap();
    assert_eq!(typed["tags"][1], "b");
    // An empty body is nil, and no error.
    let server = answering("application/json", b"");
    let res = courser::get(server.url("/")).as_(As::Json).call().unwrap();
    assert_eq!(res.value(), Some(&Value::Nil));
    // Other charsets than UTF-8 are read as what they are.
    let server = answering("application/json; charset=ISO-8859-1", b"\"caf\xe9\"");
    assert_eq!(
        courser::get(server.url("/"))
            .call()
            .unwrap()
            .json::<String>()
            .unwrap(),
        "café"
    );
}

#[test]
fn wrong_json_says_where_and_what() {
    #[derive(Debug, serde::Deserialize)]
    struct Page {
        #[allow(dead_code)]
        tags: Vec<u32>,
    }
    fn check(content_type: &'static str, body: &'static [u8], says: &[&str]) {
        let server = answering(content_type, body);
        let error = courser::get(server.url("/p?token=s3cret"))
            .call()
            .unwrap()
            .json::<Page>()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        let shown = format!("{error:?}");
        for part in says {
            assert!(shown.contains(part), "no {part:?} in {shown}");
        }
        assert!(!shown.contains("s3cret"));
    }
    check(
        "text/html",
        b"<html>sign in",
        &["text/html", "line 1, column 1", "<html>"],
    );
    check(
        "application/json",
        br#"{"tags": [1, "one"]}"#,
        &["tags[1]", "expected u32"],
    );
    check("application/json", br#"{"tags": [1]} x"#, &["trailing"]);
    check("application/json", br#"{"tags": [1"#, &["line 1"]);
}

#[test]
fn statuses() {
    let server = Server::start(|req| {
        let status: u16 = req.uri().path()[1..].parse().unwrap();
        Response::builder()
            .status(status)
            .header("Content-Type", "application/json")
            .body("{\"a\":1}")
            .unwrap()
    });
    for status in [200, 204, 207, 300, 304, 307, 308] {
        assert_eq!(
            courser::get(server.url(&format!("/{status}")))
                .call()
                .unwrap()
                .status,
            status
        );
    }
    for status in [208, 226, 305, 400, 404, 500, 599] {
        let error = courser::get(server.url(&format!("/{status}")))
            .call()
            .unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::Status(StatusCode::from_u16(status).unwrap())
        );
        assert_eq!(error.message(), format!("status {status}"));
        assert_eq!(error.response().unwrap().text().unwrap(), "{\"a\":1}");
    }
    let url = server.url("/404");
    assert_eq!(
        courser::get(&url)
            .throw_exceptions(false)
            .call()
            .unwrap()
            .status,
        404
    );
    let allow = |statuses| courser::get(&url).unexceptional_status(statuses);
    assert!(allow(Unexceptional::Range(200..=499)).call().is_ok());
    assert!(allow(Unexceptional::List(vec![404])).call().is_ok());
    assert!(
        allow(Unexceptional::Predicate(std::sync::Arc::new(|s| s == 404)))
            .call()
            .is_ok()
    );
    assert!(allow(Unexceptional::List(vec![200])).call().is_err());
    // The body of an error is data only if that is asked for.
    let value = |coerce| {
        let error = courser::get(&url)
            .as_(As::Json)
            .coerce(coerce)
            .call()
            .unwrap_err();
        error.response().unwrap().value().map(ToString::to_string)
    };
    assert_eq!(value(Coerce::Unexceptional), None);
    assert_eq!(value(Coerce::Exceptional).as_deref(), Some("{:a 1}"));
    assert_eq!(value(Coerce::Always).as_deref(), Some("{:a 1}"));
}

#[test]
fn an_error_of_a_stream_has_its_body_too() {
    let server = Server::start(|_| {
        Response::builder()
            .status(500)
            .body("x".repeat(100_000))
            .unwrap()
    });
    let error = courser::get(server.url("/"))
        .as_stream()
        .call()
        .unwrap_err();
    let res = error.response().unwrap();
    assert_eq!((res.bytes().len(), res.body.is_cut()), (64 << 10, true));
    let request = courser::get(server.url("/")).with(|r| r.max_error_body = Some(10));
    assert_eq!(
        request
            .call()
            .unwrap_err()
            .response()
            .unwrap()
            .bytes()
            .len(),
        10
    );
}

#[test]
fn compression() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all("zipped café".as_bytes()).unwrap();
    let zipped: &'static [u8] = encoder.finish().unwrap().leak();
    let server = Server::start(move |_| {
        Response::builder()
            .header("Content-Encoding", "GZIP")
            .body(zipped)
            .unwrap()
    });
    let res = courser::get(server.url("/")).call().unwrap();
    assert_eq!(res.text().unwrap(), "zipped café");
    assert_eq!(
        res.length,
        Some(zipped.len() as u64),
        "the length is that on the wire"
    );
    assert!(!res.headers.contains("content-encoding") && !res.headers.contains("content-length"));
    let res = courser::get(server.url("/"))
        .decompress_body(false)
        .call()
        .unwrap();
    assert_eq!(&res.body_bytes().unwrap()[..], zipped);
    assert_eq!(res.headers.get_str("content-encoding"), Some("GZIP"));
    let mut text = String::new();
    courser::get(server.url("/"))
        .as_stream()
        .call()
        .unwrap()
        .reader()
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, "zipped café");
}

#[test]
fn without_a_body() {
    let server = Server::start(|req| match req.method().as_str() {
        "HEAD" => Response::builder().header("X", "1").body("").unwrap(),
        _ => Response::builder().status(204).body("").unwrap(),
    });
    let client = Client::new();
    for _ in 0..3 {
        assert_eq!(
            client
                .head(server.url("/"))
                .call()
                .unwrap()
                .headers
                .get_str("x"),
            Some("1")
        );
        assert!(
            client
                .get(server.url("/"))
                .call()
                .unwrap()
                .body_bytes()
                .unwrap()
                .is_empty()
        );
    }
    assert_eq!(
        server.stats().accepted,
        1,
        "nothing keeps the connection from being used again"
    );
}

#[test]
fn links_also_on_errors() {
    let peer = RawPeer::answer(
        "HTTP/1.1 404 Not Found\r\nLink: </a?p=2>; rel=\"next last\"\r\nlink: </b>; rel=up; title*=UTF-8''%c3%a9\r\n\
         Content-Length: 0\r\n\r\n",
    );
    let error = courser::get(peer.url("/")).call().unwrap_err();
    let response = error.response().unwrap();
    assert_eq!(response.links().href("Next"), Some("/a?p=2"));
    assert_eq!(
        response.links().get("up").unwrap().param("title"),
        Some("é")
    );
    let value = courser::data::error_value(&error);
    let links = value
        .get("error")
        .and_then(|e| e.get("response")?.get("links"));
    assert_eq!(
        links.unwrap().to_string(),
        r#"{:next {:href "/a?p=2"}, :last {:href "/a?p=2"}, :up {:title "é", :href "/b"}}"#
    );

    let none = courser::get(answering("text/plain", b"").url("/"))
        .call()
        .unwrap();
    assert!(none.links().is_empty() && none.to_value().unwrap().get("links").is_none());
}
