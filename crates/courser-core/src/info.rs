//! What a transport tells of a connection, and of the time that an exchange took.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

/// The connection that an answer came over, and where time went: with a
/// [`Response`](crate::Response::exchanged), from transports that can tell.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Exchanged {
    /// The connection.
    pub connection: Arc<ConnectionInfo>,
    /// Whether it had served another exchange before.
    pub reused: bool,
    /// Where time went.
    pub timings: Timings,
}

impl Exchanged {
    /// An exchange on a connection.
    #[must_use]
    pub fn new(connection: Arc<ConnectionInfo>, reused: bool, timings: Timings) -> Self {
        Exchanged {
            connection,
            reused,
            timings,
        }
    }
}

/// A connection.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ConnectionInfo {
    /// The other end: of the proxy, where there is one.
    pub remote_addr: Option<SocketAddr>,
    /// This end.
    pub local_addr: Option<SocketAddr>,
    /// How TLS was agreed on, for https.
    pub tls: Option<TlsInfo>,
}

/// What a TLS handshake agreed on.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct TlsInfo {
    /// `TLSv1.3`
    pub version: Option<String>,
    /// `TLS13_AES_256_GCM_SHA384`
    pub cipher: Option<String>,
    /// `h2`, `http/1.1` (ALPN).
    pub protocol: Option<String>,
    /// The certificates of the server in DER, its own first.
    pub peer_certificates: Vec<Bytes>,
}

/// Tells how many certificates there are: responses are printed with it.
impl fmt::Debug for TlsInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsInfo")
            .field("version", &self.version)
            .field("cipher", &self.cipher)
            .field("protocol", &self.protocol)
            .field("peer_certificates", &self.peer_certificates.len())
            .finish()
    }
}

/// Where the time of an exchange went; the last exchange of a call with several.
///
/// What did not take place has no time: a connection that was used again was neither looked up
/// nor made. How long the body took is what the call's `request_time` has beyond `head`.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Timings {
    /// When the exchange began, by the clock of its driver.
    pub started: Instant,
    /// Waiting for a place in the connection pool.
    pub pool: Option<Duration>,
    /// Looking up the host.
    pub dns: Option<Duration>,
    /// Connecting, a proxy's tunnel included.
    pub connect: Option<Duration>,
    /// The TLS handshake.
    pub tls: Option<Duration>,
    /// Sending the request, as far as the system takes it. The answer may begin before the end
    /// of a body.
    pub send: Option<Duration>,
    /// From the end of the request to the first byte of its answer.
    pub first_byte: Option<Duration>,
    /// From the beginning of the call to the head of the answer.
    pub head: Option<Duration>,
}

impl Timings {
    /// Nothing known yet of an exchange that begins at `started`.
    #[must_use]
    pub fn begin(started: Instant) -> Self {
        Timings {
            started,
            pool: None,
            dns: None,
            connect: None,
            tls: None,
            send: None,
            first_byte: None,
            head: None,
        }
    }
}
