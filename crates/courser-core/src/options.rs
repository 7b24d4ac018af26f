//! What accompanies a message without being part of it.

use std::any::{Any, TypeId, type_name};
use std::sync::Arc;
use std::{fmt, iter};

/// A small map from type to value.
///
/// On a request it holds the groups of options that differ from their default; each group is a
/// type of the crate that reads it. On a response it holds what stages have to tell. Custom
/// middleware keeps its own types here in the same way.
///
/// ```
/// use courser_core::Options;
///
/// #[derive(Debug, PartialEq)]
/// struct Trace(u64);
///
/// let mut options = Options::new();
/// options.set(Trace(7));
/// assert_eq!(options.get::<Trace>(), Some(&Trace(7)));
/// ```
///
/// Clones share the entries until one of them is changed.
#[derive(Clone, Default)]
pub struct Options {
    /// Rarely more than five: looking along them beats hashing.
    last: Option<Arc<Entry>>,
}

/// A value and, as a list that others may share, those that were set before it: of each type one.
struct Entry {
    id: TypeId,
    name: &'static str,
    value: Arc<dyn Any + Send + Sync>,
    before: Option<Arc<Entry>>,
}

impl Options {
    /// Nothing.
    #[must_use]
    pub const fn new() -> Self {
        Options { last: None }
    }

    /// The last first.
    fn entries(&self) -> impl Iterator<Item = &Entry> {
        iter::successors(self.last.as_deref(), |entry| entry.before.as_deref())
    }

    fn find(&self, id: TypeId) -> Option<&Entry> {
        self.entries().find(|entry| entry.id == id)
    }

    /// The value of that type.
    #[must_use]
    pub fn get<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.find(TypeId::of::<T>())?.value.downcast_ref()
    }

    /// Whether there is a value of the type with that id.
    pub(crate) fn has(&self, id: TypeId) -> bool {
        self.find(id).is_some()
    }

    /// One value.
    #[must_use]
    pub fn of<T: Any + Send + Sync>(value: T) -> Self {
        let mut options = Options::new();
        options.set(value);
        options
    }

    /// Sets the value of that type, in place of one that is there.
    pub fn set<T: Any + Send + Sync>(&mut self, value: T) {
        self.set_arc(Arc::new(value));
    }

    /// Like [`set`](Options::set), for a value that is shared already.
    pub fn set_arc<T: Any + Send + Sync>(&mut self, value: Arc<T>) {
        self.put(TypeId::of::<T>(), type_name::<T>(), value);
    }

    fn put(&mut self, id: TypeId, name: &'static str, value: Arc<dyn Any + Send + Sync>) {
        if self.has(id) {
            self.take(id);
        }
        let before = self.last.take();
        self.last = Some(Arc::new(Entry {
            id,
            name,
            value,
            before,
        }));
    }

    /// The value of that type, shared.
    #[must_use]
    pub fn get_arc<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        let entry = self.find(TypeId::of::<T>())?;
        entry.value.clone().downcast().ok()
    }

    /// Removes the value of that type and hands it over, if nobody else holds it a clone.
    pub fn remove<T: Any + Send + Sync>(&mut self) -> Option<Arc<T>> {
        self.take(TypeId::of::<T>())?.downcast().ok()
    }

    /// Takes a value out: those set after it are set anew, and those before it stay.
    fn take(&mut self, id: TypeId) -> Option<Arc<dyn Any + Send + Sync>> {
        let found = self.find(id)?;
        let value = found.value.clone();
        let mut rest = Options {
            last: found.before.clone(),
        };
        let later: Vec<&Entry> = self.entries().take_while(|entry| entry.id != id).collect();
        for entry in later.into_iter().rev() {
            rest.put(entry.id, entry.name, entry.value.clone());
        }
        *self = rest;
        Some(value)
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.last.is_none()
    }

    /// Takes over all values of `other`, in place of those of the same type.
    pub fn merge(&mut self, other: &Options) {
        if self.is_empty() {
            self.clone_from(other);
            return;
        }
        for entry in other.entries() {
            self.put(entry.id, entry.name, entry.value.clone());
        }
    }
}

/// Prints the types; the values may be secrets.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.entries().map(|entry| entry.name))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_type() {
        let mut a = Options::new();
        a.set(1u8);
        a.set("x");
        let mut b = a.clone();
        b.set(2u8);
        assert_eq!((a.get::<u8>(), b.get::<u8>()), (Some(&1), Some(&2)));
        a.merge(&b);
        assert_eq!(a.get::<u8>(), Some(&2));
        assert_eq!(a.get_arc::<u8>().as_deref(), Some(&2));
        assert_eq!(a.remove::<&str>().as_deref(), Some(&"x"));
        assert_eq!(a.get::<&str>(), None);
        assert!(format!("{b:?}").contains("u8"));
    }

    #[test]
    fn each_is_there_once_and_any_can_go() {
        fn with_all() -> Options {
            let mut options = Options::new();
            for i in 0..3u8 {
                options.set(i);
                options.set(u16::from(i));
                options.set(u32::from(i));
            }
            options
        }
        fn check<T: Any + Send + Sync>(rest: [bool; 3]) {
            let mut options = with_all();
            let clone = options.clone();
            assert!(options.remove::<T>().is_some());
            assert!(options.remove::<T>().is_none());
            for (options, rest) in [(&options, rest), (&clone, [true; 3])] {
                assert_eq!(
                    options.entries().count(),
                    rest.iter().filter(|is| **is).count()
                );
                assert_eq!(options.get(), rest[0].then_some(&2u8));
                assert_eq!(options.get(), rest[1].then_some(&2u16));
                assert_eq!(options.get(), rest[2].then_some(&2u32));
            }
        }
        check::<u8>([false, true, true]);
        check::<u16>([true, false, true]);
        check::<u32>([true, true, false]);
        let mut options = with_all();
        assert!(
            options
                .remove::<u8>()
                .is_some_and(|only| Arc::strong_count(&only) == 1)
        );
        assert!(options.remove::<u16>().is_some() && options.remove::<u32>().is_some());
        assert!(options.is_empty());
    }
}
