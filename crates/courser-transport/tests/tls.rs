//! https and HTTP/2.
#![cfg(feature = "rustls")]
#![allow(clippy::unwrap_used)] // a failure in a test's helper is a failing test

mod support;

use std::io::{BufReader, Read, Write};
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

/// Serves one connection over TLS: hands the stream to `serve` after the head of the request.
fn after_head(
    config: Arc<ServerConfig>,
    serve: impl Fn(&mut StreamOwned<ServerConnection, TcpStream>) + Send + Sync + 'static,
) -> Server {
    Server::with(move |stream: TcpStream| {
        let tls = ServerConnection::new(config.clone()).unwrap();
        let mut stream = StreamOwned::new(tls, stream);
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            if stream.read_exact(&mut byte).is_err() {
                return;
            }
            head.extend(byte);
        }
        serve(&mut stream);
    })
}

#[test]
fn what_holds_in_the_plain_holds_over_tls() {
    const SIZE: usize = 3 << 20;
    let authority = Authority::new();
    let trusting = settings(|s| s.tls.roots = vec![authority.root()]);
    let request_to = |server: &Server, rt| {
        let mut req = request(&url(server), rt);
        req.options.set_arc(trusting.clone());
        req
    };
    for driver in BOTH {
        // An early answer to an upload is heard.
        let server = after_head(authority.server(|_| {}), |stream| {
            let answer = b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno";
            stream.write_all(answer).unwrap();
            std::io::copy(stream, &mut std::io::sink()).ok();
        });
        driver.run(async |rt| {
            let mut req = request_to(&server, rt);
            req.method = courser_core::Method::POST;
            req.body = courser_core::Body::reader(std::io::repeat(7));
            let res = send(&Native::new(), req).await.unwrap();
            assert_eq!(res.status.as_u16(), 413);
            assert_eq!(text(res).await.unwrap(), "no");
        });

        // A deadline ends a body that stalls; nothing is lost of what came.
        let stalled = || {
            after_head(authority.server(|_| {}), |stream| {
                let part = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab";
                stream.write_all(part).unwrap();
                std::io::copy(stream, &mut std::io::sink()).ok();
            })
        };
        let server = stalled();
        driver.run(async |rt| {
            let req = idle(request_to(&server, rt), SHORT);
            let mut res = match send(&Native::new(), req).await {
                Ok(res) => res,
                // A machine may be that slow.
                Err(error) => {
                    assert!(error.is_timeout(), "{error}");
                    return;
                }
            };
            res.body.collect_lossy(99).await;
            assert!(res.body.is_cut());
            assert_eq!(res.body.as_bytes().unwrap(), "ab");
        });
        server.wait_for_end(1);

        // So does who cancels from another thread.
        let canceller = courser_core::Canceller::new();
        let other = canceller.clone();
        let server = after_head(authority.server(|_| {}), move |stream| {
            let part = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab";
            stream.write_all(part).unwrap();
            other.cancel();
            std::io::copy(stream, &mut std::io::sink()).ok();
        });
        driver.run(async |rt| {
            let mut req = request_to(&server, rt.clone());
            let call = courser_core::Call::new(rt).within(LONG);
            req.call = Arc::new(call.cancelled_by(canceller));
            let error = failure(&Native::new(), req).await;
            assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
        });
        server.wait_for_end(1);

        // Large bodies pass, in both directions.
        let server = after_head(authority.server(|_| {}), |stream| {
            let read = std::io::copy(&mut stream.take(SIZE as u64), &mut std::io::sink());
            assert_eq!(read.unwrap(), SIZE as u64);
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n").unwrap();
            stream.write_all(&vec![b'x'; SIZE]).unwrap();
            stream.flush().unwrap();
            std::io::copy(stream, &mut std::io::sink()).ok();
        });
        driver.run(async |rt| {
            let mut req = request_to(&server, rt);
            req.method = courser_core::Method::PUT;
            req.body = courser_core::Body::from(vec![b'y'; SIZE]);
            let mut res = send(&Native::new(), req).await.unwrap();
            res.body.collect(1 << 30).await.unwrap();
            assert_eq!(res.body.as_bytes().unwrap().len(), SIZE);
        });
    }
}

