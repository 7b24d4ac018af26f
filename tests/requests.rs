//! What goes out.

use courser::{Body, Client, Method, ParamStyle, Request, RequestBuilder, Value};
use courser_testkit::Server;
use http::Response;

/// Sends it, and gives back what the server saw: request line, header lines of interest, body.
fn sent(make: impl FnOnce(&str) -> RequestBuilder) -> Vec<String> {
    let server = Server::builder()
        .http1_only()
        .record()
        .start(|_| Response::new("ok"));
    make(&server.url("")).call().unwrap();
    let recorded = server.recorded();
    let request = &recorded[0];
    let mut lines = vec![format!("{} {}", request.parts.method, request.target())];
    for name in [
        "accept",
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "host",
        "transfer-encoding",
        "user-agent",
        "x",
    ] {
        for value in request.parts.headers.get_all(name) {
            lines.push(format!(
                "{name}: {}",
                String::from_utf8_lossy(value.as_bytes())
            ));
        }
    }
    lines.push(String::from_utf8_lossy(&request.body).into_owned());
    lines
}

fn check(make: impl FnOnce(&str) -> RequestBuilder, has: &[&str], has_not: &[&str]) {
    let lines = sent(make);
    for line in has {
        assert!(lines.iter().any(|l| l == line), "no {line:?} in {lines:?}");
    }
    for start in has_not {
        assert!(
            !lines.iter().any(|l| l.starts_with(start)),
            "{start:?} in {lines:?}"
        );
    }
}

#[test]
fn methods() {
    check(|u| courser::get(u), &["GET /"], &["content-", "transfer"]);
    check(|u| courser::head(u), &["HEAD /"], &["content-"]);
    check(|u| courser::delete(u), &["DELETE /"], &["content-"]);
    check(|u| courser::options(u), &["OPTIONS /"], &["content-"]);
    check(
        |u| courser::post(u),
        &["POST /", "content-length: 0"],
        &["content-type"],
    );
    check(|u| courser::put(u), &["PUT /", "content-length: 0"], &[]);
    check(|u| courser::copy(u), &["COPY /"], &[]);
    check(
        |u| courser::move_(u).body("x"),
        &["MOVE /", "content-length: 1", "x"],
        &[],
    );
    check(
        |u| courser::get(u).body("q"),
        &["GET /", "content-length: 1", "q"],
        &[],
    );
    let propfind = Method::from_bytes(b"PROPFIND").unwrap();
    check(
        |u| courser::request(propfind, u).body("q"),
        &["PROPFIND /", "q"],
        &[],
    );
}

#[test]
fn urls() {
    check(
        |u| courser::get(format!("{u}/a b?c=é")),
        &["GET /a%20b?c=%C3%A9"],
        &[],
    );
    check(
        |u| courser::get(format!("{u}/%2fx%c3#top")),
        &["GET /%2fx%c3"],
        &[],
    );
    check(
        |u| courser::get(u.replace("://", "://us%40er:p%3Aw@")),
        &["authorization: Basic dXNAZXI6cDp3"],
        &[],
    );
    check(
        |u| courser::get(u.replace("127.0.0.1", "LocalHost")),
        &["GET /"],
        &[],
    );
    check(
        |u| courser::get(u).with(|r| r.query_string = Some("a=1&b".into())),
        &["GET /?a=1&b"],
        &[],
    );
    let client = Client::builder();
    check(
        |u| {
            client
                .base_url(format!("{u}/api/"))
                .build()
                .unwrap()
                .get("/users?x=1")
        },
        &["GET /api/users?x=1"],
        &[],
    );
}

#[test]
fn query_parameters() {
    let list = || Value::keyword_map([("a", Value::vector([1, 2]))]);
    check(
        |u| courser::get(u).query_params([("q", "a b&c")]),
        &["GET /?q=a+b%26c"],
        &[],
    );
    check(
        |u| courser::get(format!("{u}?x=0")).query_params(list()),
        &["GET /?x=0&a=1&a=2"],
        &[],
    );
    let styled = |u: &str, style| {
        courser::get(u)
            .query_params(list())
            .multi_param_style(style)
    };
    check(
        |u| styled(u, ParamStyle::Array),
        &["GET /?a[]=1&a[]=2"],
        &[],
    );
    check(
        |u| styled(u, ParamStyle::Indexed),
        &["GET /?a[0]=1&a[1]=2"],
        &[],
    );
    check(
        |u| styled(u, ParamStyle::CommaSeparated),
        &["GET /?a=1,2"],
        &[],
    );
    let nested = || Value::keyword_map([("a", Value::keyword_map([("b", 5.into())]))]);
    check(
        |u| courser::get(u).query_params(nested()),
        &["GET /?a%5Bb%5D=5"],
        &[],
    );
    check(
        |u| {
            courser::get(u)
                .query_params(nested())
                .with(|r| r.ignore_nested_query_string = Some(true))
        },
        &["GET /?a=%7B%3Ab+5%7D"],
        &[],
    );
    check(
        |u| courser::get(u).query([("b", "2"), ("a", "1")]),
        &["GET /?b=2&a=1"],
        &[],
    );
    check(
        |u| courser::get(u).query_params(Value::keyword_map([])),
        &["GET /"],
        &["GET /?"],
    );
}

#[test]
fn what_can_be_decoded_is_accepted() {
    // More with the features `brotli` and `zstd`.
    let lines = sent(|u| courser::get(u));
    let accepts = |line: &String| line.starts_with("accept-encoding: gzip, deflate");
    assert_eq!(
        lines.iter().filter(|line| accepts(line)).count(),
        1,
        "{lines:?}"
    );
}

