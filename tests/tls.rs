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
    let server = Server::builder().tls().start(|_| Response::new("hello"));
    let client = trusting(server.ca_der());
    let version = |v| {
        client
            .get(server.url("/"))
            .with(|r| r.protocol_version = v)
            .call()
            .unwrap()
            .version
    };
    assert_eq!(version(None), Version::HTTP_2);
    assert_eq!(version(Some(HttpVersion::Http11)), Version::HTTP_11);
    assert_eq!(version(Some(HttpVersion::Http2)), Version::HTTP_2);
    let plain = Server::start(|_| Response::new("hello"));
    let version = |v| {
        courser::get(plain.url("/"))
            .with(|r| r.protocol_version = v)
            .call()
            .unwrap()
            .version
    };
    assert_eq!(version(None), Version::HTTP_11);
    assert_eq!(version(Some(HttpVersion::Http2)), Version::HTTP_2);
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
