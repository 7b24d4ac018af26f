//! The percent-encoding of forms: of one name or value.

use std::borrow::Cow;

use crate::text::{Charset, Unmappable};

/// Letters, digits and `-_.*` are left as they are by java.net.URLEncoder, and by the WHATWG's form
/// serializer too.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'*')
}

/// What stands for a byte in UTF-8, in three bytes of which the fourth says how many count.
#[allow(clippy::indexing_slicing)] // when it is compiled, not when it runs
const ENCODED: [[u8; 4]; 256] = {
    let mut table = [[0; 4]; 256];
    let mut byte = 0_u8;
    loop {
        table[byte as usize] = match byte {
            b' ' => [b'+', 0, 0, 1],
            _ if is_plain(byte) => [byte, 0, 0, 1],
            _ => [b'%', digit(byte >> 4), digit(byte & 15), 3],
        };
        if byte == u8::MAX {
            break table;
        }
        byte += 1;
    }
};

const fn digit(digit: u8) -> u8 {
    digit + if digit < 10 { b'0' } else { b'A' - 10 }
}

/// Adds the encoded text: letters, digits and `-_.*` stay, a space is `+`, all else is the
/// charset's bytes in percent.
///
/// # Errors
/// [`Unmappable`] if the charset lacks a character; clj-http would send `?`.
///
/// ```
/// use courser_coerce::{form, text::Charset};
///
/// let mut out = String::new();
/// form::encode("a b~é", Charset::UTF_8, &mut out)?;
/// assert_eq!(out, "a+b%7E%C3%A9");
/// # Ok::<(), courser_coerce::text::Unmappable>(())
/// ```
pub fn encode(text: &str, charset: Charset, out: &mut String) -> Result<(), Unmappable> {
    let mut bytes = Vec::new();
    encode_bytes(text, charset, &mut bytes)?;
    out.push_str(&ascii(bytes));
    Ok(())
}

/// As [`encode`], as bytes, which are faster to add to.
pub(super) fn encode_bytes(
    text: &str,
    charset: Charset,
    out: &mut Vec<u8>,
) -> Result<(), Unmappable> {
    if charset == Charset::UTF_8 {
        encode_utf8(text.as_bytes(), out);
        return Ok(());
    }
    let is_left = |byte: u8| is_plain(byte) || byte == b' ';
    let mut rest = text;
    while !rest.is_empty() {
        let (head, tail) = split_run(rest, is_left);
        encode_utf8(head.as_bytes(), out);
        // As in Java, a run that needs encoding goes through the charset at once.
        let (run, after) = split_run(tail, |byte| !is_left(byte));
        let bytes = charset.encode(run).map_err(|error| Unmappable {
            position: error.position + text.len() - tail.len(),
            ..error
        })?;
        for byte in bytes.iter() {
            out.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte & 15)]);
        }
        rest = after;
    }
    Ok(())
}

/// Without a branch for each byte: which ones are encoded cannot be foreseen.
fn encode_utf8(bytes: &[u8], out: &mut Vec<u8>) {
    // A part at a time, since each takes thrice its room for now.
    for bytes in bytes.chunks(256) {
        let mut at = out.len();
        out.resize(at + 3 * bytes.len() + 1, 0);
        for byte in bytes {
            let entry = ENCODED.get(usize::from(*byte)).unwrap_or(&[0; 4]);
            if let Some(place) = out.get_mut(at..at + 4) {
                place.copy_from_slice(entry);
            }
            at += usize::from(entry[3]);
        }
        out.truncate(at);
    }
}

/// The bytes in front that are so, and what follows. No character may be so in part.
fn split_run(text: &str, is_so: impl Fn(u8) -> bool) -> (&str, &str) {
    let end = text.bytes().position(|byte| !is_so(byte));
    text.split_at_checked(end.unwrap_or(text.len()))
        .unwrap_or((text, ""))
}

/// The text of what was encoded, which is nothing but ASCII.
pub(super) fn ascii(encoded: Vec<u8>) -> String {
    String::from_utf8(encoded).unwrap_or_default()
}

