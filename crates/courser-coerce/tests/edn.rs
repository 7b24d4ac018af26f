//! EDN: the conformance data, bad input, limits and round trips.

#![cfg(feature = "edn")]
// Helpers of tests are tests too.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::{Path, PathBuf};

use courser_coerce::Value;
use courser_coerce::edn::{self, ErrorKind, Metadata, Options};
use proptest::prelude::*;
use values::value;

#[path = "values/typed.rs"]
mod typed;
mod values;

/// The documents of the public test suite, which is not part of the project: in the folder that
/// `COURSER_CONFORMANCE` names, else beside the project.
fn documents(folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance");
    let data = std::env::var_os("COURSER_CONFORMANCE").map_or(beside, PathBuf::from);
    let folder = data.join("edn").join(folder);
    if !folder.is_dir() {
        eprintln!(
            "SKIPPED: no documents in {}; name the folder of the edn-tests suite by COURSER_CONFORMANCE",
            folder.display()
        );
        return Vec::new();
    }
    let mut documents: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    documents.sort();
    assert!(documents.len() > 20);
    documents
}

fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(64 * 1024);
    thread.spawn(test).unwrap().join().unwrap();
}

#[test]
fn valid_documents_are_read_and_come_back() {
    for (path, bytes) in documents("valid") {
        let value = edn::read_slice(&bytes).unwrap_or_else(|e| panic!("{path:?}: {e}"));
        assert_eq!(
            edn::read_str(&edn::to_string(&value)).unwrap(),
            value,
            "{path:?}"
        );
        let pretty = edn::to_string_pretty(&value, 20);
        assert_eq!(edn::read_str(&pretty).unwrap(), value, "{path:?}");
        assert_eq!(
            edn::to_readable_string(&value).unwrap(),
            edn::to_string(&value)
        );
    }
}

#[test]
fn invalid_documents_are_errors_with_a_position() {
    for (path, bytes) in documents("invalid") {
        let error = edn::read_slice(&bytes).expect_err(&format!("{path:?}"));
        assert!(error.place().offset <= bytes.len(), "{path:?}: {error}");
        assert!(error.to_string().starts_with("line "), "{path:?}: {error}");
    }
}

/// Reads it if it can be read, and then it comes back.
fn survives(bytes: &[u8]) {
    match edn::read_slice(bytes) {
        Ok(value) => {
            let text = edn::to_string(&value);
            let again = edn::read_str(&text).unwrap_or_else(|e| panic!("{text:?}: {e}"));
            assert_eq!(again, value, "{text:?}");
        }
        Err(error) => {
            assert!(error.place().offset <= bytes.len(), "{error}");
            assert!(!error.to_string().is_empty());
        }
    }
}

#[test]
fn every_prefix_and_every_changed_byte_is_a_value_or_an_error() {
    for (_, bytes) in documents("valid").into_iter().chain(documents("invalid")) {
        for end in 0..bytes.len() {
            survives(&bytes[..end]);
        }
        let mut changed = bytes.clone();
        for at in 0..bytes.len() {
            for byte in 0..=255 {
                changed[at] = byte;
                survives(&changed);
            }
            changed[at] = bytes[at];
        }
    }
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let printed = match edn::read_str(text) {
        Ok(value) => value.to_string(),
        Err(error) => error.to_string(),
    };
    assert_eq!(printed, expected, "{text}");
}

