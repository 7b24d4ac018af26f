//! The pool, its leases, and waiting for one.

use std::fmt;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use crate::options::PoolOptions;
use crate::state::{Idle, Later, State, Taken, Waiting};
use crate::statistics::PoolStatistics;

/// A pool of connections `C`, cheap to clone.
///
/// Limits count by the key `K`. A connection is used again only for an equal key *and* an equal
/// variant `V`: what distinguishes connections without having places of its own, such as TLS
/// settings. `()` is for pools without such.
///
/// **Fairness.** A place that becomes free goes to the oldest waiter that can use it: one whose
/// key is at its own limit does not hold up waiters of other keys behind it. A waiter that has
/// been given a place and is dropped passes it on. A newcomer never overtakes a waiter that could
/// have used the place.
///
/// **Connections that rest** hold their place until somebody needs it; then the one that rested
/// longest is closed. Of those that fit, the one used last is used again.
///
/// No waker is called, no connection dropped and no closure run while the pool is locked. Keys
/// and variants are compared, hashed and cloned under the lock: they should be plain data.
pub struct Pool<K, C, V = ()>(Arc<Mutex<State<K, C, V>>>);

impl<K, C, V> Clone for Pool<K, C, V> {
    fn clone(&self) -> Self {
        Pool(self.0.clone())
    }
}

impl<K: Clone + Eq + Hash, C, V: Clone + Eq> Pool<K, C, V> {
    /// An empty pool.
    #[must_use]
    pub fn new(options: PoolOptions<K>) -> Self {
        Pool(Arc::new(Mutex::new(State::new(options))))
    }

    /// Takes a place, and with it a connection that rests, if one fits that `alive` accepts.
    /// Waits while there is none; the wait begins when the future is polled first.
    ///
    /// # Errors
    /// [`Closed`] once the pool was shut down.
    pub fn lease<F>(&self, key: K, variant: V, now: Instant, alive: F) -> Acquire<K, C, V, F>
    where
        F: Fn(&C) -> bool,
    {
        Acquire {
            pool: self.clone(),
            wanted: Some((key, variant)),
            now,
            alive,
            ticket: None,
        }
    }

    /// Closes the connections that have rested or lived too long, and tells how many. A pool that
    /// is in use does so by itself, every half of the shorter of these limits.
    pub fn sweep(&self, now: Instant) -> usize {
        self.with(|state, later| {
            state.sweep(now, later);
            later.close.len()
        })
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
        let mut later = Later::default();
        let value = f(
            &mut self.0.lock().unwrap_or_else(PoisonError::into_inner),
            &mut later,
        );
        // Open again. Whatever closing does, those that wait are woken first.
        later.wake.into_iter().for_each(std::task::Waker::wake);
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
        if let Some((key, _)) = &self.0.held {
            self.0.pool.with(|state, _| state.count_created(key));
        }
        self.0.born = now;
        self.0
    }
}

/// The place of a connection in use. Dropping it frees the place; the connection, which whoever
/// leased it has, is to be dropped too.
pub struct Place<K: Clone + Eq + Hash, C, V: Clone + Eq = ()> {
    pool: Pool<K, C, V>,
    held: Option<(K, V)>,
    born: Instant,
}

impl<K: Clone + Eq + Hash, C, V: Clone + Eq> Place<K, C, V> {
    /// Frees the place and lets the connection rest, for the next that wants it.
    pub fn give_back(mut self, conn: C, now: Instant) {
        if let Some((key, variant)) = self.held.take() {
            let idle = Idle {
                variant,
                conn,
                born: self.born,
                since: now,
            };
            self.pool
                .with(|state, later| state.give_back(&key, idle, later));
        }
    }
}

impl<K: Clone + Eq + Hash, C, V: Clone + Eq> Drop for Place<K, C, V> {
    fn drop(&mut self) {
        if let Some((key, _)) = self.held.take() {
            self.pool.with(|state, later| state.release(&key, later));
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
    pool: Pool<K, C, V>,
    /// Until it is ready.
    wanted: Option<(K, V)>,
    now: Instant,
    alive: F,
    /// While it waits.
    ticket: Option<u64>,
}

impl<K: Clone + Eq + Hash, C, V: Clone + Eq, F: Fn(&C) -> bool> Acquire<K, C, V, F> {
    /// A place, with what rested in it; asks the pool, or after the ticket.
    fn taken(&mut self, cx: &mut Context<'_>) -> Poll<Result<Taken<C, V>, Closed>> {
        let Some((key, variant)) = &self.wanted else {
            return Poll::Pending; // it was ready before
        };
        if let Some(ticket) = self.ticket {
            // Cloned before and dropped after the lock: it may be anybody's code.
            let mut waker = cx.waker().clone();
            let answer = self
                .pool
                .with(|state, _| state.ask(key, ticket, &mut waker));
            return match answer {
                Waiting::Granted(taken) => Poll::Ready(Ok(taken)),
                Waiting::Closed => Poll::Ready(Err(Closed)),
                Waiting::Still => Poll::Pending,
            };
        }
        let mut waker = None;
        loop {
            let now = self.now;
            let step = self.pool.with(|state, later| {
                if state.is_closed() {
                    return Some(Err(Closed));
                }
                let taken = state.take(key, variant, now, later).map(Ok);
                if taken.is_none()
                    && let Some(waker) = waker.take()
                {
                    self.ticket = Some(state.wait(key, variant.clone(), waker));
                }
                taken
            });
            match step {
                Some(taken) => return Poll::Ready(taken),
                None if self.ticket.is_some() => return Poll::Pending,
                None => waker = Some(cx.waker().clone()), // and once more
            }
        }
    }
}

impl<K: Clone + Eq + Hash, C, V: Clone + Eq, F: Fn(&C) -> bool> Future for Acquire<K, C, V, F> {
    type Output = Result<Checkout<K, C, V>, Closed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let mut taken = match this.taken(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Err(closed)) => {
                this.wanted = None;
                return Poll::Ready(Err(closed));
            }
            Poll::Ready(Ok(taken)) => taken,
        };
        // From here on the place is held, also if `alive` panics.
        let mut place = Place {
            pool: this.pool.clone(),
            held: this.wanted.take(),
            born: this.now,
        };
        while let Some(idle) = taken {
            if (this.alive)(&idle.conn) {
                place.born = idle.born;
                return Poll::Ready(Ok(Checkout::Reused(idle.conn, place)));
            }
            drop(idle);
            taken = place
                .held
                .as_ref()
                .and_then(|(key, variant)| place.pool.with(|state, _| state.replace(key, variant)));
        }
        Poll::Ready(Ok(Checkout::Room(Room(place))))
    }
}

/// Nothing in it is pinned.
impl<K: Clone + Eq + Hash, C, V: Clone + Eq, F> Unpin for Acquire<K, C, V, F> {}

impl<K: Clone + Eq + Hash, C, V: Clone + Eq, F> Drop for Acquire<K, C, V, F> {
    fn drop(&mut self) {
        if let (Some((key, _)), Some(ticket)) = (&self.wanted, self.ticket) {
            let waiter = self
                .pool
                .with(|state, later| state.cancel(key, ticket, later));
            drop(waiter);
        }
    }
}

impl<K: Clone + Eq + Hash, C, V: Clone + Eq, F> fmt::Debug for Acquire<K, C, V, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acquire")
            .field("ticket", &self.ticket)
            .finish_non_exhaustive()
    }
}
