//! What begins with `#`: sets, tags, namespaced maps, special numbers.

use super::error::{Error, ErrorKind, excerpt};
use super::options::UnknownTags;
use super::reader::{Kind, Reader};
use super::token::{keyword_error, tag_error};
use crate::Value;
use crate::value::{Keyword, Symbol};

impl Reader<'_> {
    /// What begins with `#`. False if it begins something to be finished later.
    pub(super) fn dispatch(&mut self) -> Result<bool, Error> {
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
                self.values.push(Value::Float(value));
                self.at += token.len() + 2;
                return Ok(true);
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
        Ok(false)
    }

    fn namespaced_map(&mut self) -> Result<(), Error> {
        let token = self.token(self.at + 2);
        let found = || format!("#:{token}");
        let why = if token.starts_with(':') {
            Some("EDN has no current namespace; expected #:name{")
        } else if token.contains('/') {
            Some("a namespace has no slash")
        } else {
            keyword_error(token, true)
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

    pub(super) fn tagged(&self, tag: Symbol, value: Value, offset: usize) -> Result<Value, Error> {
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
}

/// Within `#:ns{…}`, `:a` is `:ns/a` and `:_/a` is `:a`.
pub(super) fn add_namespace(key: &mut Value, namespace: &str) {
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
