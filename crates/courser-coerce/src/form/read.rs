//! Text to parameters.

use super::percent::decode;
use crate::Value;
use crate::text::Charset;
use crate::value::Map;

/// How to read a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadOptions {
    /// The charset of what is percent-encoded. *Default:* UTF-8.
    pub charset: Charset,
    /// Whether names become keywords, as in clj-http, or stay strings. *Default:* true.
    pub keyword_keys: bool,
    /// Whether `a[b]=1` is nested. If not, the name is `a[b]`. *Default:* false.
    pub nested: bool,
    /// The most parameters to take. *Default:* 10,000. [`ReadError::TooMany`]
    pub max_params: usize,
    /// The most brackets a name may have when `nested`. *Default:* 32. [`ReadError::TooDeep`]
    pub max_depth: usize,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            charset: Charset::UTF_8,
            keyword_keys: true,
            nested: false,
            max_params: 10_000,
            max_depth: 32,
        }
    }
}

/// A form that cannot be read. Anything can be, within the limits, unless it is to be nested.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// More than [`ReadOptions::max_params`].
    #[error("more than {limit} parameters, at byte {position}")]
    TooMany {
        /// The limit.
        limit: usize,
        /// Where the first beyond it begins.
        position: usize,
    },
    /// More brackets than [`ReadOptions::max_depth`].
    #[error("parameter nested deeper than {limit} levels, at byte {position}")]
    TooDeep {
        /// The limit.
        limit: usize,
        /// Where it begins.
        position: usize,
    },
    /// `a=1&a[b]=2`: a single value and a nested one, or a list and a map.
    #[error("parameter {key:?} does not go with one before it, at byte {position}")]
    Conflict {
        /// The name, as written.
        key: String,
        /// Where it begins.
        position: usize,
    },
}

/// The names and values in order. Names without `=` have an empty value.
///
/// ```
/// use courser_coerce::form::{self, ReadOptions};
///
/// let pairs = form::read_pairs(b"b=1&a=x+y&b", &ReadOptions::default())?;
/// assert_eq!(pairs, [("b", "1"), ("a", "x y"), ("b", "")].map(|(k, v)| (k.into(), v.into())));
/// # Ok::<(), form::ReadError>(())
/// ```
///
/// # Errors
/// [`ReadError::TooMany`].
pub fn read_pairs(bytes: &[u8], options: &ReadOptions) -> Result<Vec<(String, String)>, ReadError> {
    Ok(positioned(bytes, options)?
        .into_iter()
        .map(|(_, key, value)| (key, value))
        .collect())
}

fn positioned(
    bytes: &[u8],
    options: &ReadOptions,
) -> Result<Vec<(usize, String, String)>, ReadError> {
    let mut pairs = Vec::new();
    let mut position = 0;
    for piece in bytes.split(|byte| *byte == b'&') {
        let begin = position;
        position += piece.len() + 1;
        if piece.is_empty() {
            continue;
        }
        if pairs.len() >= options.max_params {
            return Err(ReadError::TooMany {
                limit: options.max_params,
                position: begin,
            });
        }
        let mut halves = piece.splitn(2, |byte| *byte == b'=');
        let mut half = || decode(halves.next().unwrap_or_default(), options.charset).into_owned();
        pairs.push((begin, half(), half()));
    }
    Ok(pairs)
}

