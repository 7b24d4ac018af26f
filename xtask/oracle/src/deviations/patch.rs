//! How a deviation is written.
//!
//! ```edn
//! {:connections 1            ; instead of the recorded number
//!  :exchanges 2              ; fewer: the rest is cut off; more: GETs of / like any other
//!  :wire {0 {:method "GET" :target "/" :body "" :framing "none" :headers {"Accept" "x", "Cookie" ["a" "b"], "X" nil}}}
//!  :reply {:status 200, :headers {"Link" nil}, :links #none nil}   ; nil and #none: there is none
//!  :error ["redirect"]       ; an error of one of these kinds instead of what was recorded
//!  :header-map true
//!  :request-time true
//!  :cookie-stores {"cs" {}}
//!  :steps {1 {:wire …}}}     ; the same for the second step, and so on; without, the first is meant
//! ```
//! A `:reply` in the place of an exception begins as the answer that all cases without a script get.

use anyhow::{Context, Result, bail};
use courser_coerce::value::Map;
use courser_coerce::{Value, edn};

use crate::case::{Case, Failure, Outcome, Reply, Sent, Step};
use crate::reason::Reason;
use crate::value::keyword;

/// What a client gets of the script that is there when a case has none.
const USUAL_REPLY: &str = r#"{:cached nil, :protocol-version {:name "HTTP", :major 1, :minor 1}, :chunked? false,
    :reason-phrase "OK", :headers {"Content-Type" "text/plain", "Content-Length" "2"}, :orig-content-encoding nil,
    :status 200, :length 2, :body "ok", :trace-redirects []}"#;

pub(super) fn apply(case: &mut Case, patch: &Value) -> Result<()> {
    for (key, value) in entries(patch)? {
        match key {
            "no" | "why" => {}
            "connections" => case.connections = number(value)?,
            "steps" => {
                for (at, patch) in value.as_map().context("steps by number are wanted")? {
                    let step = case.steps.get_mut(number(at)?).context("no such step")?;
                    for (key, value) in entries(patch)? {
                        change_step(step, key, value)?;
                    }
                }
            }
            key => {
                let step = case.steps.first_mut().context("a case without steps")?;
                change_step(step, key, value)?;
            }
        }
    }
    Ok(())
}

fn change_step(step: &mut Step, key: &str, value: &Value) -> Result<()> {
    match key {
        "exchanges" => step.wire.resize_with(number(value)?, usual_request),
        "wire" => {
            for (at, patch) in value.as_map().context("exchanges by number are wanted")? {
                let sent = step.wire.get_mut(number(at)?).context("no such exchange")?;
                for (key, value) in entries(patch)? {
                    change_sent(sent, key, value)?;
                }
            }
        }
        "error" => {
            let kinds = value.as_slice().context("kinds of errors are wanted")?;
            let kinds = kinds.iter().map(string).collect::<Result<Vec<_>>>()?;
            step.outcome = Outcome::Failure(Failure {
                reason: Reason::kinds(kinds.iter().map(String::as_str)),
                reply: None,
            });
        }
        "reply" => {
            let reply = reply(&mut step.outcome)?;
            let map = reply.value.as_map_mut().context("the reply is no map")?;
            for (key, value) in value.as_map().context("a map is wanted")? {
                change_reply(map, key, value);
            }
        }
        "header-map" => reply(&mut step.outcome)?.header_map = value.as_bool(),
        "request-time" => reply(&mut step.outcome)?.request_time = value.as_bool(),
        "cookie-stores" => {
            for (id, cookies) in value.as_map().context("stores by name are wanted")? {
                step.cookie_stores.insert(string(id)?, cookies.clone());
            }
        }
        "lookups" => step.lookups = value.as_slice().context("values are wanted")?.to_vec(),
        other => bail!("there is no :{other} to change"),
    }
    Ok(())
}

fn usual_request() -> Sent {
    let headers = [
        ("Connection", "close"),
        ("accept-encoding", "gzip, deflate"),
        ("Host", "127.0.0.1:PORT"),
    ];
    Sent {
        method: "GET".to_owned(),
        target: "/".to_owned(),
        version: "HTTP/1.1".to_owned(),
        headers: headers.map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec(),
        body: String::new(),
        framing: "none".to_owned(),
        port: "PORT".to_owned(),
        incomplete: false,
        random: std::collections::BTreeMap::new(),
    }
}

fn change_sent(sent: &mut Sent, key: &str, value: &Value) -> Result<()> {
    let field = match key {
        "method" => &mut sent.method,
        "target" => &mut sent.target,
        "body" => &mut sent.body,
        "framing" => &mut sent.framing,
        "port" => &mut sent.port,
        "headers" => {
            for (name, value) in value.as_map().context("headers are wanted")? {
                change_header(&mut sent.headers, &string(name)?, value)?;
            }
            return Ok(());
        }
        other => bail!("there is no :{other} of an exchange to change"),
    };
    *field = string(value)?;
    Ok(())
}

