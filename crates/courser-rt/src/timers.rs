//! Timers that wait to fire, in order.

use std::collections::BTreeMap;
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
    // Empty for most calls, one entry for the others, thousands under `FuturesUnordered`.
    queue: BTreeMap<Key, Waker>,
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
        this.queue.insert(key, waker);
        key
    }

    /// Gives a timer another waker; `false` if it has fired already.
    pub(crate) fn renew(&self, key: &Key, waker: &Waker) -> bool {
        let old = match self.lock().queue.get_mut(key) {
            Some(old) if old.will_wake(waker) => return true,
            Some(old) => std::mem::replace(old, waker.clone()),
            None => return false,
        };
        drop(old); // out of the lock: it may be the last hold on a task
        true
    }

    /// Takes a timer away, if it has not fired.
    pub(crate) fn remove(&self, key: &Key) {
        let waker = self.lock().queue.remove(key);
        drop(waker);
    }

    /// Wakes all that are due, and tells when the next one is.
    pub(crate) fn fire(&self) -> Option<Instant> {
        let mut now = None;
        loop {
            let waker = {
                let mut this = self.lock();
                let entry = this.queue.first_entry()?;
                let at = entry.key().0;
                // The clock is not asked unless there are timers; nor again, so that this ends.
                if at > *now.get_or_insert_with(Instant::now) {
                    return Some(at);
                }
                entry.remove()
            };
            waker.wake();
        }
    }

    /// When the next one is due.
    #[cfg(feature = "net")]
    pub(crate) fn next(&self) -> Option<Instant> {
        self.lock().queue.keys().next().map(|(at, _)| *at)
    }

    /// How many of the wakers of the first few timers are the one whose data is at `data`.
    #[cfg(feature = "net")]
    pub(crate) fn count(&self, data: *const ()) -> usize {
        const FEW: usize = 8;
        let this = self.lock();
        let own = |waker: &&Waker| waker.data() == data;
        this.queue.values().take(FEW).filter(own).count()
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.lock().queue.len()
    }

    /// Wakes all, due or not: their executor ends, and they have to find another.
    pub(crate) fn orphan(&self) {
        let all = std::mem::take(&mut self.lock().queue);
        for waker in all.into_values() {
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
