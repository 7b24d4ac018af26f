//! The manifests: shared lints, and the oldest Rust that will do.

use std::path::Path;

use super::{Finding, read, relative};
use crate::metadata::Metadata;

pub(super) fn check(root: &Path, metadata: &Metadata) -> Vec<Finding> {
    let mut findings = Vec::new();
    match read(root, "Cargo.toml") {
        Err(finding) => findings.push(finding),
        Ok(manifest) => {
            if !has_line(
                &manifest,
                "workspace.lints.rust",
                "unsafe_code = \"forbid\"",
            ) {
                findings.push(Finding::new(
                    "Cargo.toml",
                    "does not forbid unsafe code",
                    "say `unsafe_code = \"forbid\"` in [workspace.lints.rust]",
                ));
            }
        }
    }
    for member in metadata.members() {
        let file = relative(root, &member.manifest);
        let lints = read(root, &file)
            .is_ok_and(|manifest| has_line(&manifest, "lints", "workspace = true"));
        if !lints {
            findings.push(Finding::new(
                &file,
                "has lints of its own",
                "say `workspace = true` in [lints]",
            ));
        }
        if member.rust_version.is_none() {
            let remedy = "say `rust-version.workspace = true` in [package]";
            findings.push(Finding::new(&file, "names no Rust version", remedy));
        }
    }
    findings.extend(rust_versions(metadata));
    findings
}

/// What our users compile must not ask for a newer Rust than we do; what only our tests compile may.
fn rust_versions(metadata: &Metadata) -> Vec<Finding> {
    let ours = metadata
        .members()
        .filter_map(|member| member.rust_version.as_deref())
        .map(number)
        .min();
    let Some(ours) = ours else {
        let remedy = "say `rust-version` in [workspace.package]";
        return vec![Finding::new("Cargo.toml", "names no Rust version", remedy)];
    };
    let newer = metadata.shipped().into_iter().filter_map(|package| {
        let theirs = package.rust_version.as_deref()?;
        (number(theirs) > ours).then(|| {
            let what = format!(
                "{} {} asks for Rust {theirs}, newer than ours",
                package.name, package.version
            );
            Finding::new(
                "Cargo.lock",
                what,
                "take an older version of it with `cargo update --precise`",
            )
        })
    });
    newer.collect()
}

/// `1.88` and `1.88.0` are the same.
fn number(version: &str) -> [u32; 3] {
    let mut parts = version
        .split(['.', '-', '+'])
        .map(|part| part.parse().unwrap_or(0));
    [(); 3].map(|()| parts.next().unwrap_or(0))
}

/// Whether a section of a TOML file has that line, spaces aside.
fn has_line(toml: &str, section: &str, line: &str) -> bool {
    let squeeze = |line: &str| line.split_whitespace().collect::<String>();
    let header = format!("[{section}]");
    let lines = toml
        .lines()
        .map(squeeze)
        .skip_while(|line| *line != header)
        .skip(1);
    let mut lines = lines.take_while(|line| !line.starts_with('['));
    lines.any(|found| found.split('#').next() == Some(squeeze(line).as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_belong_to_sections() {
        let toml = "[a]\nx = 1\n[lints]\nworkspace=true # all\n[b]\ny = 2\n";
        assert!(has_line(toml, "lints", "workspace = true"));
        assert!(!has_line(toml, "lints", "x = 1"));
        assert!(!has_line(toml, "lints", "y = 2"));
        assert!(!has_line(
            "[lints]\n# workspace = true\n",
            "lints",
            "workspace = true"
        ));
    }

    #[test]
    fn versions_compare_as_numbers() {
        assert_eq!(number("1.88"), number("1.88.0"));
        assert!(number("1.100") > number("1.88"));
        assert!(number("1.88.1") > number("1.88"));
    }

    #[test]
    fn a_dependency_that_is_too_new_is_found() {
        let json = |version: &str| {
            format!(
                r#"{{"packages": [
                    {{"id": "a", "name": "a", "rust_version": "1.88", "publish": null}},
                    {{"id": "b", "name": "b", "version": "2.0.0", "rust_version": "{version}"}}
                ], "workspace_members": ["a"],
                "resolve": {{"nodes": [{{"id": "a", "deps": [{{"pkg": "b", "dep_kinds": [{{"kind": null}}]}}]}}]}}}}"#
            )
        };
        let check = |version: &str| rust_versions(&Metadata::parse(&json(version)).unwrap());
        assert!(check("1.88.0").is_empty());
        let [finding] = check("1.90").try_into().unwrap();
        assert!(
            finding
                .to_string()
                .starts_with("Cargo.lock: b 2.0.0 asks for Rust 1.90"),
            "{finding}"
        );
        assert_eq!(rust_versions(&Metadata::default()).len(), 1);
    }
}
