//! The file of cases, as it is written.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use courser_coerce::value::Map;
use courser_coerce::{Value, edn};
use serde::Deserialize;

use crate::value::keyword;

#[derive(Debug, Deserialize)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) topic: String,
    pub(crate) script: Vec<Answer>,
    pub(crate) connections: usize,
    #[serde(default)]
    pub(crate) steps: Vec<Step>,
    /// A case of one step has it here.
    #[serde(flatten)]
    pub(crate) step: Step,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    #[serde(default)]
    pub(crate) raw: String,
    #[serde(default)]
    pub(crate) delay_ms: u64,
    #[serde(default)]
    pub(crate) close: bool,
    #[serde(default)]
    pub(crate) drop: bool,
    #[serde(default)]
    pub(crate) repeat: bool,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Step {
    #[serde(default)]
    pub(crate) request: String,
    pub(crate) options: Option<String>,
    #[serde(default)]
    pub(crate) wire: Vec<Sent>,
    pub(crate) response: Option<Response>,
    pub(crate) exception: Option<Exception>,
    #[serde(default)]
    pub(crate) lookups: Vec<(String, serde_json::Value)>,
    #[serde(default)]
    pub(crate) cookie_stores: BTreeMap<String, Store>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) version: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) framing: String,
    pub(crate) port: String,
    pub(crate) incomplete: bool,
    #[serde(default)]
    pub(crate) random: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Response {
    pub(crate) edn: String,
    pub(crate) status: Option<i64>,
    pub(crate) keys: Option<Vec<String>>,
    pub(crate) headers_kind: Option<String>,
    body: Option<Body>,
    #[serde(flatten)]
    rest: serde_json::Map<String, serde_json::Value>,
}

#[derive(Debug, Deserialize)]
struct Body {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    value: String,
    #[serde(default)]
    base64: String,
    #[serde(default)]
    json: serde_json::Value,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Exception {
    pub(crate) class: String,
    #[serde(default)]
    pub(crate) message: Option<String>,
    pub(crate) data: Option<Response>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Store {
    pub(crate) edn: String,
}

impl Response {
    /// The response map by its JSON: keys are keywords but for the names of headers and cookies.
    pub(crate) fn to_value(&self) -> Result<Value> {
        let mut map = Map::new();
        map.insert(keyword("status"), Value::from(self.status));
        for (key, value) in &self.rest {
            let value = match (key.as_str(), value) {
                ("headers", value) => self::value(value),
                ("cookies", serde_json::Value::Object(cookies)) => cookies
                    .iter()
                    .map(|(name, cookie)| (name.as_str(), keywords(cookie)))
                    .collect::<Map>()
                    .into(),
                ("cached", serde_json::Value::String(cached)) => keyword(cached),
                (_, value) => keywords(value),
            };
            map.insert(keyword(key), value);
        }
        let body = self.body.as_ref().map(Body::to_value).transpose()?;
        map.insert(keyword("body"), Value::from(body));
        Ok(map.into())
    }
}

impl Body {
    fn to_value(&self) -> Result<Value> {
        let base64 = || Value::keyword_map([("b64", self.base64.as_str().into())]);
        Ok(match self.kind.as_str() {
            "string" => self.value.as_str().into(),
            "bytes" => Value::tagged("bytes", base64()),
            "stream" => Value::tagged("stream", base64()),
            "reader" => Value::tagged(
                "reader",
                Value::keyword_map([("text", self.value.as_str().into())]),
            ),
            "edn" => edn::read_str(&self.value).unwrap_or_else(|_| keywords(&self.json)),
            other => return Err(anyhow::anyhow!(other.to_owned())).context("the type of a body"),
        })
    }
}

/// JSON as it is, with strings for keys.
pub(crate) fn value(json: &serde_json::Value) -> Value {
    convert(json, &|key| key.into())
}

/// JSON with keywords for keys.
fn keywords(json: &serde_json::Value) -> Value {
    convert(json, &keyword)
}

// It calls itself, but serde_json has read no deeper than 128.
fn convert(json: &serde_json::Value, key: &dyn Fn(&str) -> Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(value) => (*value).into(),
        serde_json::Value::Number(number) => number
            .as_i64()
            .map_or_else(|| Value::from(number.as_f64()), Value::from),
        serde_json::Value::String(text) => text.as_str().into(),
        serde_json::Value::Array(items) => {
            Value::vector(items.iter().map(|item| convert(item, key)))
        }
        serde_json::Value::Object(entries) => entries
            .iter()
            .map(|(name, value)| (key(name), convert(value, key)))
            .collect::<Map>()
            .into(),
    }
}
