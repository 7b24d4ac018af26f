//! What goes wrong on a connection, in Courser's words.

use std::io;
use std::net::SocketAddr;

use courser_core::failure::{named, perhaps_https, truncated, try_https};
use courser_core::{Error, ErrorKind, Method, Url};
use courser_h1 as h1;

/// What is known of an exchange when it fails.
#[derive(Clone)]
pub(crate) struct Failure {
    pub(crate) method: Method,
    pub(crate) url: Url,
    /// The other end.
    pub(crate) address: Option<SocketAddr>,
}

impl Failure {
    /// The request cannot be written.
    pub(crate) fn of_request(error: h1::Error) -> Error {
        let help = match error {
            h1::Error::Framing(_) => "leave it out: it is set by the length of the body",
            _ => "it would break the message, or its reader",
        };
        Error::invalid(error.to_string()).help(help).because(error)
    }

    /// What came cannot be read, or ended too early.
    pub(crate) fn of_answer(&self, error: h1::Error) -> Error {
        let protocol = |message: String| Error::new(ErrorKind::Protocol, message);
        let found = match &error {
            h1::Error::NotHttp(_) => {
                try_https(protocol("the answer is not HTTP".to_owned()), &self.url)
            }
            h1::Error::Limit { limit, allowed } => limits(limit, allowed),
            h1::Error::Malformed { .. } => protocol("the answer is not proper HTTP".to_owned()),
            h1::Error::Chunk { .. } => protocol("the body is not in well-formed chunks".to_owned()),
            h1::Error::ContentLength { .. } | h1::Error::TransferEncoding { .. } => {
                protocol("the length of the response could be read in two ways".to_owned())
            }
            h1::Error::Closed | h1::Error::TruncatedHead { .. } => {
                let message = "the server closed the connection without an answer";
                perhaps_https(Error::new(ErrorKind::Io, message), &self.url)
            }
            h1::Error::TruncatedBody { expected, received } => truncated(*expected, *received),
            _ => protocol("the exchange failed".to_owned()),
        };
        found.because(error)
    }

    /// Reading or writing failed before there was an answer. `sending` while the request was not
    /// out yet.
    pub(crate) fn of_head(&self, error: io::Error, sending: bool) -> Error {
        let message = match error.kind() {
            io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => {
                "the server reset the connection without an answer"
            }
            io::ErrorKind::BrokenPipe => {
                "the server closed the connection while the request was sent"
            }
            io::ErrorKind::UnexpectedEof => "the server closed the connection without an answer",
            _ if sending => "the connection broke while the request was sent",
            _ => "the connection broke before an answer came",
        };
        perhaps_https(Error::new(ErrorKind::Io, message), &self.url).because(error)
    }

    /// Reading failed within the body.
    pub(crate) fn of_body(error: io::Error, expected: Option<u64>, received: u64) -> Error {
        truncated(expected, received).because(error)
    }

    /// Names the request; and the address, where the URL does not.
    pub(crate) fn during(&self, error: Error) -> Error {
        named(error, &self.method, &self.url, self.address)
    }
}

/// A limit that was hit, by the name that the protocol has for it.
pub(crate) fn limits(limit: &str, allowed: impl std::fmt::Display) -> Error {
    let (what, allowed) = match limit {
        "head_bytes" => (
            "the head of the response is too large",
            format!("{allowed} bytes (:max-header-size)"),
        ),
        "head_lines" => (
            "the head of the response is too large",
            format!("{allowed} fields (:max-header-count)"),
        ),
        "informational" => (
            "the server sends interim answers (1xx) without end",
            format!("{allowed} (:max-interim-responses)"),
        ),
        "chunk_extension_bytes" => (
            "the chunks of the body have too many extensions",
            format!("{allowed} bytes"),
        ),
        "trailer_bytes" => (
            "the trailers of the body are too large",
            format!("{allowed} bytes"),
        ),
        "trailer_lines" => (
            "the trailers of the body are too large",
            format!("{allowed} lines"),
        ),
        _ => ("the response is too large", allowed.to_string()),
    };
    Error::new(ErrorKind::Protocol, what).with("limit", allowed)
}
