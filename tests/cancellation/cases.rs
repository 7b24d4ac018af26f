//! Requests of every kind, each with the server that it needs.

use std::any::Any;
use std::io::Write as _;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use courser::pool::{Connector, Reusable};
use courser::{Body, Bytes, Client, HttpVersion, Response, Result};
use courser_testkit::{Body as Answer, RawPeer, Server};
use http::response::Builder;

pub(crate) type Run = Pin<Box<dyn Future<Output = Result<()>> + Send>>;

/// A kind of request.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) client: Client,
    /// Whether connections are closed at once that are given up; a transport with a pool of its
    /// own may go on to make them.
    pub(crate) exact: bool,
    run: Box<dyn Fn(&Client) -> Run>,
    /// Dropped last.
    _servers: Box<dyn Any>,
}

impl Case {
    fn new<F>(
        name: &'static str,
        client: Client,
        servers: impl Any,
        run: impl Fn(Client) -> F + 'static,
    ) -> Self
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        Case {
            name,
            client,
            exact: true,
            run: Box::new(move |client| Box::pin(run(client.clone()))),
            _servers: Box::new(servers),
        }
    }

    /// The request, the whole body of its response, and that it is the right one.
    pub(crate) fn run(&self) -> Run {
        (self.run)(&self.client)
    }
}

const UPLOAD: usize = 2 << 20;
const LARGE: usize = 1 << 20;

/// Answers all that the cases ask for.
async fn answer(mut request: http::Request<courser_testkit::Upload>) -> http::Response<Answer> {
    let found = |to: &str| Builder::new().status(302).header("location", to);
    let path = request.uri().path().to_owned();
    let cookie = request.headers().contains_key("cookie");
    match path.as_str() {
        "/3" => found("/2").body(Answer::from("go on")),
        "/2" => found("/1").body(Answer::from("go on")),
        "/1" => found("/").body(Answer::from("go on")),
        "/login" => found("/in")
            .header("set-cookie", "id=7")
            .body(Answer::empty()),
        "/in" if !cookie => Builder::new().status(403).body(Answer::empty()),
        "/count" => {
            let count = request.body_mut().count().await.unwrap_or_default();
            Builder::new().body(Answer::from(count.to_string()))
        }
        "/gzip" => Builder::new()
            .header("content-encoding", "gzip")
            .body(Answer::chunks(gzipped())),
        "/large" => Builder::new().body(Answer::zeros(LARGE as u64)),
        "/chunks" => Builder::new().body(Answer::chunks(vec!["x".repeat(10_000); 20])),
        _ => Builder::new().body(Answer::from("hello")),
    }
    .unwrap()
}

/// 256 KiB that compress badly, in pieces.
fn gzipped() -> Vec<Bytes> {
    let plain: Vec<u8> = (0..1_u32 << 18)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&plain).unwrap();
    let gzip = gzip.finish().unwrap();
    gzip.chunks(40_000).map(Bytes::copy_from_slice).collect()
}

fn trusting(client: courser::ClientBuilder, server: &Server) -> Client {
    let der = Bytes::copy_from_slice(server.ca_der());
    client
        .defaults(|d| d.trusted_certificates = Some(vec![der]))
        .build()
        .unwrap()
}

fn says(response: &Response, body: &str) {
    assert_eq!(response.text().unwrap(), body);
}

fn pieces() -> Body {
    let piece = Bytes::from(vec![b'x'; UPLOAD / 32]);
    let pieces = std::iter::repeat_n(piece, 32).map(Ok::<_, std::io::Error>);
    Body::stream(futures_util::stream::iter(pieces))
}

/// Over the transport of our own: every kind.
pub(crate) fn native() -> Vec<Case> {
    let mut all = over(Client::builder);
    all.extend([
        slow(),
        waiting(),
        retried(),
        tunnelled(),
        http2(),
        http2_upload(),
    ]);
    all.push({
        let server = Server::start_streaming(answer);
        let url = server.url("/");
        Case::new(
            "a connection a request",
            Client::per_request(),
            server,
            move |client| {
                let url = url.clone();
                async move {
                    says(&client.get(url).send().await?, "hello");
                    Ok(())
                }
            },
        )
    });
    all
}

/// Over reqwest: what is not about connections.
pub(crate) fn reqwest() -> Vec<Case> {
    let builder = || Client::builder().transport(Arc::new(courser::reqwest::Reqwest::new()));
    let mut all = over(builder);
    for case in &mut all {
        case.exact = false;
    }
    all
}

