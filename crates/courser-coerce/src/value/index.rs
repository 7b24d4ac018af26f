//! Where the keys of a larger map or set are.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Up to this many entries, looking at each is as fast as hashing.
pub(crate) const SMALL: usize = 16;

/// From the hash of a key to the position of the first entry with that hash.
///
/// Two keys of one map with equal 64-bit hashes are a matter of chance, as the hashes are keyed by
/// a secret of the process; then the second is found by looking at each entry.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index(HashMap<u64, u32, BuildHasherDefault<AsIs>>);

/// The keys are hashes already.
#[derive(Debug, Default)]
pub(crate) struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

impl Index {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self(HashMap::with_capacity_and_hasher(
            capacity,
            BuildHasherDefault::default(),
        ))
    }

    /// The position of the first key with that hash.
    pub(crate) fn first(&self, hash: u64) -> Option<usize> {
        self.0.get(&hash).map(|at| *at as usize)
    }

    /// Remembers a new key; the earlier one stays if there is one with the same hash.
    pub(crate) fn add(&mut self, hash: u64, at: usize) {
        if let Ok(at) = u32::try_from(at) {
            self.0.entry(hash).or_insert(at);
        }
    }
}
