//! `cargo xtask conformance`: see [`courser_conformance`].

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};

const HELP: &str = "\
Usage: cargo xtask conformance [DIR]

Runs the documents of public test suites, a folder of DIR each: a line for each failure, then the sums. DIR is
the folder that COURSER_CONFORMANCE names unless it is given, and else ../shared/conformance beside the project.
";

fn main() -> ExitCode {
    match go() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Whether nothing failed.
fn go() -> Result<bool> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let folder = match words.as_slice() {
        ["--help" | "-h" | "help"] => {
            print!("{HELP}");
            return Ok(true);
        }
        [] => courser_conformance::default_folder(),
        [folder] if !folder.starts_with('-') => PathBuf::from(folder),
        _ => bail!("one folder, or none\n\n{HELP}"),
    };
    let report = courser_conformance::run(&folder)?;
    print!("{report}");
    Ok(report.failed() == 0)
}
