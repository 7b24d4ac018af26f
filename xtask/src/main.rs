//! `cargo xtask`: the chores of the workspace.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};
use xtask::steps;

const HELP: &str = "\
Usage: cargo xtask <command>

With every change; they take no arguments:
  test         format, clippy, all tests, doc tests, docs, tidy; stops at the first failure
  tidy         the workspace's invariants: who depends on whom, licences, versions, files, documents
  options      writes the option table of the README, from the code
  features     each feature of each published crate alone, none and all; tests with none and default

Against servers; each with options of its own, see `cargo xtask <command> --help`:
  attack       hostile servers
  torture      exchanges that are harmed at every byte, on both drivers
  integration  nginx, apache2 and httpbin, which have to be installed
  soak         very many requests against a server that misbehaves (release build, or `--dev`)

With the documents of others:
  oracle       recorded cases of clj-http, compared
  conformance  public test suites
  fuzz         each fuzz target for --seconds N, 30 unless said; fails on a crash

Measured:
  bench        Courser beside other clients, and parts of it more closely; see `bench --help` (release build)

  help         this text
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let root = &xtask::root();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        []
        | ["help" | "--help" | "-h"]
        | [
            "test" | "tidy" | "features" | "options" | "fuzz",
            "--help" | "-h",
        ] => {
            print!("{HELP}");
            Ok(())
        }
        ["test"] => xtask::test::run(root),
        ["tidy"] => xtask::tidy::run(root),
        ["features"] => xtask::features::run(root),
        ["options"] => xtask::options::run(root),
        ["attack", rest @ ..] => tool(root, "courser-attack", rest),
        ["bench", rest @ ..] => bench(root, rest),
        ["conformance", rest @ ..] => alone(root, "courser-conformance", rest),
        ["integration", rest @ ..] => tool(root, "courser-integration", rest),
        // With its own features, since those of decompression show in what is sent.
        ["oracle", rest @ ..] => alone(root, "courser-oracle", rest),
        ["soak", rest @ ..] => soak(root, rest),
        ["torture", rest @ ..] => tool(root, "courser-torture", rest),
        ["fuzz", rest @ ..] => xtask::fuzz::run(root, rest),
        [
            name @ ("test" | "tidy" | "features" | "options" | "help"),
            more,
            ..,
        ] => {
            bail!("`cargo xtask {name}` takes no arguments, and so no `{more}`")
        }
        [other, ..] => {
            bail!("there is no `cargo xtask {other}`; `cargo xtask help` says what there is")
        }
    }
}

/// Shown here too, since the program whose help it is takes minutes to build.
const BENCH: &str = include_str!("../peers/help.txt");

/// What the member `xtask/bench` measures; all else is `xtask/peers`.
const PARTS: [&str; 4] = ["overhead", "codecs", "transports", "memory"];

fn bench(root: &Path, arguments: &[&str]) -> Result<()> {
    match arguments {
        ["--help" | "-h" | "help"] => {
            print!("{BENCH}");
            Ok(())
        }
        ["size", rest @ ..] => xtask::size::run(root, rest),
        ["readme", rest @ ..] => xtask::readme::run(root, rest),
        ["transports", ..] => {
            let package = "courser-bench";
            let build = ["build", "--quiet", "--release", "--package", package];
            let mut compare = steps::built(steps::cargo(root, &build), package)?;
            compare.args(arguments);
            xtask::network::apart(&mut compare)
        }
        [part, ..] if PARTS.contains(part) => release(root, "courser-bench", arguments),
        [word, ..] if !word.starts_with('-') => bail!(
            "there is no `cargo xtask bench {word}`; there are size, readme, {}, and the options of `bench --help`",
            PARTS.join(", ")
        ),
        _ => xtask::peers::run(root, arguments),
    }
}

fn soak(root: &Path, arguments: &[&str]) -> Result<()> {
    let rest: Vec<&str> = arguments
        .iter()
        .copied()
        .filter(|a| *a != "--dev")
        .collect();
    if rest.len() == arguments.len() {
        release(root, "courser-soak", arguments)
    } else {
        tool(root, "courser-soak", &rest)
    }
}

/// A program of the workspace, optimized.
fn release(root: &Path, package: &str, arguments: &[&str]) -> Result<()> {
    let run = ["run", "--quiet", "--release", "--package", package, "--"];
    steps::show(steps::cargo(root, &[&run, arguments].concat()))
}

/// A program of the workspace, built alone, run where the caller stands, so that paths are found as
/// they were written.
fn alone(root: &Path, package: &str, arguments: &[&str]) -> Result<()> {
    let mut command = steps::cargo(root, &["run", "--quiet", "--package", package]);
    command.arg("--manifest-path").arg(root.join("Cargo.toml"));
    command.arg("--").args(arguments);
    command.current_dir(std::env::current_dir()?);
    steps::show(command)
}

/// A program of the workspace with all features, run where the caller stands.
fn tool(root: &Path, program: &str, arguments: &[&str]) -> Result<()> {
    let mut command = steps::program(root, program)?;
    command.args(arguments);
    steps::show(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_of_bench_names_each_part_on_a_line_of_its_own() {
        for part in PARTS.iter().chain(&["size", "readme"]) {
            let begins = format!("  bench {part} ");
            assert!(
                BENCH.lines().any(|line| line.starts_with(&begins)),
                "{part}"
            );
        }
    }
}
