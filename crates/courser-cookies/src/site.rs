//! Where a cookie comes from or goes to, and what matches it.

use std::borrow::Cow;
use std::net::IpAddr;

/// What of a URL matters to cookies: whether it is https, the host, and the path. Ports do not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site<'a> {
    pub(crate) secure: bool,
    /// In lower case, without brackets and without the dot of the root.
    pub(crate) host: Cow<'a, str>,
    /// At least `/`.
    pub(crate) path: &'a str,
}

impl<'a> Site<'a> {
    /// Of its parts. The host is a name in ASCII, or an address.
    #[must_use]
    pub fn new(secure: bool, host: &'a str, path: &'a str) -> Self {
        let host = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host);
        let host = host.strip_suffix('.').unwrap_or(host);
        let host = if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
            host.to_ascii_lowercase().into()
        } else {
            host.into()
        };
        let path = if path.starts_with('/') { path } else { "/" };
        Site { secure, host, path }
    }

    /// Of a URL; none if it has no host.
    #[must_use]
    pub fn of(uri: &'a http::Uri) -> Option<Self> {
        let secure = uri.scheme() == Some(&http::uri::Scheme::HTTPS);
        Some(Site::new(secure, uri.host()?, uri.path()))
    }

    /// Whether it is https.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// The host, in lower case.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> &str {
        self.path
    }

    /// Whether the host is of that domain (RFC 6265, 5.1.3). An address is of no domain but itself.
    #[must_use]
    pub fn is_of(&self, domain: &str) -> bool {
        is_within(&self.host, domain) && (self.host == domain || !is_address(&self.host))
    }

    /// Whether the path is under that one (RFC 6265, 5.1.4).
    #[must_use]
    pub fn is_under(&self, path: &str) -> bool {
        is_under(self.path, path)
    }

    /// The path of cookies that say none: up to the last `/` (RFC 6265, 5.1.4).
    #[must_use]
    pub fn default_path(&self) -> &'a str {
        match self.path.rfind('/') {
            None | Some(0) => "/",
            Some(at) => self.path.get(..at).unwrap_or("/"),
        }
    }
}

/// Whether a name is that domain or ends in it, after a dot.
pub(crate) fn is_within(host: &str, domain: &str) -> bool {
    match host.strip_suffix(domain) {
        Some("") => true,
        Some(rest) => rest.ends_with('.') && !domain.is_empty(),
        None => false,
    }
}

pub(crate) fn is_under(path: &str, parent: &str) -> bool {
    match path.strip_prefix(parent) {
        Some(rest) => rest.is_empty() || parent.ends_with('/') || rest.starts_with('/'),
        None => false,
    }
}

pub(crate) fn is_address(host: &str) -> bool {
    host.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains() {
        fn check(host: &str, domain: &str, expected: bool) {
            let found = Site::new(false, host, "/").is_of(domain);
            assert_eq!(found, expected, "{host} of {domain}");
        }
        check("example.com", "example.com", true);
        check("www.EXAMPLE.com.", "example.com", true);
        check("badexample.com", "example.com", false);
        check("example.com", "www.example.com", false);
        check("example.com", "", false);
        check("example.com", "example.com.", false);
        check("127.0.0.1", "127.0.0.1", true);
        check("127.0.0.1", "0.0.1", false);
        check("[::1]", "::1", true);
    }

    #[test]
    fn paths() {
        fn check(path: &str, parent: &str, expected: bool) {
            assert_eq!(is_under(path, parent), expected, "{path} under {parent}");
        }
        check("/a/b", "/", true);
        check("/a/b", "/a", true);
        check("/a/b", "/a/", true);
        check("/a", "/a", true);
        check("/a", "/a/", false);
        check("/ab", "/a", false);
        check("/A", "/a", false);
    }

    #[test]
    fn default_paths() {
        fn check(path: &str, expected: &str) {
            assert_eq!(
                Site::new(false, "h", path).default_path(),
                expected,
                "{path}"
            );
        }
        check("/", "/");
        check("/a", "/");
        check("/a/", "/a");
        check("/a/b/c", "/a/b");
        check("", "/");
        check("*", "/");
    }
}
