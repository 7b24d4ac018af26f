//! What hyper and the HTTP/2 below it fail with, in Courser's words.

use std::error::Error as StdError;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use courser_core::upload::Upload;
use courser_core::{Error, ErrorKind, Method, Url};

use crate::errors::named;
use crate::place::place;

/// What is known of an exchange when it fails.
pub(super) struct Failure {
    pub(super) method: Method,
    pub(super) url: Url,
    /// The other end.
    pub(super) address: Option<SocketAddr>,
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

    /// Names the request; and the address, where the URL does not.
    pub(super) fn named(&self, error: Error) -> Error {
        named(error, &self.method, &self.url, self.address)
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

fn http2(error: &hyper::Error, place: &str) -> Option<Error> {
    let error = chain(error).find_map(|error| error.downcast_ref::<h2::Error>())?;
    if error.is_io() {
        return None;
    }
    let reason = error.reason().unwrap_or(h2::Reason::NO_ERROR);
    let unprocessed = reason == h2::Reason::REFUSED_STREAM
        || (error.is_go_away() && reason == h2::Reason::NO_ERROR);
    let (kind, what) = if unprocessed {
        // RFC 9113, 8.7: it may be sent again, whatever it is.
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
