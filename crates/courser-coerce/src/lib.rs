//! Data in the notations of the web: EDN, JSON, forms and text, in both directions.
//!
//! [`Value`] is the one type that all of them read into and write from. It is always there; each
//! codec is a feature and a module of its own:
//!
//! * `edn`: EDN as Clojure reads and prints it.
//! * `json`: JSON as values, or typed straight from the bytes with errors that say where.
//! * `form`: `application/x-www-form-urlencoded` and query strings (it takes charsets from `text`).
//! * `msgpack`: plain `MessagePack`, as values and typed.
//! * `multipart`: `multipart/form-data` and its kin, out and back in (charsets from `text`).
//! * `text`: charsets by name.
//! * `transit`: Transit as JSON, as verbose JSON and as `MessagePack`.
//! * `xml`: XML in the shape of `clojure.xml`, without DTD and entities.
//!
//! And there are always [`stream`]s: the items of JSON arrays, of lines, and of values that follow
//! each other, and server-sent events, as they come.
//!
//! None of them calls itself on nested data, so no input is deep enough to overflow the stack. All
//! limits are listed in [`limits`].

#[cfg(any(feature = "json", feature = "transit"))]
mod json_tokens;
#[cfg(any(feature = "msgpack", feature = "transit"))]
mod msgpack_tokens;
#[cfg(any(feature = "edn", feature = "json", feature = "xml"))]
mod place;
pub mod limits {
    #![doc = include_str!("../docs/limits.md")]
}
pub mod stream;
pub mod value;

#[cfg(feature = "edn")]
pub mod edn;
#[cfg(feature = "form")]
pub mod form;
#[cfg(feature = "json")]
pub mod json;
#[cfg(feature = "msgpack")]
pub mod msgpack;
#[cfg(feature = "multipart")]
pub mod multipart;
#[cfg(feature = "text")]
pub mod text;
#[cfg(feature = "transit")]
pub mod transit;
#[cfg(feature = "xml")]
pub mod xml;

#[cfg(feature = "middleware")]
pub mod middleware;

pub use value::Value;
