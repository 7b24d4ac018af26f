//! From tokens to a value, whatever they are encoded in. Nothing here calls itself.

use smol_str::SmolStr;

use super::cache::{ReadCache, Token, is_cacheable};
use super::error::{Error, shown};
use super::options::ReadOptions;
use super::scalar;
use crate::Value;
use crate::value::{Items, Map};

/// What stands first in an array that is a map.
pub(super) const MAP: &str = "^ ";

/// A value in the making.
pub(super) struct Builder<'a> {
    options: &'a ReadOptions,
    open: Vec<Open>,
    /// The finished values of all that is open, the innermost last.
    values: Vec<Value>,
    cache: ReadCache,
    /// How much text cache codes may still stand for.
    expansion: usize,
    /// The length of the document.
    document: usize,
}

/// An array or map that is not finished.
struct Open {
    kind: Kind,
    /// How many values there were before it.
    start: usize,
}

enum Kind {
    /// An array of which nothing has come yet.
    Fresh,
    Array,
    Map,
    Tagged(SmolStr),
}

impl<'a> Builder<'a> {
    pub(super) fn new(options: &'a ReadOptions, document: usize) -> Self {
        Self {
            options,
            open: Vec::new(),
            values: Vec::new(),
            cache: ReadCache::default(),
            expansion: options.expansion(document),
            document,
        }
    }

    /// The value of the whole document.
    pub(super) fn finish(mut self) -> Value {
        self.values.pop().unwrap_or_default()
    }

    /// Whether all that was begun is ended.
    pub(super) fn is_whole(&self) -> bool {
        self.open.is_empty()
    }

    pub(super) fn begin(&mut self, is_map: bool) -> Result<(), Error> {
        let limit = self.options.max_depth;
        if self.open.len() >= limit {
            return Err(Error::new(format!("nested deeper than {limit} levels")));
        }
        self.settle();
        self.open.push(Open {
            kind: if is_map { Kind::Map } else { Kind::Fresh },
            start: self.values.len(),
        });
        Ok(())
    }

    pub(super) fn end(&mut self) -> Result<(), Error> {
        let Some(open) = self.open.pop() else {
            return Err(Error::new("an end without a beginning"));
        };
        let value = match open.kind {
            Kind::Fresh | Kind::Array => {
                Value::Vector(Items::take_from(&mut self.values, open.start))
            }
            Kind::Map => Value::Map(self.map_from(open.start)?),
            Kind::Tagged(tag) => {
                let rep = self.values.pop();
                match rep {
                    Some(rep) if self.values.len() == open.start => self.tagged(&tag, rep)?,
                    _ => {
                        let message = format!("the tag {} stands for one value", shown(&tag));
                        return Err(Error::new(message));
                    }
                }
            }
        };
        self.values.push(value);
        Ok(())
    }

    fn map_from(&mut self, start: usize) -> Result<Map, Error> {
        if !(self.values.len() - start).is_multiple_of(2) {
            return Err(Error::new("a map with a key that has no value"));
        }
        Ok(pairs(self.values.drain(start..)))
    }

    pub(super) fn value(&mut self, value: Value) {
        self.settle();
        self.values.push(value);
    }

    /// What has come is not the first thing of its array any more.
    fn settle(&mut self) {
        if let Some(open) = self.open.last_mut()
            && matches!(open.kind, Kind::Fresh)
        {
            open.kind = Kind::Array;
        }
    }

    /// A string, as it stands in the document.
    pub(super) fn string(&mut self, text: &str) -> Result<(), Error> {
        let is_key = self.open.last().is_some_and(|open| {
            matches!(open.kind, Kind::Map) && (self.values.len() - open.start).is_multiple_of(2)
        });
        if text.starts_with('^') {
            return self.code(text);
        }
        let token = self.token(text)?;
        if is_cacheable(text, is_key) {
            self.cache.add(&token);
        }
        self.put(token)
    }

    fn put(&mut self, token: Token) -> Result<(), Error> {
        match token {
            Token::Value(value) => {
                self.value(value);
                Ok(())
            }
            Token::Tag(tag) => self.tag(tag),
        }
    }

    fn code(&mut self, text: &str) -> Result<(), Error> {
        if text == MAP {
            return match self.open.last_mut() {
                Some(open) if matches!(open.kind, Kind::Fresh) => {
                    open.kind = Kind::Map;
                    Ok(())
                }
                _ => Err(Error::new("the mark of a map stands first in an array")),
            };
        }
        let Some(token) = self.cache.get(text) else {
            let message = format!(
                "the cache code {} stands for nothing that came before",
                shown(text)
            );
            return Err(Error::new(message));
        };
        if let Token::Value(Value::String(text)) = token {
            let Some(left) = self.expansion.checked_sub(text.len()) else {
                let limit = self.options.expansion(self.document);
                return Err(Error::new(format!(
                    "cache codes stand for more than {limit} bytes of text (max_expansion, \
                     max_expanded)"
                )));
            };
            self.expansion = left;
        }
        let token = token.clone();
        self.put(token)
    }

