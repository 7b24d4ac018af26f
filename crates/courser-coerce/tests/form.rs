//! Forms: bad input and round trips.

#![cfg(feature = "form")]
// Helpers of tests are tests too.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use courser_coerce::Value;
use courser_coerce::form::{self, ParamStyle, ReadOptions, WriteOptions};
use courser_coerce::text::Charset;
use courser_coerce::value::Map;
use proptest::prelude::*;
use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

mod values;

fn survives(bytes: &[u8]) {
    for nested in [false, true] {
        let options = ReadOptions {
            nested,
            ..ReadOptions::default()
        };
        if let Err(error) = form::read(bytes, &options) {
            assert!(
                nested,
                "only names that contradict each other are errors: {error}"
            );
        }
    }
}

#[test]
fn every_prefix_and_every_changed_byte_is_a_value_or_an_error() {
    let text = b"a=1&b%5Bc%5D=caf%C3%A9+x&d[]=2&d[]=3&e[0][f]=4";
    let mut changed = text.to_vec();
    for at in 0..text.len() {
        survives(&text[..at]);
        for byte in 0..=255 {
            changed[at] = byte;
            survives(&changed);
        }
        changed[at] = text[at];
    }
}

/// Text that every charset in the tests has.
fn nested() -> impl Strategy<Value = Value> {
    let leaf = "[a-zé ~]{0,5}".prop_map(Value::String);
    let map = |inner: BoxedStrategy<Value>| {
        prop::collection::vec(("[a-zé]{1,4}", inner), 1..5)
            .prop_map(|entries| Value::Map(entries.into_iter().collect::<Map>()))
    };
    let inner = leaf.prop_recursive(4, 20, 5, move |inner| map(inner.boxed()));
    map(inner.boxed())
}

/// Each kind of thing that a type can hand to serde.
#[derive(Debug, Clone)]
enum Shape {
    None,
    Bool(bool),
    Int(i64),
    Big(i128),
    Byte(u8),
    Float(f64),
    Single(f32),
    Char(char),
    Text(String),
    Bytes(Vec<u8>),
    UnitVariant,
    Whole(Value),
    Some(Box<Shape>),
    Newtype(Box<Shape>),
    NewtypeVariant(Box<Shape>),
    Seq(Vec<Shape>),
    Tuple(Vec<Shape>),
    TupleStruct(Vec<Shape>),
    TupleVariant(Vec<Shape>),
    Map(Vec<(Shape, Shape)>),
    Struct([Box<Shape>; 2]),
    StructVariant([Box<Shape>; 2]),
}

impl Serialize for Shape {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_none(),
            Self::Bool(v) => v.serialize(serializer),
            Self::Int(v) => v.serialize(serializer),
            Self::Big(v) => v.serialize(serializer),
            Self::Byte(v) => v.serialize(serializer),
            Self::Float(v) => v.serialize(serializer),
            Self::Single(v) => v.serialize(serializer),
            Self::Char(v) => v.serialize(serializer),
            Self::Text(v) => v.serialize(serializer),
            Self::Bytes(v) => serializer.serialize_bytes(v),
            Self::UnitVariant => serializer.serialize_unit_variant("E", 0, "unit é"),
            Self::Whole(v) => v.serialize(serializer),
            Self::Some(v) => serializer.serialize_some(v),
            Self::Newtype(v) => serializer.serialize_newtype_struct("N", v),
            Self::NewtypeVariant(v) => serializer.serialize_newtype_variant("E", 1, "new", v),
            Self::Seq(items) => {
                let mut seq = serializer.serialize_seq(None)?;
                for item in items {
                    seq.serialize_element(item)?;
                }
                seq.end()
            }
            Self::Tuple(items) => {
                let mut tuple = serializer.serialize_tuple(items.len())?;
                for item in items {
                    tuple.serialize_element(item)?;
                }
                tuple.end()
            }
            Self::TupleStruct(items) => {
                let mut tuple = serializer.serialize_tuple_struct("T", items.len())?;
                for item in items {
                    tuple.serialize_field(item)?;
                }
                tuple.end()
            }
            Self::TupleVariant(items) => {
                let mut tuple = serializer.serialize_tuple_variant("E", 2, "t[", items.len())?;
                for item in items {
                    tuple.serialize_field(item)?;
                }
                tuple.end()
            }
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(None)?;
                for (key, value) in entries {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
            Self::Struct([a, b]) => {
                let mut fields = serializer.serialize_struct("S", 2)?;
                fields.serialize_field("first", a)?;
                fields.serialize_field("second é", b)?;
                fields.end()
            }
            Self::StructVariant([a, b]) => {
                let mut fields = serializer.serialize_struct_variant("E", 3, "struct", 2)?;
                fields.serialize_field("first", a)?;
                fields.serialize_field("second", b)?;
                fields.end()
            }
        }
    }
}

