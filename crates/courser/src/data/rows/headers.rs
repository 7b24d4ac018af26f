//! Header fields, and options that become some.

use courser_coerce::Value;
use courser_core::{Headers, excerpt};

use super::super::header_name::canonical;
use super::super::option::Entry;
use super::super::parse::{Outcome, Unfit, charset, media_type, put, text, word};

pub(in crate::data) const ROWS: &[Entry] = &[
    Entry::new(
        "headers",
        "a map of names to strings, numbers, or sequences of them",
        "{}",
        "header fields; names that are keywords are sent in canonical case",
        |d, v, _| {
            d.request.headers = headers(v)?;
            Ok(())
        },
    )
    .secret(),
    Entry::new(
        "accept",
        MEDIA_TYPE,
        "none",
        "the media type that is wanted",
        |d, v, _| put(&mut d.request.accept, media_type(v)),
    ),
    Entry::new(
        "accept-encoding",
        "a sequence of codings, such as [:gzip :deflate]",
        "what can be decoded",
        "the content codings that are wanted, exactly",
        |d, v, _| put(&mut d.request.accept_encoding, codings(v)),
    ),
    Entry::new(
        "content-type",
        MEDIA_TYPE,
        "by the body",
        "the media type of the body",
        |d, v, _| put(&mut d.request.content_type, media_type(v)),
    ),
    Entry::new(
        "character-encoding",
        "the name of a charset",
        "none",
        "a charset for :content-type: appended as `; charset=`",
        |d, v, _| put(&mut d.request.character_encoding, charset(v)),
    ),
    Entry::new(
        "user-agent",
        "a string",
        "\"courser/VERSION\"",
        "the name of the client",
        |d, v, _| put(&mut d.request.user_agent, text(v)),
    ),
];

const MEDIA_TYPE: &str =
    "a string, or a keyword: :json is application/json, :text/html is text/html";

fn codings(value: &Value) -> Outcome<Vec<String>> {
    match value.as_slice() {
        Some(items) => items
            .iter()
            .map(|item| word(item).map(str::to_owned))
            .collect(),
        None => word(value).map(|one| vec![one.to_owned()]),
    }
}

fn headers(value: &Value) -> Outcome<Headers> {
    let map = value.as_map().ok_or(Unfit::Type)?;
    let mut headers = Headers::with_capacity(map.len());
    for (key, value) in map {
        let name = match key {
            Value::Keyword(keyword) => canonical(keyword.as_str()),
            Value::String(name) => name.clone(),
            _ => return Err(Unfit::Because(format!("has {} for a name", key.kind()))),
        };
        let values = value.as_slice().unwrap_or(std::slice::from_ref(value));
        // Of one name in two cases, the last wins.
        headers.remove(&name);
        for value in values {
            headers.append(&name, field_value(&name, value)?)?;
        }
    }
    Ok(headers)
}

/// As text of ISO-8859-1: as in clj-http, any other character becomes `?`. (The typed interface
/// refuses it instead.)
fn field_value(name: &str, value: &Value) -> Outcome<String> {
    Ok(match value {
        Value::Nil => String::new(),
        Value::String(text) => text
            .chars()
            .map(|c| if u32::from(c) > 0xff { '?' } else { c })
            .collect(),
        Value::Int(_) | Value::Float(_) | Value::Bool(_) => value.to_string(),
        Value::BigInt(number) => number.to_string(),
        _ => {
            let (name, kind) = (excerpt(name, 60), value.kind());
            return Err(Unfit::Because(format!(
                "has {kind} for the value of \"{name}\""
            )));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_recorded() {
        fn check<const N: usize>(map: [(&str, Value); N], expected: &[(&str, &str)]) {
            let keys = map.map(|(key, value)| {
                let key = match key.strip_prefix(':') {
                    Some(key) => Value::keyword(key),
                    None => key.into(),
                };
                (key, value)
            });
            let headers = headers(&Value::from(keys)).unwrap();
            let written: Vec<_> = headers
                .iter()
                .map(|(name, value)| (name.to_owned(), courser_core::value_text(value)))
                .collect();
            let written: Vec<_> = written
                .iter()
                .map(|(n, v)| (n.as_str(), v.as_ref()))
                .collect();
            assert_eq!(written, expected);
        }
        check(
            [("miXed", "m".into()), (":etag", "e".into())],
            &[("miXed", "m"), ("ETag", "e")],
        );
        check(
            [("X", Value::vector(["a", "b"])), ("Y", 1.into())],
            &[("X", "a"), ("X", "b"), ("Y", "1")],
        );
        check(
            [("X", Value::Nil), (":x-y", 1.5.into())],
            &[("X", ""), ("X-Y", "1.5")],
        );
        check(
            [("X-Thing", "one".into()), (":x-thing", "two".into())],
            &[("X-Thing", "two")],
        );
        check([("X", "café 日".into())], &[("X", "café ?")]);
        for wrong in [
            Value::from([("X", Value::from([("a", 1)]))]),
            Value::from([("X", Value::vector([Value::vector([1])]))]),
            Value::from([("X", "a\r\nEvil: 1")]),
            Value::from([("X Y", "a")]),
            Value::from([(1, "a")]),
            Value::from("X: 1"),
        ] {
            assert!(headers(&wrong).is_err(), "{wrong}");
        }
    }
}
