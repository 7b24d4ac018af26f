//! https and HTTP/2.
#![cfg(feature = "rustls")]
#![allow(clippy::unwrap_used)] // a failure in a test's helper is a failing test

mod support;

use std::io::{BufReader, Write};
use std::net::TcpStream;
use std::sync::Arc;

use courser_core::{Bytes, ConnectSettings, Error, ErrorKind};
use courser_transport::Native;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use support::*;

/// An authority of the test.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Authority(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn root(&self) -> Bytes {
        Bytes::copy_from_slice(self.0.der())
    }

    fn server(&self, change: impl Fn(&mut CertificateParams)) -> Arc<ServerConfig> {
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let cert = params.signed_by(&key, &self.0).unwrap();
        config(cert.der().clone(), &key)
    }
}

fn config(cert: CertificateDer<'static>, key: &KeyPair) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert], key)
        .unwrap();
    Arc::new(config)
}

/// Answers each request over TLS with its head.
fn echo(config: Arc<ServerConfig>) -> Server {
    Server::with(move |stream: TcpStream| {
        let tls = ServerConnection::new(config.clone()).unwrap();
        let mut reader = BufReader::new(StreamOwned::new(tls, stream));
        while let Some((head, _)) = read_request(&mut reader) {
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{head}",
                head.len()
            );
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
        }
    })
}

fn url(server: &Server) -> String {
    format!("https://localhost:{}/", server.addr.port())
}

fn settings(change: impl FnOnce(&mut ConnectSettings)) -> Arc<ConnectSettings> {
    let mut settings = kept();
    change(&mut settings);
    Arc::new(settings)
}

fn fails(server: &Server, url: &str, settings: &Arc<ConnectSettings>) -> Vec<Error> {
    let fail = |driver: Driver| {
        let transport = Native::new();
        driver.run(async |rt| {
            let mut req = request(url, rt);
            req.options.set_arc(settings.clone());
            failure(&transport, req).await
        })
    };
    let errors = BOTH.map(fail).to_vec();
    assert!(server.connections() >= 2);
    errors
}

#[test]
fn roots_that_are_given_are_trusted_and_only_there() {
    let authority = Authority::new();
    for driver in BOTH {
        let server = echo(authority.server(|_| {}));
        let transport = Native::new();
        driver.run(async |rt| {
            let trusting = settings(|s| s.tls.roots = vec![authority.root()]);
            for _ in 0..2 {
                let mut req = request(&url(&server), rt.clone());
                req.options.set_arc(trusting.clone());
                let res = send(&transport, req).await.unwrap();
                assert!(text(res).await.unwrap().starts_with("GET / HTTP/1.1\r\n"));
            }
            // The connection that is idle now is not used by one who trusts less.
            let error = failure(&transport, request(&url(&server), rt.clone())).await;
            assert_eq!(error.kind(), ErrorKind::Tls);

            let mut req = request(&url(&server), rt.clone());
            req.options.set_arc(settings(|s| s.tls.insecure = true));
            send(&transport, req).await.unwrap();
            let error = failure(&transport, request(&url(&server), rt)).await;
            assert_eq!(error.kind(), ErrorKind::Tls);
        });
    }
}

#[test]
fn certificates_that_are_not_accepted() {
    let authority = Authority::new();
    let check = |config: Arc<ServerConfig>, says: &str| {
        let server = echo(config);
        let trusting = settings(|s| s.tls.roots = vec![authority.root()]);
        for error in fails(&server, &url(&server), &trusting) {
            assert_eq!(error.kind(), ErrorKind::Tls, "{error:?}");
            assert!(!error.is_transient());
            assert!(error.to_string().contains(says), "{error}, not {says}");
            assert!(std::error::Error::source(&error).is_some());
        }
    };
    check(
        authority.server(|params| {
            let other = CertificateParams::new(["other.example".to_owned()]).unwrap();
            params.subject_alt_names = other.subject_alt_names;
        }),
        "the certificate is not for \"localhost\" but for other.example",
    );
    check(
        authority.server(|params| params.not_after = date_time_ymd(2001, 1, 1)),
        "the certificate of \"localhost\" has expired",
    );
    check(
        authority.server(|params| params.not_before = date_time_ymd(4000, 1, 1)),
        "is not valid yet",
    );
    check(
        Authority::new().server(|_| {}),
        "of an issuer that is not trusted here",
    );
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let cert = own.self_signed(&key).unwrap();
    check(config(cert.der().clone(), &key), "self-signed");
    let mut own = CertificateParams::new(["localhost".to_owned()]).unwrap();
    own.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let cert = own.self_signed(&key).unwrap();
    check(config(cert.der().clone(), &key), "self-signed");
}

#[test]
fn https_to_a_port_that_speaks_plain_http() {
    let server = Server::with(|stream| {
        stream.peek(&mut [0]).unwrap();
        (&stream)
            .write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            .unwrap();
        std::io::copy(&mut &stream, &mut std::io::sink()).ok();
    });
    for error in fails(&server, &url(&server), &settings(|_| {})) {
        assert_eq!(error.kind(), ErrorKind::Tls);
        let text = error.to_string();
        assert!(
            text.contains("that port speaks plain HTTP; try http://localhost:"),
            "{text}"
        );
    }
}

#[test]
fn a_handshake_that_is_cut_off() {
    let server = Server::with(|stream| {
        let mut hello = [0; 5];
        std::io::Read::read_exact(&mut &stream, &mut hello).unwrap();
        let rest = u16::from_be_bytes([hello[3], hello[4]]);
        let mut rest = vec![0; rest.into()];
        std::io::Read::read_exact(&mut &stream, &mut rest).unwrap();
    });
    for error in fails(&server, &url(&server), &settings(|_| {})) {
        assert_eq!(error.kind(), ErrorKind::Tls, "{error:?}");
        assert!(
            error.to_string().contains("during the TLS handshake"),
            "{error}"
        );
    }
}

#[test]
fn plain_http_to_a_port_that_speaks_tls() {
    let server = echo(Authority::new().server(|_| {}));
    let plain = url(&server).replace("https", "http");
    for error in fails(&server, &plain, &settings(|_| {})) {
        assert!(
            error.to_string().contains("try https://localhost:"),
            "{error}"
        );
    }
}
