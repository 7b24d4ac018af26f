//! Which cookies are taken.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use crate::cookie::Cookie;
use crate::parse;
use crate::site::Site;

/// How `Set-Cookie` is read, and which cookies are taken (`:cookie-policy`).
///
/// None of them is lax about security: whoever sets a cookie must be of its domain, which is no
/// public suffix; secure cookies come over https; prefixes hold; limits hold.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Policy {
    /// Cookies are neither kept nor sent. Those that are said by the request itself are sent.
    None,
    /// RFC 6265bis, as browsers do it.
    #[default]
    Default,
    /// The specification of Netscape: `Expires` must have its form, `Wdy, DD-Mon-YYYY HH:MM:SS
    /// GMT`, and there is no `Max-Age`. A cookie has a name.
    Netscape,
    /// RFC 6265: a cookie has a name. Quotes around a value are sent, and not shown as part of it.
    Standard,
    /// RFC 6265, and the line must have the form that the RFC asks of servers (4.1.1).
    StandardStrict,
    /// Your own (`:cookie-spec`).
    Custom(Arc<dyn CookieSpec>),
}

impl Policy {
    /// Their names in clj-http, without the custom ones.
    pub const NAMES: [(&'static str, Policy); 5] = [
        ("default", Policy::Default),
        ("none", Policy::None),
        ("netscape", Policy::Netscape),
        ("standard", Policy::Standard),
        ("standard-strict", Policy::StandardStrict),
    ];

    /// The name in clj-http; none of a custom one.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        match self {
            Policy::None => Some("none"),
            Policy::Default => Some("default"),
            Policy::Netscape => Some("netscape"),
            Policy::Standard => Some("standard"),
            Policy::StandardStrict => Some("standard-strict"),
            Policy::Custom(_) => None,
        }
    }

    /// Whether a pair without `=`, or with nothing before it, is no cookie (RFC 6265, 5.2), rather
    /// than a value without a name (RFC 6265bis, 5.6).
    #[must_use]
    pub fn wants_names(&self) -> bool {
        matches!(
            self,
            Policy::Netscape | Policy::Standard | Policy::StandardStrict
        )
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Policy::Custom(spec) => f.debug_tuple("Custom").field(spec).finish(),
            policy => f.write_str(policy.name().unwrap_or_default()),
        }
    }
}

/// A way of your own to treat cookies: each method that is left out does what RFC 6265bis says.
///
/// It can be stricter than the jar, and read and write cookies in its own way; it cannot make the
/// jar keep a cookie for a domain that its server is not of, nor send one to another.
pub trait CookieSpec: Send + Sync + fmt::Debug {
    /// The cookies of a `Set-Cookie` field.
    fn parse(&self, line: &str, from: &Site<'_>) -> Vec<Cookie> {
        let _ = from;
        parse::parse(line, &Policy::Default, SystemTime::now())
            .into_iter()
            .collect()
    }

    /// Whether a cookie that came from there is taken.
    fn validate(&self, cookie: &Cookie, from: &Site<'_>) -> bool {
        let _ = (cookie, from);
        true
    }

    /// Whether a cookie that fits goes along.
    fn matches(&self, cookie: &Cookie, to: &Site<'_>) -> bool {
        let _ = (cookie, to);
        true
    }

    /// The value of the `Cookie` field, of cookies in their order. One that is empty, or that no
    /// header can carry, is not sent.
    fn format(&self, cookies: &[Cookie]) -> String {
        let mut text = String::new();
        for cookie in cookies {
            cookie.write(&mut text);
        }
        text
    }
}
