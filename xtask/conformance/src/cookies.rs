//! `cookies/`: the suite of the IETF's http-state working group. `parser*.json` tells which cookies
//! must be sent back, `dates-*.json` what dates mean.

use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use courser_cookies::{Cookie, Jar, Policy, Site};
use serde_json::Value;

use crate::files;
use crate::report::{Tally, short};

const ORIGIN: &str = "http://home.example.org:8888";

pub(crate) fn run(folder: &Path) -> Result<Tally> {
    let mut tally = Tally::default();
    for (path, bytes) in files(folder, "json")? {
        let file = short(&path);
        let cases: Vec<Value> = serde_json::from_slice(&bytes).with_context(|| file.clone())?;
        let dates = file.contains("/dates");
        ensure!(dates || file.contains("/parser"), "{file} is not known");
        for case in cases {
            let name = text(&case, "test")?;
            if dates {
                tally.add(
                    format!("{file} {name}"),
                    date(name, case.get("expected").and_then(Value::as_str)),
                );
            } else if !name.starts_with("DISABLED_") {
                let case = SentBack::read(&case).with_context(|| format!("{file} {name}"))?;
                tally.add(format!("{file} {name}"), case.check());
            }
        }
    }
    Ok(tally)
}

fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str> {
    value
        .get(key)
        .and_then(Value::as_str)
        .with_context(|| format!("no {key}"))
}

fn date(written: &str, expected: Option<&str>) -> Result<(), String> {
    let read =
        |text| Cookie::parse(&format!("a=b; Expires={text}")).and_then(|cookie| cookie.expires);
    let (got, expected) = (read(written), expected.map(|text| (text, read(text))));
    match expected {
        None if got.is_some() => Err("is read, and should be none".to_owned()),
        Some((text, None)) => Err(format!("should be {text}, which is not read")),
        Some((text, expected)) if got != expected => {
            Err(format!("is another date or none, and should be {text}"))
        }
        _ => Ok(()),
    }
}

/// What comes, and what must be sent. All text has a character a byte, as in header fields.
struct SentBack {
    from: String,
    received: Vec<String>,
    to: String,
    expected: String,
}

impl SentBack {
    fn read(case: &Value) -> Result<Self> {
        let name = text(case, "test")?;
        let list = |key| {
            case.get(key)
                .and_then(Value::as_array)
                .with_context(|| format!("no {key}"))
        };
        let received = list("received")?
            .iter()
            .map(|line| line.as_str().map(latin1));
        let sent = list("sent")?.iter().map(|pair| {
            Ok(latin1(&format!(
                "{}={}",
                text(pair, "name")?,
                text(pair, "value")?
            )))
        });
        let to = match case.get("sent-to").and_then(Value::as_str) {
            Some(url) if url.starts_with('/') => format!("{ORIGIN}{url}"),
            Some(url) => url.to_owned(),
            None => format!("{ORIGIN}/cookie-parser-result?{name}"),
        };
        Ok(SentBack {
            from: format!("{ORIGIN}/cookie-parser?{name}"),
            received: received
                .collect::<Option<_>>()
                .context("a line that is no text")?,
            to,
            expected: sent.collect::<Result<Vec<_>>>()?.join("; "),
        })
    }

    /// The suite is of RFC 6265, which is the policy `standard`. What browsers do now, the policy
    /// `default`, differs from it only in that a value needs no name.
    fn check(&self) -> Result<(), String> {
        let nameless =
            |line: &String| Cookie::parse(line).is_some_and(|cookie| cookie.name.is_empty());
        let both = !self.received.iter().any(nameless);
        let policies = [Some(Policy::Standard), both.then_some(Policy::Default)];
        for policy in policies.into_iter().flatten() {
            let got = self.sent(&policy)?;
            if got != self.expected {
                return Err(format!(
                    "{got:?} is sent by {policy:?}, and should be {:?}",
                    self.expected
                ));
            }
        }
        Ok(())
    }

    fn sent(&self, policy: &Policy) -> Result<String, String> {
        let uri = |text: &str| {
            text.parse::<http::Uri>()
                .map_err(|error| format!("{text}: {error}"))
        };
        let (from, to) = (uri(&self.from)?, uri(&self.to)?);
        let jar = Jar::new().with_clock(january_2011);
        for line in &self.received {
            jar.set_cookie(&Site::of(&from).ok_or("no host")?, line, policy);
        }
        let value = jar.header(&Site::of(&to).ok_or("no host")?, policy);
        Ok(value.map_or(String::new(), |value| {
            value
                .as_bytes()
                .iter()
                .map(|&byte| char::from(byte))
                .collect()
        }))
    }
}

fn latin1(text: &str) -> String {
    text.bytes().map(char::from).collect()
}

/// When the suite's cookies have not ended yet.
fn january_2011() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_293_840_000)
}
