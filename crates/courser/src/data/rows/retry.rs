//! How a request that failed is sent again.

use std::time::Duration;

use courser_coerce::Value;
use courser_core::{Result, Retry, RetryBudget};

use super::super::option::Entry;
use super::super::parse::{Outcome, Unfit, count, flag, items, time, unknown_word};
use super::super::read::Draft;
use super::super::write::millis;

pub(super) const ROW: Entry = Entry::new(
    "retry",
    "a map: :max, :backoff {:base :cap :jitter}, :statuses, :retry-after, :budget {:ratio :burst}, \
     :try-timeout, :idempotent",
    "as :retry-handler has it",
    "how a request that failed is sent again: how often, after which statuses, with which pauses",
    |draft, value, _| read(draft, value),
);

const KNOWN: [&str; 7] = [
    "max",
    "backoff",
    "statuses",
    "retry-after",
    "budget",
    "try-timeout",
    "idempotent",
];

fn read(draft: &mut Draft, value: &Value) -> Outcome {
    let mut retry = Retry::new();
    each(value, &KNOWN, |name, value| {
        match name {
            "max" => retry.max = number(value)?,
            "backoff" => each(value, &["base", "cap", "jitter"], |name, value| {
                match name {
                    "base" => retry.base = pause(value)?,
                    "cap" => retry.cap = pause(value)?,
                    _ => retry.jitter = flag(value)?,
                }
                Ok(())
            })?,
            "statuses" => {
                retry.statuses = items(value)?.iter().map(status).collect::<Outcome<_>>()?;
            }
            "retry-after" => {
                retry.retry_after = match value {
                    Value::Bool(true) => Retry::new().retry_after,
                    Value::Bool(false) => None,
                    value => Some(time(value)?),
                };
            }
            "budget" => {
                retry.budget = match value {
                    Value::Bool(true) => Some(RetryBudget::default()),
                    Value::Bool(false) => None,
                    value => Some(budget(value)?),
                };
            }
            "try-timeout" => {
                retry.try_timeout = Some(time(value)?).filter(|limit| *limit < Duration::MAX);
            }
            _ => retry.idempotent = flag(value)?,
        }
        Ok(())
    })?;
    draft.request.retry = Some(Box::new(retry));
    Ok(())
}

