//! Running a future on the calling thread.

use std::cell::{Cell, OnceCell};
use std::pin::pin;
use std::sync::Arc;
#[cfg(feature = "net")]
use std::sync::atomic::{Ordering, fence};
use std::task::{Context, Poll, Waker};
#[cfg(feature = "net")]
use std::time::Instant;

use crate::signal::{Signal, park};
use crate::timers::Timers;

/// What a thread waits with: one for all executors that are nested on it.
///
/// They share it because a future may register under one level and be polled again under
/// another, as a body that is read by a nested call: a level that waits therefore serves the
/// timers and sockets of all.
#[derive(Debug)]
pub(crate) struct Driver {
    signal: Arc<Signal>,
    /// Wakes the signal; lent to all levels.
    waker: Waker,
    pub(crate) timers: Timers,
    #[cfg(feature = "net")]
    pub(crate) sockets: crate::net::registry::Registry,
}

impl Driver {
    fn new() -> Self {
        let signal = Arc::new(Signal::new());
        Driver {
            waker: signal.clone().into(),
            signal,
            timers: Timers::default(),
            #[cfg(feature = "net")]
            sockets: crate::net::registry::Registry::default(),
        }
    }

    /// Waits until it is woken, and fires timers and sockets meanwhile. The one place where a
    /// call blocks, but for a read that is waited for alone.
    fn wait(&self) {
        loop {
            // Polled again, it blocks; and looks at the timers itself.
            #[cfg(feature = "net")]
            if self
                .sockets
                .grant(|waker| self.is_alone(Some(waker)).is_some())
            {
                return;
            }
            // Timers and sockets first: a future that wakes itself must not hold them up.
            let next = self.timers.fire();
            #[cfg(feature = "net")]
            if !self.sockets.is_empty() {
                self.sockets.wait(&self.signal, next);
                if self.signal.take() {
                    return;
                }
                continue;
            }
            if self.signal.take() {
                return;
            }
            park(next);
        }
    }

    /// Whether nothing can wake this thread but its timers and the socket that is registered with
    /// that waker, if one is: then a read may block, until the next timer is due.
    ///
    /// To wake it takes a waker, and wakers are counted: there is no other, then, than those that
    /// are registered here. A canceller, a channel, or a combinator with wakers of its own holds
    /// one, and so has the thread wait in `poll(2)`, where it can be woken. (Of many timers not
    /// all are counted, which has the same effect.)
    #[cfg(feature = "net")]
    pub(crate) fn is_alone(&self, socket: Option<&Waker>) -> Option<Alone> {
        const OWN: usize = 2; // `signal` and `waker`
        let data = Arc::as_ptr(&self.signal).cast();
        let (timers, next) = self.timers.glance(data);
        let sockets = usize::from(socket.is_some_and(|waker| waker.data() == data));
        let alone = Arc::strong_count(&self.signal) == OWN + timers + sockets;
        // Who let go of a waker just now may have used it: that is seen after this.
        fence(Ordering::Acquire);
        (alone && !self.signal.is_set()).then_some(Alone { next })
    }

    /// Takes the registration of a socket away.
    #[cfg(feature = "net")]
    pub(crate) fn leave(&self, key: u64) {
        if self.sockets.remove(key) {
            self.waker.wake_by_ref();
        }
    }
}

/// That nothing else can wake a thread than its timers.
#[cfg(feature = "net")]
pub(crate) struct Alone {
    /// When the next one is due.
    pub(crate) next: Option<Instant>,
}

