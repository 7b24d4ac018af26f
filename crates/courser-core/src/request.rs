//! A request on its way through the stack.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use http::Method;

use crate::body::Body;
use crate::call::Call;
use crate::headers::Headers;
use crate::options::Options;
use crate::url::Url;

/// A request on its way: what stages see and change, and what a transport sends.
#[derive(Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The URL.
    pub url: Url,
    /// The header fields.
    pub headers: Headers,
    /// The body.
    pub body: Body,
    /// The groups of options that stages and transport read; and what middleware adds.
    pub options: Options,
    /// The call that it belongs to.
    pub call: Arc<Call>,
    /// Whether its connection is to serve others after it; `None` where nobody has said so yet.
    /// It is said at the bottom of the stack, beside the header fields, which are shared there: a
    /// transport for HTTP/1 writes [`connection`](Request::connection).
    pub keep_alive: Option<bool>,
}

/// What a response belongs to: the request as it was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The method.
    pub method: Method,
    /// The URL.
    pub url: Url,
    /// The header fields.
    pub headers: Headers,
    /// The options.
    pub options: Options,
    /// The call, which knows when it began.
    pub call: Arc<Call>,
}

impl Request {
    /// A `GET` without headers, body and options.
    #[must_use]
    pub fn new(url: Url, call: Arc<Call>) -> Self {
        Request {
            method: Method::GET,
            url,
            headers: Headers::new(),
            body: Body::empty(),
            options: Options::new(),
            call,
            keep_alive: None,
        }
    }

    /// The value of the `Connection` field that a transport for HTTP/1 adds, if it adds one: as
    /// Apache's client does also in HTTP/1.1, where keeping a connection need not be said
    /// (RFC 9112, 9.3).
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// # use std::sync::Arc;
    /// # use courser_core::{Call, Request, Url, testing::FakeRt};
    /// # let call = Arc::new(Call::new(FakeRt::runtime()));
    /// let mut request = Request::new(Url::parse("http://localhost/")?, call);
    /// assert_eq!(request.connection(), None);
    /// request.keep_alive = Some(false);
    /// assert_eq!(request.connection(), Some("close"));
    /// request.headers.append("Connection", "Upgrade")?;
    /// assert_eq!(request.connection(), None);
    /// # }
    /// # Ok::<(), courser_core::Error>(())
    /// ```
    #[must_use]
    pub fn connection(&self) -> Option<&'static str> {
        let keep = self.keep_alive?;
        let value = if keep { "Keep-Alive" } else { "close" };
        (!self.headers.contains("connection")).then_some(value)
    }

    /// Reads a little of each of its parts, and changes nothing.
    ///
    /// A request that has waited for its connection, among a thousand others, is in no cache any
    /// more. What is then read for its own sake comes line after line, each when the one before is
    /// there; here none depends on another, so that the memory answers for all of them at once.
    pub fn warm_up(&self) {
        let url = self.url.as_str().as_bytes();
        let sum = Arc::strong_count(&self.call)
            ^ self.headers.warm_up()
            ^ self.call.warm_up()
            ^ usize::from(url.first().copied().unwrap_or_default());
        std::hint::black_box(sum);
    }

    /// What responses to it are seen with.
    #[must_use]
    pub fn sent(&self) -> Sent {
        Sent {
            method: self.method.clone(),
            url: self.url.clone(),
            headers: self.headers.clone(),
            options: self.options.clone(),
            call: self.call.clone(),
        }
    }
}

/// How bodies of responses are read; an options group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The body stays a stream (`:as :stream`); nothing collects it.
    pub stream: bool,
    /// Pieces are handed on as they come, not gathered, though the body may be collected in the
    /// end: somebody counts them (`:progress`).
    pub piecewise: bool,
    /// How much is collected at most, in bytes (`:max-body-size`); 256 MiB unless said.
    pub max_body: u64,
    /// How much of the body of an error is kept, in bytes (`:max-error-body`); 64 KiB unless
    /// said.
    pub max_error_body: u64,
}

