//! For tests: a connection in memory.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use courser_core::rt::Io;

/// Gives what it was made with, and then the end, or waits for more; keeps what is written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory(Arc<Mutex<Inside>>);

#[derive(Debug, Default)]
struct Inside {
    reads: Vec<u8>,
    written: Vec<u8>,
    is_open: bool,
    is_broken: bool,
}

impl Memory {
    pub(crate) fn reading(bytes: &[u8]) -> Self {
        Memory(Arc::new(Mutex::new(Inside {
            reads: bytes.to_vec(),
            ..Inside::default()
        })))
    }

    /// One that has no end.
    #[cfg(feature = "rustls")]
    pub(crate) fn open() -> Self {
        let memory = Memory::default();
        memory.0.lock().unwrap().is_open = true;
        memory
    }

    /// Gives these bytes too.
    #[cfg(feature = "rustls")]
    pub(crate) fn push(&self, bytes: &[u8]) {
        self.0.lock().unwrap().reads.extend_from_slice(bytes);
    }

    /// How much there is to read.
    #[cfg(feature = "rustls")]
    pub(crate) fn left(&self) -> usize {
        self.0.lock().unwrap().reads.len()
    }

    /// What was written since the last time.
    #[cfg(feature = "rustls")]
    pub(crate) fn take_written(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap().written)
    }

    /// Takes nothing more.
    #[cfg(feature = "rustls")]
    pub(crate) fn break_writes(&self) {
        self.0.lock().unwrap().is_broken = true;
    }

    pub(crate) fn written(&self) -> Vec<u8> {
        self.0.lock().unwrap().written.clone()
    }
}

impl Io for Memory {
    fn poll_read(&mut self, _: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut inside = self.0.lock().unwrap();
        let n = inside.reads.len().min(buf.len());
        if n == 0 && inside.is_open {
            return Poll::Pending;
        }
        buf[..n].copy_from_slice(&inside.reads[..n]);
        inside.reads.drain(..n);
        Poll::Ready(Ok(n))
    }
    fn poll_write(&mut self, _: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let mut inside = self.0.lock().unwrap();
        if inside.is_broken {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        inside.written.extend_from_slice(buf);
        Poll::Ready(Ok(buf.len()))
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
