//! The writer, for values in the shape that the reader makes.

use super::chars::{is_char, is_name};
use super::error::{WriteError, shown};
use crate::Value;
use crate::value::Map;

/// How to write XML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteOptions {
    /// Whether a declaration stands first. *Default:* true.
    pub declaration: bool,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self { declaration: true }
    }
}

const DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8"?>"#;

/// The document of an element: a map of `:tag`, `:attrs` and `:content`, with keywords or strings
/// for keys and names. Content is elements, and text: strings, or what prints as EDN has it, such
/// as numbers. No space is added.
///
/// # Errors
/// [`WriteError`]: a map without a tag, a name or character that XML does not have.
pub fn write(value: &Value, options: &WriteOptions) -> Result<String, WriteError> {
    let mut writer = Writer {
        out: String::new(),
        open: Vec::new(),
    };
    if options.declaration {
        writer.out.push_str(DECLARATION);
    }
    let Value::Map(element) = value else {
        return Err(writer.error(format!("expected a map with :tag, not {}", value.kind())));
    };
    writer.begin(element)?;
    while let Some(open) = writer.open.last_mut() {
        match open.rest.split_first() {
            Some((Value::Map(element), rest)) => {
                open.rest = rest;
                writer.begin(element)?;
            }
            Some((content, rest)) => {
                open.rest = rest;
                writer.text(content)?;
            }
            None => {
                let name = open.name;
                writer.out.push_str("</");
                writer.out.push_str(name);
                writer.out.push('>');
                writer.open.pop();
            }
        }
    }
    Ok(writer.out)
}

struct Open<'a> {
    name: &'a str,
    /// What is still to be written.
    rest: &'a [Value],
}

struct Writer<'a> {
    out: String,
    open: Vec<Open<'a>>,
}

impl<'a> Writer<'a> {
    fn error(&self, message: String) -> WriteError {
        WriteError {
            message,
            element: self.open.last().map(|open| shown(open.name)),
        }
    }

    fn name(&self, value: Option<&'a Value>, what: &str) -> Result<&'a str, WriteError> {
        let name = value.and_then(Value::as_name);
        match name {
            Some(name) if is_name(name) => Ok(name),
            Some(name) => Err(self.error(format!("`{}` is no {what}", shown(name)))),
            None => {
                let kind = value.map_or("nothing", Value::kind);
                Err(self.error(format!("expected a {what}, not {kind}")))
            }
        }
    }

    fn begin(&mut self, element: &'a Map) -> Result<(), WriteError> {
        let name = self.name(element.get("tag"), "name of an element (:tag)")?;
        self.out.push('<');
        self.out.push_str(name);
        match element.get("attrs") {
            None | Some(Value::Nil) => {}
            Some(Value::Map(attrs)) => {
                for (key, value) in attrs {
                    let key = self.name(Some(key), "name of an attribute")?;
                    self.out.push(' ');
                    self.out.push_str(key);
                    self.out.push_str("=\"");
                    self.scalar(value, true)?;
                    self.out.push('"');
                }
            }
            Some(other) => {
                return Err(self.error(format!("expected a map of :attrs, not {}", other.kind())));
            }
        }
        let rest: &[Value] = match element.get("content") {
            None | Some(Value::Nil) => &[],
            Some(Value::Vector(items) | Value::List(items)) => items,
            Some(one) => std::slice::from_ref(one),
        };
        if rest.is_empty() {
            self.out.push_str("/>");
        } else {
            self.out.push('>');
            self.open.push(Open { name, rest });
        }
        Ok(())
    }

    fn text(&mut self, value: &'a Value) -> Result<(), WriteError> {
        self.scalar(value, false)
    }

    fn scalar(&mut self, value: &Value, in_attr: bool) -> Result<(), WriteError> {
        let printed;
        let text = match value {
            Value::Nil => return Ok(()),
            Value::Char(c) => {
                printed = c.to_string();
                &printed
            }
            Value::List(_)
            | Value::Vector(_)
            | Value::Map(_)
            | Value::Set(_)
            | Value::Tagged(_) => {
                return Err(self.error(format!("expected text, not {}", value.kind())));
            }
            other => {
                printed = other.to_string();
                other.as_name().unwrap_or(&printed)
            }
        };
        for c in text.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' if in_attr => self.out.push_str("&quot;"),
                '\t' if in_attr => self.out.push_str("&#9;"),
                '\n' if in_attr => self.out.push_str("&#10;"),
                '\r' => self.out.push_str("&#13;"),
                c if is_char(c) => self.out.push(c),
                c => {
                    let message = format!("XML does not have U+{:04X}", u32::from(c));
                    return Err(self.error(message));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements() {
        #[track_caller]
        fn check(value: &Value, expected: &str) {
            let written = write(value, &WriteOptions { declaration: false });
            let written = written.unwrap_or_else(|error| error.to_string());
            assert_eq!(written, expected);
        }
        let element = |content: Value| {
            Value::keyword_map([("tag", Value::keyword("a")), ("content", content)])
        };
        check(&element(Value::Nil), "<a/>");
        check(
            &element("<&>\"\r\n".into()),
            "<a>&lt;&amp;&gt;\"&#13;\n</a>",
        );
        check(
            &element(Value::vector([
                Value::Int(1),
                Value::Nil,
                element(Value::Nil),
            ])),
            "<a>1<a/></a>",
        );
        let map = Value::map([
            ("tag", "x".into()),
            ("attrs", Value::map([("k", "\"<\n".into())])),
        ]);
        check(&map, "<x k=\"&quot;&lt;&#10;\"/>");
        check(
            &Value::Nil,
            "XML cannot be written: expected a map with :tag, not nil",
        );
        check(&element(element(Value::vector([1]))), "<a><a>1</a></a>");
        check(
            &element(Value::vector([Value::vector([1])])),
            "XML cannot be written: expected text, not a vector (in <a>)",
        );
        check(
            &element(Value::vector([Value::from([("k", 1)])])),
            "XML cannot be written: expected a name of an element (:tag), not nothing (in <a>)",
        );
        check(
            &element("\u{1}".into()),
            "XML cannot be written: XML does not have U+0001 (in <a>)",
        );
        check(
            &Value::keyword_map([("tag", "a b".into())]),
            "XML cannot be written: `a b` is no name of an element (:tag)",
        );
    }
}
