//! Work beside blocking calls: one thread, started when there is any.

use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use courser_core::BoxFuture;

use crate::executor::block_on;

/// The tasks of a [`Blocking`](crate::Blocking), and the thread that runs them.
///
/// The thread starts with the first task, waits for more, and ends once the client is gone and
/// its tasks are done.
#[derive(Default)]
pub(crate) struct Background(Mutex<State>);

#[derive(Default)]
struct State {
    running: bool,
    closed: bool,
    /// Tasks that have not ended.
    alive: usize,
    ready: VecDeque<Arc<Task>>,
    /// Of the thread, while it waits.
    waker: Option<Waker>,
    #[cfg(test)]
    threads: Vec<thread::JoinHandle<()>>,
}

impl Background {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a task. If the system has no thread for it, it is dropped.
    pub(crate) fn spawn(self: &Arc<Self>, task: BoxFuture<'static, ()>) {
        self.lock().alive += 1;
        let task = Arc::new(Task {
            future: Mutex::new(Some(task)),
            queued: AtomicBool::new(false),
            home: self.clone(),
        });
        if self.start() {
            task.wake();
        }
    }

    /// Lets the thread end when its tasks have.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.notify();
    }

    /// Sees to it that the thread runs.
    fn start(self: &Arc<Self>) -> bool {
        let mut state = self.lock();
        if !state.running {
            let this = self.clone();
            let thread = thread::Builder::new()
                .name("courser-background".into())
                .spawn(move || this.run());
            state.running = thread.is_ok();
            #[cfg(test)]
            state.threads.extend(thread);
        }
        state.running
    }

    fn notify(&self) {
        let waker = self.lock().waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The thread.
    fn run(&self) {
        block_on(std::future::poll_fn(|cx| {
            let waker = cx.waker().clone();
            // One round, so that timers get their turn before tasks that woke each other. What
            // comes in meanwhile takes the waker, and thereby brings the next round.
            let round = {
                let mut state = self.lock();
                if state.closed && state.alive == 0 {
                    state.running = false;
                    return Poll::Ready(());
                }
                state.waker = Some(waker);
                std::mem::take(&mut state.ready)
            };
            for task in round {
                task.run();
            }
            Poll::Pending
        }));
    }

    fn task_ended(&self) {
        self.lock().alive -= 1;
        self.notify();
    }
}

impl fmt::Debug for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Background({} tasks)", self.lock().alive)
    }
}

/// A task. It is owned by its wakers: one that nothing can wake any more is dropped.
struct Task {
    future: Mutex<Option<BoxFuture<'static, ()>>>,
    queued: AtomicBool,
    home: Arc<Background>,
}

impl Task {
    fn run(self: Arc<Self>) {
        // From here on a wake queues it again, so that none is lost while it runs.
        self.queued.store(false, Ordering::SeqCst);
        let waker = Waker::from(self.clone());
        let mut cx = Context::from_waker(&waker);
        let mut slot = self.future.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mut future) = slot.take() else {
            return;
        };
        // A task that panics has told so by the panic hook; the others go on.
        let done = catch_unwind(AssertUnwindSafe(|| {
            future.as_mut().poll(&mut cx).is_ready()
        }));
        if let Ok(false) = done {
            *slot = Some(future);
            return;
        }
        drop(slot);
        let _ = catch_unwind(AssertUnwindSafe(|| drop(future)));
        self.home.task_ended();
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        if !self.queued.swap(true, Ordering::SeqCst) {
            let home = self.home.clone();
            home.lock().ready.push_back(self);
            home.notify();
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        let slot = self.future.get_mut();
        if slot
            .unwrap_or_else(PoisonError::into_inner)
            .take()
            .is_some()
        {
            self.home.task_ended();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Blocking;
    use courser_core::oneshot;
    use courser_core::rt::{Clock, Spawn, Timer};
    use std::future::{pending, poll_fn};
    use std::time::Duration;

    const MS: Duration = Duration::from_millis(1);

    fn join(background: &Background) {
        let threads = std::mem::take(&mut background.lock().threads);
        assert_eq!(threads.len(), 1);
        for thread in threads {
            thread.join().unwrap();
        }
    }

    fn thread_of(rt: &Blocking) -> thread::ThreadId {
        let (tx, rx) = oneshot();
        rt.spawn(Box::pin(async {
            tx.send(thread::current().id()).unwrap();
        }));
        block_on(rx).unwrap()
    }

    #[test]
    fn one_thread_runs_all_tasks_also_after_one_panicked() {
        let rt = Blocking::new();
        let id = thread_of(&rt);
        assert_ne!(id, thread::current().id());
        let (tx, rx) = oneshot::<()>();
        rt.spawn(Box::pin(async {
            let _tx = tx;
            panic!("on purpose");
        }));
        assert_eq!(block_on(rx), None);
        assert_eq!(thread_of(&rt), id);
        assert_ne!(thread_of(&Blocking::new()), id);

        let (tx, rx) = oneshot();
        rt.spawn_blocking(Box::new(move || tx.send(thread::current().id()).unwrap()));
        let here = block_on(rx);
        assert_eq!(
            here,
            Some(thread::current().id()),
            "blocking work runs in place"
        );
    }

    #[test]
    fn tasks_wait_for_timers_and_for_each_other() {
        let rt = Blocking::new();
        let mut last = {
            let (tx, rx) = oneshot();
            tx.send(0).unwrap();
            rx
        };
        for _ in 0..100 {
            let (tx, rx) = oneshot();
            let nap = rt.sleep_until(rt.now() + MS);
            rt.spawn(Box::pin(async move {
                nap.await;
                tx.send(last.await.unwrap() + 1).unwrap();
            }));
            last = rx;
        }
        assert_eq!(block_on(last), Some(100));
    }

    #[test]
    fn it_ends_when_the_client_is_gone_and_its_tasks_are_done() {
        let rt = Blocking::new();
        let background = rt.background().clone();
        let (tx, rx) = oneshot::<()>();
        rt.spawn(Box::pin(async {
            rx.await;
        }));
        // Nothing can wake this one, so nothing waits for it.
        rt.spawn(Box::pin(pending()));
        drop(rt);
        assert!(background.lock().running);
        drop(tx);
        join(&background);
        let state = background.lock();
        assert_eq!((state.running, state.alive), (false, 0));
    }

    #[test]
    fn a_sleep_outside_of_executors_needs_its_thread_no_longer_than_it_lives() {
        let rt = Blocking::new();
        let background = rt.background().clone();
        let mut sleep = rt.sleep_until(rt.now() + 3_600_000 * MS);
        let mut cx = Context::from_waker(Waker::noop());
        assert!(sleep.as_mut().poll(&mut cx).is_pending());
        assert!(sleep.as_mut().poll(&mut cx).is_pending());
        assert_eq!(background.lock().alive, 1);
        // Within an executor it waits there instead.
        block_on(poll_fn(|cx| {
            Poll::Ready(sleep.as_mut().poll(cx).is_pending())
        }));
        drop(rt);
        join(&background);
        assert!(!background.lock().running);
    }
}
