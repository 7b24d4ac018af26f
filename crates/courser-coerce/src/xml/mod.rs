//! XML as data, in the shape of Clojure's `clojure.xml`, and back; with `xml-serde` also as types
//! of your own.
//!
//! An element is `{:tag :name, :attrs {:key "value"}, :content […]}`; without attributes or
//! content these are nil. Content is elements and text. Text that is nothing but space is left
//! out, comments and processing instructions too. Namespaces are not resolved: `<a:b/>` is `:a:b`.
//!
//! There is no document type definition, nothing is fetched, and no entities exist but the five
//! (`&lt;` `&gt;` `&amp;` `&quot;` `&apos;`) and references to characters. Depth and number of
//! nodes have limits: see [`ReadOptions`].
//!
//! ```
//! use courser_coerce::xml;
//!
//! let value = xml::read_slice(br#"<?xml version="1.0"?><a x="1">text<b/></a>"#)?;
//! assert_eq!(
//!     value.to_string(),
//!     r#"{:tag :a, :attrs {:x "1"}, :content ["text" {:tag :b, :attrs nil, :content nil}]}"#
//! );
//! assert_eq!(
//!     xml::write(&value, &xml::WriteOptions::default())?,
//!     r#"<?xml version="1.0" encoding="UTF-8"?><a x="1">text<b/></a>"#
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod chars;
mod charset;
mod error;
mod read;
#[cfg(feature = "xml-serde")]
mod typed;
mod write;

pub use crate::place::Place;
pub use error::{Error, WriteError};
pub use read::{ReadOptions, read_slice, read_slice_with, read_str};
#[cfg(feature = "xml-serde")]
pub use typed::{TypedError, from_slice, from_slice_with, from_str, to_string};
pub use write::{WriteOptions, write};
