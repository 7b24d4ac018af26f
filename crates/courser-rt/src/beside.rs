//! Tokio beside blocking calls, for what other people's code needs of it.

use std::io;
use std::sync::LazyLock;
use std::thread;

use courser_core::{Error, ErrorKind, Result};
use tokio::runtime::{Builder, Handle};

/// A tokio runtime on a thread of its own: what is made or polled within it finds tokio's timers
/// and can spawn tasks, on a thread that has no runtime, or blocks one.
///
/// Nothing of Courser needs it; layers of tower may. There is one in a process, started when it
/// is first asked for, and it lives as long.
#[derive(Clone, Debug)]
pub struct Beside(Handle);

impl Beside {
    /// The runtime.
    ///
    /// # Errors
    /// [`Io`](ErrorKind::Io) if the system has no thread for it.
    pub fn get() -> Result<Self> {
        static HANDLE: LazyLock<io::Result<Handle>> = LazyLock::new(start);
        match &*HANDLE {
            Ok(handle) => Ok(Beside(handle.clone())),
            Err(error) => Err(Error::new(
                ErrorKind::Io,
                format!("no tokio runtime could be started beside this call: {error}"),
            )),
        }
    }

    /// Runs `f` within the runtime.
    pub fn enter<T>(&self, f: impl FnOnce() -> T) -> T {
        let _entered = self.0.enter();
        f()
    }

    /// Runs `f` within the runtime if the calling thread is inside of [`block_on`](crate::block_on),
    /// whose timers are not tokio's; and as it is otherwise, so that what is sent on tokio has the
    /// timers of its own runtime.
    ///
    /// ```
    /// # #[cfg(feature = "blocking")] {
    /// use std::time::Duration;
    /// use courser_rt::{Beside, block_on};
    ///
    /// let beside = Beside::get()?;
    /// let mut sleep = Box::pin(beside.enter(|| tokio::time::sleep(Duration::from_millis(1))));
    /// block_on(std::future::poll_fn(|cx| beside.lend(|| sleep.as_mut().poll(cx))));
    /// # }
    /// # Ok::<(), courser_core::Error>(())
    /// ```
    pub fn lend<T>(&self, f: impl FnOnce() -> T) -> T {
        if blocking() { self.enter(f) } else { f() }
    }
}

#[cfg(feature = "blocking")]
fn blocking() -> bool {
    crate::is_blocking()
}

#[cfg(not(feature = "blocking"))]
fn blocking() -> bool {
    false
}

fn start() -> io::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new()
        .name("courser-tokio".into())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
    Ok(handle)
}

#[cfg(all(test, feature = "blocking"))]
mod tests {
    use super::*;
    use crate::block_on;
    use std::future::poll_fn;
    use std::time::Duration;

    #[test]
    fn timers_and_tasks_under_block_on_also_within_a_runtime_that_it_blocks() {
        fn sleeps_and_spawns() -> u8 {
            let beside = Beside::get().unwrap();
            let mut work = Box::pin(async {
                tokio::time::sleep(Duration::from_millis(1)).await;
                tokio::spawn(async { 7 }).await.unwrap()
            });
            block_on(poll_fn(|cx| beside.lend(|| work.as_mut().poll(cx))))
        }
        assert_eq!(sleeps_and_spawns(), 7);
        let tokio = Builder::new_current_thread().enable_all().build().unwrap();
        assert_eq!(tokio.block_on(async { sleeps_and_spawns() }), 7);
    }

    #[test]
    fn what_runs_on_tokio_keeps_its_runtime() {
        let beside = Beside::get().unwrap();
        let tokio = Builder::new_current_thread().enable_all().build().unwrap();
        tokio.block_on(async {
            let id = || Handle::current().id();
            let here = id();
            assert_eq!(beside.lend(id), here);
            assert_ne!(beside.enter(id), here);
            assert_eq!(id(), here);
        });
    }
}
