//! The commonest mistakes, and what is printed: each as it stands in the documentation.

use std::sync::Arc;
use std::time::Duration;

use courser::pool::Reusable;
use courser::{Body, Bytes, Client, Error, Request, Result};
use courser_testkit::{RawPeer, Server, Step, Tls, dead_port};

const PAGE: &str = include_str!("../crates/courser/docs/errors.md");

const SHORT: Duration = Duration::from_millis(100);

/// A mistake by the heading of its section, and how it is made.
type Mistake = (&'static str, fn() -> Error);

const MISTAKES: &[Mistake] = &[
    ("Connection refused", || {
        failed(courser::get(dead_port().url("/")).call())
    }),
    ("Unknown host", || {
        failed(courser::get("http://no-such-host.invalid/").call())
    }),
    ("`http` to a port that speaks TLS", || {
        let server = Server::builder().tls().start(|_| http::Response::new("ok"));
        failed(courser::get(server.url("/").replace("https:", "http:")).call())
    }),
    ("`https` to a port that speaks plain HTTP", || {
        let peer = RawPeer::script(vec![
            Step::Read(1),
            Step::send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
            Step::ReadToEnd,
        ]);
        failed(courser::get(peer.url("/").replace("http:", "https:")).call())
    }),
    ("A self-signed certificate", || {
        certificate(Tls::new().self_signed())
    }),
    ("An expired certificate", || {
        certificate(Tls::new().expired())
    }),
    ("A certificate for another host", || {
        certificate(Tls::new().host("other.example"))
    }),
    ("A proxy that refuses", || {
        let proxy = RawPeer::answer(
            "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
        );
        let request = courser::get("https://api.example/").proxy("127.0.0.1", proxy.port());
        failed(request.call())
    }),
    ("No answer", || answered("")),
    ("A body that is cut off", || {
        answered("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nonly this much came")
    }),
    ("Bad gzip", || {
        answered(
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 13\r\n\r\nis plain text",
        )
    }),
    ("Bad JSON", || {
        let json = r#"{"name": "Ada", "tags": ["a", "b",, "c"]}"#;
        let peer = RawPeer::answer(format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{json}",
            json.len()
        ));
        let response = courser::get(peer.url("/users/7?token=hunter2"))
            .call()
            .unwrap();
        failed(response.json::<serde_json::Value>())
    }),
    ("A charset that does not exist", || {
        failed(
            courser::get("http://127.0.0.1/")
                .as_charset("utf-88")
                .call(),
        )
    }),
    ("A 404 with JSON in it", || {
        let json = r#"{"error": "no such user"}"#;
        let peer = RawPeer::answer(format!(
            "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{json}",
            json.len()
        ));
        let error = failed(courser::get(peer.url("/users/7")).call());
        assert_eq!(error.response().unwrap().bytes(), json.as_bytes());
        error
    }),
    ("Redirects in a circle", || {
        let peer =
            RawPeer::answer("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n");
        failed(courser::get(peer.url("/")).call())
    }),
    ("Out of time", || {
        let peer = RawPeer::script(vec![Step::ReadHead, Step::Hang]);
        failed(courser::get(peer.url("/")).socket_timeout(SHORT).call())
    }),
    ("No free connection", || {
        let peer = RawPeer::script(vec![
            Step::ReadHead,
            Step::send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"),
            Step::Hang,
        ]);
        let client = pooled();
        let _held = client.get(peer.url("/")).as_stream().call().unwrap();
        let second = client.get(peer.url("/"));
        failed(
            second
                .with(|r| r.connection_request_timeout = Some(SHORT))
                .call(),
        )
    }),
    ("A connection manager that was shut down", || {
        let client = pooled();
        client.connection_manager().shutdown();
        failed(client.get("http://127.0.0.1/").call())
    }),
    ("A misspelt option", || {
        failed(Request::from_edn(
            r#"{:url "http://127.0.0.1/" :throw-exeptions false}"#,
        ))
    }),
    ("A URL without a scheme", || {
        failed(courser::get("127.0.0.1:9000/users").call())
    }),
    ("A body that cannot be sent again", || {
        let peer = RawPeer::script(vec![Step::ReadRequest, Step::Close]);
        let body = Body::reader(&b"a stream"[..]);
        failed(courser::put(peer.url("/")).body(body).call())
    }),
];

fn failed<T>(result: Result<T>) -> Error {
    result.map(drop).expect_err("a mistake")
}

/// Of a server that says this much, and hangs up.
fn answered(answer: &'static str) -> Error {
    let peer = RawPeer::script(vec![Step::ReadRequest, Step::send(answer), Step::Close]);
    // Sent once, since the next try would only say it again.
    failed(
        courser::get(peer.url("/"))
            .retry_handler(|_, _, _| false)
            .call(),
    )
}

