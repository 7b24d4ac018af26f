//! Values of parameters such as `title*` (RFC 8187).

/// `UTF-8'de'n%c3%a4chstes` as text; none for what is malformed, or in a charset other than
/// UTF-8, which all must know, and ISO-8859-1, which RFC 5987 had beside it.
pub(super) fn decode(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_language, encoded) = rest.split_once('\'')?;
    let bytes = unescape(encoded)?;
    if charset.eq_ignore_ascii_case("utf-8") {
        String::from_utf8(bytes).ok()
    } else if charset.eq_ignore_ascii_case("iso-8859-1") {
        Some(bytes.into_iter().map(char::from).collect())
    } else {
        None
    }
}

/// RFC 8187, 3.2.1: `%` and two digits, or a character that may stand for itself.
fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut left = text.bytes();
    while let Some(byte) = left.next() {
        match byte {
            b'%' => {
                let digits =
                    [left.next()?, left.next()?].map(|digit| char::from(digit).to_digit(16));
                let [Some(high), Some(low)] = digits else {
                    return None;
                };
                bytes.push((high * 16 + low) as u8);
            }
            b'!' | b'#' | b'$' | b'&' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~' => {
                bytes.push(byte);
            }
            byte if byte.is_ascii_alphanumeric() => bytes.push(byte),
            _ => return None,
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        fn check(value: &str, expected: Option<&str>) {
            assert_eq!(decode(value).as_deref(), expected, "{value}");
        }
        // RFC 8187, 3.2.3.
        check("iso-8859-1'en'%A3%20rates", Some("£ rates"));
        check(
            "UTF-8''%c2%a3%20and%20%e2%82%ac%20rates",
            Some("£ and € rates"),
        );
        check("utf-8'en-US'", Some(""));
        for wrong in [
            "",
            "UTF-8",
            "UTF-8'x",
            "UTF-8''%",
            "UTF-8''%4",
            "UTF-8''%zz",
            "UTF-8''%+1",
        ] {
            check(wrong, None);
        }
        for wrong in [
            "UTF-8''a b",
            "UTF-8''é",
            "UTF-8''%ff",
            "UTF-16''a",
            "''a",
            "UTF-8''a'b",
        ] {
            check(wrong, None);
        }
    }
}
