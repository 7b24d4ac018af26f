//! Transit to and from types of your own.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Error, Format, read_slice, write};
use crate::value::{from_value, to_value};

/// A document that is not Transit, or does not fit the type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TypedError {
    /// It is not Transit, or cannot be written.
    #[error(transparent)]
    Transit(#[from] Error),
    /// It does not fit the type.
    #[error(transparent)]
    Typed(#[from] crate::value::TypedError),
}

/// A type of your own.
///
/// ```
/// use courser_coerce::transit::{self, Format};
///
/// #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
/// struct Item {
///     name: String,
///     count: u32,
/// }
///
/// let items: Vec<Item> = transit::from_slice(
///     br#"[["^ ","~:name","tea","~:count",2],["^ ","^0","milk","^1",1]]"#,
///     Format::Json,
/// )?;
/// assert_eq!(items[1], Item { name: "milk".into(), count: 1 });
/// # Ok::<(), transit::TypedError>(())
/// ```
///
/// # Errors
/// [`TypedError`].
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8], format: Format) -> Result<T, TypedError> {
    Ok(from_value(&read_slice(bytes, format)?)?)
}

/// Anything serializable; names of fields become keywords.
///
/// # Errors
/// [`TypedError`] from the type's own implementation.
pub fn to_vec<T: Serialize + ?Sized>(value: &T, format: Format) -> Result<Vec<u8>, TypedError> {
    Ok(write(&to_value(value)?, format)?)
}
