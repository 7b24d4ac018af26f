//! What reqwest, hyper, rustls and the system fail with, in Courser's words.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "rustls")]
use courser_core::failure::TlsFailure;
use courser_core::failure::{
    chain, connecting, find, io_kind, named, perhaps_https, place, truncated, try_https,
};
use courser_core::upload::Upload;
use courser_core::{Call, Error, ErrorKind, Method, Timeout, Url};

/// What is known of an exchange when it fails.
pub(crate) struct Failure {
    pub(crate) method: Method,
    pub(crate) url: Url,
    /// The other end, which reqwest tells with the head.
    pub(crate) address: Option<SocketAddr>,
    pub(crate) upload: Option<Arc<Upload>>,
    pub(crate) call: Arc<Call>,
    /// Where it is known: a client that was given keeps it to itself.
    pub(crate) connect_timeout: Option<Duration>,
}

impl Failure {
    /// No head came.
    pub(crate) fn of_head(&self, error: reqwest::Error) -> Error {
        if let Some(own) = self.own() {
            return own;
        }
        // It would print the whole query.
        let error = error.without_url();
        if error.is_builder() {
            return Error::invalid("reqwest cannot send this request").because(error);
        }
        self.tls(&error)
            .or_else(|| self.connecting(&error))
            .or_else(|| self.http2(&error))
            .or_else(|| self.protocol(&error))
            .unwrap_or_else(|| self.broken(&error))
            .because(error)
    }

    /// The body of the response broke off.
    pub(crate) fn of_body(
        &self,
        error: reqwest::Error,
        received: u64,
        expected: Option<u64>,
    ) -> Error {
        if let Some(own) = self.own() {
            return own;
        }
        let error = error.without_url();
        let malformed = matches!(
            io_kind(&error),
            Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)
        );
        let found = if malformed {
            Error::new(ErrorKind::Protocol, "the body is not in well-formed chunks")
                .with("received", format_args!("{received} bytes"))
        } else {
            truncated(expected, received)
        };
        found.because(error)
    }

    /// Names the request; and the address, where the URL does not.
    pub(crate) fn named(&self, error: Error) -> Error {
        named(error, &self.method, &self.url, self.address)
    }

    /// The user's own body failed, whatever hyper made of that.
    fn own(&self) -> Option<Error> {
        self.upload.as_ref()?.failure()
    }

    fn place(&self) -> String {
        place(self.url.host(), self.url.port())
    }

    #[cfg(not(feature = "rustls"))]
    #[allow(clippy::unused_self)] // as with the feature
    fn tls(&self, _: &reqwest::Error) -> Option<Error> {
        None
    }

    #[cfg(feature = "rustls")]
    fn tls(&self, error: &reqwest::Error) -> Option<Error> {
        let place = self.place();
        if let Some(error) = find::<rustls::Error>(error) {
            return Some(crate::tls::failure(error).error(self.url.host(), &place));
        }
        let kind = io_kind(error)?;
        (error.is_connect() && self.url.is_https() && kind == io::ErrorKind::UnexpectedEof)
            .then(|| TlsFailure::Closed.error(self.url.host(), &place))
    }

    fn connecting(&self, error: &reqwest::Error) -> Option<Error> {
        if !error.is_connect() {
            return None;
        }
        let (host, place) = (self.url.host(), self.place());
        if error.is_dns() {
            let message = format!("the host \"{host}\" is not known");
            return Some(
                Error::new(ErrorKind::Dns, message)
                    .help("is the name spelt right, and is this machine online?"),
            );
        }
        // The type is private, its text all that there is.
        let tunnel = chain(error)
            .map(ToString::to_string)
            .find(|text| text.starts_with("tunnel error"));
        if let Some(text) = tunnel {
            let message = format!("the proxy opened no tunnel to {place}");
            let error = Error::new(ErrorKind::Proxy, message);
            return Some(if text.contains("authorization") {
                error.help("give :proxy-user and :proxy-pass, or others")
            } else {
                error
            });
        }
        let kind = io_kind(error);
        if error.is_timeout() && kind.is_none_or(|kind| kind == io::ErrorKind::TimedOut) {
            return Some(match self.connect_timeout {
                Some(limit) => Error::timeout(Timeout::Connect, limit, self.call.elapsed())
                    .with("address", place),
                None => Error::new(
                    ErrorKind::Timeout(Timeout::Connect),
                    format!("timed out while connecting to {place}"),
                ),
            });
        }
        Some(connecting(kind, &place))
    }

    #[cfg(not(feature = "http2"))]
    #[allow(clippy::unused_self)] // as with the feature
    fn http2(&self, _: &reqwest::Error) -> Option<Error> {
        None
    }

    #[cfg(feature = "http2")]
    fn http2(&self, error: &reqwest::Error) -> Option<Error> {
        let error = find::<h2::Error>(error)?;
        if error.is_io() {
            return None;
        }
        let reason = error.reason().unwrap_or(h2::Reason::NO_ERROR);
        let unread = reason == h2::Reason::REFUSED_STREAM
            || (error.is_go_away() && reason == h2::Reason::NO_ERROR);
        let remote = error.is_remote();
        Some(courser_core::failure::http2(
            unread,
            remote,
            reason,
            &self.place(),
        ))
    }

    fn protocol(&self, error: &reqwest::Error) -> Option<Error> {
        let hyper = find::<hyper::Error>(error)?;
        // Bytes of an answer that are no HTTP came all the same, and with them the news that the
        // request was received. An answer that breaks off hyper does not tell from none.
        let fail = |message: &'static str| Error::new(ErrorKind::Protocol, message).answered();
        if hyper.is_parse() && hyper.to_string().contains("too large") {
            return Some(
                fail("the head of the response is too large")
                    .with("limit", "256 lines, about 400 KiB"),
            );
        }
        if hyper.is_parse() {
            return Some(try_https(fail("the answer is not HTTP"), &self.url));
        }
        if hyper.is_incomplete_message() {
            let error = Error::new(
                ErrorKind::Io,
                "the server closed the connection without an answer",
            );
            return Some(perhaps_https(error, &self.url));
        }
        if hyper.is_user() {
            return Some(Error::invalid("hyper cannot send this request"));
        }
        None
    }

    /// Whatever else happened on the connection.
    fn broken(&self, error: &reqwest::Error) -> Error {
        let io = io_kind(error);
        let message = match io {
            Some(io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted) => {
                "the server reset the connection without an answer"
            }
            Some(io::ErrorKind::BrokenPipe) => {
                "the server closed the connection while the request was sent"
            }
            _ => "the connection broke before an answer came",
        };
        perhaps_https(Error::new(ErrorKind::Io, message), &self.url)
    }
}
