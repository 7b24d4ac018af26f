//! Plain `MessagePack`: what it keeps, bad input, limits.

#![cfg(feature = "msgpack")]
// Helpers of tests are tests too.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "values/typed.rs"]
mod typed;
mod values;

use courser_coerce::Value;
use courser_coerce::msgpack::{self, ReadOptions};
use courser_coerce::value::{Inst, Map};
use proptest::prelude::*;

/// What plain `MessagePack` has a notation for.
fn plain() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Nil),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::Float),
        any::<String>().prop_map(Value::String),
        prop::collection::vec(any::<u8>(), 0..9).prop_map(|bytes| {
            msgpack::read_slice(&[&[0xc4, u8::try_from(bytes.len()).unwrap()], &bytes[..]].concat())
                .unwrap()
        }),
        (-62_167_219_200_i64..253_402_300_800, 0..1_000_000_000_u32)
            .prop_map(|(s, n)| Inst::from_unix(s, n).unwrap().into()),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((inner.clone(), inner), 0..6)
                .prop_map(|entries| Value::Map(entries.into_iter().collect::<Map>())),
        ]
    })
}

fn strings() -> ReadOptions {
    ReadOptions {
        keyword_keys: false,
        ..ReadOptions::default()
    }
}

/// Reads it if it can be read, and then it comes back.
fn survives(bytes: &[u8]) {
    match msgpack::read_slice_with(bytes, &strings()) {
        Ok(value) => {
            let written = msgpack::write(&value).unwrap();
            assert_eq!(msgpack::read_slice_with(&written, &strings()), Ok(value));
        }
        Err(error) => assert!(
            error.offset().is_some_and(|at| at <= bytes.len()),
            "{error}"
        ),
    }
}

fn document() -> Vec<u8> {
    let value = Value::keyword_map([
        (
            "a",
            vec![Value::Int(-5), 1.5.into(), Value::Nil, true.into()].into(),
        ),
        ("é", Value::Inst(Inst::from_unix(1, 5).unwrap())),
        ("big", u64::MAX.into()),
        (
            "n",
            Value::map([(Value::Int(300), Value::from("x".repeat(40)))]),
        ),
    ]);
    let mut bytes = msgpack::write(&value).unwrap();
    // Bytes and an extension of one's own.
    bytes[0] += 2;
    bytes.extend(b"\xa1b\xc4\x02\x00\xff\xa1e\xd5\x07\x01\x02");
    bytes
}

#[test]
fn kinds() {
    let read = msgpack::read_slice(&document()).unwrap();
    assert_eq!(read["b"].to_string(), r#"#bytes {:b64 "AP8="}"#);
    assert_eq!(
        read["e"].to_string(),
        r#"#msgpack/ext [7 #bytes {:b64 "AQI="}]"#
    );
    assert_eq!(read["é"].as_inst(), Inst::from_unix(1, 5));
    assert_eq!(msgpack::write(&read).unwrap(), document());
    assert_eq!(msgpack::read_slice(b"").unwrap(), Value::Nil);
    // As text, what it has no type for.
    let other = Value::vector([Value::keyword("a/b"), Value::ratio(1, 3), Value::set([1])]);
    let other = msgpack::read_slice(&msgpack::write(&other).unwrap()).unwrap();
    assert_eq!(other.to_string(), r#"["a/b" "1/3" [1]]"#);
    let tagged = msgpack::write(&Value::tagged("t", 1)).unwrap();
    assert_eq!(
        msgpack::read_slice(&tagged).unwrap().to_string(),
        r#"{:tag "t", :value 1}"#
    );
}

#[test]
fn every_prefix_and_every_changed_byte_is_a_value_or_an_error() {
    let document = document();
    for end in 0..document.len() {
        survives(&document[..end]);
    }
    let mut changed = document.clone();
    for at in 0..document.len() {
        for byte in 0..=255 {
            changed[at] = byte;
            survives(&changed);
        }
        changed[at] = document[at];
    }
}

/// SECURITY 36.
#[test]
fn depth_and_claims_are_limited() {
    fn check(bytes: &[u8], says: &str) {
        let error = msgpack::read_slice(bytes).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    check(&[0x91].repeat(1_000_000), "deeper than 512 levels");
    check(&[0x81, 0x01].repeat(1_000_000), "deeper than 512 levels");
    for marker in [0xdb, 0xc6, 0xdd, 0xdf, 0xc9] {
        check(&[marker, 0xff, 0xff, 0xff, 0xff], "too early");
    }
    check(b"\x01\x02", "expected the end of the document (at byte 1)");
    check(b"\xc1", "begins nothing (at byte 0)");
    let deep = (0..1_000_000).fold(Value::Nil, |inner, _| Value::vector([inner]));
    assert_eq!(msgpack::write(&deep).unwrap().len(), 1_000_001);
    let typed = msgpack::from_slice::<Value>(&[0x91].repeat(1_000_000));
    assert!(typed.unwrap_err().to_string().contains("depth"));
    assert!(msgpack::from_slice::<Vec<u8>>(b"\x91\xa1x").is_err());
}

proptest! {
    #[test]
    fn typed_values_come_back(it in typed::typed()) {
        let bytes = msgpack::to_vec(&it).unwrap();
        prop_assert_eq!(msgpack::from_slice::<typed::Typed>(&bytes).unwrap(), it);
    }

    #[test]
    fn plain_values_come_back(value in plain()) {
        let bytes = msgpack::write(&value).unwrap();
        prop_assert_eq!(&msgpack::read_slice_with(&bytes, &strings()).unwrap(), &value);
    }

    #[test]
    fn any_value_can_be_written(value in values::value()) {
        let bytes = msgpack::write(&value).unwrap();
        prop_assert!(msgpack::read_slice(&bytes).is_ok());
    }

    #[test]
    fn random_bytes_are_a_value_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        survives(&bytes);
    }
}
