//! The pool, its leases, and waiting for one.

use std::fmt;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use crate::options::PoolOptions;
use crate::state::{Grant, Idle, Later, Slot, State, Waiting};
use crate::statistics::PoolStatistics;

/// A pool of connections `C`, cheap to clone.
///
/// Limits count by the key `K`. A connection is used again only for an equal key *and* an equal
/// variant `V`: what distinguishes connections without having places of its own, such as TLS
/// settings. `()` is for pools without such.
///
/// **Fairness.** A place that becomes free goes to the oldest waiter that can use it, at that
/// moment, whether or not the waiter has been polled since. So the rule for overtaking is: among
/// waiters of one key, none is ever overtaken, be it by another waiter or by a newcomer; a waiter
/// of another key gets a place before an older one only while the older one's key is at its own
/// limit. A waiter that has been given a place and is dropped passes it on.
///
/// **Connections that rest** hold their place until somebody needs it; then the one that rested
/// longest is closed. Of those that fit, the one used last is used again.
///
/// No waker is called, no connection dropped and no closure run while the pool is locked. Keys
/// and variants are compared, hashed and cloned under the lock: they should be plain data.
pub struct Pool<K, C, V = ()>(Arc<Shared<K, C, V>>);

struct Shared<K, C, V> {
    state: Mutex<State<K, C, V>>,
    /// Whether all places are taken, to be seen without the lock: then many ask.
    full: AtomicBool,
}

impl<K, C, V> Clone for Pool<K, C, V> {
    fn clone(&self) -> Self {
        Pool(self.0.clone())
    }
}

impl<K: Clone + Eq + Hash, C, V: Clone + Eq> Pool<K, C, V> {
    /// An empty pool.
    #[must_use]
    pub fn new(options: PoolOptions<K>) -> Self {
        let state = State::new(options);
        Pool(Arc::new(Shared {
            full: AtomicBool::new(state.is_full()),
            state: Mutex::new(state),
        }))
    }

    /// Takes a place, and with it a connection that rests, if one fits that `alive` accepts,
    /// which is told for how long it has rested.
    /// Waits while there is none; the wait begins when the future is polled first.
    ///
    /// # Errors
    /// [`Closed`] once the pool was shut down.
    pub fn lease<F>(&self, key: K, variant: V, now: Instant, alive: F) -> Acquire<K, C, V, F>
    where
        F: Fn(&C, Duration) -> bool,
    {
        Acquire {
            turn: Turn::new(self, key, variant),
            now,
            alive,
        }
    }

    /// Like [`lease`](Pool::lease), but gives up where that would wait, and when the pool was
    /// shut down.
    pub fn try_lease<F>(
        &self,
        key: &K,
        variant: &V,
        now: Instant,
        alive: F,
    ) -> Option<Checkout<K, C, V>>
    where
        F: Fn(&C, Duration) -> bool,
    {
        if self.is_full() {
            return None;
        }
        let (slot, taken) = self.with(|state, later| {
            if state.is_closed() {
                return None;
            }
            state.take(key, variant, now, later)
        })?;
        let taken = taken.ok_or_else(|| variant.clone());
        Some(self.check_out(slot, taken, now, alive))
    }

    /// Whether all places are taken, so that whoever asks has to wait.
    pub(crate) fn is_full(&self) -> bool {
        self.0.full.load(Ordering::Relaxed)
    }

    /// Hands a place over, with the connection that rested in it or, where that is dead, another;
    /// or empty, for the variant that was wanted.
    fn check_out<F>(
        &self,
        slot: Slot,
        taken: Result<Idle<C, V>, V>,
        now: Instant,
        alive: F,
    ) -> Checkout<K, C, V>
    where
        F: Fn(&C, Duration) -> bool,
    {
        let (variant, mut rests) = match taken {
            Ok(idle) => (idle.variant, Some((idle.conn, idle.born, idle.since))),
            Err(variant) => (variant, None),
        };
        // From here on the place is held, also if `alive` panics.
        let mut place = Place {
            pool: self.clone(),
            held: Some((slot, variant)),
            born: now,
        };
        while let Some((conn, born, since)) = rests {
            if alive(&conn, now.saturating_duration_since(since)) {
                place.born = born;
                return Checkout::Reused(conn, place);
            }
            drop(conn);
            let held = place.held.as_ref();
            let other = held
                .and_then(|(slot, variant)| self.with(|state, _| state.replace(*slot, variant)));
            rests = other.map(|idle| (idle.conn, idle.born, idle.since));
        }
        Checkout::Room(Room(place))
    }

