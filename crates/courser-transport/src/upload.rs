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

    /// Sends the next bytes: of a body that is there already, the first with the head.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut dyn Io,
        out: &mut Out,
        exchange: &mut Exchange,
    ) -> Poll<Result<Moved, Stopped>> {
        loop {
            if self.piece.is_empty() && self.tail.is_empty() && !self.ended {
                let next = self.poll_next(cx, out, exchange)?;
                if next.is_pending() && out.is_empty() {
                    return Poll::Pending;
                }
            }
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
        }
    }

    /// Takes the next piece of the body, or its end, behind what is to go out before.
    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        out: &mut Out,
        exchange: &mut Exchange,
    ) -> Result<Poll<()>, Stopped> {
        if exchange.awaits_continue()
            && let Some(patience) = &mut self.patience
            && patience.as_mut().poll(cx).is_pending()
        {
            return Ok(Poll::Pending);
        }
        self.patience = None;
        if out.is_empty() {
            out.reset();
        }
        let failed = |error| Stopped::Body(Failure::of_request(error));
        match self.body.poll_piece(cx) {
            Poll::Pending => return Ok(Poll::Pending),
            Poll::Ready(Some(Ok(piece))) => {
                let frame = exchange.frame_body(piece.len()).map_err(failed)?;
                out.bytes.extend_from_slice(frame.prefix());
                wire::body(self.connection, Way::Out, &piece);
                self.piece = piece;
                self.tail = frame.suffix();
            }
            Poll::Ready(Some(Err(error))) => return Err(Stopped::Body(error)),
            Poll::Ready(None) => {
                exchange.end_body(&mut out.bytes).map_err(failed)?;
                self.ended = true;
            }
        }
        Ok(Poll::Ready(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use courser_h1::{Options, RequestBody, RequestWriter, Version};
    use std::io::IoSlice;
    use std::net::SocketAddr;
    use std::task::Waker;

    /// What was written, a write each.
    #[derive(Default)]
    struct Writes(Vec<Vec<u8>>);

    impl Io for Writes {
        fn poll_read(&mut self, _: &mut Context<'_>, _: &mut [u8]) -> Poll<io::Result<usize>> {
            Poll::Pending
        }
        fn poll_write(&mut self, _: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
            self.0.push(buf.to_vec());
            Poll::Ready(Ok(buf.len()))
        }
        fn poll_write_vectored(
            &mut self,
            cx: &mut Context<'_>,
            bufs: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            let all: Vec<u8> = bufs.iter().flat_map(|buf| buf.iter().copied()).collect();
            self.poll_write(cx, &all)
        }
        fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
        fn poll_shutdown(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
        fn is_open(&self) -> bool {
            true
        }
        fn local_addr(&self) -> Option<SocketAddr> {
            None
        }
        fn peer_addr(&self) -> Option<SocketAddr> {
            None
        }
    }

    #[test]
    fn the_first_of_a_body_goes_out_with_the_head() {
        let mut out = Out::default();
        let bytes = out.reset();
        let mut writer = RequestWriter::new(bytes, Version::Http11, "POST", "/").unwrap();
        writer.field("Host", b"a").unwrap();
        let body = RequestBody::Length(100_000);
        let mut exchange = writer.finish(body, &Options::default()).unwrap();
        let head = out.bytes.clone();
        let mut upload = Upload::new(Body::from(vec![b'x'; 100_000]), 0);
        let (mut io, mut cx) = (Writes::default(), Context::from_waker(Waker::noop()));
        for _ in 0..10 {
            match upload.poll(&mut cx, &mut io, &mut out, &mut exchange) {
                Poll::Ready(Ok(Moved::Some)) => {}
                Poll::Ready(Ok(Moved::All)) => break,
                _ => panic!("it neither waits nor fails"),
            }
        }
        assert_eq!(io.0.len(), 1);
        assert!(io.0[0].starts_with(&head));
        assert_eq!(io.0[0].len(), head.len() + 100_000);
        assert!(exchange.request_is_finished());
    }
}
