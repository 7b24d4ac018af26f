//! Types of your own to parameters, without a [`Value`] in between.
//!
//! What is no parameter of its own, such as a sequence within a sequence, is text as Clojure prints
//! it; that becomes a value first, by the serializer of values.

use std::fmt::{Display, Write as _};

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::flatten::{FlattenError, Nesting, can_be_name, write_name};
use super::out::Out;
use super::write::WriteError;
use crate::Value;
use crate::value::{ToItems, ToMap, ToValue, TypedError};

type Result<T> = std::result::Result<T, WriteError>;

impl serde::ser::Error for WriteError {
    fn custom<T: Display>(message: T) -> Self {
        Self::Typed(serde::ser::Error::custom(message))
    }
}

impl WriteError {
    /// With the step to where it is, if it is the type's own.
    fn placed(self, step: impl FnOnce(TypedError) -> TypedError) -> Self {
        match self {
            Self::Typed(typed) => Self::Typed(step(typed)),
            other => other,
        }
    }
}

/// Where a value stands.
#[derive(Clone, Copy)]
enum At {
    /// It is all parameters: a map or a sequence of pairs.
    Top,
    /// It is one of these pairs.
    Pair,
    /// It is the name of a parameter.
    Name,
    /// It is the value of a parameter; nil may be left out.
    Value { keep_nil: bool },
    /// It is one of the values of a parameter.
    Item(usize),
}

/// A place for one value.
pub(super) struct Put<'a, 'o> {
    out: &'a mut Out<'o>,
    at: At,
    depth: usize,
}

impl<'a, 'o> Put<'a, 'o> {
    pub(super) fn new(out: &'a mut Out<'o>) -> Self {
        let (at, depth) = (At::Top, 0);
        Self { out, at, depth }
    }

    fn deeper(self) -> Result<Self> {
        let depth = ToValue::below(self.depth)?;
        Ok(Self { depth, ..self })
    }

    fn text(self, text: &str) -> Result<()> {
        match self.at {
            At::Top => Err(not_params("a single value")),
            At::Pair => Err(not_params(NO_PAIRS)),
            At::Name => {
                self.out.name.key(|name| name.write_str(text));
                Ok(())
            }
            At::Value { .. } => self.out.single(text),
            At::Item(at) => self.out.item(at, text),
        }
    }

    fn nil(self) -> Result<()> {
        match self.at {
            At::Top | At::Value { keep_nil: false } => Ok(()),
            At::Name => Err(self.bad_name("nil")),
            _ => self.text(""),
        }
    }

    fn bad_name(&self, kind: &'static str) -> WriteError {
        let parent = self.out.name.shown();
        FlattenError::BadName { parent, kind }.into()
    }

    /// Whatever it is.
    fn value(self, value: &Value) -> Result<()> {
        match (self.at, value) {
            (At::Top, _) => self.out.params(value),
            (At::Pair, _) => self.out.params(&Value::vector([value.clone()])),
            (At::Name, _) if !can_be_name(value) => Err(self.bad_name(value.kind())),
            (At::Name, _) => {
                let name = &mut self.out.name;
                name.key(|name| write_name(name, value));
                Ok(())
            }
            (_, Value::Nil) => self.nil(),
            (At::Value { .. }, _) => self.out.value(value),
            (At::Item(at), Value::Map(_)) if self.out.nesting() != Nesting::Keep => {
                if self.out.nesting() == Nesting::Maps {
                    let key = self.out.name.shown();
                    return Err(FlattenError::MapInSequence { key }.into());
                }
                let mark = self.out.name.mark();
                self.out.name.position(at);
                self.out.value(value)?;
                self.out.name.back_to(mark);
                Ok(())
            }
            (At::Item(at), _) => self.out.text_of(value, |out, text| out.item(at, text)),
        }
    }

