//! The ways in which values are equal.

use super::hash::hash_code;
use super::{Map, Set, Value};

/// What counts as equal.
#[derive(Clone, Copy, PartialEq)]
enum Rule {
    /// `==`: of the same kind and with the same content.
    Exact,
    /// Clojure's `=`.
    Clojure,
    /// Clojure's `=`, but NaN is itself, so that a map or set can find it again.
    Key,
}

impl Value {
    /// Equality as Clojure's `=` has it.
    ///
    /// Integers are equal across `1` and `1N`, but not to `1.0`; decimals as numbers (`1.0M` and
    /// `1.00M`); `0.0` to `-0.0`, and `##NaN` to nothing; vectors to lists with equal items; maps
    /// and sets regardless of order.
    ///
    /// ```
    /// use courser_coerce::Value;
    ///
    /// let big = Value::BigInt(Box::new(1.into()));
    /// assert!(Value::from(1).clj_eq(&big));
    /// assert!(Value::from(1) != big);
    /// assert!(!Value::from(1).clj_eq(&Value::from(1.0)));
    /// assert!(Value::vector([1, 2]).clj_eq(&Value::list([1, 2])));
    /// ```
    pub fn clj_eq(&self, other: &Self) -> bool {
        equal(self, other, Rule::Clojure)
    }
}

/// Exact equality: of the same kind and with the same content.
///
/// `1` differs from `1N` and `1.0`, `1.0M` from `1.00M`, a vector from a list, and floats are
/// compared by their bits, so that `##NaN` equals itself and `0.0` differs from `-0.0`. Only the
/// order of maps and sets does not matter. See [`Value::clj_eq`] for Clojure's `=`.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        equal(self, other, Rule::Exact)
    }
}

impl Eq for Value {}

/// Whether two keys of a map are one.
pub(crate) fn key_equal(a: &Value, b: &Value) -> bool {
    equal(a, b, Rule::Key)
}

pub(crate) fn maps_equal(a: &Map, b: &Map) -> bool {
    let mut pending = Vec::new();
    pair_maps(a, b, &mut pending) && all_equal(pending, Rule::Exact)
}

pub(crate) fn sets_equal(a: &Set, b: &Set) -> bool {
    let mut pending = Vec::new();
    pair_sets(a, b, &mut pending) && all_equal(pending, Rule::Exact)
}

fn equal(a: &Value, b: &Value, rule: Rule) -> bool {
    match leaves_equal(a, b, rule) {
        Some(known) => known,
        None => all_equal(vec![(a, b)], rule),
    }
}

type Pairs<'a> = Vec<(&'a Value, &'a Value)>;

/// Whether all the pairs are equal. What is inside of them is added to the pairs, instead of being
/// compared by a call.
fn all_equal(mut pending: Pairs<'_>, rule: Rule) -> bool {
    while let Some((a, b)) = pending.pop() {
        if let Some(known) = leaves_equal(a, b, rule) {
            if known {
                continue;
            }
            return false;
        }
        let paired = match (a, b) {
            (Value::List(a) | Value::Vector(a), Value::List(b) | Value::Vector(b)) => {
                a.len() == b.len()
                    && a.iter().zip(b.iter()).all(|(a, b)| {
                        leaves_equal(a, b, rule).unwrap_or_else(|| {
                            pending.push((a, b));
                            true
                        })
                    })
            }
            (Value::Map(a), Value::Map(b)) => pair_maps(a, b, &mut pending),
            (Value::Set(a), Value::Set(b)) => pair_sets(a, b, &mut pending),
            (Value::Tagged(a), Value::Tagged(b)) => {
                pending.push((a.value(), b.value()));
                a.tag() == b.tag()
            }
            _ => false,
        };
        if !paired {
            return false;
        }
    }
    true
}

/// Adds each entry of one map with its counterpart to the pairs. False if one has none.
fn pair_maps<'a>(a: &'a Map, b: &'a Map, pending: &mut Pairs<'a>) -> bool {
    let (a, b) = (a.as_slice(), b.as_slice());
    if a.len() != b.len() {
        return false;
    }
    let mut add = |((ak, av), (bk, bv)): (&'a (Value, Value), &'a (Value, Value))| {
        pending.push((av, bv));
        pending.push((ak, bk));
    };
    // Mostly they are in the same order.
    if a.iter()
        .zip(b)
        .all(|((a, _), (b, _))| leaves_equal(a, b, Rule::Key) == Some(true))
    {
        a.iter().zip(b).for_each(add);
        return true;
    }
    let Some(pairs) = by_hash(a, b, |(key, _)| key) else {
        return false;
    };
    pairs.into_iter().for_each(&mut add);
    true
}

fn pair_sets<'a>(a: &'a Set, b: &'a Set, pending: &mut Pairs<'a>) -> bool {
    let (a, b) = (a.as_slice(), b.as_slice());
    if a.len() != b.len() {
        return false;
    }
    if a.iter()
        .zip(b)
        .all(|(a, b)| leaves_equal(a, b, Rule::Key) == Some(true))
    {
        pending.extend(a.iter().zip(b));
        return true;
    }
    let Some(pairs) = by_hash(a, b, |item| item) else {
        return false;
    };
    pending.extend(pairs);
    true
}

/// Pairs up what has the same hash; `None` if something is left over.
///
/// Within a map or set two hashes are the same only by chance (they are keyed by a secret, and 64
/// bits wide). Then equal maps in different order could be found unequal, but never the reverse,
/// because the pairs are still compared.
fn by_hash<'a, T>(a: &'a [T], b: &'a [T], key: fn(&T) -> &Value) -> Option<Vec<(&'a T, &'a T)>> {
    let sorted = |entries: &'a [T]| {
        let mut hashed: Vec<(u64, &T)> = entries
            .iter()
            .map(|entry| (hash_code(key(entry)), entry))
            .collect();
        hashed.sort_by_key(|(hash, _)| *hash);
        hashed
    };
    let pairs = sorted(a).into_iter().zip(sorted(b));
    pairs
        .map(|((ah, a), (bh, b))| (ah == bh).then_some((a, b)))
        .collect()
}

