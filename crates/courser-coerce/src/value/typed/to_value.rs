//! Types to values.

use num_bigint::BigInt;
use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::{MAX_DEPTH, TypedError, handoff};
use crate::Value;
use crate::value::{Items, Map};

/// The value of anything serializable: structs become maps with keyword keys, variants without
/// content keywords, others a map from the keyword to the content.
///
/// ```
/// use courser_coerce::value::to_value;
///
/// #[derive(serde::Serialize)]
/// struct Search {
///     q: String,
///     page: Option<u32>,
/// }
///
/// let value = to_value(&Search { q: "tea".into(), page: Some(2) })?;
/// assert_eq!(value.to_string(), r#"{:q "tea", :page 2}"#);
/// # Ok::<(), courser_coerce::value::TypedError>(())
/// ```
///
/// # Errors
/// [`TypedError`] from the type's own implementation, or if it is nested deeper than 512 levels.
pub fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Value, TypedError> {
    value.serialize(ToValue {
        depth: 0,
        names: Value::keyword,
        keep_nil: true,
    })
}

/// As [`to_value`], with strings in place of keywords, as a parameter must not read `:name`, and
/// without the fields that are `None`.
#[cfg(feature = "form")]
pub(crate) fn to_text_value<T: Serialize + ?Sized>(value: &T) -> Result<Value, TypedError> {
    value.serialize(ToValue::for_text(0))
}

#[derive(Clone, Copy)]
pub(crate) struct ToValue {
    depth: usize,
    /// What the name of a field or variant becomes.
    names: fn(&str) -> Value,
    /// Whether fields that are nil are kept.
    keep_nil: bool,
}

#[cfg(feature = "form")]
impl ToValue {
    /// As [`to_text_value`] has it, for what stands that deep in something else.
    pub(crate) fn for_text(depth: usize) -> Self {
        Self {
            depth,
            names: |name| Value::from(name),
            keep_nil: false,
        }
    }

    /// Whether a newtype of this name holds a whole value, which then goes as it is.
    pub(crate) fn takes_whole(name: &str) -> bool {
        name == handoff::NAME
    }
}

impl ToValue {
    /// One level more than `depth`, unless that is too many.
    pub(crate) fn below(depth: usize) -> Result<usize, TypedError> {
        if depth >= MAX_DEPTH {
            return Err(TypedError::new(format!(
                "nested deeper than {MAX_DEPTH} levels"
            )));
        }
        Ok(depth + 1)
    }

    fn deeper(self) -> Result<Self, TypedError> {
        let depth = Self::below(self.depth)?;
        Ok(Self { depth, ..self })
    }

    fn name(self, name: &str) -> Value {
        (self.names)(name)
    }

    fn items(self, variant: Option<&'static str>) -> Result<ToItems, TypedError> {
        Ok(ToItems {
            inner: self.deeper()?,
            variant,
            items: Vec::new(),
        })
    }

    fn map(self, variant: Option<&'static str>) -> Result<ToMap, TypedError> {
        Ok(ToMap {
            inner: self.deeper()?,
            variant,
            map: Map::new(),
            key: None,
        })
    }

    fn variant(self, variant: Option<&'static str>, content: Value) -> Value {
        match variant {
            Some(variant) => Value::map([(self.name(variant), content)]),
            None => content,
        }
    }
}

pub(crate) struct ToItems {
    inner: ToValue,
    variant: Option<&'static str>,
    items: Vec<Value>,
}

impl ToItems {
    fn add<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), TypedError> {
        let at = self.items.len();
        self.items.push(
            item.serialize(self.inner)
                .map_err(|error| error.in_index(at))?,
        );
        Ok(())
    }

    fn done(self) -> Value {
        self.inner
            .variant(self.variant, Value::Vector(Items::from(self.items)))
    }
}

pub(crate) struct ToMap {
    inner: ToValue,
    variant: Option<&'static str>,
    map: Map,
    key: Option<Value>,
}

impl ToMap {
    fn add<T: Serialize + ?Sized>(&mut self, key: Value, value: &T) -> Result<(), TypedError> {
        let value = value
            .serialize(self.inner)
            .map_err(|error| error.in_key(&key))?;
        if self.inner.keep_nil || !value.is_nil() {
            self.map.insert(key, value);
        }
        Ok(())
    }

    fn done(self) -> Value {
        self.inner.variant(self.variant, Value::Map(self.map))
    }
}

impl Serializer for ToValue {
    type Ok = Value;
    type Error = TypedError;
    type SerializeSeq = ToItems;
    type SerializeTuple = ToItems;
    type SerializeTupleStruct = ToItems;
    type SerializeTupleVariant = ToItems;
    type SerializeMap = ToMap;
    type SerializeStruct = ToMap;
    type SerializeStructVariant = ToMap;

    fn serialize_bool(self, v: bool) -> Result<Value, TypedError> {
        Ok(v.into())
    }

