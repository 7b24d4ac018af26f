//! JSON: bad input, round trips, and the opinion of `serde_json`.

#![cfg(feature = "json")]
// Helpers of tests are tests too.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use courser_coerce::Value;
use courser_coerce::json::{self, ReadOptions, WriteOptions};
use courser_coerce::value::Map;
use proptest::prelude::*;

const DOCUMENT: &str = r#"{"a": [1, -2.5e3, "x\u00e9\n", true, null, {"b": {}}], "日": []}"#;

/// Reads it where `serde_json` does, and to the same value.
fn agrees(bytes: &[u8]) {
    let strings = ReadOptions {
        keyword_keys: false,
        ..Default::default()
    };
    let ours = json::read_slice_with(bytes, &strings);
    match (&ours, serde_json::from_slice::<serde_json::Value>(bytes)) {
        (Ok(ours), Ok(theirs)) => {
            let written = json::write(ours, &WriteOptions::default());
            let again: serde_json::Value = serde_json::from_str(&written).unwrap();
            assert_eq!(again, theirs, "{bytes:?}");
        }
        (Err(error), Err(_)) => {
            assert!(error.place().offset <= bytes.len());
            assert!(!error.to_string().is_empty());
        }
        // An empty body is nil, and a byte order mark is left out.
        (Ok(_), Err(_)) => {
            let text = std::str::from_utf8(bytes).unwrap();
            let blank = text
                .trim_matches([' ', '\n', '\r', '\t', '\u{feff}'])
                .is_empty();
            assert!(blank || text.starts_with('\u{feff}'), "{bytes:?}: {ours:?}");
        }
        (Err(error), Ok(_)) => panic!("{bytes:?}: {error}"),
    }
}

#[test]
fn every_prefix_and_every_changed_byte_is_a_value_or_an_error() {
    for end in 0..=DOCUMENT.len() {
        agrees(&DOCUMENT.as_bytes()[..end]);
    }
    let mut changed = DOCUMENT.as_bytes().to_vec();
    for at in 0..changed.len() {
        let original = changed[at];
        for byte in 0..=255 {
            changed[at] = byte;
            agrees(&changed);
        }
        changed[at] = original;
    }
}

#[test]
fn large_objects_take_no_square_of_time() {
    let entries = |n| {
        (0..n)
            .map(|i| format!("\"{i}\":{i}"))
            .collect::<Vec<_>>()
            .join(",")
    };
    let value = json::read_str(&format!("{{{0},{0}}}", entries(50_000))).unwrap();
    assert_eq!(value.as_map().unwrap().len(), 50_000);
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Nil),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        (u64::MAX / 2 + 1..=u64::MAX).prop_map(Value::from),
        any::<f64>()
            .prop_filter("JSON has no other", |n| n.is_finite())
            .prop_map(Value::Float),
        any::<String>().prop_map(Value::String),
    ];
    leaf.prop_recursive(6, 60, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(|v| Value::Vector(v.into())),
            prop::collection::vec((any::<String>(), inner), 0..8)
                .prop_map(|entries| Value::Map(entries.into_iter().collect::<Map>())),
        ]
    })
}

proptest! {
    #[test]
    fn any_value_comes_back(value in value(), pretty: bool, escape_non_ascii: bool) {
        let options = WriteOptions { pretty, escape_non_ascii, ..Default::default() };
        let text = json::write(&value, &options);
        let strings = ReadOptions { keyword_keys: false, ..Default::default() };
        prop_assert_eq!(&json::read_slice_with(text.as_bytes(), &strings).unwrap(), &value);
    }

    #[test]
    fn random_text_is_read_as_serde_json_reads_it(
        text in r#"([\[\]{},:" -]|[0-9.eE+]{1,4}|"[a-z\\"]*"|true|null|\\u[0-9a-f]{4}){0,20}"#
    ) {
        // What differs: doubles beyond the range and integers beyond 64 bits (they are exact here).
        prop_assume!(!text.contains(['e', 'E']) || !text.contains(|c: char| c.is_ascii_digit()));
        agrees(text.as_bytes());
    }

    #[test]
    fn random_bytes_are_a_value_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        agrees(&bytes);
    }
}
