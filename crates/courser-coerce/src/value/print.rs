//! Values as Clojure's `pr-str` prints them.

use std::fmt::{self, Write};

use super::Value;
use super::number::write_double;
use super::walk::Children;

/// Prints on one line, as Clojure's `pr-str`: `{:a 1, :b [1.5 "x"]}`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_value(f, self)
    }
}

/// The same as `Display`.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_value(f, self)
    }
}

struct Open<'a> {
    children: Children<'a>,
    close: &'static str,
    /// How many children have been begun.
    begun: usize,
    is_map: bool,
}

impl<'a> Open<'a> {
    fn of(value: &'a Value) -> Option<(Self, &'static str)> {
        let (open, close) = match value {
            Value::List(_) => ("(", ")"),
            Value::Vector(_) => ("[", "]"),
            Value::Set(_) => ("#{", "}"),
            Value::Map(_) => ("{", "}"),
            _ => ("", ""),
        };
        let is_map = matches!(value, Value::Map(_));
        Some((
            Self {
                children: Children::of(value)?,
                close,
                begun: 0,
                is_map,
            },
            open,
        ))
    }
}

pub(crate) fn write_value(out: &mut impl Write, value: &Value) -> fmt::Result {
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut next = Some(value);
    loop {
        if let Some(value) = next.take() {
            if let Value::Tagged(tagged) = value {
                write!(out, "#{} ", tagged.tag())?;
            }
            match Open::of(value) {
                Some((collection, opening)) => {
                    out.write_str(opening)?;
                    open.push(collection);
                }
                None => write_leaf(out, value)?,
            }
        }
        let Some(collection) = open.last_mut() else {
            return Ok(());
        };
        next = collection.children.next();
        if next.is_none() {
            out.write_str(collection.close)?;
            open.pop();
            continue;
        }
        if collection.begun > 0 {
            let ends_entry = collection.is_map && collection.begun.is_multiple_of(2);
            out.write_str(if ends_entry { ", " } else { " " })?;
        }
        collection.begun += 1;
    }
}

/// A value that holds no others.
pub(crate) fn write_leaf(out: &mut impl Write, value: &Value) -> fmt::Result {
    match value {
        Value::Nil => out.write_str("nil"),
        Value::Bool(v) => out.write_str(if *v { "true" } else { "false" }),
        Value::Int(v) => write!(out, "{v}"),
        Value::BigInt(v) => write!(out, "{v}N"),
        Value::Float(v) if v.is_nan() => out.write_str("##NaN"),
        Value::Float(v) if v.is_infinite() => {
            out.write_str(if *v > 0.0 { "##Inf" } else { "##-Inf" })
        }
        Value::Float(v) => write_double(out, *v),
        Value::Decimal(v) => write!(out, "{v}M"),
        Value::Ratio(v) => write!(out, "{v}"),
        Value::Char(v) => write_char(out, *v),
        Value::String(v) => write_string(out, v),
        Value::Keyword(v) => {
            out.write_char(':')?;
            out.write_str(v.as_str())
        }
        Value::Symbol(v) => out.write_str(v.as_str()),
        Value::Inst(v) => write!(out, "#inst \"{v}\""),
        Value::Uuid(v) => write!(out, "#uuid \"{v}\""),
        Value::List(_) | Value::Vector(_) | Value::Map(_) | Value::Set(_) | Value::Tagged(_) => {
            Ok(())
        }
    }
}

fn write_char(out: &mut impl Write, c: char) -> fmt::Result {
    out.write_char('\\')?;
    match c {
        '\n' => out.write_str("newline"),
        '\r' => out.write_str("return"),
        ' ' => out.write_str("space"),
        '\t' => out.write_str("tab"),
        '\u{8}' => out.write_str("backspace"),
        '\u{c}' => out.write_str("formfeed"),
        // Clojure prints these as they are, and then cannot always read them back.
        c if c.is_control() || c.is_whitespace() => write!(out, "u{:04x}", u32::from(c)),
        c => out.write_char(c),
    }
}

fn write_string(out: &mut impl Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            8 => "\\b",
            12 => "\\f",
            _ => continue,
        };
        out.write_str(text.get(plain..at).unwrap_or_default())?;
        out.write_str(escaped)?;
        plain = at + 1;
    }
    out.write_str(text.get(plain..).unwrap_or_default())?;
    out.write_char('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: impl Into<Value>, expected: &str) {
        assert_eq!(value.into().to_string(), expected);
    }

    #[test]
    fn prints_as_clojure() {
        check((), "nil");
        check(-7, "-7");
        check(1e10, "1.0E10");
        check(f64::NEG_INFINITY, "##-Inf");
        check(f64::NAN, "##NaN");
        check(Value::decimal(110, 2), "1.10M");
        check(Value::ratio(2, 6), "1/3");
        check(
            "a\"b\\c\n\t\r\u{8}\u{c}é\u{0}",
            "\"a\\\"b\\\\c\\n\\t\\r\\b\\fé\u{0}\"",
        );
        check('\n', "\\newline");
        check('é', "\\é");
        check('\u{a0}', "\\u00a0");
        check(Value::keyword("a/b"), ":a/b");
        check(Value::list([1, 2]), "(1 2)");
        check(Value::set([1, 2]), "#{1 2}");
        check(Value::Map(crate::value::Map::new()), "{}");
        check(Value::from([("a", 1), ("b", 2)]), r#"{"a" 1, "b" 2}"#);
        check(
            Value::tagged("t", Value::vector([Value::tagged("u", 1)])),
            "#t [#u 1]",
        );
        check(
            Value::Inst("2020-01-02".parse().unwrap()),
            "#inst \"2020-01-02T00:00:00.000-00:00\"",
        );
        check(
            Value::vector([Value::vector::<Value>([]), Value::Nil]),
            "[[] nil]",
        );
    }
}
