//! Rounds in turn, and what came out of them.

use std::time::Duration;

use anyhow::{Context as _, Result};
use courser_bench::rounds::{Stretch, quantile};
use serde_json::{Value as Json, json};

use crate::Pace;
use crate::clients::{BARE, REFERENCE};

/// A client in a group.
pub(crate) struct Entry<'a> {
    name: &'static str,
    run: Box<dyn FnMut(Duration) -> Result<Stretch> + 'a>,
}

impl<'a> Entry<'a> {
    pub(crate) fn new(
        name: &'static str,
        run: impl FnMut(Duration) -> Result<Stretch> + 'a,
    ) -> Self {
        let run = Box::new(run);
        Entry { name, run }
    }
}

/// What has to be reached: in a group, a client over another, by so much.
const TARGETS: [(&str, &str, &str, f64); 13] = [
    ("64 tasks", BARE, REFERENCE, 1.5),
    ("64 tasks", "courser send()", REFERENCE, 1.3),
    ("16 threads", "courser call()", "reqwest::blocking", 1.7),
    ("16 threads", "courser call()", "ureq", 1.0),
    ("10 connections", "1,000 tasks", "10 tasks", 0.95),
    ("100 bytes", BARE, REFERENCE, 1.27),
    ("100 bytes", "courser send()", REFERENCE, 1.12),
    ("100 bytes", "courser call()", "reqwest::blocking", 1.7),
    ("100 bytes", "courser call()", "ureq", 1.0),
    ("1 MiB", "courser send()", REFERENCE, 1.3),
    ("100 bytes over TLS", "courser send()", REFERENCE, 1.1),
    ("new client to first byte", "courser send()", "ureq", 1.0),
    ("new client to first byte", "courser call()", "ureq", 1.0),
];

/// A client's rounds in a group.
struct Row {
    group: String,
    client: &'static str,
    rates: Vec<f64>,
    cpus: Vec<f64>,
}

/// All rows, and what was counted.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
    counts: Vec<Json>,
    targets: Vec<Json>,
}

impl Report {
    /// Runs the clients of a group in turn, round after round, and prints its table.
    pub(crate) fn group(
        &mut self,
        group: &str,
        pace: Pace,
        mut entries: Vec<Entry<'_>>,
    ) -> Result<()> {
        let mut rows: Vec<Row> = Vec::new();
        for entry in &mut entries {
            (entry.run)(pace.round).with_context(|| format!("{group}: {}", entry.name))?;
            rows.push(Row {
                group: group.to_owned(),
                client: entry.name,
                rates: Vec::new(),
                cpus: Vec::new(),
            });
        }
        for _ in 0..pace.rounds {
            for (entry, row) in entries.iter_mut().zip(&mut rows) {
                let stretch =
                    (entry.run)(pace.round).with_context(|| format!("{group}: {}", entry.name))?;
                row.rates.push(stretch.per_second());
                row.cpus.push(stretch.cpu_us());
            }
        }
        println!(
            "\n{group:<26} {:>9} {:>7} (quartiles)   {:>7}",
            "req/s", "ratio", "CPU µs"
        );
        let first = rows
            .iter()
            .position(|row| row.client == REFERENCE)
            .unwrap_or(0);
        for row in &rows {
            let [low, ratio, high] = quartiles(&row.rates, &rows[first].rates);
            println!(
                "  {:<24} {:>9.0} {ratio:>7.2} ({low:.2}..{high:.2}) {:>9.1}",
                row.client,
                quantile(&row.rates, 0.5),
                quantile(&row.cpus, 0.5),
            );
        }
        self.rows.extend(rows);
        Ok(())
    }

    /// Whether any group was run.
    pub(crate) fn is_filled(&self) -> bool {
        !self.rows.is_empty()
    }

    /// Takes what was counted of a client's requests.
    pub(crate) fn counted(&mut self, client: &str, allocations: Option<f64>, calls: Option<f64>) {
        let show = |count: Option<f64>| count.map_or("-".into(), |count| format!("{count:.1}"));
        println!(
            "  {client:<24} {:>11} {:>9}",
            show(allocations),
            show(calls)
        );
        self.counts
            .push(json!({ "client": client, "allocations": allocations, "syscalls": calls }));
    }

    fn row(&self, group: &str, client: &str) -> Option<&Row> {
        self.rows
            .iter()
            .find(|row| row.group == group && row.client == client)
    }

    /// A client's rate in a group, and its ratio to another's: medians.
    pub(crate) fn rate(&self, group: &str, client: &str, over: &str) -> Option<(f64, f64)> {
        let (row, over) = (self.row(group, client)?, self.row(group, over)?);
        let [_, ratio, _] = quartiles(&row.rates, &over.rates);
        Some((quantile(&row.rates, 0.5), ratio))
    }

    /// Compares with the targets, as far as their groups were run; whether all are met.
    pub(crate) fn check_targets(&mut self) -> bool {
        let mut met = 0;
        println!();
        for (group, client, over, target) in TARGETS {
            let Some((_, ratio)) = self.rate(group, client, over) else {
                continue;
            };
            let reached = ratio >= target;
            met += usize::from(reached);
            let word = if reached { "met   " } else { "missed" };
            println!("{word}: {group}: {client} {ratio:.2} of {over}, {target:.2} wanted");
            self.targets.push(json!({
                "group": group, "client": client, "over": over,
                "ratio": ratio, "target": target, "met": reached,
            }));
        }
        println!("bench: {met} of {} targets met", self.targets.len());
        met == self.targets.len()
    }

    pub(crate) fn write_json(&self, file: &str, pace: Pace, pinned: bool) -> Result<()> {
        let row = |row: &Row| {
            let mut members = self.rows.iter().filter(|other| other.group == row.group);
            let over = members.clone().find(|other| other.client == REFERENCE);
            let over = over.or_else(|| members.next()).unwrap_or(row);
            let [low, ratio, high] = quartiles(&row.rates, &over.rates);
            json!({
                "group": row.group, "client": row.client, "over": over.client,
                "per_second": quantile(&row.rates, 0.5), "ratio": ratio,
                "quartiles": [low, high], "cpu_us": quantile(&row.cpus, 0.5),
            })
        };
        let all = json!({
            "rounds": pace.rounds,
            "round_ms": pace.round.as_millis() as u64,
            "pinned": pinned,
            "rows": self.rows.iter().map(row).collect::<Vec<_>>(),
            "per_request": self.counts,
            "targets": self.targets,
        });
        std::fs::write(file, serde_json::to_string_pretty(&all)?)
            .with_context(|| format!("writing {file}"))
    }
}

/// Of the ratios within each round.
fn quartiles(rates: &[f64], over: &[f64]) -> [f64; 3] {
    let ratios: Vec<f64> = rates
        .iter()
        .zip(over)
        .map(|(one, other)| one / other)
        .collect();
    [0.25, 0.5, 0.75].map(|q| quantile(&ratios, q))
}
