//! The decoded pieces of a body.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use courser_core::{Body, Error, ErrorKind, Result};
use futures_core::Stream;

use super::coding::{Coding, Decode, Progress};
use super::growth::Growth;

/// How much is decoded at a time: what a bomb has of memory before its limits are looked at.
const PIECE: usize = 16 * 1024;

/// A body around a body: takes the pieces of the one, and gives those of the other.
pub(super) struct Decoder {
    body: Body,
    coding: &'static Coding,
    growth: Growth,
    /// Made when the first bytes are there: they tell zlib from raw deflate.
    decode: Option<Box<dyn Decode>>,
    /// What came and was not decoded yet.
    input: Bytes,
    /// Room for what is decoded.
    room: BytesMut,
    at: At,
    /// A body of no bytes is none that ends early.
    may_be_empty: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Nothing was there yet.
    Start,
    /// Within what is encoded.
    Within,
    /// As before, and the room was full: there may be more without further input.
    Full,
    /// Behind what is encoded.
    Behind,
    /// Nothing will come any more.
    Over,
}

impl Decoder {
    pub(super) fn new(
        body: Body,
        coding: &'static Coding,
        growth: Growth,
        may_be_empty: bool,
    ) -> Self {
        Decoder {
            body,
            coding,
            growth,
            decode: None,
            input: Bytes::new(),
            room: BytesMut::new(),
            at: At::Start,
            may_be_empty,
        }
    }

    /// Waits until `n` bytes of input are there, or all of a shorter body.
    fn poll_input(&mut self, cx: &mut Context<'_>, n: usize) -> Poll<Result<()>> {
        while self.input.len() < n {
            let Some(piece) = ready!(self.body.poll_piece(cx)).transpose()? else {
                break;
            };
            self.growth.took(piece.len());
            self.input = if self.input.is_empty() {
                piece
            } else {
                [&self.input[..], &piece[..]].concat().into()
            };
        }
        Poll::Ready(Ok(()))
    }

    /// Goes on by a step, which may give a piece.
    fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>>> {
        let wanted = match self.at {
            At::Start => 2,
            At::Within | At::Behind => 1,
            At::Full | At::Over => 0,
        };
        ready!(self.poll_input(cx, wanted))?;
        let is_at_end = wanted > 0 && self.input.is_empty();
        match self.at {
            At::Start if is_at_end && !self.may_be_empty => {
                return Poll::Ready(Err(self.ends_early()));
            }
            At::Start | At::Behind if is_at_end => {
                self.at = At::Over;
                return Poll::Ready(Ok(None));
            }
            At::Within if is_at_end => return Poll::Ready(Err(self.ends_early())),
            At::Behind if !self.coding.is_sequence => {
                return Poll::Ready(Err(self.goes_on()));
            }
            At::Over => return Poll::Ready(Ok(None)),
            _ => {}
        }
        Poll::Ready(self.decode())
    }

    fn decode(&mut self) -> Result<Option<Bytes>> {
        let decoder = (self.coding.decoder, &self.input);
        let decode = self.decode.get_or_insert_with(|| (decoder.0)(decoder.1));
        if self.at == At::Behind
            && let Err(why) = decode.restart()
        {
            return Err(self.malformed(why));
        }
        if self.room.len() < PIECE / 4 {
            self.room = BytesMut::zeroed(PIECE);
        }
        let progress = match decode.decode(&self.input, &mut self.room) {
            Ok(progress) => progress,
            // Decoders that have nothing more to give say so in this way.
            Err(_) if self.input.is_empty() => Progress::default(),
            Err(why) if self.at == At::Behind => return Err(self.goes_on().because(why)),
            Err(why) => return Err(self.malformed(why)),
        };
        let Progress {
            read,
            written,
            ended,
        } = progress;
        if read == 0 && written == 0 && !ended && !self.input.is_empty() {
            return Err(self.malformed(io::Error::other("the decoder is stuck")));
        }
        self.input.advance(read.min(self.input.len()));
        self.at = if ended {
            At::Behind
        } else if written == self.room.len() {
            At::Full
        } else {
            At::Within
        };
        if written == 0 {
            return Ok(None);
        }
        self.growth.gave(written)?;
        Ok(Some(self.room.split_to(written).freeze()))
    }

    fn ends_early(&self) -> Error {
        self.fail(format!("the {} body ends early", self.coding.name))
    }

    fn goes_on(&self) -> Error {
        let name = self.coding.name;
        self.fail(format!("the {name} body has other bytes behind its end"))
    }

    fn malformed(&self, why: io::Error) -> Error {
        let name = self.coding.name;
        self.fail(format!(
            "the body is said to be {name} but cannot be decoded"
        ))
        .because(why)
    }

    fn fail(&self, message: String) -> Error {
        self.growth
            .describe(Error::new(ErrorKind::Decode, message))
            .help(":decompress-body false gives it as it came")
    }
}

impl Stream for Decoder {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        while self.at != At::Over {
            match ready!(self.poll_step(cx)) {
                Ok(Some(piece)) => return Poll::Ready(Some(Ok(piece))),
                Ok(None) => {}
                Err(error) => {
                    self.at = At::Over;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
        Poll::Ready(None)
    }
}
