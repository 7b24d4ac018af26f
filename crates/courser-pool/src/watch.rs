//! The limit of waiting, seen to for all who wait by one timer for each runtime.
//!
//! A timer of its own would cost a waiter as much as the queue does, and memory besides; nearly
//! all are taken out again before they fire. So who waits leaves word until when, and the timer,
//! which is armed for the first whose time is up, wakes all whose time is up by then. It belongs to
//! nobody who waits: whoever leaves, it stays. Each looks at the clock itself when it is woken, and
//! arms the timer again where it finds none that is early enough.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Wake, Waker};
use std::time::{Duration, Instant};

use courser_core::BoxFuture;
use courser_core::rt::{DriverId, Runtime};

use crate::manager::Conns;

/// How close to each other it wakes: looking for whose time is up takes as long as the queue is.
const GRAIN: Duration = Duration::from_millis(10);

pub(crate) struct Watch {
    pool: Conns,
    alarms: Mutex<Alarms>,
}

#[derive(Default)]
struct Alarms {
    /// One for each runtime that has waiters.
    all: Vec<Alarm>,
    next: u64,
}

struct Alarm {
    driver: DriverId,
    number: u64,
    at: Instant,
    /// `None` until it is armed.
    timer: Option<BoxFuture<'static, ()>>,
}

impl Watch {
    pub(crate) fn new(pool: &Conns) -> Arc<Self> {
        Arc::new(Watch {
            pool: pool.clone(),
            alarms: Mutex::default(),
        })
    }

    fn alarms(&self) -> MutexGuard<'_, Alarms> {
        self.alarms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sees to it that those in the queue who wait on a runtime until then are woken.
    pub(crate) fn see_to(self: &Arc<Self>, at: Instant, rt: &Arc<dyn Runtime>) {
        let driver = rt.driver();
        let (at, number, replaced) = {
            let mut alarms = self.alarms();
            let place = alarms.all.iter().position(|alarm| alarm.driver == driver);
            let at = match place.and_then(|place| alarms.all.get(place)) {
                Some(known) if known.at <= at && known.timer.is_some() => return,
                // One that somebody is arming, or could not, is done again with this one.
                Some(known) => at.min(known.at),
                None => at,
            };
            let replaced = place.map(|place| alarms.all.swap_remove(place));
            let number = alarms.next;
            alarms.next += 1;
            alarms.all.push(Alarm {
                driver,
                number,
                at,
                timer: None,
            });
            (at, number, replaced)
        };
        drop(replaced);
        let bell = Waker::from(Arc::new(Bell {
            watch: Arc::downgrade(self),
            rt: rt.clone(),
            number,
            at,
        }));
        // A runtime's code, so with nothing locked.
        let mut timer = rt.sleep_until(at);
        let mut cx = Context::from_waker(&bell);
        if timer.as_mut().poll(&mut cx).is_ready() {
            bell.wake();
            return;
        }
        let mut alarms = self.alarms();
        let armed = alarms.all.iter_mut().find(|alarm| alarm.number == number);
        let spare = match armed {
            Some(alarm) => alarm.timer.replace(timer),
            None => Some(timer), // it has rung by now, or was replaced
        };
        drop(alarms);
        drop(spare);
    }
}

/// What a timer wakes.
struct Bell {
    watch: Weak<Watch>,
    rt: Arc<dyn Runtime>,
    number: u64,
    at: Instant,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        let Some(watch) = self.watch.upgrade() else {
            return;
        };
        let rung = {
            let all = &mut watch.alarms().all;
            let place = all.iter().position(|alarm| alarm.number == self.number);
            place.map(|place| all.swap_remove(place))
        };
        let Some(Alarm { driver, .. }) = rung else {
            return; // replaced
        };
        let now = self.rt.now();
        // Too early only where the runtime ends: then each sees for itself.
        let due = (now >= self.at).then_some(now);
        let next = watch.pool.wake_due(due, |(_, of)| *of == driver);
        if let Some(next) = next {
            let soon = now.checked_add(GRAIN).unwrap_or(next);
            watch.see_to(next.max(soon), &self.rt);
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use courser_core::{Call, Conn, Connect, ConnectionManager as _, ErrorKind, Lease, Timeout};

    use crate::Reusable;
    use crate::test::{Fake, FakeRt, Task};

    const S: Duration = Duration::from_secs(1);

    type Got = courser_core::Result<(Box<dyn Conn>, Lease)>;

    /// A manager all of whose places are taken, and a runtime that is not the blocking one.
    struct World {
        manager: Reusable,
        held: Vec<(Box<dyn Conn>, Lease)>,
        rt: Arc<FakeRt>,
        call: Arc<Call>,
    }

    fn to() -> Connect {
        Connect {
            https: false,
            host: "h".into(),
            port: 80,
            settings: Arc::default(),
        }
    }

    impl World {
        fn new() -> Self {
            let manager = Reusable::new(Arc::new(Fake::default()));
            let rt = FakeRt::new(7);
            let call = rt.call();
            let lease = || Task::new(manager.lease(to(), None, &call)).done().unwrap();
            World {
                held: vec![lease(), lease()],
                manager,
                rt,
                call,
            }
        }

        fn waits<'a>(&'a self, limit: Duration, call: &'a Arc<Call>) -> Task<'a, Got> {
            let mut task = Task::new(self.manager.lease(to(), Some(limit), call));
            task.waits();
            task
        }
    }

    #[track_caller]
    fn times_out(task: &mut Task<'_, Got>, says: &str) {
        assert!(task.is_woken());
        let error = task.done().err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Timeout(Timeout::Pool));
        assert!(error.to_string().contains(says), "{error}");
    }

