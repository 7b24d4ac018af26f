//! The reader: one loop over the bytes, with a stack of its own.
//!
//! Not `serde_json`'s, because that makes doubles of integers beyond 64 bits, and (without a feature
//! that slows down everybody else in the program) rounds some decimals wrongly.

use super::error::Error;
use crate::Value;
use crate::json_tokens::{split_number, unescape};
use crate::value::{Items, Keyword, Map, parse_digits};

/// How to read JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadOptions {
    /// Whether the keys of objects become keywords, as `:as :json` has it, or stay strings, as
    /// `:as :json-string-keys`. *Default:* true.
    pub keyword_keys: bool,
    /// The most levels of arrays and objects. *Default:* 128.
    pub max_depth: usize,
    /// The most digits of an integer beyond 64 bits. *Default:* 10,000.
    pub max_digits: usize,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            keyword_keys: true,
            max_depth: 128,
            max_digits: 10_000,
        }
    }
}

/// The value of JSON text; nil if there is none, as an empty body is nil. Keys become keywords.
///
/// Integers of any size are exact. Of equal keys the last wins.
///
/// # Errors
/// [`Error`] with line, column and the text around, also if anything follows the value.
pub fn read_slice(bytes: &[u8]) -> Result<Value, Error> {
    read_slice_with(bytes, &ReadOptions::default())
}

/// As [`read_slice`], from text.
pub fn read_str(text: &str) -> Result<Value, Error> {
    Reader::new(text, &ReadOptions::default()).read()
}

/// As [`read_slice`], with options.
///
/// ```
/// use courser_coerce::json::{self, ReadOptions};
///
/// let strings = ReadOptions { keyword_keys: false, ..Default::default() };
/// assert_eq!(json::read_slice_with(b"{\"a b\": 1}", &strings)?.to_string(), r#"{"a b" 1}"#);
///
/// let error = json::read_slice(b"{\"a\": 1} garbage").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "expected the end of the text (line 1, column 10, near `{\"a\": 1} garbage`)"
/// );
/// # Ok::<(), json::Error>(())
/// ```
pub fn read_slice_with(bytes: &[u8], options: &ReadOptions) -> Result<Value, Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Reader::new(text, options).read(),
        Err(error) => Err(Error::new(
            bytes,
            error.valid_up_to(),
            "bytes that are not UTF-8",
        )),
    }
}

/// An array or object that is not finished.
struct Open {
    is_object: bool,
    /// How many values there were before it.
    values: usize,
}

struct Reader<'a> {
    text: &'a str,
    options: &'a ReadOptions,
    at: usize,
    open: Vec<Open>,
    /// The finished values of all that is open, keys among them, the innermost last.
    values: Vec<Value>,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq)]
