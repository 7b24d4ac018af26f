//! Panics of other threads and tasks, kept until the test can be failed by them.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

type Payload = Box<dyn Any + Send>;

/// The first panic that something in the background met.
#[derive(Clone, Debug, Default)]
pub(crate) struct Panics(Arc<Mutex<Option<Payload>>>);

impl Panics {
    pub(crate) fn keep(&self, payload: Payload) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(payload);
    }

    /// Runs `future`; a panic ends it, and is kept.
    pub(crate) async fn guard<F: Future>(self, future: F) {
        let mut future = pin!(future);
        std::future::poll_fn(|cx| {
            // What a panic leaves half done belongs to the future, which is not polled again.
            match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
                Ok(poll) => poll.map(drop),
                Err(payload) => {
                    self.keep(payload);
                    std::task::Poll::Ready(())
                }
            }
        })
        .await;
    }

    /// Goes on with the kept panic, if there is one and this thread is not panicking already.
    pub(crate) fn resume(&self) {
        let payload = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(payload) = payload
            && !std::thread::panicking()
        {
            resume_unwind(payload);
        }
    }
}
