//! The transport, as a connection manager sees it: making connections.

use std::fmt;
use std::future::{Future, poll_fn};
use std::mem::take;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use courser_core::failure::place;
use courser_core::rt::{DriverId, Io};
use courser_core::{
    Alarm, BoxFuture, Call, Capabilities, Conn, Connect, ConnectionInfo, Connector, Error,
    ErrorKind, HttpVersion, Phase, Result, Timeout, Wait,
};

use crate::connection::{Connection, Forward, Made, Origin};
use crate::dial::dial;
#[cfg(feature = "http2")]
use crate::http2::Joined;
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
    #[cfg(feature = "http2")]
    http2: crate::http2::Ways,
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
        Box::pin(self.0.connect(to, call))
    }

    fn waits_alone(&self) -> bool {
        true
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.exact_target = true;
        capabilities.header_case = true;
        capabilities.no_default_accept = true;
        capabilities.phase_timings = true;
        capabilities.wire_bytes = true;
        capabilities.connection_affinity = true;
        capabilities.http2 = cfg!(feature = "http2");
        capabilities
    }
}

impl fmt::Debug for Native {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Native")
    }
}

/// A connection to where HTTP is spoken.
pub(crate) struct Opened {
    pub(crate) io: Box<dyn Io>,
    pub(crate) info: ConnectionInfo,
    pub(crate) made: Made,
    /// The timer of connecting.
    pub(crate) alarm: Alarm,
}

/// Which versions of HTTP may be spoken on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Versions {
    Http1,
    /// As TLS negotiates.
    #[cfg(feature = "http2")]
    Either,
    #[cfg(feature = "http2")]
    Http2,
}

impl Versions {
    /// HTTP/2 needs a task that serves the connection while nobody waits for it: there is none
    /// on the blocking driver.
    fn of(to: &Connect, call: &Call) -> Result<Self> {
        let blocking = call.rt().driver() == DriverId::BLOCKING;
        match to.settings.version {
            HttpVersion::Http2 if cfg!(not(feature = "http2")) => Err(Error::new(
                ErrorKind::Unsupported,
                "HTTP/2 is not compiled in",
            )
            .help("switch on the feature `http2`")),
            HttpVersion::Http2 if blocking => Err(Error::new(
                ErrorKind::Unsupported,
                "HTTP/2 is not spoken by `.call()`",
            )
            .help("use `.send().await`, or leave :protocol-version out")),
            HttpVersion::Http2 if to.proxy().is_some() && !to.https => Err(Error::new(
                ErrorKind::Unsupported,
                "HTTP/2 without TLS does not go through a proxy",
            )
            .help("use https, or leave :protocol-version out")),
            #[cfg(feature = "http2")]
            HttpVersion::Http2 => Ok(Versions::Http2),
            #[cfg(feature = "http2")]
            HttpVersion::Negotiate if to.https && !blocking => Ok(Versions::Either),
            _ => Ok(Versions::Http1),
        }
    }
}

impl Shared {
    #[cfg(not(feature = "http2"))]
    async fn connect(self: &Arc<Self>, to: &Connect, call: &Arc<Call>) -> Result<Box<dyn Conn>> {
        let versions = Versions::of(to, call)?;
        let opened = self.open(to, call, versions, call.rt().now()).await?;
        Ok(self.http1(opened, to)?)
    }

    #[cfg(feature = "http2")]
    pub(crate) async fn connect(
        self: &Arc<Self>,
        to: &Connect,
        call: &Arc<Call>,
    ) -> Result<Box<dyn Conn>> {
        let versions = Versions::of(to, call)?;
        let begun = call.rt().now();
        let mut first = None;
        if versions != Versions::Http1 && to.settings.keep_idle.is_some() {
            match self.http2.part(to, call).await? {
                Joined::Part(part) => return Ok(part),
                Joined::Connect(guard) => first = guard,
            }
        }
        let opened = self.open(to, call, versions, begun).await?;
        let tls = opened.info.tls.as_ref();
        let agreed = tls.and_then(|tls| tls.protocol.as_deref()) == Some("h2");
        let made = match versions {
            Versions::Http2 if to.https && !agreed => Err(Error::new(
                ErrorKind::Protocol,
                format!("{} does not speak HTTP/2", place(&to.host, to.port)),
            )),
            Versions::Http2 => self.http2.begin(opened, self.origin(to), call).await,
            Versions::Either if agreed => self.http2.begin(opened, self.origin(to), call).await,
            _ => {
                if versions == Versions::Either {
                    self.http2.is_http1(to, call.rt().driver());
                }
                Ok(self.http1(opened, to)? as Box<dyn Conn>)
            }
        };
        // Now others can see what came of it.
        drop(first);
        made
    }

