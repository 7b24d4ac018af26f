//! Cookies as plain data.

use std::fmt;
use std::time::SystemTime;

use http::HeaderValue;

use crate::parse;
use crate::policy::Policy;

/// A cookie: what a `Set-Cookie` field says.
///
/// Text is that of header fields: ISO-8859-1, a character a byte, and sent as it came.
///
/// ```
/// use courser_cookies::Cookie;
///
/// let cookie = Cookie::parse("sid=31d4; Domain=.example.com; Path=/; Secure").unwrap();
/// assert_eq!((cookie.name.as_str(), cookie.value.as_str()), ("sid", "31d4"));
/// assert_eq!(cookie.domain.as_deref(), Some("example.com"));
/// assert!(cookie.secure && cookie.expires.is_none());
/// assert!(!format!("{cookie:?}").contains("31d4"));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cookie {
    /// The name; empty for one that is only a value.
    pub name: String,
    /// The value, quotes included.
    pub value: String,
    /// The domain, in lower case and without leading dot. From a line: as it was said. In a jar:
    /// that of the server, if none was said.
    pub domain: Option<String>,
    /// The path. From a line: as it was said. In a jar: that of the URL up to its last `/`, if none
    /// was said.
    pub path: Option<String>,
    /// When it ends, by `Max-Age` or else by `Expires`; none for a cookie of the session.
    pub expires: Option<SystemTime>,
    /// Sent only over https.
    pub secure: bool,
    /// Not for scripts; to a client that runs none it means nothing.
    pub http_only: bool,
    /// Kept; it means nothing to a client that has no pages.
    pub same_site: Option<SameSite>,
    /// In a jar: sent to `domain` only, not to its subdomains.
    pub host_only: bool,
}

/// With which requests a browser sends a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SameSite {
    /// Only those from pages of the same site.
    Strict,
    /// Also those that open its page.
    Lax,
    /// All.
    None,
}

impl Cookie {
    /// A cookie of a name and a value.
    #[must_use]
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Cookie {
            name: name.into(),
            value: value.into(),
            ..Cookie::default()
        }
    }

    /// Reads the value of a `Set-Cookie` field (RFC 6265bis, 5.6). None for one that is to be
    /// ignored whole: empty, longer than 4096 bytes, or with control characters. Attributes that
    /// are malformed, unknown or longer than 1024 bytes are left out.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        parse::parse(line, &Policy::Default, SystemTime::now())
    }

    /// The same, of the field itself.
    #[must_use]
    pub fn from_header(line: &HeaderValue) -> Option<Self> {
        Cookie::parse(&text(line))
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_expired(&self, now: SystemTime) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// Appends it as a `Cookie` field has it: `name=value`, or the value alone.
    pub(crate) fn write(&self, out: &mut String) {
        if !out.is_empty() {
            out.push_str("; ");
        }
        if !self.name.is_empty() {
            out.push_str(&self.name);
            out.push('=');
        }
        out.push_str(&self.value);
    }
}

/// Hides the value.
impl fmt::Debug for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cookie")
            .field("name", &self.name)
            .field("value", &"…")
            .field("domain", &self.domain)
            .field("path", &self.path)
            .field("expires", &self.expires)
            .field("secure", &self.secure)
            .field("http_only", &self.http_only)
            .field("same_site", &self.same_site)
            .field("host_only", &self.host_only)
            .finish()
    }
}

/// Why a cookie cannot be sent or kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CookieError {
    /// A line break, another control character, or one beyond ISO-8859-1.
    #[error("the cookie \"{0}\" has a character that a header cannot carry")]
    Character(String),
    /// `;` in its parts, or `=` in its name.
    #[error("the cookie \"{0}\" has a `;`, or an `=` in its name")]
    Separator(String),
    /// Neither name nor value.
    #[error("a cookie has neither name nor value")]
    Empty,
    /// More than the limit of the jar.
    #[error("the cookie \"{0}\" is too long")]
    TooLong(String),
    /// A jar must know where to send it.
    #[error("the cookie \"{0}\" has no domain")]
    NoDomain(String),
    /// It would go to everybody under `com`, `co.uk`, `github.io` ….
    #[error("the domain of the cookie \"{0}\" is a public suffix")]
    PublicSuffix(String),
}

/// The value of a `Cookie` field that has these: `a=1; b=2`, marked as sensitive.
///
/// ```
/// use courser_cookies::{Cookie, header_value};
///
/// let value = header_value(&[Cookie::new("a", "1"), Cookie::new("b", "x y")])?;
/// assert_eq!(value, "a=1; b=x y");
/// # Ok::<(), courser_cookies::CookieError>(())
/// ```
///
/// # Errors
/// [`Character`](CookieError::Character), with the name of the cookie.
pub fn header_value(cookies: &[Cookie]) -> Result<HeaderValue, CookieError> {
    let mut text = String::new();
    for cookie in cookies {
        if !is_sendable(&cookie.name) || !is_sendable(&cookie.value) {
            return Err(CookieError::Character(shown(&cookie.name)));
        }
        cookie.write(&mut text);
    }
    encode(&text).ok_or(CookieError::Character(String::new()))
}

/// The text of a field, a character a byte.
pub(crate) fn text(value: &HeaderValue) -> std::borrow::Cow<'_, str> {
    match value.to_str() {
        Ok(text) => text.into(),
        Err(_) => value
            .as_bytes()
            .iter()
            .map(|&byte| char::from(byte))
            .collect(),
    }
}

/// The field of a text, a byte a character. It is sensitive.
pub(crate) fn encode(text: &str) -> Option<HeaderValue> {
    let bytes: Option<Vec<u8>> = text
        .chars()
        .map(|c| u8::try_from(u32::from(c)).ok())
        .collect();
    let mut value = HeaderValue::from_bytes(&bytes?).ok()?;
    value.set_sensitive(true);
    Some(value)
}

pub(crate) fn is_sendable(text: &str) -> bool {
    text.chars()
        .all(|c| c == '\t' || (u32::from(c) <= 0xff && !c.is_ascii_control()))
}

/// A name as a message has it.
pub(crate) fn shown(name: &str) -> String {
    name.chars().take(60).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookie_fields() {
        fn check(cookies: &[(&str, &str)], expected: Option<&[u8]>) {
            let cookies: Vec<Cookie> = cookies
                .iter()
                .map(|(name, value)| Cookie::new(*name, *value))
                .collect();
            let value = header_value(&cookies);
            assert_eq!(value.as_ref().ok().map(HeaderValue::as_bytes), expected);
            assert!(value.is_err() || value.is_ok_and(|value| value.is_sensitive()));
        }
        check(&[], Some(b""));
        check(&[("a", "1")], Some(b"a=1"));
        check(&[("a", ""), ("", "v"), ("b", "x;y")], Some(b"a=; v; b=x;y"));
        check(&[("a", "\u{e9}")], Some(b"a=\xe9"));
        check(&[("a", "\u{20ac}")], None);
        check(&[("a", "1\r\nEvil: 1")], None);
        check(&[("a\0", "1")], None);
    }
}
