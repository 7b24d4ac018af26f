//! From `MessagePack` to a value, by a stack of its own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::{BYTES, EXT, Error, TIMESTAMP};
use crate::Value;
use crate::msgpack_tokens::{Token, Tokens};
use crate::value::{Inst, Items, Keyword, Map};

/// How to read `MessagePack`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadOptions {
    /// Whether text that is a key becomes a keyword, as in JSON. *Default:* true.
    pub keyword_keys: bool,
    /// The most levels of arrays and maps. *Default:* 512.
    pub max_depth: usize,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            keyword_keys: true,
            max_depth: 512,
        }
    }
}

/// The value of a document; nil if there is none, as an empty body is nil. Keys become keywords,
/// and of equal keys the last wins.
///
/// # Errors
/// [`Error`], also if anything follows the value.
pub fn read_slice(bytes: &[u8]) -> Result<Value, Error> {
    read_slice_with(bytes, &ReadOptions::default())
}

/// As [`read_slice`], with options.
///
/// # Errors
/// As [`read_slice`].
pub fn read_slice_with(bytes: &[u8], options: &ReadOptions) -> Result<Value, Error> {
    if bytes.is_empty() {
        return Ok(Value::Nil);
    }
    let mut tokens = Tokens(bytes);
    let mut reader = Reader {
        options,
        open: Vec::new(),
        values: Vec::new(),
    };
    loop {
        let at = bytes.len() - tokens.0.len();
        let token = tokens.next().map_err(|why| Error::new(why, Some(at)))?;
        reader
            .token(token)
            .map_err(|why| Error::new(why, Some(at)))?;
        reader.end();
        if reader.open.is_empty() {
            break;
        }
    }
    if !tokens.0.is_empty() {
        let at = bytes.len() - tokens.0.len();
        return Err(Error::new("expected the end of the document", Some(at)));
    }
    Ok(reader.values.pop().unwrap_or_default())
}

/// An array or map that is not finished.
struct Open {
    is_map: bool,
    /// How many values there were before it.
    start: usize,
    /// How many it has, keys among them.
    count: u64,
}

struct Reader<'a> {
    options: &'a ReadOptions,
    open: Vec<Open>,
    /// The finished values of all that is open, the innermost last.
    values: Vec<Value>,
}

impl Reader<'_> {
    fn token(&mut self, token: Token<'_>) -> Result<(), String> {
        let value = match token {
            Token::Plain(value) => value,
            Token::Text(text) => self.text(text),
            Token::Bytes(data) => bytes(data),
            Token::Array(count) => return self.begin(false, count),
            Token::Map(count) => return self.begin(true, 2 * count),
            Token::Ext(TIMESTAMP, data) => {
                Value::Inst(timestamp(data).ok_or("a timestamp that is none")?)
            }
            Token::Ext(kind, data) => {
                let parts = Value::vector([Value::Int(kind.into()), bytes(data)]);
                Value::tagged(EXT, parts)
            }
        };
        self.values.push(value);
        Ok(())
    }

    fn text(&self, text: &str) -> Value {
        let is_key = self
            .open
            .last()
            .is_some_and(|open| open.is_map && (self.values.len() - open.start).is_multiple_of(2));
        if is_key && self.options.keyword_keys {
            Value::Keyword(Keyword::new(text))
        } else {
            text.into()
        }
    }

    /// An array or map of so many values, keys among them.
    fn begin(&mut self, is_map: bool, count: u64) -> Result<(), String> {
        let limit = self.options.max_depth;
        if self.open.len() >= limit {
            return Err(format!("nested deeper than {limit} levels"));
        }
        self.open.push(Open {
            is_map,
            start: self.values.len(),
            count,
        });
        Ok(())
    }

    /// Ends what lacks nothing, which may complete what is around it.
    fn end(&mut self) {
        while let Some(open) = self.open.last() {
            let (is_map, start) = (open.is_map, open.start);
            if ((self.values.len() - start) as u64) < open.count {
                return;
            }
            self.open.pop();
            let value = if is_map {
                let mut values = self.values.drain(start..);
                let mut entries = Vec::with_capacity(values.len() / 2);
                while let (Some(key), Some(value)) = (values.next(), values.next()) {
                    entries.push((key, value));
                }
                Value::Map(Map::from_entries(entries))
            } else {
                Value::Vector(Items::take_from(&mut self.values, start))
            };
            self.values.push(value);
        }
    }
}

fn bytes(bytes: &[u8]) -> Value {
    let text = BASE64.encode(bytes);
    Value::tagged(BYTES, Value::keyword_map([("b64", text.into())]))
}

/// In its three lengths: seconds; nanoseconds and seconds in 30 and 34 bits; or in 32 and 64.
fn timestamp(bytes: &[u8]) -> Option<Inst> {
    match bytes.len() {
        4 => Inst::from_unix(u32::from_be_bytes(bytes.try_into().ok()?).into(), 0),
        8 => {
            let both = u64::from_be_bytes(bytes.try_into().ok()?);
            let nanos = u32::try_from(both >> 34).ok()?;
            let seconds = i64::try_from(both & ((1 << 34) - 1)).ok()?;
            Inst::from_unix(seconds, nanos)
        }
        12 => {
            let (nanos, seconds) = bytes.split_at_checked(4)?;
            let seconds = i64::from_be_bytes(seconds.try_into().ok()?);
            Inst::from_unix(seconds, u32::from_be_bytes(nanos.try_into().ok()?))
        }
        _ => None,
    }
}
