//! The connection of a 101.

use std::future::poll_fn;
use std::io::{self, Read, Write};

use courser_core::rt::Io as _;

use crate::driver;

/// A connection that speaks another protocol, from [`Response::upgrade`](crate::Response::upgrade).
///
/// After `call()` it is an [`io::Read`](Read) and [`Write`]; after `send()` it becomes tokio's by
/// `into_tokio`, as a library of WebSocket wants it. No limit of time of the request holds for it,
/// and dropping it closes it.
#[derive(Debug)]
pub struct Upgraded(courser_core::Upgraded);

impl Upgraded {
    /// Ends the direction of writing, on the calling thread; for connections of `call()`.
    pub fn shutdown_write(&mut self) -> io::Result<()> {
        let shut = poll_fn(|cx| self.0.poll_shutdown(cx));
        driver::block_on(async { Ok(shut.await) })?
    }

    /// The connection as tokio's `AsyncRead` and `AsyncWrite`, on the runtime of its request.
    #[cfg(feature = "async")]
    #[must_use]
    pub fn into_tokio(self) -> courser_rt::TokioIo<courser_core::Upgraded> {
        courser_rt::TokioIo::new(self.0)
    }
}

impl From<courser_core::Upgraded> for Upgraded {
    fn from(connection: courser_core::Upgraded) -> Self {
        Upgraded(connection)
    }
}

impl From<Upgraded> for courser_core::Upgraded {
    fn from(connection: Upgraded) -> Self {
        connection.0
    }
}

/// On the calling thread, for connections of `call()`.
impl Read for Upgraded {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = poll_fn(|cx| self.0.poll_read(cx, buf));
        driver::block_on(async { Ok(read.await) })?
    }
}

/// On the calling thread, for connections of `call()`.
impl Write for Upgraded {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let written = poll_fn(|cx| self.0.poll_write(cx, buf));
        driver::block_on(async { Ok(written.await) })?
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = poll_fn(|cx| self.0.poll_flush(cx));
        driver::block_on(async { Ok(flushed.await) })?
    }
}