/// The text of an encoded name or value: `+` is a space, `%XX` a byte of the charset. A `%` that
/// no two hex digits follow stays; bytes that are no text in the charset become U+FFFD.
///
/// ```
/// use courser_coerce::{form, text::Charset};
///
/// assert_eq!(form::decode(b"a+b%7E%C3%A9+100%", Charset::UTF_8), "a b~é 100%");
/// ```
pub fn decode(encoded: &[u8], charset: Charset) -> Cow<'_, str> {
    let bytes = if encoded.iter().any(|byte| matches!(byte, b'+' | b'%')) {
        let mut bytes = Vec::with_capacity(encoded.len());
        let mut rest = encoded;
        while let Some((first, tail)) = rest.split_first() {
            rest = tail;
            let byte = match (first, tail) {
                (b'+', _) => b' ',
                (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                    (Some(high), Some(low)) => {
                        rest = after;
                        high << 4 | low
                    }
                    _ => b'%',
                },
                (byte, _) => *byte,
            };
            bytes.push(byte);
        }
        Cow::Owned(bytes)
    } else {
        Cow::Borrowed(encoded)
    };
    match bytes {
        Cow::Borrowed(bytes) => charset.decode_part(bytes),
        Cow::Owned(bytes) => match String::from_utf8(bytes) {
            Ok(text) if charset == Charset::UTF_8 => text.into(),
            Ok(text) => charset.decode_part(text.as_bytes()).into_owned().into(),
            Err(error) => charset.decode_part(error.as_bytes()).into_owned().into(),
        },
    }
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(label: &str, text: &str, expected: &str) {
        let charset = Charset::for_label(label).unwrap();
        let mut out = String::new();
        encode(text, charset, &mut out).unwrap();
        assert_eq!(out, expected, "{label} {text}");
        assert_eq!(
            decode(expected.as_bytes(), charset),
            text,
            "{label} {expected}"
        );
    }

    #[test]
    fn encodes_as_java_and_comes_back() {
        check("utf-8", "", "");
        check("utf-8", "x y&z=1+2%~*-._", "x+y%26z%3D1%2B2%25%7E*-._");
        check("utf-8", "a b&c=d[e]+~*", "a+b%26c%3Dd%5Be%5D%2B%7E*");
        check("utf-8", "café日😀", "caf%C3%A9%E6%97%A5%F0%9F%98%80");
        check("latin1", "café", "caf%E9");
        #[cfg(feature = "charset")]
        check("Shift_JIS", "日本", "%93%FA%96%7B");
        check("utf-8", "\0\n\u{7f}", "%00%0A%7F");
        // A byte order mark a run: so does Java.
        let mut out = String::new();
        encode("aé", Charset::UTF_16, &mut out).unwrap();
        assert_eq!(out, "a%FE%FF%00%E9");
    }

    #[test]
    fn says_where_the_charset_lacks_a_character() {
        let error = encode("a é 日", Charset::LATIN_1, &mut String::new()).unwrap_err();
        assert_eq!((error.character, error.position), ('日', 5));
    }

    /// As in Java and in the URL standard: it belongs to documents, not to each name and value.
    #[test]
    fn a_byte_order_mark_is_a_character() {
        check("utf-8", "\u{feff}a", "%EF%BB%BFa");
        check("latin1", "ÿþab", "%FF%FEab");
        let not_utf_8 = decode(b"%FF%FEab", Charset::UTF_8);
        assert_eq!(not_utf_8, "\u{fffd}\u{fffd}ab");
        assert_eq!(decode("\u{feff}".as_bytes(), Charset::UTF_8), "\u{feff}");
    }

    #[test]
    fn decodes_what_is_malformed() {
        for (encoded, expected) in [
            ("%", "%"),
            ("%4", "%4"),
            ("%4g", "%4g"),
            ("%%41", "%A"),
            ("%zz%41", "%zzA"),
            ("%e9", "\u{fffd}"),
            ("é", "é"),
            ("%C3%A9", "é"),
        ] {
            assert_eq!(
                decode(encoded.as_bytes(), Charset::UTF_8),
                expected,
                "{encoded}"
            );
        }
    }
}
