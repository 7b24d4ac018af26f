//! Maps in and out.

use std::io::{BufRead, Read as _, Write};

use courser::coerce::value::Map;
use courser::coerce::{edn, json};
use courser::{Error, Result, Value, data};

use crate::Given;
use crate::args::Format;

/// The most that is read of standard input for one request.
const MAX_INPUT: u64 = 256 << 20;

/// The map of the command line, or of the input for `-`; an empty one without any.
pub(crate) fn read_request(
    format: Format,
    text: Option<&str>,
    input: &mut dyn BufRead,
) -> std::io::Result<Result<Value>> {
    Ok(match text {
        None => Ok(Map::new().into()),
        Some("-") => {
            let mut text = String::new();
            input.take(MAX_INPUT).read_to_string(&mut text)?;
            parse(format, &text)
        }
        Some(text) => parse(format, text),
    })
}

/// The value of some text.
pub(crate) fn parse(format: Format, text: &str) -> Result<Value> {
    match format {
        Format::Edn => {
            edn::read_str(text).map_err(|why| Error::invalid("the request is not EDN").because(why))
        }
        Format::Json => {
            let options = json::ReadOptions {
                keyword_keys: false,
                ..Default::default()
            };
            json::read_slice_with(text.as_bytes(), &options)
                .map(data::from_json_value)
                .map_err(|why| Error::invalid("the request is not JSON").because(why))
        }
    }
}

/// The request with what the command line says: that beats what the map says.
pub(crate) fn with(request: Value, given: &Given) -> Result<Value> {
    let Value::Map(map) = request else {
        return Ok(request); // the reader says what is wrong
    };
    let names = |key: &Value| key.as_name().map(str::to_owned);
    let said = |key: &Value| {
        let name = names(key);
        let beaten = |given: &str| {
            name.as_deref() == Some(given)
                || (given == "method" && name.as_deref() == Some("request-method"))
        };
        given.iter().any(|(given, _)| beaten(given))
    };
    let mut all: Map = map.into_iter().filter(|(key, _)| !said(key)).collect();
    all.extend(
        given
            .iter()
            .map(|(name, value)| (Value::keyword(name), value.clone())),
    );
    Ok(all.into())
}

/// What a request came to.
pub(crate) struct Printed {
    pub(crate) value: Value,
    pub(crate) failed: bool,
}

impl Printed {
    pub(crate) fn of(result: Result<Value>) -> Self {
        match result {
            Ok(value) => Printed {
                value,
                failed: false,
            },
            Err(error) => Printed {
                value: data::error_value(&error),
                failed: true,
            },
        }
    }

    /// Writes it on a line.
    pub(crate) fn write(&self, format: Format, output: &mut dyn Write) -> std::io::Result<()> {
        match format {
            Format::Edn => writeln!(output, "{}", self.value)?,
            Format::Json => {
                let value = data::to_json_value(self.value.clone());
                writeln!(
                    output,
                    "{}",
                    json::write(&value, &json::WriteOptions::default())
                )?;
            }
        }
        output.flush()
    }
}
