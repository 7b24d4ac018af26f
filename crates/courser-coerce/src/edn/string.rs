//! Strings and characters.

use super::error::{ErrorKind, excerpt};

/// The content of a string that has escapes in it, up to its closing quote.
///
/// `text` begins behind the opening quote. Returns the content and how many bytes it took, the
/// closing quote included. `Err(None)` if the text ends first.
pub(super) fn unescape(text: &str) -> Result<(String, usize), Option<(usize, ErrorKind)>> {
    let mut out = String::new();
    let mut at = 0;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let plain = rest
            .bytes()
            .position(|byte| matches!(byte, b'"' | b'\\'))
            .ok_or(None)?;
        out.push_str(rest.get(..plain).unwrap_or_default());
        at += plain + 1;
        if rest.as_bytes().get(plain) == Some(&b'"') {
            return Ok((out, at));
        }
        let escape = text.get(at..).unwrap_or_default();
        let (c, taken) = unescape_one(escape).map_err(|expected| {
            let expected = expected?;
            let found = excerpt(escape.get(..5).or_else(|| escape.get(..1)).unwrap_or(""));
            let found = format!("\\{}", found.split('"').next().unwrap_or_default());
            Some((
                at - 1,
                ErrorKind::Invalid {
                    what: "escape",
                    found,
                    expected,
                },
            ))
        })?;
        out.push(c);
        at += taken;
    }
}

/// The character that an escape stands for, and its length without the backslash.
fn unescape_one(escape: &str) -> Result<(char, usize), Option<&'static str>> {
    let first = escape.bytes().next().ok_or(None)?;
    let c = match first {
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'"' => '"',
        b'\\' => '\\',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'u' => return unescape_unicode(escape),
        b'0'..=b'7' => {
            let digits = escape
                .bytes()
                .take(3)
                .take_while(u8::is_ascii_digit)
                .count();
            let code = escape
                .get(..digits)
                .and_then(|octal| u8::from_str_radix(octal, 8).ok());
            return code
                .map(|code| (char::from(code), digits))
                .ok_or(Some("an octal escape is between \\0 and \\377"));
        }
        _ => {
            return Err(Some(
                "expected one of \\n \\t \\r \\\" \\\\ \\b \\f \\uXXXX \\377",
            ));
        }
    };
    Ok((c, 1))
}

fn unescape_unicode(escape: &str) -> Result<(char, usize), Option<&'static str>> {
    let unit = |from: usize| {
        let digits = escape.get(from..).unwrap_or_default();
        // Too short is unfinished only if there is nothing else behind it.
        if digits.len() < 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(None);
        }
        digits
            .get(..4)
            .and_then(hex4)
            .ok_or(Some("expected four hex digits"))
    };
    let surrogate = "half of a surrogate pair";
    let high = unit(1)?;
    if !(0xd800..0xe000).contains(&high) {
        return char::from_u32(high).map(|c| (c, 5)).ok_or(Some(surrogate));
    }
    match escape.get(5..) {
        Some("" | "\\") => return Err(None),
        Some(next) if next.starts_with("\\u") => {}
        _ => return Err(Some(surrogate)),
    }
    let low = unit(7)?;
    if high >= 0xdc00 || !(0xdc00..0xe000).contains(&low) {
        return Err(Some(surrogate));
    }
    let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    char::from_u32(code).map(|c| (c, 11)).ok_or(Some(surrogate))
}

fn hex4(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if digits {
        u32::from_str_radix(text, 16).ok()
    } else {
        None
    }
}

/// The character that a token stands for; the token is what follows the backslash.
pub(super) fn character(token: &str) -> Result<char, &'static str> {
    let mut chars = token.chars();
    if let (Some(c), None) = (chars.next(), chars.next()) {
        return Ok(c);
    }
    match token {
        "newline" => return Ok('\n'),
        "space" => return Ok(' '),
        "tab" => return Ok('\t'),
        "return" => return Ok('\r'),
        "backspace" => return Ok('\u{8}'),
        "formfeed" => return Ok('\u{c}'),
        _ => {}
    }
    if let Some(hex) = token.strip_prefix('u')
        && hex.len() == 4
    {
        let code = hex4(hex).ok_or("expected four hex digits")?;
        return char::from_u32(code).ok_or("half of a surrogate pair");
    }
    if let Some(octal) = token.strip_prefix('o')
        && (1..=3).contains(&octal.len())
        && octal.bytes().all(|byte| byte.is_ascii_digit())
    {
        let code = u8::from_str_radix(octal, 8);
        return code.map(char::from).map_err(|_| "expected \\o0 to \\o377");
    }
    Err(
        "expected one character, or \\newline, \\space, \\tab, \\return, \\backspace, \\formfeed, \
         \\uXXXX or \\o377",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes() {
        for (text, expected) in [
            (r#"a\nb" rest"#, "a\nb"),
            (r#"\t\r\"\\\b\f""#, "\t\r\"\\\u{8}\u{c}"),
            (r#"\u0041\u00e9\u65E5""#, "Aé日"),
            (r#"\ud83d\ude00""#, "😀"),
            (r#"\101\0\377""#, "A\0ÿ"),
        ] {
            let (out, taken) = unescape(text).unwrap();
            assert_eq!(out, expected, "{text}");
            assert_eq!(text.as_bytes()[taken - 1], b'"', "{text}");
        }
    }

    #[test]
    fn bad_escapes_and_ends() {
        for (text, place) in [
            (r#"ab\q""#, Some(2)),
            (r#"\u12g4""#, Some(0)),
            (r#"\ud83d""#, Some(0)),
            (r#"\ud83dx""#, Some(0)),
            (r#"\ude00\ud83d""#, Some(0)),
            (r#"\ud83d\u0041""#, Some(0)),
            (r#"\400""#, Some(0)),
            (r#"\é""#, Some(0)),
            ("a", None),
            ("a\\", None),
            ("\\u12", None),
            ("\\ud83d", None),
            ("\\ud83d\\", None),
            ("\\ud83d\\u12", None),
        ] {
            let error = unescape(text).unwrap_err();
            assert_eq!(error.map(|(at, _)| at), place, "{text}");
        }
    }

    #[test]
    fn characters() {
        for (token, expected) in [
            ("a", 'a'),
            ("(", '('),
            ("é", 'é'),
            ("u", 'u'),
            ("o", 'o'),
            ("newline", '\n'),
            ("formfeed", '\u{c}'),
            ("u00e9", 'é'),
            ("o101", 'A'),
            ("o377", 'ÿ'),
        ] {
            assert_eq!(character(token), Ok(expected), "{token}");
        }
        for token in [
            "ab",
            "newline0.1",
            "u12",
            "ud800",
            "u12345",
            "o400",
            "o8",
            "u+123",
            "",
        ] {
            assert!(character(token).is_err(), "{token}");
        }
    }
}
