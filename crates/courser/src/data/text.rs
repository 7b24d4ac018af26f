//! Requests and responses as text: EDN, JSON, and whatever serde writes.

use courser_coerce::Value;
use courser_coerce::value::{Map, Symbol};
#[cfg(any(feature = "edn", feature = "json"))]
use courser_core::Error;
use courser_core::Result;

use super::env::Env;
use crate::{Request, Response};

impl Request {
    /// The request that EDN text describes; see [`from_value`](Request::from_value). The tags of
    /// [`Env::new`] are known.
    ///
    /// # Errors
    /// Text that is not one map of EDN, and those of [`from_value`](Request::from_value).
    #[cfg(feature = "edn")]
    pub fn from_edn(text: &str) -> Result<Request> {
        let data = courser_coerce::edn::read_str(text)
            .map_err(|why| Error::invalid("the request is not EDN").because(why))?;
        Request::from_value(&data, &Env::new())
    }

    /// The request that JSON text describes; see [`from_value`](Request::from_value) and
    /// [`from_json_value`].
    ///
    /// ```
    /// use courser::{As, Method, Request};
    ///
    /// let request = Request::from_json(r#"{"method": "put", "url": "http://h/", "as": "json"}"#)?;
    /// assert_eq!((request.method, request.as_), (Method::PUT, Some(As::Json)));
    /// # Ok::<(), courser::Error>(())
    /// ```
    ///
    /// # Errors
    /// Text that is not one object of JSON, and those of [`from_value`](Request::from_value).
    #[cfg(feature = "json")]
    pub fn from_json(text: &str) -> Result<Request> {
        let data = courser_coerce::json::read_slice_with(text.as_bytes(), &string_keys())
            .map_err(|why| Error::invalid("the request is not JSON").because(why))?;
        Request::from_value(&from_json_value(data), &Env::new())
    }

    /// The request as EDN on one line; see [`to_value`](Request::to_value).
    ///
    /// # Errors
    /// Those of [`to_value`](Request::to_value).
    pub fn to_edn(&self) -> Result<String> {
        self.to_value().map(|value| value.to_string())
    }

    /// The request as JSON; see [`to_value`](Request::to_value). What JSON lacks (keywords, sets,
    /// dates) becomes text or arrays; in parameters that may make a difference.
    ///
    /// # Errors
    /// Those of [`to_value`](Request::to_value).
    #[cfg(feature = "json")]
    pub fn to_json(&self) -> Result<String> {
        self.to_value().map(|value| json(&to_json_value(value)))
    }
}

impl Response {
    /// The response as EDN on one line; see [`to_value`](Response::to_value).
    ///
    /// # Errors
    /// Those of [`to_value`](Response::to_value).
    pub fn to_edn(&self) -> Result<String> {
        self.to_value().map(|value| value.to_string())
    }

    /// The response as JSON; see [`to_value`](Response::to_value).
    ///
    /// # Errors
    /// Those of [`to_value`](Response::to_value).
    #[cfg(feature = "json")]
    pub fn to_json(&self) -> Result<String> {
        self.to_value().map(|value| json(&to_json_value(value)))
    }
}

#[cfg(feature = "json")]
fn string_keys() -> courser_coerce::json::ReadOptions {
    courser_coerce::json::ReadOptions {
        keyword_keys: false,
        ..Default::default()
    }
}

#[cfg(feature = "json")]
pub(super) fn json(value: &Value) -> String {
    courser_coerce::json::write(value, &courser_coerce::json::WriteOptions::default())
}

/// The parts of a request that are the user's data, where a key that begins with `#` is just that.
const DATA: [&str; 2] = ["query-params", "form-params"];

/// A request's map as it came from JSON, with tagged values where objects of one key stand for
/// them: `{"body": {"#bytes": {"b64": "AAEC"}}}` is `{:body #bytes {:b64 "AAEC"}}`.
#[must_use]
pub fn from_json_value(data: Value) -> Value {
    fn tag(value: Value) -> Value {
        match value {
            Value::Vector(items) => Value::vector(items.into_iter().map(tag_one)),
            value => tag_one(value),
        }
    }
    fn tag_one(value: Value) -> Value {
        let Value::Map(map) = value else {
            return value;
        };
        let tag = match map.as_slice() {
            [(Value::String(key), _)] => key.strip_prefix('#').map(Symbol::new),
            _ => None,
        };
        match (tag, map) {
            (Some(tag), map) => {
                let inner = map.into_iter().next().map(|(_, inner)| inner);
                Value::tagged(tag, inner.unwrap_or_default())
            }
            (None, map) => map.into(),
        }
    }
    in_options(data, tag)
}

/// A request's or response's map as JSON can hold it: the opposite of [`from_json_value`].
#[must_use]
pub fn to_json_value(data: Value) -> Value {
    fn untag(value: Value) -> Value {
        match value {
            // The response of an error.
            Value::Map(_) => in_options(value, untag_two),
            Value::Vector(items) => Value::vector(items.into_iter().map(untag_one)),
            value => untag_one(value),
        }
    }
    fn untag_two(value: Value) -> Value {
        match value {
            Value::Map(_) => in_options(value, untag_one),
            value => untag_one(value),
        }
    }
    fn untag_one(value: Value) -> Value {
        match value {
            Value::Tagged(tagged) => {
                let key = format!("#{}", tagged.tag());
                Value::map([(key, tagged.into_value())])
            }
            value => value,
        }
    }
    in_options(data, untag)
}

/// Changes the values of a map, apart from the user's data.
fn in_options(data: Value, change: fn(Value) -> Value) -> Value {
    let Value::Map(map) = data else {
        return data;
    };
    let entries = map.into_iter().map(|(key, value)| {
        let own = key
            .as_name()
            .is_some_and(|name| DATA.contains(&name) || name.contains('/'));
        (key, if own { value } else { change(value) })
    });
    entries.collect::<Map>().into()
}

/// As [`from_value`](Request::from_value) reads it, from any format: the map of the data form.
impl<'de> serde::Deserialize<'de> for Request {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let data = Value::deserialize(from)?;
        Request::from_value(&from_json_value(data), &Env::new()).map_err(serde::de::Error::custom)
    }
}

/// The map of [`to_value`](Request::to_value).
impl serde::Serialize for Request {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let value = self.to_value().map_err(serde::ser::Error::custom)?;
        to_json_value(value).serialize(to)
    }
}

/// The map of [`to_value`](Response::to_value).
impl serde::Serialize for Response {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let value = self.to_value().map_err(serde::ser::Error::custom)?;
        to_json_value(value).serialize(to)
    }
}
