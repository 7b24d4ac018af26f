//! Wrong responses, errors and cookie stores.

use courser_coerce::Value;
use courser_coerce::value::Map;

use super::{Add, is_object, other};
use crate::case::{Case, Failure, Outcome, Reply, Step};
use crate::compare::binds;
use crate::reason::Reason;
use crate::value::keyword;

pub(super) fn mutate(case: &Case, number: usize, add: &mut Add<'_>) {
    let Some(step) = case.steps.get(number) else {
        return;
    };
    let mut change = |what: &str, change: &dyn Fn(&mut Step)| {
        add(format!("step {number}: {what}"), &|case| {
            case.steps.get_mut(number).into_iter().for_each(change);
        });
    };
    match &step.outcome {
        Outcome::Reply(reply) => {
            change("an error instead of the response", &|step| {
                step.outcome = Outcome::Failure(Failure {
                    reason: Reason::default(),
                    reply: None,
                });
            });
            mutate_reply(reply, &mut change);
        }
        Outcome::Failure(failure) => {
            change("a response instead of the error", &|step| {
                step.outcome = Outcome::Reply(Reply {
                    value: Value::Map(Map::new()),
                    header_map: None,
                    request_time: None,
                });
            });
            change("another kind of error", &|step| {
                if let Outcome::Failure(failure) = &mut step.outcome {
                    failure.reason.kinds = vec!["mutated".to_owned()];
                }
            });
            change("another message", &|step| {
                if let Outcome::Failure(failure) = &mut step.outcome {
                    failure.reason.message = Some("mutated".to_owned());
                }
            });
            if let Some(reply) = &failure.reply {
                mutate_reply(reply, &mut change);
            }
        }
    }
    for at in 0..step.lookups.len() {
        change(&format!("lookup {at}"), &|step| {
            if let Some(value) = step.lookups.get_mut(at) {
                *value = other(value);
            }
        });
    }
    for id in step.cookie_stores.keys() {
        change(&format!("cookie store {id}"), &|step| {
            if let Some(value) = step.cookie_stores.get_mut(id) {
                *value = other(value);
            }
        });
    }
}

/// Takes a description and the change of the step.
type Change<'a> = dyn FnMut(&str, &dyn Fn(&mut Step)) + 'a;

fn mutate_reply(reply: &Reply, change: &mut Change<'_>) {
    let Some(map) = reply.value.as_map() else {
        change("another value", &|step| {
            with(step, |reply| reply.value = other(&reply.value));
        });
        return;
    };
    if reply.header_map.is_some() {
        change("kind of headers", &|step| {
            with(step, |reply| {
                reply.header_map = reply.header_map.map(|is| !is);
            });
        });
    }
    if reply.request_time.is_some() {
        change("request time", &|step| {
            with(step, |reply| {
                reply.request_time = reply.request_time.map(|is| !is);
            });
        });
    }
    change("a key more", &|step| {
        with_map(step, |map| {
            map.insert(keyword("mutated"), 1);
        });
    });
    for (key, value) in map {
        if !key.as_keyword().is_some_and(|key| binds(key.as_str())) || is_object(value) {
            continue;
        }
        change(&format!("without {key}"), &|step| {
            with_map(step, |map| {
                map.remove(key);
            });
        });
        // Headers one by one: some of them do not bind.
        if *key == keyword("headers") {
            continue;
        }
        change(&format!("another {key}"), &|step| {
            with_map(step, |map| {
                map.insert(key.clone(), other(value));
            });
        });
    }
    let headers = keyword("headers");
    for (name, value) in map
        .get(&headers)
        .and_then(Value::as_map)
        .into_iter()
        .flat_map(Map::iter)
    {
        if name
            .as_str()
            .is_none_or(|name| name.eq_ignore_ascii_case("via"))
        {
            continue;
        }
        let inner = |step: &mut Step, change: &dyn Fn(&mut Map)| {
            with_map(step, |map| {
                map.get_mut(&headers)
                    .and_then(Value::as_map_mut)
                    .into_iter()
                    .for_each(change);
            });
        };
        change(&format!("without header {name}"), &|step| {
            inner(step, &|map| {
                map.remove(name);
            });
        });
        change(&format!("another header {name}"), &|step| {
            inner(step, &|map| {
                map.insert(name.clone(), other(value));
            });
        });
    }
}

fn with(step: &mut Step, change: impl FnOnce(&mut Reply)) {
    match &mut step.outcome {
        Outcome::Reply(reply) => change(reply),
        Outcome::Failure(failure) => failure.reply.as_mut().map_or((), change),
    }
}

fn with_map(step: &mut Step, change: impl FnOnce(&mut Map)) {
    with(step, |reply| reply.value.as_map_mut().map_or((), change));
}