    /// Closes the connections that have rested or lived too long, and tells how many. A pool that
    /// is in use does so by itself, every half of the shorter of these limits.
    pub fn sweep(&self, now: Instant) -> usize {
        self.with(|state, later| {
            state.sweep(now, later);
            later.close.len()
        })
    }

    /// Wakes whose time is up, or all, of those who wait with certain variants; and tells when
    /// that of the next is.
    pub(crate) fn wake_due(
        &self,
        due: Option<Instant>,
        of: impl Fn(&V) -> bool,
    ) -> Option<Instant> {
        self.with(|state, later| state.wake_due(due, of, later))
    }

    /// Closes the connections that rest, fails those that wait, and refuses any other. Leases
    /// that are under way may end; their connections are closed then.
    pub fn shutdown(&self) {
        self.with(State::shutdown);
    }

    /// Whether it was shut down.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.with(|state, _| state.is_closed())
    }

    /// How it is used at the moment.
    #[must_use]
    pub fn statistics(&self) -> PoolStatistics<K> {
        self.with(|state, _| state.statistics())
    }

    fn with<R>(&self, f: impl FnOnce(&mut State<K, C, V>, &mut Later<C, V>) -> R) -> R {
        let Shared { state, full } = &*self.0;
        let mut later = Later::default();
        let value = {
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            let value = f(&mut state, &mut later);
            // Rarely changed, since those that look at it have it in their caches.
            if full.load(Ordering::Relaxed) != state.is_full() {
                full.store(state.is_full(), Ordering::Relaxed);
            }
            value
        };
        // Open again. Whatever closing does, those that wait are woken first.
        later.wake.all();
        crate::events::closed(later.close.len());
        drop(later.close);
        value
    }
}

impl<K, C, V> fmt::Debug for Pool<K, C, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}

/// The error of a pool that was shut down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the pool was shut down")
    }
}

impl std::error::Error for Closed {}

/// What a lease brings.
#[derive(Debug)]
pub enum Checkout<K: Clone + Eq + Hash, C, V: Clone + Eq = ()> {
    /// A connection that rested, and its place.
    Reused(C, Place<K, C, V>),
    /// A place for a connection that is still to be made.
    Room(Room<K, C, V>),
}

/// A place without a connection; dropping it frees the place.
#[derive(Debug)]
pub struct Room<K: Clone + Eq + Hash, C, V: Clone + Eq = ()>(Place<K, C, V>);

impl<K: Clone + Eq + Hash, C, V: Clone + Eq> Room<K, C, V> {
    /// Says that a connection was made for it, at a time.
    pub fn fill(mut self, now: Instant) -> Place<K, C, V> {
        self.0.made(now);
        self.0
    }
}

/// The place of a connection in use. Dropping it frees the place; the connection, which whoever
/// leased it has, is to be dropped too.
pub struct Place<K: Clone + Eq + Hash, C, V: Clone + Eq = ()> {
    pool: Pool<K, C, V>,
    held: Option<(Slot, V)>,
    born: Instant,
}

impl<K: Clone + Eq + Hash, C, V: Clone + Eq> Place<K, C, V> {
    /// Says that a connection was made for it, at a time, be it in place of one that was leased.
    pub fn made(&mut self, now: Instant) {
        if let Some((slot, _)) = self.held {
            self.pool.with(|state, _| state.count_created(slot));
        }
        self.born = now;
    }

    /// Frees the place and lets the connection rest, for the next that wants it.
    pub fn give_back(mut self, conn: C, now: Instant) {
        if let Some((slot, variant)) = self.held.take() {
            let idle = Idle {
                variant,
                conn,
                born: self.born,
                since: now,
            };
            self.pool
                .with(|state, later| state.give_back(slot, idle, later));
        }
    }
}

impl<K: Clone + Eq + Hash, C, V: Clone + Eq> Drop for Place<K, C, V> {
    fn drop(&mut self) {
        if let Some((slot, _)) = self.held.take() {
            self.pool.with(|state, later| state.release(slot, later));
        }
    }
}

impl<K: Clone + Eq + Hash, C, V: Clone + Eq> fmt::Debug for Place<K, C, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").finish_non_exhaustive()
    }
}

