//! The items of a list or a vector.

use std::fmt;
use std::ops::{Deref, DerefMut};

use super::Value;
use super::walk::dismantle;

/// The items of a list or vector: a `Vec<Value>` that may be nested to any depth.
///
/// It stands between [`Value`] and `Vec` only so that dropping a deeply nested value takes no
/// stack; it dereferences to the `Vec`.
///
/// ```
/// use courser_coerce::Value;
///
/// let Value::Vector(mut items) = Value::from(vec![1, 2]) else { unreachable!() };
/// items.push("three".into());
/// assert_eq!(items.len(), 3);
/// assert_eq!(Value::Vector(items).to_string(), r#"[1 2 "three"]"#);
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Items(Vec<Value>);

impl Items {
    /// No items.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The items as a plain `Vec`.
    pub fn into_vec(mut self) -> Vec<Value> {
        self.take()
    }

    /// The last of these values, from that position on, as they lie on a reader's stack.
    #[cfg(any(
        feature = "edn",
        feature = "json",
        feature = "msgpack",
        feature = "transit",
        feature = "xml"
    ))]
    pub(crate) fn take_from(values: &mut Vec<Value>, at: usize) -> Self {
        // A long document that is one sequence needs no copy. Short ones do, because what the stack
        // has to spare would stay with each.
        if at == 0 && values.len() > 1000 {
            return Self(std::mem::take(values));
        }
        if values.len() == at {
            Self::new()
        } else {
            Self(values.split_off(at))
        }
    }

    pub(crate) fn take(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.0)
    }
}

impl Drop for Items {
    fn drop(&mut self) {
        if self.0.iter().any(Value::is_nested) {
            dismantle(self.take());
        }
    }
}

impl Deref for Items {
    type Target = Vec<Value>;

    fn deref(&self) -> &Vec<Value> {
        &self.0
    }
}

impl DerefMut for Items {
    fn deref_mut(&mut self) -> &mut Vec<Value> {
        &mut self.0
    }
}

impl fmt::Debug for Items {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}

impl From<Vec<Value>> for Items {
    fn from(items: Vec<Value>) -> Self {
        Self(items)
    }
}

impl<T: Into<Value>> FromIterator<T> for Items {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().map(Into::into).collect())
    }
}

impl IntoIterator for Items {
    type Item = Value;
    type IntoIter = std::vec::IntoIter<Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.into_vec().into_iter()
    }
}

impl<'a> IntoIterator for &'a Items {
    type Item = &'a Value;
    type IntoIter = std::slice::Iter<'a, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
