//! `application/x-www-form-urlencoded`: form bodies and query strings, in any charset.
//!
//! Written as clj-http writes `:query-params` and `:form-params`; read as ring-codec reads them.
//!
//! ```
//! use courser_coerce::Value;
//! use courser_coerce::form::{self, ParamStyle, ReadOptions, WriteOptions};
//!
//! let params = Value::map([("q", "foo, bar".into()), ("tag", vec!["x", "y"].into())]);
//! assert_eq!(form::write(&params, &WriteOptions::default())?, "q=foo%2C+bar&tag=x&tag=y");
//!
//! let array = WriteOptions { style: ParamStyle::Array, ..Default::default() };
//! assert_eq!(form::write(&params, &array)?, "q=foo%2C+bar&tag[]=x&tag[]=y");
//!
//! let read = form::read(b"q=foo%2C+bar&tag=x&tag=y", &ReadOptions::default())?;
//! assert_eq!(read.to_string(), r#"{:q "foo, bar", :tag ["x" "y"]}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod flatten;
mod name;
mod out;
mod percent;
mod read;
mod ser;
mod typed;
mod write;

pub use flatten::{FlattenError, flatten};
pub use percent::{decode, encode};
pub use read::{ReadError, ReadOptions, read, read_pairs};
pub use typed::{
    FromStrError, from_slice, from_slice_in, from_str, params, to_string, to_string_with,
};
pub use write::{ParamStyle, UnknownStyle, WriteError, WriteOptions, write};
