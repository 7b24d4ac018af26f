//! Streams of pieces: those of users, those that must keep a length, those of readers.

use std::future::Future;
use std::io::{self, Read};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;

use crate::error::{BoxError, Error, Result};
use crate::oneshot::{Receiver, oneshot};
use crate::rt::Runtime;

/// A stream of pieces of a body.
pub type Pieces = Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>;

/// How much is read from a file or reader at a time.
const PIECE: usize = 64 * 1024;

/// The next piece of a reader, read here and now; `None` at the end.
pub(crate) fn read_piece(reader: &mut dyn Read) -> Result<Option<Bytes>> {
    let mut piece = BytesMut::zeroed(PIECE);
    loop {
        match reader.read(&mut piece) {
            Ok(0) => return Ok(None),
            Ok(n) => {
                piece.truncate(n);
                return Ok(Some(piece.freeze()));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::user(error)),
        }
    }
}

/// A user's stream, with its items and errors in our types.
pub(crate) struct Convert<S>(Pin<Box<S>>);

impl<S> Convert<S> {
    pub(crate) fn new(stream: S) -> Self {
        Convert(Box::pin(stream))
    }
}

impl<S, B, E> Stream for Convert<S>
where
    S: Stream<Item = Result<B, E>>,
    B: Into<Bytes>,
    E: Into<BoxError>,
{
    type Item = Result<Bytes>;
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(cx).map(|item| {
            item.map(|piece| match piece {
                Ok(bytes) => Ok(bytes.into()),
                Err(error) => Err(Error::user(error)),
            })
        })
    }
}

/// Holds a stream to the length that was told: the request's framing depends on it.
pub(crate) struct Sized {
    pieces: Pieces,
    size: u64,
    left: u64,
}

impl Sized {
    pub(crate) fn new(pieces: Pieces, size: u64) -> Self {
        Sized {
            pieces,
            size,
            left: size,
        }
    }
}

impl Stream for Sized {
    type Item = Result<Bytes>;
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let wrong = |sent: u64, than: &str, size: u64| {
            Error::invalid(format!("the stream of :body is {than} than its :length"))
                .with("length", size)
                .with("given", sent)
        };
        let piece = std::task::ready!(self.pieces.as_mut().poll_next(cx));
        let (size, left) = (self.size, self.left);
        Poll::Ready(match piece {
            Some(Ok(bytes)) => match left.checked_sub(bytes.len() as u64) {
                Some(rest) => {
                    self.left = rest;
                    Some(Ok(bytes))
                }
                None => Some(Err(wrong(size - left + bytes.len() as u64, "longer", size))),
            },
            None if left > 0 => Some(Err(wrong(size - left, "shorter", size))),
            other => other,
        })
    }
}

/// Pieces of a reader, each read where the runtime blocks.
pub(crate) struct ReaderPieces {
    rt: Arc<dyn Runtime>,
    state: ReaderState,
}

pub(crate) type Reader = Box<dyn Read + Send>;

enum ReaderState {
    Idle(Option<Reader>),
    Busy(Receiver<(Reader, Result<Option<Bytes>>)>),
}

impl ReaderPieces {
    pub(crate) fn new(rt: Arc<dyn Runtime>, reader: Reader) -> Self {
        ReaderPieces {
            rt,
            state: ReaderState::Idle(Some(reader)),
        }
    }
}

impl Stream for ReaderPieces {
    type Item = Result<Bytes>;
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match &mut self.state {
                ReaderState::Idle(reader) => {
                    let Some(mut reader) = reader.take() else {
                        return Poll::Ready(None);
                    };
                    let (sender, receiver) = oneshot();
                    self.rt.spawn_blocking(Box::new(move || {
                        let piece = read_piece(&mut reader);
                        // Nobody waits any more when the request was dropped.
                        let _ = sender.send((reader, piece));
                    }));
                    self.state = ReaderState::Busy(receiver);
                }
                ReaderState::Busy(receiver) => {
                    let done = std::task::ready!(Pin::new(receiver).poll(cx));
                    let (reader, piece) = match done {
                        Some((reader, piece)) => (Some(reader), piece),
                        None => (None, Err(Error::user("the reader of a body panicked"))),
                    };
                    self.state = ReaderState::Idle(reader.filter(|_| matches!(piece, Ok(Some(_)))));
                    return Poll::Ready(piece.transpose());
                }
            }
        }
    }
}
