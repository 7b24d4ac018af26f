//! The encoded pieces of a body.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::{Buf, Bytes, BytesMut};
use courser_core::{Body, Error, Result};
use futures_core::Stream;

use super::coding::{Encode, Progress};

/// How much is given at a time.
const PIECE: usize = 16 * 1024;

/// A body around a body: takes the pieces of the one, and gives those of the other.
pub(super) struct Encoder {
    body: Body,
    encode: Box<dyn Encode>,
    /// What came and was not encoded yet.
    input: Bytes,
    /// What was encoded and not given yet: so much of the room.
    room: BytesMut,
    filled: usize,
    at: At,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Nothing is held back.
    Flushed,
    /// The encoder may hold back what it was given.
    Within,
    /// The body pauses: what is held back is to be given.
    Flushing,
    /// The body is at its end.
    Finishing,
    /// All was given.
    Over,
}

impl Encoder {
    pub(super) fn new(body: Body, encode: Box<dyn Encode>) -> Self {
        Encoder {
            body,
            encode,
            input: Bytes::new(),
            room: BytesMut::new(),
            filled: 0,
            at: At::Flushed,
        }
    }

    /// Goes on by a step. `Pending` where the body pauses and nothing is held back.
    fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        if self.input.is_empty() && matches!(self.at, At::Flushed | At::Within) {
            match self.body.poll_piece(cx) {
                Poll::Ready(Some(piece)) => self.input = piece?,
                Poll::Ready(None) => self.at = At::Finishing,
                // Not only when there is enough for a good ratio: somebody may wait for it.
                Poll::Pending if self.at == At::Within => self.at = At::Flushing,
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(self.encode().map_err(|why| {
            Error::invalid("the body cannot be compressed (:compress-body)").because(why)
        }))
    }

    fn encode(&mut self) -> io::Result<()> {
        if self.room.len() == self.filled {
            // Never without room: the encoders would take that for an error.
            self.room = BytesMut::zeroed(PIECE);
            self.filled = 0;
        }
        let room = self.room.get_mut(self.filled..).unwrap_or_default();
        let Progress {
            read,
            written,
            done,
        } = match self.at {
            At::Flushed | At::Within => self.encode.encode(&self.input, room)?,
            At::Flushing => self.encode.flush(room)?,
            At::Finishing => self.encode.finish(room)?,
            At::Over => return Ok(()),
        };
        if read == 0 && written == 0 && !done {
            return Err(io::Error::other("the encoder is stuck"));
        }
        self.input.advance(read.min(self.input.len()));
        self.filled += written;
        self.at = match self.at {
            At::Flushing if done => At::Flushed,
            At::Finishing if done => At::Over,
            At::Flushed => At::Within,
            at => at,
        };
        Ok(())
    }

    /// What was encoded so far, where it is to be given: a whole piece, or all that there is.
    fn piece(&mut self) -> Option<Bytes> {
        let wanted = match self.at {
            At::Within | At::Flushing | At::Finishing => self.room.len(),
            At::Flushed | At::Over => 1,
        };
        if self.filled == 0 || self.filled < wanted {
            return None;
        }
        let piece = self.room.split_to(self.filled).freeze();
        self.filled = 0;
        Some(piece)
    }
}

impl Stream for Encoder {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        let this = &mut *self;
        loop {
            if let Some(piece) = this.piece() {
                return Poll::Ready(Some(Ok(piece)));
            }
            if this.at == At::Over {
                return Poll::Ready(None);
            }
            if let Err(error) = std::task::ready!(this.poll_step(cx)) {
                (this.at, this.filled) = (At::Over, 0);
                return Poll::Ready(Some(Err(error)));
            }
        }
    }
}

/// All of a body that is in memory.
pub(super) fn whole(body: Body, encode: Box<dyn Encode>) -> Result<Bytes> {
    let mut encoder = Encoder::new(body, encode);
    let mut cx = Context::from_waker(Waker::noop());
    let mut all = BytesMut::new();
    // It never waits.
    while let Poll::Ready(Some(piece)) = Pin::new(&mut encoder).poll_next(&mut cx) {
        all.extend_from_slice(&piece?);
    }
    Ok(all.freeze())
}