/// The future of a lease. Dropping it leaves the queue.
pub struct Acquire<K: Clone + Eq + Hash, C, V: Clone + Eq, F> {
    turn: Turn<K, C, V>,
    now: Instant,
    alive: F,
}

impl<K: Clone + Eq + Hash, C, V: Clone + Eq, F: Fn(&C, Duration) -> bool> Future
    for Acquire<K, C, V, F>
{
    type Output = Result<Checkout<K, C, V>, Closed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        this.turn.poll(cx, this.now, None, &this.alive)
    }
}

/// Nothing in it is pinned.
impl<K: Clone + Eq + Hash, C, V: Clone + Eq, F> Unpin for Acquire<K, C, V, F> {}

impl<K: Clone + Eq + Hash, C, V: Clone + Eq, F> fmt::Debug for Acquire<K, C, V, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acquire")
            .field("queued", &matches!(self.turn.step, Step::Waits(..)))
            .finish_non_exhaustive()
    }
}

/// A lease on its way, with what it needs only once left to who polls it: there may be thousands.
pub(crate) struct Turn<K: Clone + Eq + Hash, C, V: Clone + Eq> {
    pool: Pool<K, C, V>,
    step: Step<K, V>,
}

/// How far a lease is.
enum Step<K, V> {
    /// The pool is to be asked.
    Asks(K, V),
    /// It waits, in the queue of a key, with a ticket.
    Waits(Slot, u64),
    /// It was ready.
    Done,
}

/// What the pool says.
enum Answer<C, V> {
    Place(Slot, Grant<C, V>),
    Queued(Slot, u64),
    Closed,
}

impl<K: Clone + Eq + Hash, C, V: Clone + Eq> Turn<K, C, V> {
    pub(crate) fn new(pool: &Pool<K, C, V>, key: K, variant: V) -> Self {
        Turn {
            pool: pool.clone(),
            step: Step::Asks(key, variant),
        }
    }

    /// Asks, or asks again; `now` is when it asked first, and `until` when [`Pool::wake_due`]
    /// is to wake it.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        now: Instant,
        until: Option<Instant>,
        alive: impl Fn(&C, Duration) -> bool,
    ) -> Poll<Result<Checkout<K, C, V>, Closed>> {
        let answer = if let Step::Waits(slot, ticket) = self.step {
            self.ask_after(slot, ticket, until, cx)
        } else if let Step::Asks(key, variant) = std::mem::replace(&mut self.step, Step::Done) {
            self.ask(&key, variant, (now, until), cx)
        } else {
            return Poll::Pending; // it was ready before
        };
        self.step = Step::Done;
        match answer {
            Answer::Place(slot, Grant { variant, taken }) => {
                let (taken, _spare) = match taken {
                    Some(idle) => (Ok(idle), Some(variant)),
                    None => (Err(variant), None),
                };
                Poll::Ready(Ok(self.pool.check_out(slot, taken, now, alive)))
            }
            Answer::Queued(slot, ticket) => {
                self.step = Step::Waits(slot, ticket);
                Poll::Pending
            }
            Answer::Closed => Poll::Ready(Err(Closed)),
        }
    }

    /// Asks for a place, and else for one in the queue.
    fn ask(
        &self,
        key: &K,
        variant: V,
        (now, until): (Instant, Option<Instant>),
        cx: &Context<'_>,
    ) -> Answer<C, V> {
        // Cloned before and dropped after the lock: it may be anybody's code.
        let mut waker = cx.waker().clone();
        self.pool.with(|state, later| {
            if state.is_closed() {
                return Answer::Closed;
            }
            if let Some((slot, taken)) = state.take(key, &variant, now, later) {
                return Answer::Place(slot, Grant { variant, taken });
            }
            let waker = std::mem::replace(&mut waker, Waker::noop().clone());
            let (slot, ticket) = state.wait(key, variant, waker, until);
            Answer::Queued(slot, ticket)
        })
    }

    /// Asks after a ticket. Most that are polled have been granted a place: only another has to
    /// leave its waker.
    fn ask_after(
        &self,
        slot: Slot,
        ticket: u64,
        until: Option<Instant>,
        cx: &Context<'_>,
    ) -> Answer<C, V> {
        let mut waker = None;
        loop {
            let answer = self
                .pool
                .with(|state, _| state.ask(slot, ticket, waker.as_mut(), until));
            match answer {
                Waiting::Granted(grant) => return Answer::Place(slot, grant),
                Waiting::Closed => return Answer::Closed,
                Waiting::Still if waker.is_some() => return Answer::Queued(slot, ticket),
                // As above.
                Waiting::Still => waker = Some(cx.waker().clone()),
            }
        }
    }

    /// Leaves the queue, and passes on what it was granted.
    pub(crate) fn leave(&mut self) {
        if let Step::Waits(slot, ticket) = std::mem::replace(&mut self.step, Step::Done) {
            let left = self
                .pool
                .with(|state, later| state.cancel(slot, ticket, later));
            drop(left);
        }
    }
}

