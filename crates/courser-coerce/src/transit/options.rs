//! Handlers and limits.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::Value;

/// Makes a value of what stands under a tag; an error says what is wrong with it.
pub type ReadHandler = Arc<dyn Fn(Value) -> Result<Value, String> + Send + Sync>;

/// What is written under a tag, of what a tagged value holds.
pub type WriteHandler = Arc<dyn Fn(&Value) -> Value + Send + Sync>;

/// How to read Transit.
#[derive(Clone)]
pub struct ReadOptions {
    /// By tag; they come before what Transit itself makes of a tag. *Default:* none.
    pub handlers: HashMap<String, ReadHandler>,
    /// The most levels of arrays, maps and tags. *Default:* 512.
    pub max_depth: usize,
    /// The most digits of an integer or decimal. *Default:* 10,000.
    pub max_digits: usize,
    /// How many times larger than the document the text may become that cache codes stand for,
    /// beyond the first MiB. *Default:* 64.
    pub max_expansion: usize,
    /// The most bytes of that text, unless the document is so long that eight times its length are
    /// more. *Default:* 64 MiB.
    pub max_expanded: usize,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            handlers: HashMap::new(),
            max_depth: 512,
            max_digits: 10_000,
            max_expansion: 64,
            max_expanded: 64 << 20,
        }
    }
}

impl ReadOptions {
    /// For how many bytes of text the cache codes of a document of that length may stand.
    pub(super) fn expansion(&self, document: usize) -> usize {
        let most = self.max_expanded.max(document.saturating_mul(8));
        document
            .saturating_mul(self.max_expansion)
            .max(1 << 20)
            .min(most)
    }
}

impl fmt::Debug for ReadOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadOptions")
            .field("handlers", &self.handlers.keys())
            .field("max_depth", &self.max_depth)
            .field("max_digits", &self.max_digits)
            .field("max_expansion", &self.max_expansion)
            .field("max_expanded", &self.max_expanded)
            .finish()
    }
}

/// How to write Transit.
#[derive(Clone, Default)]
pub struct WriteOptions {
    /// By tag, for tagged values. *Default:* none: what a tagged value holds is written.
    pub handlers: HashMap<String, WriteHandler>,
}

impl fmt::Debug for WriteOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteOptions")
            .field("handlers", &self.handlers.keys())
            .finish()
    }
}
