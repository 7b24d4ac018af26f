//! Transit: to the letter, bad input, limits and round trips.

#![cfg(feature = "transit")]
// Helpers of tests are tests too.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;

use courser_coerce::Value;
use courser_coerce::transit::{self, Error, Format, ReadOptions, WriteOptions, read_slice, write};
use proptest::prelude::*;
use values::value;

#[path = "values/typed.rs"]
mod typed;
mod values;

const ALL: [Format; 3] = [Format::Json, Format::JsonVerbose, Format::MessagePack];

fn read_json(text: &str) -> Result<Value, Error> {
    read_slice(text.as_bytes(), Format::Json)
}

fn json_of(value: &Value) -> String {
    String::from_utf8(write(value, Format::Json).unwrap()).unwrap()
}

/// What is read, printed as EDN, and that it is written again as it was.
#[track_caller]
fn same(json: &str, edn: &str) {
    let value = reads(json, edn);
    assert_eq!(json_of(&value), json, "written again");
    for format in ALL {
        let bytes = write(&value, format).unwrap();
        assert_eq!(read_slice(&bytes, format).unwrap(), value, "{format:?}");
    }
}

#[track_caller]
fn reads(json: &str, edn: &str) -> Value {
    let value = read_json(json).unwrap_or_else(|error| panic!("{json}: {error}"));
    assert_eq!(value.to_string(), edn, "{json}");
    value
}