#[test]
fn headers() {
    check(
        |u| courser::get(u).header("X", "1").header("X", "2"),
        &[
            "x: 1",
            "x: 2",
            "connection: close",
            concat!("user-agent: courser/", env!("CARGO_PKG_VERSION")),
        ],
        &[],
    );
    check(
        |u| courser::get(u).header("X", "café"),
        &["x: caf\u{fffd}"],
        &[],
    );
    check(
        |u| {
            courser::get(u)
                .header("Host", "virtual.example")
                .user_agent("me/1")
        },
        &["host: virtual.example", "user-agent: me/1"],
        &["host: 127"],
    );
    check(
        |u| {
            courser::get(u)
                .header("Accept", "a/b")
                .accept("text/html")
                .accept_encoding(["br", "identity"])
        },
        &["accept: text/html", "accept-encoding: br, identity"],
        &["accept: a/b"],
    );
    check(
        |u| courser::get(u).decompress_body(false),
        &[],
        &["accept-encoding"],
    );
    check(
        |u| courser::get(u).header("accept-encoding", "x"),
        &["accept-encoding: x"],
        &["accept-encoding: gzip"],
    );
    check(
        |u| courser::get(u).header("Range", "bytes=0-1"),
        &[],
        &["accept-encoding"],
    );
    check(
        |u| {
            courser::get(u)
                .basic_auth("u", "p")
                .bearer("t")
                .header("Authorization", "x")
        },
        &["authorization: Basic dTpw"],
        &["authorization: x", "authorization: Bearer"],
    );
    check(
        |u| courser::get(u).bearer("tok"),
        &["authorization: Bearer tok"],
        &[],
    );
}

#[test]
fn bodies() {
    check(
        |u| courser::post(u).body("café"),
        &[
            "content-length: 5",
            "content-type: text/plain; charset=UTF-8",
            "café",
        ],
        &["transfer-encoding"],
    );
    check(
        |u| courser::post(u).body("café").body_encoding("ISO-8859-1"),
        &[
            "content-length: 4",
            "content-type: text/plain; charset=ISO-8859-1",
            "caf\u{fffd}",
        ],
        &[],
    );
    check(
        |u| courser::post(u).body(b"png").content_type("image/png"),
        &["content-type: image/png", "png"],
        &[],
    );
    check(
        |u| courser::post(u).body(Vec::new()),
        &["content-length: 0"],
        &["content-type"],
    );
    check(
        |u| courser::post(u).body(Body::reader(&b"stream"[..])),
        &["transfer-encoding: chunked", "stream"],
        &["content-length", "content-type"],
    );
    check(
        |u| {
            courser::post(u)
                .body(Body::reader(&b"stream"[..]))
                .with(|r| r.length = Some(6))
        },
        &["content-length: 6", "stream"],
        &["transfer-encoding"],
    );
    let pieces = || futures_util::stream::iter(["a", "b"].map(Ok::<_, std::io::Error>));
    check(
        |u| courser::post(u).body(Body::stream(pieces())),
        &["transfer-encoding: chunked", "ab"],
        &[],
    );
    let path = std::env::temp_dir().join(format!("courser-tests-{}.txt", std::process::id()));
    std::fs::write(&path, "file contents").unwrap();
    check(
        |u| courser::post(u).body(Body::file(&path)),
        &["content-length: 13", "file contents"],
        &["content-type"],
    );
    std::fs::remove_file(&path).unwrap();
    check(
        |u| courser::post(u).json([1, 2]),
        &["content-type: application/json", "[1,2]"],
        &[],
    );
    check(
        |u| courser::post(u).form_params([("a", "x y"), ("b", "é")]),
        &[
            "content-type: application/x-www-form-urlencoded",
            "a=x+y&b=%C3%A9",
        ],
        &[],
    );
    check(
        |u| {
            courser::put(u)
                .form_params(Value::keyword_map([("a", 1.into())]))
                .content_type("application/json")
        },
        &["content-type: application/json", r#"{"a":1}"#],
        &[],
    );
}

#[test]
fn a_request_is_data_and_goes_as_often_as_one_likes() {
    let server = Server::builder().record().start(|_| Response::new("ok"));
    let mut request = Request {
        method: Method::PUT,
        url: "/x".into(),
        body: "text".into(),
        ..Default::default()
    };
    request.headers.append("X", "1").unwrap();
    let client = Client::builder()
        .base_url(server.url(""))
        .header("X", "default")
        .header("Y", "default")
        .defaults(|d| d.accept = Some("text/plain".into()))
        .build()
        .unwrap();
    for _ in 0..2 {
        client.call(request.clone()).unwrap();
    }
    let recorded = server.recorded();
    assert_eq!(recorded.len(), 2);
    for request in recorded {
        assert_eq!(&request.body[..], b"text");
        assert_eq!(request.header("x"), Some("1"));
        assert_eq!(request.header("y"), Some("default"));
        assert_eq!(request.header("accept"), Some("text/plain"));
        assert_eq!(
            request.header("connection"),
            Some("Keep-Alive"),
            "a client keeps its connections"
        );
    }
}

#[test]
fn http_requests_convert() {
    let request = http::Request::put("http://h/x?y")
        .header("A", "b")
        .header("Content-Length", "4")
        .body("text")
        .unwrap();
    let request = Request::from(request);
    assert_eq!(
        (request.method, request.url.as_str()),
        (Method::PUT, "http://h/x?y")
    );
    assert_eq!(request.headers.get_str("a"), Some("b"));
    let server = Server::start(|_| Response::new("ok"));
    let response = courser::get(server.url("/")).call().unwrap();
    let response = http::Response::<Body>::from(response);
    assert_eq!(&response.body().as_bytes().unwrap()[..], b"ok");
}