    fn sequence(self, data: impl FnOnce(ToValue) -> Data<ToItems>) -> Result<Sequence<'a, 'o>> {
        let kind = match self.at {
            At::Top => SequenceKind::Pairs,
            At::Pair => SequenceKind::Pair,
            At::Name => return Err(self.bad_name("a vector")),
            At::Value { .. } => SequenceKind::Values,
            At::Item(_) => SequenceKind::Data(data(ToValue::for_text(self.depth))?),
        };
        let mark = self.out.name.mark();
        Ok(self.deeper()?.items(kind, mark))
    }

    fn items(self, kind: SequenceKind, mark: usize) -> Sequence<'a, 'o> {
        Sequence {
            put: self,
            kind,
            next: 0,
            mark,
        }
    }

    fn map(mut self, data: impl FnOnce(ToValue) -> Data<ToMap>) -> Result<Entries<'a, 'o>> {
        let mark = self.out.name.mark();
        let data = if self.begin_map()? {
            None
        } else {
            Some(data(ToValue::for_text(self.depth))?)
        };
        Ok(self.deeper()?.entries(data, mark))
    }

    fn entries(self, data: Option<ToMap>, mark: usize) -> Entries<'a, 'o> {
        let key = self.out.name.mark();
        Entries {
            put: self,
            data,
            key,
            mark,
        }
    }

    /// Whether the map that stands here has parameters of its own; if not, it is data.
    fn begin_map(&mut self) -> Result<bool> {
        Ok(match (self.at, self.out.nesting()) {
            (At::Pair, _) => return Err(not_params(NO_PAIRS)),
            (At::Name, _) => return Err(self.bad_name("a map")),
            (At::Top, _) | (At::Value { .. }, Nesting::Maps | Nesting::Indexed) => true,
            (At::Item(at), Nesting::Indexed) => {
                self.out.name.position(at);
                true
            }
            _ => false,
        })
    }

    /// The place of a variant's content, which is a map from its name.
    fn variant(self, name: &str) -> Self {
        self.out.name.key(|text| text.write_str(name));
        let at = At::Value { keep_nil: true };
        Self { at, ..self }
    }
}

type Data<T> = std::result::Result<T, TypedError>;

const NO_PAIRS: &str = "a sequence of other things";

fn not_params(kind: &'static str) -> WriteError {
    FlattenError::NotParams { kind }.into()
}

impl<'a, 'o> Serializer for Put<'a, 'o> {
    type Ok = ();
    type Error = WriteError;
    type SerializeSeq = Sequence<'a, 'o>;
    type SerializeTuple = Sequence<'a, 'o>;
    type SerializeTupleStruct = Sequence<'a, 'o>;
    type SerializeTupleVariant = Sequence<'a, 'o>;
    type SerializeMap = Entries<'a, 'o>;
    type SerializeStruct = Entries<'a, 'o>;
    type SerializeStructVariant = Entries<'a, 'o>;

    fn serialize_bool(self, v: bool) -> Result<()> {
        self.text(if v { "true" } else { "false" })
    }

    fn serialize_i8(self, v: i8) -> Result<()> {
        self.text(itoa::Buffer::new().format(v))
    }

    fn serialize_i16(self, v: i16) -> Result<()> {
        self.text(itoa::Buffer::new().format(v))
    }

    fn serialize_i32(self, v: i32) -> Result<()> {
        self.text(itoa::Buffer::new().format(v))
    }

    fn serialize_i64(self, v: i64) -> Result<()> {
        self.text(itoa::Buffer::new().format(v))
    }

    fn serialize_i128(self, v: i128) -> Result<()> {
        self.text(itoa::Buffer::new().format(v))
    }

    fn serialize_u8(self, v: u8) -> Result<()> {
        self.text(itoa::Buffer::new().format(v))
    }

    fn serialize_u16(self, v: u16) -> Result<()> {
        self.text(itoa::Buffer::new().format(v))
    }

    fn serialize_u32(self, v: u32) -> Result<()> {
        self.text(itoa::Buffer::new().format(v))
    }

    fn serialize_u64(self, v: u64) -> Result<()> {
        self.text(itoa::Buffer::new().format(v))
    }