/// Of a server with that certificate, whose issuer is trusted.
fn certificate(tls: Tls) -> Error {
    let server = Server::builder()
        .tls_with(tls)
        .start(|_| http::Response::new("ok"));
    let der = Bytes::copy_from_slice(server.ca_der());
    let request = courser::get(server.url_at("localhost", "/"));
    failed(
        request
            .with(|r| r.trusted_certificates = Some(vec![der]))
            .call(),
    )
}

/// A client with one connection.
fn pooled() -> Client {
    let transport = Arc::new(courser::native::Native::new());
    let manager = Reusable::builder(transport)
        .max_total(Some(1))
        .build()
        .unwrap();
    Client::builder()
        .connection_manager(Arc::new(manager))
        .build()
        .unwrap()
}

/// What `main` prints of it, without what differs from one run or system to the next: ports, times,
/// the system's numbers, its words for an unknown host.
fn printed(error: &Error) -> String {
    let mut text = format!("Error: {error:?}");
    let lookup = "failed to lookup address information: ";
    if let Some(at) = text.find(lookup) {
        text.truncate(at + lookup.len());
        text.push_str("Name or service not known");
    }
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, digits) = rest.split_at(at);
        let end = digits.find(|c: char| !c.is_ascii_digit());
        let (number, after) = digits.split_at(end.unwrap_or(digits.len()));
        out.push_str(before);
        // 9000 is what was written.
        let port = (out.ends_with("127.0.0.1:") || out.ends_with("localhost:")) && number != "9000";
        let varies = before.ends_with("elapsed: ") || before.ends_with("os error ");
        out.push_str(match number {
            _ if port => "PORT",
            _ if varies || number.len() > 8 => "N",
            number => number,
        });
        rest = after;
    }
    out + rest
}

/// The headings of the page with the text that stands under them as printed.
fn documented() -> Vec<(&'static str, &'static str)> {
    let sections = PAGE.split("\n## ").skip(1);
    sections
        .filter_map(|section| {
            let (heading, rest) = section.split_once('\n')?;
            let (_, block) = rest.split_once("```text\n")?;
            let (block, _) = block.split_once("\n```")?;
            Some((heading.trim(), block))
        })
        .collect()
}

#[test]
fn each_is_printed_as_documented() {
    let documented = documented();
    let headings: Vec<&str> = documented.iter().map(|(heading, _)| *heading).collect();
    let made: Vec<&str> = MISTAKES.iter().map(|(heading, _)| *heading).collect();
    let mut wrong = Vec::new();
    for (heading, make) in MISTAKES {
        let shown = printed(&make());
        assert!(!shown.contains("hunter2"), "{shown}");
        let expected = documented.iter().find(|(other, _)| other == heading);
        if expected.map(|(_, text)| *text) != Some(&shown) {
            wrong.push(format!("## {heading}\n{shown}"));
        }
    }
    assert!(wrong.is_empty(), "not as documented:\n{}", wrong.join("\n"));
    assert_eq!(headings, made);
}

#[test]
fn every_kind_is_explained() {
    use courser::{ErrorKind as Kind, Phase, StatusCode};
    let kinds = [
        Kind::InvalidRequest,
        Kind::Unsupported,
        Kind::Dns,
        Kind::Connect,
        Kind::Tls,
        Kind::Proxy,
        Kind::Timeout(courser::Timeout::Pool),
        Kind::Timeout(courser::Timeout::Connect),
        Kind::Timeout(courser::Timeout::Idle(Phase::Head)),
        Kind::Timeout(courser::Timeout::Try(Phase::Head)),
        Kind::Timeout(courser::Timeout::Total(Phase::Head)),
        Kind::Cancelled,
        Kind::Io,
        Kind::Protocol,
        Kind::Redirect,
        Kind::Status(StatusCode::NOT_FOUND),
        Kind::Decode,
        Kind::BodyLimit,
        Kind::Closed,
        Kind::Auth,
        Kind::User,
    ];
    for kind in kinds {
        let row = format!("| `{}` |", kind.name());
        assert!(PAGE.contains(&row), "no row {row}");
    }
}

#[test]
fn as_data() {
    let peer = RawPeer::script(vec![Step::ReadHead, Step::Hang]);
    let request = courser::get(peer.url("/p?token=hunter2")).socket_timeout(SHORT);
    let error = failed(request.call());
    let edn = courser::data::error_edn(&error);
    let url = peer.url("/p?token=…");
    let begins = format!(
        "{{:error {{:kind :socket-timeout, :message \"timed out while waiting for the response\", \
         :method :get, :url \"{url}\", :transient true, :phase :head, :context {{:limit \"100ms \
         (:socket-timeout)\", :elapsed \""
    );
    assert!(edn.starts_with(&begins), "{edn}");
    let json: serde_json::Value = serde_json::from_str(&courser::data::error_json(&error)).unwrap();
    assert_eq!(json["error"]["kind"], "socket-timeout");
    assert_eq!(json["error"]["url"], url.as_str());
}