enum Expect {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    CommaOrEnd,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, options: &'a ReadOptions) -> Self {
        Self {
            text,
            options,
            at: if text.starts_with('\u{feff}') { 3 } else { 0 },
            open: Vec::new(),
            values: Vec::new(),
        }
    }

    fn error(&self, offset: usize, message: impl std::fmt::Display) -> Error {
        Error::new(self.text.as_bytes(), offset, message)
    }

    #[inline]
    fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = *self.text.as_bytes().get(self.at)?;
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    fn read(mut self) -> Result<Value, Error> {
        if self.peek().is_none() {
            return Ok(Value::Nil);
        }
        let mut expect = Expect::Value;
        loop {
            let byte = self.peek();
            match (expect, byte) {
                (Expect::Value | Expect::ValueOrEnd, Some(b'[')) => {
                    self.begin(false)?;
                    expect = Expect::ValueOrEnd;
                    continue;
                }
                (Expect::Value | Expect::ValueOrEnd, Some(b'{')) => {
                    self.begin(true)?;
                    expect = Expect::KeyOrEnd;
                    continue;
                }
                (Expect::Key | Expect::KeyOrEnd, Some(b'"')) => {
                    self.key()?;
                    expect = Expect::Value;
                    continue;
                }
                (Expect::CommaOrEnd, Some(b',')) => {
                    self.at += 1;
                    let in_object = self.open.last().is_some_and(|open| open.is_object);
                    expect = if in_object {
                        Expect::Key
                    } else {
                        Expect::Value
                    };
                    continue;
                }
                (Expect::ValueOrEnd | Expect::CommaOrEnd, Some(b']'))
                | (Expect::KeyOrEnd | Expect::CommaOrEnd, Some(b'}')) => {
                    self.end(byte == Some(b'}'))?;
                }
                (Expect::Value | Expect::ValueOrEnd, Some(byte)) => self.scalar(byte, expect)?,
                _ => return Err(self.unexpected(expect)),
            }
            // A value is finished.
            if self.open.is_empty() {
                return match self.peek() {
                    None => Ok(self.values.pop().unwrap_or_default()),
                    Some(_) => Err(self.error(self.at, "expected the end of the text")),
                };
            }
            expect = Expect::CommaOrEnd;
        }
    }

    fn unexpected(&self, expect: Expect) -> Error {
        let in_object = self.open.last().is_some_and(|open| open.is_object);
        let expected = match expect {
            Expect::Value => "expected a value",
            Expect::ValueOrEnd => "expected a value or `]`",
            Expect::Key => "expected a key in quotes",
            Expect::KeyOrEnd => "expected a key in quotes or `}`",
            Expect::CommaOrEnd if in_object => "expected `,` or `}`",
            Expect::CommaOrEnd => "expected `,` or `]`",
        };
        if self.at >= self.text.len() {
            return self.error(self.at, format!("the text ends too early: {expected}"));
        }
        self.error(self.at, expected)
    }

    fn begin(&mut self, is_object: bool) -> Result<(), Error> {
        let limit = self.options.max_depth;
        if self.open.len() >= limit {
            return Err(self.error(self.at, format!("nested deeper than {limit} levels")));
        }
        self.open.push(Open {
            is_object,
            values: self.values.len(),
        });
        self.at += 1;
        Ok(())
    }

    fn end(&mut self, is_object: bool) -> Result<(), Error> {
        let open = match self.open.pop() {
            Some(open) if open.is_object == is_object => open,
            Some(open) => {
                self.open.push(open);
                return Err(self.unexpected(Expect::CommaOrEnd));
            }
            None => return Err(self.unexpected(Expect::Value)),
        };
        self.at += 1;
        if !is_object {
            let items = Items::take_from(&mut self.values, open.values);
            self.values.push(Value::Vector(items));
            return Ok(());
        }
        let mut entries = Vec::with_capacity((self.values.len() - open.values) / 2);
        let mut values = self.values.drain(open.values..);
        while let (Some(key), Some(value)) = (values.next(), values.next()) {
            entries.push((key, value));
        }
        drop(values);
        self.values.push(Value::Map(Map::from_entries(entries)));
        Ok(())
    }

    fn key(&mut self) -> Result<(), Error> {
        let begin = self.at + 1;
        match self.plain_string(begin) {
            Some(text) if self.options.keyword_keys => {
                self.values.push(Value::Keyword(Keyword::new(text)));
                self.at = begin + text.len() + 1;
            }
            _ => {
                self.string()?;
                if let Some(last) = self.values.last_mut()
                    && let Value::String(text) = last
                    && self.options.keyword_keys
                {
                    *last = Value::Keyword(Keyword::new(text));
                }
            }
        }
        if self.peek() != Some(b':') {
            return Err(self.error(self.at, "expected `:` after a key"));
        }
        self.at += 1;
        Ok(())
    }

    /// The content of a string without escapes that begins there.
    #[inline]
    fn plain_string(&self, begin: usize) -> Option<&'a str> {
        let rest = self.text.as_bytes().get(begin..)?;
        let end = rest
            .iter()
            .position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))?;
        if rest.get(end) == Some(&b'"') {
            self.text.get(begin..begin + end)
        } else {
            None
        }
    }

    #[inline]
    fn string(&mut self) -> Result<(), Error> {
        let begin = self.at + 1;
        if let Some(text) = self.plain_string(begin) {
            self.values.push(Value::String(text.to_owned()));
            self.at = begin + text.len() + 1;
            return Ok(());
        }
        let rest = self.text.get(begin..).unwrap_or_default();
        let (text, length) =
            unescape(rest).map_err(|(at, message)| self.error(begin + at, message))?;
        self.values.push(Value::String(text));
        self.at = begin + length;
        Ok(())
    }

    fn scalar(&mut self, byte: u8, expect: Expect) -> Result<(), Error> {
        match byte {
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(),
            b'n' => self.word("null", Value::Nil),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            _ => Err(self.unexpected(expect)),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<(), Error> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        if !rest.starts_with(word) {
            return Err(self.unexpected(Expect::Value));
        }
        self.values.push(value);
        self.at += word.len();
        Ok(())
    }

    fn number(&mut self) -> Result<(), Error> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let number = split_number(rest)
            .ok_or_else(|| self.error(self.at, "a number that is none, as JSON has them"))?;
        let text = self
            .text
            .get(self.at..self.at + number.length)
            .unwrap_or_default();
        let value = if number.is_integer {
            match text.parse() {
                Ok(small) => Value::Int(small),
                Err(_) => self.big(number.digits, text.starts_with('-'))?,
            }
        } else {
            match text.parse::<f64>() {
                Ok(float) if float.is_finite() => Value::Float(float),
                _ => return Err(self.error(self.at, "a number beyond the range of doubles")),
            }
        };
        self.values.push(value);
        self.at += number.length;
        Ok(())
    }

    fn big(&self, digits: &[u8], negative: bool) -> Result<Value, Error> {
        let limit = self.options.max_digits;
        if digits.len() > limit {
            return Err(self.error(self.at, format!("a number with more than {limit} digits")));
        }
        let number = parse_digits(digits).ok_or_else(|| self.error(self.at, "not a number"))?;
        Ok(Value::from(if negative { -number } else { number }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let printed = match read_str(text) {
            Ok(value) => value.to_string(),
            Err(error) => format!("{} at {}", error.message(), error.place().column),
        };
        assert_eq!(printed, expected, "{text}");
    }

    #[test]
    fn recorded_bodies() {
        // as-json-numbers
        check(
            "[1, -0, 1.0, 1e3, 1.5e-7, 9223372036854775807, 9223372036854775808, \
             0.1234567890123456789, -1]",
            "[1 0 1.0 1000.0 1.5E-7 9223372036854775807 9223372036854775808N \
             0.12345678901234568 -1]",
        );
        // as-json-scalar
        check("\"just a string\"", "\"just a string\"");
        // as-json-escapes
        check(
            r#"{"a":"\u00e9\ud83d\ude00\n\/","":"empty key"}"#,
            "{:a \"é😀\\n/\", : \"empty key\"}",
        );
        // as-json-non-ascii
        check("{\"日本\":\"café\"}", "{:日本 \"café\"}");
        // as-json-empty
        check("", "nil");
        check(" \n", "nil");
        // as-json-truncated
        check(
            "{\"a\": 1",
            "the text ends too early: expected `,` or `}` at 8",
        );
        // as-json-trailing-garbage: DEVIATIONS 24.
        check("{\"a\": 1} garbage", "expected the end of the text at 10");
    }

    #[test]
    fn values_and_errors() {
        check("\u{feff}[]", "[]");
        check("{\"a\":1,\"b\":2,\"a\":3}", "{:a 3, :b 2}");
        check("[true,false,null,{}]", "[true false nil {}]");
        check("-12345678901234567890123", "-12345678901234567890123N");
        check("[1,]", "expected a value at 4");
        check("[,1]", "expected a value or `]` at 2");
        check("{,}", "expected a key in quotes or `}` at 2");
        check("{\"a\":1,}", "expected a key in quotes at 8");
        check("{\"a\" 1}", "expected `:` after a key at 6");
        check("{a:1}", "expected a key in quotes or `}` at 2");
        check("[1 2]", "expected `,` or `]` at 4");
        check("[1}", "expected `,` or `]` at 3");
        check("{\"a\":1]", "expected `,` or `}` at 7");
        check("]", "expected a value at 1");
        check("nul", "expected a value at 1");
        check("nulls", "expected the end of the text at 5");
        check("'a'", "expected a value at 1");
        check("\"a", "the text ends within a string at 3");
        check("\"a\nb\"", "a control character in a string at 3");
        check("\"\\q\"", "an unknown escape in a string at 2");
        check("\"\\ud800\"", "half of a surrogate pair at 2");
        check("\"\\u12\"", "expected four hex digits after \\u at 2");
        for bad in ["01", "-", "+1", "1.", ".5", "1e", "1e+", "0x1"] {
            assert!(read_str(bad).is_err(), "{bad}");
        }
        check("1e400", "a number beyond the range of doubles at 1");
        assert!(
            read_slice(b"[\"\xff\"]")
                .unwrap_err()
                .to_string()
                .contains("not UTF-8")
        );
    }

    #[test]
    fn limits() {
        let deep = "[".repeat(1_000_000);
        assert_eq!(
            read_str(&deep).unwrap_err().message(),
            "nested deeper than 128 levels"
        );
        let deep = format!("{deep}{}", "]".repeat(1_000_000));
        let options = ReadOptions {
            max_depth: 1_000_000,
            ..Default::default()
        };
        assert!(read_slice_with(deep.as_bytes(), &options).is_ok());
        let digits = "7".repeat(1_000_000);
        assert_eq!(
            read_str(&digits).unwrap_err().message(),
            "a number with more than 10000 digits"
        );
        assert!(matches!(
            read_str(&format!("0.{digits}")),
            Ok(Value::Float(_))
        ));
    }
}
