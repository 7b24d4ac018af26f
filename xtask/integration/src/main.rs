//! Courser against servers that others wrote, on every transport and driver.
//!
//! Each server is started by this program on free loopback ports, from files in a folder of the
//! run's own, and stopped by its own process id. One that is not installed fails the run: see
//! `--help` for what to install.

mod apache;
mod case;
mod cases;
mod httpbin;
mod nginx;
mod process;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::case::{Case, Setup};

const HELP: &str = "\
Usage: cargo xtask integration [--only TEXT] [--list]

Runs the client against nginx, apache2 and httpbin, on each transport and each driver.
`--only TEXT` runs the cases with TEXT in their names; `--list` names them all.

It wants `nginx` and `apache2` on the path (Debian: nginx-light, apache2-bin), and a Python that has
httpbin and gunicorn: $COURSER_PYTHON, or else python3 (`pip install httpbin gunicorn`).
";

fn main() -> ExitCode {
    match run() {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// How many cases failed.
fn run() -> Result<usize> {
    let mut only = None;
    let mut list = false;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--only" => only = Some(arguments.next().context("--only wants a text")?),
            "--list" => list = true,
            "--help" | "-h" => {
                print!("{HELP}");
                return Ok(0);
            }
            other => bail!("there is no option {other}\n\n{HELP}"),
        }
    }
    let wanted = |case: &&Case| only.as_ref().is_none_or(|only| case.name.contains(only));
    let cases: Vec<&Case> = cases::ALL
        .iter()
        .copied()
        .flatten()
        .filter(wanted)
        .collect();
    if list {
        for case in cases {
            println!("{}", case.name);
        }
        return Ok(0);
    }

    let folder = tempfile::tempdir().context("making a folder for the servers' files")?;
    let ca = courser_testkit::Ca::new();
    let nginx = nginx::start(folder.path(), &ca)?;
    let apache = apache::start(folder.path(), &ca)?;
    let httpbin = httpbin::start(folder.path())?;
    println!(
        "servers: {}, {}, {}",
        nginx.version, apache.version, httpbin.version
    );

    let (mut passed, mut failed) = (0, 0);
    for setup in Setup::all(ca.der(), [&nginx, &apache, &httpbin])? {
        let before = (passed, failed);
        for case in &cases {
            match (case.run)(&setup) {
                Ok(()) => passed += 1,
                Err(error) => {
                    failed += 1;
                    println!("FAILED {} on {}: {error:#}", case.name, setup.name);
                }
            }
        }
        let (passed, failed) = (passed - before.0, failed - before.1);
        println!("{:<18} {passed} passed, {failed} failed", setup.name);
    }
    // Nothing is ever skipped: what is missing is an error above.
    println!("integration: {passed} passed, {failed} failed, 0 skipped");
    Ok(failed)
}
