//! How long the body of a response is: RFC 9112, 6.3.

use crate::error::{Error, Result, excerpt};
use crate::fields::{Fields, list};
use crate::grammar::is_word;
use crate::head::{ResponseHead, Version};
use crate::options::Leniency;
use crate::persistence::Persistence;

/// What the length of a response's body depends on beside its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Head,
    Connect,
    Other,
}

/// How the body of a response ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// There is none: the answer to HEAD, 204, 304.
    None,
    /// After so many bytes.
    Length(u64),
    /// With a chunk of size zero, and trailers.
    Chunked,
    /// When the server closes the connection.
    UntilClose,
    /// The connection is another protocol's from here on: 101, and 2xx to CONNECT.
    Switched,
}

/// What the fields of a head say of what comes after it, found in one pass.
#[derive(Debug, Default)]
pub(crate) struct Told<'h> {
    /// The values of Content-Length: how many, and the first.
    lengths: usize,
    length: &'h [u8],
    /// Whether there is a Transfer-Encoding.
    coded: bool,
    pub(crate) persistence: Persistence,
}

impl<'h> Told<'h> {
    pub(crate) fn by(fields: &'h Fields) -> Self {
        let mut told = Told::default();
        for (name, value) in fields.iter_bytes() {
            if is_word(name, b"content-length") {
                if told.lengths == 0 {
                    told.length = value;
                }
                told.lengths += 1;
            } else if is_word(name, b"connection") {
                told.persistence.notice(value);
            } else if is_word(name, b"transfer-encoding") {
                told.coded = true;
            }
        }
        told
    }
}

/// The framing, and whether the connection can be trusted after it.
pub(crate) fn of(
    head: &ResponseHead,
    told: &Told<'_>,
    method: Method,
    lenient: Leniency,
) -> Result<(Framing, bool)> {
    let fields = head.fields();
    match (method, head.status()) {
        // "A client MUST ignore any Content-Length or Transfer-Encoding header fields received
        // in a successful response to CONNECT" (RFC 9110, 9.3.6).
        (_, 101) | (Method::Connect, 200..=299) => return Ok((Framing::Switched, true)),
        // It has no content and must not speak of any (RFC 9110, 8.6; RFC 9112, 6.1): a server
        // that does may send some all the same, which would be taken for the next answer.
        (_, 204) => return Ok((Framing::None, !told.coded && !says_length(fields))),
        (Method::Head, _) | (_, 100..=199 | 304) => return Ok((Framing::None, true)),
        _ => {}
    }
    if told.coded {
        return coded(head, told, lenient);
    }
    let framing = match (told.lengths, number(told.length)) {
        (0, _) => Framing::UntilClose,
        (1, Ok(length)) => Framing::Length(length),
        _ => Framing::Length(odd_length(fields, lenient)?),
    };
    Ok((framing, true))
}

/// Other than zero.
#[inline(never)]
fn says_length(fields: &Fields) -> bool {
    let mut lengths = fields.get_all("content-length");
    lengths.any(|length| length != b"0")
}

/// With a Transfer-Encoding.
#[inline(never)]
fn coded(head: &ResponseHead, told: &Told<'_>, lenient: Leniency) -> Result<(Framing, bool)> {
    let fields = head.fields();
    let refused = |why| Error::TransferEncoding {
        value: excerpt(fields.get("transfer-encoding").unwrap_or_default()),
        why,
    };
    let uncounted = told.lengths == 0;
    if !uncounted && !lenient.length_with_transfer_encoding {
        return Err(refused(
            "Content-Length beside it says otherwise (RFC 9112, 6.3)",
        ));
    }
    let old = head.version() == Version::Http10;
    if old && !lenient.transfer_encoding_in_http10 {
        return Err(refused("HTTP/1.0 has none (RFC 9112, 6.1)"));
    }
    let framing = transfer_encoding(fields, lenient).map_err(refused)?;
    Ok((framing, uncounted && !old))
}

fn transfer_encoding(fields: &Fields, lenient: Leniency) -> Result<Framing, &'static str> {
    let mut chunked = false;
    let mut others = false;
    for coding in fields.get_all("transfer-encoding").flat_map(list) {
        if chunked {
            return Err("no coding can follow chunked (RFC 9112, 6.1)");
        }
        chunked = is_word(coding, b"chunked");
        others |= !chunked;
    }
    match (chunked, others) {
        (false, false) => Err("it names no coding"),
        (_, true) if !lenient.other_codings => Err("only chunked was asked for (RFC 9112, 7)"),
        (true, _) => Ok(Framing::Chunked),
        (false, true) => Ok(Framing::UntilClose),
    }
}

/// A Content-Length that is not said once, as one number.
#[cold]
fn odd_length(fields: &Fields, lenient: Leniency) -> Result<u64> {
    let values = || fields.get_all("content-length");
    let mut elements = values().flat_map(|value| value.split(|byte| *byte == b','));
    let mut length = None;
    let refused = |why| Error::ContentLength {
        value: excerpt(&values().collect::<Vec<_>>().join(&b", "[..])),
        why,
    };
    for element in &mut elements {
        let element = element.trim_ascii();
        let new = number(element).map_err(refused)?;
        match length {
            None => length = Some(new),
            Some(old) if old != new => return Err(refused("it is said twice, and differs")),
            Some(_) if !lenient.repeated_length => return Err(refused("it is said twice")),
            Some(_) => {}
        }
    }
    length.ok_or_else(|| refused("it is empty"))
}

/// `1*DIGIT`, and nothing else: no sign, no hexadecimal, no fraction.
fn number(digits: &[u8]) -> Result<u64, &'static str> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err("a length is digits only (RFC 9110, 8.6)");
    }
    digits
        .iter()
        .try_fold(0_u64, |number, digit| {
            number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
        })
        .ok_or("it is beyond 64 bits")
}
