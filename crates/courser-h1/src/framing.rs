//! How long the body of a response is: RFC 9112, 6.3.

use crate::error::{Error, Result, excerpt};
use crate::fields::{Fields, list};
use crate::head::{ResponseHead, Version};
use crate::options::Leniency;

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

/// The framing, and whether the connection can be trusted after it.
pub(crate) fn of(
    head: &ResponseHead,
    method: Method,
    lenient: Leniency,
) -> Result<(Framing, bool)> {
    let fields = head.fields();
    match (method, head.status()) {
        // "A client MUST ignore any Content-Length or Transfer-Encoding header fields received
        // in a successful response to CONNECT" (RFC 9110, 9.3.6).
        (_, 101) | (Method::Connect, 200..=299) => return Ok((Framing::Switched, true)),
        (_, 204) => return Ok((Framing::None, !says_content(fields))),
        (Method::Head, _) | (_, 100..=199 | 304) => return Ok((Framing::None, true)),
        _ => {}
    }
    let coded = fields.get("transfer-encoding").is_some();
    let length = fields.get("content-length");
    if !coded {
        let framing = match length {
            Some(_) => Framing::Length(content_length(fields, lenient)?),
            None => Framing::UntilClose,
        };
        return Ok((framing, true));
    }
    let refused = |why| Error::TransferEncoding {
        value: excerpt(fields.get("transfer-encoding").unwrap_or_default()),
        why,
    };
    if length.is_some() && !lenient.length_with_transfer_encoding {
        return Err(refused(
            "Content-Length beside it says otherwise (RFC 9112, 6.3)",
        ));
    }
    let old = head.version() == Version::Http10;
    if old && !lenient.transfer_encoding_in_http10 {
        return Err(refused("HTTP/1.0 has none (RFC 9112, 6.1)"));
    }
    let framing = transfer_encoding(fields, lenient).map_err(refused)?;
    Ok((framing, length.is_none() && !old))
}

/// Of a 204, which has no content and must not speak of any (RFC 9110, 8.6; RFC 9112, 6.1): a
/// server that does may send some all the same, which would be taken for the next answer.
fn says_content(fields: &Fields) -> bool {
    let mut lengths = fields.get_all("content-length");
    fields.get("transfer-encoding").is_some() || lengths.any(|length| length != b"0")
}

fn transfer_encoding(fields: &Fields, lenient: Leniency) -> Result<Framing, &'static str> {
    let mut chunked = false;
    let mut others = false;
    for coding in fields.get_all("transfer-encoding").flat_map(list) {
        if chunked {
            return Err("no coding can follow chunked (RFC 9112, 6.1)");
        }
        chunked = coding.eq_ignore_ascii_case(b"chunked");
        others |= !chunked;
    }
    match (chunked, others) {
        (false, false) => Err("it names no coding"),
        (_, true) if !lenient.other_codings => Err("only chunked was asked for (RFC 9112, 7)"),
        (true, _) => Ok(Framing::Chunked),
        (false, true) => Ok(Framing::UntilClose),
    }
}

fn content_length(fields: &Fields, lenient: Leniency) -> Result<u64> {
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