/// The form as a map. A name that comes more than once has a vector of its values.
///
/// As ring-codec does, text without any `=` is a string, and empty text is nil.
///
/// ```
/// use courser_coerce::form::{self, ReadOptions};
///
/// let flat = form::read(b"a=1&a=2&b%5Bc%5D=%26", &ReadOptions::default())?;
/// assert_eq!(flat.to_string(), r#"{:a ["1" "2"], :b[c] "&"}"#);
///
/// let nested = ReadOptions { nested: true, ..Default::default() };
/// let value = form::read(b"a[x]=1&a[y][]=2&a[y][]=3&b[1]=d&b[0]=c", &nested)?;
/// assert_eq!(value.to_string(), r#"{:a {:x "1", :y ["2" "3"]}, :b ["c" "d"]}"#);
/// # Ok::<(), form::ReadError>(())
/// ```
///
/// # Errors
/// [`ReadError`] beyond a limit, or if nested names contradict each other.
pub fn read(bytes: &[u8], options: &ReadOptions) -> Result<Value, ReadError> {
    if bytes.is_empty() {
        return Ok(Value::Nil);
    }
    if !bytes.contains(&b'=') {
        return Ok(Value::String(decode(bytes, options.charset).into_owned()));
    }
    read_map(bytes, options)
}

pub(super) fn read_map(bytes: &[u8], options: &ReadOptions) -> Result<Value, ReadError> {
    let mut root = Value::Map(Map::new());
    for (position, key, value) in positioned(bytes, options)? {
        let names = if options.nested {
            split_name(&key)
        } else {
            vec![key.as_str()]
        };
        if names.len() > options.max_depth + 1 {
            return Err(ReadError::TooDeep {
                limit: options.max_depth,
                position,
            });
        }
        let conflict = || ReadError::Conflict {
            key: key.chars().take(100).collect(),
            position,
        };
        let slot = find_slot(&mut root, &names, options.keyword_keys).ok_or_else(conflict)?;
        let value = Value::String(value);
        match slot {
            Value::Nil => *slot = value,
            Value::Vector(values) => values.push(value),
            Value::String(_) => *slot = Value::vector([std::mem::take(slot), value]),
            _ => return Err(conflict()),
        }
    }
    if options.nested {
        index_to_vector(&mut root);
    }
    Ok(root)
}

/// `a[b][c]` is `a`, `b`, `c`; what is not of that form is one name.
fn split_name(key: &str) -> Vec<&str> {
    let whole = || vec![key];
    let Some((first, rest)) = key.split_once('[') else {
        return whole();
    };
    let Some(rest) = rest.strip_suffix(']').filter(|_| !first.is_empty()) else {
        return whole();
    };
    let mut names = vec![first];
    names.extend(rest.split("]["));
    if names.iter().any(|name| name.contains(['[', ']'])) {
        whole()
    } else {
        names
    }
}

/// The place of the value with that name; nil is free. `None` if something else is in the way.
fn find_slot<'a>(root: &'a mut Value, names: &[&str], keywords: bool) -> Option<&'a mut Value> {
    let mut slot = root;
    for (level, name) in names.iter().enumerate() {
        let last = level + 1 == names.len();
        if name.is_empty() && level > 0 {
            // `a[]` is one of several values; `a[][b]` begins a new map each time.
            if slot.is_nil() {
                *slot = Value::vector::<Value>([]);
            }
            let Value::Vector(items) = slot else {
                return None;
            };
            items.push(Value::Nil);
            slot = items.last_mut()?;
            continue;
        }
        if slot.is_nil() {
            *slot = Value::Map(Map::new());
        }
        let Value::Map(map) = slot else { return None };
        // Indices stay numbers for now: `a[4000000000]` must not make a vector of that length.
        let key = match name.parse::<u32>() {
            Ok(index) if level > 0 => Value::Int(index.into()),
            _ if keywords => Value::keyword(name),
            _ => Value::from(*name),
        };
        if !map.contains_key(&key) {
            map.insert(key.clone(), Value::Nil);
        }
        slot = map.get_mut(&key)?;
        if !last && !matches!(slot, Value::Nil | Value::Map(_) | Value::Vector(_)) {
            return None;
        }
    }
    Some(slot)
}

