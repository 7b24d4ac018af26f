//! Stages: hooks and middleware.

use std::any::{Any, TypeId};
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use crate::BoxFuture;
use crate::body::Body;
use crate::error::Result;
use crate::headers::Headers;
use crate::options::Options;
use crate::request::{Request, Sent};
use crate::response::Response;
use crate::service::Next;
use crate::standby::Standby;

/// A stage that only looks at a request on its way out or at a response on its way back, and
/// changes it. Most stages are. It never waits.
///
/// Most have nothing to do for most requests, and a call that does nothing costs more than
/// asking whether it would: [`wants_request`](Hook::wants_request) and its like tell when to call.
/// They are asked once, when a client gets its stack.
pub trait Hook: Send + Sync {
    /// The name, by which the stage is left out, replaced, or something put beside it.
    fn name(&self) -> &'static str;

    /// For which requests [`request`](Hook::request) is called; for all, unless said.
    fn wants_request(&self) -> Wants {
        Wants::Always
    }

    /// Sees the request on its way out, outer stages first.
    fn request(&self, req: &mut Request) -> Result<()> {
        let _ = req;
        Ok(())
    }

    /// For which responses [`head`](Hook::head) is called; for all, unless said.
    fn wants_head(&self) -> Wants {
        Wants::Always
    }

    /// Sees the response when its head is there, inner stages first. It may wrap the stream of
    /// the body. When it fails, the error is given the response.
    fn head(&self, sent: &Sent, res: &mut Response) -> Result<()> {
        let _ = (sent, res);
        Ok(())
    }

    /// For which responses [`body`](Hook::body) is called; for none, unless said.
    fn wants_body(&self) -> Wants {
        Wants::Never
    }

    /// Sees the response when its body is collected, inner stages first; never for a body that
    /// stays a stream.
    fn body(&self, sent: &Sent, res: &mut Response) -> Result<()> {
        let _ = (sent, res);
        Ok(())
    }
}

/// For which messages a [`Hook`] has something to do.
///
/// ```
/// use courser_core::{Hook, Request, Result, Wants};
///
/// /// Which tenant a request is for; an options group.
/// struct Tenant(&'static str);
///
/// struct TenantStage;
///
/// impl Hook for TenantStage {
///     fn name(&self) -> &'static str {
///         "tenant"
///     }
///     fn wants_request(&self) -> Wants {
///         Wants::option::<Tenant>()
///     }
///     fn request(&self, req: &mut Request) -> Result<()> {
///         match req.options.get() {
///             Some(Tenant(name)) => req.headers.insert("X-Tenant", *name),
///             None => Ok(()),
///         }
///     }
///     fn wants_head(&self) -> Wants {
///         Wants::Never
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wants {
    /// For all.
    Always,
    /// For none.
    Never,
    /// Where the request has that group of options; see [`option`](Wants::option).
    Option(TypeId),
    /// Where the message has a header field of that name.
    Field(&'static str),
    /// Where the message has a body; it may turn out to be empty.
    Body,
}

impl Wants {
    /// Where the request has the group of options `T`.
    #[must_use]
    pub fn option<T: Any + Send + Sync>() -> Self {
        Wants::Option(TypeId::of::<T>())
    }

    /// Whether it is so of a message, whose request has these options.
    pub(crate) fn holds(self, options: &Options, headers: &Headers, body: &Body) -> bool {
        match self {
            Wants::Always => true,
            Wants::Never => false,
            Wants::Option(id) => options.has(id),
            Wants::Field(name) => headers.contains(name),
            Wants::Body => !body.is_empty(),
        }
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

    /// How it stands by, if it can: for speed, where most outcomes are final.
    fn standby(&self) -> Option<&dyn Standby> {
        None
    }
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