    /// Another connection for HTTP/1.
    pub(crate) async fn connect_http1(
        self: &Arc<Self>,
        to: &Connect,
        call: &Arc<Call>,
    ) -> Result<Box<Connection>> {
        let opened = self
            .open(to, call, Versions::Http1, call.rt().now())
            .await?;
        self.http1(opened, to)
    }

    fn http1(self: &Arc<Self>, opened: Opened, to: &Connect) -> Result<Box<Connection>> {
        let Opened {
            io,
            info,
            made,
            alarm,
        } = opened;
        let forward = match to.proxy() {
            Some(proxy) if !to.https => Some(Forward {
                authorization: proxy::authorization(proxy)?,
            }),
            _ => None,
        };
        let origin = self.origin(to);
        let mut conn = Box::new(Connection::new(io, info, made, forward, origin));
        conn.alarm = alarm;
        Ok(conn)
    }

    fn origin(self: &Arc<Self>, to: &Connect) -> Arc<Origin> {
        Arc::new(Origin {
            shared: self.clone(),
            to: to.clone(),
        })
    }

    /// Looks up, connects, tunnels, and shakes hands: all of it within `:connection-timeout`,
    /// counted from `begun`.
    async fn open(
        &self,
        to: &Connect,
        call: &Arc<Call>,
        versions: Versions,
        begun: Instant,
    ) -> Result<Opened> {
        if to.https {
            https_is_spoken()?;
        }
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
        if let Some(proxy) = proxy {
            // What is wrong with it is told before anything connects.
            proxy::authorization(proxy)?;
        }
        let (host, port) = proxy.map_or((&to.host, to.port), |p| (&p.host, p.port));
        let at = match proxy {
            Some(_) => format!("the proxy {}", place(host, port)),
            None => place(host, port),
        };
        let mut phases = Phases::begin(call, settings.connect_timeout, begun, &at);

        let addresses = resolve(host, port, settings, dialling);
        let addresses = phases.run(Phase::Dns, addresses).await?;
        let is_lookup = host.parse::<std::net::IpAddr>().is_err();
        let dns = Some(phases.lap()).filter(|_| is_lookup);

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
            connect: Some(phases.lap()),
            tls: None,
        };
        if to.https {
            io = self
                .secure(io, to, versions, &mut phases, &mut info)
                .await?;
            made.tls = Some(phases.lap());
        }
        let alarm = phases.alarm;
        Ok(Opened {
            io,
            info,
            made,
            alarm,
        })
    }

    #[cfg(not(feature = "rustls"))]
    #[allow(clippy::unused_async)] // as with the feature
    async fn secure(
        &self,
        io: Box<dyn Io>,
        _: &Connect,
        _: Versions,
        _: &mut Phases<'_>,
        _: &mut ConnectionInfo,
    ) -> Result<Box<dyn Io>> {
        https_is_spoken().map(|()| io)
    }

    #[cfg(feature = "rustls")]
    async fn secure(
        &self,
        io: Box<dyn Io>,
        to: &Connect,
        versions: Versions,
        phases: &mut Phases<'_>,
        info: &mut ConnectionInfo,
    ) -> Result<Box<dyn Io>> {
        use crate::tls::{TlsStream, explain};
        let config = self.tls.get(&to.settings.tls, versions)?;
        let place = place(&to.host, to.port);
        let bad = |why: &str| Error::invalid(format!("\"{}\" {why}", to.host));
        let name = rustls::pki_types::ServerName::try_from(to.host.to_string())
            .map_err(|error| bad("is no name that a certificate can be for").because(error))?;
        let mut tls = TlsStream::new(io, config, name)
            .map_err(|error| Error::new(ErrorKind::Tls, "TLS cannot begin").because(error))?;
        let shaken = async {
            let shaken = poll_fn(|cx| tls.poll_handshake(cx)).await;
            shaken.map_err(|error| explain(error, &to.host, &place))
        };
        let shaken = phases.run(Phase::Tls, shaken).await;
        // A server of plain HTTP waits for the end of what it takes for a request.
        shaken.map_err(|error| {
            if error.is_timeout() {
                error.help("does that port speak TLS?")
            } else {
                error
            }
        })?;
        info.tls = Some(tls.info());
        Ok(Box::new(tls))
    }
}

