//! How much memory reading takes at its peak: what it returns, what it works with, and errors.
//!
//! A test binary of its own with one test in it, since what is counted is the whole process.

#![cfg(all(feature = "edn", feature = "form", feature = "json"))]
#![allow(clippy::unwrap_used)]

use courser_coerce::edn::{self, Options};
use courser_coerce::form;
use courser_coerce::json::{self, ReadOptions};
use peak_alloc::PeakAlloc;

#[global_allocator]
static COUNTED: PeakAlloc = PeakAlloc;

/// The most bytes of memory for a byte of input.
const PER_BYTE: usize = 64;
/// For what does not grow with the input: the first pages of stacks, and messages.
const FIXED: usize = 4096;
/// The same if the limit of depth is lifted: a level has 24 bytes on the stack, and three times that while it grows.
const WITHOUT_LIMIT: usize = 80;

/// How many of a thing: just beyond a power of two, where what grows by doubling has just grown.
const COUNT: usize = (1 << 13) + 2;

/// Fails if reading takes more than [`PER_BYTE`] bytes for each byte of the input.
#[track_caller]
fn check<T>(what: &str, input: &str, read: impl Fn(&str) -> T) {
    check_limit(PER_BYTE, what, input, read);
}

#[track_caller]
fn check_limit<T>(per_byte: usize, what: &str, input: &str, read: impl Fn(&str) -> T) {
    COUNTED.reset_peak_usage();
    let before = COUNTED.current_usage();
    let result = read(input);
    let peak = COUNTED.peak_usage() - before;
    drop(result);
    assert!(
        peak <= per_byte * input.len() + FIXED,
        "{what}: {peak} bytes for {} of input",
        input.len()
    );
    // The runner of the test has a thread beside this one, which may take memory at the same time;
    // what is left by reading is left each time.
    let leaves_nothing = |_| {
        let before = COUNTED.current_usage();
        drop(read(input));
        COUNTED.current_usage() == before
    };
    assert!((0..10).any(leaves_nothing), "{what}: something is left");
}

/// Numbered pieces, made by `piece`.
fn numbered(piece: impl Fn(usize) -> String) -> String {
    (0..COUNT).map(piece).collect::<Vec<_>>().concat()
}

fn repeated(unit: &str) -> String {
    unit.repeat(COUNT)
}

fn around(open: &str, inner: &str, close: &str) -> String {
    format!("{open}{inner}{close}")
}

#[test]
fn reading_takes_little_memory_for_each_byte() {
    wide_edn();
    deep_edn();
    json();
    forms();
    #[cfg(feature = "transit")]
    transit();
}

/// Codes of few bytes that stand for long keys: refused before they have taken much.
#[cfg(feature = "transit")]
fn transit() {
    use courser_coerce::transit::{Format, read_slice};

    let key = "k".repeat(4096);
    let codes = "{\"^0\":1},".repeat((3 << 20) / 9);
    let document = format!("[{{\"{key}\":1}},{codes}1]");
    COUNTED.reset_peak_usage();
    let before = COUNTED.current_usage();
    let error = read_slice(document.as_bytes(), Format::Json).unwrap_err();
    let peak = COUNTED.peak_usage() - before;
    assert!(
        error.message().contains("more than 67108864 bytes"),
        "{error}"
    );
    assert!(peak <= 80 << 20, "{peak} bytes");
}

fn wide_edn() {
    // The shortest texts of each kind of value, side by side.
    for unit in [
        "1 ",
        "a ",
        "\\a",
        ":a ",
        "\"\"",
        "\"a\"",
        "[]",
        "()",
        "{}",
        "#{}",
        "[1]",
        "{1 1}",
        "#{1}",
        "#a[]",
        "1N ",
        "1M ",
        "1/3 ",
        "1.5 ",
        "##NaN ",
        "[[]]",
        "{[][]}",
        "#_a ",
        "^a[]",
        "#inst\"2000\"",
        "1e9M ",
        "#:a{b 1}",
        "\"\\n\"",
        "#! \n1 ",
    ] {
        for (open, close) in [("[", "]"), ("[0[", "]]"), ("(", "")] {
            let text = around(open, &repeated(unit), close);
            check(&format!("EDN {open}{unit}"), &text, edn::read_str);
        }
    }
    let numbers = |open: &str, piece: fn(usize) -> String| around(open, &numbered(piece), "}");
    check(
        "EDN set",
        &numbers("#{", |n| format!("{n} ")),
        edn::read_str,
    );
    check(
        "EDN map",
        &numbers("{", |n| format!("{n} 1 ")),
        edn::read_str,
    );
    check(
        "EDN map of keywords",
        &numbers("{", |n| format!(":{n:x}[]")),
        edn::read_str,
    );
    check("EDN digits", &"7".repeat(100_000), edn::read_str);
    check(
        "EDN string",
        &around("\"", &repeated("\\n"), "\""),
        edn::read_str,
    );
}

fn deep_edn() {
    // As by default, and without a limit.
    let deep = Options {
        max_depth: usize::MAX,
        max_digits: usize::MAX,
        ..Options::default()
    };
    for (open, inner, close) in [
        ("[", "", "]"),
        ("#{", "", "}"),
        ("{1", "", "}"),
        ("#a ", "1", ""),
        ("#_", "1 ", "1 "),
        ("^a", "1", ""),
        ("#:a{:b", "1", "}"),
    ] {
        let whole = format!("{}{inner}{}", open.repeat(COUNT), close.repeat(COUNT));
        check(&format!("EDN deep {open}"), &whole, edn::read_str);
        for text in [whole, open.repeat(COUNT)] {
            let what = format!("EDN deep {open}, no limit");
            check_limit(WITHOUT_LIMIT, &what, &text, |text| {
                edn::read_str_with(text, &deep)
            });
        }
    }
    check("EDN digits, no limit", &"7".repeat(100_000), |text| {
        edn::read_str_with(text, &deep)
    });
}

fn json() {
    for unit in [
        "1,",
        "\"\",",
        "[],",
        "{},",
        "[1],",
        "{\"a\":1},",
        "1e9,",
        "null,",
    ] {
        for (open, close) in [("[", "1]"), ("[0,[", "1]]"), ("[", "")] {
            let text = around(open, &repeated(unit), close);
            check(&format!("JSON {open}{unit}"), &text, json::read_str);
        }
    }
    let keys = numbered(|n| format!("\"{n:x}\":1,"));
    check(
        "JSON object",
        &around("{", &keys, "\"x\":1}"),
        json::read_str,
    );
    let deep = ReadOptions {
        max_depth: usize::MAX,
        ..ReadOptions::default()
    };
    for open in ["[", "{\"\":"] {
        check_limit(
            WITHOUT_LIMIT,
            &format!("JSON deep {open}, no limit"),
            &repeated(open),
            |text| json::read_slice_with(text.as_bytes(), &deep),
        );
    }
}

fn forms() {
    for unit in ["a&", "a=1&", "a[]=1&", "&", "%41&", "a[b][c]=1&"] {
        check(&format!("form {unit}"), &repeated(unit), |text| {
            form::read(text.as_bytes(), &form::ReadOptions::default())
        });
    }
    let fields = numbered(|n| format!("{n:x}&"));
    check("form of many names", &fields, |text| {
        form::read(text.as_bytes(), &form::ReadOptions::default())
    });
}
