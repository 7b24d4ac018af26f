//! Values to and from types of your own, by serde.

mod de;
mod error;
mod from_value;
mod ser;
mod to_value;

pub use error::TypedError;
pub use from_value::from_value;
pub use to_value::to_value;
#[cfg(feature = "form")]
pub(crate) use {
    from_value::from_text_value,
    to_value::{ToItems, ToMap, ToValue, to_text_value},
};

/// Serde calls itself for each level of nesting, so there has to be a limit.
const MAX_DEPTH: usize = 512;

/// Handing a whole value over between [`Value`](super::Value)'s own serde implementations and the
/// serializer and deserializer here.
///
/// Serde's data model has no keywords, sets or tags. So a `Value` within a type of your own, such as
/// a field `extra: Value`, does not go through that model: both sides know each other by the name
/// of a newtype, and the value changes hands in a place of its thread. That also takes no stack,
/// however deep the value is.
mod handoff {
    use std::cell::{Cell, RefCell};

    use crate::Value;

    /// The newtype that other serializers and deserializers look through.
    pub(super) const NAME: &str = "$courser::Value";

    thread_local! {
        static WANTED: Cell<bool> = const { Cell::new(false) };
        static PLACE: RefCell<Option<Value>> = const { RefCell::new(None) };
    }

    /// Asks the next value serialized on this thread to be put here.
    pub(super) fn ask() {
        WANTED.set(true);
    }

    /// Whether it was asked for; then no more.
    pub(super) fn is_wanted() -> bool {
        WANTED.replace(false)
    }

    pub(super) fn put(value: Value) {
        PLACE.set(Some(value));
    }

