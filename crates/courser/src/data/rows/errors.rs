//! What is an error.

use courser_coerce::Value;
use courser_core::Unexceptional;

use super::super::env::Env;
use super::super::option::Entry;
use super::super::parse::{Outcome, Unfit, flag, items, put};

pub(in crate::data) const ROWS: &[Entry] = &[
    Entry::flag(
        "throw-exceptions",
        "true",
        "makes an error of an exceptional status",
        |d, v, _| put(&mut d.request.throw_exceptions, flag(v)),
    ),
    Entry::new(
        "unexceptional-status",
        "a set or sequence of statuses, or #status-range [200 299]",
        "200–207, 300–304, 307, 308",
        "the statuses that are no errors",
        |d, v, env| put(&mut d.request.unexceptional_status, statuses(v, env)),
    ),
    Entry::flag(
        "throw-entire-message",
        "false",
        "puts the response into the message of the error",
        |d, v, _| put(&mut d.request.throw_entire_message, flag(v)),
    ),
    Entry::flag(
        "ignore-unknown-host",
        "false",
        "an unknown host is no error: the response is nil",
        |d, v, _| put(&mut d.request.ignore_unknown_host, flag(v)),
    ),
];

fn statuses(value: &Value, env: &Env) -> Outcome<Unexceptional> {
    if let Value::Tagged(tagged) = value {
        return env.tagged(tagged);
    }
    let status = |item: &Value| {
        let status = item.as_u64().and_then(|n| u16::try_from(n).ok());
        status.ok_or(Unfit::Type)
    };
    let list: Outcome<Vec<u16>> = items(value)?.iter().map(status).collect();
    list.map(Unexceptional::List)
}
