//! The driver on tokio.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Instant;

use courser_core::rt::{Clock, DriverId, Runtime, Spawn, Timer};
use courser_core::{BoxFuture, Error, ErrorKind, Result};
use tokio::runtime::Handle;

/// The driver of `.send().await`: a tokio runtime that is running already.
///
/// It only refers to the runtime and does not keep it alive. The runtime must have its timers
/// enabled (`enable_time` or `enable_all`, which `#[tokio::main]` does): tokio panics at the
/// first sleep otherwise, and tells no one beforehand. It panics as well when something still
/// sleeps on a runtime that was shut down. Time that is paused (`tokio::time::pause`, in tests)
/// is paused for calls too, as far as they are polled within the runtime.
#[derive(Clone, Debug)]
pub struct Tokio {
    handle: Handle,
}

impl Tokio {
    /// The runtime that the calling task or thread belongs to.
    ///
    /// ```
    /// use courser_core::rt::DriverId;
    /// use courser_rt::Tokio;
    ///
    /// let error = Tokio::current().unwrap_err();
    /// assert!(error.to_string().contains(".call()"));
    ///
    /// let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    /// let rt = tokio.block_on(async { Tokio::current() })?;
    /// assert_ne!(rt.driver(), DriverId::BLOCKING);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Unsupported`](ErrorKind::Unsupported) outside of a runtime; it names `.call()`, which
    /// needs none.
    pub fn current() -> Result<Arc<dyn Runtime>> {
        let handle = Handle::try_current().map_err(|error| {
            Error::new(
                ErrorKind::Unsupported,
                "`.send()` needs a tokio runtime, and there is none on this thread",
            )
            .help("run it under `#[tokio::main]` or `block_on`, or use `.call()`, which needs none")
            .because(error)
        })?;
        Ok(Arc::new(Tokio { handle }))
    }

    /// A runtime by its handle, from any thread.
    #[must_use]
    pub fn on(handle: Handle) -> Self {
        Tokio { handle }
    }

    #[cfg(feature = "net")]
    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Clock for Tokio {
    fn now(&self) -> Instant {
        // Tokio's, so that tests can pause it.
        tokio::time::Instant::now().into_std()
    }
}

impl Timer for Tokio {
    fn sleep_until(&self, at: Instant) -> BoxFuture<'static, ()> {
        let _entered = self.handle.enter();
        // Not at the cost of its task's budget: one that is spent would wake it too early.
        Box::pin(tokio::task::unconstrained(tokio::time::sleep_until(
            at.into(),
        )))
    }
}

impl Spawn for Tokio {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        drop(self.handle.spawn(task)); // dropping the handle detaches
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) {
        drop(self.handle.spawn_blocking(work));
    }
}

impl Runtime for Tokio {
    fn driver(&self) -> DriverId {
        /// Takes the number out of tokio's id, which shows it to hashers (and, slower, as text).
        struct Number(u64);
        impl Hasher for Number {
            fn finish(&self) -> u64 {
                self.0
            }
            fn write_u64(&mut self, number: u64) {
                self.0 = number;
            }
            fn write(&mut self, bytes: &[u8]) {
                for byte in bytes {
                    self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
                }
            }
        }
        let mut number = Number(0);
        self.handle.id().hash(&mut number);
        DriverId(number.finish().max(1)) // 0 is the blocking driver
    }

    #[cfg(feature = "net")]
    fn dial(&self) -> Option<&dyn courser_core::rt::Dial> {
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use courser_core::{Call, Phase, Timeout, oneshot};
    use std::future::poll_fn;
    use std::pin::pin;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::task::{Context, Poll, Wake, Waker};
    use std::time::Duration;
    use tokio::runtime::{Builder, Runtime as TokioRuntime};
    use tokio::task::{consume_budget, yield_now};

    fn build() -> TokioRuntime {
        Builder::new_current_thread().enable_all().build().unwrap()
    }

    #[test]
    fn runtimes_differ_and_none_is_the_blocking_one() {
        let (a, b) = (build(), build());
        let multi = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let id = |rt: &TokioRuntime| rt.block_on(async { Tokio::current() }).unwrap().driver();
        let ids = [id(&a), id(&b), id(&multi), DriverId::BLOCKING];
        for (i, one) in ids.iter().enumerate() {
            assert!(!ids[i + 1..].contains(one), "{ids:?}");
        }
        assert_eq!(id(&a), id(&a));
        assert_eq!(Tokio::on(a.handle().clone()).driver(), id(&a));
        assert_eq!(id(&a).0.to_string(), a.handle().id().to_string());
    }

    #[test]
    fn without_a_runtime_it_says_what_to_do() {
        let error = Tokio::current().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains(".call()"), "{error}");
    }

    #[test]
    fn time_that_is_paused_moves_at_once() {
        let tokio = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let rt = tokio.block_on(async { Tokio::current() }).unwrap();
        let hour = Duration::from_secs(3600);
        let call = Arc::new(Call::new(rt.clone()).within(2 * hour));
        let error = tokio.block_on(async {
            call.sleep(hour).await.unwrap();
            call.wait(Phase::Head, None, std::future::pending::<()>())
                .await
                .unwrap_err()
        });
        assert_eq!(
            error.kind(),
            ErrorKind::Timeout(Timeout::Total(Phase::Head))
        );
        // By the runtime's clock; one of our own would say that nothing happened.
        let elapsed = tokio.block_on(async { call.elapsed() });
        assert!(elapsed >= 2 * hour && elapsed < 3 * hour);
    }

    #[test]
    fn a_timer_does_not_ring_because_its_task_has_done_much() {
        #[derive(Default)]
        struct Rung(AtomicBool);
        impl Wake for Rung {
            fn wake(self: Arc<Self>) {
                self.0.store(true, Ordering::SeqCst);
            }
        }
        let rung = Arc::new(Rung::default());
        let bell = Waker::from(rung.clone());
        build().block_on(async {
            let rt = Tokio::current().unwrap();
            let mut timer = rt.sleep_until(rt.now() + Duration::from_secs(3600));
            poll_fn(|cx| {
                // The budget of a task is far less.
                let spent = (0..1000).any(|_| pin!(consume_budget()).poll(cx).is_pending());
                assert!(spent);
                let mut cx = Context::from_waker(&bell);
                assert!(timer.as_mut().poll(&mut cx).is_pending());
                Poll::Ready(())
            })
            .await;
            yield_now().await;
        });
        assert!(!rung.0.load(Ordering::SeqCst));
    }

    #[test]
    fn work_beside_the_call() {
        let tokio = build();
        let rt = tokio.block_on(async { Tokio::current() }).unwrap();
        let ((tx, rx), (tx2, rx2)) = (oneshot(), oneshot());
        rt.spawn(Box::pin(async move {
            tx.send(1).unwrap();
        }));
        rt.spawn_blocking(Box::new(move || tx2.send(2).unwrap()));
        assert_eq!(tokio.block_on(rx), Some(1));
        assert_eq!(tokio.block_on(rx2), Some(2));
    }
}
