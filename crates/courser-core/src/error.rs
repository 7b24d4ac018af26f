//! What can go wrong, in one type.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::Method;

use crate::{BoxFuture, Response, Url};

/// A boxed error of any other library.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// `Result` with Courser's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What part of an exchange was waited for when its time ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// A free place in the connection pool (`:connection-request-timeout`).
    Pool,
    /// The name lookup.
    Dns,
    /// The connection, TCP and proxy (`:connection-timeout`).
    Connect,
    /// The TLS handshake.
    Tls,
    /// The server taking the request (`:socket-timeout`).
    Send,
    /// The head of the response (`:socket-timeout`).
    Head,
    /// The next bytes of the response body (`:socket-timeout`).
    Body,
    /// A sleep before another try.
    Retry,
    /// Anything else, such as middleware that waits for something of its own.
    Other,
}

impl Phase {
    /// A phrase that fits after "while": `waiting for the response`.
    #[must_use]
    pub fn doing(self) -> &'static str {
        match self {
            Phase::Pool => "waiting for a free connection",
            Phase::Dns => "looking up the host",
            Phase::Connect => "connecting",
            Phase::Tls => "shaking hands over TLS",
            Phase::Send => "sending the request",
            Phase::Head => "waiting for the response",
            Phase::Body => "reading the response body",
            Phase::Retry => "waiting for the next try",
            Phase::Other => "running the request",
        }
    }

    /// A stable name in the style of the data form.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Phase::Pool => "pool",
            Phase::Dns => "dns",
            Phase::Connect => "connect",
            Phase::Tls => "tls",
            Phase::Send => "send",
            Phase::Head => "head",
            Phase::Body => "body",
            Phase::Retry => "retry",
            Phase::Other => "other",
        }
    }
}

/// Which limit of time was hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Timeout {
    /// `:connection-request-timeout`: no place in the pool became free.
    Pool,
    /// `:connection-timeout`: no connection was made.
    Connect,
    /// `:socket-timeout`: nothing moved for that long.
    Idle(Phase),
    /// `:retry {:try-timeout …}`: one try took too long; the phase is what it was doing then.
    Try(Phase),
    /// `:timeout`: the whole exchange took too long; the phase is what it was doing then.
    Total(Phase),
}

impl Timeout {
    /// The option that sets this limit, in the data form.
    #[must_use]
    pub fn option(self) -> &'static str {
        match self {
            Timeout::Pool => ":connection-request-timeout",
            Timeout::Connect => ":connection-timeout",
            Timeout::Idle(_) => ":socket-timeout",
            Timeout::Try(_) => ":try-timeout of :retry",
            Timeout::Total(_) => ":timeout",
        }
    }

    /// What was waited for.
    #[must_use]
    pub fn phase(self) -> Phase {
        match self {
            Timeout::Pool => Phase::Pool,
            Timeout::Connect => Phase::Connect,
            Timeout::Idle(phase) | Timeout::Try(phase) | Timeout::Total(phase) => phase,
        }
    }
}

/// The kind of an [`Error`]: what to match on. Each with its cause, and what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request itself is wrong: a malformed URL, header or charset, options that exclude each
    /// other, a body that is used up. Nothing was sent. *Cure:* the message names the option and
    /// what it takes.
    InvalidRequest,
    /// An option that this build or this transport cannot do. Nothing was sent. *Cure:* switch on
    /// the feature that the message names, or leave the option out.
    Unsupported,
    /// The host name has no address, or nobody could be asked for one. *Cure:* the spelling, the
    /// network, the resolver; `:ignore-unknown-host` where it is no error.
    Dns,
    /// No connection could be made: nobody listens at that address, or the way there is blocked.
    /// *Cure:* is the server running, is the port right? Nothing was sent, so it may be sent again.
    Connect,
    /// The TLS handshake failed, or a certificate was not accepted: self-signed, expired, for
    /// another host. *Cure:* trust its issuer, mend the certificate, or ask by the name that it is
    /// for.
    Tls,
    /// The proxy refused, or spoke nonsense. *Cure:* its host, port and credentials.
    Proxy,
    /// A limit of time was hit: which one, and what was waited for. *Cure:* the message names the
    /// option. What was sent may have been carried out.
    Timeout(Timeout),
    /// The call was cancelled by its [`Canceller`](crate::Canceller) or handle. What was sent may
    /// have been carried out.
    Cancelled,
    /// The connection broke, or the body was cut short. *Cause:* the server, or something on the
    /// way, gave up. *Cure:* send it again where that does no harm, as idempotent requests are by
    /// themselves.
    Io,
    /// The server did not speak HTTP as it should, or went beyond a limit of its head. *Cure:* is
    /// it the right port? Nothing of such an answer is used.
    Protocol,
    /// A redirect was refused: too many, in a circle, to another scheme, or with a body to another
    /// origin. *Cure:* the option that the message names. The response is the 3xx answer.
    Redirect,
    /// The status is exceptional (`:unexceptional-status`); the response is in
    /// [`Error::response`]. *Cure:* `:throw-exceptions false` makes a response of it.
    Status(http::StatusCode),
    /// The body is not what it should be: broken compression, charset, JSON. *Cure:* look at the
    /// content type in the message; `:as :byte-array` gives the body as it came.
    Decode,
    /// The body is larger than a limit allows. *Cure:* raise the limit that the message names, or
    /// read it as a stream.
    BodyLimit,
    /// The connection manager was shut down, or the client's background work has ended. *Cure:* a
    /// new one.
    Closed,
    /// Credentials are missing, or the server's challenge cannot be answered.
    Auth,
    /// An error of the user's own middleware, body stream or callback: the cause is theirs.
    User,
}

