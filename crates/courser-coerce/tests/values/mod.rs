//! Any value, for property tests of the codecs.

// Helpers of tests are tests too.
#![allow(clippy::unwrap_used, unreachable_pub)]

use courser_coerce::Value;
use courser_coerce::value::{Decimal, Inst, Keyword, Map, Set, Symbol, Uuid};
use proptest::prelude::*;

fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z*!?<>=é日][a-zA-Z0-9.*+!_?$%&=<>'#-]{0,6}(/[a-zA-Z][a-z0-9-]{0,4})?"
        .prop_filter("words that are values", |n| {
            !matches!(&**n, "nil" | "true" | "false")
        })
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Nil),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<i128>().prop_map(|n| num_bigint::BigInt::from(n).into()),
        any::<f64>().prop_map(|n| if n.is_nan() {
            Value::Float(f64::NAN)
        } else {
            n.into()
        }),
        (any::<i128>(), -400..400).prop_map(|(n, scale)| Decimal::new(n, scale).into()),
        (any::<i64>(), 1..i64::MAX).prop_map(|(n, d)| Value::ratio(n, d)),
        any::<char>().prop_map(Value::Char),
        any::<String>().prop_map(Value::String),
        name().prop_map(|n| Keyword::new(&n).into()),
        name().prop_map(|n| Symbol::new(&n).into()),
        any::<u128>().prop_map(|n| Uuid::from_u128(n).into()),
        (-62_167_219_200_i64..253_402_300_800, 0..1_000_000_000_u32)
            .prop_map(|(s, n)| Inst::from_unix(s, n).unwrap().into()),
    ]
}

/// Any value: every kind of leaf, nested a few levels.
pub fn value() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(6, 60, 8, |inner| {
        let many = prop::collection::vec(inner.clone(), 0..8);
        prop_oneof![
            many.clone().prop_map(|items| Value::Vector(items.into())),
            many.clone().prop_map(|items| Value::List(items.into())),
            many.prop_map(|items| Value::Set(items.into_iter().collect::<Set>())),
            prop::collection::vec((inner.clone(), inner.clone()), 0..8)
                .prop_map(|entries| Value::Map(entries.into_iter().collect::<Map>())),
            (
                name().prop_filter("a tag begins with a letter", |n| {
                    n.starts_with(char::is_alphabetic) && n != "inst" && n != "uuid"
                }),
                inner
            )
                .prop_map(|(tag, value)| Value::tagged(tag.as_str(), value)),
        ]
    })
}
