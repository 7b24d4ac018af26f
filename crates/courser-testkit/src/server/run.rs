//! The server's thread: accepts, decrypts, and lets hyper speak.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;

use super::tap::Tap;
use super::{Body, Connection, Options, Recorded, Stats};
use crate::panics::Panics;
use crate::watched::Watched;

pub(super) type Answer = Pin<Box<dyn Future<Output = Result<Response<Body>, hyper::Error>> + Send>>;
pub(super) type Handler = Arc<dyn Fn(Request<Incoming>) -> Answer + Send + Sync>;

/// What the server's thread and the test share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) stats: Watched<Stats>,
    pub(super) tasks: Watched<Vec<AbortHandle>>,
    pub(super) recorded: Watched<Vec<Recorded>>,
    pub(super) wire: Watched<Vec<Vec<u8>>>,
    pub(super) panics: Panics,
}

#[derive(Clone)]
pub(super) struct Run {
    pub(super) shared: Arc<Shared>,
    pub(super) options: Options,
    pub(super) acceptor: Option<TlsAcceptor>,
    pub(super) handler: Handler,
}

impl Run {
    /// Serves until the test drops the other end of `stop`.
    pub(super) fn until(self, stop: oneshot::Receiver<()>, listener: std::net::TcpListener) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("building the server's runtime");
        runtime.block_on(async {
            listener
                .set_nonblocking(true)
                .expect("a listener that can wait");
            let listener = TcpListener::from_std(listener).expect("the listener in the runtime");
            tokio::spawn(self.accept(listener));
            let _ = stop.await;
        });
        // Dropping the runtime drops every task, and with it every connection.
    }

    async fn accept(self, listener: TcpListener) {
        while let Ok((socket, remote)) = listener.accept().await {
            let id = self.shared.stats.update(|stats| {
                stats.accepted += 1;
                stats.open += 1;
                stats.accepted - 1
            });
            let open = Open(Arc::clone(&self.shared));
            let run = self.clone();
            let task = tokio::spawn(self.shared.panics.clone().guard(async move {
                let _open = open;
                run.connection(socket, remote, id).await;
            }));
            self.shared.tasks.update(|tasks| {
                tasks.retain(|task| !task.is_finished());
                tasks.push(task.abort_handle());
            });
        }
    }

    async fn connection(self, socket: TcpStream, remote: SocketAddr, id: usize) {
        let _ = socket.set_nodelay(true);
        let mut connection = Connection {
            id,
            remote,
            server_name: None,
            alpn: None,
            client_certs: Vec::new(),
        };
        let Some(acceptor) = &self.acceptor else {
            return self.speak(socket, connection).await;
        };
        match acceptor.accept(socket).await {
            Ok(stream) => {
                let tls = stream.get_ref().1;
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                connection.server_name = tls.server_name().map(str::to_owned);
                connection.alpn = tls.alpn_protocol().map(text);
                let certs = tls.peer_certificates().unwrap_or_default();
                connection.client_certs = certs.iter().map(|cert| cert.to_vec()).collect();
                self.speak(stream, connection).await;
            }
            Err(_) => self
                .shared
                .stats
                .update(|stats| stats.handshakes_failed += 1),
        }
    }

    async fn speak<T>(self, io: T, connection: Connection)
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (shared, id) = (Arc::clone(&self.shared), connection.id);
        let record = self.options.record_wire;
        let note = move |bytes: &[u8]| {
            if record {
                shared.wire.update(|wire| {
                    wire.resize(wire.len().max(id + 1), Vec::new());
                    wire[id].extend_from_slice(bytes);
                });
            }
        };
        let builder = self.builder();
        let service = service_fn(move |mut request: Request<Incoming>| {
            self.shared.stats.update(|stats| stats.requests += 1);
            request.extensions_mut().insert(connection.clone());
            (self.handler)(request)
        });
        let io = TokioIo::new(Tap { inner: io, note });
        // An error here is the client's hanging up, or a handler's wish to.
        let _ = builder.serve_connection_with_upgrades(io, service).await;
    }

    fn builder(&self) -> auto::Builder<Spawn> {
        let mut builder = auto::Builder::new(Spawn(self.shared.panics.clone()));
        // Far more than any client's default, so that it is the client under test whose limits show.
        builder
            .http1()
            .timer(TokioTimer::new())
            .max_headers(4096)
            .max_buf_size(4 << 20);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_header_list_size(4 << 20)
            .max_concurrent_streams(self.options.max_streams);
        match self.options.only {
            None => builder,
            Some(super::Protocol::Http1) => builder.http1_only(),
            Some(super::Protocol::Http2) => builder.http2_only(),
        }
    }
}

/// Counts its connection as open until it is dropped.
struct Open(Arc<Shared>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.stats.update(|stats| stats.open -= 1);
    }
}

/// Spawns the tasks of HTTP/2 streams, keeping their panics.
#[derive(Clone)]
struct Spawn(Panics);

impl<F> hyper::rt::Executor<F> for Spawn
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, future: F) {
        tokio::spawn(self.0.clone().guard(future));
    }
}
