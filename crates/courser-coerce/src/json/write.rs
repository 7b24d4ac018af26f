//! Values to JSON, as cheshire writes them.

use std::fmt::{self, Write};
use std::sync::Arc;

use super::date::DateFormat;
use crate::Value;
use crate::json_tokens::escape;
use crate::value::{Children, write_double};

/// How to write JSON: clj-http's `:json-opts`.
#[derive(Debug, Clone, Default)]
pub struct WriteOptions {
    /// Over several lines, as Jackson's pretty printer. *Default:* false.
    pub pretty: bool,
    /// Whether all beyond ASCII is written as `\uXXXX`. *Default:* false.
    pub escape_non_ascii: bool,
    /// How dates are written. *Default:* `yyyy-MM-dd'T'HH:mm:ss'Z'`.
    pub date_format: DateFormat,
    /// How keys that are keywords are written. *Default:* by name, with the namespace if there is
    /// one: `ns/name`.
    pub key_fn: Option<KeyFn>,
}

/// A function from a keyword to the key that it becomes.
#[derive(Clone)]
pub struct KeyFn(Arc<dyn Fn(&crate::value::Keyword) -> String + Send + Sync>);

impl KeyFn {
    /// That function.
    pub fn new(
        function: impl Fn(&crate::value::Keyword) -> String + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(function))
    }
}

impl fmt::Debug for KeyFn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyFn")
    }
}

/// The value as JSON.
///
/// Keywords, symbols and characters are text; big integers and decimals numbers with all their
/// digits; ratios doubles; doubles print as in Java (`1.0E10`), and those that JSON has no number
/// for are text (`"NaN"`); dates and UUIDs are text; lists and sets arrays. Keys of other kinds are
/// written as Clojure's `str`. A tagged value is `{"tag":…,"value":…}`.
///
/// ```
/// use courser_coerce::json::{self, WriteOptions};
/// use courser_coerce::Value;
///
/// let value = Value::map([
///     (Value::keyword("a/b"), Value::ratio(1, 4)),
///     (1.into(), Value::set([Value::keyword("x")])),
/// ]);
/// assert_eq!(json::write(&value, &WriteOptions::default()), r#"{"a/b":0.25,"1":["x"]}"#);
///
/// let pretty = WriteOptions { pretty: true, ..Default::default() };
/// assert_eq!(json::write(&Value::from([("a", vec![1, 2])]), &pretty), "{\n  \"a\" : [ 1, 2 ]\n}");
/// ```
pub fn write(value: &Value, options: &WriteOptions) -> String {
    let mut writer = Writer {
        out: String::new(),
        options,
    };
    writer.write(value);
    writer.out
}

struct Writer<'a> {
    out: String,
    options: &'a WriteOptions,
}

/// An array or object that is not finished.
struct Open<'a> {
    children: Children<'a>,
    shape: Shape,
    /// How many children have been begun.
    begun: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Array,
    Object,
    /// The object of a tagged value: its one child is the value.
    Tagged,
}

