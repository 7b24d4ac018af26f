//! A case and an observation that agree, for the tests of the others.

use std::collections::BTreeMap;

use courser_coerce::edn;
use courser_testkit::Exchange;

use crate::case::{self, Case, Step};
use crate::client::Got;
use crate::compare::{Observation, Observed};

pub(crate) const PORTS: [u16; 2] = [1001, 1002];

const CASE: &str = r#"[{"id": "a", "topic": "t", "connections": 1, "script": [{"raw": "HTTP/1.1 204 N\r\n\r\n"}],
    "request": "{:method :post, :url \"http://127.0.0.1:PORT/\"}", "lookups": [[":a", ["1", "2"]]],
    "options": "{:lookup [:a]}", "cookie_stores": {"cs": {"edn": "{\"a\" {:value \"1\"}}"}},
    "wire": [{"method": "POST", "target": "/", "version": "HTTP/1.1", "body": "--{{BOUNDARY}}", "framing": "length",
        "headers": [["Host", "127.0.0.1:PORT"], ["X", "1"], ["X", "2"], ["Content-Length", "{{LENGTH}}"],
            ["User-Agent", "Apache-HttpClient/4"]],
        "port": "PORT", "incomplete": false, "random": {"BOUNDARY": "x", "LENGTH": "3"}}],
    "response": {"status": 200, "headers_kind": "header-map", "keys": ["request-time"],
        "edn": "{:status 200, :length 5, :headers {\"Content-Type\" \"text/plain\"}, :streaming? true, :body \"hello\"}"}}]"#;

pub(crate) fn case() -> Case {
    case::parse(CASE.as_bytes()).unwrap().remove(0)
}

pub(crate) fn step() -> Step {
    case().steps.remove(0)
}

pub(crate) fn got(map: &str) -> Got {
    Got::Reply {
        value: edn::read_str(map).unwrap(),
        header_map: true,
        lookups: vec![edn::read_str(r#"["1" "2"]"#).unwrap()],
    }
}

pub(crate) fn seen() -> Observation {
    let headers = [
        ("x", "2"),
        ("x", "1"),
        ("host", "127.0.0.1:1001"),
        ("user-agent", "courser/0"),
        ("content-length", "5"),
    ];
    let exchange = Exchange {
        method: "POST".to_owned(),
        target: "/".to_owned(),
        version: "HTTP/1.1".to_owned(),
        headers: headers.map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec(),
        body: b"--abc".to_vec(),
        framing: courser_testkit::Framing::Length,
        port: PORTS[0],
        ..Exchange::default()
    };
    let observed = Observed {
        got: got(
            r#"{:status 200, :request-time 1, :length 5, :headers {"content-type" "text/plain"}, :body "hello", :timings {}}"#,
        ),
        wire: vec![exchange],
        cookie_stores: BTreeMap::from([(
            "cs".to_owned(),
            edn::read_str(r#"{"a" {:value "1"}}"#).unwrap(),
        )]),
        at: 0,
    };
    Observation {
        steps: vec![observed],
        connections: 1,
        ports: PORTS,
    }
}
