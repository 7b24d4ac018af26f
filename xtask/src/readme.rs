//! `cargo xtask bench readme`: the figures of the README, from the files that `bench --json` and
//! `bench size --json` wrote.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value as Json;

use crate::marks::Marks;

const FILE: &str = "README.md";
const MARKS: Marks = Marks {
    begin: "<!-- figures: written by `cargo xtask bench readme` -->",
    end: "<!-- end of figures -->",
};

/// The columns: the names of the groups, and what stands above them.
const COLUMNS: [(&str, &str); 9] = [
    ("100 bytes", "100 bytes"),
    ("10 KB JSON, typed", "10 KB JSON"),
    ("10 KB gzip", "10 KB gzip"),
    ("1 MiB", "1 MiB"),
    ("upload of 1 MiB", "upload of 1 MiB"),
    ("100 bytes over TLS", "TLS"),
    ("16 hosts in turn", "16 hosts"),
    ("with a cookie", "cookies"),
    ("new client to first byte", "new client"),
];

/// Measured at once, on all cores.
const AT_ONCE: [&str; 3] = ["64 tasks", "16 threads", "10 connections"];

/// Writes the figures of both files into the README.
pub fn run(root: &Path, arguments: &[&str]) -> Result<()> {
    let [bench, size] = arguments else {
        bail!("`bench readme` takes the files of `bench --json FILE` and `bench size --json FILE`");
    };
    let load = |file: &str| -> Result<Json> {
        let text = fs::read_to_string(file).with_context(|| format!("reading {file}"))?;
        serde_json::from_str(&text).with_context(|| format!("{file} is no JSON"))
    };
    let text = figures(&load(bench)?, &load(size)?)
        .context("a figure is missing: is it the file of a whole run?")?;
    MARKS.write(&root.join(FILE), &text)?;
    println!("bench: {FILE} is written");
    Ok(())
}

/// `None` if one is missing.
fn figures(bench: &Json, size: &Json) -> Option<String> {
    let mut text = format!(
        "Medians of {} rounds of {} ms in which all took turns; client and server on one core, one request after the other.\n\n",
        bench["rounds"].as_u64()?,
        bench["round_ms"].as_u64()?,
    );
    clients(&mut text, bench)?;
    text += "\nAt once, on all cores: ";
    let targets = bench["targets"].as_array()?;
    let at_once = targets
        .iter()
        .filter(|target| AT_ONCE.iter().any(|group| target["group"] == *group));
    let ratio = |target: &Json| {
        let text = |name: &str| target[name].as_str();
        Some(format!(
            "{}, {}, {:.2} of {}",
            text("group")?,
            text("client")?,
            target["ratio"].as_f64()?,
            text("over")?
        ))
    };
    text += &at_once.map(ratio).collect::<Option<Vec<_>>>()?.join("; ");
    text += ".\n\n";
    sizes(&mut text, size)?;
    Some(text)
}

/// A line for each client; a column for each group, and for what was counted.
fn clients(text: &mut String, bench: &Json) -> Option<()> {
    let titles = COLUMNS.map(|(_, title)| title).join(" | ");
    let _ = writeln!(text, "| | {titles} | allocations | syscalls |");
    let _ = writeln!(text, "|---{}|", "|---".repeat(COLUMNS.len() + 2));
    let rows = bench["rows"].as_array()?;
    for counted in bench["per_request"].as_array()? {
        let client = counted["client"].as_str()?;
        let _ = write!(text, "| {}", title(client));
        for (group, _) in COLUMNS {
            let mut of = rows.iter().filter(|row| row["group"] == group).peekable();
            of.peek()?; // the group was measured, with whom ever
            let _ = match of.find(|row| row["client"] == client) {
                Some(row) => write!(text, " | {:.2}", row["ratio"].as_f64()?),
                None => write!(text, " | –"),
            };
        }
        for count in ["allocations", "syscalls"] {
            let _ = match counted[count].as_f64() {
                Some(count) => write!(text, " | {count:.0}"),
                None => write!(text, " | –"),
            };
        }
        text.push_str(" |\n");
    }
    Some(())
}

fn title(client: &str) -> String {
    match client.split_once(' ') {
        Some(("courser", "over reqwest")) => "Courser over reqwest".to_owned(),
        Some(("courser", rest)) => format!("**Courser** `{rest}`"),
        _ => client.to_owned(),
    }
}

/// What a client costs to have.
fn sizes(text: &mut String, size: &Json) -> Option<()> {
    text.push_str("| a minimal program | crates compiled | clean build, s | size, KiB |\n");
    text.push_str("|---|---|---|---|\n");
    for row in size["programs"].as_array()? {
        let _ = writeln!(
            text,
            "| {} | {} | {:.0} | {} |",
            row["title"].as_str()?,
            row["dependencies"].as_u64()?,
            row["build_seconds"].as_f64()?,
            row["size_kib"].as_u64()?
        );
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn bench() -> Json {
        let rows =
            COLUMNS.map(|(group, _)| json!({"group": group, "client": "reqwest", "ratio": 1.0}));
        let mut rows = rows.to_vec();
        rows.push(json!({"group": "1 MiB", "client": "courser send()", "ratio": 1.318}));
        json!({
            "rounds": 16, "round_ms": 250, "rows": rows,
            "per_request": [
                {"client": "courser send()", "allocations": 33.98, "syscalls": null},
                {"client": "reqwest", "allocations": 52.1, "syscalls": 4.0},
            ],
            "targets": [
                {"group": "64 tasks", "client": "courser send()", "over": "reqwest", "ratio": 1.5},
                {"group": "1 MiB", "client": "courser send()", "over": "reqwest", "ratio": 1.318},
            ],
        })
    }

    #[test]
    fn the_figures_of_both_files() {
        let size = json!({"programs": [
            {"title": "ureq", "dependencies": 30, "build_seconds": 20.4, "size_kib": 2100},
        ]});
        let text = figures(&bench(), &size).unwrap();
        for part in [
            "Medians of 16 rounds of 250 ms",
            "| **Courser** `send()` | – | – | – | 1.32 | – | – | – | – | – | 34 | – |\n",
            "| reqwest | 1.00 | 1.00 | 1.00 | 1.00 | 1.00 | 1.00 | 1.00 | 1.00 | 1.00 | 52 | 4 |\n",
            "At once, on all cores: 64 tasks, courser send(), 1.50 of reqwest.\n",
            "| ureq | 30 | 20 | 2100 |\n",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }

    #[test]
    fn a_run_of_one_group_is_not_enough() {
        let size = json!({"programs": []});
        let mut part = bench();
        part["rows"] = json!([{"group": "1 MiB", "client": "reqwest", "ratio": 1.0}]);
        assert_eq!(figures(&part, &size), None);
        assert_eq!(figures(&bench(), &json!({})), None);
    }
}
