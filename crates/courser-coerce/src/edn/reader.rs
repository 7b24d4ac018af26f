//! The reader: one loop over the bytes, with a stack of its own.

use super::error::{Error, ErrorKind, excerpt};
use super::options::{Metadata, Options, UnknownTags};
use super::token::{is_delimiter, is_space, keyword_error, symbol_error, tag_error};
use super::{number, string};
use crate::Value;
use crate::place::Place;
use crate::value::{Duplicate, Items, Keyword, Keywords, Map, Set, Symbol};

/// Reads the values of a text one after another.
///
/// ```
/// use courser_coerce::edn::{self, Options};
///
/// let options = Options::default();
/// let values: Result<Vec<_>, _> = edn::forms("1 :two ; three\n [4]", &options).collect();
/// assert_eq!(values?.len(), 3);
/// # Ok::<(), edn::Error>(())
/// ```
pub fn forms<'a>(text: &'a str, options: &'a Options) -> Forms<'a> {
    Forms {
        reader: Reader::new(text, options),
        ended: false,
    }
}

/// The values of a text, one after another; ends after the first error. See [`forms`].
#[derive(Debug)]
pub struct Forms<'a> {
    reader: Reader<'a>,
    ended: bool,
}

impl Forms<'_> {
    /// How many bytes have been read: the next value, if any, comes behind them.
    pub fn offset(&self) -> usize {
        self.reader.at
    }
}

impl Iterator for Forms<'_> {
    type Item = Result<Value, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let form = self.reader.read().transpose();
        self.ended = !matches!(form, Some(Ok(_)));
        form
    }
}

pub(super) fn read_one(text: &str, options: &Options) -> Result<Value, Error> {
    let mut reader = Reader::new(text, options);
    let Some(value) = reader.read()? else {
        return Ok(Value::Nil);
    };
    // Comments and discarded values may follow.
    reader.skip_space();
    let at = reader.at;
    if reader.read()?.is_some() {
        return Err(Error::new(text.as_bytes(), at, ErrorKind::Trailing));
    }
    Ok(value)
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    List,
    Vector,
    Map,
    /// `#:ns{`; the namespace is the first of its values.
    NamespacedMap,
    Set,
    /// The tag is the first of its values.
    Tag,
    Discard,
    /// Waits for the metadata.
    Meta,
    /// Waits for what the metadata belongs to.
    MetaTarget,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Vector => "vector",
            Self::Map | Self::NamespacedMap => "map",
            Self::Set => "set",
            Self::Tag => "tag",
            Self::Discard => "`#_`",
            Self::Meta | Self::MetaTarget => "`^`",
        }
    }

    /// The bracket that closes it; none for a prefix.
    fn closing(self) -> Option<(char, &'static str)> {
        Some(match self {
            Self::List => (')', "`)`"),
            Self::Vector => (']', "`]`"),
            Self::Map | Self::NamespacedMap | Self::Set => ('}', "`}`"),
            _ => return None,
        })
    }
}

/// Something begun and not finished.
#[derive(Debug, Clone, Copy)]
struct Open {
    kind: Kind,
    /// How many values there were before it.
    values: usize,
    /// Where it begins in the text.
    offset: usize,
}