    pub(super) fn take() -> Option<Value> {
        PLACE.take()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::Value;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Size {
        Small,
        Custom(u32),
        Boxed { width: u8, height: u8 },
        Pair(i8, i8),
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Order {
        id: u64,
        name: Option<String>,
        price: f64,
        sizes: Vec<Size>,
        by_number: HashMap<u32, char>,
        extra: Value,
    }

    fn order() -> Order {
        Order {
            id: u64::MAX,
            name: None,
            price: 1.5,
            sizes: vec![
                Size::Small,
                Size::Custom(3),
                Size::Boxed {
                    width: 1,
                    height: 2,
                },
                Size::Pair(-1, 1),
            ],
            by_number: HashMap::from([(7, 'x')]),
            extra: Value::set([
                Value::keyword("a/b"),
                Value::tagged("t", Value::symbol("s")),
            ]),
        }
    }

    #[test]
    fn types_become_values_and_come_back() {
        let value = to_value(&order()).unwrap();
        assert_eq!(
            value.to_string(),
            "{:id 18446744073709551615N, :name nil, :price 1.5, \
             :sizes [:small {:custom 3} {:boxed {:width 1, :height 2}} {:pair [-1 1]}], \
             :by_number {7 \\x}, :extra #{:a/b #t s}}"
        );
        assert_eq!(from_value::<Order>(&value).unwrap(), order());
    }

    #[test]
    fn values_go_through_other_formats_as_plain_data() {
        let value = Value::map([
            (
                Value::keyword("k"),
                Value::list([Value::keyword("a/b"), Value::ratio(1, 3)]),
            ),
            ("set".into(), Value::set([1])),
            ("tag".into(), Value::tagged("t", 1)),
            (7.into(), Value::decimal(110, 2)),
        ]);
        let json = serde_json::to_string(&value).unwrap();
        let expected = r#"{"k":["a/b","1/3"],"set":[1],"tag":{"tag":"t","value":1},"7":"1.10"}"#;
        assert_eq!(json, expected);
        let back: Value = serde_json::from_str(&json).unwrap();
        let expected =
            r#"{"k" ["a/b" "1/3"], "set" [1], "tag" {"tag" "t", "value" 1}, "7" "1.10"}"#;
        assert_eq!(back.to_string(), expected);
        let fields: HashMap<String, Value> = serde_json::from_str(&json).unwrap();
        assert_eq!(fields.len(), 4);
    }

    #[test]
    fn strings_keywords_symbols_and_tags_name_variants() {
        #[derive(Debug, PartialEq, Deserialize)]
        enum E {
            A,
            B(i64),
        }
        for value in ["A".into(), Value::keyword("A"), Value::symbol("A")] {
            assert_eq!(from_value::<E>(&value).unwrap(), E::A);
        }
        for value in [Value::tagged("B", 1), Value::from([("B", 1)])] {
            assert_eq!(from_value::<E>(&value).unwrap(), E::B(1));
        }
        let point = Value::tagged("geo/point", Value::keyword_map([("x", 1.into())]));
        assert_eq!(from_value::<HashMap<String, i64>>(&point).unwrap()["x"], 1);
    }

    #[test]
    fn numbers_fit_where_they_can() {
        let big = Value::from(num_bigint::BigInt::from(u64::MAX));
        assert_eq!(from_value::<u64>(&big).unwrap(), u64::MAX);
        assert_eq!(from_value::<i128>(&big).unwrap(), i128::from(u64::MAX));
        assert_eq!(
            from_value::<f32>(&Value::Int(2)).unwrap().to_bits(),
            2_f32.to_bits()
        );
        assert_eq!(
            from_value::<f64>(&Value::ratio(1, 4)).unwrap().to_bits(),
            0.25_f64.to_bits()
        );
        assert_eq!(
            from_value::<String>(&Value::decimal(110, 2)).unwrap(),
            "1.10"
        );
        assert!(from_value::<u8>(&Value::Int(256)).is_err());
        assert!(from_value::<i64>(&Value::Float(1.0)).is_err());
    }

    #[test]
    fn errors_have_the_path() {
        #[derive(Debug, Deserialize)]
        struct Sizes {
            #[allow(dead_code)]
            sizes: Vec<Size>,
        }
        let bad = Value::keyword_map([("sizes", vec![Value::keyword("small"), 1.into()].into())]);
        let error = from_value::<Sizes>(&bad).unwrap_err();
        assert_eq!(error.path(), "sizes[1]");
        assert_eq!(
            error.to_string(),
            "at sizes[1]: expected the name of a variant, found an integer"
        );
        let error = from_value::<Sizes>(&Value::Map(crate::value::Map::new())).unwrap_err();
        assert_eq!(error.to_string(), "missing field `sizes`");
    }

    #[derive(Debug, Serialize, Deserialize)]
    struct Nest(Option<Box<Nest>>, #[serde(default)] u8);

    #[test]
    fn depth_is_limited_where_serde_calls_itself() {
        let deep = (0..100_000).fold(Value::Nil, |inner, _| Value::vector([inner]));
        assert!(
            serde_json::to_string(&deep)
                .unwrap_err()
                .to_string()
                .contains("512 levels")
        );
        assert!(
            from_value::<Nest>(&deep)
                .unwrap_err()
                .to_string()
                .contains("512 levels")
        );
        assert!(from_value::<serde_json::Value>(&deep).is_err());
        // Handed over as it is.
        assert!(from_value::<Value>(&deep).unwrap() == deep);
        assert!(to_value(&deep).unwrap() == deep);
        assert!(to_value(&vec![Some(&deep)]).unwrap()[0] == deep);
        assert!(from_value::<serde::de::IgnoredAny>(&deep).is_ok());
        let mut nest = Nest(None, 0);
        for _ in 0..600 {
            nest = Nest(Some(Box::new(nest)), 0);
        }
        assert!(
            to_value(&nest)
                .unwrap_err()
                .to_string()
                .contains("512 levels")
        );
        let shallow = (0..500).fold(Value::Nil, |inner, _| Value::vector([inner]));
        assert!(serde_json::to_string(&shallow).is_ok());
    }
}
