//! Sets: ordered, with distinct elements.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Value;
#[cfg(any(test, feature = "edn"))]
use super::distinct::index_of;
use super::equal::{key_equal, sets_equal};
use super::hash::hash_code;
use super::index::{Index, SMALL};
#[cfg(any(test, feature = "edn"))]
use super::map::Duplicate;
use super::walk::dismantle;

/// A set that keeps the order in which its elements came.
///
/// Elements are distinct as the keys of a [`Map`](super::Map) are.
///
/// ```
/// use courser_coerce::{Value, value::Set};
///
/// let set: Set = [1, 2, 1].into_iter().collect();
/// assert!(set.contains(&Value::Int(2)));
/// assert_eq!(Value::Set(set).to_string(), "#{1 2}");
/// ```
#[derive(Default)]
pub struct Set(Option<Box<Inner>>);

struct Inner {
    items: Vec<Value>,
    index: Option<Box<Index>>,
    hash: AtomicU64,
}

impl Set {
    /// An empty set.
    pub const fn new() -> Self {
        Self(None)
    }

    /// A set of these, or the first that came before.
    #[cfg(any(test, feature = "edn"))]
    pub(crate) fn from_distinct(mut items: Vec<Value>) -> Result<Self, Duplicate> {
        if items.is_empty() {
            return Ok(Self(None));
        }
        let index = match index_of(&items, |item| item) {
            Ok(index) => index,
            Err(at) => return Err(Duplicate(items.swap_remove(at))),
        };
        Ok(Self(Some(Box::new(Inner {
            items,
            index,
            hash: AtomicU64::new(0),
        }))))
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.as_slice().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }

    /// The elements in their order.
    pub fn as_slice(&self) -> &[Value] {
        self.0.as_ref().map_or(&[], |inner| &inner.items)
    }

    /// The elements in their order.
    pub fn iter(&self) -> std::slice::Iter<'_, Value> {
        self.as_slice().iter()
    }

    /// Whether the value is an element.
    pub fn contains(&self, value: &Value) -> bool {
        let Some(inner) = &self.0 else { return false };
        if let Some(index) = &inner.index {
            let Some(first) = index.first(hash_code(value)) else {
                return false;
            };
            if inner
                .items
                .get(first)
                .is_some_and(|item| key_equal(item, value))
            {
                return true;
            }
        }
        inner.items.iter().any(|item| key_equal(item, value))
    }

    /// Adds an element; false if it was there.
    pub fn insert(&mut self, value: impl Into<Value>) -> bool {
        let value = value.into();
        if self.contains(&value) {
            return false;
        }
        let inner = self.0.get_or_insert_with(|| {
            Box::new(Inner {
                items: Vec::new(),
                index: None,
                hash: AtomicU64::new(0),
            })
        });
        *inner.hash.get_mut() = 0;
        if let Some(index) = &mut inner.index {
            index.add(hash_code(&value), inner.items.len());
        }
        inner.items.push(value);
        if inner.index.is_none() && inner.items.len() > SMALL {
            inner.reindex();
        }
        true
    }

    /// Takes an element out; false if it was not there.
    pub fn remove(&mut self, value: &Value) -> bool {
        let Some(inner) = &mut self.0 else {
            return false;
        };
        let Some(at) = inner.items.iter().position(|item| key_equal(item, value)) else {
            return false;
        };
        *inner.hash.get_mut() = 0;
        inner.items.remove(at);
        inner.reindex();
        true
    }

    /// The elements as a plain `Vec`.
    pub fn into_vec(mut self) -> Vec<Value> {
        self.take_items()
    }

    pub(crate) fn take_items(&mut self) -> Vec<Value> {
        self.0
            .take()
            .map_or_else(Vec::new, |mut inner| std::mem::take(&mut inner.items))
    }

    /// A set of the same elements, copied.
    pub(crate) fn with_items(&self, items: Vec<Value>) -> Self {
        Self(self.0.as_ref().map(|inner| {
            let hash = AtomicU64::new(inner.hash.load(Ordering::Relaxed));
            Box::new(Inner {
                items,
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
        if self.items.len() > SMALL {
            let mut index = Index::with_capacity(self.items.len());
            for (at, item) in self.items.iter().enumerate() {
                index.add(hash_code(item), at);
            }
            self.index = Some(Box::new(index));
        }
    }
}

impl Drop for Set {
    fn drop(&mut self) {
        if self.iter().any(Value::is_nested) {
            dismantle(self.take_items());
        }
    }
}

impl Clone for Set {
    fn clone(&self) -> Self {
        self.with_items(self.as_slice().to_vec())
    }
}

/// Regardless of order.
impl PartialEq for Set {
    fn eq(&self, other: &Self) -> bool {
        sets_equal(self, other)
    }
}

impl Eq for Set {}

impl fmt::Debug for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl<T: Into<Value>> FromIterator<T> for Set {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut set = Self::new();
        set.extend(items);
        set
    }
}

impl<T: Into<Value>> Extend<T> for Set {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        for item in items {
            self.insert(item);
        }
    }
}

impl IntoIterator for Set {
    type Item = Value;
    type IntoIter = std::vec::IntoIter<Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.into_vec().into_iter()
    }
}

impl<'a> IntoIterator for &'a Set {
    type Item = &'a Value;
    type IntoIter = std::slice::Iter<'a, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_large_sets_hold_what_was_put_in() {
        for size in [1, 16, 17, 100] {
            let mut set: Set = (0..size).collect();
            assert_eq!(set.len(), usize::try_from(size).unwrap());
            assert!((0..size).all(|n| set.contains(&Value::Int(n))));
            assert!(!set.contains(&Value::Int(size)));
            assert!(!set.insert(0));
            assert!(set.remove(&Value::Int(0)) && !set.remove(&Value::Int(0)));
            assert!((1..size).all(|n| set.contains(&Value::Int(n))));
        }
    }

    #[test]
    fn duplicates_are_found() {
        for size in [2, 16, 17, 1000] {
            let mut items: Vec<Value> = (0..size).map(Value::Int).collect();
            items.push(Value::Int(1));
            assert_eq!(
                Set::from_distinct(items).unwrap_err(),
                Duplicate(Value::Int(1))
            );
        }
    }
}
