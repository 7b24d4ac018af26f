//! Streams: what comes in pieces is what comes at once, and what the codecs read.

// Helpers of tests are tests too.
#![allow(clippy::unwrap_used)]

use courser_coerce::stream::{Event, Events, Frames, Framing};
use proptest::prelude::*;

const ALL: [Framing; 5] = [
    Framing::JsonArray,
    Framing::JsonLines,
    Framing::Json,
    Framing::Edn,
    Framing::MessagePack,
];

/// The items that a stream has when it comes in pieces of that size, and how it ends.
fn frames(framing: Framing, stream: &[u8], size: usize) -> (Vec<Vec<u8>>, Option<String>) {
    let mut frames = Frames::new(framing).with_limit(1 << 16);
    let mut items = Vec::new();
    let mut take = |frames: &mut Frames| loop {
        match frames.next() {
            Ok(Some(frame)) => items.push(frame.bytes.to_vec()),
            Ok(None) => return None,
            Err(error) => {
                assert!(
                    error.offset() <= stream.len() as u64 && error.item() > 0,
                    "{error}"
                );
                return Some(error.to_string());
            }
        }
    };
    for piece in stream.chunks(size) {
        frames.feed(piece);
        take(&mut frames);
    }
    frames.end();
    let error = take(&mut frames);
    (items, error)
}

fn events(stream: &[u8], size: usize) -> Vec<Event> {
    let mut events = Events::default();
    let mut all = Vec::new();
    for piece in stream.chunks(size) {
        events.feed(piece);
        while let Some(event) = events.next().unwrap() {
            all.push(event);
        }
    }
    all
}

fn survives(stream: &[u8]) {
    for framing in ALL {
        let whole = frames(framing, stream, usize::MAX);
        for size in [1, 2, 7] {
            assert_eq!(
                frames(framing, stream, size),
                whole,
                "{framing:?} {size} {stream:?}"
            );
        }
    }
    let whole = events(stream, usize::MAX);
    for size in [1, 2, 7] {
        assert_eq!(events(stream, size), whole, "{size} {stream:?}");
    }
}

const DOCUMENT: &[u8] =
    b"[1, {\"a\": [\"x\\\"]\"]}, \"\xc3\xa9\"]\n#_ 2 #inst \"x\" \\( ^m #{3} ; c\r\nid: 7\n\
    data: x\r\n\r\ndata\n\n";

#[test]
fn pieces_make_no_difference_whatever_comes() {
    for end in 0..=DOCUMENT.len() {
        survives(&DOCUMENT[..end]);
    }
    let mut changed = DOCUMENT.to_vec();
    for at in 0..changed.len() {
        let original = changed[at];
        for byte in 0..=255 {
            changed[at] = byte;
            survives(&changed);
        }
        changed[at] = original;
    }
}

proptest! {
    #[test]
    fn random_bytes(stream in prop::collection::vec(any::<u8>(), 0..80)) {
        survives(&stream);
    }

    #[test]
    fn random_words(stream in r#"([\[\]{}():,;"\\#_^! \r\n]|a|1|data|id|event|retry|#_|#!){0,30}"#) {
        survives(stream.as_bytes());
    }
}

/// The examples of the HTML standard, 9.2.6, and the cases of the web platform tests
/// (`eventsource/format-*`).
mod standard {
    use super::*;

    /// Each event as `type|data|id`.
    #[track_caller]
    fn check(stream: &str, expected: &[&str]) {
        for size in [usize::MAX, 1] {
            let shown: Vec<String> = events(stream.as_bytes(), size)
                .iter()
                .map(|event| format!("{}|{}|{}", event.event, event.data, event.id))
                .collect();
            assert_eq!(shown, expected, "{stream:?}");
        }
    }

