//! Streams of ours as tokio's.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use courser_core::rt::Io;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream of ours as tokio's [`AsyncRead`] and [`AsyncWrite`], for libraries that want those.
#[derive(Debug)]
pub struct TokioIo<T>(T);

impl<T: Io> TokioIo<T> {
    /// A stream that was opened on tokio.
    pub fn new(io: T) -> Self {
        TokioIo(io)
    }

    /// The stream as ours again.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T: Io + Unpin> AsyncRead for TokioIo<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = ready!(self.0.poll_read(cx, buf.initialize_unfilled()))?;
        buf.advance(read);
        Poll::Ready(Ok(()))
    }
}

impl<T: Io + Unpin> AsyncWrite for TokioIo<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_shutdown(cx)
    }
}
