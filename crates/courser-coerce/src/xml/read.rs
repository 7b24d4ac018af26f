//! The reader: quick-xml's events, and what it leaves to be checked.

use quick_xml::errors::{Error as XmlError, IllFormedError};
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader as Events;

use super::chars::{is_blank, is_char, is_name, is_space, reference};
use super::charset;
use super::error::{Error, shown};
use crate::Value;
use crate::place::Place;
use crate::text::Charset;
use crate::value::{Items, Keyword, Map};

/// How to read XML. As an extension of a request, also how the client reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadOptions {
    /// The charset that the transport tells. *Default:* none: that of a byte order mark or of the
    /// declaration, else UTF-8. A byte order mark beats it.
    pub charset: Option<Charset>,
    /// The most levels of elements. *Default:* 512.
    pub max_depth: usize,
    /// The most elements, attributes and texts together: each takes much more memory than the
    /// few bytes that it may be written with. *Default:* 1,000,000.
    pub max_nodes: usize,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            charset: None,
            max_depth: 512,
            max_nodes: 1_000_000,
        }
    }
}

/// The element of a document; nil if there is none, as an empty body is nil.
///
/// # Errors
/// [`Error`], with line and column.
pub fn read_slice(bytes: &[u8]) -> Result<Value, Error> {
    read_slice_with(bytes, &ReadOptions::default())
}

/// As [`read_slice`], with options.
///
/// # Errors
/// As [`read_slice`].
pub fn read_slice_with(bytes: &[u8], options: &ReadOptions) -> Result<Value, Error> {
    let text = charset::decode(bytes, options.charset)?;
    Reader::new(&text, options, true).read()
}

/// As [`read_slice`], from text, whatever charset a declaration in it names.
///
/// # Errors
/// As [`read_slice`].
pub fn read_str(text: &str) -> Result<Value, Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Reader::new(text, &ReadOptions::default(), true).read()
}

/// That a document is well-formed and within the limits.
#[cfg(feature = "xml-serde")]
pub(super) fn check(text: &str, options: &ReadOptions) -> Result<(), Error> {
    Reader::new(text, options, false).read().map(drop)
}

/// An element that is not finished.
struct Open {
    tag: Keyword,
    attrs: Value,
    /// Where it begins in the text.
    offset: usize,
    /// How many values there were before it.
    values: usize,
}