    #[test]
    fn examples() {
        check(
            "data: YHOO\ndata: +2\ndata: 10\n\n",
            &["message|YHOO\n+2\n10|"],
        );
        check(
            ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
            &[
                "message|first event|1",
                "message|second event|",
                "message| third event|",
            ],
        );
        check("data\n\ndata\ndata\n\ndata:", &["message||", "message|\n|"]);
        check(
            "data:test\n\ndata: test\n\n",
            &["message|test|", "message|test|"],
        );
        check(
            "event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\nevent: add\ndata: 113411\n\n",
            &["add|73857293|", "remove|2153|", "add|113411|"],
        );
        check(
            "data: This is the first message.\n\ndata: This is the second message, it\ndata: has two lines.\n\n",
            &[
                "message|This is the first message.|",
                "message|This is the second message, it\nhas two lines.|",
            ],
        );
    }

    #[test]
    fn web_platform_tests() {
        // format-bom, format-bom-2
        check(
            "\u{feff}data:1\n\n\u{feff}data:2\n\ndata:3\n\n",
            &["message|1|", "message|3|"],
        );
        check(
            "\u{feff}\u{feff}data:1\n\ndata:2\n\ndata:3\n\n",
            &["message|2|", "message|3|"],
        );
        // format-comments
        let long = "x".repeat(2048);
        check(
            &format!("data:1\r:\0\n:\r\ndata:2\n:{long}\rdata:3\n:data:fail\r:{long}\ndata:4\n\n"),
            &["message|1\n2\n3\n4|"],
        );
        // format-data-before-final-empty-line
        check(
            "retry:1000\ndata:test1\n\nid:test\ndata:test2",
            &["message|test1|"],
        );
        // format-field-data
        check(
            "data:\n\ndata\ndata\n\ndata:test\n\n",
            &["message||", "message|\n|", "message|test|"],
        );
        // format-field-event, format-field-event-empty
        check(
            "event:test\ndata:x\n\ndata:x\n\n",
            &["test|x|", "message|x|"],
        );
        check("event: \ndata:data\n\n", &["message|data|"]);
        // format-field-id, format-field-id-3, format-field-id-null
        check("id: 1\ndata\n\ndata: 2\n\n", &["message||1", "message|2|1"]);
        check("id: 1\n\ndata: 2\n\n", &["message|2|1"]);
        check("id: 1\0 2\ndata: x\n\n", &["message|x|"]);
        // format-field-parsing
        check(
            "data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\rdata:\r\n data:32\ndata:4\n\n",
            &["message|\0\n 2\n1\n3\n\n4|"],
        );
        // format-field-unknown, format-leading-space
        check(
            "data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\ndata:test\n\n",
            &["message|test\n\ntest|"],
        );
        check(
            "data:\ttest\rdata: \ndata:test\n\n",
            &["message|\ttest\n\ntest|"],
        );
        // format-newlines
        check(
            "data:test\r\ndata\ndata:test\r\n\r",
            &["message|test\n\ntest|"],
        );
        // format-null-character, format-utf-8
        check("data:\0\n\n\n\n", &["message|\0|"]);
        check("data:ok\u{2026}\n\n", &["message|ok\u{2026}|"]);
        let lossy = events(b"data: a\xffb\xe2\x80\n\n", 1);
        assert_eq!(lossy[0].data, "a\u{fffd}b\u{fffd}");
    }

    #[test]
    fn retries() {
        use std::time::Duration;
        let retry = |stream: &str| {
            let mut events = Events::default();
            events.feed(stream.as_bytes());
            assert!(events.next().is_ok());
            events.retry()
        };
        assert_eq!(retry("retry:3000\n"), Some(Duration::from_secs(3)));
        assert_eq!(retry("retry: 03\n"), Some(Duration::from_millis(3)));
        assert_eq!(retry("retry:3000"), None, "no whole line");
        // format-field-retry-bogus, format-field-retry-empty
        assert_eq!(
            retry("retry:3000\nretry:1000x\n"),
            Some(Duration::from_secs(3))
        );
        assert_eq!(retry("retry\n"), None);
        assert_eq!(retry("retry:-1\n"), None);
        assert_eq!(retry("retry:99999999999999999999999\n"), None);
    }

