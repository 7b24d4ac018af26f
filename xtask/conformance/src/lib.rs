//! Public test suites, read in place: a folder a suite, a module a folder.
//!
//! A suite is a function from its folder to a [`Tally`], and a line in `SUITES`. What stands
//! beside the known folders is named, so that no data is passed over in silence.

mod cookies;
mod edn;
mod report;
mod transit;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

pub use report::{Report, Tally};

/// Runs a suite that stands in that folder.
type Suite = fn(&Path) -> Result<Tally>;

/// The folders that are known.
const SUITES: &[(&str, Suite)] = &[
    ("cookies", cookies::run),
    ("edn", edn::run),
    ("transit", transit::run),
];

/// Where the data is if nobody says: the folder of `COURSER_CONFORMANCE`, or beside the project.
pub fn default_folder() -> PathBuf {
    // This crate stands two levels below the project's root.
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let around = here.ancestors().nth(3).unwrap_or(here);
    std::env::var_os("COURSER_CONFORMANCE")
        .map_or_else(|| around.join("shared/conformance"), PathBuf::from)
}

/// Runs all suites of the folder.
///
/// # Errors
/// If the folder is not there or cannot be read, or has nothing that is known, or a known suite has nothing in it.
pub fn run(folder: &Path) -> Result<Report> {
    ensure!(
        folder.is_dir(),
        "there is no folder {}: say which one has the data, or name it by COURSER_CONFORMANCE",
        folder.display()
    );
    let mut report = Report::default();
    for path in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        match SUITES.iter().find(|(known, _)| *known == name) {
            None => report.unknown(&name),
            Some((known, suite)) => {
                let tally = suite(&path).with_context(|| format!("the suite {known}"))?;
                ensure!(tally.count() > 0, "{} has no cases", path.display());
                report.suite(known, tally);
            }
        }
    }
    ensure!(
        report.passed() + report.failed() > 0,
        "{} has none of the folders that are known",
        folder.display()
    );
    Ok(report)
}

/// The paths in a folder, sorted.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let read = || -> std::io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect()
    };
    let mut paths = read().with_context(|| format!("reading {}", folder.display()))?;
    paths.sort();
    Ok(paths)
}

/// The files of a folder that end in `.extension`, with what is in them.
fn files(folder: &Path, extension: &str) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    entries(folder)?
        .into_iter()
        .filter(|path| path.extension().is_some_and(|end| end == extension))
        .map(|path| {
            let bytes = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
            Ok((path, bytes))
        })
        .collect()
}
