//! Parameters to text.

use std::fmt::{self, Write};
use std::str::FromStr;

use super::flatten::FlattenError;
use super::out::Out;
use crate::Value;
use crate::text::{Charset, Unmappable};

/// How a parameter with several values is written: clj-http's `:multi-param-style`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ParamStyle {
    /// `a=1&a=2`.
    #[default]
    Repeat,
    /// `a[]=1&a[]=2`.
    Array,
    /// `a[0]=1&a[1]=2`; the only one that can have maps inside: `a[1][b]=2`.
    Indexed,
    /// `a=1,2`.
    CommaSeparated,
}

/// No style of parameters has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown style {0:?}; known are array, indexed, comma-separated")]
pub struct UnknownStyle(String);

/// By the name that the data form gives it: `array`, `indexed`, `comma-separated`.
impl FromStr for ParamStyle {
    type Err = UnknownStyle;

    fn from_str(name: &str) -> Result<Self, UnknownStyle> {
        Ok(match name {
            "array" => Self::Array,
            "indexed" => Self::Indexed,
            "comma-separated" => Self::CommaSeparated,
            other => return Err(UnknownStyle(other.chars().take(40).collect())),
        })
    }
}

/// How to write parameters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WriteOptions {
    /// How a parameter with several values is written.
    pub style: ParamStyle,
    /// Whether nested maps become `a[b]=5`; if not, they are written as Clojure prints them:
    /// `a={:b 5}`, percent-encoded. *Default:* false.
    pub flatten: bool,
    /// The charset of what is percent-encoded. *Default:* UTF-8.
    pub charset: Charset,
}