#[test]
fn what_clojure_reads_beyond_the_specification() {
    check("", "nil");
    check(" ,;comment", "nil");
    check("#_ #_ 1 2 3", "3");
    check("[1 #_ #_ 2 3]", "[1]");
    check("#! /bin/x\n1", "1");
    check("[##Inf ##-Inf ##NaN]", "[##Inf ##-Inf ##NaN]");
    check(
        r"[\a\b\newline\(\, \u00e9 \o101]",
        r"[\a \b \newline \( \, \é \A]",
    );
    check(r#""\u0041\377\ud83d\ude00""#, "\"Aÿ😀\"");
    check(
        "[0x1F 017 2r101 1/3 4/2 1N 1.10M]",
        "[31 15 5 1/3 2 1N 1.10M]",
    );
    check(
        "#:a{:b 1 :c/d 2 :_/e 3 f 4 \"g\" 5}",
        "{:a/b 1, :c/d 2, :e 3, a/f 4, \"g\" 5}",
    );
    check("#:a {}", "{}");
    check("^:dynamic ^{:doc \"x\"} sym", "sym");
    check("#^:old sym", "sym");
    check(
        "#inst\"1985-04-12T23:20:50.52Z\"",
        "#inst \"1985-04-12T23:20:50.520-00:00\"",
    );
    check(
        "#uuid \"F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6\"",
        "#uuid \"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\"",
    );
    check("#a #b/c [1]", "#a #b/c [1]");
    check("#_ #unknown/tag x 1", "1");
    check("\u{feff}{}", "{}");
    check("{:日本 :b.c/d-e}", "{:日本 :b.c/d-e}");
    // Recorded: as-clojure.
    check(
        "{:foo \"bar\" :baz [1 2.0 3/4 nil true \\c sym #{:s}]}",
        "{:foo \"bar\", :baz [1 2.0 3/4 nil true \\c sym #{:s}]}",
    );
    // Recorded: form-edn.
    let recorded = r#"{:a [1 "two" :three sym nil true 1.5 #{1}], "k" \c}"#;
    check(recorded, recorded);
}

#[test]
fn errors_say_where_and_what() {
    for (text, expected) in [
        // Recorded: as-clojure-malformed, where Clojure says "Unexpected EOF while reading item 1 of
        // map."
        (
            "{:a",
            "line 1, column 4: found the end of the text, expected `}` \
             (the map of line 1, column 1)",
        ),
        (
            "[1\n (2 ]",
            "line 2, column 5: found `]`, expected `)` to close the list of line 2, column 2",
        ),
        ("}", "line 1, column 1: found `}`, which closes nothing"),
        (
            "1 2",
            "line 1, column 3: found another value, expected the end of the text",
        ),
        (
            "{:a}",
            "line 1, column 4: found `}`, expected a value: the map of line 1, column 1 has a key without one",
        ),
        ("{:a 1 :a 2}", "line 1, column 1: duplicate key :a"),
        ("#{1 1N}", "line 1, column 1: duplicate element 1N"),
        ("#{[1] (1)}", "line 1, column 1: duplicate element (1)"),
        ("#:a{:b 1 :a/b 2}", "line 1, column 4: duplicate key :a/b"),
        (
            "[#_]",
            "line 1, column 4: found `]`, expected a value for the `#_`",
        ),
        (
            "[#a]",
            "line 1, column 4: found `]`, expected a value for the tag",
        ),
        (
            "[^:a]",
            "line 1, column 5: found `]`, expected a value for the `^`",
        ),
        (
            "#_",
            "line 1, column 3: found the end of the text, expected a value (the `#_` of line 1, column 1)",
        ),
        (
            "é \"abc",
            "line 1, column 7: found the end of the text, expected `\"` (the string of line 1, column 3)",
        ),
        (
            "\"a\\q\"",
            "line 1, column 3: invalid escape `\\q`: expected one of \\n \\t \\r \\\" \\\\ \\b \\f \\uXXXX \\377",
        ),
        (
            "[4cats]",
            "line 1, column 2: invalid number `4cats`: expected digits, as in 42, 1.5e3, 1/3, 0x1F, 2r101, 1N or 1.5M",
        ),
        (
            "#\"a\"",
            "line 1, column 1: invalid notation `#\"`: EDN has no regular expressions",
        ),
        // Recorded: as-clojure-no-eval, in the same words.
        (
            "#=(+ 1 2)",
            "line 1, column 1: No reader function for tag =.",
        ),
        (
            "#::{:a 1}",
            "line 1, column 1: invalid namespaced map `#::`: EDN has no current namespace; expected #:name{",
        ),
        (
            "::a",
            "line 1, column 1: invalid keyword `::a`: EDN has no keywords that depend on a current namespace",
        ),
        (
            "#inst \"x\"",
            "line 1, column 1: cannot read #inst: not a date: expected RFC 3339, such as 1985-04-12T23:20:50.52Z",
        ),
        (
            "#uuid 1",
            "line 1, column 1: cannot read #uuid: expected a string, found an integer",
        ),
        (
            "\\newline0.1",
            "line 1, column 1: invalid character `\\newline0.1`: expected one character, or \\newline, \\space, \\tab, \\return, \\backspace, \\formfeed, \\uXXXX or \\o377",
        ),
    ] {
        check(text, expected);
    }
    let error = edn::read_slice(b"[\"a\xff\"]").unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 1, column 4: bytes that are not UTF-8"
    );
}

#[test]
fn unfinished_text_is_told_from_wrong_text() {
    for (text, incomplete) in [
        ("{:a", true),
        ("\"a", true),
        ("\"a\\", true),
        ("\"a\\u12", true),
        ("#", true),
        ("#_", true),
        ("#a", true),
        ("\\", true),
        ("^a", true),
        ("#:a", true),
        ("]", false),
        ("[)", false),
        ("\"\\q", false),
    ] {
        assert_eq!(
            edn::read_str(text).unwrap_err().is_incomplete(),
            incomplete,
            "{text}"
        );
    }
}

