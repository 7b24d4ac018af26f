//! Values to types.

use serde::de::value::{BorrowedStrDeserializer, UnitDeserializer};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};

use super::{MAX_DEPTH, TypedError, handoff};
use crate::Value;

/// A type of your own from a value.
///
/// Field names and variants are matched by keywords, strings and symbols alike; a tag names a
/// variant, and is ignored for other types. Exact numbers become floats or text as the type asks.
/// A field of type [`Value`] gets its value as it is.
///
/// ```
/// use courser_coerce::{Value, value::from_value};
///
/// #[derive(serde::Deserialize)]
/// struct Person {
///     first: String,
///     born: Option<i32>,
/// }
///
/// let value = Value::keyword_map([("first", "Fred".into()), ("born", 1970.into())]);
/// let person: Person = from_value(&value)?;
/// assert_eq!((person.first.as_str(), person.born), ("Fred", Some(1970)));
///
/// let error = from_value::<Vec<u8>>(&vec![1, 2, 300].into()).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "at [2]: invalid value: integer `300`, expected u8"
/// );
/// # Ok::<(), courser_coerce::value::TypedError>(())
/// ```
///
/// # Errors
/// [`TypedError`] says what does not fit and where in the value, or that it is nested deeper than
/// 512 levels.
pub fn from_value<'de, T: Deserialize<'de>>(value: &'de Value) -> Result<T, TypedError> {
    T::deserialize(FromValue {
        value,
        depth: 0,
        text: false,
    })
}

/// As [`from_value`], where numbers and booleans may be written as text, and one value stands for a
/// sequence of one: as forms have it.
#[cfg(feature = "form")]
pub(crate) fn from_text_value<'de, T: Deserialize<'de>>(
    value: &'de Value,
) -> Result<T, TypedError> {
    T::deserialize(FromValue {
        value,
        depth: 0,
        text: true,
    })
}

#[derive(Clone, Copy)]
struct FromValue<'de> {
    value: &'de Value,
    depth: usize,
    text: bool,
}

impl<'de> FromValue<'de> {
    fn deeper(self) -> Result<Self, TypedError> {
        if self.depth >= MAX_DEPTH {
            return Err(TypedError::new(format!(
                "nested deeper than {MAX_DEPTH} levels"
            )));
        }
        Ok(Self {
            depth: self.depth + 1,
            ..self
        })
    }

    /// The text, where it may stand for something else.
    fn text(self) -> Option<&'de str> {
        self.value.as_name().filter(|_| self.text)
    }

    fn integer<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        if let Some(text) = self.text() {
            if let Ok(number) = text.parse() {
                return visitor.visit_i64(number);
            }
            if let Ok(number) = text.parse() {
                return visitor.visit_u64(number);
            }
        }
        self.deserialize_any(visitor)
    }

    fn float<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        if let Some(Ok(number)) = self.text().map(str::parse) {
            return visitor.visit_f64(number);
        }
        match self.value {
            Value::BigInt(_) => visitor.visit_f64(self.value.as_f64().unwrap_or(f64::NAN)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        match self.value {
            Value::Decimal(v) => visitor.visit_string(v.to_string()),
            Value::Ratio(v) => visitor.visit_string(v.to_string()),
            _ => self.deserialize_any(visitor),
        }
    }

    fn sequence<V: Visitor<'de>>(
        self,
        items: &'de [Value],
        visitor: V,
    ) -> Result<V::Value, TypedError> {
        visitor.visit_seq(Items {
            inner: self.deeper()?,
            left: items.iter(),
            at: 0,
        })
    }
}

