//! Responses and errors.

use courser_coerce::Value;
use courser_coerce::value::Map;

use super::{Field, Notes, headers};
use crate::case::{Failure, Outcome, Reply, Step};
use crate::client::Got;
use crate::value::keyword;

/// What belongs to this stack or changes with every run.
const NOT_BINDING: &[&str] = &["repeatable?", "streaming?", "request-time", "http-client"];

/// What the runner calls an end that is no error of the client's: no such input is meant to come to it.
const NO_ERRORS: &[&str] = &["panic", "hung", "unread", "not-run"];

/// What Courser says in addition.
const MORE: &[&str] = &["timings", "remote-addr", "url", "attempts"];

/// Whether a key of the response map counts.
pub fn binds(key: &str) -> bool {
    !NOT_BINDING.contains(&key)
}

pub(super) fn compare(step: &Step, got: &Got, notes: &mut Notes<'_>) {
    match (&step.outcome, got) {
        (
            Outcome::Reply(reply),
            Got::Reply {
                value,
                header_map,
                lookups,
            },
        ) => {
            compare_reply(reply, value, *header_map, notes);
            for at in 0..step.lookups.len().max(lookups.len()) {
                let expected = step.lookups.get(at).unwrap_or(&Value::Nil);
                notes.values(
                    Field::Lookup(at),
                    expected,
                    lookups.get(at).unwrap_or(&Value::Nil),
                );
            }
        }
        (
            Outcome::Failure(failure),
            Got::Failure {
                kind,
                message,
                reply,
            },
        ) => {
            compare_failure(failure, kind, message, reply.as_ref(), notes);
        }
        (Outcome::Reply(reply), Got::Failure { kind, message, .. }) => {
            let got = format!("error {kind}: {message}");
            notes.differ(Field::Outcome, &reply.value, got);
        }
        (Outcome::Failure(failure), Got::Reply { value, .. }) => {
            let kinds = failure.reason.kinds.join(" or ");
            notes.differ(Field::Outcome, format!("error {kinds}"), value);
        }
    }
}

fn compare_failure(
    failure: &Failure,
    kind: &str,
    message: &str,
    reply: Option<&(Value, bool)>,
    notes: &mut Notes<'_>,
) {
    let kinds = &failure.reason.kinds;
    let error = format!("{kind}: {message}");
    if NO_ERRORS.contains(&kind) || !kinds.is_empty() && !kinds.iter().any(|other| other == kind) {
        let kinds = if kinds.is_empty() {
            "any".to_owned()
        } else {
            kinds.join(" or ")
        };
        notes.differ(Field::Kind, kinds, &error);
    }
    if let Some(start) = &failure.reason.message
        && !begins_with(message, start)
    {
        notes.differ(Field::Message, start, message);
    }
    if let Some(part) = &failure.reason.mentions
        && !message.contains(part.as_str())
    {
        notes.differ(Field::Message, format!("… {part} …"), message);
    }
    match (&failure.reply, reply) {
        (Some(expected), Some((got, header_map))) => {
            compare_reply(expected, got, *header_map, notes);
        }
        (Some(expected), None) => notes.differ(Field::Outcome, &expected.value, &error),
        (None, _) => {}
    }
}

/// Whether the message begins with that, and not with a longer word.
fn begins_with(message: &str, start: &str) -> bool {
    message
        .strip_prefix(start)
        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
}

fn compare_reply(expected: &Reply, got: &Value, header_map: bool, notes: &mut Notes<'_>) {
    if let Some(expected) = expected.header_map {
        notes.equal(Field::HeaderMap, expected, header_map);
    }
    let (Value::Map(wanted), Value::Map(found)) = (&expected.value, got) else {
        notes.values(Field::Key("as a whole".to_owned()), &expected.value, got);
        return;
    };
    for (key, value) in wanted {
        let name = name(key);
        if !binds(&name) {
            continue;
        }
        match (name.as_str(), value, found.get(key)) {
            ("headers", Value::Map(value), Some(Value::Map(other))) => {
                headers::compare(value, other, notes);
            }
            ("request", Value::Map(value), Some(Value::Map(other))) => {
                compare_request(value, other, notes);
            }
            (_, value, Some(other)) => notes.values(Field::Key(name), value, other),
            (_, value, None) => notes.differ(Field::Key(name), value, "no such key"),
        }
    }
    for (key, value) in found {
        let name = name(key);
        if binds(&name) && !MORE.contains(&name.as_str()) && !wanted.contains_key(key) {
            notes.differ(Field::Key(name), "no such key", value);
        }
    }
    if let Some(expected) = expected.request_time {
        let got = found.contains_key(&keyword("request-time"));
        notes.equal(Field::Key("request-time".to_owned()), expected, got);
    }
}

/// The saved request: as the response, but that some of it is Java's.
fn compare_request(wanted: &Map, found: &Map, notes: &mut Notes<'_>) {
    const JAVA: &[&str] = &["body-type", "http-req"];
    let mut keys: Vec<&Value> = wanted.keys().collect();
    keys.extend(found.keys().filter(|key| !wanted.contains_key(*key)));
    for key in keys {
        let name = name(key);
        let object =
            |value: &Value| matches!(value, Value::Tagged(t) if t.tag().as_str() == "object");
        if JAVA.contains(&name.as_str()) || wanted.get(key).is_some_and(object) {
            continue;
        }
        match (wanted.get(key), found.get(key)) {
            (Some(Value::Map(value)), Some(Value::Map(other))) if name == "headers" => {
                headers::compare(value, other, notes);
            }
            (Some(value), Some(other)) => {
                notes.values(Field::Key(format!("request {name}")), value, other);
            }
            (value, other) => {
                let text = |value: Option<&Value>| {
                    value.map_or("no such key".to_owned(), Value::to_string)
                };
                notes.differ(
                    Field::Key(format!("request {name}")),
                    text(value),
                    text(other),
                );
            }
        }
    }
}

fn name(key: &Value) -> String {
    key.as_keyword()
        .map_or_else(|| key.to_string(), |keyword| keyword.as_str().to_owned())
}
