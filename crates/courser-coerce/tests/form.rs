//! Forms: bad input and round trips.

#![cfg(feature = "form")]
// Helpers of tests are tests too.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use courser_coerce::Value;
use courser_coerce::form::{self, ParamStyle, ReadOptions, WriteOptions};
use courser_coerce::text::Charset;
use courser_coerce::value::Map;
use proptest::prelude::*;

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

proptest! {
    #[test]
    fn pairs_come_back(pairs in prop::collection::vec((any::<String>(), any::<String>()), 0..8)) {
        let params: Vec<Value> = pairs.iter().map(|(k, v)| Value::vector([k, v])).collect();
        let text = form::write(&params.into(), &WriteOptions::default()).unwrap();
        prop_assert!(text.is_ascii());
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
