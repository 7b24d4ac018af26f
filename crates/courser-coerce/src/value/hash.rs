//! One hash for all the ways in which values can be equal.

use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher, RandomState};
use std::sync::LazyLock;

use super::walk::Children;
use super::{Map, Set, Symbol, Value};

/// The key is the process's own, so that nobody outside can choose keys that collide.
static KEYED: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// Says what is being hashed, so that `"a"`, `:a` and `\a` differ.
#[derive(Clone, Copy)]
enum Kind {
    Nil,
    Bool,
    Integer,
    Float,
    Decimal,
    Ratio,
    Char,
    String,
    Keyword,
    Symbol,
    Sequence,
    Map,
    Entry,
    Set,
    Tagged,
    Inst,
    Uuid,
}

fn hasher(kind: Kind) -> DefaultHasher {
    let mut hasher = KEYED.build_hasher();
    hasher.write_u8(kind as u8);
    hasher
}

fn leaf(kind: Kind, content: impl Hash) -> u64 {
    let mut hasher = hasher(kind);
    content.hash(&mut hasher);
    hasher.finish()
}

pub(crate) fn hash_string(text: &str) -> u64 {
    leaf(Kind::String, text)
}

pub(crate) fn hash_keyword(text: &str) -> u64 {
    leaf(Kind::Keyword, text)
}

/// The hash of a value without others inside, or of a map or set that knows its own.
fn known(value: &Value) -> Option<u64> {
    Some(match value {
        Value::Nil => leaf(Kind::Nil, ()),
        Value::Bool(v) => leaf(Kind::Bool, v),
        Value::Int(v) => leaf(Kind::Integer, v),
        // 1N equals 1 in Clojure.
        Value::BigInt(v) => match i64::try_from(&**v) {
            Ok(small) => leaf(Kind::Integer, small),
            Err(_) => leaf(Kind::Integer, v),
        },
        // One zero and one NaN.
        Value::Float(v) if v.is_nan() => leaf(Kind::Float, f64::NAN.to_bits()),
        Value::Float(v) => leaf(Kind::Float, (v + 0.0).to_bits()),
        Value::Decimal(v) => leaf(Kind::Decimal, v.normalized()),
        Value::Ratio(v) => leaf(Kind::Ratio, v),
        Value::Char(v) => leaf(Kind::Char, v),
        Value::String(v) => hash_string(v),
        Value::Keyword(v) => hash_keyword(v.as_str()),
        Value::Symbol(v) => leaf(Kind::Symbol, v.as_str()),
        Value::Inst(v) => leaf(Kind::Inst, v),
        Value::Uuid(v) => leaf(Kind::Uuid, v),
        Value::Map(map) => return map.cached_hash(),
        Value::Set(set) => return set.cached_hash(),
        Value::List(_) | Value::Vector(_) | Value::Tagged(_) => return None,
    })
}

/// A collection whose children are being hashed.
enum Open<'a> {
    /// In order: a list, a vector, or the one value under a tag.
    Ordered(DefaultHasher),
    /// The sum does not depend on the order.
    Set(&'a Set, u64),
    Map(&'a Map, u64, Option<u64>),
}

impl<'a> Open<'a> {
    fn of(value: &'a Value) -> Self {
        let tagged = |tag: &Symbol| {
            let mut hasher = hasher(Kind::Tagged);
            tag.as_str().hash(&mut hasher);
            hasher
        };
        match value {
            Value::Set(set) => Self::Set(set, 0),
            Value::Map(map) => Self::Map(map, 0, None),
            Value::Tagged(v) => Self::Ordered(tagged(v.tag())),
            _ => Self::Ordered(hasher(Kind::Sequence)),
        }
    }

    fn add(&mut self, child: u64) {
        match self {
            Self::Ordered(hasher) => hasher.write_u64(child),
            Self::Set(_, sum) => *sum = sum.wrapping_add(child),
            Self::Map(_, sum, key) => match key.take() {
                None => *key = Some(child),
                Some(key) => *sum = sum.wrapping_add(leaf(Kind::Entry, (key, child))),
            },
        }
    }

    fn close(self) -> u64 {
        match self {
            Self::Ordered(hasher) => hasher.finish(),
            Self::Set(set, sum) => {
                let hash = leaf(Kind::Set, (set.len(), sum));
                set.cache_hash(hash);
                hash
            }
            Self::Map(map, sum, _) => {
                let hash = leaf(Kind::Map, (map.len(), sum));
                map.cache_hash(hash);
                hash
            }
        }
    }
}

/// Equal values have equal hashes, whether `==`, [`Value::clj_eq`] or equality as keys is meant.
pub(crate) fn hash_code(value: &Value) -> u64 {
    if let Some(hash) = known(value) {
        return hash;
    }
    let mut open: Vec<(Open<'_>, Children<'_>)> = Vec::new();
    let mut next = Some(value);
    loop {
        if let Some(value) = next.take()
            && let Some(children) = Children::of(value)
        {
            open.push((Open::of(value), children));
        }
        let Some((collection, children)) = open.last_mut() else {
            return 0;
        };
        next = children.find(|child| match known(child) {
            Some(hash) => {
                collection.add(hash);
                false
            }
            None => true,
        });
        if next.is_none()
            && let Some((collection, _)) = open.pop()
        {
            let hash = collection.close();
            match open.last_mut() {
                Some((outer, _)) => outer.add(hash),
                None => return hash,
            }
        }
    }
}

/// Consistent with `==`. The hash differs from one process to the next.
impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(hash_code(self));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(a: impl Into<Value>, b: impl Into<Value>, same: bool) {
        let (a, b) = (a.into(), b.into());
        assert_eq!(hash_code(&a) == hash_code(&b), same, "{a} {b}");
    }

    #[test]
    fn what_can_be_equal_hashes_alike() {
        check(1, Value::BigInt(Box::new(1.into())), true);
        check(1, 1.0, false);
        check(0.0, -0.0, true);
        check(f64::NAN, -f64::NAN, true);
        check(Value::vector([1, 2]), Value::list([1, 2]), true);
        check(Value::vector([1, 2]), Value::vector([2, 1]), false);
        check(Value::set([1, 2]), Value::set([2, 1]), true);
        check(
            Value::from([("a", 1), ("b", 2)]),
            Value::from([("b", 2), ("a", 1)]),
            true,
        );
        check(
            Value::from([("a", 1), ("b", 2)]),
            Value::from([("a", 2), ("b", 1)]),
            false,
        );
        check("a", Value::keyword("a"), false);
        check(Value::decimal(10, 1), Value::decimal(1, 0), true);
        check(Value::vector::<Value>([]), Value::set::<Value>([]), false);
        check(Value::set([Value::set([1])]), Value::set([1]), false);
    }
}
