//! What went wrong between a value and a type.

use std::fmt::{self, Display, Write};

/// A value and a type that do not fit, and where in the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedError(Box<Inner>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Inner {
    message: String,
    /// The innermost step first.
    path: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

impl TypedError {
    pub(super) fn new(message: impl Display) -> Self {
        Self(Box::new(Inner {
            message: message.to_string(),
            path: Vec::new(),
        }))
    }

    pub(super) fn in_key(self, key: &crate::Value) -> Self {
        match key.as_name() {
            Some(name) => self.in_name(name),
            None => self.in_name(&key.to_string()),
        }
    }

    pub(crate) fn in_name(mut self, name: &str) -> Self {
        self.0.path.push(Step::Key(name.to_owned()));
        self
    }

    pub(crate) fn in_index(mut self, index: usize) -> Self {
        self.0.path.push(Step::Index(index));
        self
    }

    /// Where in the value: `items[1].price`; empty for the value itself.
    pub fn path(&self) -> String {
        let mut path = String::new();
        for step in self.0.path.iter().rev() {
            match step {
                Step::Key(key) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(key);
                }
                // Writing to a `String` cannot fail.
                Step::Index(index) => {
                    let _ = write!(path, "[{index}]");
                }
            }
        }
        path
    }

    /// What does not fit, without where.
    pub fn message(&self) -> &str {
        &self.0.message
    }
}

impl Display for TypedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.path.is_empty() {
            write!(f, "at {}: ", self.path())?;
        }
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for TypedError {}

impl serde::ser::Error for TypedError {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message)
    }
}

impl serde::de::Error for TypedError {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message)
    }
}