#[test]
fn a_body_that_ends_with_the_connection_needs_a_goodbye() {
    let authority = Authority::new();
    let trusting = settings(|s| s.tls.roots = vec![authority.root()]);
    for driver in BOTH {
        for goodbye in [true, false] {
            let server = after_head(authority.server(|_| {}), move |stream| {
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nabc").unwrap();
                if goodbye {
                    stream.conn.send_close_notify();
                }
                stream.flush().unwrap();
            });
            driver.run(async |rt| {
                let mut req = request(&url(&server), rt);
                req.options.set_arc(trusting.clone());
                let res = send(&Native::new(), req).await.unwrap();
                match (text(res).await, goodbye) {
                    (Ok(text), true) => assert_eq!(text, "abc"),
                    // It may have been cut by anybody on the way (RFC 8446, 6.1).
                    (Err(error), false) => assert_eq!(error.kind(), ErrorKind::Io, "{error}"),
                    (got, _) => panic!("{goodbye}: {got:?}"),
                }
            });
        }
    }
}

#[test]
fn sessions_are_resumed() {
    let authority = Authority::new();
    let kinds = Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = kinds.clone();
    let server = after_head(authority.server(|_| {}), move |stream| {
        seen.lock().unwrap().push(stream.conn.handshake_kind());
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            .unwrap();
        std::io::copy(stream, &mut std::io::sink()).ok();
    });
    let trusting = settings(|s| s.tls.roots = vec![authority.root()]);
    let transport = Native::new();
    Driver::Blocking.run(async |rt| {
        for _ in 0..2 {
            let mut req = request(&url(&server), rt.clone());
            req.options.set_arc(trusting.clone());
            let res = send(&transport, req).await.unwrap();
            assert_eq!(text(res).await.unwrap(), "ok");
        }
    });
    let (full, resumed) = (rustls::HandshakeKind::Full, rustls::HandshakeKind::Resumed);
    assert_eq!(*kinds.lock().unwrap(), [Some(full), Some(resumed)]);
}

#[test]
fn a_connection_can_be_closed_from_elsewhere() {
    let authority = Authority::new();
    let trusting = settings(|s| s.tls.roots = vec![authority.root()]);
    let stalled = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab";
    for driver in BOTH {
        for https in [true, false] {
            let server = if https {
                after_head(authority.server(|_| {}), |stream| {
                    stream.write_all(stalled).unwrap();
                    std::io::copy(stream, &mut std::io::sink()).ok();
                })
            } else {
                Server::scripted(vec![(stalled.to_vec(), Then::Hold)])
            };
            let to = if https { url(&server) } else { server.url("/") };
            driver.run(async |rt| {
                let mut req = request(&to, rt);
                req.options.set_arc(trusting.clone());
                let place = courser_core::Connect::of(&req);
                let call = req.call.clone();
                let transport = Native::new();
                let conn = courser_core::Connector::connect(&transport, &place, &call);
                let conn = conn.await.unwrap();
                let closer = conn.closer().unwrap();
                let res = conn.send(courser_core::Lease::none(), req).await.unwrap();
                let other = std::thread::spawn(move || closer.upgrade().unwrap().close());
                let error = text(res).await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Io, "{error}");
                other.join().unwrap();
            });
        }
    }
}

#[cfg(feature = "http2")]
mod http2 {
    use super::*;
    use courser_core::{Body, Exchanged, HttpVersion, Lease, Method, Response, Version};
    use http_body_util::BodyExt;
    use hyper::body::Incoming;
    use hyper::service::service_fn;
    use hyper_util::rt::{TokioExecutor, TokioIo};
    use std::convert::Infallible;
    use std::net::SocketAddr;

