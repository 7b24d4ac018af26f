//! The tokens of each encoding, written.

use super::Format;
use super::build::MAP;
use super::error::Error;
use crate::json_tokens::escape;
use crate::value::write_double;

/// A document in the making.
pub(super) enum Emit {
    Json(Json),
    MessagePack(Vec<u8>),
}

/// JSON text, and where in it we are.
pub(super) struct Json {
    text: String,
    verbose: bool,
    /// Whether a comma goes before the next value.
    comma: bool,
    /// Of all that is open in verbose JSON, the innermost last: whether it is an object, and a
    /// key comes next.
    open: Vec<Place>,
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Array,
    Key,
    Value,
}

impl Emit {
    pub(super) fn new(format: Format) -> Self {
        match format {
            Format::MessagePack => Emit::MessagePack(Vec::new()),
            format => Emit::Json(Json {
                text: String::new(),
                verbose: format == Format::JsonVerbose,
                comma: false,
                open: Vec::new(),
            }),
        }
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        match self {
            Emit::Json(json) => json.text.into_bytes(),
            Emit::MessagePack(bytes) => bytes,
        }
    }

    pub(super) fn begin_array(&mut self, length: usize) -> Result<(), Error> {
        match self {
            Emit::Json(json) => json.begin('[', Place::Array),
            Emit::MessagePack(out) => write_to(rmp::encode::write_array_len(out, fits(length)?)),
        }
        Ok(())
    }

    pub(super) fn end_array(&mut self) {
        if let Emit::Json(json) = self {
            json.end(']');
        }
    }

    pub(super) fn begin_map(&mut self, length: usize) -> Result<(), Error> {
        match self {
            Emit::Json(json) if json.verbose => json.begin('{', Place::Key),
            Emit::Json(json) => {
                json.begin('[', Place::Array);
                json.string(MAP);
            }
            Emit::MessagePack(out) => write_to(rmp::encode::write_map_len(out, fits(length)?)),
        }
        Ok(())
    }

    pub(super) fn end_map(&mut self) {
        if let Emit::Json(json) = self {
            json.end(if json.verbose { '}' } else { ']' });
        }
    }

    /// The tag follows as a string, then what it stands for.
    pub(super) fn begin_tagged(&mut self) {
        match self {
            Emit::Json(json) if json.verbose => json.begin('{', Place::Key),
            Emit::Json(json) => json.begin('[', Place::Array),
            Emit::MessagePack(out) => write_to(rmp::encode::write_array_len(out, 2)),
        }
    }

    pub(super) fn end_tagged(&mut self) {
        self.end_map();
    }

    pub(super) fn string(&mut self, text: &str) -> Result<(), Error> {
        match self {
            Emit::Json(json) => json.string(text),
            Emit::MessagePack(out) => {
                fits(text.len())?;
                write_to(rmp::encode::write_str(out, text));
            }
        }
        Ok(())
    }

    pub(super) fn nil(&mut self) {
        match self {
            Emit::Json(json) => json.word("null"),
            Emit::MessagePack(out) => write_to(rmp::encode::write_nil(out)),
        }
    }

    pub(super) fn bool(&mut self, is: bool) {
        match self {
            Emit::Json(json) => json.word(if is { "true" } else { "false" }),
            Emit::MessagePack(out) => write_to(rmp::encode::write_bool(out, is)),
        }
    }

    pub(super) fn int(&mut self, number: i64) {
        match self {
            Emit::Json(json) => json.word(&number.to_string()),
            Emit::MessagePack(out) => write_to(rmp::encode::write_sint(out, number)),
        }
    }

    /// A finite number.
    pub(super) fn float(&mut self, number: f64) {
        match self {
            Emit::Json(json) => {
                json.before();
                // Writing to a `String` cannot fail.
                let _ = write_double(&mut json.text, number);
                json.after();
            }
            Emit::MessagePack(out) => write_to(rmp::encode::write_f64(out, number)),
        }
    }
}

impl Json {
    fn before(&mut self) {
        if self.comma {
            self.text.push(',');
        }
    }

    /// A value is written, which may have been a key.
    fn after(&mut self) {
        match self.open.last_mut() {
            Some(place @ Place::Key) => {
                *place = Place::Value;
                self.text.push(':');
                self.comma = false;
            }
            Some(place @ Place::Value) => {
                *place = Place::Key;
                self.comma = true;
            }
            _ => self.comma = true,
        }
    }

    fn begin(&mut self, bracket: char, place: Place) {
        self.before();
        self.text.push(bracket);
        self.open.push(place);
        self.comma = false;
    }

    fn end(&mut self, bracket: char) {
        self.text.push(bracket);
        self.open.pop();
        self.after();
    }

    fn word(&mut self, word: &str) {
        self.before();
        self.text.push_str(word);
        self.after();
    }

    fn string(&mut self, text: &str) {
        self.before();
        escape(&mut self.text, text, false);
        self.after();
    }
}

fn fits(length: usize) -> Result<u32, Error> {
    u32::try_from(length).map_err(|_| Error::new("longer than MessagePack can tell: 4 GiB"))
}

/// Writing to a `Vec` cannot fail.
fn write_to<T, E>(result: Result<T, E>) {
    drop(result);
}