impl<K: Clone + Eq + Hash, C, V: Clone + Eq> Drop for Turn<K, C, V> {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test::Task;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::Duration;

    const S: Duration = Duration::from_secs(1);

    fn options(total: usize, per_key: usize) -> PoolOptions<&'static str> {
        PoolOptions {
            max_total: Some(total),
            max_per_key: Some(per_key),
            idle_timeout: Some(10 * S),
            ..PoolOptions::default()
        }
    }

    type P = Pool<&'static str, u32>;

    fn lease(
        pool: &P,
        key: &'static str,
        now: Instant,
    ) -> Task<'static, Result<Checkout<&'static str, u32>, Closed>> {
        Task::new(pool.lease(key, (), now, |_, _| true))
    }

    #[track_caller]
    fn room(checkout: Result<Checkout<&'static str, u32>, Closed>) -> Place<&'static str, u32> {
        match checkout.unwrap() {
            Checkout::Room(room) => room.fill(Instant::now()),
            Checkout::Reused(..) => panic!("a connection that nobody gave back"),
        }
    }

    #[test]
    fn of_a_thousand_waiters_for_ten_places_none_is_overtaken() {
        let now = Instant::now();
        let pool = P::new(options(10, 10));
        let mut held: Vec<_> = (0..10)
            .map(|_| room(lease(&pool, "a", now).done()))
            .collect();
        let mut waiters: Vec<_> = (0..1000).map(|_| lease(&pool, "a", now)).collect();
        waiters.iter_mut().for_each(Task::waits);
        let mut served = 0;
        while served < waiters.len() {
            // Any of the places, given back or lost, and as many at once as there are turns.
            let turns = (served % 10 + 1).min(waiters.len() - served);
            for turn in 0..turns {
                let place = held.swap_remove((served * 7 + turn * 3) % held.len());
                if served % 3 == 0 {
                    place.give_back(7, now);
                } else {
                    drop(place);
                }
                assert!(pool.try_lease(&"a", &(), now, |_, _| true).is_none());
            }
            let woken: Vec<usize> = (0..waiters.len())
                .filter(|at| waiters[*at].is_woken())
                .collect();
            assert_eq!(woken, (served..served + turns).collect::<Vec<_>>());
            // Polled youngest first: the places were given away before.
            for at in (served..served + turns).rev() {
                held.push(match waiters[at].done().unwrap() {
                    Checkout::Room(room) => room.fill(now),
                    Checkout::Reused(_, place) => place,
                });
            }
            served += turns;
        }
        drop(held);
        assert_eq!(pool.statistics().total.pending, 0);
        assert_eq!(pool.statistics().total.leased, 0);
    }

    #[test]
    fn a_waiter_at_its_own_limit_lets_others_pass_and_else_the_oldest_is_first() {
        let now = Instant::now();
        let pool = P::new(options(2, 1));
        let a = room(lease(&pool, "a", now).done());
        let b = room(lease(&pool, "b", now).done());
        let mut waiters = ["a", "b", "c", "b"].map(|key| lease(&pool, key, now));
        waiters.iter_mut().for_each(Task::waits);
        let woken =
            |waiters: &[Task<'_, _>]| -> Vec<bool> { waiters.iter().map(Task::is_woken).collect() };
        drop(b);
        assert_eq!(woken(&waiters), [false, true, false, false]);
        let [mut wait_a, wait_b, mut wait_c, wait_b2] = waiters;
        drop(wait_b); // granted, and passed on: to `c`, which is older than the second `b`
        assert!(wait_c.is_woken() && !wait_b2.is_woken());
        drop(room(wait_c.done()));
        assert!(wait_b2.is_woken());
        a.give_back(7, now);
        assert!(wait_a.is_woken());
        assert!(matches!(wait_a.done(), Ok(Checkout::Reused(7, _))));
    }

    #[test]
    fn the_one_used_last_is_used_again_and_the_oldest_gives_way() {
        let start = Instant::now();
        let pool = P::new(options(3, 3));
        let places = [1, 2, 3].map(|n| (n, room(lease(&pool, "a", start).done())));
        for (n, place) in places {
            place.give_back(n, start + n * S);
        }
        let now = start + 4 * S;
        let b = room(lease(&pool, "b", now).done());
        let Ok(Checkout::Reused(3, _a)) = lease(&pool, "a", now).done() else {
            panic!("not the newest")
        };
        let Ok(Checkout::Reused(2, _a)) = lease(&pool, "a", now).done() else {
            panic!("the oldest did not give way")
        };
        drop(b);
        let total = pool.statistics().total;
        assert_eq!((total.idle, total.reused, total.evicted), (0, 2, 1));
    }

    #[test]
    fn use_of_one_key_clears_away_what_is_old_of_others() {
        let start = Instant::now();
        let mut options = options(9, 9);
        options.max_lifetime = Some(60 * S);
        let pool = P::new(options);
        room(lease(&pool, "a", start).done()).give_back(1, start);
        let b = room(lease(&pool, "b", start).done());
        b.give_back(2, start + 5 * S);
        let total = |now| {
            drop(lease(&pool, "c", now).done());
            let total = pool.statistics().total;
            (total.idle, total.evicted)
        };
        assert_eq!(total(start + 6 * S), (2, 0));
        assert_eq!(total(start + 11 * S), (1, 1));
        assert_eq!(total(start + 16 * S), (0, 2));
        let half = S / 2;
        room(lease(&pool, "a", start).done()).give_back(1, start + 20 * S);
        assert_eq!(total(start + 26 * S), (1, 2), "looked through just now");
        drop(room(lease(&pool, "a", start + 30 * S + half).done()));
        assert_eq!(pool.statistics().total.evicted, 3);

        // Lifetime counts while it is in use, too.
        let place = room(lease(&pool, "a", start).done());
        place.give_back(3, Instant::now() + 60 * S);
        assert_eq!(pool.statistics().total.idle, 0);
    }

    /// A connection whose end uses the pool.
    struct Nosy(Option<Pool<&'static str, Nosy>>);

    impl Drop for Nosy {
        fn drop(&mut self) {
            if let Some(pool) = self.0.take() {
                pool.shutdown();
            }
        }
    }

    #[test]
    fn foreign_code_runs_while_the_pool_is_open() {
        let now = Instant::now();
        let place = |pool: &Pool<&'static str, Nosy>| {
            let mut task = Task::new(pool.lease("a", (), now, |_, _| false));
            match task.done().unwrap() {
                Checkout::Room(room) => room.fill(now),
                Checkout::Reused(..) => panic!("it is dead"),
            }
        };
        let nosy = |pool: &Pool<&'static str, Nosy>| Nosy(Some(pool.clone()));
        let pool = Pool::new(options(1, 1));
        place(&pool).give_back(nosy(&pool), now);
        pool.sweep(now + 60 * S);
        assert!(pool.is_closed());
        let pool = Pool::new(options(1, 1));
        place(&pool).give_back(nosy(&pool), now);
        drop(place(&pool)); // dead
        assert!(pool.is_closed());

        let pool = Pool::new(options(1, 1));
        place(&pool).give_back(Nosy(None), now);
        let caught = catch_unwind(AssertUnwindSafe(|| {
            Task::new(pool.lease("a", (), now, |_, _| {
                assert_eq!(pool.statistics().total.leased, 1);
                panic!("on purpose")
            }))
            .done()
        }));
        assert!(caught.is_err());
        assert_eq!(pool.statistics().total.leased, 0, "the place is free");
    }

    #[test]
    fn a_limit_of_nothing_waits_and_leaves_no_trace() {
        let pool = P::new(options(5, 0));
        let mut waiter = lease(&pool, "a", Instant::now());
        waiter.waits();
        assert_eq!(pool.statistics().total.pending, 1);
        drop(waiter);
        assert!(pool.statistics().keys.is_empty());
        assert_eq!(Closed.to_string(), "the pool was shut down");
    }
}
