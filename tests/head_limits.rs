//! How large the head of a response may be, said by the request.

use std::sync::Arc;

use courser::{Bytes, Client, ErrorKind, RequestBuilder, Response, Result, Version};
use courser_testkit::{RawPeer, Server};

fn send(request: RequestBuilder) -> Result<Response> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async { request.send().await })
}

#[derive(Clone, Copy, Default)]
struct Limits {
    size: Option<u64>,
    count: Option<u64>,
    interim: Option<u64>,
}

impl Limits {
    fn put(self, request: RequestBuilder) -> RequestBuilder {
        request.with(|r| {
            r.max_header_size = self.size;
            r.max_header_count = self.count;
            r.max_interim_responses = self.interim;
        })
    }
}

/// `says` what the error has, where there is one.
#[track_caller]
fn is(result: Result<Response>, says: Option<&str>) {
    match (result, says) {
        (Ok(response), None) => assert_eq!(response.text().unwrap(), "ok"),
        (Err(error), Some(says)) => {
            assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
            assert!(error.to_string().contains(says), "{error}");
        }
        (result, says) => panic!("{result:?}, not {says:?}"),
    }
}

#[test]
fn over_http1_each_is_exact() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: y\r\n\r\n";
    let long = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: {}\r\n\r\n",
        "y".repeat(300 << 10)
    );
    let early = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(20);
    let check = |answer: String, limits: Limits, says: Option<&str>| {
        for send in [send, RequestBuilder::call] {
            let peer = RawPeer::answer(format!("{answer}ok"));
            is(send(limits.put(courser::get(peer.url("/")))), says);
        }
    };
    let none = Limits::default();
    let size = |size| Limits {
        size: Some(size),
        ..none
    };
    let count = |count| Limits {
        count: Some(count),
        ..none
    };
    let interim = |interim| Limits {
        interim: Some(interim),
        ..none
    };
    check(head.into(), size(head.len() as u64), None);
    let one_less = head.len() as u64 - 1;
    let says = format!("{one_less} bytes (:max-header-size)");
    check(head.into(), size(one_less), Some(&says));
    check(head.into(), count(2), None);
    check(head.into(), count(1), Some("1 fields (:max-header-count)"));
    check(long.clone(), none, Some("262144 bytes (:max-header-size)"));
    check(long, size(u64::MAX), None);
    check(format!("{early}{head}"), interim(20), None);
    let says = "19 (:max-interim-responses)";
    check(format!("{early}{head}"), interim(19), Some(says));
    check(
        format!("{early}{head}"),
        none,
        Some("16 (:max-interim-responses)"),
    );
}

#[test]
fn over_http2_fields_count_for_32_more() {
    let server = Server::builder().tls().start(|request| {
        let mut response = http::Response::new("ok");
        let value = "y".repeat(request.uri().path().len() * 1000);
        response.headers_mut().insert("x", value.parse().unwrap());
        response
            .headers_mut()
            .insert("x-2", http::HeaderValue::from_static("z"));
        response
    });
    let der = Bytes::copy_from_slice(server.ca_der());
    let client = Client::builder()
        .defaults(|d| d.trusted_certificates = Some(vec![der]))
        .build()
        .unwrap();
    let check = |length: usize, limits: Limits, says: Option<&str>| {
        let path = "/".repeat(length);
        let result = send(limits.put(client.get(server.url(&path))));
        if let Ok(response) = &result {
            assert_eq!(response.version, Version::HTTP_2);
        }
        is(result, says);
    };
    let none = Limits::default();
    let size = |size| Limits {
        size: Some(size),
        ..none
    };
    check(1, none, None);
    check(1, size(2000), None);
    check(1, size(1000), Some("1000 bytes (:max-header-size)"));
    let count = Limits {
        count: Some(1),
        ..none
    };
    check(1, count, Some("1 fields (:max-header-count)"));
    // The connection is as good as before.
    check(1, none, None);
}

#[test]
fn over_reqwest_they_are_refused() {
    let client = Client::builder()
        .transport(Arc::new(courser::reqwest::Reqwest::new()))
        .build()
        .unwrap();
    let limits = Limits {
        count: Some(9),
        ..Limits::default()
    };
    let error = limits
        .put(client.get("http://127.0.0.1:9/"))
        .call()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains(":max-header-count"), "{error}");
}