struct Reader<'a> {
    text: &'a str,
    options: &'a ReadOptions,
    events: Events<&'a [u8]>,
    /// Where the event begins.
    at: usize,
    /// Whether values are made, or the document only looked at.
    build: bool,
    open: Vec<Open>,
    /// The finished values of all that is open, the innermost last.
    values: Vec<Value>,
    /// Text that may go on: references, CDATA sections and comments do not end it.
    chars: String,
    nodes: usize,
    has_root: bool,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, options: &'a ReadOptions, build: bool) -> Self {
        let mut events = Events::from_str(text);
        events.config_mut().check_comments = true;
        Self {
            text,
            options,
            events,
            at: 0,
            build,
            open: Vec::new(),
            values: Vec::new(),
            chars: String::new(),
            nodes: 0,
            has_root: false,
        }
    }

    fn error(&self, offset: usize, message: impl std::fmt::Display) -> Error {
        Error::new(self.text.as_bytes(), offset, message)
    }

    fn read(mut self) -> Result<Value, Error> {
        if let Some((at, c)) = self.text.char_indices().find(|(_, c)| !is_char(*c)) {
            let message = format!("U+{:04X}, which XML does not have", u32::from(c));
            return Err(self.error(at, message));
        }
        loop {
            self.at = self.position(self.events.buffer_position());
            let event = match self.events.read_event() {
                Ok(event) => event,
                Err(error) => return Err(self.wrong(&error)),
            };
            match event {
                Event::Start(start) => self.begin(&start)?,
                Event::Empty(start) => {
                    self.begin(&start)?;
                    self.end()?;
                }
                Event::End(_) => self.end()?,
                Event::Text(text) => {
                    let text = text.xml10_content();
                    if text.contains("]]>") {
                        return Err(self.error(self.at, "`]]>` in text"));
                    }
                    self.text(&text)?;
                }
                Event::CData(text) => {
                    self.inside("a CDATA section")?;
                    self.text(&text.xml10_content())?;
                }
                Event::GeneralRef(name) => {
                    self.inside("a reference")?;
                    let c = reference(&name).map_err(|why| {
                        self.error(self.at, format!("{why}: `&{};`", shown(&name)))
                    })?;
                    self.chars.push(c);
                }
                Event::Decl(_) if self.at == 0 => {}
                Event::Decl(_) => {
                    let message = "an XML declaration that is not at the beginning";
                    return Err(self.error(self.at, message));
                }
                Event::DocType(_) => {
                    let message = "document type definitions are not read";
                    return Err(self.error(self.at, message));
                }
                Event::Comment(_) | Event::PI(_) => {}
                Event::Eof => break,
            }
        }
        if let Some(open) = self.open.last() {
            let name = shown(open.tag.as_str());
            let opened = Place::of(self.text.as_bytes(), open.offset);
            let message =
                format!("the document ends too early: expected `</{name}>` (opened at {opened})");
            return Err(self.error(self.text.len(), message));
        }
        if !self.has_root && !self.text.bytes().all(is_space) {
            return Err(self.error(self.text.len(), "expected an element"));
        }
        Ok(self.values.pop().unwrap_or_default())
    }

    fn position(&self, position: u64) -> usize {
        usize::try_from(position)
            .unwrap_or(usize::MAX)
            .min(self.text.len())
    }

    fn wrong(&self, error: &XmlError) -> Error {
        let at = self.position(self.events.error_position());
        match error {
            XmlError::IllFormed(IllFormedError::MismatchedEndTag { expected, found }) => {
                let (expected, found) = (shown(expected), shown(found));
                self.error(
                    at,
                    format!("expected `</{expected}>`, but `</{found}>` was found"),
                )
            }
            XmlError::IllFormed(IllFormedError::UnmatchedEndTag(found)) => {
                self.error(at, format!("`</{}>` ends nothing", shown(found)))
            }
            other => self.error(at, other),
        }
    }

    fn inside(&self, what: &str) -> Result<(), Error> {
        if self.open.is_empty() {
            return Err(self.error(self.at, format!("{what} outside of the element")));
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Error> {
        if self.open.is_empty() {
            if let Some(at) = text.bytes().position(|byte| !is_space(byte)) {
                let expected = if self.has_root {
                    "text behind the element"
                } else {
                    "text before the element: is it XML?"
                };
                return Err(self.error(self.at + at, expected));
            }
            return Ok(());
        }
        self.chars.push_str(text);
        Ok(())
    }

    fn count(&mut self) -> Result<(), Error> {
        let limit = self.options.max_nodes;
        if self.nodes >= limit {
            let message = format!("more than {limit} elements, attributes and texts (max_nodes)");
            return Err(self.error(self.at, message));
        }
        self.nodes += 1;
        Ok(())
    }

    /// Text ends where an element begins or ends.
    fn end_text(&mut self) -> Result<(), Error> {
        if self.chars.is_empty() {
            return Ok(());
        }
        if !is_blank(&self.chars) {
            self.count()?;
            if self.build {
                self.values
                    .push(Value::from(std::mem::take(&mut self.chars)));
            }
        }
        self.chars.clear();
        Ok(())
    }

    fn begin(&mut self, start: &BytesStart<'_>) -> Result<(), Error> {
        self.end_text()?;
        self.count()?;
        let limit = self.options.max_depth;
        if self.open.len() >= limit {
            let message = format!("nested deeper than {limit} levels (max_depth)");
            return Err(self.error(self.at, message));
        }
        if self.open.is_empty() && self.has_root {
            return Err(self.error(self.at, "a second element: a document has one"));
        }
        self.has_root = true;
        let name = start.name();
        let name = name.as_ref();
        if !is_name(name) {
            return Err(self.error(self.at, format!("`{}` is no name", shown(name))));
        }
        let attrs = self.attrs(start.attributes_raw(), self.at + 1 + name.len())?;
        self.open.push(Open {
            tag: Keyword::new(name),
            attrs,
            offset: self.at,
            values: self.values.len(),
        });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Error> {
        self.end_text()?;
        let Some(open) = self.open.pop() else {
            return Err(self.error(self.at, "an end of nothing"));
        };
        if self.build {
            let content = if self.values.len() > open.values {
                Value::Vector(Items::take_from(&mut self.values, open.values))
            } else {
                Value::Nil
            };
            let element = [
                ("tag", Value::Keyword(open.tag)),
                ("attrs", open.attrs),
                ("content", content),
            ];
            self.values.push(Value::keyword_map(element));
        }
        Ok(())
    }

    /// XML 1.0, 3.1: `(S Name S? '=' S? AttValue)* S?`.
    fn attrs(&mut self, raw: &str, offset: usize) -> Result<Value, Error> {
        let mut attrs = Map::new();
        let mut rest = raw;
        loop {
            let trimmed = rest.trim_start_matches(is_space_char);
            let at = offset + raw.len() - trimmed.len();
            if trimmed.is_empty() {
                break;
            }
            if trimmed.len() == rest.len() {
                return Err(self.error(at, "expected a space before an attribute"));
            }
            let end = trimmed.find(|c| c == '=' || is_space_char(c));
            let (name, behind) = trimmed
                .split_at_checked(end.unwrap_or(trimmed.len()))
                .unwrap_or((trimmed, ""));
            if !is_name(name) {
                return Err(self.error(at, format!("`{}` is no name of an attribute", shown(name))));
            }
            let Some(behind) = behind.trim_start_matches(is_space_char).strip_prefix('=') else {
                return Err(self.error(at, format!("the attribute `{}` has no value", shown(name))));
            };
            let behind = behind.trim_start_matches(is_space_char);
            let quote = behind.chars().next().filter(|c| matches!(c, '"' | '\''));
            let value = quote.and_then(|quote| behind.get(1..)?.split_once(quote));
            let Some((value, behind)) = value else {
                let message = format!(
                    "the value of the attribute `{}` is not in quotes",
                    shown(name)
                );
                return Err(self.error(at, message));
            };
            self.count()?;
            let value = self.attr_value(value, at)?;
            let known = attrs.insert(Value::Keyword(Keyword::new(name)), value);
            if known.is_some() {
                return Err(self.error(at, format!("the attribute `{}` comes twice", shown(name))));
            }
            rest = behind;
        }
        Ok(if attrs.is_empty() {
            Value::Nil
        } else {
            Value::Map(attrs)
        })
    }

    /// XML 1.0, 3.3.3: references are resolved, other space becomes blanks.
    fn attr_value(&self, raw: &str, at: usize) -> Result<Value, Error> {
        if !raw
            .bytes()
            .any(|byte| matches!(byte, b'<' | b'&' | b'\t' | b'\r' | b'\n'))
        {
            return Ok(Value::from(raw));
        }
        let mut value = String::with_capacity(raw.len());
        let mut rest = raw;
        while let Some(c) = rest.chars().next() {
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            match c {
                '<' => return Err(self.error(at, "`<` in the value of an attribute")),
                '&' => {
                    let Some((name, behind)) = rest.split_once(';') else {
                        return Err(self.error(at, "`&` without `;` in the value of an attribute"));
                    };
                    let c = reference(name)
                        .map_err(|why| self.error(at, format!("{why}: `&{};`", shown(name))))?;
                    value.push(c);
                    rest = behind;
                }
                '\r' => {
                    rest = rest.strip_prefix('\n').unwrap_or(rest);
                    value.push(' ');
                }
                '\t' | '\n' => value.push(' '),
                c => value.push(c),
            }
        }
        Ok(Value::from(value))
    }
}

fn is_space_char(c: char) -> bool {
    u8::try_from(c).is_ok_and(is_space)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let printed = match read_str(text) {
            Ok(value) => value.to_string(),
            Err(error) => format!("{} at {}", error.message(), error.place().offset),
        };
        assert_eq!(printed, expected, "{text}");
    }

    #[test]
    fn the_shape_of_clojure_xml() {
        check("", "nil");
        check(" \n", "nil");
        check("<r/>", "{:tag :r, :attrs nil, :content nil}");
        check("<r></r >", "{:tag :r, :attrs nil, :content nil}");
        check(
            "<?xml version='1.0'?>\n<a b='1' c:d = \"2\"\n>x<e/> </a>\n",
            "{:tag :a, :attrs {:b \"1\", :c:d \"2\"}, :content [\"x\" {:tag :e, :attrs nil, :content nil}]}",
        );
        // Comments, references and CDATA sections do not part text.
        check(
            "<a> 1 &lt;<!-- no --><![CDATA[<&]]>&#x41;<?p q?>.\r\n</a>",
            "{:tag :a, :attrs nil, :content [\" 1 <<&A.\\n\"]}",
        );
        check(
            "<a>\u{a0}</a>",
            "{:tag :a, :attrs nil, :content [\"\u{a0}\"]}",
        );
        check(
            "<a>&#13;x</a>",
            "{:tag :a, :attrs nil, :content [\"\\rx\"]}",
        );
        check(
            "<a b='&quot;&#10;\r\n\t&apos;>'/>",
            "{:tag :a, :attrs {:b \"\\\"\\n  '>\"}, :content nil}",
        );
    }

    #[test]
    fn what_is_wrong_and_where() {
        check("<r><c></r>", "expected `</c>`, but `</r>` was found at 6");
        check(
            "<r>",
            "the document ends too early: expected `</r>` (opened at line 1, column 1) at 3",
        );
        check(
            "<r><c/>",
            "the document ends too early: expected `</r>` (opened at line 1, column 1) at 7",
        );
        check("</r>", "`</r>` ends nothing at 0");
        check("<r/><s/>", "a second element: a document has one at 4");
        check("<r/>x", "text behind the element at 4");
        check("{}", "text before the element: is it XML? at 0");
        check("<!-- only -->", "expected an element at 13");
        check(
            "<r/><?xml version='1.0'?>",
            "an XML declaration that is not at the beginning at 4",
        );
        check(
            "<!DOCTYPE r><r/>",
            "document type definitions are not read at 0",
        );
        check(
            "<r>&nbsp;</r>",
            "entities other than lt, gt, amp, quot and apos are not read: `&nbsp;` at 3",
        );
        check(
            "<r a='&x;'/>",
            "entities other than lt, gt, amp, quot and apos are not read: `&x;` at 3",
        );
        check(
            "<r a='&'/>",
            "`&` without `;` in the value of an attribute at 3",
        );
        check("<r a='<'/>", "`<` in the value of an attribute at 3");
        check("<r a='1' a='2'/>", "the attribute `a` comes twice at 9");
        check(
            "<r a='1'b='2'/>",
            "expected a space before an attribute at 8",
        );
        check("<r a/>", "the attribute `a` has no value at 3");
        check(
            "<r a=1/>",
            "the value of the attribute `a` is not in quotes at 3",
        );
        check("<r 1='1'/>", "`1` is no name of an attribute at 3");
        check("<1/>", "`1` is no name at 0");
        check("<r>]]></r>", "`]]>` in text at 3");
        check("<r>\u{1}</r>", "U+0001, which XML does not have at 3");
        check(
            "<r>&#0;</r>",
            "a reference to a character that there is not: `&#0;` at 3",
        );
        check(
            "<![CDATA[x]]><r/>",
            "a CDATA section outside of the element at 0",
        );
        assert!(read_str("<r>&amp</r>").is_err());
        assert!(read_str("<r><!-- a -- b --></r>").is_err());
        assert!(read_str("<r").is_err());
        assert!(read_str("<>").is_err());
    }

    #[test]
    fn limits() {
        let deep = "<a>".repeat(100_000);
        let error = read_str(&deep).unwrap_err();
        assert_eq!(error.message(), "nested deeper than 512 levels (max_depth)");
        let options = ReadOptions {
            max_depth: 100_000,
            max_nodes: 200_000,
            ..Default::default()
        };
        let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
        assert!(read_slice_with(deep.as_bytes(), &options).is_ok());

        let options = ReadOptions {
            max_nodes: 4,
            ..Default::default()
        };
        assert!(read_slice_with(b"<a b='1'>x<c/></a>", &options).is_ok());
        let error = read_slice_with(b"<a b='1'>x<c/><d/></a>", &options).unwrap_err();
        assert_eq!(
            error.message(),
            "more than 4 elements, attributes and texts (max_nodes)"
        );
        let many = (0..20_000).fold(String::new(), |all, n| all + &format!(" a{n}=''"));
        assert!(read_str(&format!("<a{many}/>")).is_ok());
    }
}
