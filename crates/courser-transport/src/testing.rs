//! For tests: a connection in memory.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use courser_core::rt::Io;

/// Gives what it was made with, and then the end; keeps what is written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory(Arc<Mutex<Inside>>);

#[derive(Debug, Default)]
struct Inside {
    reads: Vec<u8>,
    written: Vec<u8>,
}

impl Memory {
    pub(crate) fn reading(bytes: &[u8]) -> Self {
        Memory(Arc::new(Mutex::new(Inside {
            reads: bytes.to_vec(),
            written: Vec::new(),
        })))
    }

    pub(crate) fn written(&self) -> Vec<u8> {
        self.0.lock().unwrap().written.clone()
    }
}

impl Io for Memory {
    fn poll_read(&mut self, _: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut inside = self.0.lock().unwrap();
        let n = inside.reads.len().min(buf.len());
        buf[..n].copy_from_slice(&inside.reads[..n]);
        inside.reads.drain(..n);
        Poll::Ready(Ok(n))
    }
    fn poll_write(&mut self, _: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.0.lock().unwrap().written.extend_from_slice(buf);
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