#[test]
fn several_forms() {
    let options = Options::default();
    let mut forms = edn::forms("{:a 1} ; one\n #_ skipped {:b 2}\n]", &options);
    assert_eq!(forms.next().unwrap().unwrap().to_string(), "{:a 1}");
    assert_eq!(forms.next().unwrap().unwrap().to_string(), "{:b 2}");
    assert_eq!(forms.next().unwrap().unwrap_err().place().line, 3);
    assert!(forms.next().is_none());
    assert!(edn::forms(" ; nothing", &options).next().is_none());
}

#[test]
fn metadata_is_kept_by_option() {
    let options = Options {
        metadata: Metadata::Keep,
        ..Options::default()
    };
    let value = edn::read_str_with("[^{:m 1} [1] #_ ^a b]", &options).unwrap();
    assert_eq!(value.to_string(), "[#with-meta [[1] {:m 1}]]");
}

#[test]
fn a_hundred_thousand_levels_are_refused_or_read_without_a_stack() {
    on_a_small_stack(|| {
        let deep = Options {
            max_depth: 10_000_000,
            ..Options::default()
        };
        for (open, inner, close) in [
            ("[", "", "]"),
            ("(", "", ")"),
            ("#{", "", "}"),
            ("{", "1 1", "}"),
            ("{1 ", "1", "}"),
            ("#{1 ", "2", "}"),
            ("#a ", "1", ""),
            ("#_ ", "1 ", "1 "),
            ("^1 ", "1", ""),
            ("#a[({:b #{1 ", "", "}})]"),
        ] {
            let levels = 100_000 / open.len();
            let text = format!("{}{inner}{}", open.repeat(levels), close.repeat(levels));
            let error = edn::read_str(&text).unwrap_err();
            assert_eq!(*error.kind(), ErrorKind::TooDeep { limit: 512 }, "{open}");
            match edn::read_str_with(&text, &deep) {
                Ok(value) => {
                    let copy = value.clone();
                    assert!(copy == value);
                    assert!(edn::to_string(&value).len() < text.len() * 2);
                }
                // `{{1 1}}`: the outer one has a key only; `#_` stacks leave as many values.
                Err(error) => assert!(
                    matches!(
                        *error.kind(),
                        ErrorKind::OddMap { .. } | ErrorKind::Trailing
                    ),
                    "{open}: {error}"
                ),
            }
            assert!(edn::read_str_with(&open.repeat(levels), &deep).is_err());
        }
    });
}

#[test]
fn wide_sets_and_maps_take_no_square_of_time() {
    let numbers = |n: i64| {
        (0..n)
            .map(|i| format!("[{i}] "))
            .collect::<Vec<_>>()
            .concat()
    };
    let set = edn::read_str(&format!("#{{{}}}", numbers(100_000))).unwrap();
    assert_eq!(set.as_set().unwrap().len(), 100_000);
    let error = edn::read_str(&format!("#{{{} [77]}}", numbers(100_000))).unwrap_err();
    assert!(
        error.to_string().ends_with("duplicate element [77]"),
        "{error}"
    );
    // Each level is hashed once, not once per level around it.
    let levels = 20_000;
    let nest = (0..levels)
        .map(|_| "#{0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 ")
        .collect::<String>();
    let deep = Options {
        max_depth: levels + 1,
        ..Options::default()
    };
    assert!(edn::read_str_with(&format!("{nest}{}", "}".repeat(levels)), &deep).is_ok());
}

#[test]
fn two_hundred_thousand_digits_are_refused_or_read_in_time() {
    let digits = "7".repeat(200_000);
    let error = edn::read_str(&digits).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::TooManyDigits { limit: 10_000 });
    let wide = Options {
        max_digits: 200_000,
        ..Options::default()
    };
    assert!(matches!(
        edn::read_str_with(&digits, &wide),
        Ok(Value::BigInt(_))
    ));
}

proptest! {
    #[test]
    fn typed_values_come_back(it in typed::typed()) {
        let text = edn::to_string_from(&it).unwrap();
        prop_assert_eq!(edn::from_str::<typed::Typed>(&text).unwrap(), it);
    }

    #[test]
    fn any_value_comes_back(value in value()) {
        let text = edn::to_readable_string(&value).unwrap();
        prop_assert_eq!(&edn::read_str(&text).unwrap(), &value);
        let pretty = edn::to_string_pretty(&value, 30);
        prop_assert_eq!(&edn::read_str(&pretty).unwrap(), &value);
        prop_assert_eq!(value.clone(), value);
    }

    #[test]
    fn random_bytes_are_a_value_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        survives(&bytes);
    }

    #[test]
    fn random_notation_is_a_value_or_an_error(
        text in r#"([\[\](){}#^"\\;:_ ,/.+0-9a-fxrnuNM'é-]|##|#_|#\{|\\u){0,40}"#
    ) {
        survives(text.as_bytes());
    }
}
