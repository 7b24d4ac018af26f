//! The pool against a naive model, by random actions.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use crate::test::Task;
use crate::{Checkout, Closed, Place, Pool, PoolOptions};

/// The limit of idle time. All times are in milliseconds, and each action takes one, so that no
/// two connections are of the same age.
const IDLE: u64 = 100;

#[derive(Clone, Debug)]
enum Action {
    /// A key, a variant.
    Lease(u8, u8),
    /// The one that holds a place, of those that do; and its connection with it, or not.
    End(usize, bool),
    /// A waiter leaves, granted or not.
    Cancel(usize),
    /// A waiter is polled, woken or not.
    Poll(usize),
    Advance(u64),
    /// A connection dies, at rest or in use.
    Kill(usize),
    Shutdown,
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        8 => (0..4u8, 0..2u8).prop_map(|(k, v)| Action::Lease(k, v)),
        6 => (any::<usize>(), prop::bool::weighted(0.8)).prop_map(|(i, b)| Action::End(i, b)),
        2 => any::<usize>().prop_map(Action::Cancel),
        3 => any::<usize>().prop_map(Action::Poll),
        1 => (1..80u64).prop_map(Action::Advance),
        1 => any::<usize>().prop_map(Action::Kill),
    ]
}

/// Connections are numbers.
type Conn = u64;
type Got = Result<Checkout<u8, Conn, u8>, Closed>;

/// What the model keeps of a connection at rest.
#[derive(Clone, Debug)]
struct Idle {
    key: u8,
    variant: u8,
    conn: Conn,
    born: u64,
    since: u64,
}

struct Waiting {
    key: u8,
    variant: u8,
    task: Task<'static, Got>,
    /// By the model; and with what.
    #[allow(clippy::option_option)] // granted or not; with a connection or not
    granted: Option<Option<Idle>>,
}

struct Held {
    key: u8,
    variant: u8,
    conn: Conn,
    born: u64,
    place: Place<u8, Conn, u8>,
}

/// The model, and the pool that has to do the same. Everything is a list in order of age.
struct World {
    options: PoolOptions<u8>,
    pool: Pool<u8, Conn, u8>,
    start: Instant,
    now: u64,
    held: Vec<Held>,
    waiting: Vec<Waiting>,
    idle: Vec<Idle>,
    dead: std::rc::Rc<std::cell::RefCell<Vec<Conn>>>,
    made: Conn,
    reused: u64,
    evicted: u64,
    closed: bool,
}

impl World {
    fn new(total: Option<usize>, per_key: Option<usize>, lifetime: Option<u64>) -> Self {
        let options = PoolOptions {
            max_total: total,
            max_per_key: per_key,
            key_limits: [(3, 1)].into(),
            idle_timeout: Some(Duration::from_millis(IDLE)),
            max_lifetime: lifetime.map(Duration::from_secs),
        };
        World {
            pool: Pool::new(options.clone()),
            options,
            start: Instant::now(),
            now: 0,
            held: Vec::new(),
            waiting: Vec::new(),
            idle: Vec::new(),
            dead: std::rc::Rc::default(),
            made: 0,
            reused: 0,
            evicted: 0,
            closed: false,
        }
    }

    fn at(&self, time: u64) -> Instant {
        self.start + Duration::from_millis(time)
    }

    fn leased(&self, key: Option<u8>) -> usize {
        let granted = self.waiting.iter().filter(|w| w.granted.is_some());
        let keys = self
            .held
            .iter()
            .map(|h| h.key)
            .chain(granted.map(|w| w.key));
        keys.filter(|k| key.is_none_or(|key| key == *k)).count()
    }

    fn idle_of(&self, key: Option<u8>) -> usize {
        let of = |idle: &&Idle| key.is_none_or(|key| key == idle.key);
        self.idle.iter().filter(of).count()
    }

    fn pending(&self) -> usize {
        self.waiting.iter().filter(|w| w.granted.is_none()).count()
    }

    fn max_of(&self, key: u8) -> usize {
        self.options.max_of(&key).unwrap_or(usize::MAX)
    }

    fn max(&self) -> usize {
        self.options.max_total.unwrap_or(usize::MAX)
    }

    fn has_room(&self, key: u8) -> bool {
        self.leased(None) < self.max() && self.leased(Some(key)) < self.max_of(key)
    }

