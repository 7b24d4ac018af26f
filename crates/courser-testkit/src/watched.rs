//! A value that can be waited for.

use std::fmt::Debug;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::PATIENCE;

/// A value behind a lock, with a bell that rings whenever it was changed.
#[derive(Debug, Default)]
pub(crate) struct Watched<T> {
    value: Mutex<T>,
    changed: Condvar,
}

impl<T> Watched<T> {
    pub(crate) fn update<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let result = change(&mut self.value.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
        result
    }

    pub(crate) fn read<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.value.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether `ready` became true within `limit`.
    pub(crate) fn wait_within(&self, limit: Duration, ready: impl Fn(&T) -> bool) -> bool {
        let end = Instant::now() + limit;
        let mut value = self.value.lock().unwrap_or_else(PoisonError::into_inner);
        while !ready(&value) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            value = self
                .changed
                .wait_timeout(value, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        true
    }

    /// Waits until `ready`; fails the test, naming `what`, when that takes longer than [`PATIENCE`].
    #[track_caller]
    pub(crate) fn wait_until(&self, what: &str, ready: impl Fn(&T) -> bool)
    where
        T: Debug,
    {
        if !self.wait_within(PATIENCE, ready) {
            let state = self.read(|value| format!("{value:?}"));
            panic!("waited {PATIENCE:?} in vain for {what}; the state is {state}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn wakes_when_the_value_changes() {
        let number = Arc::new(Watched::<i32>::default());
        let other = Arc::clone(&number);
        let thread = std::thread::spawn(move || other.wait_until("three", |n| *n == 3));
        for _ in 0..3 {
            number.update(|n| *n += 1);
        }
        thread.join().unwrap();
    }

    #[test]
    fn gives_up_at_the_limit() {
        assert!(!Watched::<i32>::default().wait_within(Duration::from_millis(1), |n| *n == 1));
    }
}
