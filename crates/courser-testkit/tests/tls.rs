//! TLS of the server and of the raw peer, driven by rustls over a socket of the standard library.
#![allow(clippy::unwrap_used, reason = "these are tests, helpers included")]

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use courser_testkit::{Ca, Connection, Identity, RawPeer, Server, Step, Tls};
use http::Response;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

const GET: &str = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

fn client_config(ca: &Ca, identity: Option<Identity>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(ca.der().to_vec())).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    match identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let cert = CertificateDer::from_pem_slice(identity.cert_pem.as_bytes()).unwrap();
            let key = PrivateKeyDer::from_pem_slice(identity.key_pem.as_bytes()).unwrap();
            builder.with_client_auth_cert(vec![cert], key).unwrap()
        }
    }
}

fn connect(
    addr: SocketAddr,
    config: ClientConfig,
    name: &str,
) -> StreamOwned<ClientConnection, TcpStream> {
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let session = ClientConnection::new(Arc::new(config), name).unwrap();
    StreamOwned::new(session, TcpStream::connect(addr).unwrap())
}

fn ask(addr: SocketAddr, config: ClientConfig, name: &str) -> io::Result<String> {
    let mut stream = connect(addr, config, name);
    stream.write_all(GET.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[test]
fn speaks_tls() {
    let server = Server::builder().tls().record_wire().start(|request| {
        let connection = request.extensions().get::<Connection>().unwrap();
        Response::new(format!(
            "{:?} {:?}",
            connection.server_name, connection.alpn
        ))
    });
    let mut config = client_config(server.ca(), None);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let answer = ask(server.addr(), config, "localhost").unwrap();
    assert!(
        answer.ends_with(r#"Some("localhost") Some("http/1.1")"#),
        "{answer}"
    );
    assert!(ask(server.addr(), client_config(server.ca(), None), "127.0.0.1").is_ok());
    assert_eq!(server.wire(0), GET.as_bytes());
    assert!(server.url("/").starts_with("https://127.0.0.1:"));
    assert!(server.ca_pem().starts_with("-----BEGIN CERTIFICATE-----"));
}

#[test]
fn bad_certificates_are_bad() {
    let cases: [(&str, Tls); 3] = [
        ("other host", Tls::new().host("example.test")),
        ("expired", Tls::new().expired()),
        ("self-signed", Tls::new().self_signed()),
    ];
    for (name, tls) in cases {
        let server = Server::builder().tls_with(tls).start(|_| Response::new(""));
        let error =
            ask(server.addr(), client_config(server.ca(), None), "localhost").expect_err(name);
        assert_eq!(error.kind(), ErrorKind::InvalidData, "{name}: {error}");
        server.wait_until("the failed handshake", |stats| stats.handshakes_failed == 1);
    }
}

#[test]
fn client_certificates_are_asked_for() {
    let tls = Tls::new().require_client_cert();
    let identity = tls.ca().client("alice");
    let shown = identity.cert_der.clone();
    let server = Server::builder().tls_with(tls).start(move |request| {
        let connection = request.extensions().get::<Connection>().unwrap();
        assert_eq!(connection.client_certs, std::slice::from_ref(&shown));
        Response::new("known")
    });
    let answer = ask(
        server.addr(),
        client_config(server.ca(), Some(identity)),
        "localhost",
    )
    .unwrap();
    assert!(answer.ends_with("known"));
    assert!(ask(server.addr(), client_config(server.ca(), None), "localhost").is_err());
}

#[test]
fn raw_peers_speak_tls() {
    let (ca, other) = (Ca::new(), Tls::new());
    let peer = RawPeer::builder()
        .tls_with(other.signed_by(&ca))
        .script(vec![
            Step::ReadHead,
            Step::send("whole"),
            Step::HalfClose,
            Step::ReadToEnd,
        ]);
    assert_eq!(
        ask(peer.addr(), client_config(&ca, None), "localhost").unwrap(),
        "whole"
    );
    assert_eq!(peer.received_text(0), GET);
    assert_eq!(peer.ca().der(), ca.der());
    assert!(peer.url("/").starts_with("https://127.0.0.1:"));
}

#[test]
fn raw_peers_cut_tls_short() {
    let script = vec![Step::ReadHead, Step::send("part"), Step::Close];
    let peer = RawPeer::builder().tls_with(Tls::new()).script(script);
    let mut stream = connect(peer.addr(), client_config(peer.ca(), None), "localhost");
    stream.write_all(GET.as_bytes()).unwrap();
    let mut part = Vec::new();
    let error = stream.read_to_end(&mut part).unwrap_err();
    assert_eq!(
        (part.as_slice(), error.kind()),
        (&b"part"[..], ErrorKind::UnexpectedEof)
    );
}