fn shape() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        Just(Shape::None),
        any::<bool>().prop_map(Shape::Bool),
        any::<i64>().prop_map(Shape::Int),
        any::<i128>().prop_map(Shape::Big),
        any::<u8>().prop_map(Shape::Byte),
        any::<f64>().prop_map(Shape::Float),
        any::<f32>().prop_map(Shape::Single),
        any::<char>().prop_map(Shape::Char),
        "[a-zé日 ~%=&\\[\\]]{0,5}".prop_map(Shape::Text),
        prop::collection::vec(any::<u8>(), 0..3).prop_map(Shape::Bytes),
        Just(Shape::UnitVariant),
        values::value().prop_map(Shape::Whole),
    ];
    // Of equal keys in one map, a value keeps one.
    let entries = |keys: Vec<Shape>, values: Vec<Shape>| {
        let mut seen: Vec<Value> = Vec::new();
        keys.into_iter()
            .zip(values)
            .filter(|(key, _)| {
                let key = form::params(key).unwrap();
                let is_new = !seen.contains(&key);
                seen.push(key);
                is_new
            })
            .collect()
    };
    leaf.clone().prop_recursive(4, 24, 4, move |inner| {
        let many = prop::collection::vec(inner.clone(), 0..4);
        let two = [
            inner.clone().prop_map(Box::new),
            inner.clone().prop_map(Box::new),
        ];
        let keys = prop::collection::vec(prop_oneof![9 => leaf.clone(), 1 => inner.clone()], 0..4);
        prop_oneof![
            1 => inner.clone().prop_map(|v| Shape::Some(v.into())),
            1 => inner.clone().prop_map(|v| Shape::Newtype(v.into())),
            1 => inner.prop_map(|v| Shape::NewtypeVariant(v.into())),
            1 => many.clone().prop_map(Shape::Seq),
            1 => many.clone().prop_map(Shape::Tuple),
            1 => many.clone().prop_map(Shape::TupleStruct),
            1 => many.clone().prop_map(Shape::TupleVariant),
            3 => (keys, many).prop_map(move |(keys, values)| Shape::Map(entries(keys, values))),
            2 => two.clone().prop_map(Shape::Struct),
            1 => two.prop_map(Shape::StructVariant),
        ]
    })
}

/// As parameters, in more of the cases than of any shape.
fn top() -> impl Strategy<Value = Shape> {
    let value = || shape().prop_map(Box::new);
    let name = "[a-zé\\[]{0,3}".prop_map(Shape::Text);
    prop_oneof![
        1 => shape(),
        4 => [value(), value()].prop_map(Shape::Struct),
        1 => value().prop_map(Shape::NewtypeVariant),
        2 => prop::collection::vec((name, shape()), 0..3)
            .prop_map(|pairs| Shape::Seq(pairs.into_iter().map(|(k, v)| Shape::Tuple(vec![k, v])).collect())),
    ]
}

fn write_options() -> impl Strategy<Value = WriteOptions> {
    let styles = [
        ParamStyle::Repeat,
        ParamStyle::Array,
        ParamStyle::Indexed,
        ParamStyle::CommaSeparated,
    ];
    let charsets = ["utf-8", "latin1", "utf-16", "iso-2022-jp", "gb18030"]
        .map(|label| Charset::for_label(label).unwrap());
    (
        prop::sample::select(styles.to_vec()),
        any::<bool>(),
        prop::sample::select(charsets.to_vec()),
    )
        .prop_map(|(style, flatten, charset)| WriteOptions {
            style,
            flatten,
            charset,
        })
}

proptest! {
    #[test]
    fn types_are_written_as_their_values(shape in top(), options in write_options()) {
        let by_value = form::params(&shape)
            .map_err(form::WriteError::from)
            .and_then(|params| form::write(&params, &options));
        match (form::to_string_with(&shape, &options), by_value) {
            (Ok(direct), Ok(by_value)) => prop_assert_eq!(direct, by_value),
            // A value leaves out what is nil before its name is looked at.
            (Err(form::WriteError::Params(form::FlattenError::BadName { .. })), Ok(_)) => {}
            // Of several things that are wrong, each may find another first.
            (direct, by_value) => prop_assert!(direct.is_err() && by_value.is_err(), "{direct:?}, {by_value:?}"),
        }
    }

    #[test]
    fn pairs_come_back(pairs in prop::collection::vec((any::<String>(), any::<String>()), 0..8)) {
        let params: Vec<Value> = pairs.iter().map(|(k, v)| Value::vector([k, v])).collect();
        let text = form::write(&params.into(), &WriteOptions::default()).unwrap();
        prop_assert!(text.is_ascii());
        // And as a decoder that is not ours reads them.
        let theirs = url::form_urlencoded::parse(text.as_bytes()).into_owned();
        prop_assert_eq!(&theirs.collect::<Vec<_>>(), &pairs);
        let read = form::read_pairs(text.as_bytes(), &ReadOptions::default()).unwrap();
        prop_assert_eq!(read, pairs);
    }

    #[test]
    fn nested_maps_come_back(params in nested(), latin in any::<bool>()) {
        let charset = if latin { Charset::LATIN_1 } else { Charset::UTF_8 };
        let write = WriteOptions { flatten: true, charset, style: ParamStyle::Indexed };
        let text = form::write(&params, &write).unwrap();
        let nested = ReadOptions { nested: true, keyword_keys: false, charset, ..Default::default() };
        prop_assert_eq!(form::read(text.as_bytes(), &nested).unwrap(), params);
    }

    #[test]
    fn random_bytes_are_a_value_or_an_error(text in r"([a-b=&%+0-9\[\]]|\PC){0,60}") {
        survives(text.as_bytes());
    }
}
