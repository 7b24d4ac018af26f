//! The recorded cases: what was asked, and what is expected of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use courser_coerce::{Value, edn};
use courser_testkit::Answer;

use crate::json;
use crate::reason::{self, Reason};
use crate::value::keyword;

/// A case: requests in turn, the answers to them, and what came of it.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name.
    pub id: String,
    /// The part of the client it is about.
    pub topic: String,
    /// The server's answers.
    pub script: Vec<Answer>,
    /// How many connections were opened.
    pub connections: usize,
    /// The requests; nearly always one.
    pub steps: Vec<Step>,
}

/// One request of a case, and what is expected of it.
#[derive(Clone, Debug)]
pub struct Step {
    /// The request map as EDN text.
    pub request: String,
    /// `:lookup`, `:call` and so on, as EDN text.
    pub options: String,
    /// What went over the wire.
    pub wire: Vec<Sent>,
    /// What the caller got.
    pub outcome: Outcome,
    /// Values of the looked up headers.
    pub lookups: Vec<Value>,
    /// What is in the cookie stores afterwards, by their names.
    pub cookie_stores: BTreeMap<String, Value>,
}

/// A request as it is expected on the wire. The texts have a character for each byte; words in double braces stand
/// for what is random.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// `GET`.
    pub method: String,
    /// The request target.
    pub target: String,
    /// `HTTP/1.1`.
    pub version: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body without chunking.
    pub body: String,
    /// `none`, `length` or `chunked`.
    pub framing: String,
    /// `PORT` or `PORT2`.
    pub port: String,
    /// The client hung up midway.
    pub incomplete: bool,
    /// What the random values were when it was recorded.
    pub random: BTreeMap<String, String>,
}

/// What the caller got.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A response.
    Reply(Reply),
    /// An exception.
    Failure(Failure),
}

/// A response.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The response map, or what there was in its place.
    pub value: Value,
    /// Whether headers can be looked up in any case; `None` where there are none.
    pub header_map: Option<bool>,
    /// Whether it says how long the request took.
    pub request_time: Option<bool>,
}

/// An exception.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Why it failed.
    pub reason: Reason,
    /// The response that it holds.
    pub reply: Option<Reply>,
}

/// Reads a file of cases.
pub fn load(file: &Path) -> Result<Vec<Case>> {
    let text = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    parse(&text).with_context(|| format!("reading {}", file.display()))
}

/// Reads cases from JSON text.
pub fn parse(text: &[u8]) -> Result<Vec<Case>> {
    let cases: Vec<json::Case> = serde_json::from_slice(text)?;
    let cases = cases.into_iter().map(|case| {
        let id = case.id.clone();
        convert(case).with_context(|| format!("case {id}"))
    });
    cases.collect()
}

fn convert(case: json::Case) -> Result<Case> {
    let steps = if case.steps.is_empty() {
        vec![case.step]
    } else {
        case.steps
    };
    let steps: Result<Vec<Step>> = steps.into_iter().map(convert_step).collect();
    Ok(Case {
        id: case.id,
        topic: case.topic,
        script: case.script.iter().map(answer).collect(),
        connections: case.connections,
        steps: steps?,
    })
}

fn answer(answer: &json::Answer) -> Answer {
    Answer {
        raw: bytes(&answer.raw),
        delay: Duration::from_millis(answer.delay_ms),
        close: answer.close,
        drop: answer.drop,
        repeat: answer.repeat,
    }
}

/// The bytes of a text that has a character for each.
pub fn bytes(text: &str) -> Vec<u8> {
    text.chars().map(|c| c as u8).collect()
}

