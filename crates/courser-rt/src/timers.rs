//! Timers that wait to fire, in order.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Instant;

/// What finds a timer: its time, and a number that tells apart those of the same time.
pub(crate) type Key = (Instant, u64);

/// The timers of one executor. They stay until they have fired or are taken away; one that fires
/// wakes its waker, so that futures which only poll children that were woken see it too.
#[derive(Debug, Default)]
pub(crate) struct Timers(Mutex<Queue>);

#[derive(Debug, Default)]
struct Queue {
    next: u64,
    /// In order. Empty for most calls, one entry for the others, thousands under
    /// `FuturesUnordered`, where most come at the end. Its room is kept from call to call.
    queue: VecDeque<(Key, Waker)>,
}

impl Queue {
    fn find(&self, key: &Key) -> Result<usize, usize> {
        self.queue.binary_search_by(|(other, _)| other.cmp(key))
    }
}

impl Timers {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a timer.
    pub(crate) fn add(&self, at: Instant, waker: Waker) -> Key {
        let mut this = self.lock();
        let key = (at, this.next);
        this.next += 1;
        // The number is new: there is no such key.
        let (Ok(at) | Err(at)) = this.find(&key);
        this.queue.insert(at, (key, waker));
        key
    }

    /// Gives a timer another waker; `false` if it has fired already.
    pub(crate) fn renew(&self, key: &Key, waker: &Waker) -> bool {
        let mut this = self.lock();
        let at = this.find(key).ok();
        let old = match at.and_then(|at| this.queue.get_mut(at)) {
            Some((_, old)) if old.will_wake(waker) => return true,
            Some((_, old)) => std::mem::replace(old, waker.clone()),
            None => return false,
        };
        drop(this);
        drop(old); // out of the lock: it may be the last hold on a task
        true
    }

    /// Takes a timer away, if it has not fired.
    pub(crate) fn remove(&self, key: &Key) {
        let timer = {
            let mut this = self.lock();
            let at = this.find(key).ok();
            at.and_then(|at| this.queue.remove(at))
        };
        drop(timer);
    }

    /// Wakes all that are due, and tells when the next one is.
    pub(crate) fn fire(&self) -> Option<Instant> {
        let mut now = None;
        loop {
            let waker = {
                let mut this = self.lock();
                let at = this.queue.front()?.0.0;
                // The clock is not asked unless there are timers; nor again, so that this ends.
                if at > *now.get_or_insert_with(Instant::now) {
                    return Some(at);
                }
                this.queue.pop_front()?.1
            };
            waker.wake();
        }
    }

    /// How many of the wakers of the first few timers are the one whose data is at `data`, and
    /// when the first is due.
    #[cfg(feature = "net")]
    pub(crate) fn glance(&self, data: *const ()) -> (usize, Option<Instant>) {
        const FEW: usize = 8;
        let this = self.lock();
        let own = |timer: &&(Key, Waker)| timer.1.data() == data;
        let count = this.queue.iter().take(FEW).filter(own).count();
        (count, this.queue.front().map(|((at, _), _)| *at))
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.lock().queue.len()
    }

    /// Wakes all, due or not: their executor ends, and they have to find another.
    pub(crate) fn orphan(&self) {
        // One at a time, so that the room stays; those that come meanwhile are none of them.
        let count = self.lock().queue.len();
        for _ in 0..count {
            let timer = self.lock().queue.pop_front();
            let Some((_, waker)) = timer else { return };
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use std::task::Wake;
    use std::time::Duration;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, SeqCst);
        }
    }

    #[test]
    fn due_ones_fire_once_and_others_stay() {
        let timers = Timers::default();
        let count = Arc::new(Count::default());
        let waker = Waker::from(count.clone());
        let past = Instant::now();
        let far = past + Duration::from_secs(3600);

        assert_eq!(timers.fire(), None);
        let (a, b) = (
            timers.add(past, waker.clone()),
            timers.add(past, waker.clone()),
        );
        let c = timers.add(far, Waker::noop().clone());
        assert_ne!(a, b);
        timers.remove(&b);
        assert_eq!(timers.fire(), Some(far));
        assert_eq!(count.0.load(SeqCst), 1);
        assert!(!timers.renew(&a, &waker), "it has fired");

        assert!(timers.renew(&c, &waker));
        timers.orphan();
        assert_eq!((count.0.load(SeqCst), timers.fire()), (2, None));
        assert_eq!(Arc::strong_count(&count), 2, "no waker is kept");
    }
}
