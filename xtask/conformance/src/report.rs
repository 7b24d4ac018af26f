//! What came of the suites.

use std::fmt;
use std::path::Path;

/// What came of one suite.
#[derive(Debug, Default)]
pub struct Tally {
    passed: usize,
    failures: Vec<String>,
}

impl Tally {
    /// Counts a case; an error is what is wrong with it, which is told on one line.
    pub(crate) fn add(&mut self, case: impl fmt::Display, result: Result<(), String>) {
        match result {
            Ok(()) => self.passed += 1,
            Err(why) => {
                let line = format!("{case}: {why}");
                self.failures.push(line.replace(['\n', '\r'], " "));
            }
        }
    }

    /// How many cases there were.
    pub(crate) fn count(&self) -> usize {
        self.passed + self.failures.len()
    }
}

/// What came of all suites; prints as lines.
#[derive(Debug, Default)]
pub struct Report {
    suites: Vec<(&'static str, Tally)>,
    unknown: Vec<String>,
}

impl Report {
    pub(crate) fn suite(&mut self, name: &'static str, tally: Tally) {
        self.suites.push((name, tally));
    }

    pub(crate) fn unknown(&mut self, name: &str) {
        self.unknown.push(name.to_owned());
    }

    /// How many cases passed.
    pub fn passed(&self) -> usize {
        self.suites.iter().map(|(_, tally)| tally.passed).sum()
    }

    /// How many cases failed.
    pub fn failed(&self) -> usize {
        self.suites.iter().map(|(_, t)| t.failures.len()).sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in &self.unknown {
            writeln!(f, "{name}: not known yet")?;
        }
        for (name, tally) in &self.suites {
            for failure in &tally.failures {
                writeln!(f, "{name}: FAILED: {failure}")?;
            }
            let (passed, failed) = (tally.passed, tally.failures.len());
            writeln!(f, "{name}: {passed} passed, {failed} failed")?;
        }
        let (passed, failed) = (self.passed(), self.failed());
        writeln!(f, "conformance: {passed} passed, {failed} failed")
    }
}

/// The last two parts of a path: `valid/nil.edn`.
pub(crate) fn short(path: &Path) -> String {
    let parts: Vec<_> = path.iter().rev().take(2).collect();
    let parts: Vec<_> = parts
        .iter()
        .rev()
        .map(|part| part.to_string_lossy())
        .collect();
    parts.join("/")
}