impl Default for Reading {
    fn default() -> Self {
        Reading {
            stream: false,
            piecewise: false,
            max_body: 256 << 20,
            max_error_body: 64 << 10,
        }
    }
}

impl Reading {
    /// The group of these options, or the defaults.
    #[must_use]
    pub fn of(options: &Options) -> Self {
        options.get::<Reading>().copied().unwrap_or_default()
    }
}

/// Limits of time at the bottom; an options group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long nothing may move on the connection (`:socket-timeout`); 60 s unless said.
    pub idle: Option<Duration>,
    /// How long to wait for a place in the pool (`:connection-request-timeout`); 30 s unless
    /// said.
    pub pool: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            idle: Some(Duration::from_secs(60)),
            pool: Some(Duration::from_secs(30)),
        }
    }
}

impl Limits {
    /// The group of these options, or the defaults.
    #[must_use]
    pub fn of(options: &Options) -> Self {
        options.get::<Limits>().copied().unwrap_or_default()
    }
}

/// How much of what comes before the body of a response is accepted; an options group. Each
/// limit is exact, and up to 1 GiB or as many.
///
/// Over HTTP/2 `bytes` counts as RFC 9113, 6.5.2 does (32 more for each field), and 1xx are passed
/// over uncounted. The transport over reqwest has limits of its own, and refuses others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadLimits {
    /// Bytes of a head: status line, fields and line ends (`:max-header-size`); 256 KiB unless
    /// said.
    pub bytes: u64,
    /// Lines of fields in a head (`:max-header-count`); 256 unless said.
    pub fields: u64,
    /// Interim responses (1xx) before the final one (`:max-interim-responses`); 16 unless said.
    pub interim: u64,
}

impl Default for HeadLimits {
    fn default() -> Self {
        HeadLimits {
            bytes: 256 << 10,
            fields: 256,
            interim: 16,
        }
    }
}

impl HeadLimits {
    /// The group of these options, or the defaults.
    #[must_use]
    pub fn of(options: &Options) -> Self {
        options.get::<HeadLimits>().copied().unwrap_or_default()
    }
}

/// Which statuses are no errors (`:unexceptional-status`); an options group.
///
/// ```
/// use courser_core::Unexceptional;
///
/// assert!(Unexceptional::Standard.allows(204) && !Unexceptional::Standard.allows(404));
/// assert!(Unexceptional::Range(200..=499).allows(404));
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Unexceptional {
    /// Those of clj-http: 200–207, 300–304, 307, 308.
    #[default]
    Standard,
    /// All of a range.
    Range(RangeInclusive<u16>),
    /// Those that are listed.
    List(Vec<u16>),
    /// Those for which a function says so.
    Predicate(Arc<dyn Fn(u16) -> bool + Send + Sync>),
}

impl Unexceptional {
    /// Whether a status is no error.
    #[must_use]
    pub fn allows(&self, status: u16) -> bool {
        match self {
            Unexceptional::Standard => matches!(status, 200..=207 | 300..=304 | 307 | 308),
            Unexceptional::Range(range) => range.contains(&status),
            Unexceptional::List(list) => list.contains(&status),
            Unexceptional::Predicate(f) => f(status),
        }
    }

    /// Whether a status is no error for a request with these options.
    #[must_use]
    pub fn status(options: &Options, status: http::StatusCode) -> bool {
        let group = options.get::<Unexceptional>();
        group
            .unwrap_or(&Unexceptional::Standard)
            .allows(status.as_u16())
    }
}

impl fmt::Debug for Unexceptional {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unexceptional::Standard => f.write_str("Standard"),
            Unexceptional::Range(range) => write!(f, "{range:?}"),
            Unexceptional::List(list) => write!(f, "{list:?}"),
            Unexceptional::Predicate(_) => f.write_str("Predicate"),
        }
    }
}
