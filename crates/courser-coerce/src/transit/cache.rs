//! Cache codes: short stand-ins for strings that come again.
//!
//! Cacheable are strings of more than three characters (counted as Java and JavaScript do, in
//! UTF-16) that are keys of maps, keywords, symbols or tags. Both sides number them in the order in
//! which they come, and begin anew after 44².

use std::collections::HashMap;

use smol_str::SmolStr;

use crate::Value;

const DIGITS: usize = 44;
/// How many there are before the numbers begin anew.
const SIZE: usize = DIGITS * DIGITS;
const FIRST: u8 = b'0';

/// Whether a string, as it stands in the document, takes a number.
pub(super) fn is_cacheable(text: &str, is_key: bool) -> bool {
    let by_kind = || matches!(text.as_bytes(), [b'~', b':' | b'$' | b'#', ..]);
    // Four of UTF-16 take at least four bytes, and 13 bytes are at least four characters.
    text.len() > 3
        && (is_key || by_kind())
        && (text.len() > 12 || text.encode_utf16().nth(3).is_some())
}

/// What a string was read as.
#[derive(Debug, Clone)]
pub(super) enum Token {
    /// A value.
    Value(Value),
    /// The tag of what follows.
    Tag(SmolStr),
}

/// The reader's side.
#[derive(Debug, Default)]
pub(super) struct ReadCache(Vec<Token>);

impl ReadCache {
    pub(super) fn add(&mut self, token: &Token) {
        if self.0.len() == SIZE {
            self.0.clear();
        }
        self.0.push(token.clone());
    }

    /// What the code stands for; it begins with `^`.
    pub(super) fn get(&self, code: &str) -> Option<&Token> {
        let digit = |byte: u8| {
            let digit = usize::from(byte.checked_sub(FIRST)?);
            (digit < DIGITS).then_some(digit)
        };
        let number = match *code.as_bytes() {
            [_, low] => digit(low)?,
            [_, high, low] => digit(high)? * DIGITS + digit(low)?,
            _ => return None,
        };
        self.0.get(number)
    }
}

/// The writer's side.
#[derive(Debug, Default)]
pub(super) struct WriteCache {
    numbers: HashMap<String, usize>,
}

impl WriteCache {
    /// The number of a cacheable string that came before; else it takes the next.
    pub(super) fn number(&mut self, text: &str) -> Option<usize> {
        if let Some(number) = self.numbers.get(text) {
            return Some(*number);
        }
        if self.numbers.len() == SIZE {
            self.numbers.clear();
        }
        self.numbers.insert(text.to_owned(), self.numbers.len());
        None
    }
}

/// The code of a number.
pub(super) fn code(number: usize) -> String {
    let digit = |digit: usize| char::from(FIRST + u8::try_from(digit % DIGITS).unwrap_or_default());
    if number < DIGITS {
        format!("^{}", digit(number))
    } else {
        format!("^{}{}", digit(number / DIGITS), digit(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_count_in_base_44() {
        for (number, expected) in [
            (0, "^0"),
            (9, "^9"),
            (10, "^:"),
            (43, "^["),
            (44, "^10"),
            (87, "^1["),
            (1935, "^[["),
        ] {
            assert_eq!(code(number), expected);
        }
    }

    #[test]
    fn what_is_cacheable() {
        for (text, is_key, expected) in [
            ("~:abc", false, true),
            ("~:a", false, false),
            ("~$ab", false, true),
            ("~#list", false, true),
            ("abcd", false, false),
            ("abcd", true, true),
            ("abc", true, false),
            ("日本", true, false),
            ("日本語で", true, true),
            // Two characters, four units of UTF-16.
            ("😀😀", true, true),
            ("😀a", true, false),
            ("~u5a2cbea3", false, false),
        ] {
            assert_eq!(is_cacheable(text, is_key), expected, "{text}");
        }
    }

    #[test]
    fn both_sides_begin_anew_together() {
        let (mut reader, mut writer) = (ReadCache::default(), WriteCache::default());
        for n in 0..SIZE {
            assert_eq!(writer.number(&format!("~:k{n:04}")), None);
            reader.add(&Token::Value(Value::Int(n.try_into().unwrap())));
        }
        assert_eq!(writer.number("~:k1935"), Some(1935));
        let found = |reader: &ReadCache, code: &str| match reader.get(code) {
            Some(Token::Value(value)) => value.as_i64(),
            _ => None,
        };
        assert_eq!(found(&reader, "^[["), Some(1935));
        assert_eq!(writer.number("~:more"), None);
        reader.add(&Token::Value(Value::Int(-1)));
        assert_eq!(writer.number("~:more"), Some(0));
        assert_eq!(found(&reader, "^0"), Some(-1));
        assert_eq!(found(&reader, "^[["), None, "beyond what came since");
        for code in ["^", "^!", "^\\", "^000", "^é", "^0é"] {
            assert!(reader.get(code).is_none(), "{code}");
        }
    }
}
