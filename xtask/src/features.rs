//! `cargo xtask features`: every feature stands on its own feet.
//!
//! Tests with all features are only compiled here: `cargo xtask test` runs them, but among all the
//! crates, so that one may have what another asks its dependencies for.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::metadata::{Metadata, Package};
use crate::steps::cargo;

/// Checks each feature of each published crate alone, none and all, and tests each crate with none
/// and default.
pub fn run(root: &Path) -> Result<()> {
    let metadata = Metadata::load(root)?;
    let mut failed = Vec::new();
    let rows: Vec<Row> = metadata.published().flat_map(rows).collect();
    println!("{:<20} {:<24} {:<6} result", "crate", "features", "what");
    for row in &rows {
        let start = Instant::now();
        let problem = row.run(root)?;
        let result = if problem.is_none() { "ok" } else { "FAILED" };
        println!(
            "{:<20} {:<24} {:<6} {result:<6} {:>6.1} s",
            row.package,
            row.name,
            match row.what {
                What::Check => "check",
                What::Tests => "tests",
                What::Test => "test",
            },
            start.elapsed().as_secs_f64()
        );
        if let Some(problem) = problem {
            println!("{problem}");
            failed.push(format!("cargo {}", row.arguments.join(" ")));
        }
    }
    for command in &failed {
        println!("failed: {command}");
    }
    println!("features: {} checked, {} failed", rows.len(), failed.len());
    if !failed.is_empty() {
        bail!("{} of {} feature sets failed", failed.len(), rows.len());
    }
    Ok(())
}

/// What is done with a feature set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// Without tests, since dev-dependencies would switch features on.
    Check,
    /// The tests are checked, and not run.
    Tests,
    Test,
}

/// One line of the table: a cargo command.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    package: String,
    name: String,
    what: What,
    arguments: Vec<String>,
}

impl Row {
    fn new(package: &Package, what: What, name: &str) -> Self {
        let command = if what == What::Test { "test" } else { "check" };
        let mut arguments = [command, "--package", &package.name]
            .map(String::from)
            .to_vec();
        let targets = match what {
            What::Check => [("lib", "--lib"), ("bin", "--bins")]
                .into_iter()
                .filter(|(kind, _)| package.has(kind))
                .map(|(_, argument)| argument.to_owned())
                .collect(),
            What::Tests => vec!["--tests".to_owned()],
            What::Test => Vec::new(),
        };
        arguments.extend(targets);
        match name {
            "(default)" => {}
            "(none)" => arguments.push("--no-default-features".into()),
            "(all)" => arguments.push("--all-features".into()),
            feature => {
                arguments
                    .extend(["--no-default-features", "--features", feature].map(String::from));
            }
        }
        Self {
            package: package.name.clone(),
            name: name.into(),
            what,
            arguments,
        }
    }

    /// Runs it; what it printed if it failed, or warned while checking.
    fn run(&self, root: &Path) -> Result<Option<String>> {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        let output = cargo(root, &arguments).output().context("starting cargo")?;
        let errors = String::from_utf8_lossy(&output.stderr);
        // A warning with one feature alone is code that the others only seem to use.
        let warned =
            self.what != What::Test && errors.lines().any(|line| line.starts_with("warning: "));
        if output.status.success() && !warned {
            return Ok(None);
        }
        Ok(Some(format!(
            "{errors}{}",
            String::from_utf8_lossy(&output.stdout)
        )))
    }
}

/// The rows of a package; a feature set that equals an earlier one is not run again.
fn rows(package: &Package) -> Vec<Row> {
    let names = package
        .features
        .keys()
        .map(String::as_str)
        .filter(|name| *name != "default");
    let mut sets: Vec<(&str, BTreeSet<&str>)> = vec![("(none)", BTreeSet::new())];
    sets.extend(names.clone().map(|name| (name, closure(package, name))));
    sets.push(("(all)", names.collect()));

    let mut seen = BTreeSet::new();
    let checks = sets.iter().filter(|(_, set)| seen.insert(set.clone()));
    let mut rows: Vec<Row> = checks
        .map(|(name, _)| Row::new(package, What::Check, name))
        .collect();

    rows.push(Row::new(package, What::Tests, "(all)"));

    let all = sets.pop().map(|(_, set)| set);
    let mut tested: BTreeSet<_> = all.into_iter().collect();
    let default = closure(package, "default");
    for (name, set) in [("(none)", BTreeSet::new()), ("(default)", default)] {
        if tested.insert(set) {
            rows.push(Row::new(package, What::Test, name));
        }
    }
    rows
}

/// The features of the package itself that one of them switches on, itself included.
fn closure<'a>(package: &'a Package, feature: &'a str) -> BTreeSet<&'a str> {
    let mut all = BTreeSet::new();
    let mut open = vec![feature];
    while let Some(name) = open.pop() {
        if let Some(asks) = package.features.get(name)
            && all.insert(name)
        {
            open.extend(asks.iter().map(String::as_str));
        }
    }
    all.remove("default");
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Target;

    fn package(features: &[(&str, &[&str])], kinds: &[&str]) -> Package {
        let owned = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        Package {
            name: "p".into(),
            features: features
                .iter()
                .map(|(name, asks)| ((*name).into(), owned(asks)))
                .collect(),
            targets: kinds
                .iter()
                .map(|kind| Target {
                    name: "p".into(),
                    kinds: owned(&[kind]),
                })
                .collect(),
            ..Package::default()
        }
    }

    fn commands(package: &Package) -> Vec<String> {
        rows(package)
            .iter()
            .map(|row| row.arguments.join(" "))
            .collect()
    }

    #[test]
    fn each_feature_stands_alone() {
        let package = package(
            &[("default", &["a"]), ("a", &["dep:x"]), ("b", &[])],
            &["lib", "test"],
        );
        assert_eq!(
            commands(&package),
            [
                "check --package p --lib --no-default-features",
                "check --package p --lib --no-default-features --features a",
                "check --package p --lib --no-default-features --features b",
                "check --package p --lib --all-features",
                "check --package p --tests --all-features",
                "test --package p --no-default-features",
                "test --package p",
            ]
        );
    }

    #[test]
    fn equal_sets_run_once() {
        assert_eq!(
            commands(&package(&[], &["lib", "bin"])),
            [
                "check --package p --lib --bins --no-default-features",
                "check --package p --tests --all-features",
            ]
        );
        let one = package(&[("default", &["a"]), ("a", &[])], &["lib"]);
        assert_eq!(commands(&one).len(), 4);
        let two = package(&[("a", &["b"]), ("b", &[])], &["lib"]);
        assert_eq!(closure(&two, "a"), BTreeSet::from(["a", "b"]));
    }
}
