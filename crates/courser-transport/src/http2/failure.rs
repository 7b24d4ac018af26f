//! What hyper and the HTTP/2 below it fail with, in Courser's words.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;

use courser_core::upload::Upload;
use courser_core::{Error, ErrorKind, Method, Url};

use crate::exchange::is_closing;
use crate::place::place;

/// What is known of an exchange when it fails.
pub(super) struct Failure {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) upload: Arc<Upload>,
}

impl Failure {
    /// No head came.
    pub(super) fn of_head(&self, error: hyper::Error) -> Error {
        if let Some(own) = self.own() {
            return own;
        }
        self.named(broken(error, &place(self.url.host(), self.url.port())))
    }

    /// The body of the response broke off.
    pub(super) fn of_body(
        &self,
        error: hyper::Error,
        received: u64,
        expected: Option<u64>,
    ) -> Error {
        if let Some(own) = self.own() {
            return own;
        }
        let message = match expected {
            Some(expected) => format!("the body ended after {received} of {expected} bytes"),
            None => format!("the body broke off after {received} bytes"),
        };
        let found =
            Error::new(ErrorKind::Io, message).with("received", format_args!("{received} bytes"));
        let found = match expected {
            Some(expected) => found.with("expected", format_args!("{expected} bytes")),
            None => found,
        };
        self.named(found.because(error))
    }

    /// Names the request.
    pub(super) fn named(&self, error: Error) -> Error {
        error.during(&self.method, &self.url)
    }

    /// The user's own body failed, whatever hyper made of that.
    fn own(&self) -> Option<Error> {
        self.upload.failure()
    }
}

/// Why there was no answer, or no HTTP/2 at all. `place` is `host:port`.
pub(super) fn broken(error: hyper::Error, place: &str) -> Error {
    let found = http2(&error, place).unwrap_or_else(|| {
        let message = match io_kind(&error) {
            Some(io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted) => {
                "the server reset the connection without an answer"
            }
            _ => "the connection broke before an answer came",
        };
        Error::new(ErrorKind::Io, message)
    });
    found.because(error)
}

/// What may have become of a request that got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It was not processed, since the connection took no more requests: it was not sent, or the
    /// server said so in its GOAWAY (RFC 9113, 6.8).
    Unread,
    /// It was not processed, and the connection goes on (RFC 9113, 8.7).
    Refused,
    /// The connection was closed.
    Closed,
    Unknown,
}

impl Fate {
    pub(super) fn of(error: &hyper::Error) -> Self {
        match h2_error(error) {
            // Of streams the server tells whether it may have looked at them: those it may have
            // do not fail by this.
            Some(error) if error.is_go_away() && error.is_remote() => Fate::Unread,
            Some(error) if is_refused(error) => Fate::Refused,
            None if error.is_canceled() => Fate::Unread,
            // hyper takes it out of h2's error.
            None if io_kind(error).is_some_and(is_closing) => Fate::Closed,
            Some(_) | None => Fate::Unknown,
        }
    }

    /// Whether the connection can take no other request.
    pub(super) fn ends_connection(self) -> bool {
        matches!(self, Fate::Unread | Fate::Closed)
    }
}

fn h2_error(error: &hyper::Error) -> Option<&h2::Error> {
    chain(error).find_map(|error| error.downcast_ref())
}

fn is_refused(error: &h2::Error) -> bool {
    error.is_remote() && error.reason() == Some(h2::Reason::REFUSED_STREAM)
}

fn http2(error: &hyper::Error, place: &str) -> Option<Error> {
    let error = h2_error(error)?;
    if error.is_io() {
        return None;
    }
    let reason = error.reason().unwrap_or(h2::Reason::NO_ERROR);
    let is_left = error.is_go_away() && reason == h2::Reason::NO_ERROR;
    let (kind, what) = if is_left || is_refused(error) {
        (ErrorKind::Io, "refused the request unread")
    } else if error.is_remote() {
        (ErrorKind::Protocol, "ended the HTTP/2 exchange")
    } else {
        (ErrorKind::Protocol, "does not speak proper HTTP/2")
    };
    let found = Error::new(kind, format!("{place} {what}"));
    Some(found.with("reason", format_args!("{reason:?}")))
}

/// An error and what is behind it. What an `io::Error` wraps counts too: its `source` skips that.
fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| {
        let inner = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        }
    })
}

/// The system's own error: the innermost.
fn io_kind(error: &hyper::Error) -> Option<io::ErrorKind> {
    chain(error)
        .filter_map(|error| error.downcast_ref().map(io::Error::kind))
        .last()
}
