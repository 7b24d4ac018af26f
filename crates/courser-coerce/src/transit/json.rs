//! The tokens of Transit as JSON, verbose or not (RFC 8259).

use super::build::Builder;
use super::error::Error;
use super::options::ReadOptions;
use crate::Value;
use crate::json_tokens::{split_number, unescape};
use crate::value::parse_digits;

pub(super) fn read(bytes: &[u8], options: &ReadOptions) -> Result<Value, Error> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Error::new("bytes that are not UTF-8").at(error.valid_up_to()))?;
    let mut reader = Reader {
        text,
        at: 0,
        build: Builder::new(options, bytes.len()),
        options,
        is_object: Vec::new(),
    };
    if reader.peek().is_none() {
        return Ok(Value::Nil);
    }
    reader.read()?;
    Ok(reader.build.finish())
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    build: Builder<'a>,
    options: &'a ReadOptions,
    /// Of all that is open, the innermost last.
    is_object: Vec<bool>,
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

impl Reader<'_> {
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

    fn read(&mut self) -> Result<(), Error> {
        let mut expect = Expect::Value;
        loop {
            let byte = self.peek();
            match (expect, byte) {
                (Expect::Value | Expect::ValueOrEnd, Some(open @ (b'[' | b'{'))) => {
                    let is_object = open == b'{';
                    self.build.begin(is_object).map_err(|e| e.at(self.at))?;
                    self.is_object.push(is_object);
                    self.at += 1;
                    expect = if is_object {
                        Expect::KeyOrEnd
                    } else {
                        Expect::ValueOrEnd
                    };
                    continue;
                }
                (Expect::Key | Expect::KeyOrEnd, Some(b'"')) => {
                    self.string()?;
                    if self.peek() != Some(b':') {
                        return Err(Error::new("expected `:` after a key").at(self.at));
                    }
                    self.at += 1;
                    expect = Expect::Value;
                    continue;
                }
                (Expect::CommaOrEnd, Some(b',')) => {
                    self.at += 1;
                    let in_object = self.is_object.last() == Some(&true);
                    expect = if in_object {
                        Expect::Key
                    } else {
                        Expect::Value
                    };
                    continue;
                }
                (Expect::ValueOrEnd | Expect::CommaOrEnd, Some(b']'))
                    if self.is_object.last() == Some(&false) =>
                {
                    self.end()?;
                }
                (Expect::KeyOrEnd | Expect::CommaOrEnd, Some(b'}'))
                    if self.is_object.last() == Some(&true) =>
                {
                    self.end()?;
                }
                (Expect::Value | Expect::ValueOrEnd, Some(byte)) => self.scalar(byte)?,
                _ => return Err(self.unexpected(expect)),
            }
            // A value is finished.
            if self.build.is_whole() {
                return match self.peek() {
                    None => Ok(()),
                    Some(_) => Err(Error::new("expected the end of the document").at(self.at)),
                };
            }
            expect = Expect::CommaOrEnd;
        }
    }

    fn end(&mut self) -> Result<(), Error> {
        self.build.end().map_err(|e| e.at(self.at))?;
        self.is_object.pop();
        self.at += 1;
        Ok(())
    }

    fn unexpected(&self, expect: Expect) -> Error {
        let expected = match expect {
            Expect::Value => "expected a value",
            Expect::ValueOrEnd => "expected a value or `]`",
            Expect::Key => "expected a key in quotes",
            Expect::KeyOrEnd => "expected a key in quotes or `}`",
            Expect::CommaOrEnd if self.is_object.last() == Some(&true) => "expected `,` or `}`",
            Expect::CommaOrEnd => "expected `,` or `]`",
        };
        let message = if self.at >= self.text.len() {
            format!("the document ends too early: {expected}")
        } else {
            expected.to_owned()
        };
        Error::new(message).at(self.at)
    }

    fn string(&mut self) -> Result<(), Error> {
        let begin = self.at + 1;
        let rest = self.text.get(begin..).unwrap_or_default();
        let plain = rest
            .bytes()
            .position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
        let token = match plain {
            Some(end) if rest.as_bytes().get(end) == Some(&b'"') => {
                let text = rest.get(..end).unwrap_or_default();
                self.build.string(text).map(|()| end + 1)
            }
            _ => {
                let (text, length) =
                    unescape(rest).map_err(|(at, message)| Error::new(message).at(begin + at))?;
                self.build.string(&text).map(|()| length)
            }
        };
        self.at = begin + token.map_err(|e| e.at(self.at))?;
        Ok(())
    }

    fn scalar(&mut self, byte: u8) -> Result<(), Error> {
        match byte {
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(),
            b'n' => self.word("null", Value::Nil),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            _ => Err(self.unexpected(Expect::Value)),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<(), Error> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        if !rest.starts_with(word) {
            return Err(self.unexpected(Expect::Value));
        }
        self.build.value(value);
        self.at += word.len();
        Ok(())
    }

    fn number(&mut self) -> Result<(), Error> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let number = split_number(rest.as_bytes())
            .ok_or_else(|| Error::new("a number that is none, as JSON has them").at(self.at))?;
        let text = rest.get(..number.length).unwrap_or_default();
        let value = if number.is_integer {
            match text.parse() {
                Ok(small) => Value::Int(small),
                Err(_) if number.digits.len() > self.options.max_digits => {
                    let limit = self.options.max_digits;
                    let message = format!("a number of more than {limit} digits");
                    return Err(Error::new(message).at(self.at));
                }
                Err(_) => {
                    let big = parse_digits(number.digits).unwrap_or_default();
                    Value::from(if text.starts_with('-') { -big } else { big })
                }
            }
        } else {
            match text.parse::<f64>() {
                Ok(float) if float.is_finite() => Value::Float(float),
                _ => return Err(Error::new("a number beyond the range of doubles").at(self.at)),
            }
        };
        self.build.value(value);
        self.at += number.length;
        Ok(())
    }
}
