//! The documents: what they name exists, and what exists is named.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Finding, read};
use crate::metadata::Metadata;

/// Documents whose links, paths and examples have to exist.
const DOCUMENTS: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "examples/README.md",
];

/// The folders that a path in backticks may start with; anything else with a slash may be a media type or a header.
const FOLDERS: &[&str] = &[
    ".cargo/",
    ".ci/",
    "benches/",
    "crates/",
    "docs/",
    "examples/",
    "fuzz/",
    "oracle/",
    "tests/",
    "xtask/",
];

pub(super) fn check(root: &Path, metadata: &Metadata) -> Vec<Finding> {
    let targets = metadata.members().flat_map(|member| &member.targets);
    let examples = targets.filter(|target| target.kinds.iter().any(|kind| kind == "example"));
    let examples: BTreeSet<&str> = examples.map(|target| target.name.as_str()).collect();
    let crates: Vec<&str> = metadata
        .members()
        .filter(|member| super::relative(root, &member.manifest).starts_with("crates/"))
        .map(|member| member.name.as_str())
        .collect();

    let mut findings = Vec::new();
    for file in DOCUMENTS {
        match read(root, file) {
            Err(finding) => findings.push(finding),
            Ok(text) => {
                findings.extend(check_paths(root, file, &text));
                findings.extend(check_examples(file, &text, &examples));
                match *file {
                    "ARCHITECTURE.md" => findings.extend(check_crates(file, &text, &crates)),
                    "CHANGELOG.md" => findings.extend(check_unreleased(file, &text)),
                    _ => {}
                }
            }
        }
    }
    findings
}

fn check_paths(root: &Path, file: &str, text: &str) -> Vec<Finding> {
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    let mut findings = Vec::new();
    for (number, line) in prose(text) {
        let links = links(line).into_iter().map(|link| (link, false));
        let paths = backticked(line).into_iter().map(|path| (path, true));
        for (path, from_root) in links.chain(paths) {
            let beside = root.join(folder).join(path).exists();
            if !(beside || from_root && root.join(path).exists()) {
                let what = format!("names {path}, which does not exist");
                findings.push(Finding::new(
                    format!("{file}:{number}"),
                    what,
                    "write that, or mend the name",
                ));
            }
        }
    }
    findings
}

fn check_examples(file: &str, text: &str, examples: &BTreeSet<&str>) -> Vec<Finding> {
    let lines = (1..).zip(text.lines());
    lines
        .filter_map(|(number, line): (usize, &str)| {
            let (_, rest) = line.split_once("--example ")?;
            let name = rest
                .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
                .next()?;
            // A placeholder such as `--example <name>` is no name.
            (!name.is_empty() && !examples.contains(name)).then(|| {
                let what = format!("runs the example {name}, which does not exist");
                Finding::new(
                    format!("{file}:{number}"),
                    what,
                    "write it, or mend the name",
                )
            })
        })
        .collect()
}

fn check_crates(file: &str, text: &str, crates: &[&str]) -> Vec<Finding> {
    let named = |name: &str| {
        text.contains(&format!("`{name}`")) || text.contains(&format!("crates/{name}/"))
    };
    let missing = crates.iter().filter(|name| !named(name));
    missing
        .map(|name| {
            Finding::new(
                file,
                format!("does not name `{name}`"),
                "say what that crate is for",
            )
        })
        .collect()
}

fn check_unreleased(file: &str, text: &str) -> Option<Finding> {
    let named = text
        .lines()
        .any(|line| matches!(line.trim(), "## [Unreleased]" | "## Unreleased"));
    let finding = || {
        Finding::new(
            file,
            "has no section for what is unreleased",
            "add `## [Unreleased]` at its top",
        )
    };
    (!named).then(finding)
}

/// The lines, numbered, without those of code blocks.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    (1..).zip(text.lines()).filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        !in_code && !fence
    })
}

/// The targets of links that point into the tree, without their fragments.
fn links(line: &str) -> Vec<&str> {
    let targets = line
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', ' ']).next());
    let local = targets.filter(|target| !target.contains(':') && !target.starts_with("//"));
    local
        .filter_map(|target| target.split('#').next())
        .filter(|target| !target.is_empty())
        .collect()
}

/// What stands in backticks and reads like a path of the tree.
fn backticked(line: &str) -> Vec<&str> {
    let in_path = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    let quoted = line.split('`').skip(1).step_by(2);
    quoted
        .filter(|text| {
            FOLDERS.iter().any(|folder| text.starts_with(folder)) && text.chars().all(in_path)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(findings: impl IntoIterator<Item = Finding>) -> Vec<String> {
        findings
            .into_iter()
            .map(|finding| format!("{}: {}", finding.file, finding.what))
            .collect()
    }

    #[test]
    fn links_and_paths_are_read() {
        assert_eq!(
            links(
                "[a](b.md), [c](d/e.rs#L3 \"t\"), [f](https://x.test/), [g](#here), [h](mailto:a@b)"
            ),
            ["b.md", "d/e.rs"]
        );
        assert_eq!(
            backticked("`crates/a/src/lib.rs`, `text/html`, `tests/*.rs`, `.ci/run`, crates/b"),
            ["crates/a/src/lib.rs", ".ci/run"]
        );
    }

    #[test]
    fn what_does_not_exist_is_found() {
        let root = &crate::root().join("xtask");
        let text =
            "[x](src/lib.rs) [y](src/none.rs)\n```\n[z](src/none.rs)\n```\n`xtask/none.rs`\n";
        let found = lines(check_paths(root, "README.md", text));
        assert_eq!(
            found,
            [
                "README.md:1: names src/none.rs, which does not exist",
                "README.md:5: names xtask/none.rs, which does not exist",
            ]
        );
        // Links are taken from the document's own folder.
        assert!(check_paths(root, "src/README.md", "[x](lib.rs) [y](../Cargo.toml)").is_empty());
        assert_eq!(
            check_paths(root, "src/README.md", "[x](src/lib.rs)").len(),
            1
        );
    }

    #[test]
    fn examples_exist() {
        let text = "```\ncargo run --example tour\n```\n`cargo run --example gone -- x`, `--example <name>`";
        let found = lines(check_examples("README.md", text, &BTreeSet::from(["tour"])));
        assert_eq!(
            found,
            ["README.md:4: runs the example gone, which does not exist"]
        );
    }

    #[test]
    fn crates_and_changes_are_named() {
        let text =
            "`courser` is the facade, crates/courser-h1/src the protocol, courser-rt the drivers";
        let found = lines(check_crates(
            "ARCHITECTURE.md",
            text,
            &["courser", "courser-h1", "courser-rt"],
        ));
        assert_eq!(found, ["ARCHITECTURE.md: does not name `courser-rt`"]);
        assert!(check_unreleased("CHANGELOG.md", "# Changes\n\n## [Unreleased]\n").is_none());
        assert!(check_unreleased("CHANGELOG.md", "# Changes\n\n## 0.1.0\n").is_some());
    }
}