impl ErrorKind {
    /// A stable name in the style of the data form: `invalid-request`, `pool-timeout`.
    ///
    /// ```
    /// use courser_core::ErrorKind;
    /// assert_eq!(ErrorKind::InvalidRequest.name(), "invalid-request");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ErrorKind::InvalidRequest => "invalid-request",
            ErrorKind::Unsupported => "unsupported",
            ErrorKind::Dns => "dns",
            ErrorKind::Connect => "connect",
            ErrorKind::Tls => "tls",
            ErrorKind::Proxy => "proxy",
            ErrorKind::Timeout(Timeout::Pool) => "pool-timeout",
            ErrorKind::Timeout(Timeout::Connect) => "connect-timeout",
            ErrorKind::Timeout(Timeout::Idle(_)) => "socket-timeout",
            ErrorKind::Timeout(Timeout::Try(_)) => "try-timeout",
            ErrorKind::Timeout(Timeout::Total(_)) => "timeout",
            ErrorKind::Cancelled => "cancelled",
            ErrorKind::Io => "io",
            ErrorKind::Protocol => "protocol",
            ErrorKind::Redirect => "redirect",
            ErrorKind::Status(_) => "status",
            ErrorKind::Decode => "decode",
            ErrorKind::BodyLimit => "body-limit",
            ErrorKind::Closed => "closed",
            ErrorKind::Auth => "auth",
            ErrorKind::User => "user",
        }
    }
}

/// Any failure of a request, one pointer wide and cheap to clone.
///
/// `Display` is one line: what happened, to which request, what is known about it, and what to
/// do. Credentials and the values of query parameters are left out of it. `Debug` (which `main`
/// prints) is the same line with the causes behind it. [`source`](StdError::source) is the
/// error below, where there is one.
///
/// ```
/// use courser_core::{Error, ErrorKind};
///
/// let error = Error::new(ErrorKind::Decode, "the body is not JSON")
///     .with("content-type", "text/html")
///     .help("got a sign-in page?");
/// assert_eq!(error.to_string(), "the body is not JSON [content-type: text/html]; got a sign-in page?");
/// ```
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: Cow<'static, str>,
    request: Option<(Method, Url)>,
    context: Vec<(&'static str, String)>,
    help: Option<Cow<'static, str>>,
    transient: Option<bool>,
    answered: bool,
    // An `Arc`, because errors are cloned and their sources cannot be.
    source: Option<Arc<dyn StdError + Send + Sync>>,
    response: Option<Arc<Response>>,
}

