//! The comparison's own test: expectations that are changed in one thing, which it has to notice.

mod outcome;
mod wire;

use courser_coerce::Value;
use courser_coerce::value::Map;

use crate::case::Case;

/// A case whose expectation is wrong in one thing.
#[derive(Debug)]
pub struct Mutant {
    /// What was changed.
    pub what: String,
    /// The changed case.
    pub case: Case,
}

/// All mutants of a case. What does not bind is not changed.
pub fn mutants(case: &Case) -> Vec<Mutant> {
    let mut found = Vec::new();
    let mut add = |what: String, change: &dyn Fn(&mut Case)| {
        let mut case = case.clone();
        change(&mut case);
        found.push(Mutant { what, case });
    };
    add("one connection more".to_owned(), &|case| {
        case.connections += 1;
    });
    if case.connections > 0 {
        add("one connection fewer".to_owned(), &|case| {
            case.connections -= 1;
        });
    }
    for number in 0..case.steps.len() {
        wire::mutate(case, number, &mut add);
        outcome::mutate(case, number, &mut add);
    }
    found
}

/// Takes a description and the change, which is applied to a copy of the case.
type Add<'a> = dyn FnMut(String, &dyn Fn(&mut Case)) + 'a;

/// The same value, but in one thing.
// It calls itself only for what is under a tag.
fn other(value: &Value) -> Value {
    match value {
        Value::Bool(value) => (!value).into(),
        Value::Int(value) => value.wrapping_add(1000).into(),
        Value::String(text) if text == "{{now}}" => "{{now+900}}".into(),
        Value::String(text) => format!("{text}~").into(),
        Value::Keyword(name) => Value::keyword(&format!("{}-mutated", name.as_str())),
        Value::Vector(items) => {
            Value::vector(items.iter().cloned().chain([Value::from("mutated")]))
        }
        Value::List(items) => Value::list(items.iter().cloned().chain([Value::from("mutated")])),
        Value::Map(map) => {
            let mut map: Map = map.clone();
            if map.is_empty() {
                map.insert("mutated", 1);
            } else if let Some((_, first)) = map.iter_mut().next() {
                *first = other(first);
            }
            map.into()
        }
        // Seconds from now have some latitude, which a thousand are beyond.
        Value::Tagged(tagged) => Value::tagged(tagged.tag().clone(), other(tagged.value())),
        _ => "mutated".into(),
    }
}

/// Whether anything is like it.
fn is_object(value: &Value) -> bool {
    matches!(value, Value::Tagged(tagged) if tagged.tag().as_str() == "object")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::compare;
    use crate::testing;

    #[test]
    fn every_mutant_of_the_sample_is_noticed() {
        let (case, seen) = (testing::case(), testing::seen());
        assert_eq!(compare(&case, &seen, false), []);
        let mutants = mutants(&case);
        assert!(mutants.len() > 40, "{}", mutants.len());
        for mutant in mutants {
            assert!(
                !compare(&mutant.case, &seen, false).is_empty(),
                "{}",
                mutant.what
            );
        }
    }

    #[test]
    fn other_values_differ() {
        for text in [
            "nil",
            "true",
            "1",
            "1.5",
            "\"\"",
            ":k",
            "s",
            "[1]",
            "(1)",
            "{}",
            "{:a {:b []}}",
            "#{1}",
            "#t 1",
        ] {
            let value = courser_coerce::edn::read_str(text).unwrap();
            assert!(!other(&value).clj_eq(&value), "{text}");
        }
    }
}
