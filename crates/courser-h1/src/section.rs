//! A section of field lines: finding its end, and taking it apart line by line.

use memchr::memchr;

use crate::error::{Error, Result, Section};
use crate::fields::{Fault, Fields, Line};
use crate::grammar::{trimmed_end, trimmed_start};
use crate::options::{Leniency, Limits};

/// Looks for the empty line that ends a section, and takes each line apart on its way. Asked again
/// when there are more bytes, it goes on where it was, so that the whole costs one pass however
/// small the pieces are.
#[derive(Clone, Debug)]
pub(crate) struct Scanner {
    section: Section,
    /// Bytes that were looked at.
    scanned: usize,
    /// Where the line under way begins.
    line_start: usize,
    /// Whole lines up to there.
    lines: usize,
    /// How many of them go on with the line before.
    folds: usize,
    /// The length of the line before the first field, without its end.
    status_line: usize,
    fields: Vec<Line>,
    /// The first line that is no field, counted from 1. It is told once the section is whole, so
    /// that errors do not depend on how the input was cut.
    fault: Option<(usize, Fault)>,
}

impl Scanner {
    pub(crate) fn new(section: Section) -> Self {
        // Most heads have no more fields, and most bodies no trailers.
        let room = match section {
            Section::Head => 16,
            Section::Trailers => 0,
        };
        Scanner {
            section,
            scanned: 0,
            line_start: 0,
            lines: 0,
            folds: 0,
            status_line: 0,
            fields: Vec::with_capacity(room),
            fault: None,
        }
    }

    pub(crate) fn scanned(&self) -> usize {
        self.scanned
    }

    pub(crate) fn status_line(&self) -> usize {
        self.status_line
    }

    /// The length of the section, once its last line is in `input`, which begins where the
    /// section does. Errors do not depend on how the input was cut.
    pub(crate) fn scan(
        &mut self,
        input: &[u8],
        limits: &Limits,
        lenient: Leniency,
    ) -> Result<Option<usize>> {
        let (most_bytes, most_lines) = self.limits(limits);
        while let Some(rest) = input.get(self.scanned..)
            && let Some(at) = memchr(b'\n', rest)
        {
            let end = self.scanned + at + 1;
            if end > most_bytes {
                return Err(self.exceeds_bytes(most_bytes));
            }
            let start = self.line_start;
            let content = match input.get(start..end).unwrap_or_default() {
                [content @ .., b'\r', b'\n'] => content,
                [content @ .., b'\n'] if lenient.bare_lf => content,
                _ => return Err(self.malformed("it ends in LF without CR (RFC 9112, 2.2)")),
            };
            self.scanned = end;
            self.line_start = end;
            match content.first() {
                None => return Ok(Some(end)),
                Some(b' ' | b'\t') if self.lines == self.start_lines() => {
                    return Err(self.malformed("whitespace before the first field"));
                }
                Some(b' ' | b'\t') => self.folds += 1,
                Some(_) => self.take_apart(content, start),
            }
            self.lines += 1;
            if self.lines - self.start_lines() > most_lines {
                return Err(self.exceeds_lines(most_lines));
            }
        }
        self.scanned = input.len();
        if input.len() > most_bytes {
            return Err(self.exceeds_bytes(most_bytes));
        }
        Ok(None)
    }

    /// The next line, which begins at `start`.
    fn take_apart(&mut self, line: &[u8], start: usize) {
        if self.lines < self.start_lines() {
            self.status_line = line.len();
        } else if self.fault.is_none() {
            match Line::parse(line, start) {
                Ok(field) => self.fields.push(field),
                Err(fault) => self.fault = Some((self.lines + 1, fault)),
            }
        }
    }

    /// How many lines there are before the first field: the status line.
    fn start_lines(&self) -> usize {
        match self.section {
            Section::Head => 1,
            Section::Trailers => 0,
        }
    }

    /// On bytes, which [`Line`] can count, and on lines.
    fn limits(&self, limits: &Limits) -> (usize, usize) {
        const MOST: usize = 1 << 30;
        match self.section {
            Section::Head => (limits.head_bytes.min(MOST), limits.head_lines),
            Section::Trailers => (limits.trailer_bytes.min(MOST), limits.trailer_lines),
        }
    }

    #[cold]
    fn exceeds_bytes(&self, allowed: usize) -> Error {
        let limit = match self.section {
            Section::Head => "head_bytes",
            Section::Trailers => "trailer_bytes",
        };
        Error::Limit { limit, allowed }
    }

    #[cold]
    fn exceeds_lines(&self, allowed: usize) -> Error {
        let limit = match self.section {
            Section::Head => "head_lines",
            Section::Trailers => "trailer_lines",
        };
        Error::Limit { limit, allowed }
    }

    /// Of the line under way.
    #[cold]
    fn malformed(&self, why: &'static str) -> Error {
        Error::Malformed {
            section: self.section,
            line: self.lines - self.folds + 1,
            why,
        }
    }

    /// A copy of the section that [`scan`](Scanner::scan) found whole, mended where it is forgiven.
    pub(crate) fn copy(&mut self, section: &[u8], lenient: Leniency) -> Vec<u8> {
        if self.folds == 0 && !lenient.bare_cr && !lenient.space_before_colon {
            section.to_vec()
        } else {
            self.mend(section, lenient)
        }
    }

    #[cold]
    fn mend(&mut self, section: &[u8], lenient: Leniency) -> Vec<u8> {
        let block = mended(section, self.start_lines(), lenient);
        *self = Scanner::new(self.section);
        let mut start = 0;
        for line in block.split_inclusive(|byte| *byte == b'\n') {
            if let Some(content @ [_, ..]) = line.strip_suffix(b"\r\n") {
                self.take_apart(content, start);
            }
            self.lines += 1;
            start += line.len();
        }
        block
    }

    /// The fields of that copy.
    pub(crate) fn fields(&mut self, block: Vec<u8>) -> Result<Fields> {
        match self.fault {
            None => Ok(Fields::new(block, std::mem::take(&mut self.fields))),
            Some((line, fault)) => Err(faulty(self.section, line, fault)),
        }
    }
}

#[cold]
fn faulty(section: Section, line: usize, fault: Fault) -> Error {
    let why = fault.why();
    Error::Malformed { section, line, why }
}

/// Folded lines joined by one space (RFC 9112, 5.2), and what is to be forgiven mended.
fn mended(section: &[u8], start_lines: usize, lenient: Leniency) -> Vec<u8> {
    let mut block = Vec::with_capacity(section.len());
    for (number, line) in section.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if number > start_lines && matches!(line, [b' ' | b'\t', ..]) {
            let before = block.strip_suffix(b"\r\n").unwrap_or(&block);
            let kept = trimmed_end(before).len();
            block.truncate(kept);
            block.push(b' ');
            block.extend_from_slice(trimmed_start(line));
        } else if lenient.space_before_colon
            && number >= start_lines
            && let Some(colon) = memchr(b':', line)
        {
            let (name, rest) = line.split_at(colon);
            block.extend_from_slice(trimmed_end(name));
            block.extend_from_slice(rest);
        } else {
            block.extend_from_slice(line);
        }
        block.extend_from_slice(b"\r\n");
    }
    if lenient.bare_cr {
        for at in 0..block.len() {
            if let Some([byte @ b'\r', next]) = block.get_mut(at..at + 2)
                && *next != b'\n'
            {
                *byte = b' ';
            }
        }
    }
    block
}
