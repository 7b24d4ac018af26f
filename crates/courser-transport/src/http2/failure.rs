//! What hyper and the HTTP/2 below it fail with, in Courser's words.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use courser_core::failure::{self, find, io_kind, named, place, truncated};
use courser_core::upload::Upload;
use courser_core::{Error, ErrorKind, Method, Url};

use crate::exchange::is_closing;

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
        self.named(truncated(expected, received).because(error))
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
    find(error)
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
    let unread = is_left || is_refused(error);
    Some(failure::http2(unread, error.is_remote(), reason, place))
}
