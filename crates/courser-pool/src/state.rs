//! The book that a pool keeps: who has how many places, who rests, who waits. It calls nobody;
//! what is to be woken or dropped is handed out, for when the lock is open again.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::Hash;
use std::task::Waker;
use std::time::Instant;

use crate::options::PoolOptions;
use crate::queue::Queue;
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
    pub(crate) wake: Wake,
    pub(crate) close: Vec<Idle<C, V>>,
}

/// Wakers to be called, in order. One is the rule, and needs no room of its own.
#[derive(Debug, Default)]
pub(crate) struct Wake(Option<Waker>, Vec<Waker>);

impl Wake {
    fn push(&mut self, waker: Waker) {
        match self.0 {
            None => self.0 = Some(waker),
            Some(_) => self.1.push(waker),
        }
    }

    pub(crate) fn all(self) {
        self.0.into_iter().chain(self.1).for_each(Waker::wake);
    }
}

impl<C, V> Default for Later<C, V> {
    fn default() -> Self {
        Later {
            wake: Wake::default(),
            close: Vec::new(),
        }
    }
}

/// What is in a place that was taken: a connection that rested, or nothing.
pub(crate) type Taken<C, V> = Option<Idle<C, V>>;

/// A place that was given to a waiter which has not come for it yet, and what it wanted there.
#[derive(Debug)]
pub(crate) struct Grant<C, V> {
    pub(crate) variant: V,
    pub(crate) taken: Taken<C, V>,
}

#[derive(Debug)]
struct Waiter<V> {
    variant: V,
    waker: Waker,
    /// When it is to be woken, if not before.
    until: Option<Instant>,
}

/// How it stands with a waiter.
#[derive(Debug)]
pub(crate) enum Waiting<C, V> {
    Granted(Grant<C, V>),
    Closed,
    Still,
}

/// Where a key stands in [`State::entries`], for as long as it is used.
pub(crate) type Slot = usize;

#[derive(Debug)]
struct Entry<K, C, V> {
    key: K,
    counts: Counts,
    /// By the time since when they rest, the newest last.
    idle: VecDeque<Idle<C, V>>,
    waiters: Queue<Waiter<V>>,
    /// The ticket under which it stands in [`State::open`].
    open: Option<u64>,
}