    fn serialize_u128(self, v: u128) -> Result<()> {
        self.text(itoa::Buffer::new().format(v))
    }

    fn serialize_f32(self, v: f32) -> Result<()> {
        self.value(&v.into())
    }

    fn serialize_f64(self, v: f64) -> Result<()> {
        self.value(&v.into())
    }

    fn serialize_char(self, v: char) -> Result<()> {
        self.text(v.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, v: &str) -> Result<()> {
        self.text(v)
    }

    fn serialize_bytes(self, v: &[u8]) -> Result<()> {
        self.value(&v.into())
    }

    fn serialize_none(self) -> Result<()> {
        self.nil()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<()> {
        self.nil()
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<()> {
        self.nil()
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<()> {
        self.text(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<()> {
        if ToValue::takes_whole(name) {
            let value = ToValue::for_text(self.depth).serialize_newtype_struct(name, value)?;
            return self.value(&value);
        }
        value.serialize(self.deeper()?)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<()> {
        let mark = self.out.name.mark();
        if !self.begin_map()? {
            let data = ToValue::for_text(self.depth);
            return self.value(&data.serialize_newtype_variant(name, index, variant, value)?);
        }
        let Put { out, at, depth } = self.deeper()?;
        value.serialize(Put { out, at, depth }.variant(variant))?;
        out.name.back_to(mark);
        Ok(())
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Sequence<'a, 'o>> {
        self.sequence(|data| data.serialize_seq(len))
    }

    fn serialize_tuple(self, len: usize) -> Result<Sequence<'a, 'o>> {
        self.sequence(|data| data.serialize_tuple(len))
    }

    fn serialize_tuple_struct(self, name: &'static str, len: usize) -> Result<Sequence<'a, 'o>> {
        self.sequence(|data| data.serialize_tuple_struct(name, len))
    }

    fn serialize_tuple_variant(
        mut self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Sequence<'a, 'o>> {
        let mark = self.out.name.mark();
        if self.begin_map()? {
            let content = self.deeper()?.variant(variant);
            return Ok(content.items(SequenceKind::Values, mark));
        }
        let data = ToValue::for_text(self.depth);
        let data = data.serialize_tuple_variant(name, index, variant, len)?;
        Ok(self.items(SequenceKind::Data(data), mark))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Entries<'a, 'o>> {
        self.map(|data| data.serialize_map(len))
    }

    fn serialize_struct(self, name: &'static str, len: usize) -> Result<Entries<'a, 'o>> {
        self.map(|data| data.serialize_struct(name, len))
    }

    fn serialize_struct_variant(
        mut self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Entries<'a, 'o>> {
        let mark = self.out.name.mark();
        if self.begin_map()? {
            let content = self.variant(variant);
            let entries = content.map(|data| data.serialize_struct(name, len))?;
            return Ok(Entries { mark, ..entries });
        }
        let data = ToValue::for_text(self.depth);
        let data = data.serialize_struct_variant(name, index, variant, len)?;
        Ok(self.entries(Some(data), mark))
    }
}

/// A sequence, item by item.
pub(super) struct Sequence<'a, 'o> {
    /// Where the sequence stands.
    put: Put<'a, 'o>,
    kind: SequenceKind,
    next: usize,
    /// The name before it.
    mark: usize,
}

enum SequenceKind {
    /// All parameters.
    Pairs,
    /// A name and a value.
    Pair,
    /// The values of a parameter.
    Values,
    /// Within one of the values of a parameter.
    Data(ToItems),
}

impl Sequence<'_, '_> {
    fn add<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<()> {
        let index = self.next;
        let at = match (&mut self.kind, index) {
            (SequenceKind::Data(items), _) => {
                return Ok(SerializeSeq::serialize_element(items, item)?);
            }
            (SequenceKind::Pairs, _) => At::Pair,
            (SequenceKind::Pair, 0) => At::Name,
            (SequenceKind::Pair, 1) => At::Value { keep_nil: true },
            (SequenceKind::Pair, _) => return Err(not_params(NO_PAIRS)),
            (SequenceKind::Values, _) => At::Item(index),
        };
        self.next += 1;
        let put = Put {
            out: self.put.out,
            at,
            depth: self.put.depth,
        };
        item.serialize(put)
            .map_err(|error| error.placed(|typed| typed.in_index(index)))
    }

    fn done(self) -> Result<()> {
        let Put { out, at, depth } = self.put;
        match self.kind {
            SequenceKind::Data(items) => {
                let value = SerializeSeq::end(items)?;
                Put { out, at, depth }.value(&value)?;
            }
            SequenceKind::Pair if self.next != 2 => return Err(not_params(NO_PAIRS)),
            SequenceKind::Values if self.next == 0 => out.no_items()?,
            _ => {}
        }
        out.name.back_to(self.mark);
        Ok(())
    }
}

impl SerializeSeq for Sequence<'_, '_> {
    type Ok = ();
    type Error = WriteError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<()> {
        self.add(item)
    }

    fn end(self) -> Result<()> {
        self.done()
    }
}

impl SerializeTuple for Sequence<'_, '_> {
    type Ok = ();
    type Error = WriteError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<()> {
        self.add(item)
    }

    fn end(self) -> Result<()> {
        self.done()
    }
}

impl SerializeTupleStruct for Sequence<'_, '_> {
    type Ok = ();
    type Error = WriteError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<()> {
        self.add(item)
    }

    fn end(self) -> Result<()> {
        self.done()
    }
}

impl SerializeTupleVariant for Sequence<'_, '_> {
    type Ok = ();
    type Error = WriteError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<()> {
        self.add(item)
    }

    fn end(self) -> Result<()> {
        self.done()
    }
}

/// A map, entry by entry.
pub(super) struct Entries<'a, 'o> {
    /// Where the map stands.
    put: Put<'a, 'o>,
    /// What it becomes if it has no parameters of its own.
    data: Option<ToMap>,
    /// The name before the key of an entry.
    key: usize,
    /// The name before the map.
    mark: usize,
}

impl<'o> Entries<'_, 'o> {
    fn at(&mut self, at: At) -> Put<'_, 'o> {
        Put {
            out: self.put.out,
            at,
            depth: self.put.depth,
        }
    }

    fn add_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let key = self.key;
        value
            .serialize(self.at(At::Value { keep_nil: false }))
            .map_err(|error| {
                error.placed(|typed| typed.in_name(self.put.out.name.key_after(key)))
            })?;
        self.put.out.name.back_to(key);
        Ok(())
    }

    fn add_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<()> {
        if let Some(data) = &mut self.data {
            return Ok(SerializeStruct::serialize_field(data, name, value)?);
        }
        self.put.out.name.key(|text| text.write_str(name));
        self.add_value(value)
    }

    fn done(self) -> Result<()> {
        let Put { out, at, depth } = self.put;
        if let Some(data) = self.data {
            let value = SerializeMap::end(data)?;
            Put { out, at, depth }.value(&value)?;
        }
        out.name.back_to(self.mark);
        Ok(())
    }
}

impl SerializeMap for Entries<'_, '_> {
    type Ok = ();
    type Error = WriteError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        match &mut self.data {
            Some(data) => Ok(data.serialize_key(key)?),
            None => key.serialize(self.at(At::Name)),
        }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        match &mut self.data {
            Some(data) => Ok(data.serialize_value(value)?),
            None => self.add_value(value),
        }
    }

    fn end(self) -> Result<()> {
        self.done()
    }
}

impl SerializeStruct for Entries<'_, '_> {
    type Ok = ();
    type Error = WriteError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<()> {
        self.add_field(name, value)
    }

    fn end(self) -> Result<()> {
        self.done()
    }
}

impl SerializeStructVariant for Entries<'_, '_> {
    type Ok = ();
    type Error = WriteError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<()> {
        self.add_field(name, value)
    }

    fn end(self) -> Result<()> {
        self.done()
    }
}
