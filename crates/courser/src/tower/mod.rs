//! Layers of [tower](https://docs.rs/tower) as stages, and clients as services (feature `tower`).
//!
//! * [`layer`] makes a middleware of a layer over courser's own requests and responses: those of
//!   `tower`, which do not mind what goes through them (limits, timeouts, load shedding …).
//! * [`http_layer`] makes one of a layer over `http::Request` and `http::Response`: those of
//!   `tower-http`.
//! * [`Client`](crate::Client) is a `Service<Request>` and a `Service<http::Request<_>>`: what
//!   surrounds a client as a whole, as a `ServiceBuilder` has it.
//!
//! ```
//! use courser::{Client, tower::{http_layer, layer}};
//! use tower::limit::ConcurrencyLimitLayer;
//! use tower_http::set_header::SetRequestHeaderLayer;
//!
//! let name = http::HeaderValue::from_static("7");
//! let client = Client::builder()
//!     .middleware(layer("limit", ConcurrencyLimitLayer::new(4)))
//!     .middleware(http_layer("tenant", SetRequestHeaderLayer::overriding(
//!         http::HeaderName::from_static("x-tenant"),
//!         name,
//!     )))
//!     .build()?;
//! assert_eq!(client.stack().names().take(2).collect::<Vec<_>>(), ["tenant", "limit"]);
//! # Ok::<(), courser::Error>(())
//! ```
//!
//! # What holds
//!
//! * **State.** The layer is applied once, when the middleware is made; each call has a clone of
//!   its service, waits until that clone is ready, and calls it. What the layer shares among
//!   clones, as a limit does, all calls of the client share. Where it stands in the stack decides
//!   how often it is called: outside of `redirects` once a call, inside once a hop, inside of
//!   `retries` once a try.
//! * **Time.** Waiting for it to be ready counts for `:timeout` and can be cancelled. Layers that
//!   wait by tokio's timers or spawn tasks work under `.call()` as under `.send()`: there is a
//!   tokio runtime beside (one thread in a process, with the first layer), and what is made of a
//!   layer belongs to it, so that a client may outlive the runtime that it was made on. Under
//!   `.send()` a layer finds the runtime of the caller.
//! * **Errors.** An error of Courser that a layer passes on comes out as it went in. Another is of
//!   the kind [`User`](crate::ErrorKind::User), with itself as its cause; or of the kind of the
//!   error of Courser that is its cause; and tower's `Elapsed` is a
//!   [`Timeout`](crate::ErrorKind::Timeout).
//! * **Nothing is lost.** What `http` has no place for (the URL as written, case and order of header
//!   fields, options) accompanies the message in its extensions, and is there again behind the
//!   layer, but for what the layer changed. A layer that sends a request of its own making must
//!   keep the extensions of the one it was given, as a clone of it does.
//! * **Again.** A request of Courser cannot be cloned, so `tower::retry` needs [`http_layer`]: a
//!   clone of `http::Request<Body>` can be sent if its body can be sent again; a stream fails then,
//!   and says so. Where a layer has a body of its own around the request's, it is a stream.

mod errors;
mod http;
mod service;

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use courser_core::{BoxError, BoxFuture, Error, Middleware, Next, Request, Response, Result};
use courser_rt::Beside;
use tower_layer::Layer;
use tower_service::Service;

pub use http::{HttpRest, http_layer};

/// A middleware of a tower layer over requests and responses as stages see them.
///
/// ```
/// use std::time::Duration;
/// use courser::{Client, tower::layer};
/// use tower::{ServiceBuilder, timeout::TimeoutLayer};
///
/// let layers = ServiceBuilder::new()
///     .concurrency_limit(4)
///     .timeout(Duration::from_secs(5));
/// let client = Client::builder().middleware(layer("patience", layers)).build()?;
/// # Ok::<(), courser::Error>(())
/// ```
pub fn layer<L>(name: &'static str, layer: L) -> impl Middleware + 'static
where
    L: Layer<Rest>,
    L::Service: Service<Request, Response = Response> + Clone + Send + 'static,
    <L::Service as Service<Request>>::Error: Into<BoxError>,
    <L::Service as Service<Request>>::Future: Send + 'static,
{
    let beside = Beside::get();
    let rest = Rest { name };
    let service = match &beside {
        Ok(beside) => beside.enter(|| layer.layer(rest)),
        Err(_) => layer.layer(rest),
    };
    Layered {
        name,
        service: Mutex::new(service),
        beside,
    }
}

/// The rest of the stack, as a service: what a layer is put around.
///
/// It is always ready: what the rest waits for, as a place in the pool, it waits for when it is
/// called.
#[derive(Clone, Debug)]
pub struct Rest {
    name: &'static str,
}

/// Which rest that is, in the options of a request on its way through a layer.
struct Onward(Next);

impl Service<Request> for Rest {
    type Response = Response;
    type Error = Error;
    type Future = BoxFuture<'static, Result<Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut req: Request) -> Self::Future {
        let next = req.options.get::<Onward>().map(|Onward(next)| next.clone());
        let Some(next) = next else {
            return Box::pin(std::future::ready(Err(lost(self.name))));
        };
        req.options.remove::<Onward>();
        next.run(req)
    }
}

/// A layer handed on a request that knows nothing of the stack.
fn lost(name: &str) -> Error {
    let message = format!("the layer \"{name}\" sent a request of its own making");
    Error::invalid(message)
        .help("let it send the one it was given, or one with the same options or extensions")
}

struct Layered<S> {
    name: &'static str,
    /// Cloned for each call. Few services are `Sync`; cloning one is short.
    service: Mutex<S>,
    beside: Result<Beside>,
}

impl<S> Middleware for Layered<S>
where
    S: Service<Request, Response = Response> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn handle(&self, mut req: Request, next: Next) -> BoxFuture<'_, Result<Response>> {
        let lock = self.service.lock();
        let mut service = lock.unwrap_or_else(PoisonError::into_inner).clone();
        req.options.set(Onward(next));
        let run = async move {
            std::future::poll_fn(|cx| service.poll_ready(cx)).await?;
            service.call(req).await
        };
        Box::pin(async move {
            let beside = self.beside.clone()?;
            let mut run = std::pin::pin!(run);
            let done = std::future::poll_fn(|cx| beside.lend(|| run.as_mut().poll(cx))).await;
            done.map_err(|error: S::Error| errors::of_layer(self.name, error.into()))
        })
    }
}

impl<S> fmt::Debug for Layered<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Layered").field(&self.name).finish()
    }
}
