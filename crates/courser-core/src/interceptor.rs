//! Functions of the user's that see each exchange.

use std::fmt;
use std::sync::Arc;

use crate::error::Result;
use crate::request::{Request, Sent};
use crate::response::Response;

type OnRequest = dyn Fn(&mut Request) -> Result<()> + Send + Sync;
type OnResponse = dyn Fn(&Sent, &mut Response) -> Result<()> + Send + Sync;

/// A function that sees, and may change, each request before it is sent: once for each hop of
/// redirects (`:request-interceptor`).
///
/// Header fields that it adds go to whatever host the hop leads to: look at `req.url`.
///
/// ```
/// use courser_core::{Request, RequestInterceptor};
///
/// let stamp = RequestInterceptor::new(|req: &mut Request| req.headers.insert("X-Stamp", "1"));
/// ```
#[derive(Clone)]
pub struct RequestInterceptor(Arc<OnRequest>);

impl RequestInterceptor {
    /// An interceptor of that function. An error of it is that of the call.
    #[must_use]
    pub fn new(f: impl Fn(&mut Request) -> Result<()> + Send + Sync + 'static) -> Self {
        RequestInterceptor(Arc::new(f))
    }

    /// Calls it.
    ///
    /// # Errors
    /// Those of the function.
    pub fn call(&self, req: &mut Request) -> Result<()> {
        (self.0)(req)
    }
}

/// A function that sees, and may change, the head of each response, beside the request that it
/// answers: once for each hop of redirects, redirects themselves among them
/// (`:response-interceptor`).
#[derive(Clone)]
pub struct ResponseInterceptor(Arc<OnResponse>);

impl ResponseInterceptor {
    /// An interceptor of that function. An error of it is that of the call.
    #[must_use]
    pub fn new(f: impl Fn(&Sent, &mut Response) -> Result<()> + Send + Sync + 'static) -> Self {
        ResponseInterceptor(Arc::new(f))
    }

    /// Calls it.
    ///
    /// # Errors
    /// Those of the function.
    pub fn call(&self, sent: &Sent, res: &mut Response) -> Result<()> {
        (self.0)(sent, res)
    }
}

impl fmt::Debug for RequestInterceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestInterceptor")
    }
}

impl fmt::Debug for ResponseInterceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResponseInterceptor")
    }
}
