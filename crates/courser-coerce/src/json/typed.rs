//! JSON to and from types of your own, by `serde_json`.

use serde::{Deserialize, Serialize};

use super::error::Error;

/// A type of your own, straight from the bytes.
///
/// ```
/// use courser_coerce::json;
///
/// #[derive(Debug, serde::Deserialize)]
/// struct Order {
///     items: Vec<Item>,
/// }
/// #[derive(Debug, serde::Deserialize)]
/// struct Item {
///     price: f64,
/// }
///
/// let order: Order = json::from_slice(br#"{"items": [{"price": 1.5}]}"#)?;
/// assert_eq!(order.items[0].price, 1.5);
///
/// let error = json::from_slice::<Order>(b"{\"items\": [\n  {\"price\": \"1.5\"}]}").unwrap_err();
/// assert_eq!(error.path(), "items[0].price");
/// assert_eq!((error.place().line, error.place().column), (2, 17));
/// assert_eq!(error.message(), "invalid type: string \"1.5\", expected f64");
/// # Ok::<(), json::Error>(())
/// ```
///
/// # Errors
/// [`Error`] with the path in the value, line and column, and the text around.
pub fn from_slice<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Error> {
    // The path costs time, so it is looked for only when it is needed.
    serde_json::from_slice(bytes).map_err(|error| explain::<T>(bytes, &error))
}

/// As [`from_slice`], from text.
pub fn from_str<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| explain::<T>(text.as_bytes(), &error))
}

#[cold]
fn explain<'a, T: Deserialize<'a>>(bytes: &'a [u8], error: &serde_json::Error) -> Error {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let path = match serde_path_to_error::deserialize::<_, T>(&mut reader) {
        Err(error) => error.path().to_string(),
        // What is wrong comes behind the value.
        Ok(_) => String::new(),
    };
    let path = if path == "." { String::new() } else { path };
    // Its column counts bytes, and is 0 before the first of a line.
    let before: usize = bytes
        .split_inclusive(|b| *b == b'\n')
        .take(error.line().saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    let offset = (before + error.column().saturating_sub(1)).min(bytes.len());
    let text = error.to_string();
    let message = text
        .rsplit_once(" at line ")
        .map_or(&*text, |(message, _)| message);
    Error::new(bytes, offset, message).with_path(path)
}

/// Anything serializable as JSON text.
///
/// For a [`Value`](crate::Value) this is serde's view of it; [`write`](super::write) writes it as
/// clj-http does.
///
/// # Errors
/// The type's own, or keys that are not text.
pub fn to_string<T: Serialize + ?Sized>(value: &T) -> Result<String, serde_json::Error> {
    serde_json::to_string(value)
}

/// As [`to_string`], as bytes.
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(value)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[track_caller]
    fn check<T: serde::de::DeserializeOwned>(text: &str, expected: &str) {
        let error = from_str::<T>(text).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some(expected), "{text}");
    }

    #[test]
    fn errors_have_path_place_and_text() {
        check::<HashMap<String, Vec<u8>>>(
            "{\"a\": [1,\n 2, 300]}",
            "at a[2]: invalid value: integer `300`, expected u8 \
             (line 2, column 7, near `{\"a\": [1,  2, 300]}`)",
        );
        check::<bool>(
            "true x",
            "trailing characters (line 1, column 6, near `true x`)",
        );
        check::<bool>("", "EOF while parsing a value (line 1, column 1)");
        check::<Vec<u8>>(
            "[1",
            "EOF while parsing a list (line 1, column 2, near `[1`)",
        );
        let deep = "[".repeat(1_000_000);
        let error = from_str::<serde_json::Value>(&deep).unwrap_err();
        assert_eq!(error.message(), "recursion limit exceeded");
    }

    #[test]
    fn borrows_from_the_text() {
        assert_eq!(from_str::<Vec<&str>>("[\"a\"]").unwrap(), ["a"]);
        assert_eq!(to_string(&["a"]).unwrap(), "[\"a\"]");
    }
}
