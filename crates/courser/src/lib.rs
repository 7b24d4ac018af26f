//! A batteries-included HTTP client with the design of Clojure's clj-http: **a request is plain
//! data, a client is a function wrapped in middleware, a response is plain data.**
//!
//! ```no_run
//! // On the calling thread: no runtime needed, and none in the way.
//! let response = courser::get("https://example.org").call()?;
//! println!("{} {}", response.status, response.text()?);
//! # Ok::<(), courser::Error>(())
//! ```
//!
//! ```no_run
//! # #[cfg(feature = "json")]
//! # async fn f() -> courser::Result<()> {
//! # #[derive(serde::Deserialize)] struct User { name: String }
//! // The same on tokio, with a client that keeps its connections.
//! let client = courser::Client::new();
//! let user: User = client.get("https://api.example/users/7").send().await?.json()?;
//! # Ok(())
//! # }
//! ```
//!
//! * [`Request`]: what can be said of a request, a field each; [`RequestBuilder`]: the same step
//!   by step.
//! * [`Client`]: defaults, a [stack of stages](default_stack), and a connection manager.
//! * [`Response`], and [`Error`], which has a [kind](ErrorKind) to match on and, where there was
//!   one, the whole response. Statuses that are not successes are errors; say
//!   [`throw_exceptions(false)`](RequestBuilder::throw_exceptions) to get them as responses.
//! * [`errors`]: what can go wrong, and what is said of it.
//! * [`middleware`]: stages of your own.
//! * [`data`]: requests and responses as EDN and JSON, with the table of all options.
//! * [`stream`]: bodies item by item as they come, and server-sent events.
//! * [`cookies`]: cookie stores and policies.
//! * [`pool`]: connection managers with limits and statistics.
//!
//! Free functions make a connection for each request, as clj-http does; a [`Client`] keeps its
//! connections.

mod builder;
mod client;
mod convert;
pub mod data;
mod driver;
mod handle;
mod memory;
#[cfg(feature = "multipart")]
mod parts;
mod reader;
mod request;
mod response;
mod scope;
mod stack;
pub mod stream;
#[cfg(feature = "tower")]
pub mod tower;
mod upgraded;

pub use builder::RequestBuilder;
pub use client::{Client, ClientBuilder};
pub use courser_coerce as coerce;
pub use courser_coerce::Value;
pub use courser_coerce::form::ParamStyle;
pub use courser_coerce::middleware::{As, Codec, Coerce, MediaType};
pub use courser_cookies::{Cookie, Policy as CookiePolicy};
pub use courser_core::{
    Body, Bytes, Canceller, Error, ErrorKind, HeaderValue, Headers, HttpVersion, Method, Phase,
    Redirects, Result, Retry, RetryBudget, RetryContext, RetryHandler, Secret, SocketOptions,
    StatusCode, Timeout, Unexceptional, Url, Version, value_text as header_text,
};
pub use courser_middleware::compress::Compression;
pub use courser_middleware::links::{Link, Links};
#[cfg(feature = "async")]
pub use courser_rt::TokioIo;
pub use handle::Handle;
#[cfg(feature = "multipart")]
pub use parts::{PartHead, Parts};
pub use reader::{BodyReader, TextReader};
pub use request::{
    JsonOpts, KeyFn, MultipartMode, Params, Part, Request, TransitOpts, TransitReader,
    TransitWriter,
};
pub use response::{Response, ResponseExt};
pub use stack::default_stack;
pub use upgraded::Upgraded;

/// How far bodies have come: what [`RequestBuilder::progress`] tells.
pub mod progress {
    pub use courser_middleware::progress::{Direction, OnProgress, Progress};
}

/// Redirects: strategies of your own, and those that were followed.
pub mod redirect {
    pub use courser_core::{Decision, Redirect, RedirectStrategy, Redirects};
    pub use courser_middleware::redirect::Followed;
}

pub mod errors {
    #![doc = include_str!("../docs/errors.md")]
    pub use courser_core::{BoxError, Error, ErrorKind, Phase, Result, Timeout};
}

