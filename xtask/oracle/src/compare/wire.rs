//! Requests as they went over the wire.

use std::collections::BTreeMap;

use courser_coerce::{Value, edn};
use courser_testkit::{Exchange, latin1};

use super::{Field, Notes};
use crate::case::{Sent, Step};
use crate::random;
use crate::template::{self, Captured};
use crate::value::{get, with_ports};

pub(super) fn compare(step: &Step, got: &[Exchange], notes: &mut Notes<'_>) {
    let expected = &step.wire;
    let passwords = passwords(step);
    notes.equal(Field::Exchanges, expected.len(), got.len());
    for (at, (sent, exchange)) in expected.iter().zip(got).enumerate() {
        compare_one(at, sent, exchange, &passwords, notes);
    }
}

/// Those that a digest answer can be made of.
fn passwords(step: &Step) -> Vec<String> {
    let request = edn::read_str(&step.request).unwrap_or_default();
    let own = get(&request, "digest-auth").and_then(|pair| pair.as_slice()?.get(1));
    let of_proxy = get(&request, "proxy-pass");
    let said = own.into_iter().chain(of_proxy);
    said.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn compare_one(
    at: usize,
    sent: &Sent,
    exchange: &Exchange,
    passwords: &[String],
    notes: &mut Notes<'_>,
) {
    let ports = notes.ports;
    let mut captured = Captured::new();
    notes.equal(Field::Method(at), &sent.method, &exchange.method);
    let target = with_ports(&sent.target, ports);
    notes.equal(Field::Target(at), &target, &exchange.target);
    notes.equal(Field::Version(at), &sent.version, &exchange.version);
    headers(at, sent, exchange, &mut captured, notes);
    let (body, got) = (with_ports(&sent.body, ports), latin1(&exchange.body));
    if !template::matches(&body, &got, &mut captured) {
        notes.differ(Field::Body(at), format!("{body:?}"), format!("{got:?}"));
    }
    notes.equal(
        Field::Framing(at),
        sent.framing.as_str(),
        exchange.framing.name(),
    );
    notes.equal(
        Field::Port(at),
        with_ports(&sent.port, ports),
        exchange.port.to_string(),
    );
    notes.equal(Field::Incomplete(at), sent.incomplete, exchange.incomplete);
    for (word, value) in &captured {
        let recorded = sent.random.get(word).map(String::as_str);
        // Half a body is shorter than its announced length.
        let cut = exchange.incomplete && word == "LENGTH";
        if let Some(wrong) =
            random::check(word, value, recorded, passwords, exchange).filter(|_| !cut)
        {
            notes.differ(Field::Random(at), "a value of the right form", wrong);
        }
    }
}

/// Values by name in lower case, with the names as they were sent.
type Grouped<'a> = BTreeMap<String, Vec<(&'a str, &'a str)>>;

fn grouped(headers: &[(String, String)]) -> Grouped<'_> {
    let mut grouped = Grouped::new();
    for (name, value) in headers {
        let lower = name.to_ascii_lowercase();
        // Via and the default User-Agent name the program.
        let names_program = lower == "via"
            || lower == "user-agent"
                && (value.starts_with("Apache-Http") || value.starts_with("courser/"));
        if !names_program {
            grouped.entry(lower).or_default().push((name, value));
        }
    }
    grouped
}

fn headers(
    at: usize,
    sent: &Sent,
    exchange: &Exchange,
    captured: &mut Captured,
    notes: &mut Notes<'_>,
) {
    let (expected, mut got) = (grouped(&sent.headers), grouped(&exchange.headers));
    for (name, values) in expected {
        let others = got.remove(&name).unwrap_or_default();
        let wanted: Vec<String> = values
            .iter()
            .map(|(_, value)| with_ports(value, notes.ports))
            .collect();
        let found: Vec<&str> = others.iter().map(|(_, value)| *value).collect();
        if !same_values(&wanted, &found, captured) {
            notes.differ(Field::Header(at, name.clone()), list(&wanted), list(&found));
        } else if notes.strict {
            let (a, b) = (names(&values), names(&others));
            if a != b {
                notes.differ(Field::HeaderCase(at, name), list(&a), list(&b));
            }
        }
    }
    for (name, others) in got {
        let found: Vec<&str> = others.iter().map(|(_, value)| *value).collect();
        notes.differ(Field::Header(at, name), "none", list(&found));
    }
}

/// Whether they are the same values as often, in any order.
fn same_values(wanted: &[String], found: &[&str], captured: &mut Captured) -> bool {
    let mut left = found.to_vec();
    wanted.len() == found.len()
        && wanted.iter().all(|value| {
            let at = left
                .iter()
                .position(|other| template::matches(value, other, captured));
            at.map(|at| left.remove(at)).is_some()
        })
}

fn names<'a>(values: &[(&'a str, &str)]) -> Vec<&'a str> {
    let mut names: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names
}

fn list<T: AsRef<str>>(values: &[T]) -> String {
    if values.is_empty() {
        return "none".to_owned();
    }
    let values: Vec<String> = values
        .iter()
        .map(|value| format!("{:?}", value.as_ref()))
        .collect();
    values.join(" and ")
}
