//! The writer: from a value to any of the encodings.
//!
//! It keeps a stack of its own for what is open, so that no value is too deep.

use super::cache::{WriteCache, code, is_cacheable};
use super::emit::Emit;
use super::error::{Error, shown};
use super::options::WriteOptions;
use super::{Format, scalar};
use crate::Value;
use crate::value::{Inst, write_double};

/// Handlers may hold handled values again, so many levels of them.
const MAX_HANDLED: usize = 512;
/// Integers beyond are text in JSON: many readers have doubles only.
const JSON_INT_MAX: u64 = (1 << 53) - 1;

/// The document of a value.
///
/// ```
/// use courser_coerce::Value;
/// use courser_coerce::transit::{self, Format};
///
/// let value = Value::vector([Value::keyword("keyword"), Value::keyword("keyword")]);
/// assert_eq!(transit::write(&value, Format::Json)?, br#"["~:keyword","^0"]"#);
/// # Ok::<(), transit::Error>(())
/// ```
///
/// # Errors
/// [`Error`] for a tagged value whose tag has a meaning of Transit's own, and for strings and
/// collections that are too long for `MessagePack` (4 GiB).
pub fn write(value: &Value, format: Format) -> Result<Vec<u8>, Error> {
    write_with(value, format, &WriteOptions::default())
}

/// As [`write()`], with handlers.
///
/// ```
/// use std::sync::Arc;
/// use courser_coerce::Value;
/// use courser_coerce::transit::{self, Format, WriteOptions};
///
/// let mut options = WriteOptions::default();
/// let halved = |value: &Value| Value::from(value.as_i64().unwrap_or_default() / 2);
/// options.handlers.insert("half".into(), Arc::new(halved));
/// let value = Value::tagged("half", 8);
/// assert_eq!(transit::write_with(&value, Format::Json, &options)?, br#"["~#half",4]"#);
/// # Ok::<(), transit::Error>(())
/// ```
///
/// # Errors
/// As [`write()`].
pub fn write_with(value: &Value, format: Format, options: &WriteOptions) -> Result<Vec<u8>, Error> {
    let mut writer = Writer {
        emit: Emit::new(format),
        format,
        cache: WriteCache::default(),
        options,
        handled: 0,
    };
    // A document is an array or a map: what is neither is quoted.
    let quoted = has_short_tag(value);
    if quoted {
        writer.begin_tagged("'")?;
    }
    writer.run(value)?;
    if quoted {
        writer.emit.end_tagged();
    }
    Ok(writer.emit.into_bytes())
}

struct Writer<'o> {
    emit: Emit,
    format: Format,
    cache: WriteCache,
    options: &'o WriteOptions,
    handled: usize,
}

