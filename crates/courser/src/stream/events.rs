//! The events of one response.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use courser_coerce::stream::{Event, Events};
use courser_core::{Body, Error, ErrorKind, Result};
use futures_core::Stream;

use crate::driver;

/// The events of a response, as they come.
///
/// After `send()` a stream, by [`next`](EventStream::next) or [`futures_core::Stream`]; after
/// `call()` for a `for` loop. It ends with the response, and does not connect again; that does
/// [`EventSource`](super::EventSource).
#[derive(Debug)]
pub struct EventStream {
    body: Body,
    events: Events,
    is_done: bool,
}

impl EventStream {
    pub(crate) fn new(body: Body, events: Events) -> Self {
        EventStream {
            body,
            events,
            is_done: false,
        }
    }

    /// Sets the most bytes of an event. *Default:* [`MAX_ITEM`](super::MAX_ITEM), 16 MiB.
    #[must_use]
    pub fn max_event_size(mut self, bytes: usize) -> Self {
        self.events = self.events.with_limit(bytes);
        self
    }

    /// What to send as `Last-Event-ID` to go on behind the last event; empty if there is no ID.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.events.last_event_id()
    }

    /// How long to wait before connecting again, if the stream told (`retry:`).
    #[must_use]
    pub fn retry(&self) -> Option<Duration> {
        self.events.retry()
    }

    /// The next event; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Event>> {
        std::future::poll_fn(|cx| self.poll_event(cx)).await
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Event>>> {
        while !self.is_done {
            match self.events.next() {
                Ok(Some(event)) => return Poll::Ready(Some(Ok(event))),
                Ok(None) => {}
                Err(why) => {
                    self.is_done = true;
                    let error = Error::new(ErrorKind::BodyLimit, "an event is too large")
                        .with("event", why.item())
                        .with("byte", why.offset())
                        .help("max_event_size(bytes) sets the limit")
                        .because(why);
                    return Poll::Ready(Some(Err(error)));
                }
            }
            match ready!(self.body.poll_piece(cx)) {
                Some(Ok(piece)) => self.events.feed(&piece),
                Some(Err(error)) => {
                    self.is_done = true;
                    return Poll::Ready(Some(Err(error)));
                }
                None => self.is_done = true,
            }
        }
        Poll::Ready(None)
    }
}

impl Stream for EventStream {
    type Item = Result<Event>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_event(cx)
    }
}

impl IntoIterator for EventStream {
    type Item = Result<Event>;
    type IntoIter = EventIter;

    fn into_iter(self) -> EventIter {
        EventIter(self)
    }
}

/// An [`EventStream`] on the calling thread.
#[derive(Debug)]
pub struct EventIter(EventStream);

impl Iterator for EventIter {
    type Item = Result<Event>;

    fn next(&mut self) -> Option<Self::Item> {
        driver::block_on(async { self.0.next().await.transpose() }).transpose()
    }
}
