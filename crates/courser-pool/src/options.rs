//! What a pool is to keep to.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// The limits of a [`Pool`](crate::Pool). By default there are none.
#[derive(Clone, Debug)]
pub struct PoolOptions<K> {
    /// How many connections there may be at once, in use and resting.
    ///
    /// *Default*: `None`, without limit. With `0` every lease waits for ever.
    pub max_total: Option<usize>,
    /// How many of them for one key.
    ///
    /// *Default*: `None`, without limit.
    pub max_per_key: Option<usize>,
    /// How many for certain keys, in place of [`max_per_key`](Self::max_per_key).
    ///
    /// *Default*: empty.
    pub key_limits: HashMap<K, usize>,
    /// How long a connection may rest unused. It is looked at when the pool is used, so one that
    /// rests in a pool that nobody uses rests longer, unless something calls
    /// [`sweep`](crate::Pool::sweep).
    ///
    /// *Default*: `None`, without limit.
    pub idle_timeout: Option<Duration>,
    /// How long a connection may be used at all, counted from when it was made. One that is in
    /// use is not interrupted.
    ///
    /// *Default*: `None`, without limit.
    pub max_lifetime: Option<Duration>,
}

impl<K> Default for PoolOptions<K> {
    fn default() -> Self {
        PoolOptions {
            max_total: None,
            max_per_key: None,
            key_limits: HashMap::new(),
            idle_timeout: None,
            max_lifetime: None,
        }
    }
}

impl<K: Eq + Hash> PoolOptions<K> {
    pub(crate) fn max_of(&self, key: &K) -> Option<usize> {
        self.key_limits.get(key).copied().or(self.max_per_key)
    }

    /// When it is worth to look through all connections again for such as are too old.
    pub(crate) fn next_sweep(&self, now: Instant) -> Option<Instant> {
        let shortest = self.idle_timeout.into_iter().chain(self.max_lifetime).min();
        now.checked_add(shortest? / 2)
    }
}