    /// Answers over HTTP/2 with what it was sent; with TLS if there is a configuration.
    fn echo(tls: Option<Arc<ServerConfig>>) -> SocketAddr {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let addr = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(serve(listener, tls));
        });
        addr
    }

    async fn serve(listener: std::net::TcpListener, tls: Option<Arc<ServerConfig>>) {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        while let Ok((stream, _)) = listener.accept().await {
            let tls = tls.clone().map(tokio_rustls::TlsAcceptor::from);
            tokio::spawn(async move {
                let http = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                let service = service_fn(answer);
                match tls {
                    Some(tls) => {
                        let Ok(stream) = tls.accept(stream).await else {
                            return;
                        };
                        http.serve_connection(TokioIo::new(stream), service).await
                    }
                    None => http.serve_connection(TokioIo::new(stream), service).await,
                }
                .ok();
            });
        }
    }

    async fn answer(req: hyper::Request<Incoming>) -> Result<hyper::Response<String>, Infallible> {
        let headers = req.headers();
        let facts = format!(
            "{} {:?} connection={} ",
            req.method(),
            req.version(),
            headers.contains_key("connection")
        );
        let body = req.into_body().collect().await.unwrap().to_bytes();
        Ok(hyper::Response::new(facts + &body.len().to_string()))
    }

    #[test]
    fn by_alpn_and_by_prior_knowledge() {
        let authority = Authority::new();
        let mut config = Arc::unwrap_or_clone(authority.server(|_| {}));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let (tls, plain) = (echo(Some(Arc::new(config))), echo(None));
        {
            let driver = Driver::Tokio;
            let transport = Native::new();
            for (scheme, addr, version) in [
                ("https", tls, HttpVersion::Negotiate),
                ("https", tls, HttpVersion::Http2),
                ("http", plain, HttpVersion::Http2),
            ] {
                driver.run(async |rt| {
                    let url = format!("{scheme}://localhost:{}/", addr.port());
                    let mut req = request(&url, rt);
                    req.method = Method::POST;
                    req.headers.append("Connection", "close").unwrap();
                    req.body = Body::reader(std::io::Read::take(std::io::repeat(7), 300_000));
                    req.options.set_arc(settings(|s| {
                        s.tls.roots = vec![authority.root()];
                        s.version = version;
                        s.resolve = vec![("localhost".into(), addr)];
                    }));
                    let res = send(&transport, req).await.unwrap();
                    assert_eq!(res.version, Version::HTTP_2);
                    assert!(!res.chunked);
                    let text = text(res).await.unwrap();
                    assert_eq!(text, "POST HTTP/2.0 connection=false 300000");
                });
            }
        }
    }

    fn fails_on_tokio(url: &str, settings: &Arc<ConnectSettings>) -> Error {
        Driver::Tokio.run(async |rt| {
            let mut req = request(url, rt);
            req.options.set_arc(settings.clone());
            failure(&Native::new(), req).await
        })
    }

    #[test]
    fn a_server_that_does_not_speak_it() {
        let server = Server::scripted(vec![(ok("no").0, Then::Hold)]);
        let prior = settings(|s| s.version = HttpVersion::Http2);
        let error = fails_on_tokio(&server.url("/"), &prior);
        assert_eq!(error.kind(), ErrorKind::Protocol, "{error:?}");
        assert!(error.to_string().contains("HTTP/2"), "{error}");

        let authority = Authority::new();
        let server = super::echo(authority.server(|_| {}));
        let prior = settings(|s| {
            s.version = HttpVersion::Http2;
            s.tls.roots = vec![authority.root()];
        });
        let error = fails_on_tokio(&url(&server), &prior);
        assert_eq!(error.kind(), ErrorKind::Protocol, "{error:?}");
        assert!(
            error.to_string().contains("does not speak HTTP/2"),
            "{error}"
        );
    }

    #[test]
    fn not_by_blocking_calls() {
        let error = Driver::Blocking.run(async |rt| {
            let mut req = request("http://127.0.0.1:1/", rt);
            req.options
                .set_arc(settings(|s| s.version = HttpVersion::Http2));
            failure(&Native::new(), req).await
        });
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains(".send()"), "{error}");
    }

    #[test]
    fn a_connection_is_shared_by_those_who_go_the_same_way() {
        let addr = echo(None);
        let (transport, url) = (Native::new(), format!("http://{addr}/"));
        Driver::Tokio.run(async |rt| {
            let prior = settings(|s| s.version = HttpVersion::Http2);
            let ask = async |settings: &Arc<ConnectSettings>| {
                let mut req = request(&url, rt.clone());
                req.options.set_arc(settings.clone());
                send_leased(&transport, req, Lease::none()).await.unwrap()
            };
            let local = |res: &Response| {
                let exchanged = res.info.get::<Exchanged>().unwrap();
                (exchanged.connection.local_addr.unwrap(), exchanged.reused)
            };
            let held = Leases::default();
            let mut req = request(&url, rt.clone());
            req.options.set_arc(prior.clone());
            let first = send_leased(&transport, req, held.lease()).await.unwrap();
            // Held by the lease, as a pool does.
            let resting = text_of(first, &held).await;
            let (second, third) = (ask(&prior).await, ask(&prior).await);
            assert_eq!((resting, true), local(&second));
            assert_eq!((resting, true), local(&third));
            // Not by one who asks for anything else, nor where none is kept.
            let other = settings(|s| {
                s.version = HttpVersion::Http2;
                s.socket.keep_alive = true;
            });
            assert_ne!(resting, local(&ask(&other).await).0);
            let once = settings(|s| {
                s.version = HttpVersion::Http2;
                s.keep_idle = None;
            });
            assert_ne!(resting, local(&ask(&once).await).0);
        });
    }

    /// Reads the body, and tells from where it was asked.
    async fn text_of(res: Response, leases: &Leases) -> SocketAddr {
        let exchanged = res.info.get::<Exchanged>().unwrap().clone();
        text(res).await.unwrap();
        assert_eq!(leases.counts(), (1, 0));
        exchanged.connection.local_addr.unwrap()
    }
}
