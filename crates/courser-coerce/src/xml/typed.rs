//! XML to and from types of your own, by quick-xml.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::charset;
use super::error::Error;
use super::read::{ReadOptions, check};

/// A document that is not well-formed, or does not fit the type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TypedError {
    /// It is not well-formed, or beyond a limit.
    #[error(transparent)]
    Xml(#[from] Error),
    /// It does not fit the type.
    #[error("{0}")]
    Typed(String),
}

/// A type of your own. Attributes are fields called `@name`, text is a field called `$text`; see
/// the [mapping](https://docs.rs/quick-xml/latest/quick_xml/de/) of quick-xml.
///
/// The document is looked at first, so that limits and errors are those of
/// [`read_slice`](super::read_slice). Types can be 128 levels deep.
///
/// ```
/// use courser_coerce::xml;
///
/// #[derive(Debug, PartialEq, serde::Deserialize)]
/// struct Order {
///     #[serde(rename = "@id")]
///     id: u32,
///     item: Vec<String>,
/// }
///
/// let order: Order = xml::from_slice(b"<order id='7'><item>tea</item><item>milk</item></order>")?;
/// assert_eq!(order, Order { id: 7, item: vec!["tea".into(), "milk".into()] });
/// # Ok::<(), xml::TypedError>(())
/// ```
///
/// # Errors
/// [`TypedError`].
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, TypedError> {
    from_slice_with(bytes, &ReadOptions::default())
}

/// As [`from_slice`], with options.
///
/// # Errors
/// As [`from_slice`].
pub fn from_slice_with<T: DeserializeOwned>(
    bytes: &[u8],
    options: &ReadOptions,
) -> Result<T, TypedError> {
    let text = charset::decode(bytes, options.charset)?;
    typed(&text, options)
}

/// As [`from_slice`], from text.
///
/// # Errors
/// As [`from_slice`].
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, TypedError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    typed(text, &ReadOptions::default())
}

fn typed<T: DeserializeOwned>(text: &str, options: &ReadOptions) -> Result<T, TypedError> {
    check(text, options)?;
    quick_xml::de::from_str(text).map_err(|error| TypedError::Typed(error.to_string()))
}

/// Anything serializable as a document, without a declaration; the element is called as the type.
///
/// # Errors
/// [`TypedError::Typed`] for types that are no element.
pub fn to_string<T: Serialize + ?Sized>(value: &T) -> Result<String, TypedError> {
    quick_xml::se::to_string(value).map_err(|error| TypedError::Typed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize, serde::Serialize)]
    struct Note {
        #[serde(rename = "@lang")]
        lang: String,
        #[serde(rename = "$text")]
        text: String,
    }

    #[test]
    fn there_and_back() {
        let note = Note {
            lang: "\"<é".into(),
            text: "a & b".into(),
        };
        assert_eq!(from_str::<Note>(&to_string(&note).unwrap()).unwrap(), note);
    }

    #[test]
    fn the_document_is_looked_at_first() {
        for text in [
            "<!DOCTYPE a [<!ENTITY x 'y'>]><Note lang=''>&x;</Note>",
            "<Note lang='' lang=''>t</Note>",
            "<Note lang=''>t</Note><Note lang=''>t</Note>",
            "<Note lang=''>t",
        ] {
            assert!(
                matches!(from_str::<Note>(text), Err(TypedError::Xml(_))),
                "{text}"
            );
        }
        assert!(matches!(
            from_str::<Note>("<Note>t</Note>"),
            Err(TypedError::Typed(_))
        ));
        assert!(from_slice::<Note>(b"<Note lang='\xe9'>t</Note>").is_err());
    }
}
