//! Bodies of requests, compressed: over both transports, under both drivers.

use std::io::Read as _;
use std::sync::Arc;

use courser::{Body, Client, Compression, ErrorKind, Part, Redirects, Request, RequestBuilder};
use courser_testkit::{Recorded, Server};
use flate2::read::GzDecoder;
use http::Response;

/// Sends it in all ways, to a server that leads from `/moved` to `/` by 307; and what came there.
fn sent(make: impl Fn(&Client, &str) -> RequestBuilder) -> Vec<Recorded> {
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let over_reqwest = Client::builder().transport(Arc::new(courser::reqwest::Reqwest::new()));
    let clients = [Client::builder(), over_reqwest].map(|client| {
        let gzip = |request: &mut Request| request.compress_body = Some(Compression::Gzip);
        client.defaults(gzip).build().unwrap()
    });
    let mut all = Vec::new();
    for client in &clients {
        for blocking in [true, false] {
            let server = Server::builder().record().start(|request| {
                let to = request.uri().path() == "/moved";
                let response = Response::builder().status(if to { 307 } else { 200 });
                response.header("Location", "/").body("ok").unwrap()
            });
            let request = make(client, &server.url(""));
            let response = if blocking {
                request.call()
            } else {
                tokio.block_on(request.send())
            };
            response.unwrap();
            all.push(server.recorded().pop().unwrap());
        }
    }
    all
}

fn unzipped(request: &Recorded) -> Vec<u8> {
    assert_eq!(request.header("content-encoding"), Some("gzip"));
    let mut text = Vec::new();
    GzDecoder::new(&request.body[..])
        .read_to_end(&mut text)
        .unwrap();
    text
}

#[test]
fn small_ones_tell_their_length_and_others_do_not() {
    for request in sent(|client, url| client.post(url).body("some text")) {
        assert_eq!(unzipped(&request), b"some text");
        let length = request.body.len().to_string();
        assert_eq!(request.header("content-length"), Some(&length[..]));
        let kind = request.header("content-type");
        assert!(kind.unwrap().starts_with("text/plain"), "{kind:?}");
    }
    let large = b"0123456789".repeat(100_000);
    for request in sent(|client, url| client.put(url).body(large.clone())) {
        assert!(unzipped(&request) == large);
        assert_eq!(request.header("transfer-encoding"), Some("chunked"));
        assert!(request.body.len() < large.len() / 50);
    }
    // The length of the stream is that before it was compressed.
    let stream = |url: &str, client: &Client| {
        client
            .post(url)
            .body(Body::reader(&b"stream"[..]))
            .with(|request| request.length = Some(6))
    };
    for request in sent(|client, url| stream(url, client)) {
        assert_eq!(unzipped(&request), b"stream");
        assert_eq!(request.header("content-length"), None);
    }
}

#[test]
fn forms_json_and_parts_too() {
    for request in sent(|client, url| client.post(url).form_params([("a", "b c")])) {
        assert_eq!(unzipped(&request), b"a=b+c");
    }
    for request in sent(|client, url| client.post(url).json([1, 2])) {
        assert_eq!(unzipped(&request), b"[1,2]");
        assert_eq!(request.header("content-type"), Some("application/json"));
    }
    let part = || Part::new("f", vec![b'x'; 100_000]);
    for request in sent(|client, url| client.post(url).part(part())) {
        let text = unzipped(&request);
        assert!(text.len() > 100_000 && text.ends_with(b"--\r\n"));
    }
}

#[test]
fn a_redirect_takes_it_along() {
    let make = |body: Body| {
        sent(move |client, url| {
            client
                .post(format!("{url}/moved"))
                .body(body.clone())
                .with(|request| request.redirect_strategy = Some(Redirects::Lax))
        })
    };
    let large = vec![7; 200_000];
    for (body, expected) in [
        (Body::from("text"), &b"text"[..]),
        (large.clone().into(), &large),
        (
            Body::factory(|| Ok(Body::reader(&b"made anew"[..]))),
            b"made anew",
        ),
    ] {
        for request in make(body) {
            assert_eq!(request.target(), "/");
            assert!(unzipped(&request) == expected);
        }
    }
}

#[test]
fn what_is_encoded_already_or_not_to_be() {
    let own = |client: &Client, url: &str| {
        let request = client.post(url).header("Content-Encoding", "gzip");
        request.body("said to be")
    };
    for request in sent(own) {
        assert_eq!(&request.body[..], b"said to be");
    }
    for request in sent(|client, url| {
        let request = client.post(url).body("plain");
        request.compress_body(Compression::Identity)
    }) {
        assert_eq!(request.header("content-encoding"), None);
        assert_eq!(&request.body[..], b"plain");
    }
    for request in sent(|client, url| client.get(url)) {
        assert_eq!(request.header("content-encoding"), None);
    }
}

#[test]
fn errors_before_anything_is_sent() {
    #[track_caller]
    fn check(request: RequestBuilder, kind: ErrorKind, says: &str) {
        let error = request.call().unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(error.to_string().contains(says), "{error}");
    }
    let post = || courser::post("http://127.0.0.1:1/").body("text");
    let digest = post().header("Content-MD5", "HLK/dbTCmQGJGgXZkEfWLQ==");
    check(
        digest.compress_body(Compression::Gzip),
        ErrorKind::InvalidRequest,
        "content-md5",
    );
    let data = r#"{:url "http://h/" :compress-body :gzp}"#;
    let error = Request::from_edn(data).unwrap_err().to_string();
    assert!(error.contains("did you mean :gzip"), "{error}");
}