pub mod middleware {
    #![doc = include_str!("../docs/middleware.md")]
    pub use courser_core::{
        CrossOrigin, Hook, Kept, Middleware, Next, Options, Request, RequestInterceptor, Response,
        ResponseInterceptor, RetryBucket, Sent, Stack, Stage, Standby, Tried, Wants, from_fn,
        from_fn_with, stand_by,
    };
}

/// Connection managers, and what transports are made of.
pub mod pool {
    pub use courser_core::{
        Capabilities, Conn, Connect, ConnectionInfo, ConnectionManager, Connector, Exchanged,
        Lease, Resolver, RouteStatistics, Statistics, Timings, TlsInfo,
    };
    pub use courser_pool::{PerRequest, Reusable, ReusableBuilder};
}

/// Cookies: stores, policies, and ways of your own to treat them.
///
/// ```no_run
/// # #[cfg(feature = "cookies")] {
/// use std::sync::Arc;
/// use courser::cookies::Jar;
///
/// let store = Arc::new(Jar::new());
/// let client = courser::Client::new().with_cookie_store(store.clone());
/// client.post("http://localhost/login").form_params([("user", "u")]).call()?;
/// for cookie in store.get_cookies() {
///     println!("{} until {:?}", cookie.name, cookie.expires);
/// }
/// # }
/// # Ok::<(), courser::Error>(())
/// ```
pub mod cookies {
    pub use courser_cookies::{Cookie, CookieError, CookieSpec, Policy, SameSite, Site};
    #[cfg(feature = "cookies")]
    pub use courser_cookies::{FileError, Format, Jar, Limits};
    pub use courser_core::CookieStore;
}

/// The transport of our own, which is the default.
#[cfg(feature = "native")]
pub use courser_transport as native;

/// The transport over reqwest, to be given to [`ClientBuilder::transport`] or a connection
/// manager.
#[cfg(feature = "reqwest")]
pub use courser_reqwest as reqwest;

/// A request with any method, over a connection of its own.
pub fn request(method: Method, url: impl ToString) -> RequestBuilder {
    client::shared().request(method, url)
}

/// GET, over a connection of its own.
pub fn get(url: impl ToString) -> RequestBuilder {
    client::shared().get(url)
}

/// HEAD, over a connection of its own.
pub fn head(url: impl ToString) -> RequestBuilder {
    client::shared().head(url)
}

/// POST, over a connection of its own.
pub fn post(url: impl ToString) -> RequestBuilder {
    client::shared().post(url)
}

/// PUT, over a connection of its own.
pub fn put(url: impl ToString) -> RequestBuilder {
    client::shared().put(url)
}

/// DELETE, over a connection of its own.
pub fn delete(url: impl ToString) -> RequestBuilder {
    client::shared().delete(url)
}

/// PATCH, over a connection of its own.
pub fn patch(url: impl ToString) -> RequestBuilder {
    client::shared().patch(url)
}

/// OPTIONS, over a connection of its own.
pub fn options(url: impl ToString) -> RequestBuilder {
    client::shared().options(url)
}

/// COPY, over a connection of its own.
pub fn copy(url: impl ToString) -> RequestBuilder {
    client::shared().copy(url)
}

/// MOVE, over a connection of its own.
pub fn move_(url: impl ToString) -> RequestBuilder {
    client::shared().move_(url)
}

const _: () = {
    const fn send_sync<T: Send + Sync>() {}
    send_sync::<BodyReader>();
    send_sync::<stream::EventStream>();
    #[cfg(any(feature = "edn", feature = "json", feature = "transit"))]
    send_sync::<stream::Items<std::cell::Cell<u8>>>();
    send_sync::<Client>();
    send_sync::<ClientBuilder>();
    send_sync::<Handle>();
    send_sync::<Request>();
    send_sync::<RequestBuilder>();
    send_sync::<Response>();
    send_sync::<TextReader>();
};
