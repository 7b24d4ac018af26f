//! What is sent again: pure functions.

use std::error::Error as StdError;
use std::io;

use courser_core::{Error, ErrorKind, Headers, Retry, RetryContext, RetryHandler, Timeout};

/// How often the [`StandardRetries`] send a request again.
pub const MAX_RETRIES: u32 = 3;

/// The usual rules, those of Apache's client: up to [`MAX_RETRIES`] times, at once, and only a
/// request whose method is idempotent, when the connection broke or could not be made. Not after
/// a timeout, an unknown host, a refused connection or a failure of TLS, which another try would
/// meet again.
#[derive(Clone, Copy, Debug, Default)]
pub struct StandardRetries;

impl RetryHandler for StandardRetries {
    fn retry(&self, error: &Error, tries: u32, context: &RetryContext<'_>) -> bool {
        tries <= MAX_RETRIES && context.is_idempotent() && is_passing(error)
    }
}

/// Whether the next try may not meet the error again.
fn is_passing(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Io => true,
        ErrorKind::Connect => !is_refused(error),
        _ => false,
    }
}

/// Whether the cause of it all is that nobody listens.
fn is_refused(error: &Error) -> bool {
    // Errors could name each other as causes, but no chain is that long.
    const DEPTH: usize = 32;
    let mut causes = std::iter::successors(error.source(), |&error| error.source()).take(DEPTH);
    causes.any(|cause| {
        let cause = cause.downcast_ref::<io::Error>();
        cause.is_some_and(|cause| cause.kind() == io::ErrorKind::ConnectionRefused)
    })
}

/// Whether `plan` takes a failure for one that passes. Not a wait for the pool, which another
/// would only lengthen.
pub(super) fn is_worth_a_retry(error: &Error) -> bool {
    error.is_transient() && error.kind() != ErrorKind::Timeout(Timeout::Pool)
}

/// Whether sending a request twice does no harm: by its method (RFC 9110, 9.2.2), by a key that
/// tells the server that it is the same one, or because its author says so.
pub(super) fn is_harmless(plan: &Retry, context: &RetryContext<'_>, headers: &Headers) -> bool {
    plan.idempotent || context.is_idempotent() || headers.contains("idempotency-key")
}

/// Whether nothing of the request can have gone out.
pub(super) fn never_left(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Dns | ErrorKind::Connect | ErrorKind::Timeout(Timeout::Connect)
    )
}

/// Whether a handler is asked at all: whether the exchange failed, rather than the request, the
/// answer, or the call as a whole.
pub(super) fn is_of_the_exchange(kind: ErrorKind) -> bool {
    match kind {
        ErrorKind::Timeout(timeout) => !matches!(timeout, Timeout::Total(_)),
        ErrorKind::Dns | ErrorKind::Connect | ErrorKind::Tls | ErrorKind::Proxy | ErrorKind::Io => {
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use courser_core::{Method, Options, Phase, Url};

    #[test]
    fn the_usual_rules() {
        fn check(method: &str, error: &Error, tries: u32, expected: bool) {
            let (url, options) = (Url::parse("http://h/").unwrap(), Options::new());
            let method: Method = method.parse().unwrap();
            let context = RetryContext::new(&method, &url, &options);
            let retried = StandardRetries.retry(error, tries, &context);
            assert_eq!(retried, expected, "{method} {error:?} {tries}");
        }
        let io = Error::new(ErrorKind::Io, "lost");
        for (method, expected) in [
            ("GET", true),
            ("HEAD", true),
            ("OPTIONS", true),
            ("TRACE", true),
            ("PUT", true),
            ("DELETE", true),
            ("POST", false),
            ("PATCH", false),
            ("COPY", false),
            ("get", false),
        ] {
            check(method, &io, 1, expected);
        }
        check("GET", &io, 3, true);
        check("GET", &io, 4, false);
        check("GET", &io, u32::MAX, false);
        for kind in [
            ErrorKind::Timeout(Timeout::Connect),
            ErrorKind::Timeout(Timeout::Idle(Phase::Head)),
            ErrorKind::Timeout(Timeout::Pool),
            ErrorKind::Dns,
            ErrorKind::Tls,
            ErrorKind::Proxy,
            ErrorKind::Protocol,
        ] {
            check("GET", &Error::new(kind, "x"), 1, false);
        }
        let connect = |kind: io::ErrorKind| {
            let inner = Error::new(ErrorKind::Connect, "inner").because(io::Error::from(kind));
            Error::new(ErrorKind::Connect, "no connection").because(inner)
        };
        check("GET", &connect(io::ErrorKind::ConnectionRefused), 1, false);
        check("GET", &connect(io::ErrorKind::ConnectionReset), 1, true);
    }

    #[test]
    fn what_a_handler_is_asked_about() {
        for (kind, expected) in [
            (ErrorKind::Io, true),
            (ErrorKind::Dns, true),
            (ErrorKind::Timeout(Timeout::Idle(Phase::Send)), true),
            (ErrorKind::Timeout(Timeout::Total(Phase::Send)), false),
            (ErrorKind::Cancelled, false),
            (ErrorKind::Closed, false),
            (ErrorKind::InvalidRequest, false),
            (ErrorKind::Unsupported, false),
            (ErrorKind::User, false),
            (ErrorKind::Protocol, false),
        ] {
            assert_eq!(is_of_the_exchange(kind), expected, "{kind:?}");
        }
    }
}
