//! An order of events that does not depend on time.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use crate::PATIENCE;
use crate::watched::Watched;

/// Closed at first, and once opened open for ever. Clones are the same gate.
///
/// Threads wait with [`Gate::wait`], tasks with [`Gate::opened`].
///
/// ```
/// let gate = courser_testkit::Gate::new();
/// let other = gate.clone();
/// let thread = std::thread::spawn(move || other.wait());
/// gate.open();
/// thread.join().unwrap();
/// ```
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<Watched<State>>);

#[derive(Debug, Default)]
struct State {
    open: bool,
    wakers: Vec<Waker>,
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens it, and lets everyone through who waits or comes later.
    pub fn open(&self) {
        let wakers = self.0.update(|state| {
            state.open = true;
            std::mem::take(&mut state.wakers)
        });
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.0.read(|state| state.open)
    }

    /// Blocks this thread until it is open; fails the test after [`PATIENCE`].
    #[track_caller]
    pub fn wait(&self) {
        self.0.wait_until("a gate to open", |state| state.open);
    }

    /// Resolves when it is open. Needs no runtime, and so has no limit of its own: the test gives one where it needs one.
    pub async fn opened(&self) {
        poll_fn(|cx| {
            self.0.update(|state| {
                if state.open {
                    return Poll::Ready(());
                }
                if !state.wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
                    state.wakers.push(cx.waker().clone());
                }
                Poll::Pending
            })
        })
        .await;
    }

    /// Blocks this thread until it is open, however long that takes: for what is to last as long as its test.
    pub(crate) fn wait_for_ever(&self) {
        while !self.0.wait_within(PATIENCE, |state| state.open) {}
    }

    /// Blocks until this gate or `other` is open; says whether it was this one. Fails the test after [`PATIENCE`].
    pub(crate) fn wait_unless(&self, other: &Gate) -> bool {
        // Two condition variables cannot be waited for at once, so the other gate is looked at in turn.
        const TURN: Duration = Duration::from_millis(10);
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if self.0.wait_within(TURN, |state| state.open) {
                return true;
            }
            if other.is_open() {
                return false;
            }
        }
        panic!("waited {PATIENCE:?} in vain for a gate to open");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_gate_stays_open() {
        let gate = Gate::new();
        assert!(!gate.is_open());
        gate.clone().open();
        gate.wait();
        gate.wait();
        assert!(gate.is_open());
    }

    #[test]
    fn tasks_wait_too() {
        let gate = Gate::new();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let opener = gate.clone();
        let thread = std::thread::spawn(move || opener.open());
        runtime.block_on(gate.opened());
        thread.join().unwrap();
    }

    #[test]
    fn waiting_ends_with_the_other_gate() {
        let (gate, stop) = (Gate::new(), Gate::new());
        stop.open();
        assert!(!gate.wait_unless(&stop));
        gate.open();
        assert!(gate.wait_unless(&stop));
    }
}
