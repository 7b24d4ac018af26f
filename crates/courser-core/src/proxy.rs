//! Proxies, as plain data.

use std::sync::Arc;

use crate::secret::Secret;

/// An HTTP proxy (`:proxy-host`): http requests are sent to it with their whole URL, https goes
/// through a tunnel that it opens (CONNECT, RFC 9110, 9.3.6).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Proxy {
    /// Name or address, IPv6 without brackets (`:proxy-host`).
    pub host: Arc<str>,
    /// Port (`:proxy-port`).
    pub port: u16,
    /// User name and password for it, sent unasked as Basic credentials (`:proxy-user`,
    /// `:proxy-pass`).
    pub credentials: Option<(Arc<str>, Secret)>,
    /// Hosts that are asked without it (`:proxy-ignore-hosts`); `localhost` and `127.0.0.1`
    /// unless said.
    pub ignore: Vec<Arc<str>>,
}

impl Proxy {
    /// A proxy without credentials.
    ///
    /// ```
    /// let proxy = courser_core::Proxy::new("proxy.example", 3128);
    /// assert!(proxy.serves("example.org") && !proxy.serves("localhost"));
    /// ```
    #[must_use]
    pub fn new(host: impl Into<Arc<str>>, port: u16) -> Self {
        Proxy {
            host: host.into(),
            port,
            credentials: None,
            ignore: vec!["localhost".into(), "127.0.0.1".into()],
        }
    }

    /// Whether requests to that host go over it.
    #[must_use]
    pub fn serves(&self, host: &str) -> bool {
        !self.ignore.iter().any(|h| h.eq_ignore_ascii_case(host))
    }
}
