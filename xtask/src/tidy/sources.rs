//! The sources: their length, and what must not stay in them.

use std::path::Path;

use anyhow::{Context, Result};

use super::{Finding, relative, rust_files};

/// Lines of a file of a member before its tests.
const LONGEST: usize = 600;

/// Where sources are.
const FOLDERS: &[&str] = &["crates", "xtask", "tests", "examples", "benches", "fuzz"];

/// What is left to do belongs into an issue. (In two parts, or this file would be found.)
const UNFINISHED: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("to", "do!("),
    concat!("unimpl", "emented!("),
    concat!("db", "g!("),
];

pub(super) fn check(root: &Path) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for path in rust_files(root, FOLDERS)? {
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("reading {}", path.display()))?;
        findings.extend(check_file(&relative(root, &path), &text));
    }
    Ok(findings)
}

fn check_file(file: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let length = text
        .lines()
        .take_while(|line| !line.starts_with("#[cfg(test)]"))
        .count();
    let of_member =
        file.starts_with("crates/") && file.contains("/src/") || file.starts_with("xtask/src/");
    if of_member && length > LONGEST {
        let what = format!("has {length} lines before its tests, more than {LONGEST}");
        findings.push(Finding::new(file, what, "split it by concept"));
    }
    for (number, line) in (1..).zip(text.lines()) {
        let at = format!("{file}:{number}");
        if let Some(word) = UNFINISHED.iter().find(|word| has_word(line, word)) {
            findings.push(Finding::new(
                &at,
                format!("says {word}"),
                "do it, or open an issue",
            ));
        }
        if line.trim_start().starts_with("#[ignore]") {
            findings.push(Finding::new(
                &at,
                "ignores a test",
                "run it, or give the reason: #[ignore = \"…\"]",
            ));
        }
    }
    findings
}

/// Whether the line has it, and not as a part of a longer word.
fn has_word(line: &str, word: &str) -> bool {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let (before, rest) = line.split_at(at);
        let after = rest.strip_prefix(word).unwrap_or_default();
        !before.ends_with(part_of_word) && (word.ends_with('(') || !after.starts_with(part_of_word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(file: &str, text: &str, expected: &[&str]) {
        let found: Vec<String> = check_file(file, text)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{found}");
        }
    }

    #[test]
    fn long_files_are_found_without_their_tests() {
        let lines = |count| "//\n".repeat(count);
        check("crates/a/src/b.rs", &lines(600), &[]);
        check(
            "crates/a/src/b.rs",
            &lines(601),
            &["crates/a/src/b.rs: has 601 lines"],
        );
        check("crates/a/tests/b.rs", &lines(601), &[]);
        let tested = format!("{}#[cfg(test)]\n{}", lines(600), lines(600));
        check("xtask/src/b.rs", &tested, &[]);
    }

    #[test]
    fn unfinished_work_is_found() {
        for word in UNFINISHED {
            let text = format!("fn a() {{\n    {word}");
            check("a.rs", &text, &[&format!("a.rs:2: says {word}")]);
        }
        check(
            "a.rs",
            concat!("let METHO", "TO", "DO = 1; // mas", "TO", "DON"),
            &[],
        );
        check(
            "a.rs",
            "#[ignore]\n#[ignore = \"slow\"]\n",
            &["a.rs:1: ignores a test"],
        );
    }
}
