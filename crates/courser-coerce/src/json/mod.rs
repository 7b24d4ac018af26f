//! JSON: as values, or as types of your own straight from the bytes.
//!
//! Values are written as cheshire writes them for clj-http: keywords by name, ratios as doubles,
//! dates as text. Typed reading is `serde_json`'s, and as fast; only when it fails is the text read
//! again, to find out where.
//!
//! The text is UTF-8. What comes in another charset is to be decoded first.
//!
//! ```
//! use courser_coerce::json::{self, WriteOptions};
//!
//! let value = json::read_slice(br#"{"a": [1, 2.5, 9223372036854775808], "b": null}"#)?;
//! assert_eq!(value.to_string(), "{:a [1 2.5 9223372036854775808N], :b nil}");
//! assert_eq!(
//!     json::write(&value, &WriteOptions::default()),
//!     r#"{"a":[1,2.5,9223372036854775808],"b":null}"#
//! );
//! # Ok::<(), json::Error>(())
//! ```

mod date;
mod error;
mod read;
mod typed;
mod write;

pub use crate::place::Place;
pub use date::{DateFormat, DateFormatError};
pub use error::Error;
pub use read::{ReadOptions, read_slice, read_slice_with, read_str};
pub use typed::{from_slice, from_str, to_string, to_vec};
pub use write::{KeyFn, WriteOptions, write};
