//! `cargo xtask torture`: exchanges that are cut, delayed, truncated and corrupted at every byte,
//! and what Courser makes of them: the right response or a clear error, never a wrong response;
//! nothing leaked, nothing repeated that must not be, and the client works on.

mod exchanges;
mod judge;
mod run;

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail, ensure};

use run::{Rack, Sums};

const HELP: &str = "\
Usage: cargo xtask torture [options]

Sends exchanges through a proxy that harms each at one byte after the other, on both drivers; after each the client is
asked again.

  --every N        only every Nth byte; 1 unless said
  --exchange NAME  only this exchange (may be given again)
  --transport T    native, which is the default, or reqwest

Ends with: torture: N cuts, 0 wrong, 0 leaked, 0 hung. Fails if one of them is not 0.
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
    let mut rack = Rack::default();
    let mut names: Vec<String> = Vec::new();
    while let Some(word) = words.next() {
        let mut value = || {
            words
                .next()
                .with_context(|| format!("{word} wants a value"))
        };
        match word.as_str() {
            "--every" => {
                rack.every = value()?.parse().context("--every wants a number")?;
                ensure!(rack.every > 0, "--every wants a number from 1");
            }
            "--exchange" => names.push(value()?),
            "--transport" => {
                rack.reqwest = match value()?.as_str() {
                    "native" => false,
                    "reqwest" => true,
                    other => bail!("there is no transport {other}; there are native and reqwest"),
                }
            }
            "--help" | "-h" | "help" => {
                print!("{HELP}");
                return Ok(true);
            }
            _ => bail!("there is no option {word}\n\n{HELP}"),
        }
    }
    let known: Vec<&str> = exchanges::ALL
        .iter()
        .map(|exchange| exchange.name)
        .collect();
    for name in &names {
        ensure!(
            known.contains(&name.as_str()),
            "there is no exchange {name}; there are {}",
            known.join(", ")
        );
    }
    run::watch();
    let mut all = Sums::default();
    for exchange in exchanges::ALL {
        if names.is_empty() || names.iter().any(|name| name == exchange.name) {
            all.add(&rack.exchange(exchange)?);
        }
    }
    println!("torture: {all}");
    Ok(all.are_fine())
}
