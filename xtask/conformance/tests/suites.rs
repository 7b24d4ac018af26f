//! The command on folders of its own, and on the data if it is there.

use std::fs;
use std::path::{Path, PathBuf};

use courser_conformance::{default_folder, run};

/// A folder for this test, with these files.
#[allow(clippy::unwrap_used)]
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn failures_and_unknown_folders_are_named() {
    let folder = folder(
        "conformance-mixed",
        &[
            ("README.md", ""),
            (
                "cookies/parser.json",
                r#"[{"test": "A", "received": ["a=b", "c=d; Path=/x"], "sent": [{"name": "a", "value": "b"}]},
                    {"test": "B", "received": ["a=b"], "sent": []}, {"test": "DISABLED_C"}]"#,
            ),
            (
                "cookies/dates-some.json",
                r#"[{"test": "1-Feb-2011 00:00:01", "expected": "Tue, 01 Feb 2011 00:00:01 GMT"},
                    {"test": "1 Feb 2011 00:00:01", "expected": null}, {"test": "soon", "expected": null}]"#,
            ),
            ("dance/steps.json", ""),
            ("edn/valid/good.edn", "[1]"),
            ("edn/valid/bad.edn", "[1"),
            ("edn/invalid/good.edn", "}"),
            ("edn/invalid/bad.edn", "[1\n]"),
        ],
    );
    let report = run(&folder).unwrap();
    assert_eq!(
        report.to_string(),
        "dance: not known yet\n\
         cookies: FAILED: cookies/dates-some.json 1 Feb 2011 00:00:01: is read, and should be none\n\
         cookies: FAILED: cookies/parser.json B: \"a=b\" is sent by standard, and should be \"\"\n\
         cookies: 3 passed, 2 failed\n\
         edn: FAILED: valid/bad.edn: line 1, column 3: found the end of the text, expected `]` (the vector of line 1, \
         column 1)\n\
         edn: FAILED: invalid/bad.edn: is read as [1], and should be an error\n\
         edn: 2 passed, 2 failed\n\
         conformance: 5 passed, 4 failed\n"
    );
    assert_eq!(report.failed(), 4);
}

#[test]
fn a_suite_without_documents_is_an_error() {
    let folder = folder(
        "conformance-empty",
        &[("edn/valid/good.edn", "1"), ("edn/invalid/README.md", "")],
    );
    let error = format!("{:#}", run(&folder).unwrap_err());
    assert!(error.contains("no documents in"), "{error}");
    assert!(run(&folder.join("none")).is_err());
}

#[test]
fn the_data_passes() {
    let folder = default_folder();
    if !folder.is_dir() {
        eprintln!(
            "SKIPPED: no folder {}; name that of the public suites by COURSER_CONFORMANCE",
            folder.display()
        );
        return;
    }
    let report = run(&folder).unwrap();
    assert!(report.passed() > 0);
    assert_eq!(report.failed(), 0, "\n{report}");
}
