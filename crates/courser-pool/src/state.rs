//! The book that a pool keeps: who has how many places, who rests, who waits. It calls nobody;
//! what is to be woken or dropped is handed out, for when the lock is open again.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::Hash;
use std::task::Waker;
use std::time::Instant;

use crate::options::PoolOptions;
use crate::statistics::{Counts, PoolStatistics};

/// A connection that rests.
#[derive(Debug)]
pub(crate) struct Idle<C, V> {
    pub(crate) variant: V,
    pub(crate) conn: C,
    /// When it was made.
    pub(crate) born: Instant,
    /// Since when it rests.
    pub(crate) since: Instant,
}

/// What is left to do once the lock is open.
#[derive(Debug)]
pub(crate) struct Later<C, V> {
    pub(crate) wake: Vec<Waker>,
    pub(crate) close: Vec<Idle<C, V>>,
}

impl<C, V> Default for Later<C, V> {
    fn default() -> Self {
        Later {
            wake: Vec::new(),
            close: Vec::new(),
        }
    }
}

/// A place: with a connection that rested, or empty.
pub(crate) type Taken<C, V> = Option<Idle<C, V>>;

#[derive(Debug)]
pub(crate) struct Waiter<V> {
    variant: V,
    waker: Waker,
}

/// How it stands with a waiter.
#[derive(Debug)]
pub(crate) enum Waiting<C, V> {
    Granted(Taken<C, V>),
    Closed,
    Still,
}

#[derive(Debug)]
struct Entry<C, V> {
    counts: Counts,
    /// The newest is last.
    idle: VecDeque<Idle<C, V>>,
    /// By ticket, the oldest first.
    waiters: BTreeMap<u64, Waiter<V>>,
    /// The ticket under which it stands in [`State::open`].
    open: Option<u64>,
}

#[derive(Debug)]
pub(crate) struct State<K, C, V> {
    options: PoolOptions<K>,
    /// Only such as have a connection, a lease or a waiter.
    keys: HashMap<K, Entry<C, V>>,
    /// By its oldest ticket, each key that has waiters and is below its own limit: these wait
    /// for the total limit only, and the first is next. At rest this is empty, or else the total
    /// limit is reached.
    open: BTreeMap<u64, K>,
    /// Places that were given to waiters which have not come for them yet. They count as leased.
    granted: BTreeMap<u64, (K, Taken<C, V>)>,
    counts: Counts,
    tickets: u64,
    sweep_at: Option<Instant>,
    closed: bool,
}