thread_local! {
    /// Kept from call to call: nothing is allocated for a later one.
    static DRIVER: OnceCell<Arc<Driver>> = const { OnceCell::new() };
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// One executor on this thread, around those that are nested in it. Dropped by a panic too.
struct Level(Arc<Driver>);

impl Level {
    fn enter() -> Self {
        // A thread that is ending has no driver any more; it gets one for this call.
        let driver = DRIVER
            .try_with(|driver| driver.get_or_init(|| Arc::new(Driver::new())).clone())
            .unwrap_or_else(|_| Arc::new(Driver::new()));
        DEPTH.set(DEPTH.get() + 1);
        // The future is polled at first in any case.
        driver.signal.take();
        Level(driver)
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        let depth = DEPTH.get() - 1;
        DEPTH.set(depth);
        if depth == 0 {
            // What outlives the call, as a body does, may be polled on another thread next.
            self.0.timers.orphan();
            #[cfg(feature = "net")]
            self.0.sockets.orphan();
        } else {
            // It may have taken a wake that was meant for the level around it.
            self.0.signal.set();
        }
    }
}

/// The driver of this thread, if an executor runs on it.
pub(crate) fn current() -> Option<Arc<Driver>> {
    if !is_blocking() {
        return None;
    }
    DRIVER
        .try_with(|driver| driver.get().cloned())
        .ok()
        .flatten()
}

/// Whether the calling thread is inside of [`block_on`]: whether what is polled here can wait on
/// this thread's sockets and timers.
///
/// ```
/// use courser_rt::{block_on, is_blocking};
///
/// assert!(!is_blocking());
/// assert!(block_on(async { is_blocking() }));
/// ```
#[must_use]
pub fn is_blocking() -> bool {
    DEPTH.get() > 0
}

/// Runs a future to its end on the calling thread, which sleeps while there is nothing to do.
///
/// The future may be of any kind: wakers work from other threads. It may call `block_on` itself.
/// Within an async runtime it blocks the thread as any blocking call does, but never panics or
/// needs that runtime's help for its own timers; so a future that waits for another task of the
/// same thread waits in vain.
///
/// ```
/// assert_eq!(courser_rt::block_on(async { 1 + 1 }), 2);
/// ```
///
/// # Panics
/// When the future does.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let level = Level::enter();
    let mut cx = Context::from_waker(&level.0.waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut cx) {
            return value;
        }
        level.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Blocking;
    use courser_core::rt::{Clock, Timer};
    use courser_core::{BoxFuture, Call, Phase, Timeout, oneshot};
    use futures_util::StreamExt;
    use futures_util::stream::FuturesUnordered;
    use std::future::{pending, poll_fn};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Mutex;
    use std::thread;
    use std::time::{Duration, Instant};

    const MS: Duration = Duration::from_millis(1);
    const HOUR: Duration = Duration::from_secs(3600);

    fn sleep(time: Duration) -> BoxFuture<'static, ()> {
        let rt = Blocking::new();
        rt.sleep_until(rt.now() + time)
    }

    fn timers_left() -> usize {
        DRIVER.with(|driver| driver.get().map_or(0, |driver| driver.timers.len()))
    }

    #[test]
    fn timers_fire_in_order_and_not_early() {
        let start = Instant::now();
        let order: Vec<u32> = block_on(async {
            let mut all: FuturesUnordered<_> = [30u32, 10, 20, 0]
                .into_iter()
                .map(|n| async move {
                    sleep(n * MS).await;
                    assert!(start.elapsed() >= n * MS);
                    n
                })
                .collect();
            // One that is dropped does not hold the others up, nor fire.
            let never = sleep(HOUR);
            let mut order = Vec::new();
            for _ in 0..4 {
                order.push(all.next().await.unwrap());
            }
            drop(never);
            order
        });
        // Those that are due at once come in any order; on a slow machine that may be several.
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 10, 20, 30]);
        assert_eq!(timers_left(), 0);
    }

    #[test]
    fn a_dropped_sleep_leaves_nothing_behind() {
        block_on(async {
            let mut cx = Context::from_waker(Waker::noop());
            let mut sleeps: Vec<_> = (0..50).map(|_| sleep(HOUR)).collect();
            for sleep in &mut sleeps {
                assert!(sleep.as_mut().poll(&mut cx).is_pending());
            }
            assert_eq!(timers_left(), 50);
            sleeps.truncate(1);
            assert_eq!(timers_left(), 1);
            // Also from another thread.
            thread::spawn(move || drop(sleeps)).join().unwrap();
            assert_eq!(timers_left(), 0);
        });
    }

    #[test]
    fn wakes_from_other_threads_are_not_lost() {
        // Two threads hand a number to and fro; a wake that is lost is a hang.
        const TURNS: u32 = 20_000;
        struct Shared {
            turn: Mutex<u32>,
            wakers: [Mutex<Option<Waker>>; 2],
        }
        let shared = Arc::new(Shared {
            turn: Mutex::new(0),
            wakers: [Mutex::new(None), Mutex::new(None)],
        });
        let play = |side: u32, shared: Arc<Shared>| {
            move || {
                let (mine, other) = (side as usize, 1 - side as usize);
                block_on(poll_fn(|cx| {
                    *shared.wakers[mine].lock().unwrap() = Some(cx.waker().clone());
                    let mut turn = shared.turn.lock().unwrap();
                    if *turn < TURNS && *turn % 2 == side {
                        *turn += 1;
                        if let Some(waker) = shared.wakers[other].lock().unwrap().take() {
                            waker.wake();
                        }
                    }
                    if *turn < TURNS {
                        Poll::Pending
                    } else {
                        Poll::Ready(())
                    }
                }));
            }
        };
        let other = thread::spawn(play(1, shared.clone()));
        play(0, shared.clone())();
        other.join().unwrap();
        assert_eq!(*shared.turn.lock().unwrap(), TURNS);
    }

    #[test]
    fn a_future_that_wakes_itself_does_not_starve_timers() {
        let mut all: FuturesUnordered<BoxFuture<'static, bool>> = FuturesUnordered::new();
        all.push(Box::pin(poll_fn(|cx| {
            cx.waker().wake_by_ref();
            Poll::Pending
        })));
        all.push(Box::pin(async {
            sleep(2 * MS).await;
            true
        }));
        assert_eq!(block_on(all.next()), Some(true));
    }

    #[test]
    fn levels_nest_and_none_loses_a_wake_of_another() {
        let (tx, rx) = oneshot();
        let (go_on, started) = oneshot();
        let thread = thread::spawn(move || {
            block_on(started);
            tx.send("outer").unwrap();
        });
        let mut rx = Box::pin(rx);
        let value = block_on(async {
            // Registers the outer waker, and lets the wake come while the inner level waits.
            let mut go_on = Some(go_on);
            poll_fn(|cx| {
                let polled = rx.as_mut().poll(cx);
                if let Some(go_on) = go_on.take() {
                    block_on(async {
                        go_on.send(()).unwrap();
                        sleep(2 * MS).await;
                        block_on(sleep(MS));
                        assert!(is_blocking());
                    });
                }
                polled
            })
            .await
        });
        assert_eq!(value, Some("outer"));
        assert!(!is_blocking());
        thread.join().unwrap();
    }

    #[test]
    fn what_was_polled_under_one_level_goes_on_under_another() {
        // A combinator polls only children that were woken, so their timers have to move along
        // by themselves: deeper, on the next call, on another thread, and outside of any.
        let fresh = || {
            let mut all: FuturesUnordered<_> = [sleep(2 * MS)].into_iter().collect();
            block_on(poll_fn(|cx| {
                Poll::Ready(all.poll_next_unpin(cx).is_ready())
            }));
            all
        };
        let mut later = fresh();
        block_on(later.next());

        let mut elsewhere = fresh();
        thread::spawn(move || block_on(elsewhere.next()))
            .join()
            .unwrap();

        let mut deeper: FuturesUnordered<_> = [sleep(2 * MS)].into_iter().collect();
        block_on(poll_fn(|cx| {
            if deeper.poll_next_unpin(cx).is_pending() {
                block_on(deeper.next());
            }
            Poll::Ready(())
        }));
        assert_eq!(timers_left(), 0);
    }

    #[test]
    fn under_a_foreign_executor_the_background_thread_wakes() {
        let tokio = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let start = Instant::now();
        tokio.block_on(sleep(2 * MS));
        assert!(start.elapsed() >= 2 * MS);
        // Begun there, ended here, and the other way round.
        let mut one = sleep(2 * MS);
        let mut two = sleep(2 * MS);
        tokio.block_on(poll_fn(|cx| Poll::Ready(one.as_mut().poll(cx).is_ready())));
        block_on(one);
        block_on(poll_fn(|cx| Poll::Ready(two.as_mut().poll(cx).is_ready())));
        tokio.block_on(two);
    }

    #[test]
    fn works_within_a_runtime_of_one_thread() {
        let tokio = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let rt = Blocking::runtime();
        let kind = tokio.block_on(async {
            let call = Arc::new(Call::new(rt.clone()).within(2 * MS));
            let error = block_on(call.wait(Phase::Head, None, pending::<()>())).unwrap_err();
            let (tx, rx) = oneshot();
            rt.spawn(Box::pin(async { tx.send(()).unwrap() }));
            assert_eq!(block_on(rx), Some(()));
            error.kind()
        });
        assert_eq!(
            kind,
            courser_core::ErrorKind::Timeout(Timeout::Total(Phase::Head))
        );
    }

    #[test]
    fn a_panic_comes_through_and_leaves_the_thread_as_it_was() {
        for _ in 0..2 {
            let mut outlives = sleep(HOUR);
            let caught = catch_unwind(AssertUnwindSafe(|| {
                block_on(async {
                    poll_fn(|cx| Poll::Ready(outlives.as_mut().poll(cx).is_ready())).await;
                    block_on(async {
                        sleep(MS).await;
                        panic!("on purpose");
                    });
                });
            }));
            let panic = caught.unwrap_err();
            assert_eq!(panic.downcast_ref::<&str>(), Some(&"on purpose"));
            assert!(!is_blocking());
            assert_eq!(timers_left(), 0, "it was told to find another executor");
            block_on(sleep(MS));
        }
    }
}
