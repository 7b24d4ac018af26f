//! What all clients talk to: hyper's server, with answers that are ready.

use std::io::{self, Read as _, Write as _};

use anyhow::Result;
use courser::Bytes;
use courser_testkit::Server;
use http::Response;
use serde_json::json;

pub(crate) const SMALL: &str = r#"{"id":42,"name":"small","ok":true,"tags":["alpha","beta"],"ratio":0.25,"note":"about a hundred bytes"}"#;
pub(crate) const LARGE: usize = 1 << 20;
/// How many elements the JSON document has.
pub(crate) const ITEMS: u32 = 76;
const HOSTS: usize = 16;

/// About 10 KB of JSON of the everyday kind.
pub(crate) fn document() -> Vec<u8> {
    let item = |i: u32| {
        json!({
            "id": i,
            "name": format!("item number {i}"),
            "price": f64::from(i) * 1.25 + 0.5,
            "active": i.is_multiple_of(3),
            "tags": ["red", "green", "blue"],
            "owner": { "login": format!("user{i}"), "score": i * 7919 % 1000 },
        })
    };
    serde_json::Value::from_iter((0..ITEMS).map(item))
        .to_string()
        .into_bytes()
}

/// Serves until whoever started it is gone; says where on standard output.
pub(crate) fn serve() -> Result<()> {
    let document = document();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&document)?;
    let (gzip, document) = (Bytes::from(gzip.finish()?), Bytes::from(document));
    let large = Bytes::from(vec![b'x'; LARGE]);
    let answer = move |request: http::Request<Bytes>| {
        let (kind, encoding, body) = match request.uri().path() {
            "/json" => ("application/json", None, document.clone()),
            "/gzip" => ("application/json", Some("gzip"), gzip.clone()),
            "/large" => ("application/octet-stream", None, large.clone()),
            "/count" => ("text/plain", None, request.body().len().to_string().into()),
            _ => (
                "application/json",
                None,
                Bytes::from_static(SMALL.as_bytes()),
            ),
        };
        let mut response = Response::builder().header("content-type", kind);
        if let Some(encoding) = encoding {
            response = response.header("content-encoding", encoding);
        }
        if request.uri().path() == "/login" {
            response = response.header("set-cookie", "session=0123456789abcdef; Path=/");
        }
        response.body(body).unwrap_or_default()
    };
    let start = || Server::builder().http1_only().start(answer.clone());
    let plain = start();
    let tls = Server::builder().tls().http1_only().start(answer.clone());
    let hosts: Vec<Server> = (0..HOSTS).map(|_| start()).collect();
    println!("{}\n{}", plain.url(""), tls.url(""));
    let hex = |byte: &u8| format!("{byte:02x}");
    println!("{}", tls.ca_der().iter().map(hex).collect::<String>());
    let urls: Vec<String> = hosts.iter().map(|host| host.url("")).collect();
    println!("{}", urls.join(" "));
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
