//! `cargo xtask attack`: hostile servers, and what Courser does with them.
//!
//! An attack is a function that plays one row of the list of attacks, and returns what came of it:
//! an outcome that does no harm, or an error that says what the harm is. A class of attacks has
//! controls too: the same attack with the defence switched off, or on a client that has none. A
//! control has to be hit, or else the attack is not one.

mod classes;
mod harness;
mod naive;
mod report;

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail, ensure};

use harness::{Transport, run};
use report::{HEAD, Sums};

/// Counts what the process has at its peak.
#[global_allocator]
static MEMORY: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;

const HELP: &str = "\
Usage: cargo xtask attack [options]

Runs hostile servers against the client: a line for each attack with what came of it and the memory it took, then,
for each class, the controls, which have to be hit.

  --row N          only this row of the list (may be given again), and the controls for it
  --transport T    the transport to run them on: native, or reqwest

Fails if an attack did harm, or a control was not hit.
";

fn main() -> ExitCode {
    match go(std::env::args().skip(1)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Whether all went well.
fn go(mut words: impl Iterator<Item = String>) -> Result<bool> {
    let mut rows: Vec<u8> = Vec::new();
    let mut transport = Transport::default();
    while let Some(word) = words.next() {
        let mut value = || {
            words
                .next()
                .with_context(|| format!("{word} wants a value"))
        };
        match word.as_str() {
            "--row" => rows.push(value()?.parse().context("--row wants a number")?),
            "--transport" => transport = Transport::named(&value()?)?,
            "--help" | "-h" | "help" => {
                print!("{HELP}");
                return Ok(true);
            }
            _ => bail!("there is no option {word}\n\n{HELP}"),
        }
    }
    let all: Vec<u8> = classes::ALL
        .iter()
        .flat_map(|class| class.attacks.iter().map(|attack| attack.row))
        .collect();
    for row in &rows {
        ensure!(
            all.contains(row),
            "there is no row {row}; there are {all:?}"
        );
    }
    // The peer of the controls wants a provider of cryptography; that there is one is no error.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut sums = Sums::default();
    println!("{HEAD}");
    let wanted = |row| rows.is_empty() || rows.contains(&row);
    run(classes::ALL, transport, wanted, |line| {
        println!("{line}");
        sums.add(&line);
    });
    println!("{sums}");
    Ok(sums.are_fine())
}
