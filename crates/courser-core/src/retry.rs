//! Whether a request is sent again.

mod bucket;
mod plan;

use std::fmt;
use std::sync::Arc;

use http::Method;

use crate::error::Error;
use crate::options::Options;
use crate::url::Url;

pub use bucket::RetryBucket;
pub use plan::{Retry, RetryBudget};

/// Decides whether a request that failed is sent again (`:retry-handler`), in place of the usual
/// rules. Most are closures:
///
/// ```
/// use std::sync::Arc;
/// use courser_core::{Error, RetryContext, RetryHandler};
///
/// let patient: Arc<dyn RetryHandler> =
///     Arc::new(|error: &Error, tries: u32, _: &RetryContext<'_>| error.is_timeout() && tries < 5);
/// ```
///
/// It is asked when no answer came, or none that was whole to the end of its head; not about an
/// answer of whatever status, nor once the call was cancelled or is past its deadline, and only
/// if the body can be sent again. It decides for methods that are not idempotent too: a request
/// that got no answer may have been carried out. It is not asked when bytes of an answer to such
/// a request came ([`Error::is_answered`]): that one was received for certain. The transport over
/// reqwest cannot tell a head that breaks off from none, and asks.
pub trait RetryHandler: Send + Sync {
    /// Whether to send the request again, after it was sent `tries` times.
    fn retry(&self, error: &Error, tries: u32, context: &RetryContext<'_>) -> bool;
}

impl<F> RetryHandler for F
where
    F: Fn(&Error, u32, &RetryContext<'_>) -> bool + Send + Sync,
{
    fn retry(&self, error: &Error, tries: u32, context: &RetryContext<'_>) -> bool {
        self(error, tries, context)
    }
}

/// What a [`RetryHandler`] is told of the request.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RetryContext<'a> {
    /// The method.
    pub method: &'a Method,
    /// The URL: of this hop, where redirects are followed.
    pub url: &'a Url,
    /// The options.
    pub options: &'a Options,
}

impl<'a> RetryContext<'a> {
    /// Of a request.
    #[must_use]
    pub fn new(method: &'a Method, url: &'a Url, options: &'a Options) -> Self {
        RetryContext {
            method,
            url,
            options,
        }
    }

    /// Whether the method is idempotent: whether sending the request twice is meant to have the
    /// same effect as sending it once (RFC 9110, 9.2.2).
    #[must_use]
    pub fn is_idempotent(&self) -> bool {
        self.method.is_idempotent()
    }
}

/// The handler of a request; an options group.
#[derive(Clone)]
pub struct Retries(pub Arc<dyn RetryHandler>);

impl fmt::Debug for Retries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Retries")
    }
}
