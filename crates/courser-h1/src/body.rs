//! The body of a response, as it comes.

use std::ops::Range;

use crate::chunked::Chunked;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::framing::Framing;
use crate::options::Options;

/// What the first bytes of an input are, in the body of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// `input[range]` is a piece of the body, never empty, and `input[..range.end]` is done with.
    /// There may be more in the input.
    Data(Range<usize>),
    /// `input[..consumed]` is done with; what is left of it, if anything, is needed again, with
    /// more after it.
    More {
        /// Bytes to drop.
        consumed: usize,
    },
    /// The body ended after `input[..consumed]`.
    End {
        /// Bytes to drop; others do not belong to this exchange.
        consumed: usize,
    },
}

/// Takes the body apart.
#[derive(Clone, Debug)]
pub(crate) struct BodyReader {
    state: State,
    expected: Option<u64>,
    received: u64,
}

#[derive(Clone, Debug)]
enum State {
    Length { left: u64 },
    // Its scanner and trailers would double the size of every exchange.
    Chunked(Box<Chunked>),
    UntilClose { closed: bool },
}

impl BodyReader {
    pub(crate) fn new(framing: Framing) -> Self {
        let (state, expected) = match framing {
            Framing::None | Framing::Switched => (State::Length { left: 0 }, None),
            Framing::Length(length) => (State::Length { left: length }, Some(length)),
            Framing::Chunked => (State::Chunked(Box::new(Chunked::new())), None),
            Framing::UntilClose => (State::UntilClose { closed: false }, None),
        };
        BodyReader {
            state,
            expected,
            received: 0,
        }
    }

    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    pub(crate) fn trailers(&self) -> Option<&Fields> {
        match &self.state {
            State::Chunked(chunked) => Some(chunked.trailers()),
            _ => None,
        }
    }

    pub(crate) fn room(&self) -> u64 {
        match &self.state {
            State::Length { left } => *left,
            State::Chunked(chunked) => chunked.room(),
            State::UntilClose { closed } => {
                if *closed {
                    0
                } else {
                    u64::MAX
                }
            }
        }
    }

    pub(crate) fn advance(&mut self, read: u64) -> Result<()> {
        if read > self.room() {
            return Err(Error::Misuse(
                "more was read into the body than there was room",
            ));
        }
        self.received = self.received.saturating_add(read);
        match &mut self.state {
            State::Length { left } => *left -= read,
            State::Chunked(chunked) => chunked.advance(read),
            State::UntilClose { .. } => {}
        }
        Ok(())
    }

    pub(crate) fn read(&mut self, input: &[u8], options: &Options) -> Result<Part> {
        let part = match &mut self.state {
            State::Length { left: 0 } | State::UntilClose { closed: true } => {
                Part::End { consumed: 0 }
            }
            _ if input.is_empty() => Part::More { consumed: 0 },
            State::Length { left } => {
                let length = usize::try_from(*left).map_or(input.len(), |l| l.min(input.len()));
                *left -= length as u64;
                Part::Data(0..length)
            }
            State::Chunked(chunked) => chunked.decode(input, options)?,
            State::UntilClose { .. } => Part::Data(0..input.len()),
        };
        if let Part::Data(range) = &part {
            self.received = self.received.saturating_add(range.len() as u64);
        }
        Ok(part)
    }

    pub(crate) fn is_ended(&self) -> bool {
        match &self.state {
            State::Length { left } => *left == 0,
            State::Chunked(chunked) => chunked.is_ended(),
            State::UntilClose { closed } => *closed,
        }
    }

    /// That the server closed the connection.
    pub(crate) fn close(&mut self) -> Result<()> {
        if let State::UntilClose { closed } = &mut self.state {
            *closed = true;
        }
        if self.is_ended() {
            return Ok(());
        }
        Err(Error::TruncatedBody {
            expected: self.expected,
            received: self.received,
        })
    }
}
