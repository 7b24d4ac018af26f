//! The tokens of `MessagePack`.

use rmp::Marker;

use crate::Value;

/// A scalar, or the beginning of an array or map.
pub(crate) enum Token<'a> {
    /// Nil, a boolean or a number.
    Plain(Value),
    Text(&'a str),
    Bytes(&'a [u8]),
    /// Of so many items.
    Array(u64),
    /// Of so many entries.
    Map(u64),
    /// An extension: its type and its bytes. Transit has none.
    #[cfg_attr(not(feature = "msgpack"), allow(dead_code))]
    Ext(i8, &'a [u8]),
}

/// The bytes that are left.
pub(crate) struct Tokens<'a>(pub(crate) &'a [u8]);

impl<'a> Tokens<'a> {
    /// The next, or what is wrong with it.
    pub(crate) fn next(&mut self) -> Result<Token<'a>, &'static str> {
        Ok(match Marker::from_u8(self.byte()?) {
            Marker::FixPos(n) => Token::Plain(Value::Int(n.into())),
            Marker::FixNeg(n) => Token::Plain(Value::Int(n.into())),
            Marker::Null => Token::Plain(Value::Nil),
            Marker::True => Token::Plain(Value::Bool(true)),
            Marker::False => Token::Plain(Value::Bool(false)),
            Marker::U8 => Token::Plain(self.number(1)?.into()),
            Marker::U16 => Token::Plain(self.number(2)?.into()),
            Marker::U32 => Token::Plain(self.number(4)?.into()),
            Marker::U64 => Token::Plain(self.number(8)?.into()),
            Marker::I8 => self.signed(1)?,
            Marker::I16 => self.signed(2)?,
            Marker::I32 => self.signed(4)?,
            Marker::I64 => self.signed(8)?,
            Marker::F32 => {
                let bits = u32::try_from(self.number(4)?).unwrap_or_default();
                Token::Plain(Value::Float(f32::from_bits(bits).into()))
            }
            Marker::F64 => Token::Plain(Value::Float(f64::from_bits(self.number(8)?))),
            Marker::FixStr(length) => self.text(length.into())?,
            Marker::Str8 => self.number(1).and_then(|length| self.text(length))?,
            Marker::Str16 => self.number(2).and_then(|length| self.text(length))?,
            Marker::Str32 => self.number(4).and_then(|length| self.text(length))?,
            Marker::Bin8 => self.number(1).and_then(|length| self.bytes(length))?,
            Marker::Bin16 => self.number(2).and_then(|length| self.bytes(length))?,
            Marker::Bin32 => self.number(4).and_then(|length| self.bytes(length))?,
            Marker::FixArray(count) => Token::Array(count.into()),
            Marker::Array16 => Token::Array(self.number(2)?),
            Marker::Array32 => Token::Array(self.number(4)?),
            Marker::FixMap(count) => Token::Map(count.into()),
            Marker::Map16 => Token::Map(self.number(2)?),
            Marker::Map32 => Token::Map(self.number(4)?),
            Marker::FixExt1 => self.ext(1)?,
            Marker::FixExt2 => self.ext(2)?,
            Marker::FixExt4 => self.ext(4)?,
            Marker::FixExt8 => self.ext(8)?,
            Marker::FixExt16 => self.ext(16)?,
            Marker::Ext8 => self.number(1).and_then(|length| self.ext(length))?,
            Marker::Ext16 => self.number(2).and_then(|length| self.ext(length))?,
            Marker::Ext32 => self.number(4).and_then(|length| self.ext(length))?,
            Marker::Reserved => return Err("a byte that begins nothing"),
        })
    }

    fn take(&mut self, count: u64) -> Result<&'a [u8], &'static str> {
        // What does not fit is longer than any document.
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let taken = self.0.split_at_checked(count);
        let (taken, rest) = taken.ok_or("the document ends too early")?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, &'static str> {
        Ok(self.take(1)?.first().copied().unwrap_or_default())
    }

    /// An unsigned number of so many bytes.
    fn number(&mut self, count: u64) -> Result<u64, &'static str> {
        let bytes = self.take(count)?;
        Ok(bytes.iter().fold(0, |n, byte| n << 8 | u64::from(*byte)))
    }

    /// A number of so many bytes with a sign.
    fn signed(&mut self, count: u64) -> Result<Token<'a>, &'static str> {
        let unused = 64 - 8 * count;
        let number = self.number(count)?;
        let number = (number << unused).cast_signed() >> unused;
        Ok(Token::Plain(Value::Int(number)))
    }

    fn text(&mut self, length: u64) -> Result<Token<'a>, &'static str> {
        let text = std::str::from_utf8(self.take(length)?);
        text.map(Token::Text)
            .map_err(|_| "a string that is not UTF-8")
    }

    fn bytes(&mut self, length: u64) -> Result<Token<'a>, &'static str> {
        self.take(length).map(Token::Bytes)
    }

    fn ext(&mut self, length: u64) -> Result<Token<'a>, &'static str> {
        let kind = i8::from_ne_bytes([self.byte()?]);
        Ok(Token::Ext(kind, self.take(length)?))
    }
}
