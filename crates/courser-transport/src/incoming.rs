//! The body of a response, read from the connection as it comes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::Bytes;
use courser_core::{Error, Lease, Phase, Result, Upgraded, Wait};
use courser_h1::{Framing, Part};
use futures_core::Stream;

use crate::connection::READ;
use crate::errors::Failure;
use crate::exchange::Active;
use crate::wire::{self, Way};

/// How much is read at a time into a place of its own.
const PIECE: usize = 64 * 1024;

/// How much is gathered, at most, before it is handed on. A length that is told is believed up to
/// this.
const GATHERED: usize = 4 << 20;

/// How much of a body that nobody wants any more is read, so that its connection can be used
/// again.
const REST: u64 = 64 * 1024;

/// The connection of an exchange that is over goes back, if it can be used again.
pub(crate) fn give_back(mut active: Active, lease: Lease, wait: &mut Wait) {
    if active.can_be_kept() {
        active.conn.alarm = wait.take_alarm();
        lease.give_back(active.conn);
    }
}

/// Hands over the connection to another protocol, unless the request is not out yet: that
/// protocol could not begin.
pub(crate) fn switch(active: Active, lease: Lease) -> Option<Upgraded> {
    if active.is_busy() {
        return None;
    }
    let conn = *active.conn;
    let first = Bytes::copy_from_slice(conn.buffer.filled());
    Some(Upgraded::new(conn.io, first, lease))
}

/// What came of a body with its head.
pub(crate) enum Came {
    Whole(Bytes),
    /// A part of it, or nothing: the rest is still to come.
    Part(Vec<u8>),
}

/// Takes the body out of the buffer, if it is whole in there or may be.
pub(crate) fn take_whole(active: &mut Active, failure: &Failure) -> Result<Came> {
    let mut gathered = Vec::new();
    let there = active.conn.buffer.filled().len() as u64;
    match active.conn.exchange.framing() {
        Some(Framing::Length(length)) if length <= there => {}
        Some(Framing::Chunked) if there > 0 => {}
        _ => return Ok(Came::Part(gathered)),
    }
    // Most are one piece, which is copied once.
    let mut first = Bytes::new();
    loop {
        let input = active.conn.buffer.filled();
        let part = active.conn.exchange.read_body(input);
        match part.map_err(|error| failure.of_answer(error))? {
            Part::Data(range) => {
                let piece = input.get(range.clone()).unwrap_or_default();
                wire::body(active.conn.id, Way::In, piece);
                if first.is_empty() && gathered.is_empty() {
                    first = Bytes::copy_from_slice(piece);
                } else {
                    if gathered.is_empty() {
                        gathered.extend_from_slice(&first);
                    }
                    gathered.extend_from_slice(piece);
                }
                active.conn.buffer.consume(range.end);
            }
            Part::More { consumed } => {
                active.conn.buffer.consume(consumed);
                if gathered.is_empty() {
                    gathered.extend_from_slice(&first);
                }
                return Ok(Came::Part(gathered));
            }
            Part::End { consumed } => {
                active.conn.buffer.consume(consumed);
                return Ok(Came::Whole(if gathered.is_empty() {
                    first
                } else {
                    gathered.into()
                }));
            }
        }
    }
}

/// The rest of a response. It holds the connection and the lease until the end.
pub(crate) struct Incoming {
    held: Option<(Active, Lease)>,
    wait: Wait,
    idle: Option<Duration>,
    /// Pieces are wanted as they come. Else they are gathered, since somebody will do it anyway.
    streams: bool,
    gathered: Vec<u8>,
    expected: Option<u64>,
    /// What is told after the bytes that came before it.
    failed: Option<Error>,
    failure: Failure,
}

impl Incoming {
    pub(crate) fn new(
        active: Active,
        lease: Lease,
        wait: Wait,
        idle: Option<Duration>,
        streams: bool,
        gathered: Vec<u8>,
        failure: Failure,
    ) -> Self {
        let expected = match active.conn.exchange.framing() {
            Some(Framing::Length(length)) => Some(length),
            _ => None,
        };
        Incoming {
            held: Some((active, lease)),
            wait,
            idle,
            streams,
            gathered,
            expected,
            failed: None,
            failure,
        }
    }

    /// That nothing more is wanted of it: the connection goes back, if it can be used again.
    fn end(&mut self) {
        if let Some((active, lease)) = self.held.take() {
            give_back(active, lease, &mut self.wait);
        }
    }

    /// Takes what the buffer has of the body. `true` at the end.
    fn take(&mut self) -> Result<bool> {
        let Some((active, _)) = &mut self.held else {
            return Ok(true);
        };
        if self.gathered.capacity() == 0
            && !self.streams
            && let Some(length) = self.expected
        {
            self.gathered = Vec::with_capacity(length.min(GATHERED as u64) as usize);
        }
        loop {
            let input = active.conn.buffer.filled();
            let part = active.conn.exchange.read_body(input);
            match part.map_err(|error| self.failure.of_answer(error))? {
                Part::Data(range) => {
                    let piece = input.get(range.clone()).unwrap_or_default();
                    wire::body(active.conn.id, Way::In, piece);
                    self.gathered.extend_from_slice(piece);
                    active.conn.buffer.consume(range.end);
                }
                Part::More { consumed } => {
                    active.conn.buffer.consume(consumed);
                    return Ok(false);
                }
                Part::End { consumed } => {
                    active.conn.buffer.consume(consumed);
                    return Ok(true);
                }
            }
        }
    }

