//! The transport, as a connection manager sees it: making connections.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use courser_core::rt::{DriverId, Io};
use courser_core::{
    BoxFuture, Call, Capabilities, Conn, Connect, ConnectionInfo, Connector, Error, ErrorKind,
    HttpVersion, Phase, Result, Timeout,
};

use crate::connection::{Connection, Forward, Made, Origin};
use crate::dial::dial;
use crate::place::place;
use crate::proxy;
use crate::resolve::resolve;

/// The native transport.
///
/// One value of it serves any number of hosts and both drivers. It keeps no connections: that is
/// the connection manager's affair. What it keeps is how TLS is set up, and with it the sessions
/// that can be resumed.
///
/// ```
/// use courser_core::Connector;
///
/// let transport = courser_transport::Native::new();
/// assert!(transport.capabilities().exact_target);
/// ```
#[derive(Clone, Default)]
pub struct Native(Arc<Shared>);

/// What connections have in common.
#[derive(Default)]
pub(crate) struct Shared {
    #[cfg(feature = "rustls")]
    tls: crate::tls::Configs,
}

impl Native {
    /// A transport.
    #[must_use]
    pub fn new() -> Self {
        Native::default()
    }
}

impl Connector for Native {
    fn connect<'a>(
        &'a self,
        to: &'a Connect,
        call: &'a Arc<Call>,
    ) -> BoxFuture<'a, Result<Box<dyn Conn>>> {
        Box::pin(async {
            let conn: Box<dyn Conn> = self.0.connect_http1(to, call).await?;
            Ok(conn)
        })
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.exact_target = true;
        capabilities.header_case = true;
        capabilities.no_default_accept = true;
        capabilities.phase_timings = true;
        capabilities.wire_bytes = true;
        capabilities.connection_affinity = true;
        capabilities.http2 = cfg!(all(feature = "http2", feature = "async"));
        capabilities
    }
}

impl fmt::Debug for Native {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Native")
    }
}

/// A connection to where HTTP is spoken.
struct Opened {
    io: Box<dyn Io>,
    info: ConnectionInfo,
    made: Made,
}

impl Shared {
    /// A connection for HTTP/1.
    pub(crate) async fn connect_http1(
        self: &Arc<Self>,
        to: &Connect,
        call: &Arc<Call>,
    ) -> Result<Box<Connection>> {
        let Opened { io, info, made } = self.open(to, call).await?;
        let forward = match to.proxy() {
            Some(proxy) if !to.https => Some(Forward {
                authorization: proxy::authorization(proxy)?,
            }),
            _ => None,
        };
        let origin = Arc::new(Origin {
            shared: self.clone(),
            to: to.clone(),
        });
        Ok(Box::new(Connection::new(io, info, made, forward, origin)))
    }

    /// Looks up, connects, tunnels, and shakes hands: all of it within `:connection-timeout`.
    async fn open(&self, to: &Connect, call: &Arc<Call>) -> Result<Opened> {
        let settings = &*to.settings;
        let rt = call.rt();
        let Some(dialling) = rt.dial() else {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "this driver opens no sockets, so the native transport cannot be used on it",
            )
            .help("switch on the feature `net` of courser-rt"));
        };
        let proxy = to.proxy();
        let (host, port) = proxy.map_or((&to.host, to.port), |p| (&p.host, p.port));
        let at = match proxy {
            Some(_) => format!("the proxy {}", place(host, port)),
            None => place(host, port),
        };
        let mut phases = Phases::begin(call, settings.connect_timeout, &at);

        let addresses = resolve(host, port, settings, dialling);
        let addresses = phases.run(Phase::Dns, addresses).await?;
        let is_lookup = host.parse::<std::net::IpAddr>().is_err();
        let dns = phases.lap().filter(|_| is_lookup);

        let racing = dial(addresses, &settings.socket, dialling, &**rt, &at);
        let mut io = phases.run(Phase::Connect, racing).await?;
        let mut info = ConnectionInfo::default();
        (info.remote_addr, info.local_addr) = (io.peer_addr(), io.local_addr());
        if let Some(proxy) = proxy
            && to.https
        {
            let tunnel = proxy::tunnel(&mut *io, to, proxy);
            phases.run(Phase::Connect, tunnel).await?;
        }
        let mut made = Made {
            dns,
            connect: phases.lap(),
            tls: None,
        };
        if to.https {
            io = self.secure(io, to, &mut phases, &mut info).await?;
            made.tls = phases.lap();
        }
        Ok(Opened { io, info, made })
    }

    #[cfg(not(feature = "rustls"))]
    #[allow(clippy::unused_async)] // as with the feature
    async fn secure(
        &self,
        _: Box<dyn Io>,
        _: &Connect,
        _: &mut Phases<'_>,
        _: &mut ConnectionInfo,
    ) -> Result<Box<dyn Io>> {
        Err(
            Error::new(ErrorKind::Unsupported, "https is not compiled in")
                .help("switch on the feature `rustls`"),
        )
    }

    #[cfg(feature = "rustls")]
    async fn secure(
        &self,
        io: Box<dyn Io>,
        to: &Connect,
        phases: &mut Phases<'_>,
        info: &mut ConnectionInfo,
    ) -> Result<Box<dyn Io>> {
        use crate::tls::{Offer, TlsStream, explain};
        let config = self.tls.get(&to.settings.tls, Offer::Http1)?;
        let place = place(&to.host, to.port);
        let bad = |why: &str| Error::invalid(format!("\"{}\" {why}", to.host));
        let name = rustls::pki_types::ServerName::try_from(to.host.to_string())
            .map_err(|error| bad("is no name that a certificate can be for").because(error))?;
        let mut tls = TlsStream::new(io, config, name)
            .map_err(|error| Error::new(ErrorKind::Tls, "TLS cannot begin").because(error))?;
        let shaken = async {
            let shaken = std::future::poll_fn(|cx| tls.poll_handshake(cx)).await;
            shaken.map_err(|error| explain(error, &to.host, &place))
        };
        phases.run(Phase::Tls, shaken).await?;
        info.tls = Some(tls.info());
        Ok(Box::new(tls))
    }
}

/// The steps of connecting, which share one limit of time.
struct Phases<'a> {
    call: &'a Arc<Call>,
    limit: Option<Duration>,
    begun: Instant,
    last: Instant,
    at: &'a str,
}

impl<'a> Phases<'a> {
    fn begin(call: &'a Arc<Call>, limit: Option<Duration>, at: &'a str) -> Self {
        let now = call.rt().now();
        Phases {
            call,
            limit,
            begun: now,
            last: now,
            at,
        }
    }

    async fn run<T>(&self, phase: Phase, step: impl Future<Output = Result<T>>) -> Result<T> {
        let passed = self.call.rt().now().saturating_duration_since(self.begun);
        let left = self.limit.map(|limit| limit.saturating_sub(passed));
        match self.call.wait(phase, left, step).await {
            Ok(done) => done,
            // It only knows of what was left of the limit.
            Err(error) if error.kind() == ErrorKind::Timeout(Timeout::Connect) => {
                let limit = self.limit.unwrap_or_default();
                let elapsed = self.call.rt().now().saturating_duration_since(self.begun);
                Err(Error::timeout(Timeout::Connect, limit, elapsed).with("address", self.at))
            }
            Err(error) => Err(error.with("address", self.at)),
        }
    }

    /// The time since the last step ended.
    fn lap(&mut self) -> Option<Duration> {
        let now = self.call.rt().now();
        let passed = now.saturating_duration_since(self.last);
        self.last = now;
        Some(passed)
    }
}
