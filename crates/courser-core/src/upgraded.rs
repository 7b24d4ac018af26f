//! A connection that speaks another protocol from now on.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError, Weak};
use std::task::{Context, Poll};

use bytes::{Buf as _, Bytes};

use crate::connector::Lease;
use crate::error::{Error, ErrorKind, Result};
use crate::response::Response;
use crate::rt::{Close, Io};

/// The connection of a `101 Switching Protocols` (RFC 9110, 7.8), from
/// [`Response::upgrade`].
///
/// It is the user's: no limit of time holds for it any more, and dropping it closes it. What came
/// right after the head is read first. It keeps its place in the connection manager as long as it
/// lives, and belongs to the driver that the request ran on.
pub struct Upgraded {
    io: Box<dyn Io>,
    first: Bytes,
    _lease: Lease,
}

impl Upgraded {
    /// A connection, what was read of it beyond the head, and its place; for transports.
    #[must_use]
    pub fn new(io: Box<dyn Io>, first: Bytes, lease: Lease) -> Self {
        Upgraded {
            io,
            first,
            _lease: lease,
        }
    }
}

impl Io for Upgraded {
    fn poll_read(&mut self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        if self.first.is_empty() {
            return self.io.poll_read(cx, buf);
        }
        let n = self.first.len().min(buf.len());
        if let (Some(room), Some(first)) = (buf.get_mut(..n), self.first.get(..n)) {
            room.copy_from_slice(first);
        }
        self.first.advance(n);
        Poll::Ready(Ok(n))
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.io.poll_write(cx, buf)
    }

    fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.io.poll_write_vectored(cx, bufs)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.poll_flush(cx)
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.poll_shutdown(cx)
    }

    fn is_open(&self) -> bool {
        self.io.is_open()
    }

    fn closer(&self) -> Option<Weak<dyn Close>> {
        self.io.closer()
    }

    fn local_addr(&self) -> Option<SocketAddr> {
        self.io.local_addr()
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        self.io.peer_addr()
    }
}

impl fmt::Debug for Upgraded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upgraded")
            .field("peer", &self.peer_addr())
            .finish_non_exhaustive()
    }
}

/// In [`Response::info`]: clones of the response share it, and one of them takes it.
struct Upgrade(Mutex<Option<Upgraded>>);

impl Response {
    /// Hands over the connection, for [`upgrade`](Response::upgrade); for transports.
    pub fn set_upgrade(&mut self, connection: Upgraded) {
        self.info.set(Upgrade(Mutex::new(Some(connection))));
    }

    /// The connection, if the server switched protocols on it: status 101, to a request with the
    /// fields `Upgrade` and `Connection: Upgrade`.
    ///
    /// # Errors
    /// [`Protocol`](ErrorKind::Protocol) if the server did not switch,
    /// [`Closed`](ErrorKind::Closed) if it was taken before, and
    /// [`Unsupported`](ErrorKind::Unsupported) where the transport hides its connections.
    pub fn upgrade(&self) -> Result<Upgraded> {
        if self.status != http::StatusCode::SWITCHING_PROTOCOLS {
            return Err(Error::new(
                ErrorKind::Protocol,
                format!(
                    "the server did not switch protocols: it answered {}",
                    self.status
                ),
            ));
        }
        let Some(Upgrade(connection)) = self.info.get() else {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "this transport does not hand over the connection of a 101",
            )
            .help("use the native transport"));
        };
        let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
        connection.take().ok_or_else(|| {
            Error::new(
                ErrorKind::Closed,
                "the connection of this 101 was taken before",
            )
        })
    }
}
