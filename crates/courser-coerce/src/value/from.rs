//! Rust values into [`Value`]s, and comparisons with them.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use num_bigint::BigInt;

use super::{Decimal, Inst, Items, Keyword, Map, Set, Symbol, Tagged, Uuid, Value};

impl From<()> for Value {
    fn from((): ()) -> Self {
        Self::Nil
    }
}

impl From<bool> for Value {
    fn from(v: bool) -> Self {
        Self::Bool(v)
    }
}

impl From<i64> for Value {
    fn from(v: i64) -> Self {
        Self::Int(v)
    }
}

impl From<i32> for Value {
    fn from(v: i32) -> Self {
        Self::Int(v.into())
    }
}

impl From<i16> for Value {
    fn from(v: i16) -> Self {
        Self::Int(v.into())
    }
}

impl From<i8> for Value {
    fn from(v: i8) -> Self {
        Self::Int(v.into())
    }
}

impl From<u32> for Value {
    fn from(v: u32) -> Self {
        Self::Int(v.into())
    }
}

impl From<u16> for Value {
    fn from(v: u16) -> Self {
        Self::Int(v.into())
    }
}

impl From<u8> for Value {
    fn from(v: u8) -> Self {
        Self::Int(v.into())
    }
}

/// A `BigInt` beyond the range of `i64`.
impl From<u64> for Value {
    fn from(v: u64) -> Self {
        i64::try_from(v).map_or_else(|_| Self::from(BigInt::from(v)), Self::Int)
    }
}

/// A `BigInt` beyond the range of `i64`.
impl From<usize> for Value {
    fn from(v: usize) -> Self {
        i64::try_from(v).map_or_else(|_| Self::from(BigInt::from(v)), Self::Int)
    }
}

/// Always a `BigInt` (`1N`).
impl From<BigInt> for Value {
    fn from(v: BigInt) -> Self {
        Self::BigInt(Box::new(v))
    }
}

impl From<f64> for Value {
    fn from(v: f64) -> Self {
        Self::Float(v)
    }
}

impl From<f32> for Value {
    fn from(v: f32) -> Self {
        Self::Float(v.into())
    }
}

impl From<char> for Value {
    fn from(v: char) -> Self {
        Self::Char(v)
    }
}

impl From<&str> for Value {
    fn from(v: &str) -> Self {
        Self::String(v.to_owned())
    }
}

impl From<String> for Value {
    fn from(v: String) -> Self {
        Self::String(v)
    }
}

impl From<&String> for Value {
    fn from(v: &String) -> Self {
        Self::String(v.clone())
    }
}

impl From<Cow<'_, str>> for Value {
    fn from(v: Cow<'_, str>) -> Self {
        Self::String(v.into_owned())
    }
}

impl From<Decimal> for Value {
    fn from(v: Decimal) -> Self {
        Self::Decimal(Box::new(v))
    }
}

impl From<Keyword> for Value {
    fn from(v: Keyword) -> Self {
        Self::Keyword(v)
    }
}

impl From<Symbol> for Value {
    fn from(v: Symbol) -> Self {
        Self::Symbol(v)
    }
}

impl From<Inst> for Value {
    fn from(v: Inst) -> Self {
        Self::Inst(v)
    }
}

impl From<Uuid> for Value {
    fn from(v: Uuid) -> Self {
        Self::Uuid(v)
    }
}

impl From<Tagged> for Value {
    fn from(v: Tagged) -> Self {
        Self::Tagged(Box::new(v))
    }
}

impl From<Map> for Value {
    fn from(v: Map) -> Self {
        Self::Map(v)
    }
}

impl From<Set> for Value {
    fn from(v: Set) -> Self {
        Self::Set(v)
    }
}

/// A vector.
impl From<Items> for Value {
    fn from(v: Items) -> Self {
        Self::Vector(v)
    }
}

/// A vector.
impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(v: Vec<T>) -> Self {
        Self::vector(v)
    }
}

/// A vector.
impl<T: Into<Value> + Clone> From<&[T]> for Value {
    fn from(v: &[T]) -> Self {
        Self::vector(v.iter().cloned())
    }
}

/// A map, in the order of the pairs; the last of several equal keys wins.
impl<K: Into<Value>, V: Into<Value>, const N: usize> From<[(K, V); N]> for Value {
    fn from(v: [(K, V); N]) -> Self {
        Self::Map(v.into_iter().collect())
    }
}

impl<K: Into<Value>, V: Into<Value>, S: BuildHasher> From<HashMap<K, V, S>> for Value {
    fn from(v: HashMap<K, V, S>) -> Self {
        Self::Map(v.into_iter().collect())
    }
}

impl<K: Into<Value>, V: Into<Value>> From<BTreeMap<K, V>> for Value {
    fn from(v: BTreeMap<K, V>) -> Self {
        Self::Map(v.into_iter().collect())
    }
}

/// `None` is nil.
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Self {
        v.map_or(Self::Nil, Into::into)
    }
}

/// Is it a string of that text?
impl PartialEq<str> for Value {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == Some(other)
    }
}

/// Is it a string of that text?
impl PartialEq<&str> for Value {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == Some(other)
    }
}

/// Is it an `Int` of that number?
impl PartialEq<i64> for Value {
    fn eq(&self, other: &i64) -> bool {
        matches!(self, Self::Int(v) if v == other)
    }
}

impl PartialEq<bool> for Value {
    fn eq(&self, other: &bool) -> bool {
        self.as_bool() == Some(*other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: impl Into<Value>, expected: &str) {
        assert_eq!(value.into().to_string(), expected);
    }

    #[test]
    fn rust_values_become_values() {
        check((), "nil");
        check(None::<i32>, "nil");
        check(Some(1), "1");
        check(u64::MAX, "18446744073709551615N");
        check(1_usize, "1");
        check(1.5_f32, "1.5");
        check('a', "\\a");
        check(vec![Some("a"), None], r#"["a" nil]"#);
        check([("a", 1)], r#"{"a" 1}"#);
        check(BTreeMap::from([("b", true)]), r#"{"b" true}"#);
        check(HashMap::from([(1, "x")]), r#"{1 "x"}"#);
        check(&[1, 2][..], "[1 2]");
        check(BigInt::from(1), "1N");
    }
}
