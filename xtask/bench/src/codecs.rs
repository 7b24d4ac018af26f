//! What codecs cost: EDN beside clojure-reader, JSON and Transit beside `serde_json`, forms beside `serde_qs`.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use courser::coerce::{edn, form, json, transit};
use courser_testkit::thread_cpu_time;
use serde::{Deserialize, Serialize};

use courser_bench::rounds::quantile;

/// The size of each document.
const SIZE: usize = 1 << 20;

/// The least that EDN has to be faster than clojure-reader.
const EDN_TARGET: f64 = 2.0;
/// The most that typed JSON may take of what `serde_json` takes.
const JSON_TARGET: f64 = 1.05;
/// The most that JSON to our `Value` may take of what `serde_json` takes to its own.
const VALUE_TARGET: f64 = 1.3;
/// The most that Transit may take of what `serde_json` takes for the same bytes.
const TRANSIT_TARGET: f64 = 1.6;
/// The most that writing a form may take of what `serde_qs` takes.
const FORM_TARGET: f64 = 1.0;

/// Reads a document and throws away what it has read: the time that the reading took.
type Reader<'a> = &'a dyn Fn() -> Result<Duration>;

/// Runs `rounds` of each codec in turn; with `only`, those alone whose name begins so, for profilers.
#[allow(clippy::too_many_lines)] // a reader after the other; nothing nests
pub(crate) fn run(rounds: usize, only: Option<&str>) -> Result<()> {
    let edn_text = edn_document();
    let json_text = json_document();
    let transit_text = transit::write(&json::read_str(&json_text)?, transit::Format::Json)?;
    let form_data = form_data();
    let readers: [(&str, Reader<'_>); 10] = [
        ("clojure-reader", &|| {
            timed(|| {
                clojure_reader::edn::read_string(&edn_text).map_err(|e| anyhow::anyhow!("{e:?}"))
            })
        }),
        ("courser edn", &|| timed(|| Ok(edn::read_str(&edn_text)?))),
        ("serde_json typed", &|| {
            timed(|| {
                Ok(serde_json::from_slice::<Vec<Record<'_>>>(
                    json_text.as_bytes(),
                )?)
            })
        }),
        ("courser json typed", &|| {
            timed(|| Ok(json::from_slice::<Vec<Record<'_>>>(json_text.as_bytes())?))
        }),
        ("serde_json value", &|| {
            timed(|| {
                Ok(serde_json::from_slice::<serde_json::Value>(
                    json_text.as_bytes(),
                )?)
            })
        }),
        ("courser json value", &|| {
            timed(|| Ok(json::read_slice(json_text.as_bytes())?))
        }),
        ("serde_json transit", &|| {
            timed(|| Ok(serde_json::from_slice::<serde_json::Value>(&transit_text)?))
        }),
        ("courser transit", &|| {
            timed(|| Ok(transit::read_slice(&transit_text, transit::Format::Json)?))
        }),
        ("serde_qs form", &|| {
            timed(|| Ok(serde_qs::to_string(&form_data)?))
        }),
        ("courser form", &|| {
            timed(|| Ok(form::to_string(&form_data)?))
        }),
    ];
    if let Some(only) = only {
        for (_, read) in readers.iter().filter(|(name, _)| name.starts_with(only)) {
            for _ in 0..rounds {
                read()?;
            }
        }
        return Ok(());
    }

    let mut times: [Vec<f64>; 10] = Default::default();
    for (name, read) in &readers {
        read().with_context(|| format!("{name}, warming up"))?;
    }
    for _ in 0..rounds {
        for ((_, read), times) in readers.iter().zip(&mut times) {
            times.push(read()?.as_secs_f64() * 1e3);
        }
    }

    println!(
        "documents of {} and {} bytes, {rounds} rounds, CPU of reading each once",
        edn_text.len(),
        json_text.len()
    );
    println!("{:<20} {:>22} {:>8}", "codec", "ms (quartiles)", "MB/s");
    for ((name, _), times) in readers.iter().zip(&times) {
        let [low, mid, high] = [0.25, 0.5, 0.75].map(|q| quantile(times, q));
        println!(
            "{name:<20} {mid:>7.2} ({low:.2}..{high:.2}) {:>8.0}",
            SIZE as f64 / 1e3 / mid
        );
    }
    let [
        clojure,
        edn,
        serde,
        json,
        serde_value,
        value,
        serde_transit,
        transit,
        qs,
        form,
    ] = &times;
    let edn = ratio(clojure, edn);
    println!("edn: {edn:.2} times as fast as clojure-reader, at least {EDN_TARGET:.2} wanted");
    let mut missed = edn < EDN_TARGET;
    for (name, above, below, most) in [
        ("json typed", json, serde, JSON_TARGET),
        ("json value", value, serde_value, VALUE_TARGET),
        ("transit", transit, serde_transit, TRANSIT_TARGET),
        ("form", form, qs, FORM_TARGET),
    ] {
        let of = ratio(above, below);
        println!("{name}: {of:.2} of the time of its peer, at most {most:.2} wanted");
        missed |= of > most;
    }
    ensure!(!missed, "a target is missed");
    Ok(())
}

/// The median of the ratios within each round.
fn ratio(above: &[f64], below: &[f64]) -> f64 {
    let ratios: Vec<f64> = above.iter().zip(below).map(|(a, b)| a / b).collect();
    quantile(&ratios, 0.5)
}

/// The CPU time of the work, without that of dropping what it returns.
fn timed<T>(work: impl FnOnce() -> Result<T>) -> Result<Duration> {
    let start = thread_cpu_time();
    let result = black_box(work()?);
    let took = thread_cpu_time().saturating_sub(start);
    drop(result);
    Ok(took)
}

/// Numbers without a pattern, the same each time.
struct Numbers(u64);

impl Numbers {
    /// One below `limit`.
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % limit
    }
}

/// Records with all that both readers know: maps, vectors, lists, sets, names, text with and without
/// escapes, numbers of all sizes, characters and tags.
fn edn_document() -> String {
    let mut n = Numbers(1);
    let mut out = String::from("[");
    while out.len() < SIZE {
        let [id, ms, kind, a, b] = [1_000_000, 100_000, 7, 256, 9_000_000_000].map(|m| n.below(m));
        // Writing to a `String` cannot fail.
        let _ = write!(
            out,
            r#"{{:id {id} :request/method :get, :url "https://api.example/v1/things/{id}?page={a}"
 :headers {{"Content-Type" "application/json; charset=utf-8", "X-Request-Id" "{b:x}-{ms:x}"}}
 :tags #{{:alpha :beta/gamma :kind-{kind}}} :path [{a} -{ms} {b} [{kind} [{id}]]] ; the way it took
 :ratio {a}.{ms:05} :small 1.5e-{kind} :part {kind}/11, :flags (true false nil) :letter \a
 :note "line {id}\nquoted \"{a}\" and a tab\t, then a good deal of plain text that needs no second look"
 :at #inst "2026-11-{day:02}T10:{a:02}:00Z" :sym some.ns/handler-{kind} #_ (left out) :nested {{:a {{:b {{:c [{a}]}}}}}}}}
"#,
            day = kind + 1,
            a = a % 60,
        );
    }
    out.push(']');
    out
}

/// A record of the JSON document.
#[derive(Deserialize)]
#[allow(dead_code, reason = "what is read is thrown away")]
struct Record<'a> {
    id: u64,
    #[serde(borrow)]
    method: &'a str,
    url: String,
    headers: std::collections::HashMap<String, String>,
    tags: Vec<String>,
    ratio: f64,
    flags: (bool, Option<bool>),
    note: String,
    nested: Nested,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "what is read is thrown away")]