#[derive(Debug)]
pub(crate) struct State<K, C, V> {
    options: PoolOptions<K>,
    /// Only such as have a connection, a lease or a waiter. Those know their slot, so that a key
    /// is hashed but once for a lease.
    slots: HashMap<K, Slot>,
    entries: Vec<Option<Entry<K, C, V>>>,
    free: Vec<Slot>,
    /// That of the key used last: it is often the next, too, and then not hashed at all.
    last: Slot,
    /// By its oldest ticket, each key that has waiters and is below its own limit: these wait
    /// for the total limit only, and the first is next. At rest this is empty, or else the total
    /// limit is reached.
    open: BTreeMap<u64, Slot>,
    /// By ticket, places that were given to waiters which have not come for them yet. They count
    /// as leased. Most come in order, and soon.
    granted: VecDeque<(u64, Slot, Grant<C, V>)>,
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
            slots: HashMap::new(),
            entries: Vec::new(),
            free: Vec::new(),
            last: 0,
            open: BTreeMap::new(),
            granted: VecDeque::new(),
            tickets: 0,
            sweep_at: None,
            closed: false,
        }
    }

    /// Whether all places are taken, so that nobody needs to ask.
    pub(crate) fn is_full(&self) -> bool {
        self.counts.is_full()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// The slot of a key, which is to be tidied if it comes to no use.
    fn slot(&mut self, key: &K) -> Slot {
        let last = self.last;
        if self.entry(last).is_some_and(|entry| entry.key == *key) {
            return last;
        }
        if let Some(slot) = self.slots.get(key) {
            self.last = *slot;
            return *slot;
        }
        let entry = Entry {
            key: key.clone(),
            counts: Counts {
                max: self.options.max_of(key),
                ..Counts::default()
            },
            idle: VecDeque::new(),
            waiters: Queue::new(),
            open: None,
        };
        let slot = self.free.pop().unwrap_or(self.entries.len());
        match self.entries.get_mut(slot) {
            Some(free) => *free = Some(entry),
            None => self.entries.push(Some(entry)),
        }
        self.slots.insert(key.clone(), slot);
        slot
    }

    fn entry(&mut self, slot: Slot) -> Option<&mut Entry<K, C, V>> {
        self.entries.get_mut(slot)?.as_mut()
    }

    /// Forgets a key that is not used any more.
    fn tidy(&mut self, slot: Slot) {
        let Some(place) = self.entries.get_mut(slot) else {
            return;
        };
        let unused = |entry: &mut Entry<K, C, V>| {
            let Counts {
                leased,
                idle,
                pending,
                ..
            } = entry.counts;
            (leased, idle, pending) == (0, 0, 0)
        };
        if let Some(entry) = place.take_if(unused) {
            self.slots.remove(&entry.key);
            self.free.push(slot);
        }
    }

    fn count(&mut self, slot: Slot, change: impl Fn(&mut Counts)) {
        change(&mut self.counts);
        if let Some(entry) = self.entry(slot) {
            change(&mut entry.counts);
        }
    }

    pub(crate) fn count_created(&mut self, slot: Slot) {
        self.count(slot, |counts| counts.created += 1);
    }

    /// A place for a newcomer, if there is one. No waiter is overtaken: at rest there is none
    /// that could use a place.
    pub(crate) fn take(
        &mut self,
        key: &K,
        variant: &V,
        now: Instant,
        later: &mut Later<C, V>,
    ) -> Option<(Slot, Taken<C, V>)> {
        if self.sweep_at.is_some_and(|at| now >= at) {
            self.sweep(now, later);
        }
        if self.counts.is_full() {
            return None;
        }
        let slot = self.slot(key);
        self.evict_old(slot, now, later);
        let taken = self.reserve(slot, variant, later);
        if taken.is_none() {
            self.tidy(slot);
        }
        taken.map(|taken| (slot, taken))
    }

    /// A place for somebody, if the limits allow it.
    fn reserve(&mut self, slot: Slot, variant: &V, later: &mut Later<C, V>) -> Option<Taken<C, V>> {
        if self.counts.is_full() || self.entry(slot)?.counts.is_full() {
            return None;
        }
        self.count(slot, |counts| counts.leased += 1);
        let taken = self.next_fitting(slot, variant);
        if taken.is_none() {
            // Connections that rest give way, the oldest first.
            if self.entry(slot)?.counts.is_above() {
                self.evict(slot, 0, later);
            }
            if self.counts.is_above() {
                let entries = self.entries.iter().enumerate();
                let rests = |(slot, entry): (Slot, &Option<Entry<K, C, V>>)| {
                    Some((entry.as_ref()?.idle.front()?.since, slot))
                };
                if let Some((_, oldest)) = entries.filter_map(rests).min() {
                    self.evict(oldest, 0, later);
                    self.tidy(oldest);
                }
            }
        }
        Some(taken)
    }

    /// The connection for the holder of a place that was used last and fits.
    fn next_fitting(&mut self, slot: Slot, variant: &V) -> Taken<C, V> {
        let entry = self.entry(slot)?;
        let idle = if entry.idle.back()?.variant == *variant {
            entry.idle.pop_back()?
        } else {
            let at = entry.idle.iter().rposition(|i| i.variant == *variant)?;
            entry.idle.remove(at)?
        };
        self.count(slot, |counts| {
            counts.idle -= 1;
            counts.reused += 1;
        });
        Some(idle)
    }

    /// Another connection in place of one that was taken and turned out to be dead.
    pub(crate) fn replace(&mut self, slot: Slot, variant: &V) -> Taken<C, V> {
        self.count(slot, |counts| {
            counts.reused -= 1;
            counts.evicted += 1;
        });
        self.next_fitting(slot, variant)
    }

    /// Closes a connection that rests.
    fn evict(&mut self, slot: Slot, at: usize, later: &mut Later<C, V>) {
        let idle = self.entry(slot).and_then(|entry| entry.idle.remove(at));
        if let Some(idle) = idle {
            later.close.push(idle);
            self.count(slot, |counts| {
                counts.idle -= 1;
                counts.evicted += 1;
            });
        }
    }

    fn evict_old(&mut self, slot: Slot, now: Instant, later: &mut Later<C, V>) {
        while let Some(at) = self.first_old(slot, now) {
            self.evict(slot, at, later);
        }
    }

    fn first_old(&self, slot: Slot, now: Instant) -> Option<usize> {
        let entry = self.entries.get(slot)?.as_ref()?;
        let PoolOptions {
            idle_timeout,
            max_lifetime,
            ..
        } = self.options;
        let over = |since: Instant, max| now.saturating_duration_since(since) >= max;
        // The first has rested longest; but any may have lived longest.
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
        for slot in 0..self.entries.len() {
            self.evict_old(slot, now, later);
            self.tidy(slot);
        }
        self.sweep_at = if self.counts.idle > 0 {
            self.options.next_sweep(now)
        } else {
            None // the next that is given back sets it
        };
    }

    /// Frees a place.
    pub(crate) fn release(&mut self, slot: Slot, later: &mut Later<C, V>) {
        self.count(slot, |counts| counts.leased -= 1);
        // The usual case by itself: who has waited longest waits for this key.
        let oldest = self.open.first_key_value().map(|(ticket, _)| *ticket);
        let own = self.entry(slot).and_then(|entry| entry.waiters.first());
        if own.is_some_and(|own| oldest.is_none_or(|oldest| own <= oldest)) {
            self.grant(slot, later);
        }
        self.reindex(slot);
        self.serve(later);
        self.tidy(slot);
    }

    /// Frees a place and keeps its connection.
    pub(crate) fn give_back(&mut self, slot: Slot, idle: Idle<C, V>, later: &mut Later<C, V>) {
        let too_old = |max| idle.since.saturating_duration_since(idle.born) >= max;
        if self.closed {
            later.close.push(idle);
        } else if self.options.max_lifetime.is_some_and(too_old) {
            later.close.push(idle);
            self.count(slot, |counts| counts.evicted += 1);
        } else {
            if self.sweep_at.is_none() {
                self.sweep_at = self.options.next_sweep(idle.since);
            }
            if let Some(entry) = self.entry(slot) {
                // At the end, unless a waiter kept it for a while and left.
                if entry.idle.back().is_none_or(|i| i.since <= idle.since) {
                    entry.idle.push_back(idle);
                } else {
                    let at = entry.idle.partition_point(|i| i.since <= idle.since);
                    entry.idle.insert(at, idle);
                }
                self.count(slot, |counts| counts.idle += 1);
            }
        }
        self.release(slot, later);
    }

    /// Gives free places to those that wait: to the oldest that can use it.
    fn serve(&mut self, later: &mut Later<C, V>) {
        while !self.counts.is_full() {
            let Some((_, slot)) = self.open.pop_first() else {
                return;
            };
            if let Some(entry) = self.entry(slot) {
                entry.open = None;
            }
            self.grant(slot, later);
            self.reindex(slot);
        }
    }

    /// Gives a place to the oldest waiter for a key, if the limits allow it; to be reindexed.
    fn grant(&mut self, slot: Slot, later: &mut Later<C, V>) {
        let full = self.counts.is_full();
        let Some(entry) = self.entry(slot) else {
            return;
        };
        if full || entry.counts.is_full() {
            return;
        }
        let Some((ticket, Waiter { variant, waker, .. })) = entry.waiters.pop() else {
            return;
        };
        self.count(slot, |counts| counts.pending -= 1);
        if let Some(taken) = self.reserve(slot, &variant, later) {
            let at = self.granted.partition_point(|granted| granted.0 < ticket);
            let grant = Grant { variant, taken };
            self.granted.insert(at, (ticket, slot, grant));
        }
        later.wake.push(waker);
    }

    /// Queues a waiter: its slot and its ticket.
    pub(crate) fn wait(
        &mut self,
        key: &K,
        variant: V,
        waker: Waker,
        until: Option<Instant>,
    ) -> (Slot, u64) {
        let ticket = self.tickets;
        self.tickets += 1;
        let slot = self.slot(key);
        if let Some(entry) = self.entry(slot) {
            let waiter = Waiter {
                variant,
                waker,
                until,
            };
            entry.waiters.push(ticket, waiter);
        }
        self.count(slot, |counts| counts.pending += 1);
        self.reindex(slot);
        (slot, ticket)
    }

    /// Asks after a ticket; while it waits, the wakers are exchanged, if there is another.
    pub(crate) fn ask(
        &mut self,
        slot: Slot,
        ticket: u64,
        waker: Option<&mut Waker>,
        until: Option<Instant>,
    ) -> Waiting<C, V> {
        if let Some(grant) = self.take_granted(ticket) {
            return Waiting::Granted(grant);
        }
        let entry = self.entry(slot);
        match entry.and_then(|entry| entry.waiters.get_mut(ticket)) {
            Some(waiter) => {
                if let Some(waker) = waker {
                    std::mem::swap(&mut waiter.waker, waker);
                    waiter.until = until;
                }
                Waiting::Still
            }
            None => Waiting::Closed,
        }
    }

    fn take_granted(&mut self, ticket: u64) -> Option<Grant<C, V>> {
        let of = |granted: &(u64, Slot, Grant<C, V>)| granted.0;
        let at = self.granted.binary_search_by_key(&ticket, of);
        self.granted.remove(at.ok()?).map(|(_, _, grant)| grant)
    }

    /// Wakes whose time is up, or all, of those with certain variants; and tells when that of the
    /// next is.
    pub(crate) fn wake_due(
        &mut self,
        due: Option<Instant>,
        of: impl Fn(&V) -> bool,
        later: &mut Later<C, V>,
    ) -> Option<Instant> {
        let entries = self.entries.iter_mut().flatten();
        let waiters = entries.flat_map(|entry| entry.waiters.iter_mut());
        let mut next = None;
        for waiter in waiters.filter(|waiter| of(&waiter.variant)) {
            let Some(until) = waiter.until else { continue };
            if due.is_some_and(|due| due < until) {
                next = Some(next.map_or(until, |next| until.min(next)));
            } else {
                // It brings another waker, if it still waits when it is polled.
                waiter.until = None;
                let waker = std::mem::replace(&mut waiter.waker, Waker::noop().clone());
                later.wake.push(waker);
            }
        }
        next
    }

    /// Gives up a ticket, and passes on what was granted for it. What is returned is to be
    /// dropped once the lock is open.
    pub(crate) fn cancel(
        &mut self,
        slot: Slot,
        ticket: u64,
        later: &mut Later<C, V>,
    ) -> Option<(V, Option<Waker>)> {
        if let Some(Grant { variant, taken }) = self.take_granted(ticket) {
            match taken {
                Some(idle) => {
                    self.count(slot, |counts| counts.reused -= 1);
                    self.give_back(slot, idle, later);
                }
                None => self.release(slot, later),
            }
            return Some((variant, None));
        }
        let Waiter { variant, waker, .. } = self.entry(slot)?.waiters.remove(ticket)?;
        self.count(slot, |counts| counts.pending -= 1);
        self.reindex(slot);
        self.tidy(slot);
        Some((variant, Some(waker)))
    }

    /// Keeps [`State::open`] right after a change of the leases or waiters of a key.
    fn reindex(&mut self, slot: Slot) {
        let Some(entry) = self.entries.get_mut(slot).and_then(Option::as_mut) else {
            return;
        };
        let first = entry.waiters.first();
        let wanted = first.filter(|_| !entry.counts.is_full());
        if wanted != entry.open {
            if let Some(old) = entry.open {
                self.open.remove(&old);
            }
            if let Some(new) = wanted {
                self.open.insert(new, slot);
            }
            entry.open = wanted;
        }
    }

    /// Closes what rests, and sends those that wait away.
    pub(crate) fn shutdown(&mut self, later: &mut Later<C, V>) {
        self.closed = true;
        self.open.clear();
        for entry in self.entries.iter_mut().flatten() {
            let waiters = entry.waiters.drain();
            waiters.for_each(|waiter| later.wake.push(waiter.waker));
            later.close.extend(entry.idle.drain(..));
            (entry.open, entry.counts.pending, entry.counts.idle) = (None, 0, 0);
        }
        (self.counts.pending, self.counts.idle) = (0, 0);
        for (_, slot, Grant { taken, .. }) in std::mem::take(&mut self.granted) {
            self.count(slot, |counts| counts.leased -= 1);
            if let Some(idle) = taken {
                self.count(slot, |counts| counts.reused -= 1);
                later.close.push(idle);
            }
        }
        for slot in 0..self.entries.len() {
            self.tidy(slot);
        }
    }

    pub(crate) fn statistics(&self) -> PoolStatistics<K> {
        let entries = self.entries.iter().flatten();
        PoolStatistics {
            total: self.counts,
            keys: entries.map(|e| (e.key.clone(), e.counts)).collect(),
        }
    }
}
