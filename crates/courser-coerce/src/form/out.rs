//! Parameters, one after the other, as encoded.

use super::flatten::{Nesting, Step, each_param, each_within, write_name};
use super::name::Name;
use super::percent::{ascii, encode_bytes};
use super::write::{ParamStyle, WriteError, WriteOptions, write_text};
use crate::Value;
use crate::text::Unmappable;

/// What is written, and the name of what comes next. Values are written by it, and types of your
/// own, which bring their parts one by one (`ser`).
pub(super) struct Out<'o> {
    options: &'o WriteOptions,
    bytes: Vec<u8>,
    pub(super) name: Name,
    /// For the text of a value before it is encoded.
    scratch: String,
}

impl<'o> Out<'o> {
    pub(super) fn new(options: &'o WriteOptions) -> Self {
        Self {
            options,
            bytes: Vec::new(),
            name: Name::default(),
            scratch: String::new(),
        }
    }

    pub(super) fn finish(self) -> String {
        ascii(self.bytes)
    }

    pub(super) fn nesting(&self) -> Nesting {
        match (self.options.flatten, self.options.style) {
            (false, _) => Nesting::Keep,
            (true, ParamStyle::Indexed) => Nesting::Indexed,
            (true, _) => Nesting::Maps,
        }
    }

    /// A map or a sequence of pairs.
    pub(super) fn params(&mut self, params: &Value) -> Result<(), WriteError> {
        each_param(params, self.nesting(), |path, value| {
            self.steps(path, value)
        })
    }

    /// The value of the parameter that the name names.
    pub(super) fn value(&mut self, value: &Value) -> Result<(), WriteError> {
        let name = self.name.text().to_owned();
        each_within(&name, value, self.nesting(), |path, value| {
            self.steps(path, value)
        })
    }

    /// A parameter some steps further than the name.
    fn steps(&mut self, path: &[Step<'_>], value: &Value) -> Result<(), WriteError> {
        let mark = self.name.mark();
        for step in path {
            match step {
                Step::Within(_) => {}
                Step::Key(key) => self.name.key(|name| write_name(name, key)),
                Step::Index(index) => self.name.position(*index),
            }
        }
        let is_item = matches!(path.last(), Some(Step::Index(_)));
        match value {
            Value::List(items) | Value::Vector(items) if !is_item => {
                if items.is_empty() {
                    self.no_items()?;
                }
                for (at, item) in items.iter().enumerate() {
                    self.text_of(item, |out, text| out.item(at, text))?;
                }
            }
            single => self.text_of(single, Self::single)?,
        }
        self.name.back_to(mark);
        Ok(())
    }

    /// Lets the text of a value be written.
    pub(super) fn text_of<T>(
        &mut self,
        value: &Value,
        write: impl FnOnce(&mut Self, &str) -> T,
    ) -> T {
        if let Value::String(text) = value {
            return write(self, text);
        }
        let mut text = std::mem::take(&mut self.scratch);
        text.clear();
        // Writing to a `String` cannot fail.
        let _ = write_text(&mut text, value);
        let result = write(self, &text);
        self.scratch = text;
        result
    }

    /// The one value of the parameter.
    pub(super) fn single(&mut self, text: &str) -> Result<(), WriteError> {
        self.begin("")?;
        self.encode(text)
    }

    /// One of the values of the parameter.
    pub(super) fn item(&mut self, at: usize, text: &str) -> Result<(), WriteError> {
        // The brackets of the style stay raw: so does clj-http.
        match self.options.style {
            ParamStyle::CommaSeparated if at > 0 => self.bytes.push(b','),
            ParamStyle::Repeat | ParamStyle::CommaSeparated => self.begin("")?,
            ParamStyle::Array => self.begin("[]")?,
            ParamStyle::Indexed => self.begin(&format!("[{at}]"))?,
        }
        self.encode(text)
    }

    /// What a sequence without values becomes: nothing, but that joined by commas it is the empty
    /// text.
    pub(super) fn no_items(&mut self) -> Result<(), WriteError> {
        match self.options.style {
            ParamStyle::CommaSeparated => self.single(""),
            _ => Ok(()),
        }
    }

    /// `&` if it is not the first, and the name.
    fn begin(&mut self, suffix: &str) -> Result<(), WriteError> {
        if !self.bytes.is_empty() {
            self.bytes.push(b'&');
        }
        let encoded = self.name.encode(self.options.charset, &mut self.bytes);
        encoded.map_err(|source| self.lacks(source))?;
        self.bytes.extend_from_slice(suffix.as_bytes());
        self.bytes.push(b'=');
        Ok(())
    }

    fn encode(&mut self, text: &str) -> Result<(), WriteError> {
        encode_bytes(text, self.options.charset, &mut self.bytes)
            .map_err(|source| self.lacks(source))
    }

    fn lacks(&self, source: Unmappable) -> WriteError {
        let key = self.name.shown();
        WriteError::Charset { key, source }
    }
}
