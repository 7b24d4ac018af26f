//! The members that compile without a runtime.

use std::path::Path;

use anyhow::Result;

use super::Finding;
use crate::metadata::Metadata;
use crate::steps::{cargo, output};

const WITHOUT: &[&str] = &[
    "courser-auth",
    "courser-cache",
    "courser-coerce",
    "courser-cookies",
    "courser-core",
    "courser-h1",
    "courser-pool",
];
/// No features of theirs bring one either.
const WITHOUT_EVER: &[&str] = &["courser-core", "courser-h1", "courser-pool"];

pub(super) fn check(root: &Path, metadata: &Metadata) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for package in metadata.members() {
        let name = package.name.as_str();
        if !WITHOUT.contains(&name) {
            continue;
        }
        // Cargo's own resolution, since features of other members would show in the metadata.
        let mut arguments = vec![
            "tree",
            "--package",
            name,
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ];
        if WITHOUT_EVER.contains(&name) {
            arguments.push("--all-features");
        }
        findings.extend(check_tree(name, &output(cargo(root, &arguments))?));
    }
    Ok(findings)
}

fn check_tree(name: &str, tree: &str) -> Option<Finding> {
    let runtime = tree
        .lines()
        .find(|line| line.split(' ').next() == Some("tokio"))?;
    Some(Finding::new(
        format!("crates/{name}/Cargo.toml"),
        format!("brings {runtime} with it"),
        "find which dependency does with `cargo tree -i tokio`, and leave that to a feature or another member",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_tokio_in_a_tree() {
        let finding = check_tree(
            "courser-h1",
            "courser-h1 v0.1.0 (/x)\nbytes v1.0.0\ntokio v1.45.0 (*)\n",
        )
        .unwrap();
        assert!(
            finding
                .to_string()
                .starts_with("crates/courser-h1/Cargo.toml: brings tokio v1.45.0")
        );
        assert_eq!(
            check_tree("courser-h1", "courser-h1 v0.1.0\ntokio-macros v1.0.0\n"),
            None
        );
    }
}
