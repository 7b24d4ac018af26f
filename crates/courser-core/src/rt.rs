//! What is needed of a runtime. Core, pool and stages know only these traits; `courser-rt` has
//! the two drivers that implement them, and tests inject time of their own.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Instant;

use crate::BoxFuture;

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
}

impl fmt::Debug for dyn Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.driver())
    }
}

/// Opening sockets, for a transport that speaks on sockets itself.
pub trait Dial: Send + Sync {
    /// Connects to an address.
    fn dial(&self, to: SocketAddr) -> BoxFuture<'static, io::Result<Box<dyn Io>>>;
}

/// A byte stream in both directions: a socket, or TLS over one.
///
/// Core's own, so that neither tokio's traits nor their buffers reach beyond a driver.
pub trait Io: Send {
    /// Reads some bytes; `0` at the end.
    fn poll_read(&mut self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>>;
    /// Writes some bytes.
    fn poll_write(&mut self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>>;
    /// Sends what is buffered.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
    /// Ends the direction of writing.
    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
    /// Promises that the next read is the only thing waited for, until `until`: a blocking
    /// driver may then block in the read itself. `None` takes the promise back.
    fn limit(&mut self, until: Option<Instant>) {
        let _ = until;
    }
}
