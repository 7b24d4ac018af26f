//! [`Value`]: any data of EDN, JSON or a form.

#[cfg(any(
    test,
    feature = "edn",
    feature = "json",
    feature = "msgpack",
    feature = "transit"
))]
mod distinct;
mod equal;
mod from;
mod hash;
mod index;
mod inst;
mod items;
mod lookup;
mod map;
mod name;
mod number;
mod print;
mod set;
mod tagged;
mod typed;
mod uuid;
mod walk;

use num_bigint::BigInt;

pub use inst::{DateTime, Inst, InstError};
pub use items::Items;
pub use lookup::Lookup;
pub use map::Map;
pub use name::{Keyword, Symbol};
pub use number::{Decimal, Ratio};
pub use set::Set;
pub use tagged::Tagged;
pub use typed::{TypedError, from_value, to_value};
pub use uuid::{Uuid, UuidError};

#[cfg(feature = "edn")]
pub(crate) use map::Duplicate;
#[cfg(any(feature = "edn", feature = "json", feature = "transit"))]
pub(crate) use number::parse_digits;
#[cfg(any(feature = "form", feature = "json", feature = "transit"))]
pub(crate) use number::write_double;
#[cfg(feature = "edn")]
pub(crate) use print::write_leaf;
#[cfg(feature = "form")]
pub(crate) use typed::{ToItems, ToMap, ToValue, from_text_value, to_text_value};
#[cfg(any(feature = "edn", feature = "json"))]
pub(crate) use walk::Children;

/// Plain data, as Clojure has it: what EDN, JSON and forms are read into and written from.
///
/// It may be nested to any depth: comparing, hashing, printing, cloning and dropping need no stack.
/// `==` is exact and [`Value::clj_eq`] is Clojure's `=`. It prints (`{}`) as Clojure's `pr-str`
/// does.
///
/// ```
/// use courser_coerce::Value;
///
/// let order = Value::from([
///     (Value::keyword("id"), Value::from(7)),
///     (Value::keyword("items"), Value::from(vec!["tea", "milk"])),
/// ]);
/// assert_eq!(order.get("id").and_then(Value::as_i64), Some(7));
/// assert_eq!(order["items"][1], "milk");
/// assert_eq!(order.to_string(), r#"{:id 7, :items ["tea" "milk"]}"#);
/// ```
#[derive(Default)]
#[non_exhaustive]
pub enum Value {
    /// `nil`; JSON's null.
    #[default]
    Nil,
    /// `true` or `false`.
    Bool(bool),
    /// An integer of 64 bits.
    Int(i64),
    /// `1N`, or an integer that needs more than 64 bits.
    BigInt(Box<BigInt>),
    /// A double, `##Inf` and `##NaN` among them.
    Float(f64),
    /// `1.10M`: an exact decimal number.
    Decimal(Box<Decimal>),
    /// `1/3`.
    Ratio(Box<Ratio>),
    /// `\a`.
    Char(char),
    /// `"text"`.
    String(String),
    /// `:name`.
    Keyword(Keyword),
    /// `name`.
    Symbol(Symbol),
    /// `(1 2)`.
    List(Items),
    /// `[1 2]`; JSON's arrays.
    Vector(Items),
    /// `{:a 1}`; JSON's objects.
    Map(Map),
    /// `#{1 2}`.
    Set(Set),
    /// `#my/tag value`.
    Tagged(Box<Tagged>),
    /// `#inst "…"`: a moment.
    Inst(Inst),
    /// `#uuid "…"`.
    Uuid(Uuid),
}

impl Value {
    /// A keyword: `Value::keyword("a")` is `:a`, `Value::keyword("a/b")` is `:a/b`.
    pub fn keyword(text: &str) -> Self {
        Self::Keyword(Keyword::new(text))
    }

    /// A symbol.
    pub fn symbol(text: &str) -> Self {
        Self::Symbol(Symbol::new(text))
    }