/// Maps whose keys are all numbers become vectors in the order of the numbers; in others the
/// numbers become text again.
fn index_to_vector(root: &mut Value) {
    let mut pending = vec![root];
    while let Some(value) = pending.pop() {
        if let Value::Map(map) = value {
            let numbers = map
                .keys()
                .filter(|key| matches!(key, Value::Int(_)))
                .count();
            if numbers > 0 {
                let mut entries = std::mem::take(map).into_vec();
                if numbers == entries.len() {
                    entries.sort_by_key(|(key, _)| key.as_i64());
                    *value = Value::vector(entries.into_iter().map(|(_, value)| value));
                } else {
                    *value = Value::map(entries.into_iter().map(|(key, value)| match key {
                        Value::Int(index) => (Value::from(index.to_string()), value),
                        other => (other, value),
                    }));
                }
            }
        }
        match value {
            Value::Map(map) => pending.extend(map.iter_mut().map(|(_, value)| value)),
            Value::Vector(items) => pending.extend(items.iter_mut()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(nested: bool, text: &str, expected: &str) {
        let options = ReadOptions {
            nested,
            ..Default::default()
        };
        let read = match read(text.as_bytes(), &options) {
            Ok(value) => value.to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(read, expected, "{text}");
    }

    #[test]
    fn recorded_forms() {
        // as-auto-form, as-form-urlencoded-repeated, as-form-urlencoded-no-equals
        check(false, "a=1&b=x+y", r#"{:a "1", :b "x y"}"#);
        check(false, "a=1&a=2&a=3&b=%26", r#"{:a ["1" "2" "3"], :b "&"}"#);
        check(false, "just text", r#""just text""#);
    }

    #[test]
    fn odd_forms() {
        check(false, "", "nil");
        check(false, "=", r#"{: ""}"#);
        check(false, "&&a&=b&", r#"{:a "", : "b"}"#);
        check(false, "a=b=c", r#"{:a "b=c"}"#);
        check(false, "a[b]=1", r#"{:a[b] "1"}"#);
    }

    #[test]
    fn nested_forms() {
        check(true, "a[b]=1&a[c][d]=2", r#"{:a {:b "1", :c {:d "2"}}}"#);
        check(true, "a%5Bb%5D=1", r#"{:a {:b "1"}}"#);
        check(true, "a[]=1&a[]=2", r#"{:a ["1" "2"]}"#);
        check(true, "a[]=1", r#"{:a ["1"]}"#);
        check(true, "a[4000000000]=z&a[0]=y", r#"{:a ["y" "z"]}"#);
        check(true, "a[0]=x&a[b]=y", r#"{:a {"0" "x", :b "y"}}"#);
        check(true, "a[0][b]=1&a[1][b]=2", r#"{:a [{:b "1"} {:b "2"}]}"#);
        check(true, "a[][b]=1&a[][b]=2", r#"{:a [{:b "1"} {:b "2"}]}"#);
        check(
            true,
            "a[b=1&[b]=2&a]b=3&a[b]c=4",
            r#"{:a[b "1", :[b] "2", :a]b "3", :a[b]c "4"}"#,
        );
        check(
            true,
            "a=1&a[b]=2",
            r#"parameter "a[b]" does not go with one before it, at byte 4"#,
        );
        check(
            true,
            "a[b]=2&a=1",
            r#"parameter "a" does not go with one before it, at byte 7"#,
        );
        check(
            true,
            "a[]=2&a[b]=1",
            r#"parameter "a[b]" does not go with one before it, at byte 6"#,
        );
    }

    #[test]
    fn limits() {
        let deep = format!("a{}=1", "[b]".repeat(1_000_000));
        check(
            true,
            &deep,
            "parameter nested deeper than 32 levels, at byte 0",
        );
        let many = "a=1&".repeat(10_001);
        check(false, &many, "more than 10000 parameters, at byte 40000");
        let options = ReadOptions {
            max_params: 200_000,
            ..Default::default()
        };
        let distinct: Vec<String> = (0..100_000).map(|n| format!("k{n}=1")).collect();
        let map = super::read(distinct.join("&").as_bytes(), &options).unwrap();
        assert_eq!(map.as_map().unwrap().len(), 100_000);
    }
}
