//! A loopback HTTP server with closures as handlers.

mod body;
mod run;
mod tap;

use std::future::Future;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use bytes::Bytes;
use http::{Request, Response, request};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

pub use body::{Body, BodySender, Upload};
use run::{Answer, Run, Shared};

use crate::tls::{Ca, Tls};

/// A running server: HTTP/1.1 and HTTP/2 on one port, on a thread and a runtime of its own.
///
/// Dropping it closes every connection, joins the thread, and goes on with the panic of a handler, if there was one.
#[derive(Debug)]
pub struct Server {
    addr: SocketAddr,
    ca: Option<Ca>,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What a server has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Connections accepted since the start.
    pub accepted: usize,
    /// Connections open now.
    pub open: usize,
    /// Requests whose head was read.
    pub requests: usize,
    /// TLS handshakes that failed.
    pub handshakes_failed: usize,
}

/// The connection a request came over: in the extensions of every request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Connection {
    /// Its number, from 0 in the order of acceptance.
    pub id: usize,
    /// The client's address.
    pub remote: SocketAddr,
    /// The host name the client asked for in TLS (SNI).
    pub server_name: Option<String>,
    /// The protocol agreed on in TLS.
    pub alpn: Option<String>,
    /// The certificates the client showed, in DER.
    pub client_certs: Vec<Vec<u8>>,
}

/// A request as a recording server saw it. Header names are lower case, as hyper keeps them;
/// [`ServerBuilder::record_wire`] keeps the bytes.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Method, target, version, headers, and the [`Connection`].
    pub parts: request::Parts,
    /// The body; empty if the handler streams it.
    pub body: Bytes,
}

impl Recorded {
    /// The request target: path and query as sent, or the whole URL for a proxy.
    pub fn target(&self) -> String {
        self.parts.uri.to_string()
    }

    /// The first header of that name, as text; `None` if there is none, or it is no ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.parts.headers.get(name)?.to_str().ok()
    }

    /// The number of its connection.
    pub fn connection(&self) -> usize {
        self.parts
            .extensions
            .get::<Connection>()
            .expect("set for every request")
            .id
    }
}

/// What a server is to be like, until a handler starts it.
#[derive(Clone, Debug, Default)]
pub struct ServerBuilder {
    tls: Option<Tls>,
    ipv6: bool,
    record: bool,
    options: Options,
}

#[derive(Clone, Copy, Debug, Default)]
struct Options {
    only: Option<Protocol>,
    max_streams: Option<u32>,
    record_wire: bool,
}

/// Keeps a request, if the test wants that.
type Recorder = Arc<dyn Fn(&request::Parts, &Bytes) + Send + Sync>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    Http1,
    Http2,
}

impl ServerBuilder {
    /// With TLS and a good certificate.
    pub fn tls(self) -> Self {
        self.tls_with(Tls::new())
    }

