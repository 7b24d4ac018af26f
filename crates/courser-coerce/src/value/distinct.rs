//! Whether what is to become a map or a set has no two keys that are one.

use super::Value;
use super::equal::key_equal;
use super::hash::hash_code;
use super::index::{Index, SMALL};

/// The index of the keys, if there are so many that they have one; or the position of the first that came before.
pub(crate) fn index_of<T>(
    entries: &[T],
    key: fn(&T) -> &Value,
) -> Result<Option<Box<Index>>, usize> {
    if entries.len() <= SMALL {
        return first_repeat(entries, key).map_or(Ok(None), Err);
    }
    let mut index = Index::with_capacity(entries.len());
    for (at, entry) in entries.iter().enumerate() {
        let hash = hash_code(key(entry));
        if let Some(first) = index.first(hash) {
            let is_same = |other: &T| key_equal(key(other), key(entry));
            if entries.get(first).is_some_and(is_same) || entries.iter().take(at).any(is_same) {
                return Err(at);
            }
        }
        index.add(hash, at);
    }
    Ok(Some(Box::new(index)))
}

/// The first key that came before, found by looking at each pair. Most pairs are told apart by their marks.
fn first_repeat<T>(entries: &[T], key: fn(&T) -> &Value) -> Option<usize> {
    let mut marks = [0; SMALL];
    for (at, entry) in entries.iter().enumerate() {
        let own = mark(key(entry));
        let before = entries.iter().zip(marks).take(at);
        for (other, mark) in before {
            if (mark == own || mark == ANY || own == ANY) && key_equal(key(other), key(entry)) {
                return Some(at);
            }
        }
        if let Some(mark) = marks.get_mut(at) {
            *mark = own;
        }
    }
    None
}

/// The mark of values that may equal others of any mark.
const ANY: u64 = 0;

/// A number that equal values have in common, if it is not [`ANY`].
fn mark(value: &Value) -> u64 {
    let of_text = |text: &str, kind: u64| {
        let bytes = text.as_bytes();
        let content = match (bytes.first_chunk(), bytes.last_chunk()) {
            (Some(head), Some(tail)) => {
                u64::from_le_bytes(*head) ^ u64::from_le_bytes(*tail).rotate_left(29)
            }
            _ => bytes
                .iter()
                .fold(0, |all, byte| (all << 8) | u64::from(*byte)),
        };
        // The highest byte is never zero, so the mark is not ANY.
        ((content ^ (bytes.len() as u64).rotate_left(40)) & !(0xff << 56)) | (kind << 56)
    };
    match value {
        Value::Keyword(name) => of_text(name.as_str(), 1),
        Value::String(text) => of_text(text, 2),
        Value::Symbol(name) => of_text(name.as_str(), 4),
        // Others that equal it are marked ANY.
        Value::Int(number) => number.cast_unsigned() | (1 << 63),
        _ => ANY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_differ_only_where_keys_do() {
        let values: Vec<Value> = [
            "",
            "a",
            "b",
            "ab",
            "abcdefg",
            "abcdefgh",
            "abcdefgi",
            "xbcdefgh",
            "abcdefghijklmnopq",
            "abcdefghzzzjklmnopq",
        ]
        .iter()
        .flat_map(|text| {
            [
                Value::from(*text),
                Value::keyword(text),
                Value::symbol(text),
            ]
        })
        .chain([0, 1, -1, i64::MAX, i64::MIN].map(Value::Int))
        .chain([0, 1, -1].map(|n| Value::BigInt(Box::new(n.into()))))
        .chain([
            Value::Nil,
            Value::Float(0.0),
            Value::Char('a'),
            Value::vector([1]),
        ])
        .collect();
        for a in &values {
            for b in &values {
                let told_apart = mark(a) != mark(b) && mark(a) != ANY && mark(b) != ANY;
                assert!(!(told_apart && key_equal(a, b)), "{a} {b}");
            }
        }
        assert_ne!(mark(&"a".into()), mark(&Value::keyword("a")));
        assert_ne!(mark(&"a".into()), mark(&"b".into()));
        assert_ne!(mark(&"".into()), ANY);
    }

    #[test]
    fn the_first_repeat_is_found() {
        for size in [1, SMALL, SMALL + 1, 100] {
            let mut values: Vec<Value> = (0..).take(size).map(Value::Int).collect();
            assert!(index_of(&values, |v| v).is_ok());
            values.insert(size / 2, Value::Int(-1));
            values.push(Value::Int(-1));
            values.push(Value::Int(-1));
            assert_eq!(index_of(&values, |v| v).err(), Some(size + 1));
        }
    }
}
