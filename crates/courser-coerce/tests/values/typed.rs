//! A type of one's own with about all that serde knows, and any value of it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Typed {
    name: String,
    small: i8,
    id: i64,
    big: u64,
    ratio: f64,
    is_on: bool,
    letter: char,
    maybe: Option<String>,
    nothing: (),
    pair: (u8, String),
    kinds: Vec<Kind>,
    named: BTreeMap<String, Option<i32>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Kind {
    Plain,
    One(i64),
    Two(String, bool),
    Fields { a: bool, b: Vec<u16> },
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::Plain),
        any::<i64>().prop_map(Kind::One),
        any::<(String, bool)>().prop_map(|(text, is)| Kind::Two(text, is)),
        (any::<bool>(), prop::collection::vec(any::<u16>(), 0..4))
            .prop_map(|(a, b)| Kind::Fields { a, b }),
    ]
}

pub(crate) fn typed() -> impl Strategy<Value = Typed> {
    let finite = any::<f64>().prop_filter("equal to itself", |n| n.is_finite());
    let numbers = (any::<i8>(), any::<i64>(), any::<u64>(), finite);
    let texts = any::<(String, char, Option<String>, (u8, String), bool)>();
    let many = (
        prop::collection::vec(kind(), 0..4),
        prop::collection::btree_map(any::<String>(), any::<Option<i32>>(), 0..4),
    );
    (numbers, texts, many).prop_map(|((small, id, big, ratio), texts, (kinds, named))| {
        let (name, letter, maybe, pair, is_on) = texts;
        Typed {
            name,
            small,
            id,
            big,
            ratio,
            is_on,
            letter,
            maybe,
            nothing: (),
            pair,
            kinds,
            named,
        }
    })
}