    /// With TLS of this kind.
    pub fn tls_with(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// On `[::1]` in place of `127.0.0.1`; see [`ipv6_available`](crate::ipv6_available).
    pub fn ipv6(mut self) -> Self {
        self.ipv6 = true;
        self
    }

    /// Speaks no HTTP/2.
    pub fn http1_only(mut self) -> Self {
        self.options.only = Some(Protocol::Http1);
        self
    }

    /// Speaks nothing but HTTP/2.
    pub fn http2_only(mut self) -> Self {
        self.options.only = Some(Protocol::Http2);
        self
    }

    /// Allows so many streams at once on an HTTP/2 connection.
    pub fn max_streams(mut self, streams: u32) -> Self {
        self.options.max_streams = Some(streams);
        self
    }

    /// Keeps every request for [`Server::recorded`].
    pub fn record(mut self) -> Self {
        self.record = true;
        self
    }

    /// Keeps every byte received, after TLS, for [`Server::wire`].
    pub fn record_wire(mut self) -> Self {
        self.options.record_wire = true;
        self
    }

    /// Starts it with a handler that answers at once. It runs on the server's thread: one that has to wait is for
    /// [`start_async`](Self::start_async).
    pub fn start<H, B>(self, handler: H) -> Server
    where
        H: Fn(Request<Bytes>) -> Response<B> + Send + Sync + 'static,
        B: Into<Body>,
    {
        self.start_async(move |request| std::future::ready(handler(request).map(Into::into)))
    }

    /// Starts it with a handler that may wait; it runs in the server's own tokio runtime.
    pub fn start_async<H, F, B>(self, handler: H) -> Server
    where
        H: Fn(Request<Bytes>) -> F + Send + Sync + 'static,
        F: Future<Output = Response<B>> + Send + 'static,
        B: Into<Body>,
    {
        let handler = Arc::new(handler);
        self.launch(move |request, record| {
            let handler = Arc::clone(&handler);
            Box::pin(async move {
                let (parts, body) = request.into_parts();
                let body = body.collect().await?.to_bytes();
                record(&parts, &body);
                let answer = handler(Request::from_parts(parts, body)).await;
                Ok(answer.map(Into::into))
            })
        })
    }

    /// Starts it with a handler that reads the body as it comes.
    pub fn start_streaming<H, F, B>(self, handler: H) -> Server
    where
        H: Fn(Request<Upload>) -> F + Send + Sync + 'static,
        F: Future<Output = Response<B>> + Send + 'static,
        B: Into<Body>,
    {
        let handler = Arc::new(handler);
        self.launch(move |request, record| {
            let handler = Arc::clone(&handler);
            Box::pin(async move {
                let (parts, body) = request.into_parts();
                record(&parts, &Bytes::new());
                let answer = handler(Request::from_parts(parts, Upload::new(body))).await;
                Ok(answer.map(Into::into))
            })
        })
    }

    fn launch<H>(self, handler: H) -> Server
    where
        H: Fn(Request<Incoming>, Recorder) -> Answer + Send + Sync + 'static,
    {
        let ip = if self.ipv6 {
            Ipv6Addr::LOCALHOST.into()
        } else {
            Ipv4Addr::LOCALHOST.into()
        };
        let listener = TcpListener::bind(SocketAddr::new(ip, 0)).expect("binding a loopback port");
        crate::unpaced(&listener);
        let addr = listener
            .local_addr()
            .expect("a bound listener has an address");
        let alpn: &[&[u8]] = match self.options.only {
            None => &[b"h2", b"http/1.1"],
            Some(Protocol::Http1) => &[b"http/1.1"],
            Some(Protocol::Http2) => &[b"h2"],
        };
        let shared = Arc::new(Shared::default());
        let recorder: Recorder = {
            let shared = Arc::clone(&shared);
            Arc::new(move |parts, body| {
                if self.record {
                    let (parts, body) = (parts.clone(), body.clone());
                    shared
                        .recorded
                        .update(|all| all.push(Recorded { parts, body }));
                }
            })
        };
        let run = Run {
            shared: Arc::clone(&shared),
            options: self.options,
            acceptor: self
                .tls
                .as_ref()
                .map(|tls| TlsAcceptor::from(tls.config(alpn))),
            handler: Arc::new(move |request| handler(request, Arc::clone(&recorder))),
        };
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("testkit server".into())
            .spawn(move || run.until(stopped, listener))
            .expect("starting the server's thread");
        Server {
            addr,
            ca: self.tls.map(|tls| tls.ca().clone()),
            shared,
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

impl Server {
    /// A plain server whose handler answers at once; see [`ServerBuilder::start`].
    pub fn start<H, B>(handler: H) -> Self
    where
        H: Fn(Request<Bytes>) -> Response<B> + Send + Sync + 'static,
        B: Into<Body>,
    {
        Self::builder().start(handler)
    }

    /// A plain server whose handler may wait; see [`ServerBuilder::start_async`].
    pub fn start_async<H, F, B>(handler: H) -> Self
    where
        H: Fn(Request<Bytes>) -> F + Send + Sync + 'static,
        F: Future<Output = Response<B>> + Send + 'static,
        B: Into<Body>,
    {
        Self::builder().start_async(handler)
    }

    /// A plain server whose handler reads the body as it comes; see [`ServerBuilder::start_streaming`].
    pub fn start_streaming<H, F, B>(handler: H) -> Self
    where
        H: Fn(Request<Upload>) -> F + Send + Sync + 'static,
        F: Future<Output = Response<B>> + Send + 'static,
        B: Into<Body>,
    {
        Self::builder().start_streaming(handler)
    }

    /// A server with TLS, a record, or other wishes.
    pub fn builder() -> ServerBuilder {
        ServerBuilder::default()
    }

    /// Its address.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.addr.port()
    }

    /// `127.0.0.1:port`, or `[::1]:port`.
    pub fn authority(&self) -> String {
        self.addr.to_string()
    }

    /// The URL of `path` (from its `/`) on this server.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme(), self.addr)
    }

    /// The same under another host name, such as `localhost`.
    pub fn url_at(&self, host: &str, path: &str) -> String {
        format!("{}://{host}:{}{path}", self.scheme(), self.port())
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &'static str {
        if self.ca.is_some() { "https" } else { "http" }
    }

    /// The authority that signed its certificate.
    #[track_caller]
    pub fn ca(&self) -> &Ca {
        self.ca.as_ref().expect("this server has no TLS")
    }

    /// The authority's certificate.
    #[track_caller]
    pub fn ca_pem(&self) -> &str {
        self.ca().pem()
    }

    /// The authority's certificate.
    #[track_caller]
    pub fn ca_der(&self) -> &[u8] {
        self.ca().der()
    }

    /// What it has seen so far.
    pub fn stats(&self) -> Stats {
        self.shared.stats.read(|stats| *stats)
    }

    /// Waits until what it has seen satisfies `ready`; fails the test, naming `what`, after [`PATIENCE`](crate::PATIENCE).
    #[track_caller]
    pub fn wait_until(&self, what: &str, ready: impl Fn(Stats) -> bool) {
        self.shared.stats.wait_until(what, |stats| ready(*stats));
    }

    /// The requests so far, if it was told to [`record`](ServerBuilder::record) them.
    pub fn recorded(&self) -> Vec<Recorded> {
        self.shared.recorded.read(Vec::clone)
    }

    /// The only request so far; fails the test if there was none, or more.
    #[track_caller]
    pub fn only_request(&self) -> Recorded {
        let all = self.recorded();
        let [one] = all.as_slice() else {
            panic!("one request was expected, there were {}", all.len());
        };
        one.clone()
    }

    /// The bytes received over that connection, if it was told to [`record_wire`](ServerBuilder::record_wire).
    pub fn wire(&self, connection: usize) -> Vec<u8> {
        self.shared
            .wire
            .read(|wire| wire.get(connection).cloned())
            .unwrap_or_default()
    }

    /// Closes all connections, as a server does with idle ones, and waits until they are closed. It goes on listening.
    #[track_caller]
    pub fn close_connections(&self) {
        let (tasks, seen) = (self.shared.tasks.update(std::mem::take), self.stats());
        for task in tasks {
            task.abort();
        }
        self.wait_until("the connections to close", |stats| {
            stats.open <= stats.accepted - seen.accepted
        });
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && let Err(payload) = thread.join()
        {
            self.shared.panics.keep(payload);
        }
        self.shared.panics.resume();
    }
}
