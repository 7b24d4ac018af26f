//! What is needed of a runtime. Core, pool and stages know only these traits; `courser-rt` has
//! the two drivers that implement them, and tests inject time of their own.

use std::fmt;
use std::io::{self, IoSlice};
use std::net::{IpAddr, SocketAddr};
use std::sync::Weak;
use std::task::{Context, Poll};
use std::time::Instant;

use crate::BoxFuture;
use crate::connect::SocketOptions;

/// The time of day, for deadlines.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Instant;
}

/// Sleeping.
pub trait Timer: Send + Sync {
    /// A future that is ready from `at` on. Dropping it cancels the timer.
    fn sleep_until(&self, at: Instant) -> BoxFuture<'static, ()>;
}

/// Work beside the call.
pub trait Spawn: Send + Sync {
    /// Runs a future to its end in the background.
    fn spawn(&self, task: BoxFuture<'static, ()>);
    /// Runs work that blocks: on another thread under an async driver, here and now under the
    /// blocking one.
    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>);
}

/// Which driver a connection belongs to: a socket or an HTTP/2 task dies with its runtime, so
/// connections are not shared between drivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DriverId(pub u64);

impl DriverId {
    /// The blocking driver, of every thread.
    pub const BLOCKING: DriverId = DriverId(0);
}

/// A driver: all that a call needs to wait.
pub trait Runtime: Clock + Timer + Spawn {
    /// See [`DriverId`].
    fn driver(&self) -> DriverId;

    /// How sockets are opened; `None` where the driver was built without.
    fn dial(&self) -> Option<&dyn Dial> {
        None
    }
}

impl fmt::Debug for dyn Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.driver())
    }
}

/// Opening sockets, for a transport that speaks on sockets itself.
pub trait Dial: Send + Sync {
    /// Connects to an address. The future is pending meanwhile, so several can race; dropping it
    /// gives up. It has no limit of time of its own.
    fn dial(
        &self,
        to: SocketAddr,
        options: &SocketOptions,
    ) -> BoxFuture<'static, io::Result<Box<dyn Io>>>;

    /// The addresses that the system knows for a host, in its order and without repetition.
    ///
    /// An IP address (IPv6 without brackets) is returned at once. A name goes to a thread beside
    /// the call, since the system's lookup heeds neither deadline nor cancel: dropping the future
    /// leaves it to end by itself.
    fn lookup(&self, host: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// Closing a stream from elsewhere, from any thread.
pub trait Close: Send + Sync {
    /// Closes it, at once: whoever waits for it is woken and sees its end, or an error.
    fn close(&self);
}

/// A byte stream in both directions: a socket, or TLS over one.
///
/// Core's own, so that neither tokio's traits nor their buffers reach beyond a driver. Under the
/// blocking driver it must be polled within that driver's executor, on any thread: elsewhere
/// every operation is an error.
pub trait Io: Send + Sync {
    /// Reads some bytes; `0` at the end, or into an empty buffer.
    fn poll_read(&mut self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>>;

    /// Reads some bytes onto the end of a buffer, into the room that it has, and `most` bytes at
    /// most. By itself in small pieces; where the system reads into room that was never written,
    /// nothing is cleared before.
    fn poll_read_onto(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut Vec<u8>,
        most: usize,
    ) -> Poll<io::Result<usize>> {
        /// What does not come at once is cleared in vain.
        const PIECE: usize = 16 * 1024;
        let start = buf.len();
        let room = most.min(buf.capacity() - start).min(PIECE);
        buf.resize(start + room, 0);
        let read = self.poll_read(cx, buf.get_mut(start..).unwrap_or_default());
        let came = match &read {
            Poll::Ready(Ok(n)) => *n,
            _ => 0,
        };
        buf.truncate(start + came);
        read
    }

    /// Reads some bytes, and holds up the thread until there are some, or until a time; `now` is
    /// the present. `None` if none came, or if that cannot be done, as mostly: then to poll is the
    /// way.
    fn read_waiting(
        &mut self,
        buf: &mut [u8],
        now: Instant,
        until: Option<Instant>,
    ) -> Option<io::Result<usize>> {
        let _ = (buf, now, until);
        None
    }

    /// Writes some bytes.
    fn poll_write(&mut self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>>;

    /// Writes some bytes out of several buffers, in order; by itself only of the first that has
    /// any.
    fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let first = bufs.iter().find(|buf| !buf.is_empty());
        self.poll_write(cx, first.map_or(&[], |buf| buf))
    }

    /// Sends what is buffered.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Ends the direction of writing.
    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Whether a connection that rests can be used: the peer has neither closed it nor sent
    /// anything unasked. Looks without waiting, and works outside of executors.
    fn is_open(&self) -> bool;

    /// What closes it from elsewhere, also while it is in use; it is alive as long as the stream.
    /// `None` for a stream that cannot be closed so.
    fn closer(&self) -> Option<Weak<dyn Close>> {
        None
    }

    /// The address of this side, if there is one.
    fn local_addr(&self) -> Option<SocketAddr>;

    /// The address of the other side, if there is one.
    fn peer_addr(&self) -> Option<SocketAddr>;
}
