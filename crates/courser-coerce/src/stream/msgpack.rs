//! Where `MessagePack` values end.

use super::MAX_DEPTH;
use super::frames::Step;
use super::json::{TOO_DEEP, WITHIN};

#[derive(Debug, Default)]
pub(super) struct MessagePack {
    next: Next,
    /// How many values each open array or map still lacks, the innermost last.
    lacks: Vec<u64>,
}

#[derive(Debug, Default, Clone, Copy)]
enum Next {
    /// What begins a value.
    #[default]
    Marker,
    /// So many bytes of a length, and what it is the length of.
    Length { left: u8, length: u64, of: Of },
    /// So many bytes that tell nothing of where the value ends.
    Bytes(u64),
}

#[derive(Debug, Clone, Copy)]
enum Of {
    Bytes,
    /// Bytes, and one for the type of an extension.
    Extension,
    Array,
    Map,
}

impl MessagePack {
    pub(super) fn step(&mut self, byte: u8) -> Result<Step, &'static str> {
        let begins = self.lacks.is_empty() && matches!(self.next, Next::Marker);
        let is_whole = match self.next {
            Next::Bytes(left) => self.bytes(left - 1),
            Next::Length { left, length, of } => {
                let length = length << 8 | u64::from(byte);
                if left > 1 {
                    let left = left - 1;
                    self.next = Next::Length { left, length, of };
                    false
                } else {
                    self.sized(length, of)?
                }
            }
            Next::Marker => self.marker(byte)?,
        };
        let is_whole = is_whole && self.finished();
        Ok(match (begins, is_whole) {
            (true, true) => Step::Single,
            (true, false) => Step::Begin,
            (false, true) => Step::Through,
            (false, false) => Step::More,
        })
    }

    /// Whether the value is whole with its first byte.
    fn marker(&mut self, byte: u8) -> Result<bool, &'static str> {
        let length = |left, of| Next::Length {
            left,
            length: 0,
            of,
        };
        self.next = match byte {
            0x00..=0x7f | 0xe0..=0xff | 0xc0 | 0xc2 | 0xc3 => return Ok(true),
            0x80..=0x8f => return self.sized(u64::from(byte & 0xf), Of::Map),
            0x90..=0x9f => return self.sized(u64::from(byte & 0xf), Of::Array),
            0xa0..=0xbf => return self.sized(u64::from(byte & 0x1f), Of::Bytes),
            0xc1 => return Err("a byte that MessagePack does not have"),
            0xc4 | 0xd9 => length(1, Of::Bytes),
            0xc5 | 0xda => length(2, Of::Bytes),
            0xc6 | 0xdb => length(4, Of::Bytes),
            0xc7 => length(1, Of::Extension),
            0xc8 => length(2, Of::Extension),
            0xc9 => length(4, Of::Extension),
            0xcc | 0xd0 => Next::Bytes(1),
            0xcd | 0xd1 | 0xd4 => Next::Bytes(2),
            0xca | 0xce | 0xd2 => Next::Bytes(4),
            0xd5 => Next::Bytes(3),
            0xd6 => Next::Bytes(5),
            0xcb | 0xcf | 0xd3 => Next::Bytes(8),
            0xd7 => Next::Bytes(9),
            0xd8 => Next::Bytes(17),
            0xdc => length(2, Of::Array),
            0xdd => length(4, Of::Array),
            0xde => length(2, Of::Map),
            0xdf => length(4, Of::Map),
        };
        Ok(false)
    }

    fn sized(&mut self, length: u64, of: Of) -> Result<bool, &'static str> {
        let values = match of {
            Of::Bytes => return Ok(self.bytes(length)),
            Of::Extension => return Ok(self.bytes(length + 1)),
            Of::Array => length,
            Of::Map => length * 2,
        };
        self.next = Next::Marker;
        if values == 0 {
            return Ok(true);
        }
        if self.lacks.len() >= MAX_DEPTH {
            return Err(TOO_DEEP);
        }
        self.lacks.push(values);
        Ok(false)
    }

    fn bytes(&mut self, left: u64) -> bool {
        self.next = if left == 0 {
            Next::Marker
        } else {
            Next::Bytes(left)
        };
        left == 0
    }

    /// A value is whole; whether all that is around it is.
    fn finished(&mut self) -> bool {
        while let Some(lacks) = self.lacks.last_mut() {
            *lacks -= 1;
            if *lacks > 0 {
                return false;
            }
            self.lacks.pop();
        }
        true
    }

    pub(super) fn end(&mut self) -> Result<bool, &'static str> {
        if self.lacks.is_empty() && matches!(self.next, Next::Marker) {
            return Ok(false);
        }
        Err(WITHIN)
    }
}
