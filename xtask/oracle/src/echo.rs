//! Recordings as if they had just been seen: what a client would leave that does exactly as recorded. The comparison
//! has to find no difference, and to notice every mutation.

use courser_coerce::Value;
use courser_coerce::value::{Inst, Map};
use courser_testkit::{Exchange, Framing, http_date};

use crate::case::{Case, Failure, Outcome, Reply, Sent, Step, bytes};
use crate::client::Got;
use crate::compare::{Observation, Observed};
use crate::value::{from_now, keyword, now, value_with_ports, with_ports};

const PORTS: [u16; 2] = [40_001, 40_002];

/// The case as it was recorded.
pub fn observation(case: &Case) -> Observation {
    Observation {
        steps: case.steps.iter().map(observed).collect(),
        connections: case.connections,
        ports: PORTS,
    }
}

fn observed(step: &Step) -> Observed {
    let lookups = step.lookups.iter().map(value).collect();
    let got = match &step.outcome {
        Outcome::Reply(recorded) => Got::Reply {
            value: reply(recorded),
            header_map: recorded.header_map.unwrap_or_default(),
            lookups,
        },
        Outcome::Failure(failure) => error(failure),
    };
    let stores = step.cookie_stores.iter();
    Observed {
        got,
        wire: step.wire.iter().map(exchange).collect(),
        cookie_stores: stores
            .map(|(id, store)| (id.clone(), value(store)))
            .collect(),
        at: now(),
    }
}

fn reply(reply: &Reply) -> Value {
    let mut value = value(&reply.value);
    if let (Some(true), Some(map)) = (reply.request_time, value.as_map_mut()) {
        map.insert(keyword("request-time"), 1);
    }
    value
}

fn error(failure: &Failure) -> Got {
    let reason = &failure.reason;
    let words = [&reason.message, &reason.mentions];
    let words: Vec<&str> = words.into_iter().flatten().map(String::as_str).collect();
    let held = failure.reply.as_ref();
    Got::Failure {
        kind: reason
            .kinds
            .first()
            .cloned()
            .unwrap_or_else(|| "any".to_owned()),
        message: words.join(": "),
        reply: held.map(|held| (reply(held), held.header_map.unwrap_or_default())),
    }
}

/// With ports and dates in their places.
fn value(recorded: &Value) -> Value {
    dated(&value_with_ports(recorded, PORTS))
}

// It calls itself: what it is given was read from a file of ours.
fn dated(value: &Value) -> Value {
    match value {
        Value::String(text) => match from_now(text.trim_matches(['{', '}'])) {
            Some(offset) if text.starts_with("{{") => date(offset).into(),
            _ => value.clone(),
        },
        Value::Tagged(tagged) if tagged.tag().as_str() == "from-now" => {
            let seconds = tagged.value().as_i64().unwrap_or_default();
            Value::from(Inst::from_unix(now() + seconds, 0))
        }
        Value::Tagged(tagged) => Value::tagged(tagged.tag().clone(), dated(tagged.value())),
        Value::Vector(items) => Value::vector(items.iter().map(dated)),
        Value::List(items) => Value::list(items.iter().map(dated)),
        Value::Map(map) => {
            let entries = map.iter().map(|(key, value)| (key.clone(), dated(value)));
            entries.collect::<Map>().into()
        }
        other => other.clone(),
    }
}

fn date(offset: i64) -> String {
    let seconds = (now() + offset).unsigned_abs();
    http_date(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds))
}

fn exchange(sent: &Sent) -> Exchange {
    let put = |text: &str| {
        let mut text = with_ports(text, PORTS);
        for (word, value) in &sent.random {
            text = text.replace(&format!("{{{{{word}}}}}"), value);
        }
        text.replace("{{now+600}}", &date(600))
            .replace("{{now}}", &date(0))
    };
    let headers = sent.headers.iter();
    Exchange {
        method: sent.method.clone(),
        target: put(&sent.target),
        version: sent.version.clone(),
        headers: headers
            .map(|(name, value)| (name.clone(), put(value)))
            .collect(),
        body: bytes(&put(&sent.body)),
        framing: match sent.framing.as_str() {
            "length" => Framing::Length,
            "chunked" => Framing::Chunked,
            _ => Framing::None,
        },
        port: if sent.port == "PORT2" {
            PORTS[1]
        } else {
            PORTS[0]
        },
        incomplete: sent.incomplete,
        ..Exchange::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::compare;
    use crate::testing;

    #[test]
    fn a_recording_is_like_itself() {
        let mut case = testing::case();
        let sent = &mut case.steps[0].wire[0];
        // The sample's body does not have the length that it says.
        sent.random.insert("LENGTH".to_owned(), "3".to_owned());
        assert_eq!(compare(&case, &observation(&case), true), []);
    }
}
