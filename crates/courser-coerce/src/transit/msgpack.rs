//! The tokens of Transit as `MessagePack`.

use rmp::Marker;

use super::build::Builder;
use super::error::Error;
use super::options::ReadOptions;
use super::scalar;
use crate::Value;

pub(super) fn read(bytes: &[u8], options: &ReadOptions) -> Result<Value, Error> {
    if bytes.is_empty() {
        return Ok(Value::Nil);
    }
    let mut reader = Reader {
        rest: bytes,
        build: Builder::new(options, bytes.len()),
        left: Vec::new(),
    };
    loop {
        let at = bytes.len() - reader.rest.len();
        reader.token().map_err(|error| error.at(at))?;
        if reader.build.is_whole() {
            break;
        }
    }
    if reader.rest.is_empty() {
        return Ok(reader.build.finish());
    }
    Err(Error::new("expected the end of the document").at(bytes.len() - reader.rest.len()))
}

struct Reader<'a> {
    rest: &'a [u8],
    build: Builder<'a>,
    /// How many values each open array or map still lacks, the innermost last.
    left: Vec<u64>,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or_else(|| Error::new("the document ends too early"))?;
        self.rest = rest;
        Ok(taken)
    }

    /// An unsigned number of so many bytes.
    fn number(&mut self, count: usize) -> Result<u64, Error> {
        let bytes = self.take(count)?;
        Ok(bytes.iter().fold(0, |n, byte| n << 8 | u64::from(*byte)))
    }

    /// A number of so many bytes with a sign.
    fn signed(&mut self, count: usize) -> Result<Value, Error> {
        let unused = 64 - 8 * count;
        let number = self.number(count)?;
        Ok(Value::Int((number << unused).cast_signed() >> unused))
    }

    fn length(&mut self, count: usize) -> Result<usize, Error> {
        // What does not fit is longer than any document.
        Ok(usize::try_from(self.number(count)?).unwrap_or(usize::MAX))
    }

    /// A scalar, or the beginning of an array or map; ends those that are complete with it.
    fn token(&mut self) -> Result<(), Error> {
        let marker = Marker::from_u8(self.take(1)?.first().copied().unwrap_or_default());
        let value = match marker {
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
            Marker::FixStr(length) => return self.string(length.into()),
            Marker::Str8 => return self.length(1).and_then(|length| self.string(length)),
            Marker::Str16 => return self.length(2).and_then(|length| self.string(length)),
            Marker::Str32 => return self.length(4).and_then(|length| self.string(length)),
            Marker::Bin8 => self.bytes(1)?,
            Marker::Bin16 => self.bytes(2)?,
            Marker::Bin32 => self.bytes(4)?,
            Marker::FixArray(length) => return self.begin(length.into(), false),
            Marker::Array16 => return self.number(2).and_then(|length| self.begin(length, false)),
            Marker::Array32 => return self.number(4).and_then(|length| self.begin(length, false)),
            Marker::FixMap(length) => return self.begin(length.into(), true),
            Marker::Map16 => return self.number(2).and_then(|length| self.begin(length, true)),
            Marker::Map32 => return self.number(4).and_then(|length| self.begin(length, true)),
            _ => {
                let message = "a type of MessagePack that Transit does not have";
                return Err(Error::new(message));
            }
        };
        self.build.value(value);
        self.finished()
    }

    fn string(&mut self, length: usize) -> Result<(), Error> {
        let text = std::str::from_utf8(self.take(length)?)
            .map_err(|_| Error::new("a string that is not UTF-8"))?;
        self.build.string(text)?;
        self.finished()
    }

    fn bytes(&mut self, count: usize) -> Result<Value, Error> {
        let length = self.length(count)?;
        self.take(length).map(scalar::bytes)
    }

    fn begin(&mut self, length: u64, is_map: bool) -> Result<(), Error> {
        self.build.begin(is_map)?;
        self.left.push(if is_map { 2 * length } else { length });
        self.ended()
    }

    /// A value is there.
    fn finished(&mut self) -> Result<(), Error> {
        if let Some(left) = self.left.last_mut() {
            *left -= 1;
        }
        self.ended()
    }

    /// Ends what lacks nothing, which may complete what is around it.
    fn ended(&mut self) -> Result<(), Error> {
        while self.left.last() == Some(&0) {
            self.left.pop();
            self.build.end()?;
            if let Some(left) = self.left.last_mut() {
                *left -= 1;
            }
        }
        Ok(())
    }
}
