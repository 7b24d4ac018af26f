//! The items of a body.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use courser_coerce::stream::{Frames, Framing};
use courser_coerce::text::{Charset, Decoder};
use courser_core::{BoxError, Error, ErrorKind, Response, Result, excerpt};
use futures_core::Stream;

use crate::driver;

/// How the bytes of an item become what it is.
pub(crate) type Read<T> = fn(&[u8]) -> Result<T, BoxError>;

/// The items of a body, each read as it comes.
///
/// After `send()` a stream, by [`next`](Items::next) or [`futures_core::Stream`]; after `call()`
/// for a `for` loop. Dropping it gives up the connection.
///
/// An item that is not what was expected is an error of its own, behind which the next can be
/// read. Where items cannot be told apart any more, or the connection breaks, the error is the
/// last thing that comes. Errors tell the number of the item (from 1) and its first byte (from
/// 0; in UTF-8, if the body is in another charset).
pub struct Items<T> {
    response: Response,
    /// None for bytes.
    decoder: Option<Decoder>,
    text: String,
    frames: Frames,
    read: Read<T>,
    format: &'static str,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Reading,
    /// The body has ended, but not all of it was asked for.
    Ended,
    Done,
}

impl<T> Items<T> {
    pub(crate) fn new(
        response: Response,
        charset: Option<Charset>,
        framing: Framing,
        format: &'static str,
        read: Read<T>,
    ) -> Self {
        Items {
            response,
            decoder: charset.map(Charset::decoder),
            text: String::new(),
            frames: Frames::new(framing),
            read,
            format,
            state: State::Reading,
        }
    }

    /// Sets the most bytes of an item. *Default:* [`MAX_ITEM`](super::MAX_ITEM), 16 MiB.
    #[must_use]
    pub fn max_item_size(mut self, bytes: usize) -> Self {
        self.frames = self.frames.with_limit(bytes);
        self
    }

    /// The next item; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<T>> {
        std::future::poll_fn(|cx| self.poll_item(cx)).await
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        while self.state != State::Done {
            match self.frames.next() {
                Ok(Some(frame)) => {
                    let (item, offset) = (frame.item, frame.offset);
                    let read = (self.read)(frame.bytes);
                    return Poll::Ready(Some(read.map_err(|why| self.wrong(item, offset, why))));
                }
                Ok(None) if self.state == State::Ended => self.state = State::Done,
                Ok(None) => match ready!(self.response.body.poll_piece(cx)) {
                    Some(Err(error)) => {
                        self.state = State::Done;
                        return Poll::Ready(Some(Err(error)));
                    }
                    piece => {
                        if let Err(error) = self.feed(piece.and_then(Result::ok).as_deref()) {
                            self.state = State::Done;
                            return Poll::Ready(Some(Err(error)));
                        }
                    }
                },
                Err(why) => {
                    self.state = State::Done;
                    let (item, offset) = (why.item(), why.offset());
                    let error = self.wrong(item, offset, why.message().into());
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
        Poll::Ready(None)
    }

    /// Takes a piece, or the end.
    fn feed(&mut self, piece: Option<&[u8]>) -> Result<()> {
        let bytes = piece.unwrap_or_default();
        match &mut self.decoder {
            None => self.frames.feed(bytes),
            Some(decoder) => {
                self.text.clear();
                if decoder.decode(bytes, piece.is_none(), &mut self.text) {
                    let message = "the body is not in the charset it claims";
                    return Err(self.told(Error::new(ErrorKind::Decode, message)));
                }
                self.frames.feed(self.text.as_bytes());
            }
        }
        if piece.is_none() {
            self.frames.end();
            self.state = State::Ended;
        }
        Ok(())
    }

    fn wrong(&self, item: u64, offset: u64, why: BoxError) -> Error {
        let message = format!(
            "an item of the body is not the {} that was expected",
            self.format
        );
        let error = Error::new(ErrorKind::Decode, message)
            .with("item", item)
            .with("byte", offset)
            .because(why);
        self.told(error)
    }

    fn told(&self, error: Error) -> Error {
        let error = match self.response.headers.text("content-type") {
            Some(content_type) => error.with("content-type", excerpt(&content_type, 80)),
            None => error,
        };
        error.with("url", self.response.url.redacted())
    }
}

impl<T> Stream for Items<T> {
    type Item = Result<T>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_item(cx)
    }
}

impl<T> IntoIterator for Items<T> {
    type Item = Result<T>;
    type IntoIter = ItemIter<T>;

    fn into_iter(self) -> ItemIter<T> {
        ItemIter(self)
    }
}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items")
            .field("response", &self.response)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

/// [`Items`] on the calling thread.
#[derive(Debug)]
pub struct ItemIter<T>(Items<T>);

impl<T> Iterator for ItemIter<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        driver::block_on(async { self.0.next().await.transpose() }).transpose()
    }
}
