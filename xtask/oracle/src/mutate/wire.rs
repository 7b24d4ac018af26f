//! Wrong requests.

use super::Add;
use crate::case::{Case, Sent};

pub(super) fn mutate(case: &Case, step: usize, add: &mut Add<'_>) {
    let Some(sent) = case.steps.get(step).map(|step| &step.wire) else {
        return;
    };
    let at = |what: String| format!("step {step}, {what}");
    add(at("an exchange more".to_owned()), &|case| {
        with(case, step, |wire| {
            let more = wire.last().cloned().unwrap_or_else(request);
            wire.push(more);
        });
    });
    for (number, request) in sent.iter().enumerate() {
        let at = |what: &str| format!("step {step}, exchange {number}: {what}");
        add(at("dropped"), &|case| {
            with(case, step, |wire| {
                wire.remove(number);
            });
        });
        let mut change = |what: &str, change: &dyn Fn(&mut Sent)| {
            add(at(what), &|case| {
                with(case, step, |wire| {
                    wire.get_mut(number).into_iter().for_each(change);
                });
            });
        };
        change("method", &|sent| sent.method.push('X'));
        change("target", &|sent| sent.target.push('~'));
        change("version", &|sent| "HTTP/1.0".clone_into(&mut sent.version));
        change("port", &|sent| {
            let other = if sent.port == "PORT" { "PORT2" } else { "PORT" };
            other.clone_into(&mut sent.port);
        });
        change("incomplete", &|sent| sent.incomplete = !sent.incomplete);
        change("framing", &|sent| {
            let other = if sent.framing == "none" {
                "length"
            } else {
                "none"
            };
            other.clone_into(&mut sent.framing);
        });
        change("a byte of the body more", &|sent| sent.body.push('~'));
        if !request.body.is_empty() {
            change("a byte of the body less", &|sent| {
                sent.body.pop();
            });
            change("a flipped byte of the body", &|sent| {
                sent.body = flipped(&sent.body);
            });
        }
        change("a header more", &|sent| {
            sent.headers.push(("X-Mutated".to_owned(), "1".to_owned()));
        });
        for (at, (name, value)) in request.headers.iter().enumerate() {
            if !binds(name, value) {
                continue;
            }
            change(&format!("without header {name}"), &|sent| {
                sent.headers.remove(at);
            });
            change(&format!("header {name} twice"), &|sent| {
                sent.headers.push((name.clone(), value.clone()));
            });
            change(&format!("another value of {name}"), &|sent| {
                if let Some((_, value)) = sent.headers.get_mut(at) {
                    *value = flipped(value);
                }
            });
        }
    }
}

fn with(case: &mut Case, step: usize, change: impl FnOnce(&mut Vec<Sent>)) {
    if let Some(step) = case.steps.get_mut(step) {
        change(&mut step.wire);
    }
}

fn request() -> Sent {
    Sent {
        method: "GET".to_owned(),
        target: "/".to_owned(),
        version: "HTTP/1.1".to_owned(),
        headers: Vec::new(),
        body: String::new(),
        framing: "none".to_owned(),
        port: "PORT".to_owned(),
        incomplete: false,
        random: std::collections::BTreeMap::new(),
    }
}

fn binds(name: &str, value: &str) -> bool {
    let is = |other| name.eq_ignore_ascii_case(other);
    !(is("via") || is("user-agent") && value.starts_with("Apache-Http"))
}

/// The text with another first character that is not part of a word in braces.
fn flipped(text: &str) -> String {
    let word = text.starts_with("{{");
    match text.chars().next() {
        Some(first) if !word => {
            let other = if first == '~' { '!' } else { '~' };
            std::iter::once(other).chain(text.chars().skip(1)).collect()
        }
        _ => format!("~{text}~"),
    }
}