/// `None` if both are collections whose insides decide.
fn leaves_equal(a: &Value, b: &Value, rule: Rule) -> Option<bool> {
    Some(match (a, b) {
        (Value::Keyword(a), Value::Keyword(b)) => a == b,
        (Value::String(a), Value::String(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Nil, Value::Nil) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Char(a), Value::Char(b)) => a == b,
        (Value::Symbol(a), Value::Symbol(b)) => a == b,
        (Value::BigInt(a), Value::BigInt(b)) => a == b,
        (Value::Int(a), Value::BigInt(b)) | (Value::BigInt(b), Value::Int(a)) => {
            rule != Rule::Exact && i64::try_from(&**b).is_ok_and(|b| b == *a)
        }
        (Value::Float(a), Value::Float(b)) => floats_equal(*a, *b, rule),
        (Value::Decimal(a), Value::Decimal(b)) => {
            a == b || rule != Rule::Exact && a.normalized() == b.normalized()
        }
        (Value::Ratio(a), Value::Ratio(b)) => a == b,
        (Value::Inst(a), Value::Inst(b)) => a == b,
        (Value::Uuid(a), Value::Uuid(b)) => a == b,
        (Value::List(_), Value::Vector(_)) | (Value::Vector(_), Value::List(_)) => {
            return if rule == Rule::Exact {
                Some(false)
            } else {
                None
            };
        }
        (Value::List(_), Value::List(_))
        | (Value::Vector(_), Value::Vector(_))
        | (Value::Map(_), Value::Map(_))
        | (Value::Set(_), Value::Set(_))
        | (Value::Tagged(_), Value::Tagged(_)) => return None,
        _ => false,
    })
}

// Clojure's `=` on doubles is exact comparison too.
#[allow(clippy::float_cmp)]
fn floats_equal(a: f64, b: f64, rule: Rule) -> bool {
    match rule {
        Rule::Exact => a.to_bits() == b.to_bits(),
        Rule::Clojure => a == b,
        Rule::Key => a == b || a.is_nan() && b.is_nan(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn big(n: i64) -> Value {
        Value::BigInt(Box::new(n.into()))
    }

    #[track_caller]
    fn check(a: impl Into<Value>, b: impl Into<Value>, exact: bool, clojure: bool, key: bool) {
        let (a, b) = (a.into(), b.into());
        assert_eq!((a == b, b == a), (exact, exact), "{a} == {b}");
        assert_eq!(
            (a.clj_eq(&b), b.clj_eq(&a)),
            (clojure, clojure),
            "{a} clj_eq {b}"
        );
        assert_eq!(
            (key_equal(&a, &b), key_equal(&b, &a)),
            (key, key),
            "{a} key_equal {b}"
        );
        if exact || key || clojure {
            assert_eq!(hash_code(&a), hash_code(&b), "hashes of {a} and {b}");
        }
    }

    #[test]
    fn numbers() {
        check(1, 1, true, true, true);
        check(1, 2, false, false, false);
        check(1, big(1), false, true, true);
        check(1, 1.0, false, false, false);
        check(0.0, -0.0, false, true, true);
        check(f64::NAN, f64::NAN, true, false, true);
        check(
            Value::decimal(10, 1),
            Value::decimal(1, 0),
            false,
            true,
            true,
        );
        check(Value::decimal(10, 1), 1, false, false, false);
        check(Value::decimal(1, 0), 1.0, false, false, false);
    }

    #[test]
    fn collections() {
        check(Value::vector([1]), Value::list([1]), false, true, true);
        check(
            Value::vector([1]),
            Value::vector([big(1)]),
            false,
            true,
            true,
        );
        check(Value::vector([1]), Value::set([1]), false, false, false);
        check(
            Value::vector([1, 2]),
            Value::vector([1]),
            false,
            false,
            false,
        );
        check(Value::set([1, 2]), Value::set([2, 1]), true, true, true);
        check(
            Value::set([1, 2]),
            Value::set([big(2), big(1)]),
            false,
            true,
            true,
        );
        check(
            Value::from([("a", 1), ("b", 2)]),
            Value::from([("b", 2), ("a", 1)]),
            true,
            true,
            true,
        );
        check(
            Value::from([("a", 1)]),
            Value::from([("a", 2)]),
            false,
            false,
            false,
        );
        check(
            Value::from([("a", f64::NAN)]),
            Value::from([("a", f64::NAN)]),
            true,
            false,
            true,
        );
        check(
            Value::Map(crate::value::Map::new()),
            Value::set::<Value>([]),
            false,
            false,
            false,
        );
        check(
            Value::tagged("a", 1),
            Value::tagged("a", 1),
            true,
            true,
            true,
        );
        check(
            Value::tagged("a", 1),
            Value::tagged("b", 1),
            false,
            false,
            false,
        );
        let nested = |a, b| Value::set([Value::set([a, b]), Value::vector([Value::set([b, a])])]);
        check(nested(1, 2), nested(2, 1), true, true, true);
        check(nested(1, 2), nested(3, 1), false, false, false);
    }

    #[test]
    fn kinds() {
        check("a", Value::keyword("a"), false, false, false);
        check(Value::symbol("a"), Value::keyword("a"), false, false, false);
        check('a', "a", false, false, false);
        check((), false, false, false, false);
    }
}
