//! Names: which characters end one, and which are one.

/// Space, comma, and what begins or ends something else; all other bytes belong to a name or number.
const fn delimiters() -> [bool; 256] {
    let mut table = [false; 256];
    let bytes = b" \t\n\r\x0b\x0c,\"()[]{};^\\\x1c\x1d\x1e\x1f";
    let mut at = 0;
    while at < bytes.len() {
        // Within bounds: a byte is below 256.
        #[allow(clippy::indexing_slicing)]
        {
            table[bytes[at] as usize] = true;
        }
        at += 1;
    }
    table
}

static DELIMITERS: [bool; 256] = delimiters();

/// Whether the byte ends a name or number.
#[inline]
pub(super) fn is_delimiter(byte: u8) -> bool {
    // Within bounds: a byte is below 256.
    #[allow(clippy::indexing_slicing)]
    DELIMITERS[byte as usize]
}

/// Java's `Character.isWhitespace` in ASCII, and the comma.
#[inline]
pub(super) fn is_space(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b',' | b'\n' | b'\r' | b'\t' | 0x0b | 0x0c | 0x1c..=0x1f
    )
}

/// Why the text is no symbol; `None` if it is one.
///
/// It has no delimiters in it.
pub(super) fn symbol_error(text: &str) -> Option<&'static str> {
    let bytes = text.as_bytes();
    match bytes {
        b"/" => return None,
        [] => return Some("a name is expected"),
        [b'0'..=b'9', ..] => return Some("a symbol cannot begin with a digit"),
        [b'+' | b'-' | b'.', b'0'..=b'9', ..] => {
            return Some("a digit cannot follow a sign or point at the beginning of a symbol");
        }
        [b'@' | b'`' | b'~', ..] => return Some("EDN has no reader macros"),
        [b'#' | b':', ..] => return Some("a symbol cannot begin with it"),
        _ => {}
    }
    name_error(text, true)
}

/// Why the text is no name of a keyword; `None` if it is one.
pub(super) fn keyword_error(text: &str) -> Option<&'static str> {
    match text.as_bytes() {
        [] => Some("a name is expected after the colon"),
        [b':', ..] => Some("EDN has no keywords that depend on a current namespace"),
        _ => name_error(text, false),
    }
}

/// What symbols and keywords have in common. One pass over most names.
fn name_error(text: &str, is_symbol: bool) -> Option<&'static str> {
    let mut slash = None;
    let mut odd = false;
    let mut previous = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'/' if slash.is_none() => slash = Some(at),
            b':' if previous == b':' => return Some("a name cannot contain two colons in a row"),
            b'/' | 0x80.. => odd = true,
            _ => {}
        }
        previous = byte;
    }
    if previous == b':' {
        return Some("a name cannot end with a colon");
    }
    if odd {
        if text.chars().any(char::is_whitespace) {
            return Some("this kind of whitespace separates nothing in EDN");
        }
        let slashes = text.bytes().filter(|byte| *byte == b'/').count();
        // `clojure.core//` is the division of that namespace.
        if slashes > 2 || slashes == 2 && !text.ends_with("//") {
            return Some("a name can contain one slash");
        }
    }
    let slash = slash?;
    match text.as_bytes().get(slash + 1..) {
        _ if slash == 0 => Some("a slash must have a namespace before it"),
        None | Some([]) => Some("a slash must have a name behind it"),
        Some([b'0'..=b'9', ..]) if is_symbol => Some("a symbol cannot begin with a digit"),
        Some([b':', ..]) => Some("the name behind a slash cannot begin with a colon"),
        Some(_) => None,
    }
}

fn has_delimiter(text: &str) -> bool {
    text.bytes().any(is_delimiter)
}

/// Whether a keyword of that name reads back.
pub(super) fn is_keyword_name(text: &str) -> bool {
    !has_delimiter(text) && keyword_error(text).is_none()
}

/// Whether a symbol of that name reads back as a symbol.
pub(super) fn is_readable_symbol(text: &str) -> bool {
    !has_delimiter(text)
        && symbol_error(text).is_none()
        && !matches!(text, "nil" | "true" | "false")
}

/// Why the text is no tag; `None` if it is one.
pub(super) fn tag_error(text: &str) -> Option<&'static str> {
    match text.chars().next() {
        Some(first) if first.is_alphabetic() => symbol_error(text),
        _ => Some("a tag begins with a letter"),
    }
}

/// Whether a tag of that name reads back.
pub(super) fn is_tag(text: &str) -> bool {
    !has_delimiter(text) && tag_error(text).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols() {
        for text in [
            "a",
            "a/b",
            "/",
            ".",
            "*",
            "+",
            "-",
            "a.b",
            "a#b",
            "a:b",
            "clojure.core//",
            "日本",
            "->",
            "+a",
            "-a/b",
            "<=",
            "a'",
            ".true",
            "true.",
            "some:sort:of:symbol",
            "a@b",
        ] {
            assert_eq!(symbol_error(text), None, "{text}");
        }
        for text in [
            "",
            "1a",
            "+1a",
            ".5a",
            "@a",
            "#a",
            ":a",
            "a:",
            "a::b",
            "/a",
            "a/",
            "//",
            "///",
            "a/b/c",
            "a//b",
            "a/1",
            "a/:b",
            "a\u{3000}b",
            "~a",
            "`a",
        ] {
            assert!(symbol_error(text).is_some(), "{text}");
        }
    }

    #[test]
    fn keywords() {
        for text in [
            "a",
            "a/b",
            "#a",
            "#/#",
            "1",
            "1a",
            "a/1",
            "日本",
            "a.b/c",
            "+",
            "text/html",
        ] {
            assert_eq!(keyword_error(text), None, "{text}");
        }
        for text in ["", ":a", "/", "/a", "a/", "a:", "#/:", "a/b/c", "a::b"] {
            assert!(keyword_error(text).is_some(), "{text}");
        }
    }
}