impl<'de> Deserializer<'de> for FromValue<'de> {
    type Error = TypedError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        match self.value {
            Value::Nil => visitor.visit_unit(),
            Value::Bool(v) => visitor.visit_bool(*v),
            Value::Int(v) => visitor.visit_i64(*v),
            Value::BigInt(v) => match (i64::try_from(&**v), u64::try_from(&**v)) {
                (Ok(v), _) => visitor.visit_i64(v),
                (_, Ok(v)) => visitor.visit_u64(v),
                _ => match i128::try_from(&**v) {
                    Ok(v) => visitor.visit_i128(v),
                    Err(_) => visitor.visit_string(v.to_string()),
                },
            },
            Value::Float(v) => visitor.visit_f64(*v),
            Value::Decimal(v) => visitor.visit_f64(v.to_f64()),
            Value::Ratio(v) => visitor.visit_f64(v.to_f64()),
            Value::Char(v) => visitor.visit_char(*v),
            Value::String(v) => visitor.visit_borrowed_str(v),
            Value::Keyword(v) => visitor.visit_borrowed_str(v.as_str()),
            Value::Symbol(v) => visitor.visit_borrowed_str(v.as_str()),
            Value::Inst(v) => visitor.visit_string(v.to_rfc3339()),
            Value::Uuid(v) => visitor.visit_string(v.to_string()),
            Value::List(items) | Value::Vector(items) => self.sequence(items, visitor),
            Value::Set(set) => self.sequence(set.as_slice(), visitor),
            Value::Map(map) => visitor.visit_map(Entries {
                inner: self.deeper()?,
                left: map.iter(),
                open: None,
            }),
            Value::Tagged(v) => Self {
                value: v.value(),
                ..self.deeper()?
            }
            .deserialize_any(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        match self.text().map(str::parse) {
            Some(Ok(v)) => visitor.visit_bool(v),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_i8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        self.integer(visitor)
    }

    fn deserialize_i16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        self.integer(visitor)
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        self.integer(visitor)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        self.integer(visitor)
    }

    fn deserialize_i128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        self.integer(visitor)
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        self.integer(visitor)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        self.integer(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        self.integer(visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        self.integer(visitor)
    }

    fn deserialize_u128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        self.integer(visitor)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        self.float(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        self.float(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        self.deserialize_any(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        self.string(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        self.string(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        match self.value {
            Value::String(v) => visitor.visit_borrowed_bytes(v.as_bytes()),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        if self.value.is_nil() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        self.deserialize_any(visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, TypedError> {
        self.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, TypedError> {
        if name == handoff::NAME {
            handoff::put(self.value.clone());
            return visitor.visit_newtype_struct(UnitDeserializer::new());
        }
        visitor.visit_newtype_struct(self.deeper()?)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        if self.text && matches!(self.value, Value::String(_)) {
            return self.sequence(std::slice::from_ref(self.value), visitor);
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, TypedError> {
        self.deserialize_any(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, TypedError> {
        self.deserialize_any(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        self.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TypedError> {
        self.deserialize_any(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TypedError> {
        let (name, content) = match self.value {
            Value::Tagged(v) => (Some(v.tag().as_str()), Some(v.value())),
            Value::Map(map) => match map.as_slice() {
                [(key, content)] => (key.as_name(), Some(content)),
                _ => (None, None),
            },
            other => (other.as_name(), None),
        };
        let Some(name) = name else {
            let found = self.value.kind();
            let message = format!("expected the name of a variant, found {found}");
            return Err(TypedError::new(message));
        };
        let inner = self.deeper()?;
        let content = content.map(|value| FromValue { value, ..inner });
        visitor.visit_enum(Variant { name, content })
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        self.deserialize_any(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        visitor.visit_unit()
    }
}

struct Items<'de> {
    inner: FromValue<'de>,
    left: std::slice::Iter<'de, Value>,
    at: usize,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = TypedError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, TypedError> {
        let Some(value) = self.left.next() else {
            return Ok(None);
        };
        let at = self.at;
        self.at += 1;
        let item = seed.deserialize(FromValue {
            value,
            ..self.inner
        });
        item.map(Some).map_err(|error| error.in_index(at))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left.len())
    }
}

struct Entries<'de> {
    inner: FromValue<'de>,
    left: std::slice::Iter<'de, (Value, Value)>,
    open: Option<&'de (Value, Value)>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = TypedError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, TypedError> {
        self.open = self.left.next();
        let Some((key, _)) = self.open else {
            return Ok(None);
        };
        // Where keys must be text, as in JSON, numbers are written as text.
        let key_of = FromValue {
            value: key,
            text: true,
            ..self.inner
        };
        seed.deserialize(key_of)
            .map(Some)
            .map_err(|error| error.in_key(key))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<T::Value, TypedError> {
        let Some((key, value)) = self.open else {
            return Err(TypedError::new("a value was asked for before its key"));
        };
        let inner = FromValue {
            value,
            ..self.inner
        };
        seed.deserialize(inner).map_err(|error| error.in_key(key))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left.len())
    }
}

struct Variant<'de> {
    name: &'de str,
    content: Option<FromValue<'de>>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = TypedError;
    type Variant = Content<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Content<'de>), TypedError> {
        let name = seed.deserialize(BorrowedStrDeserializer::new(self.name))?;
        Ok((
            name,
            Content {
                name: self.name,
                content: self.content,
            },
        ))
    }
}

struct Content<'de> {
    name: &'de str,
    content: Option<FromValue<'de>>,
}

impl<'de> Content<'de> {
    fn get(self) -> Result<FromValue<'de>, TypedError> {
        let missing = || TypedError::new(format!("expected content for the variant {}", self.name));
        self.content.ok_or_else(missing)
    }
}

impl<'de> VariantAccess<'de> for Content<'de> {
    type Error = TypedError;

    fn unit_variant(self) -> Result<(), TypedError> {
        self.content.map_or(Ok(()), Deserialize::deserialize)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, TypedError> {
        seed.deserialize(self.get()?)
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, TypedError> {
        self.get()?.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TypedError> {
        self.get()?.deserialize_any(visitor)
    }
}
