//! Forms to and from types of your own.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::out::Out;
use super::read::{ReadError, ReadOptions, read_map};
use super::ser::Put;
use super::write::{WriteError, WriteOptions};
use crate::Value;
use crate::text::Charset;
use crate::value::{TypedError, from_text_value, to_text_value};

/// A form that cannot be read, or that does not fit the type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FromStrError {
    /// The form cannot be read.
    #[error(transparent)]
    Form(#[from] ReadError),
    /// It does not fit the type.
    #[error(transparent)]
    Typed(#[from] TypedError),
}

/// A type of your own from a form. Names are nested (`a[b]=1`), numbers and booleans are read from
/// their text, and a sequence takes one value or several of the same name.
///
/// ```
/// use courser_coerce::form;
///
/// #[derive(serde::Deserialize)]
/// struct Search {
///     q: String,
///     page: u32,
///     tag: Vec<String>,
/// }
///
/// let search: Search = form::from_str("q=green+tea&page=2&tag=x")?;
/// assert_eq!((search.q.as_str(), search.page, search.tag.len()), ("green tea", 2, 1));
/// # Ok::<(), form::FromStrError>(())
/// ```
///
/// # Errors
/// [`FromStrError`] beyond the limits of [`ReadOptions`], or if the form does not fit the type.
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, FromStrError> {
    from_slice(text.as_bytes())
}

/// As [`from_str`], from bytes.
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, FromStrError> {
    from_slice_in(bytes, Charset::UTF_8)
}

/// As [`from_slice`], in that charset.
///
/// ```
/// use courser_coerce::form;
/// use courser_coerce::text::Charset;
///
/// let pairs: std::collections::HashMap<String, String> =
///     form::from_slice_in(b"name=caf%E9", Charset::LATIN_1)?;
/// assert_eq!(pairs["name"], "café");
/// # Ok::<(), form::FromStrError>(())
/// ```
///
/// # Errors
/// As [`from_str`].
pub fn from_slice_in<T: DeserializeOwned>(
    bytes: &[u8],
    charset: Charset,
) -> Result<T, FromStrError> {
    let options = ReadOptions {
        charset,
        nested: true,
        keyword_keys: false,
        ..ReadOptions::default()
    };
    Ok(from_text_value(&read_map(bytes, &options)?)?)
}

/// Anything serializable as parameters, for [`write`](super::write()): a struct, a map, a sequence of pairs.
/// Variants are their names, without a colon; fields that are `None` are left out.
///
/// # Errors
/// [`TypedError`] from the type's own implementation, or if it is nested deeper than 512 levels.
pub fn params<T: Serialize + ?Sized>(value: &T) -> Result<Value, TypedError> {
    to_text_value(value)
}

/// Anything serializable as a form, nested maps as `a[b]=1`; fields that are `None` are left out.
///
/// ```
/// use courser_coerce::form;
///
/// #[derive(serde::Serialize)]
/// struct Search {
///     q: &'static str,
///     page: Option<u32>,
///     tag: Vec<&'static str>,
/// }
///
/// let search = Search { q: "green tea", page: None, tag: vec!["x", "y"] };
/// assert_eq!(form::to_string(&search)?, "q=green+tea&tag=x&tag=y");
/// # Ok::<(), form::WriteError>(())
/// ```
///
/// # Errors
/// [`WriteError`] if it is not made of named values.
pub fn to_string<T: Serialize + ?Sized>(value: &T) -> Result<String, WriteError> {
    let options = WriteOptions {
        flatten: true,
        ..WriteOptions::default()
    };
    to_string_with(value, &options)
}

/// As [`to_string`], with options: the same text as of [`write()`](super::write()) of its
/// [`params`], in less time.
///
/// ```
/// use courser_coerce::form::{self, ParamStyle, WriteOptions};
///
/// let options = WriteOptions { style: ParamStyle::Array, ..Default::default() };
/// assert_eq!(form::to_string_with(&[("tag", ["x", "y"])], &options)?, "tag[]=x&tag[]=y");
/// # Ok::<(), form::WriteError>(())
/// ```
///
/// # Errors
/// As [`to_string`].
pub fn to_string_with<T: Serialize + ?Sized>(
    value: &T,
    options: &WriteOptions,
) -> Result<String, WriteError> {
    let mut out = Out::new(options);
    value.serialize(Put::new(&mut out))?;
    Ok(out.finish())
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Order {
        Up,
        Down,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Inner {
        x: i8,
        y: f64,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Params {
        order: Order,
        on: bool,
        big: u64,
        none: Option<u8>,
        some: Option<u8>,
        list: Vec<u8>,
        inner: Inner,
        letter: char,
    }

    #[test]
    fn types_come_back() {
        let params = Params {
            order: Order::Down,
            on: true,
            big: u64::MAX,
            none: None,
            some: Some(3),
            list: vec![1, 2],
            inner: Inner { x: -1, y: 1.5 },
            letter: 'é',
        };
        let text = to_string(&params).unwrap();
        assert_eq!(
            text,
            "order=down&on=true&big=18446744073709551615&some=3&list=1&list=2\
             &inner%5Bx%5D=-1&inner%5By%5D=1.5&letter=%C3%A9"
        );
        assert_eq!(from_str::<Params>(&text).unwrap(), params);
    }

    #[test]
    fn errors_say_where() {
        let error = from_str::<Inner>("x=1&y=z").unwrap_err();
        assert_eq!(
            error.to_string(),
            "at y: invalid type: string \"z\", expected f64"
        );
        assert_eq!(
            from_str::<Inner>("x=1").unwrap_err().to_string(),
            "missing field `y`"
        );
        assert!(to_string("text").is_err());
    }
}
