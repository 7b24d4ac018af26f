//! Values under a tag.

use std::fmt;

use super::walk::dismantle;
use super::{Symbol, Value};

/// A value under a tag that nobody has read: `#myapp/Person {:first "Fred"}`.
///
/// ```
/// use courser_coerce::Value;
///
/// let person = Value::tagged("myapp/Person", Value::keyword_map([("first", "Fred".into())]));
/// assert_eq!(person.to_string(), r#"#myapp/Person {:first "Fred"}"#);
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Tagged {
    tag: Symbol,
    value: Value,
}

impl Tagged {
    /// `#tag value`.
    pub fn new(tag: impl Into<Symbol>, value: impl Into<Value>) -> Self {
        Self {
            tag: tag.into(),
            value: value.into(),
        }
    }

    /// The tag.
    pub fn tag(&self) -> &Symbol {
        &self.tag
    }

    /// The value under it.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The value under it, without the tag.
    pub fn into_value(mut self) -> Value {
        self.take_value()
    }

    pub(crate) fn take_value(&mut self) -> Value {
        std::mem::take(&mut self.value)
    }
}

impl Drop for Tagged {
    fn drop(&mut self) {
        if self.value.is_nested() {
            dismantle(vec![self.take_value()]);
        }
    }
}

impl fmt::Debug for Tagged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{} {:?}", self.tag, self.value)
    }
}
