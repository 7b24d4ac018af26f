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

    /// Whether requests to that host go over it. `localhost.`, with the dot of the root, is
    /// `localhost`.
    #[must_use]
    pub fn serves(&self, host: &str) -> bool {
        let host = rootless(host);
        let mut ignored = self.ignore.iter();
        !ignored.any(|ignored| rootless(ignored).eq_ignore_ascii_case(host))
    }
}

fn rootless(host: &str) -> &str {
    host.strip_suffix('.').unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_ignored_by_their_name_however_it_is_written() {
        fn check(ignored: &str, host: &str, expected: bool) {
            let mut proxy = Proxy::new("proxy", 3128);
            proxy.ignore.push(ignored.into());
            assert_eq!(!proxy.serves(host), expected, "{ignored} {host}");
        }
        check("a.example", "a.example", true);
        check("a.example", "A.Example", true);
        check("a.example", "a.example.", true);
        check("a.example.", "a.example", true);
        check("a.example", "b.a.example", false);
        check("a.example", "a.example..", false);
        check("", "localhost.", true);
        check("", "127.0.0.1", true);
        check("", "a", false);
    }
}