    #[test]
    fn one_timer_ends_the_wait_of_all() {
        let w = World::new();
        let mut tasks: Vec<_> = (0..100).map(|_| w.waits(30 * S, &w.call)).collect();
        assert_eq!(w.rt.timers(), 1);
        w.rt.advance(29 * S);
        assert!(!tasks.iter().any(Task::is_woken));
        w.rt.advance(S);
        for task in &mut tasks {
            times_out(
                task,
                "limit: 30s (:connection-request-timeout), elapsed: 30000 ms",
            );
        }
        assert_eq!(w.rt.timers(), 0);
        assert_eq!(w.manager.statistics().pending, 0);
    }

    #[test]
    fn each_ends_at_its_own_limit_whoever_leaves() {
        let w = World::new();
        let mut last = w.waits(30 * S, &w.call);
        let first = w.waits(5 * S, &w.call);
        let mut second = w.waits(10 * S, &w.call);
        let third = w.waits(20 * S, &w.call);
        assert_eq!(w.rt.timers(), 1);
        drop(first); // the timer was armed for it
        w.rt.advance(5 * S);
        assert!(!second.is_woken() && w.rt.timers() == 1);
        second.waits(); // for no reason
        w.rt.advance(5 * S);
        times_out(&mut second, "limit: 10s");
        w.rt.advance(10 * S);
        assert!(third.is_woken() && !last.is_woken());
        drop(third); // woken, and gone before it is polled
        w.rt.advance(10 * S);
        times_out(&mut last, "limit: 30s");
        assert_eq!(w.rt.timers(), 0);
    }

    #[test]
    fn who_gets_a_place_in_time_has_it_and_the_next_still_ends() {
        let mut w = World::new();
        let (conn, lease) = w.held.pop().unwrap();
        let mut granted = w.waits(30 * S, &w.call);
        w.rt.advance(20 * S);
        let mut next = w.waits(30 * S, &w.call);
        w.rt.advance(10 * S);
        // Both at once: woken because its time is up, and then there is a place.
        lease.give_back(conn);
        let _held = granted.done().unwrap();
        w.rt.advance(19 * S);
        assert!(!next.is_woken());
        w.rt.advance(S);
        times_out(&mut next, "limit: 30s");
    }

    #[test]
    fn runtimes_have_a_timer_each_and_one_that_ends_wakes_its_own() {
        let w = World::new();
        let (rt, blocking) = (w.rt.beside(8), w.rt.beside(0));
        let (call, calls) = (rt.call(), blocking.call());
        let mut here = w.waits(30 * S, &w.call);
        let mut there = w.waits(30 * S, &call);
        let _each = [w.waits(30 * S, &calls), w.waits(30 * S, &calls)];
        assert_eq!((w.rt.timers(), rt.timers(), blocking.timers()), (1, 1, 2));
        w.rt.end();
        assert!(here.is_woken() && !there.is_woken());
        here.waits();
        assert_eq!(w.rt.timers(), 1, "as far as it is up to it");
        rt.advance(30 * S);
        times_out(&mut there, "limit: 30s");
    }

    #[test]
    fn the_deadline_of_a_call_ends_it_earlier() {
        let w = World::new();
        let call = Arc::new(Call::new(w.call.rt().clone()).within(S));
        let mut task = w.waits(30 * S, &call);
        w.rt.advance(S);
        assert!(task.is_woken());
        let error = task.done().err().unwrap();
        let kind = ErrorKind::Timeout(Timeout::Total(courser_core::Phase::Pool));
        assert_eq!(error.kind(), kind);
    }

    #[test]
    fn a_limit_of_nothing_ends_at_once_and_no_manager_leaves_a_timer() {
        let w = World::new();
        let mut task = w.waits(Duration::ZERO, &w.call);
        times_out(&mut task, "limit: 0");
        assert_eq!(w.rt.timers(), 0);
        drop(task);
        drop(w.waits(S, &w.call));
        let World {
            manager, held, rt, ..
        } = w;
        assert_eq!(rt.timers(), 1);
        drop((manager, held));
        assert_eq!(rt.timers(), 0);
    }
}