fn convert_step(step: json::Step) -> Result<Step> {
    let outcome = match (&step.response, &step.exception) {
        (Some(response), _) => Outcome::Reply(reply(response)?),
        (None, Some(exception)) => {
            let held = exception.data.as_ref().filter(|data| data.status.is_some());
            Outcome::Failure(Failure {
                reason: reason::of(exception, !step.wire.is_empty()),
                reply: held.map(reply).transpose()?,
            })
        }
        (None, None) => anyhow::bail!("neither a response nor an exception"),
    };
    let lookups = step.lookups.iter().map(|(_, value)| json::value(value));
    let stores = step.cookie_stores.iter().map(|(id, store)| {
        let value = edn::read_str(&store.edn).context("cookie store")?;
        Ok((id.clone(), value))
    });
    Ok(Step {
        request: step.request,
        options: step.options.unwrap_or_else(|| "{}".to_owned()),
        wire: step.wire.into_iter().map(sent).collect(),
        outcome,
        lookups: lookups.collect(),
        cookie_stores: stores.collect::<Result<_>>()?,
    })
}

fn sent(sent: json::Sent) -> Sent {
    Sent {
        method: sent.method,
        target: sent.target,
        version: sent.version,
        headers: sent.headers,
        body: sent.body,
        framing: sent.framing,
        port: sent.port,
        incomplete: sent.incomplete,
        random: sent.random,
    }
}

fn reply(response: &json::Response) -> Result<Reply> {
    // Some maps have no EDN that reads back (a key `:next last`); their JSON is then clear enough.
    let mut value = match edn::read_str(&response.edn) {
        Ok(value) => value,
        Err(_) if response.status.is_some() => response.to_value()?,
        Err(error) => return Err(error).context("response"),
    };
    if let Some(map) = value.as_map_mut() {
        // It is the exception's, which holds the response's map.
        map.remove(&keyword("type"));
    }
    Ok(Reply {
        header_map: response
            .headers_kind
            .as_deref()
            .map(|kind| kind == "header-map"),
        request_time: response
            .keys
            .as_ref()
            .map(|keys| keys.iter().any(|key| key == "request-time")),
        value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASE: &str = r#"[{"id": "a", "topic": "t", "connections": 1, "script": [{"raw": "\u00e9", "delay_ms": 5, "drop": true}],
        "request": "{:url 1}", "options": "{:lookup [:a]}", "lookups": [[":a", ["1", "2"]], [":b", null]],
        "wire": [{"method": "GET", "target": "/", "version": "HTTP/1.1", "headers": [["A", "b"]], "body": "",
            "framing": "none", "port": "PORT", "incomplete": false, "random": {"X": "1"}}],
        "response": {"status": 200, "headers_kind": "map", "keys": ["request-time"], "edn": "{:status 200}"}}]"#;

    #[test]
    fn a_case_is_read() {
        let case = parse(CASE.as_bytes()).unwrap().remove(0);
        assert_eq!(case.script[0].raw, [0xe9]);
        assert!(case.script[0].drop);
        let step = &case.steps[0];
        assert_eq!(step.lookups, [Value::vector(["1", "2"]), Value::Nil]);
        assert_eq!(step.wire[0].random["X"], "1");
        let Outcome::Reply(reply) = &step.outcome else {
            panic!("{step:?}");
        };
        assert_eq!(reply.header_map, Some(false));
        assert_eq!(reply.request_time, Some(true));
        assert_eq!(reply.value.to_string(), "{:status 200}");
    }

    #[test]
    fn unreadable_maps_come_from_json() {
        let text = r#"[{"id": "a", "topic": "t", "connections": 0, "script": [], "request": "{}", "wire": [],
            "response": {"status": 200, "edn": "{:links {:next last {}}}", "headers": {"A-b": ["1"]}, "cached": "HIT",
            "body": {"type": "bytes", "base64": "AA=="}, "links": {"next last": {"href": "/"}}}}]"#;
        let case = parse(text.as_bytes()).unwrap().remove(0);
        let Outcome::Reply(reply) = &case.steps[0].outcome else {
            panic!("{case:?}");
        };
        assert_eq!(reply.value["headers"]["A-b"][0], "1");
        assert_eq!(reply.value["links"]["next last"]["href"], "/");
        assert_eq!(reply.value["body"].to_string(), r#"#bytes {:b64 "AA=="}"#);
        assert_eq!(reply.value["cached"], Value::keyword("HIT"));
    }
}
