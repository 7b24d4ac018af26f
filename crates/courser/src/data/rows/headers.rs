//! Header fields, and options that become some.

use courser_coerce::Value;
use courser_core::{Headers, excerpt};

use super::super::header_name::canonical;
use super::super::option::Entry;
use super::super::parse::{Outcome, Unfit, charset, items, media_type, put, text, word};

pub(in crate::data) const ROWS: &[Entry] = &[
    Entry::new(
        "headers",
        "a map of names to values, or to sequences of them",
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
    let items = items(value)?.iter();
    items.map(|item| word(item).map(str::to_owned)).collect()
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
        let values = items(value).unwrap_or(std::slice::from_ref(value));
        // Of one name in two cases, the last wins.
        headers.remove(&name);
        for value in values {
            headers.append(&name, field_value(&name, value)?)?;
        }
    }
    Ok(headers)
}

/// As Clojure's `str` has it, keywords with their colon, in ISO-8859-1: as in clj-http, any other
/// character becomes `?`. (The typed interface refuses it instead.)
fn field_value(name: &str, value: &Value) -> Outcome<String> {
    Ok(match value {
        Value::Nil => String::new(),
        Value::String(text) => latin1(text.chars()),
        Value::Char(c) => latin1([*c]),
        Value::Keyword(_) | Value::Symbol(_) => latin1(value.to_string().chars()),
        Value::Int(_) | Value::Float(_) | Value::Bool(_) | Value::Ratio(_) => value.to_string(),
        Value::BigInt(number) => number.to_string(),
        Value::Decimal(number) => number.to_string(),
        Value::Inst(time) => time.to_rfc3339(),
        Value::Uuid(id) => id.to_string(),
        _ => {
            let (name, kind) = (excerpt(name, 60), value.kind());
            return Err(Unfit::Because(format!(
                "has {kind} for the value of \"{name}\""
            )));
        }
    })
}

/// A `?` for each of Java's characters, of which there are two beyond U+FFFF.
fn latin1(text: impl IntoIterator<Item = char>) -> String {
    let mut out = String::new();
    for c in text {
        if u32::from(c) > 0xff {
            out.extend(std::iter::repeat_n('?', c.len_utf16()));
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codings_are_a_collection() {
        let both = ["gzip".to_owned(), "br".to_owned()];
        let listed = Value::list([Value::keyword("gzip"), "br".into()]);
        assert_eq!(codings(&listed).unwrap(), both);
        assert_eq!(codings(&Value::set(["br"])).unwrap(), ["br"]);
        assert!(codings(&"gzip".into()).is_err());
    }

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
        check([("X", "café 日😀".into())], &[("X", "café ???")]);
        check(
            [
                ("X", Value::keyword("a/b")),
                ("Y", Value::ratio(1, 2)),
                ("Z", Value::set(["one"])),
            ],
            &[("X", ":a/b"), ("Y", "1/2"), ("Z", "one")],
        );
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
