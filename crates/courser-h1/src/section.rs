//! A section of field lines: finding its end, line by line, and taking it apart.

use memchr::memchr;

use crate::error::{Error, Result, Section};
use crate::fields::Fields;
use crate::options::{Leniency, Limits};

/// A limit's name and value.
type Limit = (&'static str, usize);

/// Looks for the empty line that ends a section. Asked again when there are more bytes, it goes
/// on where it was, so that the whole costs one pass however small the pieces are.
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
}

impl Scanner {
    pub(crate) fn new(section: Section) -> Self {
        Scanner {
            section,
            scanned: 0,
            line_start: 0,
            lines: 0,
            folds: 0,
        }
    }

    pub(crate) fn scanned(&self) -> usize {
        self.scanned
    }

    /// The length of the section, once its last line is in `input`, which begins where the
    /// section does. Errors do not depend on how the input was cut.
    pub(crate) fn scan(
        &mut self,
        input: &[u8],
        limits: &Limits,
        lenient: Leniency,
    ) -> Result<Option<usize>> {
        let (bytes, lines) = self.limits(limits);
        while let Some(rest) = input.get(self.scanned..)
            && let Some(at) = memchr(b'\n', rest)
        {
            let end = self.scanned + at + 1;
            if end > bytes.1 {
                return Err(exceeded(bytes));
            }
            let line = input.get(self.line_start..end).unwrap_or_default();
            let content = match line {
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
                Some(_) => {}
            }
            self.lines += 1;
            if self.lines > self.start_lines() + lines.1 {
                return Err(exceeded(lines));
            }
        }
        self.scanned = input.len();
        if input.len() > bytes.1 {
            return Err(exceeded(bytes));
        }
        Ok(None)
    }

    /// How many lines there are before the first field: the status line.
    fn start_lines(&self) -> usize {
        match self.section {
            Section::Head => 1,
            Section::Trailers => 0,
        }
    }

    fn limits(&self, limits: &Limits) -> (Limit, Limit) {
        const MOST: usize = 1 << 30;
        match self.section {
            Section::Head => (
                ("head_bytes", limits.head_bytes.min(MOST)),
                ("head_lines", limits.head_lines),
            ),
            Section::Trailers => (
                ("trailer_bytes", limits.trailer_bytes.min(MOST)),
                ("trailer_lines", limits.trailer_lines),
            ),
        }
    }

    /// Of the line under way.
    fn malformed(&self, why: &'static str) -> Error {
        Error::Malformed {
            section: self.section,
            line: self.lines - self.folds + 1,
            why,
        }
    }

    /// Takes apart the section that [`scan`](Scanner::scan) found whole: its fields after the
    /// first `start` bytes of what [`copy`](Scanner::copy) made of it.
    pub(crate) fn fields(&self, block: Vec<u8>, start: usize) -> Result<Fields> {
        let first = if start > 0 { 2 } else { 1 };
        Fields::parse(block, start, self.lines).map_err(|(block, error)| {
            let lines = block.get(start..).unwrap_or_default();
            // The parser tells no place. This is asked once in the life of a connection.
            let bad = lines.split_inclusive(|byte| *byte == b'\n');
            let bad = bad.take_while(|line| parses(line)).count();
            Error::Malformed {
                section: self.section,
                line: first + bad,
                why: why(error),
            }
        })
    }

    /// A copy of the section that the parser accepts where it was forgiven.
    pub(crate) fn copy(&self, section: &[u8], lenient: Leniency) -> Vec<u8> {
        if self.folds > 0 || lenient.bare_cr || lenient.space_before_colon {
            repaired(section, self.start_lines(), lenient)
        } else {
            section.to_vec()
        }
    }
}

fn exceeded((limit, allowed): Limit) -> Error {
    Error::Limit { limit, allowed }
}

fn why(error: httparse::Error) -> &'static str {
    match error {
        httparse::Error::HeaderName => {
            "a name is letters, digits and !#$%&'*+-.^_`|~, and a colon follows at once \
             (RFC 9112, 5.1)"
        }
        httparse::Error::HeaderValue => "a value has no control character but tabs (RFC 9110, 5.5)",
        _ => "a CR stands without LF (RFC 9112, 2.2)",
    }
}

fn parses(line: &[u8]) -> bool {
    let line = [line, b"\r\n"].concat();
    httparse::parse_headers(&line, &mut [httparse::EMPTY_HEADER; 1]).is_ok()
}

/// Folded lines joined by one space (RFC 9112, 5.2), and what is to be forgiven mended.
fn repaired(section: &[u8], start_lines: usize, lenient: Leniency) -> Vec<u8> {
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

fn trimmed_end(mut line: &[u8]) -> &[u8] {
    while let [rest @ .., b' ' | b'\t'] = line {
        line = rest;
    }
    line
}

fn trimmed_start(mut line: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = line {
        line = rest;
    }
    line
}
