//! TLS and HTTP/2.

use courser::{Bytes, Client, ErrorKind, HttpVersion, Version};
use courser_testkit::{RawPeer, Server, Step, Tls};
use http::Response;

fn trusting(der: &[u8]) -> Client {
    let der = Bytes::copy_from_slice(der);
    Client::builder()
        .defaults(|d| d.trusted_certificates = Some(vec![der]))
        .build()
        .unwrap()
}

#[test]
fn versions_are_negotiated_or_chosen() {
    use HttpVersion::{Http2, Http11};
    fn check(client: &Client, url: &str, sent: [Version; 3], called: [Option<Version>; 3]) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        for (i, version) in [None, Some(Http11), Some(Http2)].into_iter().enumerate() {
            let ask = || client.get(url).with(|r| r.protocol_version = version);
            let got = runtime.block_on(async { ask().send().await.unwrap().version });
            assert_eq!(got, sent[i], "{url} {version:?}");
            match (ask().call(), called[i]) {
                (Ok(res), expected) => assert_eq!(Some(res.version), expected, "{url}"),
                (Err(error), None) => {
                    assert_eq!(error.kind(), ErrorKind::Unsupported);
                    assert!(error.to_string().contains(".send()"), "{error}");
                }
                (Err(error), _) => panic!("{error}"),
            }
        }
    }
    let (h11, h2) = (Version::HTTP_11, Version::HTTP_2);
    let tls = Server::builder().tls().start(|_| Response::new("hello"));
    let plain = Server::start(|_| Response::new("hello"));
    let native = trusting(tls.ca_der());
    check(
        &native,
        &tls.url("/"),
        [h2, h11, h2],
        [Some(h11), Some(h11), None],
    );
    check(
        &native,
        &plain.url("/"),
        [h11, h11, h2],
        [Some(h11), Some(h11), None],
    );

    let der = Bytes::copy_from_slice(tls.ca_der());
    let reqwest = Client::builder()
        .transport(std::sync::Arc::new(courser::reqwest::Reqwest::new()))
        .defaults(|d| d.trusted_certificates = Some(vec![der]))
        .build()
        .unwrap();
    check(
        &reqwest,
        &tls.url("/"),
        [h2, h11, h2],
        [h2, h11, h2].map(Some),
    );
    check(
        &reqwest,
        &plain.url("/"),
        [h11, h11, h2],
        [h11, h11, h2].map(Some),
    );
}

#[test]
fn certificates_are_checked() {
    let fails = |tls: Tls, says: &[&str]| {
        let server = Server::builder()
            .tls_with(tls)
            .start(|_| Response::new("hello"));
        let error = trusting(server.ca_der())
            .get(server.url_at("localhost", "/"))
            .call()
            .unwrap_err();
        let shown = format!("{error:?}");
        assert_eq!(error.kind(), ErrorKind::Tls, "{shown}");
        for part in says {
            assert!(shown.contains(part), "no {part:?} in {shown}");
        }
        assert!(!error.is_transient());
        let res = courser::get(server.url("/")).insecure(true).call().unwrap();
        assert_eq!(res.text().unwrap(), "hello");
    };
    fails(
        Tls::new().host("other.example"),
        &["localhost", "other.example"],
    );
    fails(Tls::new().expired(), &["expired"]);
    let server = Server::builder().tls().start(|_| Response::new("hello"));
    let error = courser::get(server.url("/")).call().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error:?}");
}

#[test]
fn https_to_a_plain_port_says_so() {
    let server = RawPeer::script(vec![
        Step::Read(1),
        Step::send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
        Step::ReadToEnd,
    ]);
    let error = courser::get(server.url("/").replace("http://", "https://"))
        .call()
        .unwrap_err();
    assert!(format!("{error:?}").contains("plain HTTP"), "{error:?}");
}

#[test]
fn ipv6() {
    if !courser_testkit::ipv6_available() {
        eprintln!("skipped: this machine has no IPv6 loopback");
        return;
    }
    let server = Server::builder()
        .ipv6()
        .record()
        .start(|_| Response::new("six"));
    assert_eq!(
        courser::get(server.url("/"))
            .call()
            .unwrap()
            .text()
            .unwrap(),
        "six"
    );
    let authority = server.authority();
    assert_eq!(
        server.recorded()[0].header("host"),
        Some(authority.as_str())
    );
}
