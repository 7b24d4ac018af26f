//! The tokens of JSON: strings and numbers (RFC 8259, 6 and 7).

use std::fmt::Write;

/// The content of a string that has escapes in it, and how many bytes it took with its closing
/// quote. `text` begins behind the opening quote.
///
/// The error has its position and what is wrong.
pub(crate) fn unescape(text: &str) -> Result<(String, usize), (usize, &'static str)> {
    let mut out = String::new();
    let mut at = 0;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let plain = rest
            .bytes()
            .position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))
            .ok_or((text.len(), "the text ends within a string"))?;
        out.push_str(rest.get(..plain).unwrap_or_default());
        at += plain + 1;
        match rest.as_bytes().get(plain) {
            Some(b'"') => return Ok((out, at)),
            Some(b'\\') => {}
            _ => return Err((at - 1, "a control character in a string")),
        }
        let escape = text.get(at..).unwrap_or_default();
        let (c, taken) = match escape.bytes().next() {
            Some(b'n') => ('\n', 1),
            Some(b't') => ('\t', 1),
            Some(b'r') => ('\r', 1),
            Some(b'b') => ('\u{8}', 1),
            Some(b'f') => ('\u{c}', 1),
            Some(c @ (b'"' | b'\\' | b'/')) => (char::from(c), 1),
            Some(b'u') => unicode(escape).map_err(|why| (at - 1, why))?,
            _ => return Err((at - 1, "an unknown escape in a string")),
        };
        out.push(c);
        at += taken;
    }
}

fn unicode(escape: &str) -> Result<(char, usize), &'static str> {
    let unit = |from: usize| {
        let digits = escape.get(from..from + 4)?;
        let hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if hex {
            u32::from_str_radix(digits, 16).ok()
        } else {
            None
        }
    };
    let high = unit(1).ok_or("expected four hex digits after \\u")?;
    if let Some(c) = char::from_u32(high) {
        return Ok((c, 5));
    }
    let low = match escape.get(5..7) {
        Some("\\u") => unit(7),
        _ => None,
    };
    match low {
        Some(low @ 0xdc00..0xe000) if high < 0xdc00 => {
            char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)).map(|c| (c, 11))
        }
        _ => None,
    }
    .ok_or("half of a surrogate pair")
}

/// Adds the text as a string of JSON, as Jackson writes it: upper case hex digits, `/` and DEL as
/// they are.
pub(crate) fn escape(out: &mut String, text: &str, ascii_only: bool) {
    let needs_escape =
        |byte: u8| matches!(byte, b'"' | b'\\' | 0..0x20) || ascii_only && !byte.is_ascii();
    out.push('"');
    let mut rest = text;
    while let Some(plain) = rest.bytes().position(needs_escape) {
        let (head, tail) = rest.split_at_checked(plain).unwrap_or((rest, ""));
        out.push_str(head);
        let mut chars = tail.chars();
        let c = chars.next().unwrap_or_default();
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a `String` cannot fail.
                    let _ = write!(out, "\\u{unit:04X}");
                }
            }
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

/// A number at the beginning of some bytes.
pub(crate) struct Number<'a> {
    /// The digits before the point.
    pub(crate) digits: &'a [u8],
    /// How many bytes it takes.
    pub(crate) length: usize,
    /// Whether it has neither point nor exponent.
    pub(crate) is_integer: bool,
}

/// RFC 8259 section 6: `-? (0 | [1-9][0-9]*) (\.[0-9]+)? ([eE][+-]?[0-9]+)?`
pub(crate) fn split_number(bytes: &[u8]) -> Option<Number<'_>> {
    let digits_of = |bytes: &[u8]| {
        bytes
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let sign = usize::from(bytes.first() == Some(&b'-'));
    let unsigned = bytes.get(sign..)?;
    let whole = digits_of(unsigned);
    let (digits, mut rest) = unsigned.split_at_checked(whole)?;
    if digits.is_empty() || digits.len() > 1 && digits.first() == Some(&b'0') {
        return None;
    }
    let mut length = sign + whole;
    let mut is_integer = true;
    if let Some((b'.', fraction)) = rest.split_first() {
        let count = digits_of(fraction);
        if count == 0 {
            return None;
        }
        rest = fraction.get(count..)?;
        length += count + 1;
        is_integer = false;
    }
    if let Some((b'e' | b'E', exponent)) = rest.split_first() {
        let sign = usize::from(matches!(exponent.first(), Some(b'+' | b'-')));
        let count = digits_of(exponent.get(sign..)?);
        if count == 0 {
            return None;
        }
        length += sign + count + 1;
        is_integer = false;
    }
    Some(Number {
        digits,
        length,
        is_integer,
    })
}
