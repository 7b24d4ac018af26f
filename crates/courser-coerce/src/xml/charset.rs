//! The charset of a document: a byte order mark comes first, then what the transport said
//! (RFC 7303, 3), then the declaration, then UTF-8.

use std::borrow::Cow;

use super::chars::is_space;
use super::error::{Error, shown};
use crate::text::Charset;

/// How much is looked at for the declaration.
const DECLARATION: usize = 1024;

/// The text of a document.
pub(super) fn decode(bytes: &[u8], told: Option<Charset>) -> Result<Cow<'_, str>, Error> {
    let charset = match told {
        Some(charset) => charset,
        None => sniff(bytes)?,
    };
    charset
        .decode_strict(bytes)
        .map_err(|why| Error::new(bytes, why.position, format_args!("the document is {why}")))
}

/// What the document says of itself (XML 1.0, appendix F). A byte order mark is seen to later.
fn sniff(bytes: &[u8]) -> Result<Charset, Error> {
    let label = |label: &str, at: usize| {
        Charset::for_label(label).map_err(|why| Error::new(bytes, at, why))
    };
    match bytes {
        [0, b'<', ..] => return label("UTF-16BE", 0),
        [b'<', 0, ..] => return label("UTF-16LE", 0),
        [0xfe, 0xff, ..] | [0xff, 0xfe, ..] | [0xef, 0xbb, 0xbf, ..] => return Ok(Charset::UTF_8),
        _ => {}
    }
    let Some((at, name)) = declared(bytes) else {
        return Ok(Charset::UTF_8);
    };
    let charset = label(name, at)?;
    if name.to_ascii_lowercase().starts_with("utf-16") {
        let message = format!("declared as {}, which the bytes are not", shown(name));
        return Err(Error::new(bytes, at, message));
    }
    Ok(charset)
}

/// The encoding that the declaration names, and where.
fn declared(bytes: &[u8]) -> Option<(usize, &str)> {
    let head = bytes.get(..bytes.len().min(DECLARATION))?;
    let inner = head.strip_prefix(b"<?xml")?;
    let end = inner.windows(2).position(|pair| pair == b"?>")?;
    let inner = std::str::from_utf8(inner.get(..end)?).ok()?;
    let at = inner.find("encoding")? + "encoding".len();
    let space = |c: char| u8::try_from(c).is_ok_and(is_space);
    let value = inner
        .get(at..)?
        .trim_start_matches(space)
        .strip_prefix('=')?;
    let value = value.trim_start_matches(space);
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let value = value.get(1..)?;
    let name = value.get(..value.find(quote)?)?;
    Some((5 + inner.len() - value.len(), name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_order() {
        #[track_caller]
        fn check(bytes: &[u8], told: Option<&str>, expected: Option<&str>) {
            let told = told.map(|label| Charset::for_label(label).unwrap());
            let text = decode(bytes, told).ok();
            assert_eq!(text.as_deref(), expected, "{bytes:x?}");
        }
        let latin1 = b"<?xml version='1.0' encoding='iso-8859-1'?><a>\xe9</a>";
        check(
            latin1,
            None,
            Some("<?xml version='1.0' encoding='iso-8859-1'?><a>é</a>"),
        );
        check(latin1, Some("utf-8"), None);
        check(b"<a>\xc3\xa9</a>", None, Some("<a>é</a>"));
        check(b"<a>\xe9</a>", Some("latin1"), Some("<a>é</a>"));
        check(b"\xef\xbb\xbf<a/>", Some("latin1"), Some("<a/>"));
        check(b"\xff\xfe<\0a\0/\0>\0", None, Some("<a/>"));
        check(b"\0<\0a\0/\0>", None, Some("<a/>"));
        check(b"<\0a\0/\0>\0", None, Some("<a/>"));
        check(b"<a>\xe9</a>", None, None);
        check(b"<?xml version='1.0' encoding='UTF-16'?><a/>", None, None);
        check(b"<?xml version='1.0' encoding='utf-7'?><a/>", None, None);
        check(
            b"<?xml version='1.0' encoding=",
            None,
            Some("<?xml version='1.0' encoding="),
        );
    }
}
