//! Strings of JSON (RFC 8259 section 7).

use std::fmt::Write;

/// The content of a string that has escapes in it, and how many bytes it took with its closing
/// quote. `text` begins behind the opening quote.
///
/// The error has its position and what is wrong.
pub(super) fn unescape(text: &str) -> Result<(String, usize), (usize, &'static str)> {
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
pub(super) fn escape(out: &mut String, text: &str, ascii_only: bool) {
    out.push('"');
    let mut plain = 0;
    for (at, c) in text.char_indices() {
        let short = match c {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\u{8}' => "\\b",
            '\u{c}' => "\\f",
            '\0'..' ' => "",
            c if ascii_only && !c.is_ascii() => "",
            _ => continue,
        };
        out.push_str(text.get(plain..at).unwrap_or_default());
        out.push_str(short);
        if short.is_empty() {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a `String` cannot fail.
                let _ = write!(out, "\\u{unit:04X}");
            }
        }
        plain = at + c.len_utf8();
    }
    out.push_str(text.get(plain..).unwrap_or_default());
    out.push('"');
}
