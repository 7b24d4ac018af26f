//! `cargo xtask tidy`: the invariants that compilers do not keep.
//!
//! A check takes what it looks at and returns [`Finding`]s; [`check`] runs them all on a tree.

mod documents;
mod licences;
mod locks;
mod manifests;
mod runtime;
mod sources;
mod spdx;
mod star;

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::metadata::Metadata;

/// Something that is not as it has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file it is in, from the root.
    pub file: String,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl Finding {
    fn new(file: impl Into<String>, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            what: what.into(),
            remedy: remedy.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.file, self.what, self.remedy)
    }
}

/// Prints what it finds, and fails if that is anything.
pub fn run(root: &Path) -> Result<()> {
    let mut findings = check(root)?;
    // Not among the checks of the tree, because the one may need the network, and the other builds
    // the program first.
    findings.extend(locks::check(root)?);
    if !crate::options::is_current(root)? {
        let what = "its option table is not that of the code";
        findings.push(Finding::new("README.md", what, "run `cargo xtask options`"));
    }
    for finding in &findings {
        println!("{finding}");
    }
    println!("tidy: {} findings", findings.len());
    if !findings.is_empty() {
        bail!("the tree is not tidy");
    }
    Ok(())
}

/// All that is wrong with the tree.
pub fn check(root: &Path) -> Result<Vec<Finding>> {
    let metadata = Metadata::load(root)?;
    let mut findings = star::check(&metadata);
    findings.extend(runtime::check(root, &metadata)?);
    findings.extend(licences::check(root, &metadata));
    findings.extend(manifests::check(root, &metadata));
    findings.extend(sources::check(root)?);
    findings.extend(documents::check(root, &metadata));
    Ok(findings)
}

/// A file's name from the root, with `/`.
fn relative(root: &Path, file: &Path) -> String {
    let file = file.strip_prefix(root).unwrap_or(file);
    file.to_string_lossy().replace('\\', "/")
}

/// Reads a file of the root, or finds it missing.
fn read(root: &Path, file: &str) -> Result<String, Finding> {
    std::fs::read_to_string(root.join(file))
        .map_err(|error| Finding::new(file, format!("cannot be read ({error})"), "write it"))
}

/// Every Rust source below these folders.
fn rust_files(root: &Path, folders: &[&str]) -> Result<Vec<PathBuf>> {
    files(root, folders, |path| {
        path.extension().is_some_and(|extension| extension == "rs")
    })
}

/// The files of that kind below these folders, built things aside.
fn files(root: &Path, folders: &[&str], wanted: fn(&Path) -> bool) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut open: Vec<PathBuf> = folders
        .iter()
        .map(|folder| root.join(folder))
        .filter(|path| path.is_dir())
        .collect();
    while let Some(folder) = open.pop() {
        for entry in
            std::fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?
        {
            let path = entry?.path();
            if path.is_dir() {
                if path.file_name().is_some_and(|name| name != "target") {
                    open.push(path);
                }
            } else if wanted(&path) {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_one_line() {
        let finding = Finding::new("a/b.rs", "is upside down", "turn it");
        assert_eq!(finding.to_string(), "a/b.rs: is upside down; turn it");
    }

    #[test]
    fn finds_its_own_sources() {
        let root = &crate::root().join("xtask");
        let files = rust_files(root, &["src", "nowhere"]).unwrap();
        let names: Vec<String> = files.iter().map(|file| relative(root, file)).collect();
        assert!(names.contains(&"src/tidy/mod.rs".to_owned()), "{names:?}");
    }
}
