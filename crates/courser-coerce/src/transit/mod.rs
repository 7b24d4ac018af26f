//! Transit 0.8: values of EDN's richness as JSON, as verbose JSON and as `MessagePack`.
//!
//! Reading and writing follow the specification to the letter: cache codes, escapes, composite
//! keys, links, quotes. A document that is read and written again has the same bytes.
//!
//! ```
//! use courser_coerce::transit::{self, Format};
//!
//! let value = transit::read_slice(br#"["^ ","~:a",[1,"~:k","~u5a2cbea3-e8c6-428b-b525-21239370dd55"]]"#, Format::Json)?;
//! assert_eq!(value.to_string(), r#"{:a [1 :k #uuid "5a2cbea3-e8c6-428b-b525-21239370dd55"]}"#);
//!
//! let verbose = transit::write(&value, Format::JsonVerbose)?;
//! assert_eq!(verbose, br#"{"~:a":[1,"~:k","~u5a2cbea3-e8c6-428b-b525-21239370dd55"]}"#);
//! # Ok::<(), transit::Error>(())
//! ```
//!
//! # What becomes what
//!
//! | Transit | [`Value`] |
//! |---|---|
//! | nil, booleans, `i`, `d` and `z`, strings, `:`, `$`, `c` | nil, booleans, `Int`, `Float`, strings, keywords, symbols, characters |
//! | `n`, `f`, `ratio` | `BigInt`, `Decimal`, `Ratio` |
//! | `m` and `t`, `u` | `Inst`, `Uuid` |
//! | arrays, `list`, `set`, maps and `cmap` | vectors, lists, sets, maps |
//! | `r` | `#uri "…"` |
//! | `b` | `#bytes {:b64 "…"}` |
//! | `link` | `#link {…}` |
//! | any other tag | a tagged value |
//!
//! A moment with parts of a millisecond is written as `t` in every format, which readers
//! understand, since `m` would lose them.
//!
//! Codes stand for text that came before, so a small document could become a large value: see
//! [`ReadOptions::max_expansion`].

mod build;
mod cache;
mod emit;
mod error;
mod json;
mod msgpack;
mod options;
mod scalar;
mod typed;
mod write;

pub use error::Error;
pub use options::{ReadHandler, ReadOptions, WriteHandler, WriteOptions};
pub use typed::{TypedError, from_slice, to_vec};
pub use write::{write, write_with};

use crate::Value;

/// How a document of Transit is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// `application/transit+json`, with codes for what comes again.
    Json,
    /// The same media type, for people to read: without codes, maps as objects, dates as text.
    /// Readers take either for the other.
    JsonVerbose,
    /// `application/transit+msgpack`.
    MessagePack,
}

impl Format {
    pub(self) fn is_json(self) -> bool {
        self != Format::MessagePack
    }
}

/// The value of a document; nil if there is none, as an empty body is nil.
///
/// # Errors
/// [`Error`], with the byte at which it went wrong.
pub fn read_slice(bytes: &[u8], format: Format) -> Result<Value, Error> {
    read_slice_with(bytes, format, &ReadOptions::default())
}

/// As [`read_slice`], with handlers and limits.
///
/// ```
/// use std::sync::Arc;
/// use courser_coerce::Value;
/// use courser_coerce::transit::{self, Format, ReadOptions};
///
/// let mut options = ReadOptions::default();
/// options.handlers.insert(
///     "point".into(),
///     Arc::new(|rep: Value| match rep.as_slice() {
///         Some([x, y]) => Ok(Value::keyword_map([("x", x.clone()), ("y", y.clone())])),
///         _ => Err("a point has two coordinates".into()),
///     }),
/// );
/// let value = transit::read_slice_with(br#"["~#point",[1,2]]"#, Format::Json, &options)?;
/// assert_eq!(value.to_string(), "{:x 1, :y 2}");
/// # Ok::<(), transit::Error>(())
/// ```
///
/// # Errors
/// As [`read_slice`].
pub fn read_slice_with(
    bytes: &[u8],
    format: Format,
    options: &ReadOptions,
) -> Result<Value, Error> {
    if format.is_json() {
        json::read(bytes, options)
    } else {
        msgpack::read(bytes, options)
    }
}