/// Told before anything connects.
fn https_is_spoken() -> Result<()> {
    if cfg!(feature = "rustls") {
        return Ok(());
    }
    Err(
        Error::new(ErrorKind::Unsupported, "https is not compiled in")
            .help("switch on the feature `rustls`"),
    )
}

/// The steps of connecting, which share one limit of time.
struct Phases<'a> {
    call: &'a Arc<Call>,
    limit: Option<Duration>,
    begun: Instant,
    last: Instant,
    at: &'a str,
    /// One for all steps, and for the exchange after them.
    alarm: Alarm,
}

impl<'a> Phases<'a> {
    fn begin(call: &'a Arc<Call>, limit: Option<Duration>, begun: Instant, at: &'a str) -> Self {
        Phases {
            call,
            limit,
            begun,
            last: call.rt().now(),
            at,
            alarm: Alarm::default(),
        }
    }

    async fn run<T>(&mut self, phase: Phase, step: impl Future<Output = Result<T>>) -> Result<T> {
        let passed = self.call.rt().now().saturating_duration_since(self.begun);
        let left = self.limit.map(|limit| limit.saturating_sub(passed));
        let mut step = pin!(step);
        let mut wait = Wait::with(self.call.clone(), take(&mut self.alarm));
        let done = poll_fn(|cx| wait.poll(cx, phase, left, |cx| step.as_mut().poll(cx))).await;
        self.alarm = wait.take_alarm();
        match done {
            Ok(done) => done,
            // It only knows of what was left of the limit.
            Err(error) if error.kind() == ErrorKind::Timeout(Timeout::Connect) => {
                let limit = self.limit.unwrap_or_default();
                let elapsed = self.call.rt().now().saturating_duration_since(self.begun);
                let error = Error::timeout(Timeout::Connect, limit, elapsed);
                let message = format!("timed out while {}", phase.doing());
                Err(error.rephrased(message).with("address", self.at))
            }
            Err(error) => Err(error.with("address", self.at)),
        }
    }

    /// The time since the last step ended.
    fn lap(&mut self) -> Duration {
        let now = self.call.rt().now();
        let passed = now.saturating_duration_since(self.last);
        self.last = now;
        passed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use courser_core::testing::{FakeRt, now};

    /// What is said of a connection that cannot be made: the driver opens no sockets.
    fn fails(https: bool, version: HttpVersion) -> String {
        let mut settings = courser_core::ConnectSettings::default();
        settings.version = version;
        let to = Connect {
            https,
            host: "h".into(),
            port: 1,
            settings: Arc::new(settings),
        };
        let call = Arc::new(Call::new(FakeRt::runtime()));
        let error = now(Native::new().connect(&to, &call)).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        error.to_string()
    }

    #[test]
    fn a_feature_that_is_missing_is_named_before_anything_connects() {
        fn check(error: &str, is_there: bool, otherwise: &str, feature: &str) {
            let says = if is_there { otherwise } else { feature };
            assert!(error.contains(says), "{error}");
        }
        check(
            &fails(true, HttpVersion::Http11),
            cfg!(feature = "rustls"),
            "opens no sockets",
            "`rustls`",
        );
        check(
            &fails(false, HttpVersion::Http2),
            cfg!(feature = "http2"),
            "not spoken by `.call()`",
            "`http2`",
        );
    }
}
