//! The suite of the IETF's http-state working group (<https://github.com/abarth/http-state>), read in
//! place from the folder `cookies` of `COURSER_CONFORMANCE`, or of `shared/conformance` beside the
//! project. Where it is missing this says so.

// clippy allows these in the tests themselves, not in what they share.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
#![cfg(feature = "jar")]

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use courser_cookies::{Cookie, Jar, Policy, Site};
use serde_json::Value;

fn suite(file: &str) -> Option<Vec<Value>> {
    let folder = std::env::var_os("COURSER_CONFORMANCE").map(PathBuf::from);
    let beside = || {
        [env!("CARGO_MANIFEST_DIR"), "../../../shared/conformance"]
            .iter()
            .collect()
    };
    let file = folder.unwrap_or_else(beside).join("cookies").join(file);
    let Ok(text) = std::fs::read(&file) else {
        println!(
            "skipped: no {}; see https://github.com/abarth/http-state",
            file.display()
        );
        return None;
    };
    Some(serde_json::from_slice(&text).unwrap())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// A character a byte, as in header fields.
fn latin1(text: &str) -> String {
    text.bytes().map(char::from).collect()
}

fn january_2011() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_293_840_000)
}

/// The `Cookie` field that is sent after the answer of a test.
fn sent(test: &Value, policy: &Policy) -> String {
    let name = text(&test["test"]);
    let jar = Jar::new().with_clock(january_2011);
    let origin = Site::new(false, "home.example.org", "/cookie-parser");
    for line in test["received"].as_array().unwrap() {
        jar.set_cookie(&origin, &latin1(text(line)), policy);
    }
    let to = test["sent-to"]
        .as_str()
        .map_or_else(|| format!("/cookie-parser-result?{name}"), str::to_owned);
    let to = if to.starts_with('/') {
        format!("http://home.example.org:8888{to}")
    } else {
        to
    };
    let to = to.parse().unwrap();
    let value = jar.header(&Site::of(&to).unwrap(), policy);
    value.map_or(String::new(), |value| {
        value
            .as_bytes()
            .iter()
            .map(|&byte| char::from(byte))
            .collect()
    })
}

#[test]
fn cookies_are_sent_back() {
    let Some(tests) = suite("parser.json") else {
        return;
    };
    let mut failed = Vec::new();
    for test in &tests {
        let name = text(&test["test"]);
        if name.starts_with("DISABLED_") {
            continue;
        }
        let expected = test["sent"].as_array().unwrap().iter();
        let expected: Vec<String> = expected
            .map(|pair| latin1(&format!("{}={}", text(&pair["name"]), text(&pair["value"]))))
            .collect();
        let expected = expected.join("; ");
        let got = sent(test, &Policy::Standard);
        if got != expected {
            failed.push(format!("{name}: {got} instead of {expected}"));
        }
        // RFC 6265bis differs from the suite only in that a value needs no name.
        let nameless = test["received"].as_array().unwrap().iter().any(|line| {
            Cookie::parse(&latin1(text(line))).is_some_and(|cookie| cookie.name.is_empty())
        });
        let got = sent(test, &Policy::Default);
        if got != expected && !nameless {
            failed.push(format!("{name} by default: {got} instead of {expected}"));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn dates_are_read() {
    for file in ["dates-examples.json", "dates-bsd-examples.json"] {
        for test in suite(file).unwrap_or_default() {
            let date = |text: &str| {
                Cookie::parse(&format!("a=b; Expires={text}"))
                    .unwrap()
                    .expires
            };
            let got = date(text(&test["test"]));
            let expected = test["expected"].as_str().map(|text| date(text).unwrap());
            assert_eq!(got, expected, "{test}");
        }
    }
}
