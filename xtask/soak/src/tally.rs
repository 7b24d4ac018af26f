//! What came of all requests.

use std::collections::BTreeMap;

use crate::client::Outcome;
use crate::plan::Fate;

/// The wrong ones that are shown.
const SHOWN: usize = 20;

/// Counts, of a worker or of all.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    rows: BTreeMap<Fate, Row>,
    pub(crate) wrong: u64,
    examples: Vec<String>,
}

#[derive(Debug, Default)]
struct Row {
    right: u64,
    given_up: u64,
    failed: BTreeMap<&'static str, u64>,
}

impl Tally {
    pub(crate) fn add(&mut self, fate: Fate, outcome: Outcome) {
        let row = self.rows.entry(fate).or_default();
        match outcome {
            Outcome::Right => row.right += 1,
            Outcome::GivenUp => row.given_up += 1,
            Outcome::Failed(kind) => *row.failed.entry(kind.name()).or_default() += 1,
            Outcome::Wrong(what) => {
                self.wrong += 1;
                if self.examples.len() < SHOWN {
                    self.examples.push(what);
                }
            }
        }
    }

    pub(crate) fn merge(&mut self, other: Tally) {
        for (fate, row) in other.rows {
            let own = self.rows.entry(fate).or_default();
            own.right += row.right;
            own.given_up += row.given_up;
            for (kind, count) in row.failed {
                *own.failed.entry(kind).or_default() += count;
            }
        }
        self.wrong += other.wrong;
        self.examples.extend(other.examples);
        self.examples.truncate(SHOWN);
    }

    /// The requests that were counted.
    pub(crate) fn all(&self) -> u64 {
        let of = |row: &Row| row.right + row.given_up + row.failed.values().sum::<u64>();
        self.rows.values().map(of).sum::<u64>() + self.wrong
    }

    pub(crate) fn table(&self) -> String {
        let mut lines = vec![format!(
            "{:<18} {:>9} {:>9} {:>9}",
            "what the server did", "right", "given up", "failed"
        )];
        for (fate, row) in &self.rows {
            let failed: u64 = row.failed.values().sum();
            let kinds: Vec<String> = row
                .failed
                .iter()
                .map(|(kind, count)| format!("{kind} {count}"))
                .collect();
            lines.push(format!(
                "{:<18} {:>9} {:>9} {failed:>9}  {}",
                format!("{fate:?}"),
                row.right,
                row.given_up,
                kinds.join(", ")
            ));
        }
        lines.extend(self.examples.iter().map(|what| format!("WRONG {what}")));
        lines.join("\n")
    }
}
