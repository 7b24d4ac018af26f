//! The words of the Courser HTTP client: requests, responses, bodies, headers, URLs, stages and
//! the stack that they form, connections, calls and errors.
//!
//! Nothing here does I/O of its own or needs a runtime: drivers are in `courser-rt`, connection
//! managers in `courser-pool`, transports in crates of their own, and the stages that make up
//! the client in `courser-middleware`, `courser-coerce` and `courser-auth`. The crate `courser`
//! puts them together; who writes a transport or a middleware needs only this one.
//!
//! A way to read it: [`Request`], [`Hook`] and [`Middleware`], [`Stack`]; then [`Connector`],
//! [`Conn`] and [`ConnectionManager`]; then [`Call`] and [`rt`].

mod body;
mod call;
mod chain;
mod connect;
mod connector;
mod cookies;
mod error;
pub mod failure;
mod headers;
mod info;
mod interceptor;
mod middleware;
mod oneshot;
mod options;
mod pieces;
mod proxy;
mod redirect;
mod request;
mod resolver;
mod response;
mod retry;
pub mod rt;
mod secret;
mod service;
mod stack;
mod standby;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod upgraded;
#[cfg(feature = "http-body")]
pub mod upload;
mod url;

pub use body::{Body, Replay};
pub use bytes::Bytes;
pub use call::{Alarm, Call, Canceller, Wait};
pub use connect::{Connect, ConnectSettings, HttpVersion, SocketOptions, Tls};
pub use connector::{
    Capabilities, Conn, ConnectionManager, Connector, Lease, Place, RouteStatistics, Statistics,
};
pub use cookies::CookieStore;
pub use error::{BoxError, Error, ErrorKind, Phase, Result, Timeout, excerpt};
pub use headers::{Headers, IntoName, IntoValue, Name, is_secret, value_text};
pub use http::header::{self, HeaderValue};
pub use http::{Method, StatusCode, Version};
pub use info::{ConnectionInfo, Exchanged, Timings, TlsInfo};
pub use interceptor::{RequestInterceptor, ResponseInterceptor};
pub use middleware::{Hook, Middleware, Stage, Wants, from_fn, from_fn_with};
pub use oneshot::{Receiver, Sender, oneshot};
pub use options::Options;
pub use pieces::Pieces;
pub use proxy::Proxy;
pub use redirect::{CrossOrigin, Decision, Redirect, RedirectStrategy, Redirects};
pub use request::{HeadLimits, Limits, Reading, Request, Sent, Unexceptional};
pub use resolver::{Resolver, SharedResolver};
pub use response::{Response, never_has_body};
pub use retry::{Retries, Retry, RetryBucket, RetryBudget, RetryContext, RetryHandler};
pub use secret::Secret;
pub use service::{Next, Service, Via};
pub use stack::Stack;
pub use standby::{Kept, Standby, Tried, stand_by};
pub use upgraded::Upgraded;
pub use url::Url;

/// A boxed future that can move between threads.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// All that is passed between threads can be.
const _: () = {
    const fn send_sync<T: Send + Sync>() {}
    send_sync::<Body>();
    send_sync::<Call>();
    send_sync::<Canceller>();
    send_sync::<Connect>();
    send_sync::<Error>();
    send_sync::<Headers>();
    send_sync::<Lease>();
    send_sync::<Next>();
    send_sync::<Options>();
    send_sync::<Replay>();
    send_sync::<Request>();
    send_sync::<Response>();
    send_sync::<Sent>();
    send_sync::<Service>();
    send_sync::<Stack>();
    send_sync::<Url>();
};
