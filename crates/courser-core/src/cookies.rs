//! Where cookies are kept.

use std::fmt;

use http::header::HeaderValue;

use crate::options::Options;
use crate::url::Url;

/// What keeps cookies from one exchange to the next (`:cookie-store`).
///
/// The jar of `courser-cookies` is one; it also decides which cookies are taken and sent. A store
/// of your own may keep them elsewhere. It is shared between calls, and never waits for the
/// network.
///
/// `options` are those of the request: a store reads from them what it needs, such as the policy.
pub trait CookieStore: Send + Sync + fmt::Debug {
    /// The value of the `Cookie` field of a request to that URL: `a=1; b=2`. None if there are no
    /// cookies for it.
    fn cookies(&self, to: &Url, options: &Options) -> Option<HeaderValue>;

    /// Takes in the `Set-Cookie` fields of an answer from that URL. What is malformed, or not for
    /// that URL to set, is ignored (RFC 6265, 5.2 and 5.3).
    fn store(&self, from: &Url, lines: &mut dyn Iterator<Item = &HeaderValue>, options: &Options);
}