#[derive(Debug)]
struct Reader<'a> {
    text: &'a str,
    options: &'a Options,
    at: usize,
    open: Vec<Open>,
    /// The finished values of all that is open, the innermost last.
    values: Vec<Value>,
    keywords: Keywords,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, options: &'a Options) -> Self {
        Self {
            text,
            options,
            at: if text.starts_with('\u{feff}') { 3 } else { 0 },
            open: Vec::new(),
            values: Vec::new(),
            keywords: Keywords::default(),
        }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn error(&self, offset: usize, kind: ErrorKind) -> Error {
        Error::new(self.text.as_bytes(), offset, kind)
    }

    fn invalid(&self, offset: usize, what: &'static str, found: &str, why: &'static str) -> Error {
        self.error(
            offset,
            ErrorKind::Invalid {
                what,
                found: excerpt(found),
                expected: why,
            },
        )
    }

    fn place(&self, offset: usize) -> Place {
        Place::of(self.text.as_bytes(), offset)
    }

    /// The text ended.
    fn end(&self) -> Error {
        let (expected, opened) = match self.open.last() {
            None => ("a value", None),
            Some(open) => {
                let expected = open
                    .kind
                    .closing()
                    .map_or("a value", |(_, expected)| expected);
                (expected, Some((open.kind.name(), self.place(open.offset))))
            }
        };
        self.error(
            self.text.len(),
            ErrorKind::UnexpectedEnd { expected, opened },
        )
    }

    fn unfinished(&self, what: &'static str, expected: &'static str, offset: usize) -> Error {
        let opened = Some((what, self.place(offset)));
        self.error(
            self.text.len(),
            ErrorKind::UnexpectedEnd { expected, opened },
        )
    }

    /// The next value at the top; `None` at the end of the text.
    fn read(&mut self) -> Result<Option<Value>, Error> {
        loop {
            let Some(byte) = self.skip_space() else {
                return if self.open.is_empty() {
                    Ok(None)
                } else {
                    Err(self.end())
                };
            };
            let value = match byte {
                b'(' => {
                    self.begin(Kind::List, 1)?;
                    continue;
                }
                b'[' => {
                    self.begin(Kind::Vector, 1)?;
                    continue;
                }
                b'{' => {
                    self.begin(Kind::Map, 1)?;
                    continue;
                }
                b'^' => {
                    self.begin(Kind::Meta, 1)?;
                    continue;
                }
                b')' | b']' | b'}' => self.close(byte)?,
                b'"' => self.string()?,
                b':' => self.keyword()?,
                b'0'..=b'9' => self.number()?,
                b'+' | b'-' if self.byte(self.at + 1).is_some_and(|b| b.is_ascii_digit()) => {
                    self.number()?
                }
                b'\\' => self.character()?,
                b'#' => match self.dispatch()? {
                    Some(value) => value,
                    None => continue,
                },
                _ => self.symbol()?,
            };
            if let Some(value) = self.finish(value)? {
                return Ok(Some(value));
            }
        }
    }

    /// The next byte that is neither space nor comment.
    #[inline]
    fn skip_space(&mut self) -> Option<u8> {
        loop {
            let byte = self.byte(self.at)?;
            if is_space(byte) {
                self.at += 1;
            } else if byte == b';' || byte == b'#' && self.byte(self.at + 1) == Some(b'!') {
                let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
                let line = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
                self.at += line.unwrap_or(rest.len());
            } else {
                return Some(byte);
            }
        }
    }

    fn begin(&mut self, kind: Kind, length: usize) -> Result<(), Error> {
        if self.open.len() >= self.options.max_depth {
            let limit = self.options.max_depth;
            return Err(self.error(self.at, ErrorKind::TooDeep { limit }));
        }
        self.open.push(Open {
            kind,
            values: self.values.len(),
            offset: self.at,
        });
        self.at += length;
        Ok(())
    }

    fn close(&mut self, byte: u8) -> Result<Value, Error> {
        let found = char::from(byte);
        let Some(open) = self.open.pop() else {
            return Err(self.error(
                self.at,
                ErrorKind::Mismatch {
                    found,
                    expected: None,
                },
            ));
        };
        match open.kind.closing() {
            Some((due, _)) if due == found => {}
            Some((due, _)) => {
                let expected = Some((due, open.kind.name(), self.place(open.offset)));
                return Err(self.error(self.at, ErrorKind::Mismatch { found, expected }));
            }
            None => {
                let what = open.kind.name();
                return Err(self.error(self.at, ErrorKind::Dangling { what, found }));
            }
        }
        let value = match open.kind {
            Kind::List => Value::List(self.items(&open)),
            Kind::Vector => Value::Vector(self.items(&open)),
            Kind::Set => self.set(&open)?,
            _ => self.map(&open)?,
        };
        self.at += 1;
        Ok(value)
    }

    fn items(&mut self, open: &Open) -> Items {
        if self.values.len() == open.values {
            return Items::new();
        }
        self.values.split_off(open.values).into()
    }

    fn set(&mut self, open: &Open) -> Result<Value, Error> {
        let items = self.items(open).into_vec();
        Set::from_distinct(items)
            .map(Value::Set)
            .map_err(|duplicate| self.duplicate(open, "element", &duplicate))
    }

    fn map(&mut self, open: &Open) -> Result<Value, Error> {
        let namespaced = open.kind == Kind::NamespacedMap;
        let first = open.values + usize::from(namespaced);
        let count = self.values.len().saturating_sub(first);
        if count % 2 == 1 {
            let opened = self.place(open.offset);
            return Err(self.error(self.at, ErrorKind::OddMap { opened }));
        }
        let mut entries = Vec::with_capacity(count / 2);
        let mut values = self.values.drain(first..);
        while let (Some(key), Some(value)) = (values.next(), values.next()) {
            entries.push((key, value));
        }
        drop(values);
        if namespaced && let Some(Value::Symbol(namespace)) = self.values.pop() {
            for (key, _) in &mut entries {
                add_namespace(key, namespace.as_str());
            }
        }
        Map::from_distinct(entries)
            .map(Value::Map)
            .map_err(|duplicate| self.duplicate(open, "key", &duplicate))
    }

    fn duplicate(&self, open: &Open, what: &'static str, found: &Duplicate) -> Error {
        let found = excerpt(&found.0.to_string());
        self.error(open.offset, ErrorKind::Duplicate { what, found })
    }

    /// Gives a value to the prefixes that wait for one, and then to the collection around it; or
    /// returns it, if there is none.
    #[inline]
    fn finish(&mut self, mut value: Value) -> Result<Option<Value>, Error> {
        loop {
            let Some(open) = self.open.last_mut() else {
                return Ok(Some(value));
            };
            match open.kind {
                Kind::List | Kind::Vector | Kind::Map | Kind::NamespacedMap | Kind::Set => {
                    self.values.push(value);
                    return Ok(None);
                }
                Kind::Discard => {
                    self.open.pop();
                    return Ok(None);
                }
                Kind::Meta => {
                    open.kind = Kind::MetaTarget;
                    if self.options.metadata == Metadata::Keep {
                        self.values.push(value);
                    }
                    return Ok(None);
                }
                Kind::MetaTarget => {
                    self.open.pop();
                    if self.options.metadata == Metadata::Keep
                        && let Some(metadata) = self.values.pop()
                    {
                        value = Value::tagged("with-meta", Value::vector([value, metadata]));
                    }
                }
                Kind::Tag => {
                    let offset = open.offset;
                    self.open.pop();
                    if let Some(Value::Symbol(tag)) = self.values.pop() {
                        value = self.tagged(tag, value, offset)?;
                    }
                }
            }
        }
    }

    fn tagged(&self, tag: Symbol, value: Value, offset: usize) -> Result<Value, Error> {
        let refuse = |reason: String| {
            let tag = excerpt(tag.as_str());
            self.error(offset, ErrorKind::Tag { tag, reason })
        };
        if let Some(read) = self.options.readers.get(tag.as_str()) {
            return read(value).map_err(refuse);
        }
        match (tag.as_str(), &value) {
            ("inst", Value::String(text)) => text
                .parse()
                .map(Value::Inst)
                .map_err(|error| refuse(error.to_string())),
            ("uuid", Value::String(text)) => text
                .parse()
                .map(Value::Uuid)
                .map_err(|error| refuse(error.to_string())),
            ("inst" | "uuid", other) => {
                Err(refuse(format!("expected a string, found {}", other.kind())))
            }
            _ if self.options.unknown_tags == UnknownTags::Refuse => {
                let tag = excerpt(tag.as_str());
                Err(self.error(offset, ErrorKind::UnknownTag { tag }))
            }
            _ => Ok(Value::tagged(tag, value)),
        }
    }

    /// From `from` to the next delimiter.
    #[inline]
    fn token(&self, from: usize) -> &'a str {
        let rest = self.text.as_bytes().get(from..).unwrap_or_default();
        let length = rest
            .iter()
            .position(|byte| is_delimiter(*byte))
            .unwrap_or(rest.len());
        self.text.get(from..from + length).unwrap_or_default()
    }

    fn symbol(&mut self) -> Result<Value, Error> {
        let token = self.token(self.at);
        let value = match token {
            "nil" => Value::Nil,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => match symbol_error(token) {
                None => Value::Symbol(Symbol::new(token)),
                Some(why) => return Err(self.invalid(self.at, "symbol", token, why)),
            },
        };
        self.at += token.len();
        Ok(value)
    }

    fn keyword(&mut self) -> Result<Value, Error> {
        let token = self.token(self.at + 1);
        let keyword = match self.keywords.get(token) {
            Some(keyword) => keyword,
            None => match keyword_error(token) {
                None => self.keywords.add(token),
                Some(why) => {
                    return Err(self.invalid(self.at, "keyword", &format!(":{token}"), why));
                }
            },
        };
        self.at += token.len() + 1;
        Ok(Value::Keyword(keyword))
    }

    #[inline]
    fn number(&mut self) -> Result<Value, Error> {
        let token = self.token(self.at);
        let value = match number::small_int(token.as_bytes()) {
            Some(small) => Value::Int(small),
            None => number::read(token, self.options.max_digits)
                .map_err(|kind| self.error(self.at, kind))?,
        };
        self.at += token.len();
        Ok(value)
    }

    fn string(&mut self) -> Result<Value, Error> {
        let begin = self.at + 1;
        let rest = self.text.get(begin..).unwrap_or_default();
        let stop = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\'));
        let unfinished = || self.unfinished("string", "`\"`", self.at);
        let plain = stop.ok_or_else(unfinished)?;
        if rest.as_bytes().get(plain) == Some(&b'"') {
            self.at = begin + plain + 1;
            return Ok(Value::String(
                rest.get(..plain).unwrap_or_default().to_owned(),
            ));
        }
        match string::unescape(rest) {
            Ok((content, length)) => {
                self.at = begin + length;
                Ok(Value::String(content))
            }
            Err(Some((at, kind))) => Err(self.error(begin + at, kind)),
            Err(None) => Err(unfinished()),
        }
    }

    fn character(&mut self) -> Result<Value, Error> {
        let begin = self.at + 1;
        let Some(first) = self.text.get(begin..).and_then(|rest| rest.chars().next()) else {
            return Err(self.unfinished("character", "a character", self.at));
        };
        // The first is taken whatever it is: `\(`.
        let length = first.len_utf8() + self.token(begin + first.len_utf8()).len();
        let token = self.text.get(begin..begin + length).unwrap_or_default();
        if first.is_whitespace() {
            let why = "expected \\newline, \\space, \\tab, \\return, \\backspace or \\formfeed";
            return Err(self.invalid(self.at, "character", "\\", why));
        }
        match string::character(token) {
            Ok(c) => {
                self.at = begin + length;
                Ok(Value::Char(c))
            }
            Err(why) => Err(self.invalid(self.at, "character", &format!("\\{token}"), why)),
        }
    }

    /// What begins with `#`. `None` if it begins something to be finished later.
    fn dispatch(&mut self) -> Result<Option<Value>, Error> {
        let Some(byte) = self.byte(self.at + 1) else {
            return Err(self.unfinished("`#`", "a tag, `{`, `_` or `#`", self.at));
        };
        let refuse = |found, why| Err(self.invalid(self.at, "notation", found, why));
        match byte {
            b'{' => self.begin(Kind::Set, 2)?,
            b'_' => self.begin(Kind::Discard, 2)?,
            b'^' => self.begin(Kind::Meta, 2)?,
            b'#' => {
                let token = self.token(self.at + 2);
                let value = match token {
                    "Inf" => f64::INFINITY,
                    "-Inf" => f64::NEG_INFINITY,
                    "NaN" => f64::NAN,
                    _ => {
                        let why = "expected ##Inf, ##-Inf or ##NaN";
                        return Err(self.invalid(self.at, "number", &format!("##{token}"), why));
                    }
                };
                self.at += token.len() + 2;
                return Ok(Some(Value::Float(value)));
            }
            b':' => self.namespaced_map()?,
            b'=' => return Err(self.error(self.at, ErrorKind::UnknownTag { tag: "=".into() })),
            b'"' => return refuse("#\"", "EDN has no regular expressions"),
            b'(' => return refuse("#(", "EDN has no functions"),
            b'\'' => return refuse("#'", "EDN has no vars"),
            b'?' => return refuse("#?", "EDN has no reader conditionals"),
            b'<' => return refuse("#<", "this is how objects print that cannot be read"),
            _ => {
                let token = self.token(self.at + 1);
                if let Some(why) = tag_error(token) {
                    return Err(self.invalid(self.at, "tag", &format!("#{token}"), why));
                }
                self.begin(Kind::Tag, token.len() + 1)?;
                self.values.push(Value::Symbol(Symbol::new(token)));
            }
        }
        Ok(None)
    }

    fn namespaced_map(&mut self) -> Result<(), Error> {
        let token = self.token(self.at + 2);
        let found = || format!("#:{token}");
        let why = if token.starts_with(':') {
            Some("EDN has no current namespace; expected #:name{")
        } else if token.contains('/') {
            Some("a namespace has no slash")
        } else {
            keyword_error(token)
        };
        if let Some(why) = why {
            return Err(self.invalid(self.at, "namespaced map", &found(), why));
        }
        let begin = self.at;
        self.at += token.len() + 2;
        match self.skip_space() {
            Some(b'{') => {}
            Some(_) => return Err(self.invalid(begin, "namespaced map", &found(), "expected `{`")),
            None => return Err(self.unfinished("namespaced map", "`{`", begin)),
        }
        self.begin(Kind::NamespacedMap, 1)?;
        self.values.push(Value::symbol(token));
        Ok(())
    }
}

/// Within `#:ns{…}`, `:a` is `:ns/a` and `:_/a` is `:a`.
fn add_namespace(key: &mut Value, namespace: &str) {
    match key {
        Value::Keyword(k) => match k.namespace() {
            None => *k = Keyword::namespaced(namespace, k.name()),
            Some("_") => *k = Keyword::new(k.name()),
            Some(_) => {}
        },
        Value::Symbol(s) => match s.namespace() {
            None => *s = Symbol::namespaced(namespace, s.name()),
            Some("_") => *s = Symbol::new(s.name()),
            Some(_) => {}
        },
        _ => {}
    }
}
