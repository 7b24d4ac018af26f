//! `cargo xtask fuzz`: the fuzz targets of all crates, on the stable toolchain.
//!
//! libFuzzer needs counters in the code, which rustc leaves to a pass of LLVM's, and is a crate
//! itself. There is no sanitizer of memory, since there is no `unsafe` of ours.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::steps::{cargo, output, show};

/// What `cargo fuzz` gives to rustc, without its sanitizer.
const FLAGS: &str = "\
    -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Ccodegen-units=1 --cfg fuzzing";

const SECONDS: u64 = 30;

/// Builds and runs every target of `crates/*/fuzz`, each for the seconds that `arguments` say.
pub fn run(root: &Path, arguments: &[&str]) -> Result<()> {
    let seconds = match arguments {
        [] => SECONDS,
        ["--seconds", seconds] => seconds
            .parse()
            .with_context(|| format!("--seconds {seconds} is no whole number"))?,
        other => bail!("`fuzz` takes --seconds N, not `{}`", other.join(" ")),
    };
    ensure!(seconds > 0, "--seconds 0 would run for ever");
    let mut targets = 0;
    let mut executions = 0;
    let mut crashes = 0;
    for folder in folders(root)? {
        let triple = build(&folder)?;
        for target in names(&folder)? {
            let run = run_target(&folder, &triple, &target, seconds)?;
            println!(
                "{target}: {} executions, {} crashes",
                run.executions, run.crashes
            );
            targets += 1;
            executions += run.executions;
            crashes += run.crashes;
        }
    }
    println!("fuzz: {targets} targets, {executions} executions, {crashes} crashes");
    ensure!(
        crashes == 0,
        "a target crashed; run it with the file named above to see it again"
    );
    Ok(())
}

fn folders(root: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(root.join("crates"))? {
        let folder = entry?.path().join("fuzz");
        if folder.join("Cargo.toml").exists() {
            folders.push(folder);
        }
    }
    folders.sort();
    Ok(folders)
}

/// Builds the targets with counters; returns the triple, after which their folder is called.
fn build(folder: &Path) -> Result<String> {
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.arg("-vV");
    let version = output(rustc)?;
    let triple = version.lines().find_map(|line| line.strip_prefix("host: "));
    let triple = triple.context("rustc -vV names no host")?;
    // With a triple, the flags are not for build scripts and macros, which have no main of libFuzzer's.
    let mut build = cargo(
        folder,
        &["build", "--release", "--locked", "--target", triple],
    );
    build.env("RUSTFLAGS", FLAGS);
    build.env("CARGO_TARGET_DIR", folder.join("target"));
    show(build)?;
    Ok(triple.to_owned())
}

fn names(folder: &Path) -> Result<Vec<String>> {
    let metadata = [
        "metadata",
        "--format-version",
        "1",
        "--no-deps",
        "--offline",
    ];
    let metadata: Value = serde_json::from_str(&output(cargo(folder, &metadata))?)?;
    let targets = metadata.pointer("/packages/0/targets");
    let targets = targets.and_then(Value::as_array).context("no targets")?;
    let is_bin = |target: &&Value| target.pointer("/kind/0").is_some_and(|kind| kind == "bin");
    let names = targets.iter().filter(is_bin);
    let names = names.filter_map(|target| target.get("name")?.as_str());
    Ok(names.map(str::to_owned).collect())
}

#[derive(Debug, PartialEq)]
struct Run {
    executions: u64,
    crashes: u64,
}

fn run_target(folder: &Path, triple: &str, target: &str, seconds: u64) -> Result<Run> {
    let built = folder.join("target");
    let corpus = built.join("corpus").join(target);
    let artifacts = built.join("artifacts").join(target);
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&artifacts)?;
    let mut command = Command::new(built.join(triple).join("release").join(target));
    command
        .current_dir(folder)
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .args([
            "-max_len=1024",
            "-timeout=10",
            "-rss_limit_mb=1024",
            "-print_final_stats=1",
        ]);
    if folder.join("words.dict").exists() {
        command.arg("-dict=words.dict");
    }
    command.arg(&corpus);
    if folder.join("seeds").exists() {
        command.arg("seeds");
    }
    let output = command
        .output()
        .with_context(|| format!("starting the target {target}"))?;
    let log = String::from_utf8_lossy(&output.stderr);
    let run = Run {
        executions: executions(&log),
        crashes: u64::from(!output.status.success()),
    };
    if run.crashes > 0 {
        eprintln!("{log}");
    }
    Ok(run)
}

/// From libFuzzer's statistics; after a crash, at least its last line of progress.
fn executions(log: &str) -> u64 {
    let total = "stat::number_of_executed_units:";
    let total = log.lines().find_map(|line| line.strip_prefix(total));
    let last = || {
        log.lines()
            .rev()
            .find_map(|line| line.strip_prefix('#')?.split('\t').next())
    };
    total
        .or_else(last)
        .and_then(|number| number.trim().parse().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executions_are_read_from_the_log() {
        for (log, expected) in [
            (
                "INFO: x\nstat::number_of_executed_units: 324882\nstat::y: 1\n",
                324_882,
            ),
            (
                "#12\tINITED cov: 1\n#512\tpulse cov: 2\n==1== ERROR: deadly signal\n",
                512,
            ),
            ("", 0),
        ] {
            assert_eq!(executions(log), expected, "{log}");
        }
    }

    #[test]
    fn odd_arguments_are_refused() {
        let root = Path::new("/nowhere");
        for arguments in [
            &["--seconds"][..],
            &["--seconds", "x"],
            &["--seconds", "0"],
            &["x"],
        ] {
            assert!(run(root, arguments).is_err(), "{arguments:?}");
        }
    }
}