/// Reads the entries of a map, whose names must be known; nil is as if it were not there.
fn each(
    map: &Value,
    known: &[&'static str],
    mut read: impl FnMut(&'static str, &Value) -> Outcome,
) -> Outcome {
    for (name, value) in map.as_map().ok_or(Unfit::Type)? {
        let name = name.as_name().ok_or(Unfit::Type)?;
        let bare = name.strip_suffix('?').unwrap_or(name);
        let Some(name) = known.iter().find(|known| **known == bare) else {
            return Err(unknown_word(name, known.iter().copied()));
        };
        if value.is_nil() {
            continue;
        }
        match read(name, value) {
            Err(Unfit::Type) => return Err(Unfit::Because(format!("has a wrong :{name}"))),
            other => other?,
        }
    }
    Ok(())
}

fn number(value: &Value) -> Outcome<u32> {
    u32::try_from(count(value)?).map_err(|_| Unfit::Type)
}

fn status(value: &Value) -> Outcome<u16> {
    u16::try_from(count(value)?).map_err(|_| Unfit::Type)
}

/// Milliseconds, of which 0 are none.
fn pause(value: &Value) -> Outcome<Duration> {
    match value {
        Value::Int(0) => Ok(Duration::ZERO),
        value => time(value),
    }
}

fn budget(value: &Value) -> Outcome<RetryBudget> {
    let mut budget = RetryBudget::default();
    each(value, &["ratio", "burst"], |name, value| {
        match name {
            "ratio" => {
                let ratio = value.as_f64().ok_or(Unfit::Type)?;
                if !(0.0..=1000.0).contains(&ratio) {
                    return Err(Unfit::Type);
                }
                budget.ratio = ratio;
            }
            _ => budget.burst = number(value)?,
        }
        Ok(())
    })?;
    Ok(budget)
}

/// What [`read`] reads; what differs from the default.
pub(in crate::data) fn write(retry: &Retry) -> Result<Value> {
    let standard = Retry::new();
    let mut map: Vec<(&str, Value)> = Vec::new();
    if retry.max != standard.max {
        map.push(("max", retry.max.into()));
    }
    let mut backoff: Vec<(&str, Value)> = Vec::new();
    for (name, time, standard) in [
        ("base", retry.base, standard.base),
        ("cap", retry.cap, standard.cap),
    ] {
        if time.is_zero() {
            backoff.push((name, 0.into()));
        } else if time != standard {
            backoff.push((name, millis(name, time)?));
        }
    }
    if !retry.jitter {
        backoff.push(("jitter", false.into()));
    }
    if !backoff.is_empty() {
        map.push(("backoff", Value::keyword_map(backoff)));
    }
    if retry.statuses != standard.statuses {
        map.push(("statuses", Value::from(retry.statuses.as_slice())));
    }
    if retry.retry_after != standard.retry_after {
        map.push((
            "retry-after",
            match retry.retry_after {
                Some(longest) => millis("retry-after", longest)?,
                None => false.into(),
            },
        ));
    }
    if retry.budget != standard.budget {
        map.push((
            "budget",
            match retry.budget {
                Some(RetryBudget { ratio, burst }) => {
                    Value::keyword_map([("ratio", ratio.into()), ("burst", burst.into())])
                }
                None => false.into(),
            },
        ));
    }
    if let Some(limit) = retry.try_timeout {
        map.push(("try-timeout", millis("try-timeout", limit)?));
    }
    if retry.idempotent {
        map.push(("idempotent", true.into()));
    }
    Ok(Value::keyword_map(map))
}

#[cfg(all(test, feature = "edn"))]
mod tests {
    use crate::{Request, Retry, RetryBudget};
    use std::time::Duration;

    #[test]
    fn reads_what_it_writes() {
        for text in [
            "{}",
            "{:max 7}",
            "{:max 1, :backoff {:base 0, :cap 50, :jitter false}, :statuses [418], \
              :retry-after false, :budget {:ratio 0.5, :burst 2}, :try-timeout 9, :idempotent true}",
            "{:retry-after 0, :budget false}",
        ] {
            let request = Request::from_edn(&format!("{{:retry {text}}}")).unwrap();
            let again = request.to_edn().unwrap();
            assert_eq!(Request::from_edn(&again).unwrap().retry, request.retry);
            assert!(again.contains(text), "{again}");
        }
        let words = "{:retry {:max 5 :backoff {:base 10} :statuses #{503} :retry-after true}}";
        let expected = Retry::new()
            .max(5)
            .backoff(Duration::from_millis(10), Duration::from_secs(10))
            .statuses([503]);
        assert_eq!(
            Request::from_edn(words).unwrap().retry,
            Some(Box::new(expected))
        );
        let budget = RetryBudget {
            ratio: 1.0,
            burst: 10,
        };
        let request = Request::from_edn("{:retry {:budget {:ratio 1}}}").unwrap();
        assert_eq!(request.retry.unwrap().budget, Some(budget));
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, says) in [
            ("{:maks 3}", "did you mean :max?"),
            ("{:backoff {:bass 1}}", "did you mean :base?"),
            ("{:backoff {:jitter 1}}", "wrong :jitter"),
            ("{:statuses [70000]}", "wrong :statuses"),
            ("{:max 1.5}", "wrong :max"),
            ("{:budget {:ratio 1e9}}", "wrong :ratio"),
            ("3", "a map"),
        ] {
            let error = Request::from_edn(&format!("{{:retry {text}}}")).unwrap_err();
            assert!(error.to_string().contains(says), "{error}");
        }
    }
}
