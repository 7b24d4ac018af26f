//! Counting.

/// How a [`Pool`](crate::Pool) is used at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStatistics<K> {
    /// In all.
    pub total: Counts,
    /// For each key that has a connection or a waiter, in no order. Its `created`, `reused` and
    /// `evicted` count from when it last had none.
    pub keys: Vec<(K, Counts)>,
}

/// The counts of a pool, or of a key in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Places in use, by connections and by such as are being made.
    pub leased: usize,
    /// Connections that rest.
    pub idle: usize,
    /// Waiters for a place.
    pub pending: usize,
    /// How many places there are; `None` without limit.
    pub max: Option<usize>,
    /// Connections made so far.
    pub created: u64,
    /// Times that a connection was used again.
    pub reused: u64,
    /// Resting connections that the pool closed, because they were too old or dead or because
    /// their place was needed; not those of a shutdown.
    pub evicted: u64,
}

impl Counts {
    /// Whether no further place may be taken.
    pub(crate) fn is_full(&self) -> bool {
        self.max.is_some_and(|max| self.leased >= max)
    }

    /// Whether there are more connections than there should be.
    pub(crate) fn is_above(&self) -> bool {
        self.max.is_some_and(|max| self.leased + self.idle > max)
    }
}
