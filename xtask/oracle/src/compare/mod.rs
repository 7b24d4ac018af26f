//! Recorded beside observed: what differs.

mod difference;
mod headers;
mod outcome;
mod same;
mod wire;

use std::collections::BTreeMap;
use std::fmt::Display;

use courser_coerce::Value;
use courser_testkit::Exchange;

use crate::case::Case;
use crate::client::Got;
use crate::value::short;

pub use difference::{Difference, Field};
pub use outcome::binds;

/// What happened when a case was run.
#[derive(Clone, Debug)]
pub struct Observation {
    /// Its steps.
    pub steps: Vec<Observed>,
    /// How many connections were opened.
    pub connections: usize,
    /// The recorder's ports.
    pub ports: [u16; 2],
}

/// What happened in a step.
#[derive(Clone, Debug)]
pub struct Observed {
    /// What the caller got.
    pub got: Got,
    /// What went over the wire.
    pub wire: Vec<Exchange>,
    /// What is in the cookie stores afterwards.
    pub cookie_stores: BTreeMap<String, Value>,
    /// When the step was over, in seconds since 1970.
    pub at: i64,
}

/// All that differs. If `strict`, the case of header names counts.
pub fn compare(case: &Case, seen: &Observation, strict: bool) -> Vec<Difference> {
    let mut found = Vec::new();
    for (number, (step, observed)) in case.steps.iter().zip(&seen.steps).enumerate() {
        let mut notes = Notes {
            found: &mut found,
            step: number,
            ports: seen.ports,
            at: observed.at,
            strict,
        };
        wire::compare(step, &observed.wire, &mut notes);
        outcome::compare(step, &observed.got, &mut notes);
        for (id, expected) in &step.cookie_stores {
            let got = observed.cookie_stores.get(id).unwrap_or(&Value::Nil);
            notes.values(Field::CookieStore(id.clone()), expected, got);
        }
    }
    let mut notes = Notes {
        found: &mut found,
        step: case.steps.len().saturating_sub(1),
        ports: seen.ports,
        at: 0,
        strict,
    };
    notes.equal(Field::Connections, case.connections, seen.connections);
    found
}

/// Where differences are noted.
struct Notes<'a> {
    found: &'a mut Vec<Difference>,
    step: usize,
    ports: [u16; 2],
    at: i64,
    strict: bool,
}

impl Notes<'_> {
    fn differ<E: Display, G: Display>(&mut self, field: Field, expected: E, got: G) {
        self.found.push(Difference {
            step: self.step,
            field,
            expected: short(&expected.to_string()),
            got: short(&got.to_string()),
        });
    }

    fn equal<T: PartialEq + Display>(&mut self, field: Field, expected: T, got: T) {
        if expected != got {
            self.differ(field, expected, got);
        }
    }

    fn values(&mut self, field: Field, expected: &Value, got: &Value) {
        let expected = crate::value::value_with_ports(expected, self.ports);
        if !same::same(&expected, got, self.at) {
            self.differ(field, expected, got);
        }
    }
}
