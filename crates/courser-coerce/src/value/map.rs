//! Maps: ordered pairs with distinct keys.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(any(
    test,
    feature = "edn",
    feature = "json",
    feature = "msgpack",
    feature = "transit"
))]
use super::distinct::index_of;
use super::equal::key_equal;
use super::hash::hash_code;
use super::index::{Index, SMALL};
use super::walk::dismantle;
use super::{Lookup, Value};

/// A map that keeps the order in which its keys came.
///
/// Keys are distinct as in Clojure (`1` and `1N` are one key, `[1]` and `(1)` are one key), and so
/// is `##NaN`. Looking up takes constant time; larger maps have an index.
///
/// ```
/// use courser_coerce::{Value, value::Map};
///
/// let mut map = Map::new();
/// map.insert("b", 1);
/// map.insert("a", 2);
/// assert_eq!(map.insert("b", 3), Some(Value::Int(1)));
/// assert_eq!(Value::Map(map).to_string(), r#"{"b" 3, "a" 2}"#);
/// ```
#[derive(Default)]
pub struct Map(Option<Box<Inner>>);

struct Inner {
    entries: Vec<(Value, Value)>,
    /// Only above [`SMALL`] entries.
    index: Option<Box<Index>>,
    /// The map's hash once it was asked for; zero before, and after each change. With it, hashing
    /// a nest of maps and sets looks at each once instead of once per level.
    hash: AtomicU64,
}

/// The key that stood twice in what was to become a map, or the element of a set.
#[cfg(any(test, feature = "edn"))]
#[derive(Debug, PartialEq)]
pub(crate) struct Duplicate(pub(crate) Value);

impl Map {
    /// An empty map.
    pub const fn new() -> Self {
        Self(None)
    }

    /// A map of these entries, or the first key that came before.
    #[cfg(any(test, feature = "edn"))]
    pub(crate) fn from_distinct(mut entries: Vec<(Value, Value)>) -> Result<Self, Duplicate> {
        match index_of(&entries, |(key, _)| key) {
            Ok(index) => Ok(Self::indexed(entries, index)),
            Err(at) => Err(Duplicate(entries.swap_remove(at).0)),
        }
    }

    /// A map of these entries; the last of several equal keys wins, in the place of the first.
    #[cfg(any(feature = "json", feature = "msgpack", feature = "transit"))]
    pub(crate) fn from_entries(entries: Vec<(Value, Value)>) -> Self {
        match index_of(&entries, |(key, _)| key) {
            Ok(index) => Self::indexed(entries, index),
            Err(_) => entries.into_iter().collect(),
        }
    }

    #[cfg(any(
        test,
        feature = "edn",
        feature = "json",
        feature = "msgpack",
        feature = "transit"
    ))]
    fn indexed(entries: Vec<(Value, Value)>, index: Option<Box<Index>>) -> Self {
        if entries.is_empty() {
            return Self(None);
        }
        Self(Some(Box::new(Inner {
            entries,
            index,
            hash: AtomicU64::new(0),
        })))
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.as_slice().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }

    /// The entries in their order.
    pub fn as_slice(&self) -> &[(Value, Value)] {
        self.0.as_ref().map_or(&[], |inner| &inner.entries)
    }

    /// The entries in their order.
    pub fn iter(&self) -> std::slice::Iter<'_, (Value, Value)> {
        self.as_slice().iter()
    }

    /// The keys in their order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &Value> {
        self.iter().map(|(key, _)| key)
    }

    /// The values in their order.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &Value> {
        self.iter().map(|(_, value)| value)
    }

    /// The entries in their order, the values to be changed.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (&Value, &mut Value)> {
        let entries: &mut [(Value, Value)] = match &mut self.0 {
            Some(inner) => {
                *inner.hash.get_mut() = 0;
                &mut inner.entries
            }
            None => &mut [],
        };
        entries.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// The value of a key: see [`Value::get`] for what a key may be.
    pub fn get(&self, key: impl Lookup) -> Option<&Value> {
        key.find(self)
            .and_then(|at| self.as_slice().get(at))
            .map(|(_, value)| value)
    }

    /// The value of a key, to be changed.
    pub fn get_mut(&mut self, key: impl Lookup) -> Option<&mut Value> {
        let at = key.find(self)?;
        let inner = self.0.as_mut()?;
        *inner.hash.get_mut() = 0;
        inner.entries.get_mut(at).map(|(_, value)| value)
    }

    /// Whether the map has the key.
    pub fn contains_key(&self, key: impl Lookup) -> bool {
        key.find(self).is_some()
    }

    /// Where the entry with exactly this key is.
    pub(crate) fn position(&self, key: &Value) -> Option<usize> {
        self.position_where(|| hash_code(key), |candidate| key_equal(candidate, key))
    }

    pub(crate) fn position_where(
        &self,
        hash: impl FnOnce() -> u64,
        is: impl Fn(&Value) -> bool,
    ) -> Option<usize> {
        let inner = self.0.as_ref()?;
        if let Some(index) = &inner.index {
            let first = index.first(hash())?;
            if inner.entries.get(first).is_some_and(|(key, _)| is(key)) {
                return Some(first);
            }
        }
        inner.entries.iter().position(|(key, _)| is(key))
    }

    /// Sets the value of a key and returns the one it had. A new key goes to the end; one that was
    /// there keeps its place.
    pub fn insert(&mut self, key: impl Into<Value>, value: impl Into<Value>) -> Option<Value> {
        let key = key.into();
        let at = self.position(&key);
        let inner = self.0.get_or_insert_with(|| {
            Box::new(Inner {
                entries: Vec::new(),
                index: None,
                hash: AtomicU64::new(0),
            })
        });
        *inner.hash.get_mut() = 0;
        if let Some((_, old)) = at.and_then(|at| inner.entries.get_mut(at)) {
            return Some(std::mem::replace(old, value.into()));
        }
        if let Some(index) = &mut inner.index {
            index.add(hash_code(&key), inner.entries.len());
        }
        inner.entries.push((key, value.into()));
        if inner.index.is_none() && inner.entries.len() > SMALL {
            inner.reindex();
        }
        None
    }

    /// Takes an entry out and returns its value; the others keep their order, so this takes time
    /// in proportion to the size of the map.
    pub fn remove(&mut self, key: impl Lookup) -> Option<Value> {
        let at = key.find(self)?;
        let inner = self.0.as_mut()?;
        *inner.hash.get_mut() = 0;
        let (_, value) = inner.entries.remove(at);
        inner.reindex();
        Some(value)
    }

    /// The entries as a plain `Vec`.
    pub fn into_vec(mut self) -> Vec<(Value, Value)> {
        self.take_entries()
    }

    pub(crate) fn take_entries(&mut self) -> Vec<(Value, Value)> {
        self.0
            .take()
            .map_or_else(Vec::new, |mut inner| std::mem::take(&mut inner.entries))
    }

    /// A map with the same keys, copied.
    pub(crate) fn with_entries(&self, entries: Vec<(Value, Value)>) -> Self {
        Self(self.0.as_ref().map(|inner| {
            let hash = AtomicU64::new(inner.hash.load(Ordering::Relaxed));
            Box::new(Inner {
                entries,
                index: inner.index.clone(),
                hash,
            })
        }))
    }

    pub(crate) fn cached_hash(&self) -> Option<u64> {
        let inner = self.0.as_ref()?;
        Some(inner.hash.load(Ordering::Relaxed)).filter(|hash| *hash != 0)
    }

    pub(crate) fn cache_hash(&self, hash: u64) {
        if let Some(inner) = &self.0 {
            inner.hash.store(hash, Ordering::Relaxed);
        }
    }
}

