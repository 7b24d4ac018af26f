//! Stages: hooks and middleware.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use crate::BoxFuture;
use crate::error::Result;
use crate::request::{Request, Sent};
use crate::response::Response;
use crate::stack::Next;

/// A stage that only looks at a request on its way out or at a response on its way back, and
/// changes it. Most stages are. It never waits.
pub trait Hook: Send + Sync {
    /// The name, by which the stage is left out, replaced, or something put beside it.
    fn name(&self) -> &'static str;

    /// Sees the request on its way out, outer stages first.
    fn request(&self, req: &mut Request) -> Result<()> {
        let _ = req;
        Ok(())
    }

    /// Sees the response when its head is there, inner stages first. It may wrap the stream of
    /// the body. When it fails, the error is given the response.
    fn head(&self, sent: &Sent, res: &mut Response) -> Result<()> {
        let _ = (sent, res);
        Ok(())
    }

    /// Whether [`body`](Hook::body) has to be called.
    fn wants_body(&self) -> bool {
        false
    }

    /// Sees the response when its body is collected, inner stages first; never for a body that
    /// stays a stream.
    fn body(&self, sent: &Sent, res: &mut Response) -> Result<()> {
        let _ = (sent, res);
        Ok(())
    }
}

/// A stage that surrounds the call: it may wait, see errors, answer by itself, or run the rest
/// again.
///
/// Most are written as a function: see [`from_fn`].
pub trait Middleware: Send + Sync {
    /// The name, by which the stage is left out, replaced, or something put beside it.
    fn name(&self) -> &'static str;

    /// Handles a request, usually with [`next.run(req)`](Next::run) somewhere inside.
    fn handle(&self, req: Request, next: Next) -> BoxFuture<'_, Result<Response>>;
}

/// A stage of a [`Stack`](crate::Stack).
#[derive(Clone)]
pub enum Stage {
    /// A hook.
    Hook(Arc<dyn Hook>),
    /// A middleware.
    Middleware(Arc<dyn Middleware>),
}

impl Stage {
    /// A stage of a hook.
    pub fn hook(hook: impl Hook + 'static) -> Self {
        Stage::Hook(Arc::new(hook))
    }

    /// A stage of a middleware.
    pub fn middleware(middleware: impl Middleware + 'static) -> Self {
        Stage::Middleware(Arc::new(middleware))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Stage::Hook(hook) => hook.name(),
            Stage::Middleware(middleware) => middleware.name(),
        }
    }
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A middleware of an async function `(request, next) -> response`.
///
/// ```
/// use courser_core::{Next, Request, from_fn};
///
/// let stamp = from_fn("stamp", |mut req: Request, next: Next| async move {
///     req.headers.insert("X-Stamp", "1")?;
///     let res = next.run(req).await?;
///     println!("{}", res.status);
///     Ok(res)
/// });
/// ```
///
/// The function is called for every request, so what it captures it must clone into the `async`
/// block; [`from_fn_with`] does that.
pub fn from_fn<F, Fut>(name: &'static str, f: F) -> impl Middleware + 'static
where
    F: Fn(Request, Next) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Response>> + Send + 'static,
{
    from_fn_with((), name, move |(), req, next| f(req, next))
}

/// A middleware of an async function `(state, request, next) -> response` with a clone of
/// `state` for each call.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use courser_core::{Next, Request, from_fn_with};
///
/// let count = Arc::new(AtomicUsize::new(0));
/// let counter = from_fn_with(count, "counter", async |count: Arc<AtomicUsize>, req: Request, next: Next| {
///     count.fetch_add(1, Ordering::Relaxed);
///     next.run(req).await
/// });
/// ```
pub fn from_fn_with<S, F, Fut>(state: S, name: &'static str, f: F) -> impl Middleware + 'static
where
    S: Clone + Send + Sync + 'static,
    F: Fn(S, Request, Next) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Response>> + Send + 'static,
{
    FromFn { state, name, f }
}

struct FromFn<S, F> {
    state: S,
    name: &'static str,
    f: F,
}

impl<S, F, Fut> Middleware for FromFn<S, F>
where
    S: Clone + Send + Sync,
    F: Fn(S, Request, Next) -> Fut + Send + Sync,
    Fut: Future<Output = Result<Response>> + Send + 'static,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn handle(&self, req: Request, next: Next) -> BoxFuture<'_, Result<Response>> {
        Box::pin((self.f)(self.state.clone(), req, next))
    }
}
