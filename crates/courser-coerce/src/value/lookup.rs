//! What a value can be asked for.

use std::ops::Index;

use super::hash::{hash_keyword, hash_string};
use super::{Keyword, Map, Value};

/// A key that a map can be asked for: a `&Value` or `&Keyword` finds exactly that key; a `&str`
/// finds the string key of that text, and if there is none the keyword.
///
/// So data from JSON reads the same whether its keys were made keywords or not.
pub trait Lookup: sealed::Lookup {}

impl<T: sealed::Lookup> Lookup for T {}

mod sealed {
    use super::Map;

    pub trait Lookup {
        fn find(self, map: &Map) -> Option<usize>;
    }
}

impl sealed::Lookup for &Value {
    fn find(self, map: &Map) -> Option<usize> {
        map.position(self)
    }
}

impl sealed::Lookup for &Keyword {
    fn find(self, map: &Map) -> Option<usize> {
        let is = |key: &Value| key.as_keyword().is_some_and(|key| key == self);
        map.position_where(|| hash_keyword(self.as_str()), is)
    }
}

impl sealed::Lookup for &str {
    fn find(self, map: &Map) -> Option<usize> {
        let keyword = |key: &Value| key.as_keyword().is_some_and(|key| key.as_str() == self);
        map.position_where(|| hash_string(self), |key| key.as_str() == Some(self))
            .or_else(|| map.position_where(|| hash_keyword(self), keyword))
    }
}

impl sealed::Lookup for &String {
    fn find(self, map: &Map) -> Option<usize> {
        sealed::Lookup::find(self.as_str(), map)
    }
}

impl Value {
    /// The value that a map has for a key.
    ///
    /// A `&str` finds the string key of that text, and if there is none the keyword; a `&Value`
    /// finds just that key. `None` if this is no map.
    ///
    /// ```
    /// use courser_coerce::Value;
    ///
    /// let map = Value::keyword_map([("a", 1.into()), ("b/c", 2.into())]);
    /// assert_eq!(map.get("a"), Some(&Value::Int(1)));
    /// assert_eq!(map.get("b/c"), Some(&Value::Int(2)));
    /// assert_eq!(map.get(&Value::from("a")), None);
    /// ```
    pub fn get(&self, key: impl Lookup) -> Option<&Value> {
        self.as_map()?.get(key)
    }

    /// The item of a list or vector at that position, from 0.
    pub fn at(&self, position: usize) -> Option<&Value> {
        self.as_slice()?.get(position)
    }
}

/// Nil if there is no such key, or if this is no map; see [`Value::get`].
impl Index<&str> for Value {
    type Output = Value;

    fn index(&self, key: &str) -> &Value {
        self.get(key).unwrap_or(&Value::Nil)
    }
}

/// Nil if there is no such key, or if this is no map.
impl Index<&Value> for Value {
    type Output = Value;

    fn index(&self, key: &Value) -> &Value {
        self.get(key).unwrap_or(&Value::Nil)
    }
}

/// Nil beyond the last item, or if this is neither a list nor a vector.
impl Index<usize> for Value {
    type Output = Value;

    fn index(&self, position: usize) -> &Value {
        self.at(position).unwrap_or(&Value::Nil)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_go_before_keywords() {
        for extra in [0, 100] {
            let mut map = Map::new();
            map.insert(Value::keyword("a"), "keyword");
            for n in 0..extra {
                map.insert(n, n);
            }
            assert_eq!(map.get("a"), Some(&Value::from("keyword")));
            map.insert("a", "string");
            assert_eq!(map.get("a"), Some(&Value::from("string")));
            assert_eq!(map.get(&Keyword::new("a")), Some(&Value::from("keyword")));
            assert_eq!(map.get(&Value::keyword("a")), Some(&Value::from("keyword")));
            assert_eq!(map.get("b"), None);
        }
    }

    #[test]
    fn what_is_not_there_is_nil() {
        let value = Value::from([("a", Value::vector([1]))]);
        assert_eq!(value["a"][0], 1);
        assert_eq!(value["a"][1], Value::Nil);
        assert_eq!(value["b"]["c"][&Value::Nil], Value::Nil);
    }
}