    fn tag(&mut self, tag: SmolStr) -> Result<(), Error> {
        if let Some(open) = self.open.last_mut() {
            let first = self.values.len() == open.start;
            if first && matches!(open.kind, Kind::Fresh | Kind::Map) {
                open.kind = Kind::Tagged(tag);
                return Ok(());
            }
        }
        let message = format!("the tag {} where a value is expected", shown(&tag));
        Err(Error::new(message))
    }

    /// A string that is no code.
    fn token(&self, text: &str) -> Result<Token, Error> {
        let mut chars = text.chars();
        let (Some('~'), Some(tag)) = (chars.next(), chars.next()) else {
            return Ok(Token::Value(text.into()));
        };
        let rest = chars.as_str();
        match tag {
            '#' => return Ok(Token::Tag(rest.into())),
            '~' | '^' | '`' => {
                let escaped = text.get(1..).unwrap_or_default();
                return Ok(Token::Value(escaped.into()));
            }
            _ => {}
        }
        if let Some(handled) = self.handled(tag.encode_utf8(&mut [0; 4]), || rest.into()) {
            return handled.map(Token::Value);
        }
        scalar::read(tag, rest, self.options)
            .map(Token::Value)
            .map_err(Error::new)
    }

    /// What the user's handler makes of it, if there is one.
    fn handled(&self, tag: &str, rep: impl FnOnce() -> Value) -> Option<Result<Value, Error>> {
        let handlers = &self.options.handlers;
        if handlers.is_empty() {
            return None;
        }
        let read = handlers.get(tag)?;
        Some(read(rep()).map_err(|why| Error::new(format!("under the tag {}: {why}", shown(tag)))))
    }

    fn tagged(&self, tag: &str, rep: Value) -> Result<Value, Error> {
        let mut rep = Some(rep);
        if let Some(handled) = self.handled(tag, || rep.take().unwrap_or_default()) {
            return handled;
        }
        let rep = rep.unwrap_or_default();
        let wants = |what: &str| Error::new(format!("the tag {} stands for {what}", shown(tag)));
        Ok(match (tag, rep) {
            // Quoted, or what the tag says already.
            ("'", rep)
            | ("i" | "n", rep @ (Value::Int(_) | Value::BigInt(_)))
            | ("d", rep @ Value::Float(_)) => rep,
            ("set", Value::Vector(items)) => Value::Set(items.into_vec().into_iter().collect()),
            ("list", Value::Vector(items)) => Value::List(items),
            ("cmap", Value::Vector(items)) if items.len().is_multiple_of(2) => {
                Value::Map(pairs(items.into_vec().into_iter()))
            }
            ("set" | "list", _) => return Err(wants("an array")),
            ("cmap", _) => return Err(wants("an array of keys and values")),
            ("ratio", rep) => scalar::ratio(&rep).map_err(Error::new)?,
            ("m", Value::Int(millis)) => scalar::moment(millis).map_err(Error::new)?,
            ("u", Value::Vector(halves)) => uuid(&halves).ok_or_else(|| wants("two integers"))?,
            (tag, Value::String(text)) => {
                let mut chars = tag.chars();
                match (chars.next(), chars.next()) {
                    (Some(tag), None) => {
                        scalar::read(tag, &text, self.options).map_err(Error::new)?
                    }
                    _ => Value::tagged(tag, text),
                }
            }
            (tag, rep) if scalar::is_own(tag) => {
                return Err(wants(&format!("other things than {}", rep.kind())));
            }
            (tag, rep) => Value::tagged(tag, rep),
        })
    }
}

fn pairs(mut values: impl ExactSizeIterator<Item = Value>) -> Map {
    let mut entries = Vec::with_capacity(values.len() / 2);
    while let (Some(key), Some(value)) = (values.next(), values.next()) {
        entries.push((key, value));
    }
    Map::from_entries(entries)
}

/// By its two halves, as integers with a sign.
fn uuid(halves: &[Value]) -> Option<Value> {
    let [high, low] = halves else { return None };
    let half = |value: &Value| Some(u128::from(value.as_i64()?.cast_unsigned()));
    let bits = half(high)? << 64 | half(low)?;
    Some(Value::Uuid(crate::value::Uuid::from_u128(bits)))
}