impl Inner {
    fn reindex(&mut self) {
        self.index = None;
        if self.entries.len() > SMALL {
            let mut index = Index::with_capacity(self.entries.len());
            for (at, (key, _)) in self.entries.iter().enumerate() {
                index.add(hash_code(key), at);
            }
            self.index = Some(Box::new(index));
        }
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        if self
            .iter()
            .any(|(key, value)| key.is_nested() || value.is_nested())
        {
            let entries = self.take_entries().into_iter();
            dismantle(entries.flat_map(|(key, value)| [key, value]).collect());
        }
    }
}

impl Clone for Map {
    fn clone(&self) -> Self {
        let mut entries = Vec::with_capacity(self.len());
        entries.extend(self.iter().cloned());
        self.with_entries(entries)
    }
}

/// Regardless of order.
impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        super::equal::maps_equal(self, other)
    }
}

impl Eq for Map {}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.iter().map(|(key, value)| (key, value)))
            .finish()
    }
}

/// The last of several equal keys wins, in the place of the first.
impl<K: Into<Value>, V: Into<Value>> FromIterator<(K, V)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

impl<K: Into<Value>, V: Into<Value>> Extend<(K, V)> for Map {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl IntoIterator for Map {
    type Item = (Value, Value);
    type IntoIter = std::vec::IntoIter<(Value, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.into_vec().into_iter()
    }
}

impl<'a> IntoIterator for &'a Map {
    type Item = &'a (Value, Value);
    type IntoIter = std::slice::Iter<'a, (Value, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn insert_remove_and_look_up_follow_a_simple_model() {
        let mut map = Map::new();
        let mut model: Vec<(i64, i64)> = Vec::new();
        let mut seed = 1_u64;
        for _ in 0..4000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let (key, value) = ((seed >> 33).cast_signed() % 60, (seed >> 40).cast_signed());
            let at = model.iter().position(|(k, _)| *k == key);
            if seed >> 62 == 0 {
                let expected = at.map(|at| model.remove(at).1);
                assert_eq!(map.remove(&Value::Int(key)), expected.map(Value::Int));
            } else {
                let expected = at.map(|at| std::mem::replace(&mut model[at].1, value));
                if expected.is_none() {
                    model.push((key, value));
                }
                assert_eq!(map.insert(key, value), expected.map(Value::Int));
            }
            assert_eq!(
                map.get(&Value::Int(key)).is_some(),
                model.iter().any(|(k, _)| *k == key)
            );
        }
        let expected: Map = model.iter().copied().collect();
        assert_eq!(map.as_slice(), expected.as_slice());
    }

    #[test]
    fn duplicates_are_found_in_small_and_large() {
        for size in [2, 16, 17, 1000] {
            let mut entries: Vec<(Value, Value)> =
                (0..size).map(|n| (Value::Int(n), Value::Nil)).collect();
            assert!(Map::from_distinct(entries.clone()).is_ok());
            let last = entries.len() - 1;
            let big = Value::BigInt(Box::new(0.into()));
            entries[last].0 = big.clone();
            assert_eq!(Map::from_distinct(entries).unwrap_err(), Duplicate(big));
        }
    }

    #[test]
    fn the_hash_forgets_changes() {
        let mut map: Map = [("a", 1)].into_iter().collect();
        let before = hash_code(&Value::Map(map.clone()));
        let _ = hash_code(&Value::Map(map.clone()));
        *map.get_mut("a").unwrap() = Value::Int(2);
        assert_ne!(hash_code(&Value::Map(map)), before);
    }
}
