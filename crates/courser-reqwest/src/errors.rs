//! What reqwest, hyper, rustls and the system fail with, in Courser's words.

use std::error::Error as StdError;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use courser_core::{Call, Error, ErrorKind, Method, Timeout, Url};

use courser_core::upload::Upload;

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
        let message = match expected {
            Some(expected) => format!("the body ended after {received} of {expected} bytes"),
            None => format!("the body broke off after {received} bytes"),
        };
        let malformed = matches!(
            io_kind(&error),
            Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)
        );
        let found = if malformed {
            Error::new(ErrorKind::Protocol, "the body is not in well-formed chunks")
        } else {
            Error::new(ErrorKind::Io, message)
        };
        let found = found.with("received", format_args!("{received} bytes"));
        let found = match expected {
            Some(expected) => found.with("expected", format_args!("{expected} bytes")),
            None => found,
        };
        found.because(error)
    }

    /// Names the request; and the address, where the URL does not.
    pub(crate) fn named(&self, error: Error) -> Error {
        let error = error.during(&self.method, &self.url);
        match self.address.map(|address| address.to_string()) {
            Some(address) if address != self.place() => error.with("address", address),
            _ => error,
        }
    }

    /// The user's own body failed, whatever hyper made of that.
    fn own(&self) -> Option<Error> {
        self.upload.as_ref()?.failure()
    }

    fn place(&self) -> String {
        let (host, port) = (self.url.host(), self.url.port());
        if host.contains(':') {
            format!("[{host}]:{port}")
        } else {
            format!("{host}:{port}")
        }
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
            return Some(crate::tls::explain(error, self.url.host(), &place));
        }
        let kind = io_kind(error)?;
        (error.is_connect() && self.url.is_https() && kind == io::ErrorKind::UnexpectedEof).then(
            || {
                let message = format!("{place} closed the connection during the TLS handshake");
                Error::new(ErrorKind::Tls, message).help("does that port speak TLS?")
            },
        )
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
        let fail = |message: String| Error::new(ErrorKind::Connect, message);
        Some(match kind {
            Some(io::ErrorKind::ConnectionRefused) => {
                fail(format!("connection refused by {place}"))
                    .help("is the server running, and is the port right?")
            }
            Some(io::ErrorKind::ConnectionReset) => fail(format!("{place} reset the connection")),
            Some(io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable) => {
                fail(format!("{place} cannot be reached")).help("is this machine on that network?")
            }
            Some(io::ErrorKind::AddrNotAvailable) => {
                fail(format!("{place} cannot be reached from this address"))
            }
            _ => fail(format!("no connection to {place}")),
        })
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
        let unprocessed = reason == h2::Reason::REFUSED_STREAM
            || (error.is_go_away() && reason == h2::Reason::NO_ERROR);
        let place = self.place();
        let found = if unprocessed {
            // RFC 9113, 8.7: it may be sent again, whatever it is.
            Error::new(ErrorKind::Io, format!("{place} refused the request unread"))
        } else if error.is_remote() {
            Error::new(
                ErrorKind::Protocol,
                format!("{place} ended the HTTP/2 exchange"),
            )
        } else {
            Error::new(
                ErrorKind::Protocol,
                format!("{place} does not speak proper HTTP/2"),
            )
        };
        Some(found.with("reason", format_args!("{reason:?}")))
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
            let error = fail("the answer is not HTTP");
            return Some(if self.url.is_https() {
                error
            } else {
                error.help(self.try_https())
            });
        }
        if hyper.is_incomplete_message() {
            let error = Error::new(
                ErrorKind::Io,
                "the server closed the connection without an answer",
            );
            return Some(self.perhaps_https(error));
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
        self.perhaps_https(Error::new(ErrorKind::Io, message))
    }

    fn perhaps_https(&self, error: Error) -> Error {
        // Nobody speaks TLS on port 80, and a hint that misleads is worse than none.
        if self.url.is_https() || self.url.port() == 80 {
            error
        } else {
            error.help(self.try_https())
        }
    }

    fn try_https(&self) -> String {
        format!(
            "does that port speak TLS? then try https://{}/",
            self.place()
        )
    }
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

fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    chain(error).find_map(|error| error.downcast_ref())
}

/// The system's own error: the innermost, since layers wrap it in `Other`.
fn io_kind(error: &(dyn StdError + 'static)) -> Option<io::ErrorKind> {
    chain(error)
        .filter_map(|error| error.downcast_ref().map(io::Error::kind))
        .last()
}
