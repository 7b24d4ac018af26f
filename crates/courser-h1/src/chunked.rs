//! A chunked body: RFC 9112, 7.1.

use crate::body::Part;
use crate::error::{Error, Result, Section};
use crate::fields::Fields;
use crate::options::Options;
use crate::section::Scanner;

/// Decodes a chunked body, piece by piece.
#[derive(Clone, Debug)]
pub(crate) struct Chunked {
    state: State,
    /// Counted from 1.
    chunk: u64,
    /// Bytes of extensions so far.
    extensions: usize,
    trailers: Fields,
}

#[derive(Clone, Debug)]
enum State {
    Size {
        digits: u8,
        size: u64,
    },
    /// Whitespace after the size: an extension has to follow.
    Space {
        size: u64,
    },
    Extension {
        size: u64,
    },
    /// After the CR of the line of the size.
    SizeLf {
        size: u64,
    },
    Data {
        left: u64,
    },
    DataCr,
    DataLf,
    Trailers(Scanner),
    End,
}

/// The digits of the greatest size.
const DIGITS: u8 = 16;

impl Chunked {
    pub(crate) fn new() -> Self {
        Chunked {
            state: State::Size { digits: 0, size: 0 },
            chunk: 1,
            extensions: 0,
            trailers: Fields::default(),
        }
    }

    pub(crate) fn trailers(&self) -> &Fields {
        &self.trailers
    }

    pub(crate) fn is_ended(&self) -> bool {
        matches!(self.state, State::End)
    }

    /// How many bytes of data come next on the wire.
    pub(crate) fn room(&self) -> u64 {
        match self.state {
            State::Data { left } => left,
            _ => 0,
        }
    }

    /// That so many bytes of data were read.
    pub(crate) fn advance(&mut self, read: u64) {
        if let State::Data { left } = &mut self.state {
            *left = left.saturating_sub(read);
            if *left == 0 {
                self.state = State::DataCr;
            }
        }
    }

    pub(crate) fn decode(&mut self, input: &[u8], options: &Options) -> Result<Part> {
        let mut at = 0;
        loop {
            match &mut self.state {
                State::End => return Ok(Part::End { consumed: at }),
                State::Data { left } => {
                    let rest = input.len() - at;
                    let data = usize::try_from(*left).map_or(rest, |left| left.min(rest));
                    if data == 0 {
                        return Ok(Part::More { consumed: at });
                    }
                    self.advance(data as u64);
                    return Ok(Part::Data(at..at + data));
                }
                State::Trailers(scanner) => {
                    let rest = input.get(at..).unwrap_or_default();
                    let Some(end) = scanner.scan(rest, &options.limits, options.lenient)? else {
                        return Ok(Part::More { consumed: at });
                    };
                    if end > 2 {
                        let section = rest.get(..end).unwrap_or_default();
                        let block = scanner.copy(section, options.lenient);
                        self.trailers = scanner.fields(block)?;
                    }
                    self.state = State::End;
                    at += end;
                }
                _ => {
                    let Some(byte) = input.get(at) else {
                        return Ok(Part::More { consumed: at });
                    };
                    self.line(*byte, options)?;
                    at += 1;
                }
            }
        }
    }

    /// One byte of the line of a size, or of the end of a line.
    fn line(&mut self, byte: u8, options: &Options) -> Result<()> {
        self.state = match (&self.state, byte) {
            (&State::Size { digits, size }, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                if digits >= DIGITS {
                    self.count_extension(options)?;
                }
                let digit = char::from(byte).to_digit(16).unwrap_or_default();
                let size = size.checked_mul(16).map(|size| size + u64::from(digit));
                let Some(size) = size else {
                    return Err(self.malformed("its size is beyond 64 bits"));
                };
                let digits = digits.saturating_add(1).min(DIGITS);
                State::Size { digits, size }
            }
            (State::Size { digits: 0, .. }, _) => {
                return Err(self.malformed("its size is not hexadecimal digits"));
            }
            (&(State::Size { size, .. } | State::Space { size }), b' ' | b'\t') => {
                self.count_extension(options)?;
                State::Space { size }
            }
            (&(State::Size { size, .. } | State::Extension { size }), b'\r') => {
                State::SizeLf { size }
            }
            (&State::Space { size }, b'\r') if options.lenient.space_after_chunk_size => {
                State::SizeLf { size }
            }
            (&(State::Size { size, .. } | State::Space { size }), b';')
            | (&State::Extension { size }, b'\t' | b' '..=b'~' | 0x80..) => {
                self.count_extension(options)?;
                State::Extension { size }
            }
            (State::Size { .. } | State::Space { .. }, _) => {
                return Err(self.malformed("its size is followed by neither ; nor CR LF"));
            }
            (State::Extension { .. }, _) => {
                return Err(self.malformed("its extension has a control character"));
            }
            (&State::SizeLf { size: 0 }, b'\n') => State::Trailers(Scanner::new(Section::Trailers)),
            (&State::SizeLf { size }, b'\n') => State::Data { left: size },
            (State::SizeLf { .. }, _) => {
                return Err(self.malformed("the line of its size has a CR without LF"));
            }
            (State::DataCr, b'\r') => State::DataLf,
            (State::DataLf, b'\n') => {
                self.chunk += 1;
                State::Size { digits: 0, size: 0 }
            }
            (State::DataCr | State::DataLf, _) => {
                return Err(self.malformed("it does not end with CR LF after its size"));
            }
            // Handled by `decode`.
            (state @ (State::Data { .. } | State::Trailers(_) | State::End), _) => state.clone(),
        };
        Ok(())
    }

    fn count_extension(&mut self, options: &Options) -> Result<()> {
        self.extensions += 1;
        let allowed = options.limits.chunk_extension_bytes;
        if self.extensions > allowed {
            let limit = "chunk_extension_bytes";
            return Err(Error::Limit { limit, allowed });
        }
        Ok(())
    }

    fn malformed(&self, why: &'static str) -> Error {
        Error::Chunk {
            chunk: self.chunk,
            why,
        }
    }
}
