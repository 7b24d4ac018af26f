//! What can go wrong, on both sides of an exchange.

use std::fmt;

/// The result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request cannot be written, or an answer not be read.
///
/// Messages name fields, limits and counts, never the values of fields but for the two lengths
/// and codings that frame a body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A part of the request has a byte that would break the message, or none where one must be.
    #[error("{part} of the request is malformed: {why}")]
    BadRequest {
        /// `the method`, `the target`, `the value of "X-Tag"` …
        part: String,
        /// What is accepted.
        why: &'static str,
    },
    /// What the fields of the request say of its body contradicts the body.
    #[error("the request's framing contradicts itself: {0}")]
    Framing(&'static str),
    /// More or less body was given than the request's Content-Length says.
    #[error("the request declared {declared} bytes of body and {given} were given")]
    BodyLength {
        /// What Content-Length says.
        declared: u64,
        /// What was given up to now, with what was refused.
        given: u64,
    },
    /// The answer is not HTTP/1.1 or 1.0.
    #[error("the answer is not HTTP/1: it begins with \"{}\"", Shown(.0))]
    NotHttp(
        /// Its first bytes, 16 at most.
        Vec<u8>,
    ),
    /// The head or the trailers of the response break the grammar.
    #[error("line {line} of the response's {section} is malformed: {why}")]
    Malformed {
        /// Where it is.
        section: Section,
        /// Counted from 1; of a head the first is the status line.
        line: usize,
        /// What is wrong.
        why: &'static str,
    },
    /// A limit was hit.
    #[error("the response exceeds the limit `{limit}` of {allowed}")]
    Limit {
        /// The field of [`Limits`](crate::Limits).
        limit: &'static str,
        /// Its value.
        allowed: usize,
    },
    /// Content-Length is not one plain number.
    #[error("the response's Content-Length \"{}\" is refused: {why}", Shown(.value))]
    ContentLength {
        /// What it says, shortened.
        value: Vec<u8>,
        /// What is wrong.
        why: &'static str,
    },
    /// Transfer-Encoding says something that cannot be read, or not be trusted.
    #[error("the response's Transfer-Encoding \"{}\" is refused: {why}", Shown(.value))]
    TransferEncoding {
        /// What it says, shortened.
        value: Vec<u8>,
        /// What is wrong.
        why: &'static str,
    },
    /// A chunk of the body breaks the grammar.
    #[error("chunk {chunk} of the response's body is malformed: {why}")]
    Chunk {
        /// Counted from 1.
        chunk: u64,
        /// What is wrong.
        why: &'static str,
    },
    /// The server switched protocols without having been asked to.
    #[error("the server answered 101 to a request without an Upgrade field")]
    UnaskedUpgrade,
    /// The connection ended before the first byte of an answer.
    #[error("the connection was closed before any byte of an answer")]
    Closed,
    /// The connection ended within a head, after that many bytes of it.
    #[error("the connection was closed after {received} bytes of a response head")]
    TruncatedHead {
        /// The bytes of the head that came.
        received: usize,
    },
    /// The connection ended within the body.
    #[error("the connection was closed within the body, after {received} of {} bytes",
        Expected(*.expected))]
    TruncatedBody {
        /// What Content-Length says; `None` of a chunked body, which does not tell.
        expected: Option<u64>,
        /// The bytes of body that came.
        received: u64,
    },
    /// A method was called in a state where it makes no sense.
    #[error("{0}")]
    Misuse(&'static str),
}

impl Error {
    /// Whether the connection ended too early: what came up to then was right.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        matches!(
            self,
            Error::Closed | Error::TruncatedHead { .. } | Error::TruncatedBody { .. }
        )
    }

    /// Whether the fault is in the request as it was given, so that nothing of it ought to be sent.
    #[must_use]
    pub fn is_request(&self) -> bool {
        matches!(
            self,
            Error::BadRequest { .. } | Error::Framing(_) | Error::BodyLength { .. }
        )
    }
}

/// Where in a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Status line and fields.
    Head,
    /// The fields after a chunked body.
    Trailers,
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Section::Head => "head",
            Section::Trailers => "trailers",
        })
    }
}

/// A copy of at most 64 bytes, for a message.
pub(crate) fn excerpt(bytes: &[u8]) -> Vec<u8> {
    bytes.get(..64).unwrap_or(bytes).to_vec()
}

struct Shown<'a>(&'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.escape_ascii().fmt(f)
    }
}

struct Expected(Option<u64>);

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(bytes) => bytes.fmt(f),
            None => f.write_str("an unknown number of"),
        }
    }
}
