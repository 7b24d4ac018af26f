//! From an error to data.

use std::error::Error as _;

use courser_coerce::Value;
use courser_core::{Error, ErrorKind};

use super::response::response_value;

/// An error as data, as the program `courser` prints it: `{:error {:kind :status :message …}}`.
///
/// | key | |
/// |---|---|
/// | `:kind` | the [name of the kind](ErrorKind::name), as a keyword |
/// | `:message` | what happened |
/// | `:help` | what to do about it |
/// | `:method`, `:url` | the request, where it came that far; without credentials and the values of the query |
/// | `:status`, `:response` | the response, where there is one |
/// | `:transient` | whether the same request may succeed when sent again |
/// | `:phase` | what was waited for, of a limit of time that was hit |
/// | `:context` | what else is known |
/// | `:causes` | the messages of the errors below |
///
/// ```
/// use courser::{Request, Value};
/// use courser::data::{Env, error_value};
///
/// let error = Request::from_value(&Value::from([("as", 5)]), &Env::new()).unwrap_err();
/// let data = error_value(&error);
/// assert_eq!(data["error"]["kind"], Value::keyword("invalid-request"));
/// ```
#[must_use]
pub fn error_value(error: &Error) -> Value {
    let mut map: Vec<(&str, Value)> = vec![
        ("kind", Value::keyword(error.kind().name())),
        ("message", error.message().into()),
    ];
    if let Some(help) = error.advice() {
        map.push(("help", help.into()));
    }
    if let Some(method) = error.method() {
        map.push(("method", super::write::method_word(method)));
    }
    if let Some(url) = error.url() {
        map.push(("url", url.redacted().into()));
    }
    map.push(("transient", error.is_transient().into()));
    if let Some(phase) = error.phase() {
        map.push(("phase", Value::keyword(phase.name())));
    }
    let facts: Vec<(&str, Value)> = error
        .facts()
        .map(|(name, value)| (name, Value::from(value)))
        .collect();
    if !facts.is_empty() {
        map.push(("context", Value::keyword_map(facts)));
    }
    let mut causes = Vec::new();
    let mut source = error.source();
    while let Some(cause) = source {
        causes.push(cause.to_string());
        source = cause.source();
    }
    if !causes.is_empty() {
        map.push(("causes", causes.into()));
    }
    if let Some(response) = error.response() {
        map.push(("status", response.status.as_u16().into()));
        if let Ok(value) = response_value(response) {
            map.push(("response", value));
        }
    }
    Value::keyword_map([("error", Value::keyword_map(map))])
}

/// [`error_value`] as EDN on one line.
///
/// ```
/// let error = courser::get("http://localhost/").header("a b", "c").build().unwrap_err();
/// let line = courser::data::error_edn(&error);
/// assert!(line.starts_with("{:error {:kind :invalid-request, :message "), "{line}");
/// ```
#[must_use]
pub fn error_edn(error: &Error) -> String {
    error_value(error).to_string()
}

/// [`error_value`] as JSON.
#[cfg(feature = "json")]
#[must_use]
pub fn error_json(error: &Error) -> String {
    super::text::json(&super::text::to_json_value(error_value(error)))
}

/// The error with its response in its message (`:throw-entire-message`).
pub(crate) fn with_entire_message(error: Error) -> Error {
    let ErrorKind::Status(_) = error.kind() else {
        return error;
    };
    let value = error
        .response()
        .and_then(|response| response_value(response).ok());
    match value {
        Some(value) => {
            let message = format!("{} {value}", error.message());
            error.rephrased(message)
        }
        None => error,
    }
}
