//! A connection of ours as hyper wants it.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use courser_core::rt::{Io, Runtime};

/// How much is read at a time.
const READ: usize = 16 * 1024;

/// Bytes go through a buffer of its own, since hyper's may not be initialised.
pub(super) struct HyperIo {
    io: Box<dyn Io>,
    buffer: Box<[u8]>,
}

impl HyperIo {
    pub(super) fn new(io: Box<dyn Io>) -> Self {
        HyperIo {
            io,
            buffer: vec![0; READ].into(),
        }
    }
}

impl hyper::rt::Read for HyperIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut into: hyper::rt::ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let HyperIo { io, buffer } = &mut *self;
        let most = into.remaining().min(buffer.len());
        let room = buffer.get_mut(..most).unwrap_or_default();
        let n = ready!(io.poll_read(cx, room))?;
        into.put_slice(buffer.get(..n).unwrap_or_default());
        Poll::Ready(Ok(()))
    }
}

impl hyper::rt::Write for HyperIo {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.io.poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.poll_shutdown(cx)
    }
}

/// Runs hyper's tasks on the runtime of the call.
#[derive(Clone)]
pub(super) struct Tasks(pub(super) Arc<dyn Runtime>);

impl<F> hyper::rt::Executor<F> for Tasks
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, task: F) {
        self.0.spawn(Box::pin(task));
    }
}
