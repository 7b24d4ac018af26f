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

#[test]
fn what_the_content_type_says() {
    #[track_caller]
    fn check(content_type: &'static str, body: &'static [u8], expected: &str) {
        let server = answering(content_type, body);
        let response = courser::get(server.url("/")).as_(As::Auto).call().unwrap();
        let value = response.to_value().unwrap();
        let keys = ["content-type", "content-type-params", "body"].map(|key| value.get(key));
        let shown = keys.map(|value| value.map_or("none".to_owned(), ToString::to_string));
        assert_eq!(shown.join(" "), expected);
    }
    check(
        "application/json",
        b"{\"a\": [1]}",
        ":application/json {} {:a [1]}",
    );
    check("application/json", b"", ":application/json {} nil");
    check(
        "Application/Problem+JSON; Charset=\"iso-8859-1\"; x=y",
        b"{\"a\": \"\xe9\"}",
        ":Application/Problem+JSON {:charset \"iso-8859-1\", :x \"y\"} {:a \"é\"}",
    );
    check("application/edn", b"#{:a}", ":application/edn {} #{:a}");
    check(
        "application/vnd.x+edn",
        b"(a)",
        ":application/vnd.x+edn {} (a)",
    );
    check(
        "application/x-www-form-urlencoded",
        b"a=1&b=x+y",
        ":application/x-www-form-urlencoded {} {:a \"1\", :b \"x y\"}",
    );
    check(
        "text/html; charset=Shift_JIS",
        b"\x93\xfa\x96{",
        ":text/html {:charset \"Shift_JIS\"} \"日本\"",
    );
    check("text/plain", b"\xff\xfea\0", ":text/plain {} \"a\"");
    check("nonsense", "é".as_bytes(), "none none \"é\"");
    check(
        "application/xml",
        b"<a/>",
        ":application/xml {} {:tag :a, :attrs nil, :content nil}",
    );
    check(
        "application/xhtml+xml",
        b"<a/>",
        ":application/xhtml+xml {} \"<a/>\"",
    );
}

#[test]
fn what_the_content_type_says_and_is_not() {
    #[track_caller]
    fn check(content_type: &'static str, body: &'static [u8], kind: ErrorKind, says: &str) {
        let server = answering(content_type, body);
        let error = courser::get(server.url("/"))
            .as_(As::Auto)
            .call()
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(says), "{error}");
        assert_eq!(error.response().unwrap().bytes(), body);
    }
    check(
        "text/plain; charset=bogus",
        b"a",
        ErrorKind::Decode,
        "charset=bogus",
    );
    check(
        "application/json",
        b"<html>",
        ErrorKind::Decode,
        "the body is not JSON",
    );

    // The charset of an error is no news beside the error.
    let peer = RawPeer::answer(
        "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=bogus\r\nContent-Length: 1\r\n\r\na",
    );
    for form in [As::Auto, As::Reader, As::Json] {
        let error = courser::get(peer.url("/")).as_(form).call().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Status(StatusCode::NOT_FOUND));
        let value = courser::data::error_value(&error).to_string();
        assert!(
            value.contains(":body \"a\"") || value.contains("{:text \"a\"}"),
            "{value}"
        );
    }
}

#[test]
fn text_bit_by_bit() {
    use std::io::BufRead;
    let latin1 = "text/plain; charset=ISO-8859-1";
    let server = answering(latin1, b"caf\xe9\nth\xe9\n");
    let response = courser::get(server.url("/")).as_reader().call().unwrap();
    let lines = response.text_reader().unwrap().lines();
    assert_eq!(
        lines.map(Result::unwrap).collect::<Vec<_>>(),
        ["café", "thé"]
    );

    let response = courser::get(server.url("/")).as_reader().call().unwrap();
    let (mut reader, mut bytes) = (response.text_reader().unwrap(), [0; 4]);
    reader.read_exact(&mut bytes).unwrap();
    let mut rest = String::new();
    assert!(
        reader.read_to_string(&mut rest).is_err(),
        "from within a character"
    );

    // Characters that are split between chunks, and a byte order mark.
    let peer = RawPeer::answer(
        [
            &b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"[..],
            b"2\r\n\xef\xbb\r\n3\r\n\xbf\x61\xe2\r\n2\r\n\x82\xac\r\n1\r\n\xe2\r\n0\r\n\r\n",
        ]
        .concat(),
    );
    let mut text = String::new();
    let response = courser::get(peer.url("/")).as_stream().call().unwrap();
    response
        .text_reader()
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, "a€\u{fffd}");

    let pieces = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let response = courser::get(peer.url("/"))
            .as_reader()
            .send()
            .await
            .unwrap();
        let mut reader = response.text_reader().unwrap();
        let mut pieces = Vec::new();
        while let Some(piece) = reader.next().await {
            pieces.push(piece.unwrap());
        }
        pieces
    });
    assert_eq!(pieces.concat(), "a€\u{fffd}");
    assert!(pieces.iter().all(|piece| !piece.is_empty()));

    let value = courser::data::call(
        &Client::per_request(),
        courser::get(server.url("/")).as_reader().build().unwrap(),
    );
    assert_eq!(
        value.unwrap().get("body").unwrap().to_string(),
        "#reader {:text \"café\\nthé\\n\"}"
    );
    let server = answering("text/plain; charset=bogus", b"a");
    let error = courser::get(server.url("/"))
        .as_reader()
        .call()
        .unwrap_err();
    assert!(error.to_string().contains("charset"), "{error}");
}

#[test]
fn typed_edn_and_forms() {
    #[derive(serde::Deserialize, Debug, PartialEq)]
    struct Point {
        x: i32,
        y: i32,
    }
    let server = answering("application/edn", b"{:x 1 :y 2}");
    let response = courser::get(server.url("/")).call().unwrap();
    assert_eq!(response.edn::<Point>().unwrap(), Point { x: 1, y: 2 });
    let error = response.form::<Point>().unwrap_err();
    assert!(
        error.to_string().contains("the body is not the form"),
        "{error}"
    );
    let server = answering("application/x-www-form-urlencoded", b"x=1&y=2");
    let response = courser::get(server.url("/")).call().unwrap();
    assert_eq!(response.form::<Point>().unwrap(), Point { x: 1, y: 2 });
    let error = response.edn::<Point>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[test]
fn what_a_page_says_of_itself() {
    let page = b"<html><head><meta charset=\"Shift_JIS\"><meta http-equiv=X-A content=b></head>\x93\xfa\x96{";
    let server = answering("text/html", page);
    let plain = courser::get(server.url("/")).as_(As::Auto).call().unwrap();
    assert!(plain.text().unwrap().contains('\u{fffd}'));
    let request = courser::get(server.url("/")).decode_body_headers(true);
    let response = request.as_(As::Auto).call().unwrap();
    assert!(response.text().unwrap().ends_with("日本"));
    assert_eq!(response.headers.get_str("x-a"), Some("b"));
    assert_eq!(
        response.content_type().unwrap().param("charset"),
        Some("Shift_JIS")
    );

    let request = courser::head(server.url("/")).decode_body_headers(true);
    assert_eq!(
        request.call().unwrap().headers.get_str("content-type"),
        Some("text/html")
    );
    for form in [As::Stream, As::Reader] {
        let request = courser::get(server.url("/"))
            .decode_body_headers(true)
            .as_(form);
        let error = request.call().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
    }
}
