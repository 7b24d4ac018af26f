//! The name of a parameter as it grows: `a[b][0]`.

use std::fmt::{self, Write as _};

use super::percent::encode_bytes;
use crate::text::{Charset, Unmappable};

/// The most characters of a name in an error.
const SHOWN: usize = 100;

/// A name, as text and as encoded.
///
/// It goes back as it has grown, to [`mark`](Self::mark)s.
#[derive(Debug, Default)]
pub(super) struct Name {
    text: String,
    segments: Vec<Segment>,
    /// The first segments as encoded, for the names that have them in common.
    encoded: Vec<u8>,
    /// How many these are.
    done: usize,
}

/// A key, with its brackets unless it is the first, or a position, whose brackets are not encoded.
#[derive(Debug)]
struct Segment {
    is_position: bool,
    /// Where it ends in the text.
    end: usize,
    /// Where it ends in what is encoded, if it is.
    encoded_end: usize,
}

impl Name {
    /// How many keys and positions it has.
    pub(super) fn mark(&self) -> usize {
        self.segments.len()
    }

    pub(super) fn back_to(&mut self, mark: usize) {
        self.segments.truncate(mark);
        self.text.truncate(self.end(mark));
        self.done = self.done.min(mark);
        let last = self.segments.get(..self.done).and_then(<[_]>::last);
        self.encoded
            .truncate(last.map_or(0, |last| last.encoded_end));
    }

    /// Where in the text so many segments end.
    fn end(&self, segments: usize) -> usize {
        let last = self.segments.get(..segments).and_then(<[_]>::last);
        last.map_or(0, |last| last.end)
    }

    /// Adds a key, which is in brackets within another.
    pub(super) fn key(&mut self, write: impl FnOnce(&mut String) -> fmt::Result) {
        // Writing to a `String` cannot fail.
        if self.segments.is_empty() {
            let _ = write(&mut self.text);
        } else {
            self.text.push('[');
            let _ = write(&mut self.text);
            self.text.push(']');
        }
        self.add(false);
    }

    /// Adds a position in a sequence.
    pub(super) fn position(&mut self, position: usize) {
        let _ = write!(self.text, "[{position}]");
        self.add(true);
    }

    fn add(&mut self, is_position: bool) {
        self.segments.push(Segment {
            is_position,
            end: self.text.len(),
            encoded_end: 0,
        });
    }

    /// Adds it as encoded.
    pub(super) fn encode(&mut self, charset: Charset, out: &mut Vec<u8>) -> Result<(), Unmappable> {
        if !charset.is_by_character() {
            return self.encode_whole(charset, out);
        }
        let mut start = self.end(self.done);
        for segment in self.segments.iter_mut().skip(self.done) {
            let text = self.text.get(start..segment.end).unwrap_or_default();
            if segment.is_position {
                self.encoded.extend_from_slice(text.as_bytes());
            } else {
                encode_bytes(text, charset, &mut self.encoded)?;
            }
            start = segment.end;
            segment.encoded_end = self.encoded.len();
        }
        self.done = self.segments.len();
        out.extend_from_slice(&self.encoded);
        Ok(())
    }

    /// The same where it matters what stands before a character: all keys in a row at once.
    fn encode_whole(&self, charset: Charset, out: &mut Vec<u8>) -> Result<(), Unmappable> {
        let text = |start: usize, end: usize| self.text.get(start..end).unwrap_or_default();
        let (mut keys, mut start) = (0, 0);
        for segment in &self.segments {
            if segment.is_position {
                encode_bytes(text(keys, start), charset, out)?;
                out.extend_from_slice(text(start, segment.end).as_bytes());
                keys = segment.end;
            }
            start = segment.end;
        }
        encode_bytes(text(keys, start), charset, out)
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The key that was added after the mark.
    pub(super) fn key_after(&self, mark: usize) -> &str {
        let key = self.text.get(self.end(mark)..).unwrap_or_default();
        let inner = key.strip_prefix('[').and_then(|key| key.strip_suffix(']'));
        inner.filter(|_| mark > 0).unwrap_or(key)
    }

    /// Its beginning, for errors.
    pub(super) fn shown(&self) -> String {
        self.text.chars().take(SHOWN).collect()
    }
}