    fn evict_where(&mut self, old: impl Fn(&Idle) -> bool) {
        let before = self.idle.len();
        self.idle.retain(|idle| !old(idle));
        self.evicted += (before - self.idle.len()) as u64;
    }

    fn evict_oldest(&mut self, of: impl Fn(&Idle) -> bool) {
        let candidates = self.idle.iter().enumerate().filter(|(_, idle)| of(idle));
        if let Some((at, _)) = candidates.min_by_key(|(_, idle)| idle.since) {
            self.idle.remove(at);
            self.evicted += 1;
        }
    }

    /// The model takes the newest that fits, or makes room. The place is not counted yet.
    fn reserve(&mut self, key: u8, variant: u8) -> Option<Idle> {
        let fits = |idle: &Idle| (idle.key, idle.variant) == (key, variant);
        if let Some(at) = self.idle.iter().rposition(fits) {
            self.reused += 1;
            return Some(self.idle.remove(at));
        }
        if self.leased(Some(key)) + self.idle_of(Some(key)) >= self.max_of(key) {
            self.evict_oldest(|idle| idle.key == key);
        }
        if self.leased(None) + self.idle_of(None) >= self.max() {
            self.evict_oldest(|_| true);
        }
        None
    }

    /// The oldest waiter that can use a place has it.
    fn serve(&mut self) {
        while let Some(at) = (0..self.waiting.len()).find(|&i| {
            let waiter = &self.waiting[i];
            waiter.granted.is_none() && self.has_room(waiter.key)
        }) {
            let (key, variant) = (self.waiting[at].key, self.waiting[at].variant);
            let idle = self.reserve(key, variant);
            self.waiting[at].granted = Some(idle);
        }
    }

    fn rest(&mut self, idle: Idle) {
        let lived = Duration::from_millis(idle.since - idle.born);
        if self.closed {
        } else if self.options.max_lifetime.is_some_and(|max| lived >= max) {
            self.evicted += 1;
        } else {
            self.idle.push(idle);
            self.idle.sort_by_key(|idle| idle.since);
        }
    }

    /// What the pool handed out is what the model says, dead ones passed over.
    fn take(&mut self, got: Got, key: u8, variant: u8, mut expected: Option<Idle>) {
        while let Some(idle) = &expected
            && self.dead.borrow().contains(&idle.conn)
        {
            (self.reused, self.evicted) = (self.reused - 1, self.evicted + 1);
            let fits = |idle: &Idle| (idle.key, idle.variant) == (key, variant);
            expected = self
                .idle
                .iter()
                .rposition(fits)
                .map(|at| self.idle.remove(at));
            self.reused += u64::from(expected.is_some());
        }
        let (conn, born, place) = match (got.unwrap(), expected) {
            (Checkout::Reused(conn, place), Some(idle)) => {
                assert_eq!(conn, idle.conn);
                (conn, idle.born, place)
            }
            (Checkout::Room(room), None) => {
                self.made += 1;
                (self.made, self.now, room.fill(self.at(self.now)))
            }
            (got, expected) => panic!("{got:?} instead of {expected:?}"),
        };
        self.held.push(Held {
            key,
            variant,
            conn,
            born,
            place,
        });
    }

    fn poll(&mut self, at: usize) {
        let waiter = &mut self.waiting[at];
        match (waiter.task.poll(), self.closed) {
            (None, false) => assert!(waiter.granted.is_none(), "granted but not told"),
            (Some(Err(Closed)), true) => _ = self.waiting.remove(at),
            (Some(got), false) => {
                let waiter = self.waiting.remove(at);
                let expected = waiter.granted.expect("told but not granted");
                self.take(got, waiter.key, waiter.variant, expected);
            }
            (got, _) => panic!("{got:?} after a shutdown"),
        }
    }

    /// The pool sweeps as late as it likes; here it does at once, so that it can be compared.
    fn advance(&mut self, by: u64) {
        self.now += by;
        let now = self.now;
        let lifetime = self.options.max_lifetime;
        let lifetime = lifetime.map_or(u64::MAX, |max| max.as_millis() as u64);
        self.evict_where(|idle| now - idle.since >= IDLE || now - idle.born >= lifetime);
        self.pool.sweep(self.at(now));
    }

