//! What the limits of a connection manager count by.

use std::fmt;
use std::sync::Arc;

use courser_core::{Connect, ConnectSettings, Result, Url};

/// Scheme, host and port, as Apache's `HttpRoute`: however connections to it are made, and on
/// whichever driver, they count together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Route {
    https: bool,
    host: Arc<str>,
    port: u16,
}

impl Route {
    pub(crate) fn of(to: &Connect) -> Self {
        Route::split(to.clone()).0
    }

    /// The route, and all else that is said of a connection.
    pub(crate) fn split(to: Connect) -> (Self, Arc<ConnectSettings>) {
        // Whole: a field that comes to `Connect` belongs to one or the other.
        let Connect {
            https,
            host,
            port,
            settings,
        } = to;
        (Route { https, host, port }, settings)
    }

    /// Reads `http://host:port`; what a URL has beyond that is ignored.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let url = Url::parse(text)?;
        Ok(Route {
            https: url.is_https(),
            host: url.host().into(),
            port: url.port(),
        })
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Route { https, host, port } = self;
        let scheme = if *https { "https" } else { "http" };
        if host.contains(':') {
            write!(f, "{scheme}://[{host}]:{port}")
        } else {
            write!(f, "{scheme}://{host}:{port}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints() {
        fn check(text: &str, expected: &str) {
            assert_eq!(Route::parse(text).unwrap().to_string(), expected);
        }
        check("http://h", "http://h:80");
        check("https://Example.COM/x?y", "https://example.com:443");
        check("https://[::1]:8443", "https://[::1]:8443");
        assert!(Route::parse("h:80").is_err());
    }
}