fn change_header(headers: &mut Vec<(String, String)>, name: &str, value: &Value) -> Result<()> {
    headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
    match value {
        Value::Nil => {}
        Value::Vector(values) => {
            for value in values {
                headers.push((name.to_owned(), string(value)?));
            }
        }
        value => headers.push((name.to_owned(), string(value)?)),
    }
    Ok(())
}

/// The reply, which is the usual one if an exception was recorded. One that an exception holds is changed there.
fn reply(outcome: &mut Outcome) -> Result<&mut Reply> {
    let held = matches!(outcome, Outcome::Failure(failure) if failure.reply.is_some());
    if !held && matches!(outcome, Outcome::Failure(_)) {
        *outcome = Outcome::Reply(Reply {
            value: edn::read_str(USUAL_REPLY)?,
            header_map: Some(true),
            request_time: Some(true),
        });
    }
    match outcome {
        Outcome::Reply(reply) => Ok(reply),
        Outcome::Failure(failure) => failure.reply.as_mut().context("no reply"),
    }
}

fn change_reply(map: &mut Map, key: &Value, value: &Value) {
    let is_none = matches!(value, Value::Tagged(tagged) if tagged.tag().as_str() == "none");
    if is_none {
        map.remove(key);
    } else if let (true, Some(changes), Some(headers)) = (
        *key == keyword("headers"),
        value.as_map(),
        map.get_mut(key).and_then(Value::as_map_mut),
    ) {
        for (name, value) in changes {
            if value.is_nil() {
                headers.remove(name);
            } else {
                headers.insert(name.clone(), value.clone());
            }
        }
    } else {
        map.insert(key.clone(), value.clone());
    }
}

fn entries(patch: &Value) -> Result<Vec<(&str, &Value)>> {
    let map = patch.as_map().context("a map is wanted")?;
    let entries = map.iter().map(|(key, value)| {
        let key = key.as_keyword().context("keywords are wanted")?;
        Ok((key.as_str(), value))
    });
    entries.collect()
}

fn number(value: &Value) -> Result<usize> {
    let number = value.as_u64().context("a number is wanted")?;
    Ok(usize::try_from(number)?)
}

fn string(value: &Value) -> Result<String> {
    Ok(value.as_str().context("a string is wanted")?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[track_caller]
    fn changed(patch: &str) -> Case {
        let mut case = testing::case();
        apply(&mut case, &edn::read_str(patch).unwrap()).unwrap();
        case
    }

    #[test]
    fn requests_change() {
        let case = changed(
            r#"{:no 1 :connections 3 :exchanges 2 :wire {0 {:target "/x" :headers {"HOST" nil "A" ["1" "2"]}} 1 {:body "b"}}}"#,
        );
        assert_eq!(case.connections, 3);
        let [first, second] = case.steps[0].wire.as_slice() else {
            panic!("{case:?}");
        };
        assert_eq!(first.target, "/x");
        let names: Vec<&str> = first
            .headers
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(names[names.len() - 2..], ["A", "A"]);
        assert!(!names.contains(&"Host"));
        assert_eq!((second.target.as_str(), second.body.as_str()), ("/", "b"));
    }

    #[test]
    fn replies_change() {
        let case = changed(
            r#"{:reply {:status 201 :length #none nil :headers {"Content-Type" nil "X" "1"}} :header-map false}"#,
        );
        let Outcome::Reply(reply) = &case.steps[0].outcome else {
            panic!("{case:?}");
        };
        assert_eq!(reply.value["status"], 201);
        assert!(reply.value.get("length").is_none());
        assert_eq!(reply.value["headers"]["X"], "1");
        assert!(reply.value["headers"].get("Content-Type").is_none());
        assert_eq!(reply.header_map, Some(false));
    }

    #[test]
    fn errors_and_replies_take_each_others_place() {
        let case = changed(r#"{:error ["redirect"] :exchanges 0}"#);
        assert!(
            matches!(&case.steps[0].outcome, Outcome::Failure(f) if f.reason.kinds == ["redirect"])
        );
        let mut case = case;
        apply(&mut case, &edn::read_str("{:reply {:status 299}}").unwrap()).unwrap();
        assert!(matches!(&case.steps[0].outcome, Outcome::Reply(r) if r.value["status"] == 299));
    }

    #[test]
    fn misspelt_changes_are_errors() {
        for patch in [
            "{:replies {}}",
            "{:wire {9 {}}}",
            "{:wire {0 {:path \"/\"}}}",
            "{:steps {4 {}}}",
        ] {
            let mut case = testing::case();
            assert!(
                apply(&mut case, &edn::read_str(patch).unwrap()).is_err(),
                "{patch}"
            );
        }
    }
}