struct Nested {
    a: i64,
    b: Option<Box<Nested>>,
}

fn json_document() -> String {
    let mut n = Numbers(1);
    let mut out = String::from("[");
    while out.len() < SIZE {
        let [id, ms, kind, a, b] = [1_000_000, 100_000, 7, 256, 9_000_000_000].map(|m| n.below(m));
        let comma = if out.len() > 1 { "," } else { "" };
        let _ = write!(
            out,
            r#"{comma}{{"id": {id}, "method": "GET", "url": "https://api.example/v1/things/{id}?page={a}",
 "headers": {{"Content-Type": "application/json; charset=utf-8", "X-Request-Id": "{b:x}-{ms:x}"}},
 "tags": ["alpha", "beta", "kind-{kind}"], "ratio": {a}.{ms:05}, "flags": [true, null],
 "note": "line {id}\nquoted \"{a}\" and a tab\t, then a good deal of plain text that needs no second look",
 "nested": {{"a": -{ms}, "b": {{"a": {b}, "b": null}}}}}}"#,
        );
    }
    out.push(']');
    out
}

/// What a form of a megabyte is made of.
#[derive(Serialize)]
struct Field {
    id: u64,
    note: String,
    nested: Inner,
}

#[derive(Serialize)]
struct Inner {
    kind: &'static str,
    at: u64,
}

fn form_data() -> std::collections::BTreeMap<String, Field> {
    let mut n = Numbers(1);
    let fields = (0..SIZE / 190).map(|i| {
        let [id, at] = [1_000_000, 9_000_000_000].map(|m| n.below(m));
        let note = format!("note {id}: a good deal of plain text, then é & 50% of \"{at}\"");
        let nested = Inner { kind: "small", at };
        (format!("field{i}"), Field { id, note, nested })
    });
    fields.collect()
}
