//! The thread on which exchanges of blocking calls run.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use courser_core::rt::{Clock, DriverId, Runtime, Spawn, Timer};
use courser_core::{BoxFuture, Sender, oneshot};
use tokio::runtime::{Builder, Handle};

/// A tokio runtime on a thread of its own, which ends when this is dropped.
pub(crate) struct Background {
    handle: Handle,
    rt: Arc<dyn Runtime>,
    /// Dropping it ends the thread; nobody waits for that, so it may be dropped anywhere.
    _stop: Sender<()>,
}

impl Background {
    pub(crate) fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::<()>();
        thread::Builder::new()
            .name("courser-reqwest".to_owned())
            .spawn(move || {
                runtime.block_on(stopped);
                // A reader of a request body may block for ever; it is left behind.
                runtime.shutdown_background();
            })?;
        Ok(Background {
            rt: Arc::new(OnHandle(handle.clone())),
            handle,
            _stop: stop,
        })
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// What request bodies are read by: they are polled on this thread.
    pub(crate) fn rt(&self) -> &Arc<dyn Runtime> {
        &self.rt
    }
}

/// Holds the handle only: what runs on the runtime must not keep it alive.
struct OnHandle(Handle);

impl Clock for OnHandle {
    fn now(&self) -> Instant {
        Instant::now()
    }
}

impl Timer for OnHandle {
    fn sleep_until(&self, at: Instant) -> BoxFuture<'static, ()> {
        let _guard = self.0.enter();
        Box::pin(tokio::time::sleep_until(at.into()))
    }
}

impl Spawn for OnHandle {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.0.spawn(task);
    }
    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) {
        self.0.spawn_blocking(work);
    }
}

impl Runtime for OnHandle {
    fn driver(&self) -> DriverId {
        DriverId::BLOCKING
    }
}
