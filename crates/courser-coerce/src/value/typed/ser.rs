//! [`Value`] through any serializer.

use serde::ser::{Error, SerializeMap, SerializeSeq, SerializeStruct};
use serde::{Serialize, Serializer};

use super::{MAX_DEPTH, handoff};
use crate::Value;
use crate::value::{Keyword, Symbol};

/// As plain data: keywords and symbols as their text, lists and sets as sequences, big integers
/// beyond 64 bits, decimals and ratios as text, dates as RFC 3339, a tagged value as
/// `{"tag": …, "value": …}`. Into another `Value` it goes as it is.
///
/// # Errors
/// Serde calls itself for each level, so nesting deeper than 512 levels is an error.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(
            handoff::NAME,
            &Nested {
                value: self,
                depth: 0,
            },
        )
    }
}

struct Nested<'a> {
    value: &'a Value,
    depth: usize,
}

impl Serialize for Nested<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.depth == 0 && handoff::is_wanted() {
            handoff::put(self.value.clone());
            return serializer.serialize_unit();
        }
        if self.depth > MAX_DEPTH {
            return Err(S::Error::custom(format!(
                "nested deeper than {MAX_DEPTH} levels"
            )));
        }
        let inner = |value| Nested {
            value,
            depth: self.depth + 1,
        };
        let sequence = |items: &[Value], serializer: S| {
            let mut sequence = serializer.serialize_seq(Some(items.len()))?;
            for item in items {
                sequence.serialize_element(&Nested {
                    value: item,
                    depth: self.depth + 1,
                })?;
            }
            sequence.end()
        };
        match self.value {
            Value::Nil => serializer.serialize_unit(),
            Value::Bool(v) => serializer.serialize_bool(*v),
            Value::Int(v) => serializer.serialize_i64(*v),
            Value::Float(v) => serializer.serialize_f64(*v),
            Value::BigInt(v) => match (i64::try_from(&**v), u64::try_from(&**v)) {
                (Ok(v), _) => serializer.serialize_i64(v),
                (_, Ok(v)) => serializer.serialize_u64(v),
                _ => serializer.collect_str(v),
            },
            Value::Decimal(v) => serializer.collect_str(v),
            Value::Ratio(v) => serializer.collect_str(v),
            Value::Char(v) => serializer.serialize_char(*v),
            Value::String(v) => serializer.serialize_str(v),
            Value::Keyword(v) => serializer.serialize_str(v.as_str()),
            Value::Symbol(v) => serializer.serialize_str(v.as_str()),
            Value::Inst(v) => serializer.serialize_str(&v.to_rfc3339()),
            Value::Uuid(v) => serializer.collect_str(v),
            Value::List(items) | Value::Vector(items) => sequence(items, serializer),
            Value::Set(set) => sequence(set.as_slice(), serializer),
            Value::Map(map) => {
                let mut entries = serializer.serialize_map(Some(map.len()))?;
                for (key, value) in map {
                    entries.serialize_entry(&inner(key), &inner(value))?;
                }
                entries.end()
            }
            Value::Tagged(v) => {
                let mut fields = serializer.serialize_struct("Tagged", 2)?;
                fields.serialize_field("tag", v.tag().as_str())?;
                fields.serialize_field("value", &inner(v.value()))?;
                fields.end()
            }
        }
    }
}

/// As its text, without the colon; into a `Value` it goes as a keyword.
impl Serialize for Keyword {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Value::Keyword(self.clone()).serialize(serializer)
    }
}

/// As its text; into a `Value` it goes as a symbol.
impl Serialize for Symbol {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Value::Symbol(self.clone()).serialize(serializer)
    }
}