    fn serialize_i8(self, v: i8) -> Result<Value, TypedError> {
        Ok(v.into())
    }

    fn serialize_i16(self, v: i16) -> Result<Value, TypedError> {
        Ok(v.into())
    }

    fn serialize_i32(self, v: i32) -> Result<Value, TypedError> {
        Ok(v.into())
    }

    fn serialize_i64(self, v: i64) -> Result<Value, TypedError> {
        Ok(v.into())
    }

    fn serialize_i128(self, v: i128) -> Result<Value, TypedError> {
        Ok(Value::from(BigInt::from(v)).normalized_int())
    }

    fn serialize_u8(self, v: u8) -> Result<Value, TypedError> {
        Ok(v.into())
    }

    fn serialize_u16(self, v: u16) -> Result<Value, TypedError> {
        Ok(v.into())
    }

    fn serialize_u32(self, v: u32) -> Result<Value, TypedError> {
        Ok(v.into())
    }

    fn serialize_u64(self, v: u64) -> Result<Value, TypedError> {
        Ok(v.into())
    }

    fn serialize_u128(self, v: u128) -> Result<Value, TypedError> {
        Ok(Value::from(BigInt::from(v)).normalized_int())
    }

    fn serialize_f32(self, v: f32) -> Result<Value, TypedError> {
        Ok(v.into())
    }

    fn serialize_f64(self, v: f64) -> Result<Value, TypedError> {
        Ok(v.into())
    }

    fn serialize_char(self, v: char) -> Result<Value, TypedError> {
        Ok(v.into())
    }

    fn serialize_str(self, v: &str) -> Result<Value, TypedError> {
        Ok(v.into())
    }

    fn serialize_bytes(self, v: &[u8]) -> Result<Value, TypedError> {
        Ok(v.into())
    }

    fn serialize_none(self) -> Result<Value, TypedError> {
        Ok(Value::Nil)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, TypedError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, TypedError> {
        Ok(Value::Nil)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<Value, TypedError> {
        Ok(Value::Nil)
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<Value, TypedError> {
        Ok(self.name(variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<Value, TypedError> {
        if name == handoff::NAME {
            handoff::ask();
            let nothing = value.serialize(self)?;
            return Ok(handoff::take().unwrap_or(nothing));
        }
        value.serialize(self.deeper()?)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value, TypedError> {
        let content = value.serialize(self.deeper()?)?;
        Ok(self.variant(Some(variant), content))
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<ToItems, TypedError> {
        self.items(None)
    }

    fn serialize_tuple(self, _len: usize) -> Result<ToItems, TypedError> {
        self.items(None)
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _len: usize,
    ) -> Result<ToItems, TypedError> {
        self.items(None)
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<ToItems, TypedError> {
        self.items(Some(variant))
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<ToMap, TypedError> {
        self.map(None)
    }

    fn serialize_struct(self, _name: &'static str, _len: usize) -> Result<ToMap, TypedError> {
        self.map(None)
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<ToMap, TypedError> {
        self.map(Some(variant))
    }
}

impl SerializeSeq for ToItems {
    type Ok = Value;
    type Error = TypedError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), TypedError> {
        self.add(item)
    }

    fn end(self) -> Result<Value, TypedError> {
        Ok(self.done())
    }
}

impl SerializeTuple for ToItems {
    type Ok = Value;
    type Error = TypedError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), TypedError> {
        self.add(item)
    }

    fn end(self) -> Result<Value, TypedError> {
        Ok(self.done())
    }
}

impl SerializeTupleStruct for ToItems {
    type Ok = Value;
    type Error = TypedError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), TypedError> {
        self.add(item)
    }

    fn end(self) -> Result<Value, TypedError> {
        Ok(self.done())
    }
}

impl SerializeTupleVariant for ToItems {
    type Ok = Value;
    type Error = TypedError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), TypedError> {
        self.add(item)
    }

    fn end(self) -> Result<Value, TypedError> {
        Ok(self.done())
    }
}

impl SerializeMap for ToMap {
    type Ok = Value;
    type Error = TypedError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), TypedError> {
        self.key = Some(key.serialize(self.inner)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), TypedError> {
        let key = self.key.take().unwrap_or_default();
        self.add(key, value)
    }

    fn end(self) -> Result<Value, TypedError> {
        Ok(self.done())
    }
}

impl SerializeStruct for ToMap {
    type Ok = Value;
    type Error = TypedError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), TypedError> {
        self.add(self.inner.name(name), value)
    }

    fn end(self) -> Result<Value, TypedError> {
        Ok(self.done())
    }
}

impl SerializeStructVariant for ToMap {
    type Ok = Value;
    type Error = TypedError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), TypedError> {
        self.add(self.inner.name(name), value)
    }

    fn end(self) -> Result<Value, TypedError> {
        Ok(self.done())
    }
}