impl<K: Clone + Eq + Hash, C, V: Eq> State<K, C, V> {
    pub(crate) fn new(options: PoolOptions<K>) -> Self {
        State {
            counts: Counts {
                max: options.max_total,
                ..Counts::default()
            },
            options,
            keys: HashMap::new(),
            open: BTreeMap::new(),
            granted: BTreeMap::new(),
            tickets: 0,
            sweep_at: None,
            closed: false,
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    fn entry(&mut self, key: &K) -> &mut Entry<C, V> {
        let State { keys, options, .. } = self;
        keys.entry(key.clone()).or_insert_with(|| Entry {
            counts: Counts {
                max: options.max_of(key),
                ..Counts::default()
            },
            idle: VecDeque::new(),
            waiters: BTreeMap::new(),
            open: None,
        })
    }

    /// A place for a newcomer, if there is one. No waiter is overtaken: at rest there is none
    /// that could use a place.
    pub(crate) fn take(
        &mut self,
        key: &K,
        variant: &V,
        now: Instant,
        later: &mut Later<C, V>,
    ) -> Option<Taken<C, V>> {
        if self.sweep_at.is_some_and(|at| now >= at) {
            self.sweep(now, later);
        } else {
            self.evict_old(key, now, later);
        }
        let taken = self.reserve(key, variant, later);
        if taken.is_none() {
            self.tidy(key);
        }
        taken
    }

    /// A place for somebody, if the limits allow it.
    fn reserve(&mut self, key: &K, variant: &V, later: &mut Later<C, V>) -> Option<Taken<C, V>> {
        if self.counts.is_full() {
            return None;
        }
        let entry = self.entry(key);
        if entry.counts.is_full() {
            return None;
        }
        entry.counts.leased += 1;
        let entry_above = entry.counts.is_above();
        self.counts.leased += 1;
        let taken = self.next_fitting(key, variant);
        if taken.is_none() {
            // Connections that rest give way, the oldest first.
            if entry_above {
                self.evict(key, 0, later);
            }
            if self.counts.is_above() {
                let rests = |(key, entry): (&K, &Entry<C, V>)| {
                    entry.idle.front().map(|idle| (idle.since, key.clone()))
                };
                let oldest = self.keys.iter().filter_map(rests).min_by_key(|(t, _)| *t);
                if let Some((_, oldest)) = oldest {
                    self.evict(&oldest, 0, later);
                    self.tidy(&oldest);
                }
            }
        }
        self.reindex(key);
        Some(taken)
    }

    /// The connection for the holder of a place that was used last and fits.
    fn next_fitting(&mut self, key: &K, variant: &V) -> Taken<C, V> {
        let entry = self.keys.get_mut(key)?;
        let at = entry.idle.iter().rposition(|i| i.variant == *variant)?;
        let idle = entry.idle.remove(at)?;
        for counts in [&mut entry.counts, &mut self.counts] {
            counts.idle -= 1;
            counts.reused += 1;
        }
        Some(idle)
    }

    /// Another connection in place of one that was taken and turned out to be dead.
    pub(crate) fn replace(&mut self, key: &K, variant: &V) -> Taken<C, V> {
        self.count(key, |counts| {
            counts.reused -= 1;
            counts.evicted += 1;
        });
        self.next_fitting(key, variant)
    }

    pub(crate) fn count_created(&mut self, key: &K) {
        self.count(key, |counts| counts.created += 1);
    }

    fn count(&mut self, key: &K, change: impl Fn(&mut Counts)) {
        change(&mut self.counts);
        if let Some(entry) = self.keys.get_mut(key) {
            change(&mut entry.counts);
        }
    }

    /// Closes a connection that rests.
    fn evict(&mut self, key: &K, at: usize, later: &mut Later<C, V>) {
        let Some(entry) = self.keys.get_mut(key) else {
            return;
        };
        if let Some(idle) = entry.idle.remove(at) {
            later.close.push(idle);
            self.count(key, |counts| {
                counts.idle -= 1;
                counts.evicted += 1;
            });
        }
    }

    fn evict_old(&mut self, key: &K, now: Instant, later: &mut Later<C, V>) {
        while let Some(at) = self.first_old(key, now) {
            self.evict(key, at, later);
        }
    }

    fn first_old(&self, key: &K, now: Instant) -> Option<usize> {
        let entry = self.keys.get(key)?;
        let PoolOptions {
            idle_timeout,
            max_lifetime,
            ..
        } = self.options;
        let over = |since: Instant, max| now.saturating_duration_since(since) >= max;
        // They rest in order, but are not as old as that.
        let look_at = if max_lifetime.is_some() {
            usize::MAX
        } else {
            1
        };
        entry.idle.iter().take(look_at).position(|idle| {
            idle_timeout.is_some_and(|max| over(idle.since, max))
                || max_lifetime.is_some_and(|max| over(idle.born, max))
        })
    }

    /// Closes all that rest and are too old.
    pub(crate) fn sweep(&mut self, now: Instant, later: &mut Later<C, V>) {
        let keys: Vec<K> = self.keys.keys().cloned().collect();
        for key in keys {
            self.evict_old(&key, now, later);
            self.tidy(&key);
        }
        self.sweep_at = if self.counts.idle > 0 {
            self.options.next_sweep(now)
        } else {
            None // the next that is given back sets it
        };
    }

    /// Frees a place.
    pub(crate) fn release(&mut self, key: &K, later: &mut Later<C, V>) {
        self.count(key, |counts| counts.leased -= 1);
        self.reindex(key);
        self.serve(later);
        self.tidy(key);
    }

    /// Frees a place and keeps its connection.
    pub(crate) fn give_back(&mut self, key: &K, idle: Idle<C, V>, later: &mut Later<C, V>) {
        let too_old = |max| idle.since.saturating_duration_since(idle.born) >= max;
        if self.closed {
            later.close.push(idle);
        } else if self.options.max_lifetime.is_some_and(too_old) {
            later.close.push(idle);
            self.count(key, |counts| counts.evicted += 1);
        } else if let Some(entry) = self.keys.get_mut(key) {
            if self.sweep_at.is_none() {
                self.sweep_at = self.options.next_sweep(idle.since);
            }
            // At the end, unless a waiter kept it for a while and left.
            let at = entry.idle.partition_point(|i| i.since <= idle.since);
            entry.idle.insert(at, idle);
            self.count(key, |counts| counts.idle += 1);
        }
        self.release(key, later);
    }

    /// Gives free places to those that wait: to the oldest that can use it.
    fn serve(&mut self, later: &mut Later<C, V>) {
        while !self.counts.is_full() {
            let Some((ticket, key)) = self.open.pop_first() else {
                return;
            };
            let entry = self.entry(&key);
            entry.open = None;
            if let Some(waiter) = entry.waiters.remove(&ticket) {
                self.count(&key, |counts| counts.pending -= 1);
                if let Some(taken) = self.reserve(&key, &waiter.variant, later) {
                    self.granted.insert(ticket, (key, taken));
                }
                later.wake.push(waiter.waker);
            }
        }
    }

    /// Queues a waiter, and gives it a ticket.
    pub(crate) fn wait(&mut self, key: &K, variant: V, waker: Waker) -> u64 {
        let ticket = self.tickets;
        self.tickets += 1;
        let entry = self.entry(key);
        entry.waiters.insert(ticket, Waiter { variant, waker });
        self.count(key, |counts| counts.pending += 1);
        self.reindex(key);
        ticket
    }

    /// Asks after a ticket; while it waits, the wakers are exchanged.
    pub(crate) fn ask(&mut self, key: &K, ticket: u64, waker: &mut Waker) -> Waiting<C, V> {
        if let Some((_, taken)) = self.granted.remove(&ticket) {
            return Waiting::Granted(taken);
        }
        let entry = self.keys.get_mut(key);
        match entry.and_then(|entry| entry.waiters.get_mut(&ticket)) {
            Some(waiter) => {
                std::mem::swap(&mut waiter.waker, waker);
                Waiting::Still
            }
            None => Waiting::Closed,
        }
    }

    /// Gives up a ticket, and passes on what was granted for it. What is returned is to be
    /// dropped once the lock is open.
    pub(crate) fn cancel(
        &mut self,
        key: &K,
        ticket: u64,
        later: &mut Later<C, V>,
    ) -> Option<Waiter<V>> {
        match self.granted.remove(&ticket) {
            Some((_, Some(idle))) => {
                self.count(key, |counts| counts.reused -= 1);
                self.give_back(key, idle, later);
                None
            }
            Some((_, None)) => {
                self.release(key, later);
                None
            }
            None => {
                let waiter = self.keys.get_mut(key)?.waiters.remove(&ticket)?;
                self.count(key, |counts| counts.pending -= 1);
                self.reindex(key);
                self.tidy(key);
                Some(waiter)
            }
        }
    }

    /// Keeps [`State::open`] right after a change of the leases or waiters of a key.
    fn reindex(&mut self, key: &K) {
        let Some(entry) = self.keys.get_mut(key) else {
            return;
        };
        let first = entry.waiters.first_key_value().map(|(ticket, _)| *ticket);
        let wanted = first.filter(|_| !entry.counts.is_full());
        if wanted != entry.open {
            if let Some(old) = entry.open {
                self.open.remove(&old);
            }
            if let Some(new) = wanted {
                self.open.insert(new, key.clone());
            }
            entry.open = wanted;
        }
    }

    /// Forgets a key that is not used any more.
    fn tidy(&mut self, key: &K) {
        if let Some(Entry { counts, .. }) = self.keys.get(key)
            && (counts.leased, counts.idle, counts.pending) == (0, 0, 0)
        {
            self.keys.remove(key);
        }
    }

    /// Closes what rests, and sends those that wait away.
    pub(crate) fn shutdown(&mut self, later: &mut Later<C, V>) {
        self.closed = true;
        self.open.clear();
        for entry in self.keys.values_mut() {
            let waiters = std::mem::take(&mut entry.waiters);
            later.wake.extend(waiters.into_values().map(|w| w.waker));
            later.close.extend(entry.idle.drain(..));
            (entry.open, entry.counts.pending, entry.counts.idle) = (None, 0, 0);
        }
        (self.counts.pending, self.counts.idle) = (0, 0);
        for (key, taken) in std::mem::take(&mut self.granted).into_values() {
            self.count(&key, |counts| counts.leased -= 1);
            if let Some(idle) = taken {
                self.count(&key, |counts| counts.reused -= 1);
                later.close.push(idle);
            }
        }
        self.keys.retain(|_, entry| entry.counts.leased > 0);
    }

    pub(crate) fn statistics(&self) -> PoolStatistics<K> {
        let keys = self.keys.iter();
        PoolStatistics {
            total: self.counts,
            keys: keys
                .map(|(key, entry)| (key.clone(), entry.counts))
                .collect(),
        }
    }
}
