//! EDN to and from types of your own.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Error, read_slice, read_str};
use crate::value::{TypedError, from_value, to_value};

/// Text that is not EDN, or a value that does not fit the type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FromStrError {
    /// The text is not EDN.
    #[error(transparent)]
    Edn(#[from] Error),
    /// The value does not fit the type.
    #[error(transparent)]
    Typed(#[from] TypedError),
}

/// A type of your own from EDN text; see [`from_value`] for what fits what.
///
/// ```
/// use courser_coerce::edn;
///
/// #[derive(serde::Deserialize)]
/// struct Person {
///     first: String,
///     born: i32,
/// }
///
/// let person: Person = edn::from_str("{:first \"Fred\", :born 1970}")?;
/// assert_eq!((person.first.as_str(), person.born), ("Fred", 1970));
/// let error = edn::from_str::<Vec<bool>>("[true 1]").unwrap_err();
/// assert_eq!(error.to_string(), "at [1]: invalid type: integer `1`, expected a boolean");
/// # Ok::<(), edn::FromStrError>(())
/// ```
///
/// # Errors
/// [`FromStrError`] says where in the text, or where in the value.
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, FromStrError> {
    Ok(from_value(&read_str(text)?)?)
}

/// As [`from_str`], from the bytes of UTF-8 text.
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, FromStrError> {
    Ok(from_value(&read_slice(bytes)?)?)
}

/// Anything serializable as EDN text: structs become maps with keyword keys.
///
/// ```
/// use courser_coerce::edn;
///
/// #[derive(serde::Serialize)]
/// struct Person {
///     first: &'static str,
///     born: Option<i32>,
/// }
///
/// let text = edn::to_string_from(&Person { first: "Fred", born: None })?;
/// assert_eq!(text, r#"{:first "Fred", :born nil}"#);
/// # Ok::<(), courser_coerce::value::TypedError>(())
/// ```
///
/// # Errors
/// [`TypedError`]: see [`to_value`].
pub fn to_string_from<T: Serialize + ?Sized>(value: &T) -> Result<String, TypedError> {
    Ok(to_value(value)?.to_string())
}
