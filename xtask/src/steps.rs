//! Running cargo.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// A cargo command in the workspace's root, with the cargo that runs this program.
pub fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).args(arguments);
    command
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

fn name(command: &Command) -> String {
    let arguments: Vec<_> = command.get_args().map(OsStr::to_string_lossy).collect();
    format!("`cargo {}`", arguments.join(" "))
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
