//! EDN, the [extensible data notation](https://github.com/edn-format/edn), read and printed as
//! Clojure does.
//!
//! Beyond the specification it reads what Clojure reads: `\uXXXX` and `\o377`, `#:ns{:a 1}`,
//! stacked `#_`, `##Inf`, `##-Inf` and `##NaN`, ratios, `N` and `M`, `2r101`, `0x1F`, `017`, and
//! metadata. Nothing is ever evaluated: `#=` and regex literals are errors.
//!
//! ```
//! use courser_coerce::{Value, edn};
//!
//! let value = edn::read_str("{:method :get, :url \"http://x\" #_ ignored}")?;
//! assert_eq!(value["method"], Value::keyword("get"));
//! assert_eq!(edn::to_string(&value), "{:method :get, :url \"http://x\"}");
//!
//! let error = edn::read_str("{:a [1 2}").unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "line 1, column 9: found `}`, expected `]` to close the vector of line 1, column 5"
//! );
//! # Ok::<(), edn::Error>(())
//! ```

mod error;
mod number;
mod options;
mod pretty;
mod reader;
mod string;
mod token;
mod typed;

use crate::Value;

pub use crate::place::Place;
pub use error::{Error, ErrorKind};
pub use options::{Metadata, Options, TagReaders, UnknownTags};
pub use pretty::to_string_pretty;
pub use reader::{Forms, forms};
pub use typed::{FromStrError, from_slice, from_str, to_string_from};

/// The one value in the text; nil if there is none, as in Clojure.
///
/// # Errors
/// [`Error`] with line and column, also if a second value follows. [`forms`] reads several.
pub fn read_str(text: &str) -> Result<Value, Error> {
    read_str_with(text, &Options::default())
}

/// As [`read_str`], with options.
///
/// ```
/// use courser_coerce::edn::{self, Options, UnknownTags};
///
/// let options = Options { unknown_tags: UnknownTags::Refuse, ..Options::default() }
///     .reader("celsius", |value| Ok(value.as_f64().ok_or("a number is wanted")?.into()));
/// assert_eq!(edn::read_str_with("#celsius 21", &options)?.to_string(), "21.0");
/// assert_eq!(
///     edn::read_str_with("#kelvin 300", &options).unwrap_err().to_string(),
///     "line 1, column 1: No reader function for tag kelvin."
/// );
/// # Ok::<(), edn::Error>(())
/// ```
pub fn read_str_with(text: &str, options: &Options) -> Result<Value, Error> {
    reader::read_one(text, options)
}

/// As [`read_str`], from the bytes of UTF-8 text.
pub fn read_slice(bytes: &[u8]) -> Result<Value, Error> {
    read_slice_with(bytes, &Options::default())
}

/// As [`read_slice`], with options.
pub fn read_slice_with(bytes: &[u8], options: &Options) -> Result<Value, Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => reader::read_one(text, options),
        Err(error) => Err(Error::not_utf8(bytes, error.valid_up_to())),
    }
}

/// The value on one line, as Clojure's `pr-str`. The same as its `Display`.
///
/// Names that came from elsewhere are printed as they are, also if EDN cannot read them back (a
/// JSON key `a b` made a keyword); [`to_readable_string`] refuses them.
pub fn to_string(value: &Value) -> String {
    value.to_string()
}

/// The value on one line, or an error if it would not read back equal.
///
/// ```
/// use courser_coerce::{Value, edn};
///
/// assert_eq!(edn::to_readable_string(&Value::keyword("a"))?, ":a");
/// let error = edn::to_readable_string(&Value::keyword("a b")).unwrap_err();
/// assert_eq!(error.to_string(), "EDN cannot write the keyword named \"a b\"");
/// # Ok::<(), edn::Unreadable>(())
/// ```
///
/// # Errors
/// [`Unreadable`] if a keyword, symbol or tag has a name that EDN has no notation for.
pub fn to_readable_string(value: &Value) -> Result<String, Unreadable> {
    let mut pending = vec![value];
    while let Some(value) = pending.pop() {
        let (kind, name, fine) = match value {
            Value::Keyword(v) => ("keyword", v.as_str(), token::is_keyword_name(v.as_str())),
            Value::Symbol(v) => ("symbol", v.as_str(), token::is_readable_symbol(v.as_str())),
            Value::Tagged(v) => {
                let name = v.tag().as_str();
                (
                    "tag",
                    name,
                    token::is_tag(name) && !matches!(name, "inst" | "uuid"),
                )
            }
            _ => ("", "", true),
        };
        if !fine {
            return Err(Unreadable {
                kind,
                name: name.chars().take(100).collect(),
            });
        }
        pending.extend(crate::value::Children::of(value).into_iter().flatten());
    }
    Ok(value.to_string())
}

/// A name that EDN has no notation for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("EDN cannot write the {kind} named {name:?}")]
pub struct Unreadable {
    kind: &'static str,
    name: String,
}