/// Parameters that cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The charset lacks a character.
    #[error("parameter {key:?} cannot be written")]
    Charset {
        /// The name of the parameter, or how it begins.
        key: String,
        /// The character and the charset.
        source: Unmappable,
    },
    /// A type of your own that is not made of values.
    #[error(transparent)]
    Typed(#[from] crate::value::TypedError),
    /// Their form does not fit.
    #[error(transparent)]
    Params(#[from] FlattenError),
}

/// The parameters as a query string or form body.
///
/// `params` is a map or a sequence of pairs; nil is no parameters. Names are keywords (without the
/// colon), strings, symbols or other plain values. Values print as Clojure's `str`: keywords with
/// their colon, floats as Java does (`1.0E10`), nil as nothing; dates as RFC 3339. Empty sequences
/// (unless joined by commas: `a=`) and, with `flatten`, empty maps are left out.
///
/// ```
/// use courser_coerce::Value;
/// use courser_coerce::form::{self, WriteOptions};
///
/// let params = Value::keyword_map([("a", Value::keyword_map([("b", 5.into())]))]);
/// let flatten = WriteOptions { flatten: true, ..Default::default() };
/// assert_eq!(form::write(&params, &flatten)?, "a%5Bb%5D=5");
/// assert_eq!(form::write(&params, &WriteOptions::default())?, "a=%7B%3Ab+5%7D");
/// # Ok::<(), form::WriteError>(())
/// ```
///
/// # Errors
/// [`WriteError`] names the parameter: its charset lacks a character, it has a map inside a
/// sequence (which only [`ParamStyle::Indexed`] can write), or it is nested too deep.
pub fn write(params: &Value, options: &WriteOptions) -> Result<String, WriteError> {
    let mut out = Out::new(options);
    out.params(params)?;
    Ok(out.finish())
}

/// A value as Clojure's `str` has it; dates as RFC 3339, where Java's depend on the time zone.
pub(super) fn write_text(out: &mut impl Write, value: &Value) -> fmt::Result {
    match value {
        Value::Nil => Ok(()),
        Value::String(v) => out.write_str(v),
        Value::Char(v) => out.write_char(*v),
        Value::BigInt(v) => write!(out, "{v}"),
        Value::Decimal(v) => write!(out, "{v}"),
        Value::Float(v) => crate::value::write_double(out, *v),
        Value::Inst(v) => out.write_str(&v.to_rfc3339()),
        Value::Uuid(v) => write!(out, "{v}"),
        other => write!(out, "{other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kw(entries: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
        Value::keyword_map(entries)
    }

    #[track_caller]
    fn check(params: &Value, style: ParamStyle, flatten: bool, expected: &str) {
        let options = WriteOptions {
            style,
            flatten,
            ..Default::default()
        };
        assert_eq!(write(params, &options).unwrap(), expected, "{params}");
    }

    /// As `:query-params` without other options.
    #[track_caller]
    fn query(params: &Value, expected: &str) {
        check(params, ParamStyle::Repeat, true, expected);
    }

    // Each row was recorded from clj-http; the id of the case stands above it.

    #[test]
    fn recorded_query_params() {
        // query-simple
        query(&[("q", "foo, bar")].into(), "q=foo%2C+bar");
        // query-keyword-keys
        let c = Value::keyword("three");
        query(
            &kw([("a", 1.into()), ("b", "two".into()), ("c", c)]),
            "a=1&b=two&c=%3Athree",
        );
        // query-symbol
        query(
            &Value::from([(Value::symbol("sym"), Value::symbol("val"))]),
            "sym=val",
        );
        // query-numbers
        let numbers = kw([
            ("i", (-7).into()),
            ("d", 1.5.into()),
            ("r", Value::ratio(1, 3)),
            (
                "n",
                "12345678901234567890"
                    .parse::<num_bigint::BigInt>()
                    .unwrap()
                    .into(),
            ),
            ("m", Value::decimal(110, 2)),
            ("e", 1.0e10.into()),
        ]);
        query(
            &numbers,
            "i=-7&d=1.5&r=1%2F3&n=12345678901234567890&m=1.10&e=1.0E10",
        );
        // query-empty-string
        query(&kw([("a", "".into()), ("b", "x".into())]), "a=&b=x");
        // query-empty-map
        query(&kw([]), "");
        // query-nested
        let nested = kw([(
            "a",
            kw([("b", kw([("c", 5.into())])), ("e", kw([("f", 6.into())]))]),
        )]);
        query(&nested, "a%5Bb%5D%5Bc%5D=5&a%5Be%5D%5Bf%5D=6");
        // query-nested-one-level
        let one = kw([("foo", kw([("bar", "baz".into())])), ("plain", 1.into())]);
        query(&one, "foo%5Bbar%5D=baz&plain=1");
        // query-nested-vector, query-nested-vector-array-style
        let vector = kw([("a", kw([("b", vec![1, 2].into())]))]);
        query(&vector, "a%5Bb%5D=1&a%5Bb%5D=2");
        check(
            &vector,
            ParamStyle::Array,
            true,
            "a%5Bb%5D[]=1&a%5Bb%5D[]=2",
        );
        // query-nested-empty-map
        query(&kw([("a", kw([])), ("b", 1.into())]), "b=1");
        // query-nested-ignored-false
        query(&kw([("a", kw([("b", 5.into())]))]), "a%5Bb%5D=5");
        // query-nested-ignored-question-mark, query-flatten-nested-keys-empty
        let unflat = kw([("a", kw([("b", 5.into())]))]);
        check(&unflat, ParamStyle::Repeat, false, "a=%7B%3Ab+5%7D");
        // query-flatten-nested-keys-both
        query(&kw([("c", kw([("d", 6.into())]))]), "c%5Bd%5D=6");
        // query-special-in-key
        query(
            &[("a b&c=d[e]+~*", "v")].into(),
            "a+b%26c%3Dd%5Be%5D%2B%7E*=v",
        );
        // query-non-ascii
        let text = Value::from([
            (Value::keyword("name"), "café"),
            ("日本".into(), "語"),
            (Value::keyword("emoji"), "😀"),
        ]);
        query(
            &text,
            "name=caf%C3%A9&%E6%97%A5%E6%9C%AC=%E8%AA%9E&emoji=%F0%9F%98%80",
        );
        // query-uuid-value
        let uuid = Value::Uuid("f81d4fae-7dec-11d0-a765-00a0c91e6bf6".parse().unwrap());
        query(&kw([("u", uuid)]), "u=f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
        // query-underscore-and-dash-style
        let names = kw([("a-b_c.d", "1".into()), ("e?", 2.into()), ("f!", 3.into())]);
        query(&names, "a-b_c.d=1&e%3F=2&f%21=3");
        // query-merge-with-url, query-string-key-parts-params,
        // query-url-question-mark-only-params, query-url-fragment
        query(&kw([("c", 3.into())]), "c=3");
        // form-json-coerce-nested-query
        query(&kw([("q", kw([("r", "s".into())]))]), "q%5Br%5D=s");
    }

    #[test]
    fn recorded_multi_params() {
        let a = kw([("a", vec![1, 2, 3].into())]);
        // query-multi-default, -array, -comma, form-multi-array, form-multi-indexed
        query(&a, "a=1&a=2&a=3");
        check(&a, ParamStyle::Array, true, "a[]=1&a[]=2&a[]=3");
        check(&a, ParamStyle::CommaSeparated, true, "a=1,2,3");
        let none = kw([("a", Value::vector::<Value>([])), ("b", 1.into())]);
        check(&none, ParamStyle::CommaSeparated, true, "a=&b=1");
        check(&none, ParamStyle::Indexed, true, "b=1");
        check(&a, ParamStyle::Indexed, false, "a[0]=1&a[1]=2&a[2]=3");
        // query-multi-indexed-special
        let special = Value::from([("k y", vec!["a b", "c=d"])]);
        check(
            &special,
            ParamStyle::Indexed,
            true,
            "k+y[0]=a+b&k+y[1]=c%3Dd",
        );
        // query-multi-empty-vector, query-multi-empty-vector-only
        let none = Value::vector::<Value>([]);
        query(&kw([("a", none.clone()), ("b", 1.into())]), "b=1");
        query(&kw([("a", none)]), "");
        // query-multi-mixed-values
        let mixed: Vec<Value> = vec![
            ().into(),
            true.into(),
            Value::keyword("kw"),
            "s".into(),
            1.0.into(),
        ];
        query(&kw([("a", mixed.into())]), "a=&a=true&a=%3Akw&a=s&a=1.0");
        // query-multi-set
        query(&kw([("a", Value::set([1]))]), "a=%23%7B1%7D");
        // query-multi-nested-vector
        query(
            &kw([("a", vec![vec![1, 2], vec![3]].into())]),
            "a=%5B1+2%5D&a=%5B3%5D",
        );
        // form-multi-and-query
        check(
            &kw([("q", vec![3, 4].into())]),
            ParamStyle::Array,
            true,
            "q[]=3&q[]=4",
        );
        // query-multi-unknown-style: clj-http takes it for the default; DEVIATIONS has an error.
        assert!("nonsense".parse::<ParamStyle>().is_err());
        assert_eq!("comma-separated".parse(), Ok(ParamStyle::CommaSeparated));
    }

    #[test]
    fn recorded_form_params() {
        let form = |params: &Value, expected| check(params, ParamStyle::Repeat, false, expected);
        // form-simple, form-delete
        form(&kw([("foo", "bar".into())]), "foo=bar");
        // form-put
        let put = Value::map([
            (Value::keyword("foo"), "bar".into()),
            ("b".into(), 2.into()),
        ]);
        form(&put, "foo=bar&b=2");
        // form-special
        let special = Value::from([
            (Value::keyword("a"), "x y&z=1+2%~*-._"),
            ("k k".into(), "v"),
        ]);
        form(&special, "a=x+y%26z%3D1%2B2%25%7E*-._&k+k=v");
        // form-non-ascii
        form(
            &kw([("name", "café 日".into())]),
            "name=caf%C3%A9+%E6%97%A5",
        );
        // form-empty
        form(&kw([]), "");
        // form-nested-not-flattened
        let nested = kw([("a", kw([("b", kw([("c", 5.into())]))]))]);
        form(&nested, "a=%7B%3Ab+%7B%3Ac+5%7D%7D");
        // form-nested-flattened, form-nested-flattened-question-mark
        let deep = kw([("b", kw([("c", 5.into())])), ("e", kw([("f", 6.into())]))]);
        let flat = kw([("a", deep), ("g", 7.into())]);
        query(&flat, "a%5Bb%5D%5Bc%5D=5&a%5Be%5D%5Bf%5D=6&g=7");
        // form-unknown-content-type, form-explicit-keyword
        form(&kw([("a", "b c".into())]), "a=b+c");
        // form-explicit-string
        form(
            &kw([("a", "b c".into()), ("d", vec![1, 2].into())]),
            "a=b+c&d=1&d=2",
        );
        // form-json-nested-flattened
        let json = kw([("a", kw([("b", 1.into())]))]);
        assert_eq!(
            super::super::flatten(&json).unwrap().to_string(),
            r#"{"a[b]" 1}"#
        );
    }

    #[test]
    fn recorded_charsets() {
        let check = |label: &str, text: &str, expected: Result<&str, &str>| {
            let charset = Charset::for_label(label).unwrap();
            let options = WriteOptions {
                charset,
                ..Default::default()
            };
            let written = write(&kw([("name", text.into())]), &options);
            let written = written.map_err(|e| {
                let source = std::error::Error::source(&e).unwrap();
                format!("{e}: {source}")
            });
            assert_eq!(written.as_deref().map_err(String::as_str), expected);
        };
        // query-charset-from-content-type
        check("ISO-8859-1", "café", Ok("name=caf%E9"));
        // form-encoding-shift-jis
        #[cfg(feature = "charset")]
        check("Shift_JIS", "日本", Ok("name=%93%FA%96%7B"));
        // form-encoding-latin1-unmappable: an error, where clj-http sends `?`.
        check(
            "ISO-8859-1",
            "日",
            Err("parameter \"name\" cannot be written: \
                 ISO-8859-1 has no '日' (U+65E5), at byte 0 of the text"),
        );
        // form-encoding-bogus
        assert!(Charset::for_label("no-such-charset").is_err());
    }

    #[test]
    fn maps_in_sequences_need_the_indexed_style() {
        let pair: Vec<Value> = vec!["x".into(), kw([("b", 2.into())])];
        let params = kw([("a", pair.into())]);
        check(&params, ParamStyle::Indexed, true, "a[0]=x&a[1]%5Bb%5D=2");
        // query-vector-pair-map: garbled by clj-http.
        for style in [
            ParamStyle::Repeat,
            ParamStyle::Array,
            ParamStyle::CommaSeparated,
        ] {
            let options = WriteOptions {
                style,
                flatten: true,
                ..Default::default()
            };
            let error = write(&params, &options).unwrap_err();
            assert!(
                error
                    .to_string()
                    .starts_with("parameter \"a\" has a map inside a sequence")
            );
        }
        check(&params, ParamStyle::Repeat, false, "a=x&a=%7B%3Ab+2%7D");
        let inner = kw([("c", vec![kw([("d", 1.into())])].into())]);
        let params = kw([("a", kw([("b", vec![inner].into())]))]);
        check(
            &params,
            ParamStyle::Indexed,
            true,
            "a%5Bb%5D[0]%5Bc%5D[0]%5Bd%5D=1",
        );
    }

    #[test]
    fn pairs_keep_their_order_and_repeat() {
        let pairs: Vec<Value> = vec![
            Value::vector(["b", "1"]),
            Value::list(["a", "2"]),
            Value::vector(["b", "3"]),
        ];
        query(&pairs.into(), "b=1&a=2&b=3");
        query(&Value::Nil, "");
        // DEVIATIONS 12: a namespace is kept.
        query(&kw([("my/k", Value::keyword("a/b"))]), "my%2Fk=%3Aa%2Fb");
        let inst = Value::Inst("2020-01-02T03:04:05.678Z".parse().unwrap());
        query(
            &kw([("i", inst), ("c", 'x'.into())]),
            "i=2020-01-02T03%3A04%3A05.678Z&c=x",
        );
    }

    #[test]
    fn other_things_are_errors_that_say_what_they_are() {
        let check = |params: &Value, expected: &str| {
            let options = WriteOptions {
                flatten: true,
                ..Default::default()
            };
            assert_eq!(write(params, &options).unwrap_err().to_string(), expected);
        };
        // form-string
        let not = "parameters must be a map or a sequence of pairs, not ";
        check(&"a=1".into(), &format!("{not}a string"));
        check(&vec![1].into(), &format!("{not}a sequence of other things"));
        check(
            &Value::from([((), 1)]),
            "the name of a parameter cannot be nil",
        );
        let list = Value::from([(Value::vector([1]), 1)]);
        check(
            &kw([("a", list)]),
            "the name of a parameter cannot be a vector, within \"a\"",
        );
        let deep = (0..100_000).fold(Value::Nil, |inner, _| kw([("a", inner)]));
        check(
            &deep,
            "parameter \"a[a][a][a][a][a][a][a]\" is nested deeper than 512 levels",
        );
    }
}