    fn act(&mut self, action: &Action) {
        self.advance(1);
        match *action {
            Action::Lease(key, variant) => {
                let dead = self.dead.clone();
                let alive = move |conn: &Conn, _| !dead.borrow().contains(conn);
                let lease = self.pool.lease(key, variant, self.at(self.now), alive);
                let mut task = Task::new(lease);
                match task.poll() {
                    _ if self.closed => {}
                    Some(got) => {
                        assert!(self.has_room(key), "a place that is not there");
                        let expected = self.reserve(key, variant);
                        self.take(got, key, variant, expected);
                    }
                    None => {
                        assert!(!self.has_room(key), "waits without need");
                        self.waiting.push(Waiting {
                            key,
                            variant,
                            task,
                            granted: None,
                        });
                    }
                }
            }
            Action::End(i, keep) if !self.held.is_empty() => {
                let held = self.held.remove(i % self.held.len());
                if keep {
                    held.place.give_back(held.conn, self.at(self.now));
                    self.rest(Idle {
                        key: held.key,
                        variant: held.variant,
                        conn: held.conn,
                        born: held.born,
                        since: self.now,
                    });
                } else {
                    drop(held.place);
                }
                self.serve();
            }
            Action::Cancel(i) if !self.waiting.is_empty() => {
                let waiter = self.waiting.remove(i % self.waiting.len());
                drop(waiter.task);
                if let Some(Some(idle)) = waiter.granted {
                    self.reused -= 1;
                    self.rest(idle);
                }
                self.serve();
            }
            Action::Poll(i) if !self.waiting.is_empty() => self.poll(i % self.waiting.len()),
            Action::Advance(by) => self.advance(by),
            Action::Kill(i) if self.made > 0 => {
                self.dead.borrow_mut().push(i as u64 % self.made + 1);
            }
            Action::Shutdown => {
                self.pool.shutdown();
                self.closed = true;
                self.idle.clear();
                for waiter in &mut self.waiting {
                    assert!(waiter.task.is_woken(), "not told of the shutdown");
                    if let Some(Some(_)) = waiter.granted.take() {
                        self.reused -= 1;
                    }
                }
            }
            _ => {}
        }
    }

    fn check(&self) {
        let stats = self.pool.statistics();
        let total = stats.total;
        let pending = if self.closed { 0 } else { self.pending() };
        assert_eq!(
            (total.leased, total.idle, total.pending),
            (self.leased(None), self.idle.len(), pending)
        );
        assert_eq!(
            (total.created, total.reused, total.evicted),
            (self.made, self.reused, self.evicted)
        );
        assert!(total.leased + total.idle <= self.max());
        for (key, counts) in &stats.keys {
            let (leased, idle) = (self.leased(Some(*key)), self.idle_of(Some(*key)));
            assert_eq!((counts.leased, counts.idle), (leased, idle), "key {key}");
            assert!(leased + idle <= self.max_of(*key));
            assert_ne!((leased, idle, counts.pending), (0, 0, 0), "not tidied");
        }
        for waiter in &self.waiting {
            let told = self.closed || waiter.granted.is_some();
            assert_eq!(waiter.task.is_woken(), told, "woken if and only if granted");
        }
    }

    /// All come to their place in the end, and nothing is left.
    fn wind_up(&mut self) {
        let steps = 2 * (self.waiting.len() + self.held.len()) + 1;
        for _ in 0..steps {
            for at in (0..self.waiting.len()).rev() {
                if self.waiting[at].task.is_woken() {
                    self.poll(at);
                }
            }
            self.act(&Action::End(0, true));
            self.check();
        }
        assert!(self.waiting.is_empty() && self.held.is_empty());
        self.act(&Action::Advance(IDLE));
        assert!(self.pool.statistics().keys.is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn does_as_the_model(
        total in prop::option::weighted(0.8, 1..6usize),
        per_key in prop::option::weighted(0.8, 1..4usize),
        lifetime in prop::option::of(50..300u64),
        actions in prop::collection::vec(action(), 1..120),
        shutdown in prop::bool::weighted(0.2),
    ) {
        let mut world = World::new(total, per_key, lifetime);
        for action in &actions {
            world.act(action);
            world.check();
        }
        if shutdown {
            for action in [Action::Shutdown, Action::Lease(0, 0), Action::Lease(9, 0)] {
                world.act(&action);
                world.check();
            }
        }
        world.wind_up();
    }
}
