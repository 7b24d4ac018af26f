//! How Transit is written and read.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use courser_coerce::Value;

/// Makes a value of what stands under a tag; an error says what is wrong with it.
pub type TransitReader = Arc<dyn Fn(Value) -> Result<Value, String> + Send + Sync>;

/// What is written under a tag, of what a tagged value holds.
pub type TransitWriter = Arc<dyn Fn(&Value) -> Value + Send + Sync>;

/// Handlers by tag (`:transit-opts`).
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct TransitOpts {
    /// For tagged values among [`form_params`](super::Request::form_params)
    /// (`:encode {:handlers …}`).
    pub encode: HashMap<String, TransitWriter>,
    /// For tags in the body of the response (`:decode {:handlers …}`).
    pub decode: HashMap<String, TransitReader>,
}

impl TransitOpts {
    /// What the reader and the writer read.
    #[cfg(feature = "transit")]
    pub(super) fn lower(
        self,
    ) -> (
        courser_coerce::transit::ReadOptions,
        courser_coerce::transit::WriteOptions,
    ) {
        use courser_coerce::transit::{ReadOptions, WriteOptions};
        let read = ReadOptions {
            handlers: self.decode,
            ..ReadOptions::default()
        };
        let write = WriteOptions {
            handlers: self.encode,
        };
        (read, write)
    }
}

impl fmt::Debug for TransitOpts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransitOpts")
            .field("encode", &self.encode.keys())
            .field("decode", &self.decode.keys())
            .finish()
    }
}
