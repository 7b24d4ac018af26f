//! Places in a text, for errors.

use std::fmt;

/// A place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// In bytes, from 0.
    pub offset: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

impl Place {
    pub(crate) fn of(text: &[u8], offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        let lines = before.split(|byte| *byte == b'\n').count();
        // Bytes that continue a character do not begin a column.
        let is_start = |byte: &&u8| **byte & 0xc0 != 0x80;
        Self {
            line: lines,
            column: before.iter().skip(line_start).filter(is_start).count() + 1,
            offset,
        }
    }
}
