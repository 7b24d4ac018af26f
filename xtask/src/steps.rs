//! Running cargo.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// A cargo command in the workspace's root, with the cargo that runs this program.
pub fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).args(arguments);
    command
}

/// A program of the workspace with all features.
///
/// It is made of what `cargo xtask test` compiles, and so takes a moment after that: the example
/// brings in the features that only tests ask dependencies for.
pub fn program(root: &Path, name: &str) -> Result<Command> {
    let mut build = cargo(root, &["build", "--quiet", "--all-features"]);
    build.args(["--example", "lite", "--bin", name]);
    built(build, name)
}

/// The program of this name among what the command builds.
pub fn built(mut build: Command, name: &str) -> Result<Command> {
    build.args(["--message-format", "json-render-diagnostics"]);
    build.stderr(Stdio::inherit());
    let messages = output(build)?;
    let path = messages.lines().find_map(|line| executable(line, name));
    path.map(Command::new)
        .with_context(|| format!("cargo built no program `{name}`"))
}

/// Where a program is, in a line that cargo prints of what it built.
fn executable(line: &str, name: &str) -> Option<String> {
    let line: Value = serde_json::from_str(line).ok()?;
    let target = line.get("target")?;
    let is_bin = target.pointer("/kind/0")? == "bin" && target.get("name")? == name;
    is_bin.then(|| Some(line.get("executable")?.as_str()?.to_owned()))?
}

/// What the command prints; its errors if it fails.
pub fn output(mut command: Command) -> Result<String> {
    let name = name(&command);
    let output = command
        .output()
        .with_context(|| format!("starting {name}"))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{name} failed:\n{errors}");
    String::from_utf8(output.stdout).with_context(|| format!("{name} printed no UTF-8"))
}

/// Runs the command for all to see.
pub fn show(mut command: Command) -> Result<()> {
    let name = name(&command);
    let status = command
        .status()
        .with_context(|| format!("starting {name}"))?;
    ensure!(status.success(), "{name}: {status}");
    Ok(())
}

/// How the command is called in messages.
pub fn name(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem();
    let words = program.into_iter().chain(command.get_args());
    let words: Vec<_> = words.map(OsStr::to_string_lossy).collect();
    format!("`{}`", words.join(" "))
}

/// Steps with headings and times.
#[derive(Debug, Default)]
pub struct Steps {
    done: Vec<(&'static str, Duration)>,
}

impl Steps {
    /// Runs a step; an error says which it was.
    pub fn step(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) -> Result<()> {
        println!("\n== {name}");
        let start = Instant::now();
        work().with_context(|| format!("FAILED at the step \"{name}\""))?;
        let took = start.elapsed();
        println!("== {name}: ok, {:.1} s", took.as_secs_f64());
        self.done.push((name, took));
        Ok(())
    }

    /// All steps and their times.
    pub fn summary(&self) -> String {
        let total = self.done.iter().map(|(_, took)| *took).sum();
        let lines = self.done.iter().copied().chain([("all", total)]);
        let line = |(name, took): (&str, Duration)| {
            format!("\n{name:<12} ok  {:>7.1} s", took.as_secs_f64())
        };
        lines.map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_program_among_what_was_built() {
        let line = |kind: &str, name: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","target":{{"kind":["{kind}"],"name":"{name}"}},"executable":"/t/{name}"}}"#
            )
        };
        let found = |line: String| executable(&line, "a");
        assert_eq!(found(line("bin", "a")).as_deref(), Some("/t/a"));
        assert_eq!(found(line("example", "a")), None);
        assert_eq!(found(line("bin", "b")), None);
        assert_eq!(found("a warning".to_owned()), None);
    }

    #[test]
    fn a_failure_names_its_step() {
        let mut steps = Steps::default();
        steps.step("first", || Ok(())).unwrap();
        let error = steps.step("second", || anyhow::bail!("rain")).unwrap_err();
        assert_eq!(format!("{error:#}"), "FAILED at the step \"second\": rain");
        let summary = steps.summary();
        assert!(
            summary.contains("first") && !summary.contains("second"),
            "{summary}"
        );
    }
}
