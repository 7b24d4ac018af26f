//! What goes wrong, and what is said of it.

use courser::{Body, Client, ErrorKind, RequestBuilder};
use courser_testkit::{RawPeer, Server, Step, dead_port};

fn check(request: RequestBuilder, kind: ErrorKind, says: &[&str]) {
    let error = request.call().unwrap_err();
    let shown = format!("{error:?}");
    assert_eq!(error.kind(), kind, "{shown}");
    for part in says {
        assert!(shown.contains(part), "no {part:?} in {shown}");
    }
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn wrong_requests_send_nothing() {
    let server = Server::start(|_| http::Response::new("ok"));
    let u = server.url("/");
    let wrong =
        |request: RequestBuilder, says: &[&str]| check(request, ErrorKind::InvalidRequest, says);
    wrong(
        courser::get("127.0.0.1:9000/json"),
        &["did you mean \"http://127.0.0.1:9000/json\"?"],
    );
    wrong(
        courser::get("http://u:hunter2@h:x/"),
        &["port \"x\"", "1 to 65535"],
    );
    wrong(courser::get(""), &[":url is empty"]);
    wrong(
        courser::get(&u).header("X Y", "1"),
        &["header name \"X Y\""],
    );
    wrong(
        courser::get(&u).header("X", "a\r\nY: b"),
        &["\"X\"", "'\\r'"],
    );
    wrong(courser::get(&u).accept("a\nb"), &[":accept"]);
    wrong(courser::get(&u).header("X", "日"), &["U+65E5"]);
    wrong(
        courser::get(&u).as_charset("utf-88"),
        &["did you mean \"UTF-8\""],
    );
    wrong(
        courser::post(&u).body("é").body_encoding("latin-99"),
        &[":body-encoding", "latin-99"],
    );
    wrong(
        courser::post(&u).body("日").body_encoding("ISO-8859-1"),
        &[":body", "'日'"],
    );
    wrong(
        courser::get(&u).basic_auth("a:b", "hunter2"),
        &[":basic-auth", "colon"],
    );
    wrong(courser::get(&u).bearer("hunter2\n"), &[":oauth-token"]);
    wrong(
        courser::post(&u).body("x").form_params([("a", 1)]),
        &[":form-params and :body"],
    );
    wrong(
        courser::post(&u).body(Body::file("/no/such/file")),
        &["/no/such/file", "No such file"],
    );
    wrong(
        courser::get(&u).query_params(5),
        &[":query-params", "map or a sequence of pairs"],
    );
    wrong(
        courser::get(&u).with(|r| r.ignore_unknown_host = Some(true)),
        &["call_opt()"],
    );
    wrong(
        courser::get(&u).with(|r| {
            r.flatten_nested_keys = Some(vec![]);
            r.ignore_nested_query_string = Some(true);
        }),
        &[":flatten-nested-keys"],
    );
    assert_eq!(server.stats().accepted, 0);
}

#[test]
fn nobody_there() {
    let port = dead_port();
    check(
        courser::get(port.url("/?t=hunter2")),
        ErrorKind::Connect,
        &["refused", &port.addr().to_string(), "GET"],
    );
    check(
        courser::get("http://no-such-host.invalid/"),
        ErrorKind::Dns,
        &["no-such-host.invalid"],
    );
    assert!(
        courser::get("http://no-such-host.invalid/")
            .call_opt()
            .unwrap()
            .is_none()
    );
    let server = Server::start(|_| http::Response::new("ok"));
    assert!(courser::get(server.url("/")).call_opt().unwrap().is_some());
}

#[test]
fn broken_answers() {
    let peer =
        |bytes: &'static str| RawPeer::script(vec![Step::ReadHead, Step::send(bytes), Step::Close]);
    let p = peer("");
    check(
        courser::get(p.url("/")),
        ErrorKind::Io,
        &["closed", "without"],
    );
    let p = peer("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n123456789012345678901");
    check(courser::get(p.url("/")), ErrorKind::Io, &["21", "500"]);
    let p = peer("SSH-2.0-OpenSSH_9.2\r\n");
    check(courser::get(p.url("/")), ErrorKind::Protocol, &[]);
    let p = peer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd");
    check(courser::get(p.url("/")), ErrorKind::Protocol, &[]);
    let p = peer("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd");
    check(courser::get(p.url("/")), ErrorKind::Decode, &["gzip"]);
    let p = peer(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=bogus\r\nContent-Length: 1\r\n\r\nx",
    );
    assert_eq!(
        courser::get(p.url("/"))
            .call()
            .unwrap()
            .text()
            .unwrap_err()
            .kind(),
        ErrorKind::Decode
    );
}

#[test]
fn bodies_beyond_the_limit() {
    let server = Server::start(|_| http::Response::new("x".repeat(1000)));
    let limited = courser::get(server.url("/")).max_body_size(999);
    check(
        limited,
        ErrorKind::BodyLimit,
        &["999 bytes (:max-body-size)"],
    );
    assert!(
        courser::get(server.url("/"))
            .max_body_size(1000)
            .call()
            .is_ok()
    );
}

#[test]
fn a_body_of_the_users_that_fails_is_the_error() {
    let server = Server::start_streaming(|mut req| async move {
        let _ = req.body_mut().count().await;
        http::Response::new("ok")
    });
    let items = [Ok("a"), Err("the disk is gone")];
    let body = || Body::stream(futures_util::stream::iter(items));
    check(
        courser::post(server.url("/")).body(body()),
        ErrorKind::User,
        &["the disk is gone"],
    );
    let sized = || Body::reader(&b"abc"[..]).with_size(4);
    check(
        courser::post(server.url("/")).body(sized()),
        ErrorKind::InvalidRequest,
        &["shorter", "length: 4"],
    );
    // A stream can be sent once, and says so the second time.
    let request = courser::post(server.url("/")).body(Body::reader(&b"abc"[..]));
    request.clone().call().unwrap();
    check(request, ErrorKind::InvalidRequest, &["Body::factory"]);
}

#[test]
fn a_client_that_cannot_be_built_says_why() {
    let error = Client::builder().header("X Y", "").build().unwrap_err();
    assert!(error.to_string().contains("\"X Y\""));
    let error = Client::builder()
        .stack(|stack| stack.remove("redirectz").map(drop))
        .build()
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the stages are timing, status, decode"),
        "{error}"
    );
}
