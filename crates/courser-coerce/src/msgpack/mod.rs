//! Plain `MessagePack`, as values, and by rmp-serde as your own types.
//!
//! What it has no type for is text, as in JSON: keywords, symbols, exact numbers, UUIDs. Bytes are
//! `#bytes {:b64 "…"}`, moments are its timestamps, and other extensions are
//! `#msgpack/ext [type bytes]`. (Transit as `MessagePack`, which keeps every kind of value, is
//! `transit`.)
//!
//! ```
//! use courser_coerce::{Value, msgpack};
//!
//! let value = Value::keyword_map([("id", 7.into()), ("tags", vec!["a", "b"].into())]);
//! let bytes = msgpack::write(&value)?;
//! assert_eq!(bytes, b"\x82\xa2id\x07\xa4tags\x92\xa1a\xa1b");
//! assert_eq!(msgpack::read_slice(&bytes)?, value);
//! # Ok::<(), msgpack::Error>(())
//! ```

mod read;
mod write;

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use read::{ReadOptions, read_slice, read_slice_with};
pub use write::write;

/// The most levels of types of your own: serde calls itself for each.
const MAX_DEPTH: usize = 128;
/// The type of timestamps among extensions.
const TIMESTAMP: i8 = -1;
/// The tag of other extensions.
const EXT: &str = "msgpack/ext";
/// The tag of bytes, as the data form of requests has it.
const BYTES: &str = "bytes";

/// Bytes that are not `MessagePack`, or do not fit, or a value that cannot be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    message: String,
    offset: Option<usize>,
}

impl Error {
    fn new(message: impl fmt::Display, offset: Option<usize>) -> Self {
        let message = message.to_string();
        Self { message, offset }
    }

    /// What is wrong, without where.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// How many bytes were read when it came up; none when writing.
    pub fn offset(&self) -> Option<usize> {
        self.offset
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match self.offset {
            Some(offset) => write!(f, " (at byte {offset})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

/// A type of your own, nested up to 128 levels. Structs may be maps or arrays.
///
/// ```
/// use courser_coerce::msgpack;
///
/// #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
/// struct Item {
///     name: String,
///     count: u32,
/// }
///
/// let item = Item { name: "tea".into(), count: 2 };
/// assert_eq!(msgpack::from_slice::<Item>(&msgpack::to_vec(&item)?)?, item);
/// # Ok::<(), msgpack::Error>(())
/// ```
///
/// # Errors
/// [`Error`], also if anything follows the value.
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let mut rest = bytes;
    let result = {
        let mut de = rmp_serde::Deserializer::new(&mut rest);
        de.set_max_depth(MAX_DEPTH);
        T::deserialize(&mut de)
    };
    let offset = Some(bytes.len() - rest.len());
    let value = result.map_err(|why| Error::new(why, offset))?;
    if rest.is_empty() {
        Ok(value)
    } else {
        Err(Error::new("expected the end of the document", offset))
    }
}

/// Anything serializable; structs become maps from the names of their fields.
///
/// # Errors
/// [`Error`] from the type's own implementation.
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, Error> {
    rmp_serde::to_vec_named(value).map_err(|why| Error::new(why, None))
}
