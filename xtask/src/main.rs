//! `cargo xtask`: the chores of the workspace.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use xtask::steps;

const HELP: &str = "\
Usage: cargo xtask <command>

  test         format, clippy, all tests, doc tests, docs, tidy; stops at the first failure
  tidy         the workspace's invariants: who depends on whom, licences, versions, files, documents
  features     each feature of each published crate alone, none and all; tests with none, default and all
  options      writes the option table of the README, from the code
  attack       runs hostile servers against the client; see `attack --help`
  bench        Courser beside other clients; see `bench --help` (release build). `bench size`: dependencies, build time
               and size; `bench readme`: both into the README; `bench overhead`, `transports`, `codecs`, `memory`: parts of
               it more closely
  conformance  runs the documents of public test suites in DIR; see `conformance --help`
  integration  runs the client against nginx, apache2 and httpbin; see `integration --help`
  soak         very many requests against a server that misbehaves; see `soak --help` (release build, or `--dev`)
  oracle       runs the recorded cases of clj-http in FILE and compares; see `oracle --help`
  torture      harms exchanges at every byte, on both drivers; see `torture --help`
  fuzz         runs each fuzz target for --seconds N, 30 unless said; fails on a crash
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
        ["test"] => xtask::test::run(root),
        ["tidy"] => xtask::tidy::run(root),
        ["features"] => xtask::features::run(root),
        ["options"] => xtask::options::run(root),
        ["attack", rest @ ..] => tool(root, "courser-attack", rest),
        ["bench", rest @ ..] => bench(root, rest),
        ["conformance", rest @ ..] => tool(root, "courser-conformance", rest),
        ["integration", rest @ ..] => tool(root, "courser-integration", rest),
        ["oracle", rest @ ..] => tool(root, "courser-oracle", rest),
        ["soak", rest @ ..] => soak(root, rest),
        ["torture", rest @ ..] => tool(root, "courser-torture", rest),
        ["fuzz", rest @ ..] => xtask::fuzz::run(root, rest),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        other => bail!("there is no `cargo xtask {}`\n\n{HELP}", other.join(" ")),
    }
}

/// What the member `xtask/bench` measures; all else is `xtask/peers`.
const PARTS: [&str; 4] = ["overhead", "codecs", "transports", "memory"];

fn bench(root: &Path, arguments: &[&str]) -> Result<()> {
    match arguments {
        ["size", rest @ ..] => xtask::size::run(root, rest),
        ["readme", rest @ ..] => xtask::readme::run(root, rest),
        [part, ..] if PARTS.contains(part) => release(root, "courser-bench", arguments),
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

/// A program of the workspace, where the caller stands, so that paths are found as they were written.
fn tool(root: &Path, package: &str, arguments: &[&str]) -> Result<()> {
    let manifest = root.join("Cargo.toml");
    let manifest = manifest
        .to_str()
        .context("the workspace's path is not UTF-8")?;
    let run = [
        "run",
        "--quiet",
        "--package",
        package,
        "--manifest-path",
        manifest,
        "--",
    ];
    let mut command = steps::cargo(root, &[&run, arguments].concat());
    command.current_dir(std::env::current_dir()?);
    steps::show(command)
}