/// What is open, with what is still to come of it.
enum Open<'v> {
    Array(std::slice::Iter<'v, Value>, Close),
    /// A map that is one, or `cmap`, an array of keys and values in turn.
    Map {
        entries: std::slice::Iter<'v, (Value, Value)>,
        value: Option<&'v Value>,
        close: Close,
    },
    Tagged(Option<&'v Value>),
}

#[derive(Clone, Copy)]
enum Close {
    Array,
    Map,
    /// An array under a tag.
    TaggedArray,
}

impl Writer<'_> {
    fn run(&mut self, root: &Value) -> Result<(), Error> {
        let mut open: Vec<Open<'_>> = Vec::new();
        self.value(root, false, &mut open)?;
        while let Some(last) = open.last_mut() {
            let (next, is_key, close) = match last {
                Open::Array(items, close) => (items.next(), false, *close),
                Open::Map {
                    entries,
                    value,
                    close,
                } => match value.take() {
                    Some(value) => (Some(value), false, *close),
                    None => match entries.next() {
                        Some((key, of_key)) => {
                            *value = Some(of_key);
                            (Some(key), matches!(close, Close::Map), *close)
                        }
                        None => (None, false, *close),
                    },
                },
                Open::Tagged(rep) => {
                    let Some(rep) = rep.take() else {
                        self.emit.end_tagged();
                        open.pop();
                        continue;
                    };
                    (Some(rep), false, Close::Array)
                }
            };
            if let Some(value) = next {
                self.value(value, is_key, &mut open)?;
                continue;
            }
            open.pop();
            match close {
                Close::Array => self.emit.end_array(),
                Close::Map => self.emit.end_map(),
                Close::TaggedArray => {
                    self.emit.end_array();
                    self.emit.end_tagged();
                }
            }
        }
        Ok(())
    }

    /// Writes a scalar, or begins what has values inside.
    fn value<'v>(
        &mut self,
        value: &'v Value,
        is_key: bool,
        open: &mut Vec<Open<'v>>,
    ) -> Result<(), Error> {
        match value {
            Value::Vector(items) => {
                self.emit.begin_array(items.len())?;
                open.push(Open::Array(items.iter(), Close::Array));
            }
            Value::List(items) => self.tagged_array("list", items, open)?,
            Value::Set(set) => self.tagged_array("set", set.as_slice(), open)?,
            Value::Map(map) if map.keys().all(has_short_tag) => {
                self.emit.begin_map(map.len())?;
                open.push(Open::Map {
                    entries: map.iter(),
                    value: None,
                    close: Close::Map,
                });
            }
            Value::Map(map) => {
                self.begin_tagged("cmap")?;
                self.emit.begin_array(2 * map.len())?;
                open.push(Open::Map {
                    entries: map.iter(),
                    value: None,
                    close: Close::TaggedArray,
                });
            }
            Value::Tagged(tagged) => {
                let (tag, rep) = (tagged.tag().as_str(), tagged.value());
                return self.tagged(tag, rep, is_key, open);
            }
            Value::Ratio(ratio) => {
                self.begin_tagged("ratio")?;
                self.emit.begin_array(2)?;
                self.text("~n", &ratio.numerator().to_string(), false)?;
                self.text("~n", &ratio.denominator().to_string(), false)?;
                self.emit.end_array();
                self.emit.end_tagged();
            }
            scalar => return self.scalar(scalar, is_key),
        }
        Ok(())
    }

    fn tagged_array<'v>(
        &mut self,
        tag: &str,
        items: &'v [Value],
        open: &mut Vec<Open<'v>>,
    ) -> Result<(), Error> {
        self.begin_tagged(tag)?;
        self.emit.begin_array(items.len())?;
        open.push(Open::Array(items.iter(), Close::TaggedArray));
        Ok(())
    }

    fn tagged<'v>(
        &mut self,
        tag: &str,
        rep: &'v Value,
        is_key: bool,
        open: &mut Vec<Open<'v>>,
    ) -> Result<(), Error> {
        if let Some(handler) = self.options.handlers.get(tag) {
            if self.handled == MAX_HANDLED {
                let message = format!("handlers are nested deeper than {MAX_HANDLED} levels");
                return Err(Error::new(message));
            }
            self.handled += 1;
            self.begin_tagged(tag)?;
            self.run(&handler(rep))?;
            self.emit.end_tagged();
            self.handled -= 1;
            return Ok(());
        }
        match rep {
            Value::String(text) if tag == scalar::URI => return self.text("~r", text, is_key),
            Value::Map(_) if tag == scalar::BYTES => {
                if let Some(base64) = scalar::base64_of(rep) {
                    return self.text("~b", base64, is_key);
                }
            }
            Value::String(text) if is_short(tag) && !scalar::is_own(tag) => {
                return self.text(&format!("~{tag}"), text, is_key);
            }
            _ => {}
        }
        if scalar::is_own(tag) {
            let message = format!("the tag {} has a meaning of Transit's own", shown(tag));
            return Err(Error::new(message));
        }
        self.begin_tagged(tag)?;
        open.push(Open::Tagged(Some(rep)));
        Ok(())
    }

    fn scalar(&mut self, value: &Value, is_key: bool) -> Result<(), Error> {
        let is_json = self.format.is_json();
        let as_text = is_json && is_key;
        match value {
            Value::Nil if as_text => self.text("~_", "", is_key),
            Value::Nil => {
                self.emit.nil();
                Ok(())
            }
            Value::Bool(is) if as_text => self.text("~?", if *is { "t" } else { "f" }, is_key),
            Value::Bool(is) => {
                self.emit.bool(*is);
                Ok(())
            }
            Value::Int(n) if as_text || is_json && n.unsigned_abs() > JSON_INT_MAX => {
                self.text("~i", &n.to_string(), is_key)
            }
            Value::Int(n) => {
                self.emit.int(*n);
                Ok(())
            }
            Value::BigInt(n) => self.text("~n", &n.to_string(), is_key),
            Value::Float(n) => self.float(*n, is_key),
            Value::Decimal(n) => self.text("~f", &n.to_string(), is_key),
            Value::Char(c) => self.text("~c", c.encode_utf8(&mut [0; 4]), is_key),
            Value::Keyword(name) => self.text("~:", name.as_str(), is_key),
            Value::Symbol(name) => self.text("~$", name.as_str(), is_key),
            Value::Uuid(uuid) if is_json || is_key => self.text("~u", &uuid.to_string(), is_key),
            Value::Uuid(uuid) => {
                let bits = uuid.as_u128();
                let half = |shift: u32| ((bits >> shift) as u64).cast_signed();
                self.begin_tagged("u")?;
                self.emit.begin_array(2)?;
                self.emit.int(half(64));
                self.emit.int(half(0));
                self.emit.end_array();
                self.emit.end_tagged();
                Ok(())
            }
            Value::Inst(inst) => self.moment(*inst, is_key),
            other => {
                let text = other.as_str().unwrap_or_default();
                let escape = if text.starts_with(['~', '^', '`']) {
                    "~"
                } else {
                    ""
                };
                self.text(escape, text, is_key)
            }
        }
    }

    fn float(&mut self, number: f64, is_key: bool) -> Result<(), Error> {
        if number.is_nan() {
            return self.text("~z", "NaN", is_key);
        }
        if number.is_infinite() {
            let sign = if number > 0.0 { "INF" } else { "-INF" };
            return self.text("~z", sign, is_key);
        }
        if self.format.is_json() && is_key {
            let mut text = String::new();
            // Writing to a `String` cannot fail.
            let _ = write_double(&mut text, number);
            return self.text("~d", &text, is_key);
        }
        self.emit.float(number);
        Ok(())
    }

    fn moment(&mut self, inst: Inst, is_key: bool) -> Result<(), Error> {
        let has_less_than_millis = !inst.subsec_nanos().is_multiple_of(1_000_000);
        if self.format == Format::JsonVerbose || has_less_than_millis {
            let mut text = inst.to_rfc3339();
            if inst.subsec_nanos() == 0 {
                // Always with milliseconds, as Java writes it.
                text.insert_str(text.len() - 1, ".000");
            }
            return self.text("~t", &text, is_key);
        }
        if self.format.is_json() || is_key {
            return self.text("~m", &inst.unix_millis().to_string(), is_key);
        }
        self.begin_tagged("m")?;
        self.emit.int(inst.unix_millis());
        self.emit.end_tagged();
        Ok(())
    }

    fn begin_tagged(&mut self, tag: &str) -> Result<(), Error> {
        self.emit.begin_tagged();
        self.text("~#", tag, self.format == Format::JsonVerbose)
    }

    /// A string with its prefix, or the code for it.
    fn text(&mut self, prefix: &str, text: &str, is_key: bool) -> Result<(), Error> {
        let joined;
        let text = if prefix.is_empty() {
            text
        } else {
            joined = [prefix, text].concat();
            &joined
        };
        if self.format != Format::JsonVerbose
            && is_cacheable(text, is_key)
            && let Some(number) = self.cache.number(text)
        {
            return self.emit.string(&code(number));
        }
        self.emit.string(text)
    }
}

/// Whether `~`, the tag and a text make one string. Not those that would be read as an escape or
/// as the tag of what follows.
fn is_short(tag: &str) -> bool {
    let mut chars = tag.chars();
    let (first, second) = (chars.next(), chars.next());
    second.is_none() && first.is_some_and(|c| !matches!(c, '#' | '~' | '^' | '`'))
}

/// Whether Transit's tag for it has one character: then it is a scalar, and can be a key.
fn has_short_tag(value: &Value) -> bool {
    match value {
        Value::List(_) | Value::Vector(_) | Value::Map(_) | Value::Set(_) | Value::Ratio(_) => {
            false
        }
        Value::Tagged(tagged) => match (tagged.tag().as_str(), tagged.value()) {
            (tag, Value::String(_)) => tag == scalar::URI || is_short(tag),
            (scalar::BYTES, rep) => scalar::base64_of(rep).is_some(),
            _ => false,
        },
        _ => true,
    }
}
