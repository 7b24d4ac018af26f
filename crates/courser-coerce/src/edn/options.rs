//! How to read EDN.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::Value;

/// How to read EDN.
#[derive(Debug, Clone)]
pub struct Options {
    /// The most levels of collections, tags, `#_` and `^` within each other. Nothing calls itself,
    /// so any number is safe. *Default:* 512. [`ErrorKind::TooDeep`](super::ErrorKind::TooDeep)
    pub max_depth: usize,
    /// The most digits of a number beyond 64 bits. *Default:* 10,000; a million are read in well
    /// under a second, but one by one would make a slow document of many.
    /// [`ErrorKind::TooManyDigits`](super::ErrorKind::TooManyDigits)
    pub max_digits: usize,
    /// What becomes of `^{:doc "x"} value`. *Default:* left out.
    pub metadata: Metadata,
    /// What becomes of tags that have no reader. *Default:* kept.
    pub unknown_tags: UnknownTags,
    /// Functions that read the values under tags. *Default:* none; `inst` and `uuid` are built in.
    pub readers: TagReaders,
}

/// Functions that read the values under tags, by tag.
#[derive(Clone, Default)]
pub struct TagReaders(HashMap<String, TagReader>);

type TagReader = Arc<dyn Fn(Value) -> Result<Value, String> + Send + Sync>;

/// What becomes of metadata (`^{:doc "x"} value`), which is not part of EDN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Metadata {
    /// It is read and left out.
    #[default]
    Skip,
    /// The value becomes `#with-meta [value {:doc "x"}]`.
    Keep,
}

/// What becomes of tags that have no reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum UnknownTags {
    /// The value becomes [`Value::Tagged`].
    #[default]
    Keep,
    /// An error, as in Clojure.
    Refuse,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_depth: 512,
            max_digits: 10_000,
            metadata: Metadata::Skip,
            unknown_tags: UnknownTags::Keep,
            readers: TagReaders::default(),
        }
    }
}

impl Options {
    /// Reads values under this tag (without its `#`) by the function. `inst` and `uuid` have one.
    pub fn reader<F>(mut self, tag: &str, read: F) -> Self
    where
        F: Fn(Value) -> Result<Value, String> + Send + Sync + 'static,
    {
        self.readers.insert(tag, read);
        self
    }
}

impl TagReaders {
    /// Reads values under this tag (without its `#`) by the function.
    pub fn insert<F>(&mut self, tag: &str, read: F)
    where
        F: Fn(Value) -> Result<Value, String> + Send + Sync + 'static,
    {
        self.0.insert(tag.to_owned(), Arc::new(read));
    }

    pub(super) fn get(&self, tag: &str) -> Option<&TagReader> {
        self.0.get(tag)
    }
}

impl fmt::Debug for TagReaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
