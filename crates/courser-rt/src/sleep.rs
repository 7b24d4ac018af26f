//! Sleeping under the blocking driver.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use courser_core::{Receiver, Sender, oneshot};

use crate::background::Background;
use crate::executor::{Driver, current};
use crate::timers::Key;

/// A future that is ready from a time on.
///
/// It registers with the executor of the thread that polls it, and moves when that changes.
#[derive(Debug)]
pub(crate) struct Sleep {
    at: Instant,
    place: Place,
    background: Arc<Background>,
}

#[derive(Debug)]
enum Place {
    Nowhere,
    /// With an executor.
    Driver(Arc<Driver>, Key),
    /// On the background thread, for want of an executor: dropping the second half ends it.
    Background(Receiver<()>, #[allow(dead_code)] Sender<()>),
}

impl Sleep {
    pub(crate) fn new(at: Instant, background: Arc<Background>) -> Self {
        Sleep {
            at,
            place: Place::Nowhere,
            background,
        }
    }

    fn leave(&mut self) {
        if let Place::Driver(driver, key) = std::mem::replace(&mut self.place, Place::Nowhere) {
            driver.timers.remove(&key);
        }
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.at {
            self.leave();
            return Poll::Ready(());
        }
        let here = current();
        match (&mut self.place, here) {
            (Place::Driver(old, key), Some(here))
                if Arc::ptr_eq(old, &here) && here.timers.renew(key, cx.waker()) => {}
            (_, Some(here)) => {
                self.leave();
                let key = here.timers.add(self.at, cx.waker().clone());
                self.place = Place::Driver(here, key);
            }
            (Place::Background(fired, _), None) => {
                if Pin::new(fired).poll(cx).is_ready() {
                    // Too early: there is no thread to be had. Better to turn than to hang.
                    self.leave();
                    cx.waker().wake_by_ref();
                }
            }
            (_, None) => {
                self.leave();
                let (fire, mut fired) = oneshot();
                let (alive, dropped) = oneshot();
                let sleep = Sleep::new(self.at, self.background.clone());
                self.background
                    .spawn(Box::pin(until_dropped(sleep, fire, dropped)));
                if Pin::new(&mut fired).poll(cx).is_ready() {
                    cx.waker().wake_by_ref();
                }
                self.place = Place::Background(fired, alive);
            }
        }
        Poll::Pending
    }
}

/// Sleeps for another, which is told by the drop of `fire`, unless it is gone earlier.
async fn until_dropped(mut sleep: Sleep, fire: Sender<()>, mut dropped: Receiver<()>) {
    std::future::poll_fn(|cx| {
        if Pin::new(&mut dropped).poll(cx).is_ready() {
            return Poll::Ready(());
        }
        Pin::new(&mut sleep).poll(cx)
    })
    .await;
    drop(fire);
}
