//! The driver on the calling thread.

use std::sync::Arc;
use std::time::Instant;

use courser_core::BoxFuture;
use courser_core::rt::{Clock, DriverId, Runtime, Spawn, Timer};

use crate::background::Background;
use crate::sleep::Sleep;

/// The driver of `.call()`: everything waits on the thread that calls, in [`block_on`].
///
/// * [`sleep_until`](Timer::sleep_until) waits in the executor of whichever thread polls it.
///   Polled outside of one, as by a foreign executor, it is the background thread that wakes it.
///   (A foreign executor *within* a blocking call cannot be told from that call: there a sleep
///   fires only when the foreign one hands control back.)
/// * [`spawn_blocking`](Spawn::spawn_blocking) runs the work at once, on the calling thread.
/// * [`spawn`](Spawn::spawn) runs the task on the background thread: one for each `Blocking`,
///   that is for each client, started with the first task. It ends when the `Blocking` is
///   dropped and its tasks are done. If the system refuses the thread, the task is dropped.
///
/// A call as such starts no thread.
///
/// [`block_on`]: crate::block_on
///
/// ```
/// use courser_core::rt::{Spawn, Timer};
/// use courser_rt::{Blocking, block_on};
///
/// let rt = Blocking::new();
/// let (tx, rx) = courser_core::oneshot();
/// rt.spawn(Box::pin(async move {
///     let _ = tx.send("from the background");
/// }));
/// assert_eq!(block_on(rx), Some("from the background"));
/// ```
#[derive(Debug, Default)]
pub struct Blocking {
    background: Arc<Background>,
}

impl Blocking {
    /// A driver with a background thread of its own, which is not started yet.
    #[must_use]
    pub fn new() -> Self {
        Blocking::default()
    }

    /// The same, as a call wants it.
    #[must_use]
    pub fn runtime() -> Arc<dyn Runtime> {
        Arc::new(Blocking::new())
    }

    #[cfg(test)]
    pub(crate) fn background(&self) -> &Arc<Background> {
        &self.background
    }
}

impl Drop for Blocking {
    fn drop(&mut self) {
        self.background.close();
    }
}

impl Clock for Blocking {
    fn now(&self) -> Instant {
        Instant::now()
    }
}

impl Timer for Blocking {
    fn sleep_until(&self, at: Instant) -> BoxFuture<'static, ()> {
        Box::pin(Sleep::new(at, self.background.clone()))
    }
}

impl Spawn for Blocking {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.background.spawn(task);
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) {
        work();
    }
}

impl Runtime for Blocking {
    fn driver(&self) -> DriverId {
        DriverId::BLOCKING
    }

    #[cfg(feature = "net")]
    fn dial(&self) -> Option<&dyn courser_core::rt::Dial> {
        Some(self)
    }
}
