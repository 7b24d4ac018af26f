//! The bytes of URLs: where they may stand, and how others are written.

/// What a byte may be part of, as bits: a URL is looked at byte by byte, for every request.
static CLASSES: [u8; 256] = classes();
pub(super) const PATH: u8 = 1;
pub(super) const QUERY: u8 = 2;
/// A host that is a name in lower case, or an address.
pub(super) const HOST: u8 = 4;

#[allow(clippy::indexing_slicing)] // when it is compiled
const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut b = 0u8;
    while b < 128 {
        let unreserved = b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
        let sub_delim = matches!(
            b,
            b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'='
        );
        if unreserved || sub_delim || matches!(b, b':' | b'@' | b'/') {
            classes[b as usize] |= PATH | QUERY;
        }
        if b == b'?' {
            classes[b as usize] |= QUERY;
        }
        if b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.' | b'_') {
            classes[b as usize] |= HOST;
        }
        b += 1;
    }
    classes
}

pub(super) fn is(b: u8, class: u8) -> bool {
    CLASSES
        .get(usize::from(b))
        .is_some_and(|bits| bits & class != 0)
}

pub(super) fn all(text: &str, class: u8) -> bool {
    text.bytes().all(|b| is(b, class))
}

pub(super) fn is_path_byte(b: u8) -> bool {
    is(b, PATH)
}

pub(super) fn is_query_byte(b: u8) -> bool {
    is(b, QUERY)
}

/// Appends `text`, percent-encoding the bytes that `legal` does not know, and every `%` that
/// does not begin an escape.
pub(super) fn encode_into(out: &mut String, text: &str, legal: fn(u8) -> bool) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    // Mostly there is nothing to do.
    if text.bytes().all(legal) {
        out.push_str(text);
        return;
    }
    let bytes = text.as_bytes();
    let hex = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_hexdigit);
    for (i, &b) in bytes.iter().enumerate() {
        let escape = b == b'%' && hex(i + 1) && hex(i + 2);
        if escape || legal(b) {
            out.push(char::from(b));
        } else {
            out.push('%');
            for nibble in [b >> 4, b & 15] {
                out.push(char::from(
                    HEX.get(usize::from(nibble)).copied().unwrap_or(b'0'),
                ));
            }
        }
    }
}
