//! The head of a response: status line and fields.

use std::borrow::Cow;

use crate::error::{Error, Result, Section};
use crate::fields::Fields;
use crate::grammar::is_value;
use crate::options::{Leniency, Options};
use crate::section::Scanner;

/// The versions of HTTP that this crate speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// HTTP/1.0: no chunks, and a connection lasts for one exchange unless both sides agree.
    Http10,
    /// HTTP/1.1.
    Http11,
}

impl Version {
    /// `HTTP/1.0`, `HTTP/1.1`
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Version::Http10 => "HTTP/1.0",
            Version::Http11 => "HTTP/1.1",
        }
    }
}

/// The head of a response, final or informational.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseHead {
    version: Version,
    status: u16,
    /// Where the reason phrase ends in the block; it begins at [`REASON`].
    reason: usize,
    fields: Fields,
}

/// What both versions begin with.
const HTTP1: &[u8] = b"HTTP/1.";

/// After `HTTP/1.1 200 `.
const REASON: usize = 13;

impl ResponseHead {
    /// The version the server speaks.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// The status code, from 100 to 999.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Whether it is a 1xx that another response follows. 101 is not: it ends the exchange.
    #[must_use]
    pub fn is_informational(&self) -> bool {
        self.status < 200 && self.status != 101
    }

    /// The reason phrase, read as ISO-8859-1; empty if there is none.
    #[must_use]
    pub fn reason(&self) -> Cow<'_, str> {
        let reason = self.reason_bytes();
        match std::str::from_utf8(reason) {
            Ok(ascii) if ascii.is_ascii() => Cow::Borrowed(ascii),
            _ => Cow::Owned(reason.iter().map(|byte| char::from(*byte)).collect()),
        }
    }

    /// The same as it came.
    #[must_use]
    pub fn reason_bytes(&self) -> &[u8] {
        let block = self.fields.block();
        block.get(REASON..self.reason).unwrap_or_default()
    }

    /// The fields, as the server wrote them.
    #[must_use]
    pub fn fields(&self) -> &Fields {
        &self.fields
    }
}

/// Looks for the end of a head: its length. `input` begins where the head does and grows from call
/// to call.
pub(crate) fn find(
    scanner: &mut Scanner,
    input: &[u8],
    options: &Options,
) -> Result<Option<usize>> {
    begins_as_http(input)?;
    scanner.scan(input, &options.limits, options.lenient)
}

/// Told as early as can be: what answers may not be a web server, and then no line may ever end.
fn begins_as_http(input: &[u8]) -> Result<()> {
    match input.strip_prefix(HTTP1) {
        Some([] | [b'0'..=b'9', ..]) => Ok(()),
        None if HTTP1.starts_with(input) => Ok(()),
        _ => Err(not_http(input)),
    }
}

#[cold]
fn not_http(input: &[u8]) -> Error {
    Error::NotHttp(input.get(..16).unwrap_or(input).to_vec())
}

#[cold]
fn malformed(why: &'static str) -> Error {
    Error::Malformed {
        section: Section::Head,
        line: 1,
        why,
    }
}

/// Reads the head that was found.
pub(crate) fn parse(
    scanner: &mut Scanner,
    section: &[u8],
    lenient: Leniency,
) -> Result<ResponseHead> {
    let block = scanner.copy(section, lenient);
    let line = block.get(..scanner.status_line()).unwrap_or_default();
    let (version, rest) = match line.strip_prefix(HTTP1) {
        Some([b'1', rest @ ..]) => (Version::Http11, rest),
        Some([b'0', rest @ ..]) => (Version::Http10, rest),
        _ => return Err(malformed("the version is neither HTTP/1.1 nor HTTP/1.0")),
    };
    let (digits, reason) = match rest {
        [b' ', a, b, c] => ([a, b, c], &[][..]),
        [b' ', a, b, c, b' ', reason @ ..] => ([a, b, c], reason),
        _ => return Err(malformed("a space and three digits follow the version")),
    };
    if !digits.iter().all(|digit| digit.is_ascii_digit()) || *digits[0] == b'0' {
        return Err(malformed("a status code is from 100 to 999"));
    }
    let status = digits
        .iter()
        .fold(0, |status, digit| status * 10 + u16::from(**digit - b'0'));
    if !is_value(reason) {
        return Err(malformed("the reason phrase has a control character"));
    }
    let reason = REASON + reason.len();
    Ok(ResponseHead {
        version,
        status,
        reason,
        fields: scanner.fields(block)?,
    })
}
