//! Characters and names (XML 1.0, 2.2 and 2.3).

/// Whether a document may have the character.
pub(super) fn is_char(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Space between the parts of markup.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn begins_name(c: char) -> bool {
    matches!(c, ':' | '_' | 'A'..='Z' | 'a'..='z'
        | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}'
        | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}'
        | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
}

fn continues_name(c: char) -> bool {
    begins_name(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

/// Whether it names an element or attribute.
pub(super) fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(begins_name) && chars.all(continues_name)
}

/// Whether text is nothing but space to Java's `Character.isWhitespace`, and so to `clojure.xml`.
pub(super) fn is_blank(text: &str) -> bool {
    let spaces = |c: char| {
        matches!(c, '\u{1c}'..='\u{1f}')
            || c.is_whitespace() && !matches!(c, '\u{85}' | '\u{a0}' | '\u{2007}' | '\u{202f}')
    };
    text.chars().all(spaces)
}

/// What `&name;` stands for.
pub(super) fn reference(name: &str) -> Result<char, &'static str> {
    match name {
        "lt" => return Ok('<'),
        "gt" => return Ok('>'),
        "amp" => return Ok('&'),
        "quot" => return Ok('"'),
        "apos" => return Ok('\''),
        _ => {}
    }
    let Some(number) = name.strip_prefix('#') else {
        return Err("entities other than lt, gt, amp, quot and apos are not read");
    };
    let (digits, radix) = match number.strip_prefix('x') {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    // `from_str_radix` would take a sign.
    let fine = digits.len() <= 16 && digits.chars().all(|c| c.is_digit(radix));
    let code = if fine {
        u32::from_str_radix(digits, radix).ok()
    } else {
        None
    };
    code.and_then(char::from_u32)
        .filter(|c| is_char(*c))
        .ok_or("a reference to a character that there is not")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in ["a", "a:b", "_x", "日本", "a-1.b", "é"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "1a", "-a", ".a", "a b", "a\u{d7}", "<", "a/b", "&"] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn references() {
        for (name, expected) in [
            ("lt", Some('<')),
            ("quot", Some('"')),
            ("#65", Some('A')),
            ("#x1F600", Some('😀')),
            ("#x41", Some('A')),
            ("#13", Some('\r')),
            ("#", None),
            ("#x", None),
            ("#0", None),
            ("#8", None),
            ("#+65", None),
            ("#xD800", None),
            ("#xffff", None),
            ("#x110000", None),
            ("#99999999999999999999", None),
            ("nbsp", None),
            ("LT", None),
            ("", None),
        ] {
            assert_eq!(reference(name).ok(), expected, "{name}");
        }
    }
}