fn over(client: impl Fn() -> courser::ClientBuilder) -> Vec<Case> {
    let plain = |name, path: &str, check: fn(Response)| {
        let server = Server::start_streaming(answer);
        let url = server.url(path);
        Case::new(name, client().build().unwrap(), server, move |client| {
            let url = url.clone();
            async move {
                check(client.get(url).send().await?);
                Ok(())
            }
        })
    };
    let upload = |name, body: fn() -> Body, expect: bool| {
        let server = Server::start_streaming(answer);
        let url = server.url("/count");
        Case::new(name, client().build().unwrap(), server, move |client| {
            let mut request = client.post(&url).body(body());
            if expect {
                request = request.header("Expect", "100-continue");
            }
            async move {
                says(&request.send().await?, &UPLOAD.to_string());
                Ok(())
            }
        })
    };
    let stream = |name, path: &str, length: usize| {
        let server = Server::start_streaming(answer);
        let url = server.url(path);
        Case::new(name, client().build().unwrap(), server, move |client| {
            let request = client.get(&url).as_stream();
            async move {
                let mut response = request.send().await?;
                let mut came = 0;
                while let Some(piece) = response.body.next().await {
                    came += piece?.len();
                }
                assert_eq!(came, length);
                Ok(())
            }
        })
    };
    let tls = {
        let server = Server::builder().tls().http1_only().start_streaming(answer);
        let url = server.url("/chunks");
        let client = trusting(client(), &server);
        Case::new("TLS", client, server, move |client| {
            let request = client.get(&url);
            async move {
                assert_eq!(request.send().await?.body_bytes()?.len(), 200_000);
                Ok(())
            }
        })
    };
    vec![
        plain("GET", "/", |response| says(&response, "hello")),
        plain("redirects", "/3", |response| {
            says(&response, "hello");
            assert_eq!(response.redirects().len(), 3);
        }),
        plain("cookies", "/login", |response| says(&response, "hello")),
        plain("gzip", "/gzip", |response| {
            assert_eq!(response.body_bytes().unwrap().len(), 1 << 18);
        }),
        plain("1 MiB", "/large", |response| {
            assert_eq!(response.body_bytes().unwrap().len(), LARGE);
        }),
        upload("upload", || Body::from(vec![b'x'; UPLOAD]), false),
        upload("upload of a stream", pieces, false),
        upload(
            "upload that waits for 100",
            || Body::from(vec![b'x'; UPLOAD]),
            true,
        ),
        stream("stream", "/large", LARGE),
        stream("stream in chunks", "/chunks", 200_000),
        tls,
    ]
}

/// Each byte of the answer is a poll of its own, as a rule.
fn slow() -> Case {
    const HEAD: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let peer = RawPeer::serve(|wire| {
        while !wire.at_end()? {
            wire.read_request()?;
            for byte in HEAD.bytes().chain(*b"5\r\nhello\r\n0\r\n\r\n") {
                wire.send([byte])?;
                // Time to see it alone; nothing depends on that.
                std::thread::park_timeout(std::time::Duration::from_micros(50));
            }
        }
        Ok(())
    });
    let url = peer.url("/");
    Case::new("slow answer", Client::new(), peer, move |client| {
        let request = client.get(&url);
        async move {
            says(&request.send().await?, "hello");
            Ok(())
        }
    })
}

/// Waits for a place in the pool, behind a request of its own.
fn waiting() -> Case {
    let server = Server::start_streaming(answer);
    let (url, large) = (server.url("/"), server.url("/large"));
    let transport: Arc<dyn Connector> = Arc::new(courser::native::Native::new());
    let one = Reusable::builder(transport).max_total(Some(1));
    let client = Client::new().with_connection_manager(Arc::new(one.build().unwrap()));
    Case::new("wait for a place", client, server, move |client| {
        let (url, large) = (url.clone(), large.clone());
        async move {
            let held = client.get(&large).as_stream().send().await?;
            let [first, second] = [client.get(&url).send(), client.get(&url).send()];
            let free = async {
                tokio::task::yield_now().await;
                tokio::task::yield_now().await;
                drop(held);
            };
            let (first, second, ()) = tokio::join!(first, second, free);
            says(&first?, "hello");
            says(&second?, "hello");
            Ok(())
        }
    })
}

/// Every other request is cut off without an answer, and sent again.
fn retried() -> Case {
    let seen = AtomicUsize::new(0);
    let peer = RawPeer::serve(move |wire| {
        while !wire.at_end()? {
            wire.read_request()?;
            if seen.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) {
                return Ok(());
            }
            wire.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")?;
        }
        Ok(())
    });
    let url = peer.url("/");
    Case::new("retry", Client::new(), peer, move |client| {
        let request = client.get(&url);
        async move {
            says(&request.send().await?, "hello");
            Ok(())
        }
    })
}

/// TLS through a proxy's tunnel.
fn tunnelled() -> Case {
    let server = Server::builder().tls().http1_only().start_streaming(answer);
    let to = server.addr();
    let proxy = RawPeer::serve(move |wire| {
        wire.read_head()?;
        wire.send_slowly("HTTP/1.1 200 Connection established\r\n\r\n")?;
        wire.tunnel(to)
    });
    let (url, port) = (server.url_at("localhost", "/"), proxy.port());
    let client = trusting(Client::builder(), &server);
    Case::new("proxy's tunnel", client, (proxy, server), move |client| {
        let request = client
            .get(&url)
            .with(|r| r.proxy_ignore_hosts = Some(Vec::new()))
            .proxy("127.0.0.1", port);
        async move {
            says(&request.send().await?, "hello");
            Ok(())
        }
    })
}

fn http2() -> Case {
    let server = Server::builder().tls().start_streaming(answer);
    let url = server.url("/chunks");
    let client = trusting(Client::builder(), &server);
    Case::new("HTTP/2", client, server, move |client| {
        let request = client
            .get(&url)
            .with(|r| r.protocol_version = Some(HttpVersion::Http2));
        async move {
            assert_eq!(request.send().await?.body_bytes()?.len(), 200_000);
            Ok(())
        }
    })
}

fn http2_upload() -> Case {
    let server = Server::builder().tls().start_streaming(answer);
    let url = server.url("/count");
    let client = trusting(Client::builder(), &server);
    Case::new("upload over HTTP/2", client, server, move |client| {
        let request = client.post(&url).body(pieces());
        let request = request.with(|r| r.protocol_version = Some(HttpVersion::Http2));
        async move {
            says(&request.send().await?, &UPLOAD.to_string());
            Ok(())
        }
    })
}
