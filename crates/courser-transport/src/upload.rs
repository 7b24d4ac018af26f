//! The body of a request on its way out.

use std::io;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use courser_core::rt::Io;
use courser_core::{Body, BoxFuture, Error};
use courser_h1::Exchange;

use crate::connection::Out;
use crate::errors::Failure;
use crate::wire::{self, Way};

/// What is left to be sent of a body, beside what is in [`Out`].
pub(crate) struct Upload {
    body: Body,
    /// The piece under way.
    piece: Bytes,
    /// What the framing puts after it.
    tail: &'static [u8],
    ended: bool,
    /// Until when `100 Continue` is waited for.
    pub(crate) patience: Option<BoxFuture<'static, ()>>,
    connection: u64,
}

/// How far it came.
pub(crate) enum Moved {
    /// Something went out.
    Some,
    /// All is out.
    All,
}

/// Why it stopped.
pub(crate) enum Stopped {
    /// The connection does not take more.
    Io(io::Error),
    /// The body itself failed.
    Body(Error),
}

impl Upload {
    pub(crate) fn new(body: Body, connection: u64) -> Self {
        Upload {
            body,
            piece: Bytes::new(),
            tail: b"",
            ended: false,
            patience: None,
            connection,
        }
    }

    /// Sends the next bytes.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut dyn Io,
        out: &mut Out,
        exchange: &mut Exchange,
    ) -> Poll<Result<Moved, Stopped>> {
        loop {
            if !out.is_empty() || !self.piece.is_empty() || !self.tail.is_empty() {
                let written = out.poll_write(cx, io, [&self.piece, self.tail]);
                let n = ready!(written).map_err(Stopped::Io)?;
                let of_piece = n.min(self.piece.len());
                self.piece.advance(of_piece);
                self.tail = self.tail.get(n - of_piece..).unwrap_or_default();
                return Poll::Ready(Ok(Moved::Some));
            }
            if self.ended {
                let flushed = ready!(io.poll_flush(cx));
                return Poll::Ready(flushed.map(|()| Moved::All).map_err(Stopped::Io));
            }
            if exchange.awaits_continue()
                && let Some(patience) = &mut self.patience
            {
                ready!(patience.as_mut().poll(cx));
            }
            self.patience = None;
            let failed = |error| Stopped::Body(Failure::of_request(error));
            match ready!(self.body.poll_piece(cx)) {
                Some(Ok(piece)) => {
                    let frame = exchange.frame_body(piece.len()).map_err(failed)?;
                    out.reset().extend_from_slice(frame.prefix());
                    wire::body(self.connection, Way::Out, &piece);
                    self.piece = piece;
                    self.tail = frame.suffix();
                }
                Some(Err(error)) => return Poll::Ready(Err(Stopped::Body(error))),
                None => {
                    exchange.end_body(out.reset()).map_err(failed)?;
                    self.ended = true;
                }
            }
        }
    }
}
