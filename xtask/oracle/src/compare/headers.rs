//! Response headers: maps in which the case of names counts only if the comparison is strict.

use courser_coerce::Value;
use courser_coerce::value::Map;

use super::{Field, Notes};
use crate::value::value_with_ports;

/// That of a proxy, as which Apache's cache sees itself.
const NOT_BINDING: &str = "via";

/// How a saved request names this program. In responses it does not occur.
const OWN_NAME: &str = "courser/";

pub(super) fn compare(expected: &Map, got: &Map, notes: &mut Notes<'_>) {
    for (name, value) in expected {
        let Some(text) = name.as_name().filter(|name| !binds_not(name)) else {
            continue;
        };
        let field = Field::ReplyHeader(text.to_ascii_lowercase());
        match find(got, text) {
            Some((other, found)) => {
                let value = value_with_ports(value, notes.ports);
                notes.values(field, &value, found);
                if notes.strict && other != text {
                    notes.differ(
                        Field::ReplyHeaderCase(text.to_ascii_lowercase()),
                        text,
                        other,
                    );
                }
            }
            None => notes.differ(field, value, "none"),
        }
    }
    for (name, value) in got {
        let text = name.as_name().unwrap_or_default();
        let own = text.eq_ignore_ascii_case("user-agent")
            && value
                .as_str()
                .is_some_and(|value| value.starts_with(OWN_NAME));
        if !own && !binds_not(text) && find(expected, text).is_none() {
            notes.differ(Field::ReplyHeader(text.to_ascii_lowercase()), "none", value);
        }
    }
}

fn binds_not(name: &str) -> bool {
    name.eq_ignore_ascii_case(NOT_BINDING)
}

fn find<'a>(map: &'a Map, name: &str) -> Option<(&'a str, &'a Value)> {
    map.iter().find_map(|(other, value)| {
        let other = other.as_name()?;
        other.eq_ignore_ascii_case(name).then_some((other, value))
    })
}