#[test]
fn scalars() {
    same(r#"["~#'",null]"#, "nil");
    same(r#"["~#'",true]"#, "true");
    same(r#"["~#'","~:a/b"]"#, ":a/b");
    same(
        r#"["~#'","~u5a2cbea3-e8c6-428b-b525-21239370dd55"]"#,
        "#uuid \"5a2cbea3-e8c6-428b-b525-21239370dd55\"",
    );
    same(
        r#"["~$sym","~ca","~f1.50","~n5","~zNaN","~zINF","~z-INF"]"#,
        "[sym \\a 1.50M 5N ##NaN ##Inf ##-Inf]",
    );
    same(
        r#"["~m946728000000","~m-1"]"#,
        "[#inst \"2000-01-01T12:00:00.000-00:00\" #inst \"1969-12-31T23:59:59.999-00:00\"]",
    );
    same(
        r#"["~rhttp://example.com","~bAAEC"]"#,
        "[#uri \"http://example.com\" #bytes {:b64 \"AAEC\"}]",
    );
    same(r#"["~xfoo",["~#x",[1]]]"#, "[#x \"foo\" #x [1]]");
    // The largest integers that all readers have, and those beyond.
    same(
        r#"[9007199254740991,"~i9007199254740992","~i-9007199254740992"]"#,
        "[9007199254740991 9007199254740992 -9007199254740992]",
    );
    same("[1.5,100.0,1.0E10,-0.0]", "[1.5 100.0 1.0E10 -0.0]");
    reads(
        r#"["~_","~?t","~?f","~d1.5","~i5","~sx","~t2000-01-01T12:00:00Z"]"#,
        "[nil true false 1.5 5 \"x\" #inst \"2000-01-01T12:00:00.000-00:00\"]",
    );
    reads("[9223372036854775808]", "[9223372036854775808N]");
    reads(r#"["~i9223372036854775808"]"#, "[9223372036854775808N]");
    reads("", "nil");
    reads(" 5 ", "5");
}

#[test]
fn escapes() {
    same(
        r#"["~~","~~a","~^","~^ ","~^a","~`","~`a","a~","~~:a","~~#a"]"#,
        r#"["~" "~a" "^" "^ " "^a" "`" "`a" "a~" "~:a" "~#a"]"#,
    );
    reads(r#"["~"]"#, r#"["~"]"#);
}

#[test]
fn a_tag_that_would_be_an_escape_is_written_long() {
    for tag in ["`", "~", "^", "", "q"] {
        for text in ["", "x", "~x", "#x", "[~"] {
            let value = Value::tagged(tag, text);
            // As an item, as a key, and as the rep of another.
            let as_key = Value::Map(std::iter::once((value.clone(), Value::Nil)).collect());
            let all = [value.clone(), as_key, Value::tagged("far", value)];
            for (value, format) in all.iter().flat_map(|v| ALL.map(|format| (v, format))) {
                let bytes = write(value, format).unwrap();
                let back = read_slice(&bytes, format);
                assert_eq!(back.as_ref(), Ok(value), "{format:?} of {value:?}");
            }
        }
    }
}

#[test]
fn collections() {
    same("[]", "[]");
    same(r#"["^ "]"#, "{}");
    same(r#"["~#list",[1,["^0",[]]]]"#, "(1 ())");
    same(r#"["~#set",["~:a",["^0",[]]]]"#, "#{:a #{}}");
    same(r#"["~#ratio",["~n1","~n3"]]"#, "1/3");
    same(
        r#"["~#cmap",[[1,2],"v",null,"w"]]"#,
        "{[1 2] \"v\", nil \"w\"}",
    );
    same(
        r#"["^ ","~i1","a","~_",1,"~?t",2,"~d1.5",3,"s",4,"~~",5]"#,
        "{1 \"a\", nil 1, true 2, 1.5 3, \"s\" 4, \"~\" 5}",
    );
    same(
        r#"["~#link",["^ ","~:href","~rhttp://h/"]]"#,
        "#link {:href #uri \"http://h/\"}",
    );
    same(r#"["~#point",[1,["^0",[2]]]]"#, "#point [1 #point [2]]");
    // What only readers have to know.
    reads(
        r#"{"~:a":{"~#set":[1]},"b":{"~#'":"~:x"}}"#,
        "{:a #{1}, \"b\" :x}",
    );
    reads(
        r#"["~#u",[-1,-2]]"#,
        "#uuid \"ffffffff-ffff-ffff-ffff-fffffffffffe\"",
    );
    reads(r#"["~#m",5]"#, "#inst \"1970-01-01T00:00:00.005-00:00\"");
    reads(r#"["~#n","17"]"#, "17N");
}

#[test]
fn codes() {
    same(
        r#"["~:keyword","^0","~$symbol","^1","~:key","^2","~:k","~:k"]"#,
        "[:keyword :keyword symbol symbol :key :key :k :k]",
    );
    // Strings take numbers as keys only; and so do tags.
    same(
        r#"[["^ ","name",1],["^ ","^0",2],"name","name"]"#,
        "[{\"name\" 1} {\"name\" 2} \"name\" \"name\"]",
    );
    same(
        r#"[["~#list",[1]],["^0",[2]],["~#cmap",[[],["^0",[]]]]]"#,
        "[(1) (2) {[] ()}]",
    );
    same(
        r#"["^ ","~:aaaa",["^ ","^0",1,"~:bbbb","^1"]]"#,
        "{:aaaa {:aaaa 1, :bbbb :bbbb}}",
    );
    // Verbose JSON has none.
    let value = read_json(r#"["~:keyword","^0"]"#).unwrap();
    assert_eq!(
        write(&value, Format::JsonVerbose).unwrap(),
        br#"["~:keyword","~:keyword"]"#
    );
}

/// Keywords that come again after so many others: at the end of the cache it begins anew.
#[test]
fn the_cache_begins_anew() {
    for count in [1935, 1936, 1937, 4000] {
        let once = (0..count).map(|n| Value::keyword(&format!("key{n:04}")));
        let value = Value::vector(once.clone().chain(once));
        for format in ALL {
            let bytes = write(&value, format).unwrap();
            assert_eq!(
                read_slice(&bytes, format).unwrap(),
                value,
                "{count} {format:?}"
            );
        }
        let json = json_of(&value);
        assert_eq!(json.contains("^[["), count == 1936, "{count}");
    }
}

#[test]
fn verbose() {
    for (json, expected) in [
        (r#"["~#'",1]"#, r#"{"~#'":1}"#),
        (
            r#"["~#'","~m0"]"#,
            r#"{"~#'":"~t1970-01-01T00:00:00.000Z"}"#,
        ),
        (
            r#"["^ ","~:a",["~#set",[1,["^ "]]],"~i1",[]]"#,
            r#"{"~:a":{"~#set":[1,{}]},"~i1":[]}"#,
        ),
        (
            r#"["~#cmap",[[1],"a",null,2]]"#,
            r#"{"~#cmap":[[1],"a",null,2]}"#,
        ),
        (
            r#"[["~#ratio",["~n1","~n2"]],"x"]"#,
            r#"[{"~#ratio":["~n1","~n2"]},"x"]"#,
        ),
    ] {
        let value = read_json(json).unwrap();
        let verbose = write(&value, Format::JsonVerbose).unwrap();
        assert_eq!(String::from_utf8(verbose).unwrap(), expected);
    }
}

#[test]
fn message_pack() {
    let hex = |value: &str, expected: &str| {
        let value = read_json(value).unwrap();
        let bytes = write(&value, Format::MessagePack).unwrap();
        let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let text = digits.concat();
        assert_eq!(text, expected, "{value}");
        assert_eq!(read_slice(&bytes, Format::MessagePack).unwrap(), value);
    };
    hex(r#"["~#'",null]"#, "92a37e2327c0");
    // form-transit-msgpack of the recordings.
    hex(
        r#"["^ ","~:a",[1,"two","~:three"],"s",2.5,"~:n",null]"#,
        "83a37e3a619301a374776fa77e3a7468726565a173cb4004000000000000a37e3a6ec0",
    );
    hex(
        r#"["~m0","~m-6106017600000"]"#,
        "9292a37e236d0092a37e236dd3fffffa7254fd6e00",
    );
    hex(r#"["^ ","~m5",1]"#, "81a37e6d3501");
    hex(
        r#"["~i9223372036854775807",-1,-33,200]"#,
        "94cf7fffffffffffffffffd0dfccc8",
    );
    // Bytes as such, a float of 32 bits, integers without a sign.
    let read = |bytes: &[u8]| read_slice(bytes, Format::MessagePack).unwrap().to_string();
    assert_eq!(read(b"\xc4\x03\x00\x01\x02"), "#bytes {:b64 \"AAEC\"}");
    assert_eq!(read(b"\xca\x3f\x80\x00\x00"), "1.0");
    assert_eq!(
        read(b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
        "18446744073709551615N"
    );
    assert_eq!(
        read(b"\x92\xa3~#u\x92\xff\xfe"),
        "#uuid \"ffffffff-ffff-ffff-ffff-fffffffffffe\""
    );
}

#[test]
fn errors_say_what_and_where() {
    let check = |json: &str, message: &str, offset: usize| {
        let error = read_json(json).expect_err(json);
        assert_eq!(
            (error.message(), error.offset()),
            (message, Some(offset)),
            "{json}"
        );
    };
    check("[1", "the document ends too early: expected `,` or `]`", 2);
    check("[1] 2", "expected the end of the document", 4);
    check(
        r#"["^5"]"#,
        "the cache code \"^5\" stands for nothing that came before",
        1,
    );
    check(
        r#"["^"]"#,
        "the cache code \"^\" stands for nothing that came before",
        1,
    );
    check(
        r#"[1,"^ "]"#,
        "the mark of a map stands first in an array",
        3,
    );
    check(r#""~#a""#, "the tag \"a\" where a value is expected", 0);
    check(r#"[1,"~#a"]"#, "the tag \"a\" where a value is expected", 3);
    check(r#"["~#a"]"#, "the tag \"a\" stands for one value", 6);
    check(r#"["~#a",1,2]"#, "the tag \"a\" stands for one value", 10);
    check(
        r#"{"~#a":1,"b":2}"#,
        "the tag \"a\" stands for one value",
        14,
    );
    check(r#"["^ ","a"]"#, "a map with a key that has no value", 9);
    check(
        r#"["~#cmap",[1]]"#,
        "the tag \"cmap\" stands for an array of keys and values",
        13,
    );
    check(r#"["~#set",5]"#, "the tag \"set\" stands for an array", 10);
    check(r#"["~#ratio",[1,0]]"#, "a ratio with the denominator 0", 16);
    check(r#"["~i5x"]"#, "not an integer: \"5x\"", 1);
    check(r#"["~cab"]"#, "not one character: \"ab\"", 1);
    check(r#"["~b!"]"#, "not Base64: \"!\"", 1);
    check(r#"["~?x"]"#, "not a boolean, t or f: \"x\"", 1);
    check(
        r#"["~m999999999999999"]"#,
        "999999999999999 ms lie outside the years 0000 to 9999",
        1,
    );
    check("{1:2}", "expected a key in quotes or `}`", 1);
    check("[01]", "a number that is none, as JSON has them", 1);

    let check = |bytes: &[u8], message: &str, offset: usize| {
        let error = read_slice(bytes, Format::MessagePack).unwrap_err();
        assert_eq!((error.message(), error.offset()), (message, Some(offset)));
    };
    check(b"\x92\x01", "the document ends too early", 2);
    check(b"\x01\x02", "expected the end of the document", 1);
    check(b"\xa2\xff\xff", "a string that is not UTF-8", 0);
    check(
        b"\xc7\x01\x01\x01",
        "a type of MessagePack that Transit does not have",
        0,
    );
    // Lengths of 4 GiB are only claims.
    check(b"\xdb\xff\xff\xff\xffabc", "the document ends too early", 0);
    check(
        b"\xdd\xff\xff\xff\xff\x01",
        "the document ends too early",
        6,
    );
    check(
        b"\xdf\xff\xff\xff\xff\x01",
        "the document ends too early",
        6,
    );
    check(b"\xc6\xff\xff\xff\xffabc", "the document ends too early", 0);

    let error = write(&Value::tagged("set", 1), Format::Json).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the tag \"set\" has a meaning of Transit's own"
    );
}

#[test]
fn limits() {
    let deep = format!("{}{}", "[".repeat(600), "]".repeat(600));
    assert!(
        read_json(&deep)
            .unwrap_err()
            .message()
            .contains("deeper than 512")
    );
    let tags = format!("{}1{}", r#"["~#a","#.repeat(600), "]".repeat(600));
    assert!(
        read_json(&tags)
            .unwrap_err()
            .message()
            .contains("deeper than 512")
    );
    let packed = [0x91].repeat(1_000_000);
    let error = read_slice(&packed, Format::MessagePack).unwrap_err();
    assert!(error.message().contains("deeper than 512"));
    let digits = format!("[\"~n{}\"]", "9".repeat(1_000_000));
    assert!(
        read_json(&digits)
            .unwrap_err()
            .message()
            .contains("10000 digits")
    );

    // A long key, and codes of two bytes that stand for it.
    let key = "k".repeat(2 << 20);
    let again = r#",["^ ","^0",1]"#.repeat(1000);
    let bomb = format!(r#"[["^ ","{key}",1]{again}]"#);
    let error = read_json(&bomb).unwrap_err();
    let limit =
        "cache codes stand for more than 67108864 bytes of text (max_expansion, max_expanded)";
    assert_eq!(error.message(), limit);
}

#[test]
fn a_hundred_thousand_levels_are_written_without_a_stack() {
    let thread = std::thread::Builder::new().stack_size(64 * 1024);
    let test = || {
        let value = (0..100_000).fold(Value::Nil, |inner, level| match level % 4 {
            0 => Value::vector([inner]),
            1 => Value::list([inner]),
            2 => Value::tagged("tt", inner),
            _ => Value::from([(1, inner)]),
        });
        for format in ALL {
            assert!(write(&value, format).unwrap().len() > 100_000);
        }
    };
    thread.spawn(test).unwrap().join().unwrap();
}

#[test]
fn handlers() {
    let mut options = ReadOptions::default();
    let double = |rep: Value| {
        rep.as_i64()
            .map(|n| Value::from(2 * n))
            .ok_or("not an integer".to_owned())
    };
    options.handlers.insert("half".into(), Arc::new(double));
    options
        .handlers
        .insert("u".into(), Arc::new(|rep| Ok(Value::list([rep]))));
    let read = |json: &str| transit::read_slice_with(json.as_bytes(), Format::Json, &options);
    assert_eq!(read(r#"["~#half",4]"#).unwrap(), Value::Int(8));
    assert_eq!(read(r#"["~uabc"]"#).unwrap().to_string(), "[(\"abc\")]");
    let error = read(r#"["~#half","x"]"#).unwrap_err();
    assert_eq!(error.message(), "under the tag \"half\": not an integer");

    // A handler that writes what it was given under its own tag has no end.
    let mut options = WriteOptions::default();
    let again = |rep: &Value| Value::tagged("again", rep.clone());
    options.handlers.insert("again".into(), Arc::new(again));
    let error = transit::write_with(&Value::tagged("again", 1), Format::Json, &options);
    assert!(error.unwrap_err().message().contains("handlers are nested"));
}

/// Reads it if it can be read, and then it comes back from every format.
fn survives(bytes: &[u8], format: Format) {
    match read_slice(bytes, format) {
        Ok(value) => {
            for format in ALL {
                let Ok(bytes) = write(&value, format) else {
                    continue; // a tag of Transit's own, in a place where it means nothing
                };
                let again = read_slice(&bytes, format);
                assert_eq!(again.as_ref(), Ok(&value), "{format:?}");
            }
        }
        Err(error) => assert!(
            error.offset().is_some_and(|at| at <= bytes.len()),
            "{error}"
        ),
    }
}

#[test]
fn every_prefix_and_every_changed_byte_is_a_value_or_an_error() {
    let json = r#"[["^ ","~:keyword",[1,-2.5e3,null,true],"^0","~#list"],["~#cmap",[[1],"\u00e9\n"]],"~m5","~bAAEC","~#x",{"~#set":["~n12"]}]"#;
    let value = read_json(
        r#"["~#list",["~:keyword","^1",["^ ","name","~$name"],["~#cmap",[[1],2.5]],"~m5","~n12"]]"#,
    )
    .unwrap();
    let packed = write(&value, Format::MessagePack).unwrap();
    for (document, format) in [
        (json.as_bytes(), Format::Json),
        (&packed, Format::MessagePack),
    ] {
        for end in 0..document.len() {
            survives(&document[..end], format);
        }
        let mut changed = document.to_vec();
        for at in 0..document.len() {
            for byte in 0..=255 {
                changed[at] = byte;
                survives(&changed, format);
            }
            changed[at] = document[at];
        }
    }
}

proptest! {
    #[test]
    fn typed_values_come_back(it in typed::typed()) {
        for format in ALL {
            let bytes = transit::to_vec(&it, format).unwrap();
            let back: typed::Typed = transit::from_slice(&bytes, format).unwrap();
            prop_assert_eq!(&back, &it);
        }
    }

    #[test]
    fn any_value_comes_back(value in value()) {
        for format in ALL {
            if let Ok(bytes) = write(&value, format) {
                prop_assert_eq!(&read_slice(&bytes, format).unwrap(), &value);
            }
        }
    }

    #[test]
    fn random_bytes_are_a_value_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        survives(&bytes, Format::Json);
        survives(&bytes, Format::MessagePack);
    }

    #[test]
    fn random_documents_are_a_value_or_an_error(
        json in r#"([\[\]{},:]|"\^ "|"~#(list|set|cmap|ratio|'|a)"|"~[:$muincdbfrzx?][a-z0-9]{0,5}"|"\^[0-3]"|[0-9]|null|"[a-d]{0,5}"){0,20}"#
    ) {
        survives(json.as_bytes(), Format::Json);
    }
}