    #[test]
    fn the_last_id_is_known_with_the_empty_line() {
        let mut events = Events::after("5");
        events.feed(b"id: 6\ndata: x\n");
        assert!(events.next().unwrap().is_none());
        assert_eq!(events.last_event_id(), "5");
        events.feed(b"\n");
        assert_eq!(events.next().unwrap().unwrap().id, "6");
        assert_eq!(events.last_event_id(), "6");
    }

    #[test]
    fn an_event_has_a_limit() {
        for endless in ["data: xxxxxxxx\n", "xxxxxxxxxxxx", "data: x"] {
            let mut events = Events::default().with_limit(1000);
            let mut error = None;
            for _ in 0..1000 {
                events.feed(endless.as_bytes());
                error = error.or(events.next().err());
            }
            let error = error.unwrap();
            assert_eq!(error.message(), "it is larger than 1000 bytes");
            assert!(error.offset() < 2000, "{error}");
        }
    }
}

#[cfg(feature = "edn")]
mod edn {
    use super::*;
    use courser_coerce::edn;

    proptest! {
        /// Where the reader of the whole text finds values, the frames are the same values.
        #[test]
        fn frames_are_forms(text in r#"([\[\](){} ,]|"[a-z)\\]{0,2}"|\\[(a]|#_|#\{|#a |\^a |;[a)]*\n|[a-c]|:k|1|##Inf){0,16}"#) {
            let options = edn::Options::default();
            let forms: Result<Vec<_>, _> = edn::forms(&text, &options).collect();
            let (items, error) = frames(Framing::Edn, text.as_bytes(), 3);
            if let Ok(forms) = forms {
                prop_assert_eq!(error, None, "{:?}", &text);
                let read: Result<Vec<_>, _> = items.iter().map(|item| edn::read_slice(item)).collect();
                prop_assert_eq!(read.unwrap(), forms, "{:?}", &text);
            } else if !text.contains("#_") {
                // What is discarded is not looked into.
                let fails = error.is_some() || items.iter().any(|item| edn::read_slice(item).is_err());
                prop_assert!(fails, "{:?}", &text);
            }
        }
    }
}

#[cfg(feature = "json")]
mod json {
    use super::*;

    proptest! {
        /// An array is its items.
        #[test]
        fn items_are_the_array(text in r#"\[([\[\]{}, ]|"[a-z\\]{0,2}"|"k":|true|1|-2.5e3){0,12}\]"#) {
            let whole = serde_json::from_str::<Vec<serde_json::Value>>(&text);
            let (items, error) = frames(Framing::JsonArray, text.as_bytes(), 2);
            let items: Result<Vec<serde_json::Value>, _> =
                items.iter().map(|item| serde_json::from_slice(item)).collect();
            match whole {
                Ok(whole) => {
                    prop_assert_eq!(error, None);
                    prop_assert_eq!(items.unwrap(), whole);
                }
                Err(_) => prop_assert!(error.is_some() || items.is_err(), "{}", text),
            }
        }
    }
}

#[cfg(feature = "transit")]
mod transit {
    use super::*;
    use courser_coerce::Value;
    use courser_coerce::transit::{self, Format};

    /// Each value begins with an empty cache, as Transit's writers have it.
    #[test]
    fn values_follow_each_other() {
        let value = Value::vector([
            Value::keyword_map([("long-key", 1.into())]),
            Value::keyword_map([("long-key", 2.into())]),
        ]);
        for (format, framing) in [
            (Format::Json, Framing::Json),
            (Format::JsonVerbose, Framing::Json),
            (Format::MessagePack, Framing::MessagePack),
        ] {
            let one = transit::write(&value, format).unwrap();
            let (items, error) = frames(framing, &[&one[..], &one, &one].concat(), 5);
            assert_eq!(error, None);
            assert_eq!(items.len(), 3);
            for item in items {
                assert_eq!(transit::read_slice(&item, format).unwrap(), value);
            }
        }
    }
}