    /// A vector of these items.
    pub fn vector<T: Into<Self>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::Vector(items.into_iter().collect())
    }

    /// A list of these items.
    pub fn list<T: Into<Self>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::List(items.into_iter().collect())
    }

    /// A set of these elements.
    pub fn set<T: Into<Self>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::Set(items.into_iter().collect())
    }

    /// A map of these entries, in their order. The last of several equal keys wins.
    ///
    /// ```
    /// use courser_coerce::Value;
    ///
    /// let map = Value::map([("a", 1.into()), ("b", "two".into())]);
    /// assert_eq!(map.to_string(), r#"{"a" 1, "b" "two"}"#);
    /// // If all values are of one Rust type, `from` spares the `into`s.
    /// assert_eq!(Value::from([("a", 1), ("b", 2)]).to_string(), r#"{"a" 1, "b" 2}"#);
    /// ```
    pub fn map<K: Into<Self>>(entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Map(entries.into_iter().collect())
    }

    /// A map whose keys are keywords.
    ///
    /// ```
    /// use courser_coerce::Value;
    ///
    /// assert_eq!(Value::keyword_map([("a", 1.into())]).to_string(), "{:a 1}");
    /// ```
    pub fn keyword_map<'a>(entries: impl IntoIterator<Item = (&'a str, Self)>) -> Self {
        Self::Map(
            entries
                .into_iter()
                .map(|(key, value)| (Keyword::new(key), value))
                .collect(),
        )
    }

    /// The value under a tag: `#tag value`.
    pub fn tagged(tag: impl Into<Symbol>, value: impl Into<Self>) -> Self {
        Self::Tagged(Box::new(Tagged::new(tag, value)))
    }

    /// The decimal number `unscaled × 10^-scale`.
    pub fn decimal(unscaled: impl Into<BigInt>, scale: i32) -> Self {
        Self::Decimal(Box::new(Decimal::new(unscaled, scale)))
    }

    /// The fraction in lowest terms, an integer if it comes out even, or nil if the denominator is
    /// zero. See [`Ratio::new`] to tell that apart.
    pub fn ratio(numerator: i64, denominator: i64) -> Self {
        Ratio::new(numerator.into(), denominator.into()).unwrap_or_default()
    }

    /// Whether it is nil.
    pub fn is_nil(&self) -> bool {
        matches!(self, Self::Nil)
    }

    /// Whether it is a list or a vector: what Clojure calls sequential.
    pub fn is_sequential(&self) -> bool {
        matches!(self, Self::List(_) | Self::Vector(_))
    }

    /// The bool, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(v) = self {
            Some(*v)
        } else {
            None
        }
    }

    /// The integer, if it is one that 64 bits can hold.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(v) => Some(*v),
            Self::BigInt(v) => i64::try_from(&**v).ok(),
            _ => None,
        }
    }

    /// The integer, if it is one that 64 bits without a sign can hold.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Int(v) => u64::try_from(*v).ok(),
            Self::BigInt(v) => u64::try_from(&**v).ok(),
            _ => None,
        }
    }

    /// Any number as a double, rounded if need be.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Float(v) => Some(*v),
            Self::Int(v) => Some(*v as f64),
            Self::BigInt(v) => v.to_string().parse().ok(),
            Self::Decimal(v) => Some(v.to_f64()),
            Self::Ratio(v) => Some(v.to_f64()),
            _ => None,
        }
    }

    /// The text, if it is a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(v) = self {
            Some(v)
        } else {
            None
        }
    }

    /// The keyword, if it is one.
    pub fn as_keyword(&self) -> Option<&Keyword> {
        if let Self::Keyword(v) = self {
            Some(v)
        } else {
            None
        }
    }

    /// The symbol, if it is one.
    pub fn as_symbol(&self) -> Option<&Symbol> {
        if let Self::Symbol(v) = self {
            Some(v)
        } else {
            None
        }
    }

    /// The text of a string, keyword or symbol; keywords without the colon.
    pub fn as_name(&self) -> Option<&str> {
        match self {
            Self::String(v) => Some(v),
            Self::Keyword(v) => Some(v.as_str()),
            Self::Symbol(v) => Some(v.as_str()),
            _ => None,
        }
    }

    /// The items of a list or vector.
    pub fn as_slice(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) | Self::Vector(items) => Some(items),
            _ => None,
        }
    }

    /// The map, if it is one.
    pub fn as_map(&self) -> Option<&Map> {
        if let Self::Map(v) = self {
            Some(v)
        } else {
            None
        }
    }

    /// The map, if it is one, to be changed.
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        if let Self::Map(v) = self {
            Some(v)
        } else {
            None
        }
    }

    /// The set, if it is one.
    pub fn as_set(&self) -> Option<&Set> {
        if let Self::Set(v) = self {
            Some(v)
        } else {
            None
        }
    }

    /// The moment, if it is one.
    pub fn as_inst(&self) -> Option<Inst> {
        if let Self::Inst(v) = self {
            Some(*v)
        } else {
            None
        }
    }

    /// The UUID, if it is one.
    pub fn as_uuid(&self) -> Option<Uuid> {
        if let Self::Uuid(v) = self {
            Some(*v)
        } else {
            None
        }
    }

    /// What it is, as an error message would call it: `a string`, `nil`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Nil => "nil",
            Self::Bool(_) => "a boolean",
            Self::Int(_) | Self::BigInt(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Decimal(_) => "a decimal",
            Self::Ratio(_) => "a ratio",
            Self::Char(_) => "a character",
            Self::String(_) => "a string",
            Self::Keyword(_) => "a keyword",
            Self::Symbol(_) => "a symbol",
            Self::List(_) => "a list",
            Self::Vector(_) => "a vector",
            Self::Map(_) => "a map",
            Self::Set(_) => "a set",
            Self::Tagged(_) => "a tagged value",
            Self::Inst(_) => "an instant",
            Self::Uuid(_) => "a UUID",
        }
    }

    /// Whether it is a collection with something in it: then it can be deep.
    pub(crate) fn is_nested(&self) -> bool {
        match self {
            Self::List(items) | Self::Vector(items) => !items.is_empty(),
            Self::Set(set) => !set.is_empty(),
            Self::Map(map) => !map.is_empty(),
            Self::Tagged(_) => true,
            _ => false,
        }
    }

    /// An `Int` if 64 bits can hold it, as the Clojure reader makes of integers without `N`.
    pub(crate) fn normalized_int(self) -> Self {
        match &self {
            Self::BigInt(v) => i64::try_from(&**v).map_or(self, Self::Int),
            _ => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On a stack too small for as many calls as there are levels.
    fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
        let thread = std::thread::Builder::new().stack_size(64 * 1024);
        thread.spawn(test).unwrap().join().unwrap();
    }

    /// Every kind of collection in turn.
    fn nest(levels: usize) -> Value {
        (0..levels).fold(Value::Nil, |v, level| match level % 7 {
            0 => Value::vector([v]),
            1 => Value::list([v]),
            2 => Value::set([v, Value::Int(1)]),
            3 => Value::from([(1, v)]),
            4 => Value::from([(v, 1)]),
            5 => Value::from([(v, 1), (Value::Int(2), 2)]),
            _ => Value::tagged("t", v),
        })
    }

    #[test]
    fn a_hundred_thousand_levels_take_no_stack() {
        on_a_small_stack(|| {
            let value = nest(100_000);
            let copy = value.clone();
            assert!(value == copy);
            assert!(value.clj_eq(&copy));
            assert_eq!(hash::hash_code(&value), hash::hash_code(&copy));
            assert!(value.to_string().len() > 100_000);
            assert!(format!("{value:?}").len() > 100_000);
            assert!(value != nest(99_999));
        });
    }

    #[test]
    fn a_value_is_small() {
        assert_eq!(size_of::<Value>(), 32);
    }

    #[test]
    fn large_sets_of_maps_compare_in_any_order() {
        let entry = |n: i64| Value::from([("id", n), ("x", n % 3)]);
        let a = Value::set((0..5000).map(entry));
        let b = Value::set((0..5000).rev().map(entry));
        assert_eq!(a, b);
        assert_ne!(a, Value::set((1..5001).map(entry)));
    }
}
