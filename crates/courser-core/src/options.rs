//! What accompanies a message without being part of it.

use std::any::{Any, TypeId, type_name};
use std::fmt;
use std::sync::Arc;

type Entry = (TypeId, &'static str, Arc<dyn Any + Send + Sync>);

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
    /// Rarely more than five: scanning beats hashing. `None` for nothing.
    entries: Option<Arc<Vec<Entry>>>,
}

impl Options {
    /// Nothing.
    #[must_use]
    pub const fn new() -> Self {
        Options { entries: None }
    }

    fn entries(&self) -> &[Entry] {
        self.entries.as_deref().map_or(&[], Vec::as_slice)
    }

    /// The entries, to be changed: apart from those of clones.
    fn edit(&mut self) -> &mut Vec<Entry> {
        Arc::make_mut(self.entries.get_or_insert_default())
    }

    /// The value of that type.
    #[must_use]
    pub fn get<T: Any + Send + Sync>(&self) -> Option<&T> {
        let id = TypeId::of::<T>();
        let entry = self.entries().iter().find(|entry| entry.0 == id)?;
        entry.2.downcast_ref()
    }

    /// Whether there is a value of the type with that id.
    pub(crate) fn has(&self, id: TypeId) -> bool {
        self.entries().iter().any(|entry| entry.0 == id)
    }

    /// Sets the value of that type, in place of one that is there.
    pub fn set<T: Any + Send + Sync>(&mut self, value: T) {
        self.set_arc(Arc::new(value));
    }

    /// Like [`set`](Options::set), for a value that is shared already.
    pub fn set_arc<T: Any + Send + Sync>(&mut self, value: Arc<T>) {
        let entry: Entry = (TypeId::of::<T>(), type_name::<T>(), value);
        put(self.edit(), entry);
    }

    /// The value of that type, shared.
    #[must_use]
    pub fn get_arc<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        let id = TypeId::of::<T>();
        let entry = self.entries().iter().find(|entry| entry.0 == id)?;
        entry.2.clone().downcast().ok()
    }

    /// Removes the value of that type and hands it over, if nobody else holds it a clone.
    pub fn remove<T: Any + Send + Sync>(&mut self) -> Option<Arc<T>> {
        let id = TypeId::of::<T>();
        let at = self.entries().iter().position(|entry| entry.0 == id)?;
        self.edit().remove(at).2.downcast().ok()
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries().is_empty()
    }

    /// Takes over all values of `other`, in place of those of the same type.
    pub fn merge(&mut self, other: &Options) {
        if self.is_empty() {
            self.clone_from(other);
            return;
        }
        for entry in other.entries() {
            put(self.edit(), entry.clone());
        }
    }
}

fn put(entries: &mut Vec<Entry>, entry: Entry) {
    match entries.iter_mut().find(|old| old.0 == entry.0) {
        Some(old) => *old = entry,
        None => entries.push(entry),
    }
}

/// Prints the types; the values may be secrets.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.entries().iter().map(|entry| entry.1))
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
}