impl Writer<'_> {
    fn write(&mut self, value: &Value) {
        let mut open: Vec<Open<'_>> = Vec::new();
        // Jackson indents objects only.
        let mut objects = 0;
        let mut next = Some(value);
        loop {
            if let Some(value) = next.take() {
                match Children::of(value) {
                    None => self.leaf(value),
                    Some(children) => {
                        let shape = match value {
                            Value::Map(_) => Shape::Object,
                            Value::Tagged(_) => Shape::Tagged,
                            _ => Shape::Array,
                        };
                        objects += usize::from(shape != Shape::Array);
                        self.out.push(if shape == Shape::Array { '[' } else { '{' });
                        if let Value::Tagged(tagged) = value {
                            self.break_line(objects);
                            self.string("tag");
                            self.colon();
                            self.string(tagged.tag().as_str());
                        }
                        open.push(Open {
                            children,
                            shape,
                            begun: 0,
                        });
                    }
                }
            }
            let Some(collection) = open.last_mut() else {
                return;
            };
            let begun = collection.begun;
            collection.begun += 1;
            let Some(child) = collection.children.next() else {
                let shape = collection.shape;
                open.pop();
                objects -= usize::from(shape != Shape::Array);
                if self.options.pretty && (shape == Shape::Array || begun == 0) {
                    self.out.push(' ');
                } else {
                    self.break_line(objects);
                }
                self.out.push(if shape == Shape::Array { ']' } else { '}' });
                continue;
            };
            match collection.shape {
                Shape::Array => {
                    if begun > 0 {
                        self.out.push(',');
                    }
                    if self.options.pretty {
                        self.out.push(' ');
                    }
                }
                Shape::Tagged => {
                    self.out.push(',');
                    self.break_line(objects);
                    self.string("value");
                    self.colon();
                }
                Shape::Object if begun.is_multiple_of(2) => {
                    if begun > 0 {
                        self.out.push(',');
                    }
                    self.break_line(objects);
                    self.key(child);
                    self.colon();
                    continue;
                }
                Shape::Object => {}
            }
            next = Some(child);
        }
    }

    fn break_line(&mut self, objects: usize) {
        if self.options.pretty {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n("  ", objects));
        }
    }

    fn colon(&mut self) {
        self.out
            .push_str(if self.options.pretty { " : " } else { ":" });
    }

    fn string(&mut self, text: &str) {
        escape(&mut self.out, text, self.options.escape_non_ascii);
    }

    fn key(&mut self, key: &Value) {
        match (key, &self.options.key_fn) {
            (Value::Keyword(keyword), Some(KeyFn(function))) => {
                let key = function(keyword);
                self.string(&key);
            }
            (Value::Nil, _) => self.string(""),
            (Value::Char(c), _) => self.string(c.encode_utf8(&mut [0; 4])),
            (Value::BigInt(v), _) => self.string(&v.to_string()),
            (Value::Decimal(v), _) => self.string(&v.to_string()),
            (Value::Inst(v), _) => self.string(&self.options.date_format.format(*v)),
            (Value::Uuid(v), _) => self.string(&v.to_string()),
            (other, _) => match other.as_name() {
                Some(name) => self.string(name),
                None => self.string(&other.to_string()),
            },
        }
    }

    fn leaf(&mut self, value: &Value) {
        // Writing to a `String` cannot fail.
        let _ = match value {
            Value::Bool(v) => write!(self.out, "{v}"),
            Value::Int(v) => write!(self.out, "{v}"),
            Value::BigInt(v) => write!(self.out, "{v}"),
            Value::Decimal(v) => write!(self.out, "{v}"),
            Value::Float(v) => self.double(*v),
            Value::Ratio(v) => self.double(v.to_f64()),
            Value::Char(_) | Value::Inst(_) | Value::Uuid(_) => {
                self.key(value);
                Ok(())
            }
            other => match other.as_name() {
                Some(name) => {
                    self.string(name);
                    Ok(())
                }
                None => self.out.write_str("null"),
            },
        };
    }

    fn double(&mut self, number: f64) -> fmt::Result {
        if number.is_finite() {
            return write_double(&mut self.out, number);
        }
        self.out.push('"');
        write_double(&mut self.out, number)?;
        self.out.write_char('"')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kw(entries: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
        Value::keyword_map(entries)
    }

    #[track_caller]
    fn check(value: &Value, expected: &str) {
        assert_eq!(write(value, &WriteOptions::default()), expected);
    }

    #[test]
    fn recorded_bodies() {
        // form-json, form-json-string-content-type
        check(&kw([("foo", "bar".into())]), r#"{"foo":"bar"}"#);
        // form-json-more-types
        let more = kw([
            ("r", Value::ratio(1, 4)),
            (
                "big",
                "123456789012345678901"
                    .parse::<num_bigint::BigInt>()
                    .unwrap()
                    .into(),
            ),
            ("dec", Value::decimal(110, 2)),
            ("sym", Value::symbol("abc")),
            ("l", Value::list([1, 2])),
            (
                "u",
                Value::Uuid("f81d4fae-7dec-11d0-a765-00a0c91e6bf6".parse().unwrap()),
            ),
            ("set", Value::set([1])),
        ]);
        check(
            &more,
            r#"{"r":0.25,"big":123456789012345678901,"dec":1.10,"sym":"abc","l":[1,2],"u":"f81d4fae-7dec-11d0-a765-00a0c91e6bf6","set":[1]}"#,
        );
        // form-json-vector
        check(
            &vec![1.into(), kw([("a", 2.into())])].into(),
            r#"[1,{"a":2}]"#,
        );
        // form-json-date-format
        let date = kw([(
            "d",
            Value::Inst("2020-01-02T03:04:05.678-00:00".parse().unwrap()),
        )]);
        let date_format = "yyyy-MM-dd".parse().unwrap();
        let options = WriteOptions {
            date_format,
            ..Default::default()
        };
        assert_eq!(write(&date, &options), r#"{"d":"2020-01-02"}"#);
        check(&date, r#"{"d":"2020-01-02T03:04:05Z"}"#);
        // form-json-pretty
        let pretty = WriteOptions {
            pretty: true,
            ..Default::default()
        };
        let value = kw([("a", 1.into()), ("b", vec![1, 2].into())]);
        assert_eq!(
            write(&value, &pretty),
            "{\n  \"a\" : 1,\n  \"b\" : [ 1, 2 ]\n}"
        );
        // form-json-empty
        check(&kw([]), "{}");
        // form-json-nested-flattened
        check(&[("a[b]", 1)].into(), r#"{"a[b]":1}"#);
        // form-json-coerce-nested-query
        let nested = kw([(
            "a",
            kw([("b", vec![1.into(), kw([("c", ().into())])].into())]),
        )]);
        check(&nested, r#"{"a":{"b":[1,{"c":null}]}}"#);
    }

    #[test]
    fn pretty_as_jackson() {
        let pretty = WriteOptions {
            pretty: true,
            ..Default::default()
        };
        let inner = kw([("a", kw([])), ("b", Value::vector::<Value>([]))]);
        let value: Value = vec![1.into(), kw([("c", inner)])].into();
        assert_eq!(
            write(&value, &pretty),
            "[ 1, {\n  \"c\" : {\n    \"a\" : { },\n    \"b\" : [ ]\n  }\n} ]"
        );
        let tagged = Value::tagged("t", 1);
        assert_eq!(
            write(&tagged, &pretty),
            "{\n  \"tag\" : \"t\",\n  \"value\" : 1\n}"
        );
        check(&tagged, r#"{"tag":"t","value":1}"#);
    }

    #[test]
    fn text_and_keys() {
        check(
            &"\"\\/\n\u{1}\u{7f}é".into(),
            "\"\\\"\\\\/\\n\\u0001\u{7f}é\"",
        );
        let ascii = WriteOptions {
            escape_non_ascii: true,
            ..Default::default()
        };
        assert_eq!(write(&"é😀".into(), &ascii), r#""\u00E9\uD83D\uDE00""#);
        check(&f64::NAN.into(), r#""NaN""#);
        check(&1e10.into(), "1.0E10");
        let keys = Value::map([((), 1.into())]);
        check(&keys, r#"{"":1}"#);
        check(&Value::from([('a', 1)]), r#"{"a":1}"#);
        check(&Value::from([(vec![1, 2], 1)]), r#"{"[1 2]":1}"#);
        check(
            &Value::from([(1.5, Value::keyword("x/y"))]),
            r#"{"1.5":"x/y"}"#,
        );
        let key_fn = Some(KeyFn::new(|k| k.name().to_uppercase()));
        let upper = WriteOptions {
            key_fn,
            ..Default::default()
        };
        assert_eq!(write(&kw([("a/b", 1.into())]), &upper), r#"{"B":1}"#);
    }

    #[test]
    fn a_hundred_thousand_levels() {
        let deep = (0..100_000).fold(Value::Nil, |inner, _| Value::vector([inner]));
        assert_eq!(write(&deep, &WriteOptions::default()).len(), 200_004);
    }
}
