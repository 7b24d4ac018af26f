//! The charset of a body.
//!
//! A byte order mark comes first, then the `Content-Type`, then UTF-8: always in this order, so
//! that no two readers of a body see different text. What HTML says of itself counts where it
//! was asked for (`:decode-body-headers`), by becoming the `Content-Type`.

use std::borrow::Cow;

use courser_core::{Error, ErrorKind, Headers, Result};

use super::MediaType;
use crate::text::Charset;

/// The charset of the `Content-Type`, if it tells one.
///
/// # Errors
/// [`Decode`](ErrorKind::Decode) for one that is not known.
pub fn charset_of(headers: &Headers) -> Result<Option<Charset>> {
    let media_type = headers
        .text("content-type")
        .and_then(|text| MediaType::parse(&text));
    let label = media_type
        .as_ref()
        .and_then(|media_type| media_type.param("charset"));
    let Some(label) = label.filter(|label| !label.is_empty()) else {
        return Ok(None);
    };
    Charset::for_label(label).map(Some).map_err(|why| {
        let message = "the charset of the response is not known";
        Error::new(ErrorKind::Decode, message).because(why)
    })
}

/// The body in UTF-8, with as little copying as may be.
pub(super) fn utf8<'a>(headers: &Headers, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>> {
    let charset = charset_of(headers)?.unwrap_or_default();
    if charset == Charset::UTF_8
        && !bytes.starts_with(b"\xfe\xff")
        && !bytes.starts_with(b"\xff\xfe")
    {
        return Ok(Cow::Borrowed(
            bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes),
        ));
    }
    match charset.decode_strict(bytes) {
        Ok(Cow::Borrowed(text)) => Ok(Cow::Borrowed(text.as_bytes())),
        Ok(Cow::Owned(text)) => Ok(Cow::Owned(text.into_bytes())),
        Err(why) => Err(Error::new(
            ErrorKind::Decode,
            "the body is not in the charset it claims",
        )
        .because(why)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SECURITY 41: one order, whoever reads; and no UTF-7.
    #[test]
    fn one_order_of_precedence() {
        #[track_caller]
        fn check(content_type: &str, body: &[u8], expected: Option<&str>) {
            let mut headers = Headers::new();
            headers.append("Content-Type", content_type).unwrap();
            let strict = utf8(&headers, body).ok();
            let strict = strict.map(|text| String::from_utf8(text.into_owned()).unwrap());
            assert_eq!(strict.as_deref(), expected, "{content_type}");
            if let Some(expected) = expected {
                let charset = charset_of(&headers).unwrap().unwrap_or_default();
                assert_eq!(charset.decode(body).text, expected, "{content_type}");
            }
        }
        let latin1 = "text/html; charset=iso-8859-1";
        check("text/html", "é".as_bytes(), Some("é"));
        check(latin1, b"\xe9", Some("é"));
        check(latin1, b"\xef\xbb\xbf\xc3\xa9", Some("é"));
        check(latin1, b"\xfe\xff\0\xe9", Some("é"));
        check("text/html", b"\xff\xfe\xe9\0", Some("é"));
        check("text/html; charset=utf-8", b"\xff\xfe\xe9\0", Some("é"));
        check("text/html; charset=", b"a", Some("a"));
        check("text/html; charset=utf-7", b"+ADw-script+AD4-", None);
        check("text/html; charset=iso-2022-kr", b"a", None);
        check("text/html; charset=bogus", b"a", None);
        check("nonsense; charset=bogus", b"a", Some("a"));
    }
}
