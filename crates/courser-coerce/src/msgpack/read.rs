//! From `MessagePack` to a value, by a stack of its own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rmp::Marker;

use super::{BYTES, EXT, Error, TIMESTAMP};
use crate::Value;
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
    let mut reader = Reader {
        rest: bytes,
        options,
        open: Vec::new(),
        values: Vec::new(),
    };
    loop {
        let at = bytes.len() - reader.rest.len();
        let wrong = |message| Error::new(message, Some(at));
        let value = reader.token().map_err(wrong)?;
        reader.values.extend(value);
        reader.end();
        if reader.open.is_empty() {
            break;
        }
    }
    if !reader.rest.is_empty() {
        let at = bytes.len() - reader.rest.len();
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
    rest: &'a [u8],
    options: &'a ReadOptions,
    open: Vec<Open>,
    /// The finished values of all that is open, the innermost last.
    values: Vec<Value>,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let taken = self.rest.split_at_checked(count);
        let (taken, rest) = taken.ok_or("the document ends too early")?;
        self.rest = rest;
        Ok(taken)
    }

    /// An unsigned number of so many bytes.
    fn number(&mut self, count: usize) -> Result<u64, String> {
        let bytes = self.take(count)?;
        Ok(bytes.iter().fold(0, |n, byte| n << 8 | u64::from(*byte)))
    }

    /// A number of so many bytes with a sign.
    fn signed(&mut self, count: usize) -> Result<Value, String> {
        let unused = 64 - 8 * count;
        let number = self.number(count)?;
        Ok(Value::Int((number << unused).cast_signed() >> unused))
    }

    /// The bytes behind a length of so many bytes.
    fn counted(&mut self, count: usize) -> Result<&'a [u8], String> {
        // What does not fit is longer than any document.
        let length = usize::try_from(self.number(count)?).unwrap_or(usize::MAX);
        self.take(length)
    }

    /// A scalar, or the beginning of an array or map, which is none yet.
    fn token(&mut self) -> Result<Option<Value>, String> {
        let marker = self.take(1)?.first().copied().unwrap_or_default();
        Ok(Some(match Marker::from_u8(marker) {
            Marker::FixPos(n) => Value::Int(n.into()),
            Marker::FixNeg(n) => Value::Int(n.into()),
            Marker::Null => Value::Nil,
            Marker::True => Value::Bool(true),
            Marker::False => Value::Bool(false),
            Marker::U8 => self.number(1)?.into(),
            Marker::U16 => self.number(2)?.into(),
            Marker::U32 => self.number(4)?.into(),
            Marker::U64 => self.number(8)?.into(),
            Marker::I8 => self.signed(1)?,
            Marker::I16 => self.signed(2)?,
            Marker::I32 => self.signed(4)?,
            Marker::I64 => self.signed(8)?,
            Marker::F32 => {
                let bits = u32::try_from(self.number(4)?).unwrap_or_default();
                Value::Float(f32::from_bits(bits).into())
            }
            Marker::F64 => Value::Float(f64::from_bits(self.number(8)?)),
            Marker::FixStr(length) => {
                let text = self.take(length.into())?;
                self.text(text)?
            }
            Marker::Str8 => self.counted(1).and_then(|text| self.text(text))?,
            Marker::Str16 => self.counted(2).and_then(|text| self.text(text))?,
            Marker::Str32 => self.counted(4).and_then(|text| self.text(text))?,
            Marker::Bin8 => bytes(self.counted(1)?),
            Marker::Bin16 => bytes(self.counted(2)?),
            Marker::Bin32 => bytes(self.counted(4)?),
            Marker::FixArray(count) => return self.begin(false, count.into()),
            Marker::Array16 => return self.number(2).and_then(|count| self.begin(false, count)),
            Marker::Array32 => return self.number(4).and_then(|count| self.begin(false, count)),
            Marker::FixMap(count) => return self.begin(true, count.into()),
            Marker::Map16 => return self.number(2).and_then(|count| self.begin(true, count)),
            Marker::Map32 => return self.number(4).and_then(|count| self.begin(true, count)),
            Marker::FixExt1 => self.ext(1)?,
            Marker::FixExt2 => self.ext(2)?,
            Marker::FixExt4 => self.ext(4)?,
            Marker::FixExt8 => self.ext(8)?,
            Marker::FixExt16 => self.ext(16)?,
            Marker::Ext8 => self.number(1).and_then(|length| self.ext(length))?,
            Marker::Ext16 => self.number(2).and_then(|length| self.ext(length))?,
            Marker::Ext32 => self.number(4).and_then(|length| self.ext(length))?,
            Marker::Reserved => return Err("a byte that begins nothing".to_owned()),
        }))
    }

    fn text(&self, text: &[u8]) -> Result<Value, String> {
        let text = std::str::from_utf8(text).map_err(|_| "text that is not UTF-8")?;
        let is_key = self
            .open
            .last()
            .is_some_and(|open| open.is_map && (self.values.len() - open.start).is_multiple_of(2));
        Ok(if is_key && self.options.keyword_keys {
            Value::Keyword(Keyword::new(text))
        } else {
            text.into()
        })
    }

    fn ext(&mut self, length: u64) -> Result<Value, String> {
        let kind = self.take(1)?.first().copied().unwrap_or_default();
        let kind = i8::from_ne_bytes([kind]);
        let data = self.take(usize::try_from(length).unwrap_or(usize::MAX))?;
        if kind == TIMESTAMP {
            let inst = timestamp(data).ok_or("a timestamp that is none")?;
            return Ok(Value::Inst(inst));
        }
        let parts = Value::vector([Value::Int(kind.into()), bytes(data)]);
        Ok(Value::tagged(EXT, parts))
    }

    fn begin(&mut self, is_map: bool, count: u64) -> Result<Option<Value>, String> {
        let limit = self.options.max_depth;
        if self.open.len() >= limit {
            return Err(format!("nested deeper than {limit} levels"));
        }
        self.open.push(Open {
            is_map,
            start: self.values.len(),
            count: if is_map { 2 * count } else { count },
        });
        Ok(None)
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