    /// Reads: into the place where the bytes are wanted, if there are many to come.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<io::Result<usize>>> {
        let Some((active, _)) = &mut self.held else {
            return Poll::Ready(Ok(Ok(0)));
        };
        let room = active.conn.exchange.body_room();
        let most = usize::try_from(room).unwrap_or(usize::MAX);
        let place = self.gathered.capacity() > self.gathered.len();
        let direct = active.conn.buffer.is_empty() && (room > READ as u64 || (place && room > 0));
        if direct && !place {
            self.gathered.reserve(most.min(PIECE));
        }
        let (idle, gathered) = (self.idle, &mut self.gathered);
        let start = gathered.len();
        let read = self.wait.poll(cx, Phase::Body, idle, |cx| {
            // The request may still be on its way out.
            if let Err(error) = active.poll_upload(cx) {
                return Poll::Ready(Err(error));
            }
            if !direct {
                return active.conn.poll_fill(cx).map(Ok);
            }
            active.conn.io.poll_read_onto(cx, gathered, most).map(Ok)
        });
        let read = match ready!(read) {
            Ok(Ok(read)) => read,
            Ok(Err(error)) | Err(error) => return Poll::Ready(Err(error)),
        };
        if let (true, Ok(n)) = (direct, &read) {
            active.conn.unseen = true;
            let told = active.conn.exchange.advance_body(*n);
            if let Err(error) = told {
                return Poll::Ready(Err(self.failure.of_answer(error)));
            }
            let came = self.gathered.get(start..).unwrap_or_default();
            wire::body(active.conn.id, Way::In, came);
        }
        Poll::Ready(Ok(read))
    }

    fn received(&self) -> u64 {
        let held = self.held.as_ref();
        held.map_or(0, |(active, _)| active.conn.exchange.body_received())
    }

    /// What was gathered so far.
    fn piece(&mut self) -> Option<Bytes> {
        if self.gathered.is_empty() {
            return None;
        }
        let mut gathered = std::mem::take(&mut self.gathered);
        if gathered.capacity() > 2 * gathered.len() + READ {
            // Room that was made for more than came is not kept with it.
            gathered.shrink_to_fit();
        }
        Some(gathered.into())
    }

    /// The connection is closed: what failed is told after what came.
    fn fail(&mut self, error: Error) -> Result<Bytes> {
        let error = self.failure.during(error);
        self.held = None;
        match self.piece() {
            Some(piece) => {
                self.failed = Some(error);
                Ok(piece)
            }
            None => Err(error),
        }
    }

    fn closed(&mut self) -> Result<()> {
        let Some((active, _)) = &mut self.held else {
            return Ok(());
        };
        let closed = active.conn.exchange.close();
        closed.map_err(|error| self.failure.of_answer(error))
    }
}

impl Stream for Incoming {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        let this = &mut *self;
        if this.held.is_none() {
            return Poll::Ready(match this.piece() {
                Some(piece) => Some(Ok(piece)),
                None => this.failed.take().map(Err),
            });
        }
        loop {
            match this.take() {
                Ok(true) => {
                    this.end();
                    return Poll::Ready(this.piece().map(Ok));
                }
                Ok(false) => {}
                Err(error) => return Poll::Ready(Some(this.fail(error))),
            }
            let enough = if this.streams { 1 } else { GATHERED };
            if this.gathered.len() >= enough {
                return Poll::Ready(this.piece().map(Ok));
            }
            let error = match ready!(this.poll_read(cx)) {
                Ok(Ok(0)) => match this.closed() {
                    Ok(()) => continue,
                    Err(error) => error,
                },
                Ok(Ok(_)) => continue,
                Ok(Err(error)) => Failure::of_body(error, this.expected, this.received()),
                Err(error) => error.with("received", format_args!("{} bytes", this.received())),
            };
            return Poll::Ready(Some(this.fail(error)));
        }
    }
}

impl Drop for Incoming {
    /// A small rest that is there already is read, so that the connection can be used again; else
    /// it is closed.
    fn drop(&mut self) {
        let left = match (&self.held, self.expected) {
            (Some(_), Some(length)) => length.saturating_sub(self.received()),
            _ => return,
        };
        if left > REST {
            return;
        }
        let mut cx = Context::from_waker(Waker::noop());
        // Bounded: each turn reads something, or ends.
        loop {
            match self.take() {
                Ok(true) => return self.end(),
                Ok(false) => {}
                Err(_) => return,
            }
            let Some((active, _)) = &mut self.held else {
                return;
            };
            if !matches!(active.conn.poll_fill(&mut cx), Poll::Ready(Ok(1..))) {
                return;
            }
        }
    }
}