impl Error {
    /// A new error.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Error(Arc::new(Inner {
            kind,
            message: message.into(),
            request: None,
            context: Vec::new(),
            help: None,
            transient: None,
            answered: false,
            source: None,
            response: None,
        }))
    }

    /// An [`ErrorKind::InvalidRequest`].
    pub fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Error::new(ErrorKind::InvalidRequest, message)
    }

    /// An [`ErrorKind::User`] that wraps an error of the user's own code.
    pub fn user(source: impl Into<BoxError>) -> Self {
        Error::from_box(ErrorKind::User, source.into())
    }

    /// Wraps `source`. If it already is an `Error`, that one is handed back unchanged, so that
    /// an error which travels through a body stream keeps its kind.
    #[must_use]
    pub fn from_box(kind: ErrorKind, source: BoxError) -> Self {
        match source.downcast::<Error>() {
            Ok(error) => *error,
            Err(source) => {
                let message = match kind {
                    ErrorKind::User => "middleware or a body of yours failed",
                    _ => "the exchange failed",
                };
                Error::new(kind, message).because(source)
            }
        }
    }

    fn edit(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }

    /// Adds a fact: `error.with("address", addr)`. A key that is there already is replaced.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl fmt::Display) -> Self {
        let context = &mut self.edit().context;
        context.retain(|(k, _)| *k != key);
        context.push((key, value.to_string()));
        self
    }

    /// Says what to do about it, as the end of the line.
    #[must_use]
    pub fn help(mut self, help: impl Into<Cow<'static, str>>) -> Self {
        self.edit().help = Some(help.into());
        self
    }

    /// Names the cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<BoxError>) -> Self {
        self.edit().source = Some(Arc::from(source.into()));
        self
    }

    /// Overrides what [`is_transient`](Error::is_transient) tells.
    #[must_use]
    pub fn transient(mut self, transient: bool) -> Self {
        self.edit().transient = Some(transient);
        self
    }

    /// Notes that bytes of an answer had come; see [`is_answered`](Error::is_answered).
    #[must_use]
    pub fn answered(mut self) -> Self {
        self.edit().answered = true;
        self
    }

    /// Names the request, unless one is named already (the innermost knows best).
    #[must_use]
    pub fn during(mut self, method: &Method, url: &Url) -> Self {
        self.name_request(method, url);
        self
    }

    pub(crate) fn name_request(&mut self, method: &Method, url: &Url) {
        if self.0.request.is_none() {
            self.edit().request = Some((method.clone(), url.clone()));
        }
    }

    /// Attaches the response that the error is about.
    #[must_use]
    pub fn with_response(mut self, response: Response) -> Self {
        self.edit().response = Some(Arc::new(response));
        self
    }

    /// Attaches a response with its body collected, up to `limit` bytes; what is beyond is left
    /// and the body is [marked as cut](crate::Body::is_cut). For middleware that makes an error
    /// of a response.
    pub fn collected(self, mut response: Response, limit: u64) -> BoxFuture<'static, Error> {
        Box::pin(async move {
            response.body.collect_lossy(limit).await;
            self.with_response(response)
        })
    }

    /// The kind, to match on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What happened, without the request and the context: `status 404`.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The URL that was asked, if it came that far. Its `Display` has no credentials but the
    /// whole query; [`Url::redacted`] hides that too.
    #[must_use]
    pub fn url(&self) -> Option<&Url> {
        self.0.request.as_ref().map(|(_, url)| url)
    }

    /// The method, if it came that far.
    #[must_use]
    pub fn method(&self) -> Option<&Method> {
        self.0.request.as_ref().map(|(method, _)| method)
    }

    /// A fact by its name, as in the brackets of the line.
    #[must_use]
    pub fn context(&self, key: &str) -> Option<&str> {
        let mut pairs = self.0.context.iter();
        pairs.find(|(k, _)| *k == key).map(|(_, v)| v.as_str())
    }

    /// All facts, as in the brackets of the line.
    pub fn facts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.context.iter().map(|(k, v)| (*k, v.as_str()))
    }

    /// What to do about it: the end of the line.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// The same error with another [`message`](Error::message).
    #[must_use]
    pub fn rephrased(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.edit().message = message.into();
        self
    }

    /// The response, with its body, where the error is about one.
    #[must_use]
    pub fn response(&self) -> Option<&Response> {
        self.0.response.as_deref()
    }

    /// The status of that response.
    #[must_use]
    pub fn status(&self) -> Option<http::StatusCode> {
        self.response().map(|response| response.status)
    }

    /// Whether this is any of the limits of time.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Timeout(_))
    }

    /// What was waited for when a limit of time was hit.
    #[must_use]
    pub fn phase(&self) -> Option<Phase> {
        let ErrorKind::Timeout(timeout) = self.0.kind else {
            return None;
        };
        Some(timeout.phase())
    }

    /// Whether no connection could be made: the lookup, the connection, its proxy or TLS failed,
    /// or took too long. Nothing was sent then.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        matches!(
            self.0.kind,
            ErrorKind::Dns
                | ErrorKind::Connect
                | ErrorKind::Tls
                | ErrorKind::Proxy
                | ErrorKind::Timeout(Timeout::Connect)
        )
    }

    /// Whether the request itself is wrong, or asks for what this build cannot do: nothing was
    /// sent, and nothing will be until it is changed.
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        matches!(
            self.0.kind,
            ErrorKind::InvalidRequest | ErrorKind::Unsupported
        )
    }

    /// Whether the body of the response is not what it should be.
    #[must_use]
    pub fn is_decode(&self) -> bool {
        self.0.kind == ErrorKind::Decode
    }

    /// Whether the call was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.kind == ErrorKind::Cancelled
    }

    /// Whether the same request may well succeed when sent again. That says nothing about
    /// whether sending it twice does harm: that depends on its method.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.0.transient.unwrap_or(match self.0.kind {
            ErrorKind::Timeout(_) | ErrorKind::Io | ErrorKind::Connect => true,
            ErrorKind::Status(status) => matches!(status.as_u16(), 408 | 425 | 429 | 502..=504),
            _ => false,
        })
    }

    /// Whether bytes of an answer had come before it failed: then the server had the request, and
    /// perhaps carried it out. False also where a transport cannot tell, as that over reqwest.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.0.answered || self.0.response.is_some()
    }

    /// The error of a limit of time.
    #[must_use]
    pub fn timeout(timeout: Timeout, limit: Duration, elapsed: Duration) -> Self {
        let message = format!("timed out while {}", timeout.phase().doing());
        Error::new(ErrorKind::Timeout(timeout), message)
            .with("limit", format_args!("{limit:?} ({})", timeout.option()))
            .with("elapsed", format_args!("{} ms", elapsed.as_millis()))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if let Some((method, url)) = &self.0.request {
            write!(f, " ({method} {})", url.redacted())?;
        }
        let mut sep = " [";
        for (key, value) in &self.0.context {
            write!(f, "{sep}{key}: {value}")?;
            sep = ", ";
        }
        if !self.0.context.is_empty() {
            f.write_str("]")?;
        }
        match &self.0.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let mut source = self.source();
        let mut last = String::new();
        while let Some(cause) = source {
            let text = cause.to_string();
            // Some libraries repeat the text of their source in their own.
            if !last.contains(&text) {
                write!(f, ": {text}")?;
            }
            last = text;
            source = cause.source();
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source: &(dyn StdError + 'static) = self.0.source.as_deref()?;
        Some(source)
    }
}

/// For `io::Read` of a response body: the error travels as the payload.
impl From<Error> for std::io::Error {
    fn from(error: Error) -> Self {
        let kind = match error.kind() {
            ErrorKind::Timeout(_) => std::io::ErrorKind::TimedOut,
            ErrorKind::Cancelled => std::io::ErrorKind::Interrupted,
            ErrorKind::Decode | ErrorKind::BodyLimit => std::io::ErrorKind::InvalidData,
            _ => std::io::ErrorKind::Other,
        };
        std::io::Error::new(kind, error)
    }
}

/// Shortens text of the user's or the server's for an error message: control characters are
/// escaped and at most `max` characters are kept.
#[must_use]
pub fn excerpt(text: &str, max: usize) -> String {
    let mut out = String::with_capacity(max.min(text.len()) + 4);
    for (i, c) in text.chars().enumerate() {
        if i == max {
            out.push('…');
            break;
        }
        if c.is_control() {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_with_everything() {
        let url = Url::parse("http://u:secret@h.example/p?token=abc&x").unwrap();
        let error = Error::new(ErrorKind::Connect, "connection refused")
            .during(&Method::GET, &url)
            .with("address", "127.0.0.1:1")
            .help("is the server running?")
            .because(std::io::Error::from_raw_os_error(111));
        assert_eq!(
            error.to_string(),
            "connection refused (GET http://h.example/p?token=…&x) [address: 127.0.0.1:1]; \
             is the server running?"
        );
        assert_eq!(
            format!("{error:?}"),
            format!("{error}: Connection refused (os error 111)")
        );
        assert!(error.is_transient());
    }

    #[test]
    fn the_first_request_named_stays_and_an_error_is_not_wrapped_twice() {
        let [a, b] = ["http://a/", "http://b/"].map(|u| Url::parse(u).unwrap());
        let error = Error::invalid("x")
            .during(&Method::GET, &a)
            .during(&Method::PUT, &b);
        assert_eq!(error.url().unwrap().as_str(), "http://a/");
        let wrapped = Error::from_box(ErrorKind::Io, Box::new(error));
        assert_eq!(wrapped.kind(), ErrorKind::InvalidRequest);
    }

    #[test]
    fn excerpts_are_short_and_printable() {
        fn check(text: &str, expected: &str) {
            assert_eq!(excerpt(text, 5), expected);
        }
        check("abc", "abc");
        check("abcdefgh", "abcde…");
        check("a\r\nb", "a\\r\\nb");
        check("日本日本日本", "日本日本日…");
    }
}
