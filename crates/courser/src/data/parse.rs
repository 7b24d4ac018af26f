//! From single values to what the fields of a request hold.

use std::time::Duration;

use courser_coerce::Value;
use courser_core::{Error, excerpt};

use super::suggest::nearest;

/// What comes of reading an option.
pub(super) type Outcome<T = ()> = Result<T, Unfit>;

/// Why a value does not fit its option. The reader of the map knows the option, and makes the
/// whole message.
#[derive(Debug)]
pub(super) enum Unfit {
    /// It is not what the option takes.
    Type,
    /// What is wrong, in words that fit after the name of the option.
    Because(String),
    /// An error that says everything.
    Error(Error),
}

impl From<Error> for Unfit {
    fn from(error: Error) -> Self {
        Unfit::Error(error)
    }
}

/// Puts what was read into its field.
pub(super) fn put<T>(field: &mut Option<T>, value: Outcome<T>) -> Outcome {
    *field = Some(value?);
    Ok(())
}

/// `true` or `false`.
pub(super) fn flag(value: &Value) -> Outcome<bool> {
    value.as_bool().ok_or(Unfit::Type)
}

/// A string.
pub(super) fn text(value: &Value) -> Outcome<String> {
    value.as_str().map(str::to_owned).ok_or(Unfit::Type)
}

/// A keyword, or a string as JSON has it.
pub(super) fn word(value: &Value) -> Outcome<&str> {
    match value {
        Value::Keyword(keyword) => Ok(keyword.as_str()),
        Value::String(text) => Ok(text),
        _ => Err(Unfit::Type),
    }
}

/// The name of a charset: a string, or `#charset "…"`.
pub(super) fn charset(value: &Value) -> Outcome<String> {
    match value {
        Value::Tagged(tagged) if tagged.tag().as_str() == "charset" => text(tagged.value()),
        _ => text(value),
    }
}

/// A number of bytes, or of anything.
pub(super) fn count(value: &Value) -> Outcome<u64> {
    value.as_u64().ok_or(Unfit::Type)
}

/// Milliseconds; 0 is no limit, as it is to Apache's client.
pub(super) fn time(value: &Value) -> Outcome<Duration> {
    match value {
        Value::Int(0) => Ok(Duration::MAX),
        Value::Int(_) | Value::BigInt(_) => count(value).map(Duration::from_millis),
        Value::Float(millis) if *millis > 0.0 => {
            Duration::try_from_secs_f64(millis / 1000.0).map_err(|_| Unfit::Type)
        }
        _ => Err(Unfit::Type),
    }
}

/// The items of a list, vector or set.
pub(super) fn items(value: &Value) -> Outcome<&[Value]> {
    match value {
        Value::Set(set) => Ok(set.as_slice()),
        _ => value.as_slice().ok_or(Unfit::Type),
    }
}

/// One of a few words.
pub(super) fn one_of<T: Clone>(value: &Value, known: &[(&str, T)]) -> Outcome<T> {
    let said = word(value)?;
    match known.iter().find(|(name, _)| *name == said) {
        Some((_, meant)) => Ok(meant.clone()),
        None => Err(unknown_word(said, known.iter().map(|(name, _)| *name))),
    }
}

/// That a word is not among those known, with the one that may be meant.
pub(super) fn unknown_word<'a>(said: &str, known: impl IntoIterator<Item = &'a str>) -> Unfit {
    let said = excerpt(said, 40);
    Unfit::Because(match nearest(&said, known) {
        Some(meant) => format!("knows no :{said}; did you mean :{meant}?"),
        None => format!("knows no :{said}"),
    })
}

/// A media type: a keyword `:json` is `application/json`, `:text/html` is `text/html`, a string
/// is what it is.
pub(super) fn media_type(value: &Value) -> Outcome<String> {
    match value {
        Value::Keyword(keyword) if keyword.namespace().is_none() => {
            Ok(format!("application/{}", keyword.name()))
        }
        Value::Keyword(keyword) => Ok(keyword.as_str().to_owned()),
        _ => text(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        assert_eq!(time(&250.into()).unwrap(), Duration::from_millis(250));
        assert_eq!(time(&0.5.into()).unwrap(), Duration::from_micros(500));
        assert_eq!(time(&0.into()).unwrap(), Duration::MAX);
        for wrong in [
            Value::from(-1),
            f64::NAN.into(),
            f64::INFINITY.into(),
            "1".into(),
        ] {
            assert!(time(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn media_types() {
        fn check(value: impl Into<Value>, expected: &str) {
            assert_eq!(media_type(&value.into()).unwrap(), expected);
        }
        check(Value::keyword("json"), "application/json");
        check(Value::keyword("transit+json"), "application/transit+json");
        check(Value::keyword("text/html"), "text/html");
        check("a/b; c=d", "a/b; c=d");
    }
}
