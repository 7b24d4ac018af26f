//! XML: bad input, round trips.

#![cfg(feature = "xml")]
// Helpers of tests are tests too.
#![allow(clippy::unwrap_used)]

use courser_coerce::Value;
use courser_coerce::xml::{self, WriteOptions};
use proptest::prelude::*;

const DOCUMENT: &str = "<?xml version='1.0' encoding='utf-8'?>\n<a b='1&amp;' c:d=\"é\">x &lt; \
    <!-- no --><e f='&#x41;'/><?p q?><![CDATA[<&]]>\n</a >\n";

/// A value that can be written and read again, or an error within the text.
fn survives(bytes: &[u8]) {
    match xml::read_slice(bytes) {
        Ok(Value::Nil) => assert!(std::str::from_utf8(bytes).unwrap_or("x").trim().len() <= 3),
        Ok(value) => {
            let written = xml::write(&value, &WriteOptions::default()).unwrap();
            assert_eq!(xml::read_str(&written).unwrap(), value, "{bytes:?}");
        }
        Err(error) => {
            // In UTF-8 text can be three times as long as in another charset.
            assert!(error.place().offset <= 3 * bytes.len(), "{error}");
            assert!(!error.message().is_empty());
        }
    }
}

#[test]
fn every_prefix_and_every_changed_byte_is_a_value_or_an_error() {
    for end in 0..=DOCUMENT.len() {
        survives(&DOCUMENT.as_bytes()[..end]);
    }
    let mut changed = DOCUMENT.as_bytes().to_vec();
    for at in 0..changed.len() {
        let original = changed[at];
        for byte in 0..=255 {
            changed[at] = byte;
            survives(&changed);
        }
        changed[at] = original;
    }
}

#[test]
fn no_entity_is_expanded() {
    let entities = (1..10).fold(String::new(), |all, n| {
        let inner = format!("&a{};", n - 1).repeat(10);
        all + &format!("<!ENTITY a{n} '{inner}'>")
    });
    let bomb = format!("<!DOCTYPE b [<!ENTITY a0 'ha'>{entities}]><b>&a9;</b>");
    let error = xml::read_str(&bomb).unwrap_err();
    assert_eq!(error.message(), "document type definitions are not read");
    let file = "<!DOCTYPE f [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><f>&x;</f>";
    assert!(xml::read_str(file).is_err());
}

fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z_é日][a-zA-Z0-9._:é-]{0,6}"
}

/// Text as the reader would make it: not blank, of characters that XML has.
fn text() -> impl Strategy<Value = String> {
    any::<String>().prop_map(|text| {
        let kept = text.chars().filter(|c| {
            !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
        });
        format!("t{}", kept.collect::<String>())
    })
}

fn element() -> impl Strategy<Value = Value> {
    fn make(tag: &str, attrs: Vec<(String, String)>, content: Vec<Value>) -> Value {
        let attrs: courser_coerce::value::Map = attrs
            .into_iter()
            .map(|(key, value)| (Value::keyword(&key), Value::from(value)))
            .collect();
        let attrs = if attrs.is_empty() {
            Value::Nil
        } else {
            Value::Map(attrs)
        };
        let content = if content.is_empty() {
            Value::Nil
        } else {
            Value::vector(content)
        };
        Value::keyword_map([
            ("tag", Value::keyword(tag)),
            ("attrs", attrs),
            ("content", content),
        ])
    }
    let attrs = || prop::collection::vec((name(), text()), 0..4);
    let leaf = (name(), attrs(), prop::option::of(text())).prop_map(|(tag, attrs, text)| {
        make(&tag, attrs, text.map(Value::from).into_iter().collect())
    });
    leaf.prop_recursive(5, 40, 6, move |inner| {
        let content = prop::collection::vec((inner, prop::option::of(text())), 0..6);
        (name(), attrs(), content).prop_map(|(tag, attrs, content)| {
            // Two texts in a row would be one.
            let content = content
                .into_iter()
                .flat_map(|(element, text)| [Some(element), text.map(Value::from)])
                .flatten();
            make(&tag, attrs, content.collect())
        })
    })
}

proptest! {
    #[test]
    fn any_element_comes_back(value in element()) {
        let written = xml::write(&value, &WriteOptions::default()).unwrap();
        prop_assert_eq!(xml::read_slice(written.as_bytes()).unwrap(), value);
    }

    #[test]
    fn random_markup_is_a_value_or_an_error(
        text in r#"(<[a-c]|</[a-c]>|/?>| [a-c]='[^'<&]{0,3}'|&(lt|#4[0-9]|x);|<!--|-->|<!\[CDATA\[|\]\]>|[ a-z"&]{0,3}){0,12}"#
    ) {
        survives(text.as_bytes());
    }

    #[test]
    fn random_bytes_are_a_value_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        survives(&bytes);
    }
}
