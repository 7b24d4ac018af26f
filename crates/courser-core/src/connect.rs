//! Where to connect, and how: plain data.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;

use crate::proxy::Proxy;
use crate::request::Request;
use crate::resolver::SharedResolver;

/// All that decides over a connection. It is the key of the pool, whole: connections that
/// differ in anything that is said here are never shared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Connect {
    /// Whether TLS is spoken.
    pub https: bool,
    /// Name or address, IPv6 without brackets.
    pub host: Arc<str>,
    /// Port.
    pub port: u16,
    /// Everything else, shared between requests that say the same.
    pub settings: Arc<ConnectSettings>,
}

/// The part of [`Connect`] that is the same for many hosts; an options group of requests.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ConnectSettings {
    /// The version of HTTP to speak.
    pub version: HttpVersion,
    /// How TLS is done.
    pub tls: Tls,
    /// Addresses of hosts, in place of a name lookup (curl's `--resolve`).
    pub resolve: Vec<(Arc<str>, SocketAddr)>,
    /// Who looks up the hosts that `resolve` does not name, in place of the system.
    pub resolver: Option<SharedResolver>,
    /// The proxy to go over.
    pub proxy: Option<Proxy>,
    /// Options of the socket.
    pub socket: SocketOptions,
    /// How long connecting may take, name lookup and TLS included (`:connection-timeout`); 10 s
    /// unless said.
    pub connect_timeout: Option<Duration>,
    /// How long a connection may rest unused before it is closed; `None` for one that is not
    /// kept at all. Set by the connection manager.
    pub keep_idle: Option<Duration>,
}

/// Which version of HTTP is spoken (`:protocol-version`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HttpVersion {
    /// HTTP/2 where TLS negotiates it (ALPN), else HTTP/1.1.
    #[default]
    Negotiate,
    /// HTTP/1.0 requests.
    Http10,
    /// HTTP/1.1 only.
    Http11,
    /// HTTP/2 only; without TLS by prior knowledge (RFC 9113, 3.3).
    Http2,
}

/// How TLS is done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Tls {
    /// Accept any certificate (`:insecure`).
    pub insecure: bool,
    /// Roots that are trusted beside those of the system, in DER.
    pub roots: Vec<Bytes>,
}

/// Options of a socket, set before it connects.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SocketOptions {
    /// The local address to connect from (`:local-address`). It must be of the family of the
    /// address that is connected to.
    pub local_address: Option<IpAddr>,
    /// Whether small packets go out at once (`TCP_NODELAY`); true unless said.
    pub no_delay: bool,
    /// Whether the system probes a connection that rests (`SO_KEEPALIVE`); false unless said.
    pub keep_alive: bool,
    /// How long closing may wait for what was not sent yet (`SO_LINGER`, whole seconds; zero
    /// resets the connection); the system's way unless said.
    pub linger: Option<Duration>,
    /// The size of the system's buffer for what comes in (`SO_RCVBUF`), in bytes; the system's
    /// choice unless said.
    pub receive_buffer: Option<usize>,
    /// The size of the system's buffer for what goes out (`SO_SNDBUF`), in bytes; the system's
    /// choice unless said.
    pub send_buffer: Option<usize>,
}

impl Default for SocketOptions {
    fn default() -> Self {
        SocketOptions {
            local_address: None,
            no_delay: true,
            keep_alive: false,
            linger: None,
            receive_buffer: None,
            send_buffer: None,
        }
    }
}

impl Default for ConnectSettings {
    fn default() -> Self {
        ConnectSettings {
            version: HttpVersion::default(),
            tls: Tls::default(),
            resolve: Vec::new(),
            resolver: None,
            proxy: None,
            socket: SocketOptions::default(),
            connect_timeout: Some(Duration::from_secs(10)),
            keep_idle: None,
        }
    }
}

impl ConnectSettings {
    /// The defaults, shared.
    #[must_use]
    pub fn standard() -> Arc<Self> {
        static STANDARD: OnceLock<Arc<ConnectSettings>> = OnceLock::new();
        STANDARD.get_or_init(Arc::default).clone()
    }
}

impl Connect {
    /// Where a request goes.
    #[must_use]
    pub fn of(req: &Request) -> Self {
        Connect {
            https: req.url.is_https(),
            host: req.url.host().into(),
            port: req.url.port(),
            settings: req
                .options
                .get_arc()
                .unwrap_or_else(ConnectSettings::standard),
        }
    }

    /// The proxy that leads there, if one is to be used.
    #[must_use]
    pub fn proxy(&self) -> Option<&Proxy> {
        let proxy = self.settings.proxy.as_ref();
        proxy.filter(|proxy| proxy.serves(&self.host))
    }
}
