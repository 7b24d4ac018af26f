//! The lock files of the workspaces beside this one: fuzz targets, and the peers of the bench.
//!
//! Nothing else notices when one is old, until somebody builds there with `--locked`.

use std::path::Path;

use anyhow::{Result, bail};

use super::{Finding, files, relative};
use crate::steps::{cargo, name};

/// Compares each with its manifest. For that cargo reads the registry's index, which it fetches
/// where it has it not, but no crates.
pub(super) fn check(root: &Path) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let locks = files(root, &["crates", "xtask"], |path| {
        path.ends_with("Cargo.lock")
    })?;
    for lock in locks {
        let manifest = relative(root, &lock.with_file_name("Cargo.toml"));
        let update = ["update", "--workspace", "--manifest-path", &manifest];
        let mut command = cargo(root, &update);
        command.args(["--locked", "--quiet"]);
        let output = command.output()?;
        if output.status.success() {
            continue;
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        if !errors.contains("--locked") {
            bail!(
                "{} failed, it needs the network once:\n{errors}",
                name(&command)
            );
        }
        findings.push(Finding::new(
            relative(root, &lock),
            "does not lock what its manifest and those of the workspace ask for now",
            format!("run `cargo {}` and commit it", update.join(" ")),
        ));
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// A tree with one fuzz target, which depends on its crate and what that depends on; no
    /// registry has to be asked for these.
    fn tree(dependency: &str) -> Vec<(&'static str, String)> {
        let package = |name: &str, more: &str| {
            format!(
                "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{more}\n[workspace]\n"
            )
        };
        vec![
            ("crates/a/Cargo.toml", package("a", dependency)),
            ("crates/a/src/lib.rs", String::new()),
            ("crates/b/Cargo.toml", package("b", "")),
            ("crates/b/src/lib.rs", String::new()),
            (
                "crates/a/fuzz/Cargo.toml",
                package("fuzz", "[dependencies]\na.path = \"..\"\n"),
            ),
            ("crates/a/fuzz/src/lib.rs", String::new()),
        ]
    }

    fn write(root: &Path, files: &[(&str, String)]) {
        for (name, text) in files {
            let path = root.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    #[test]
    fn a_lock_that_lacks_a_dependency_is_found() {
        let root = std::env::temp_dir().join(format!("courser-locks-{}", std::process::id()));
        write(&root, &tree(""));
        let manifest = "crates/a/fuzz/Cargo.toml";
        let lock = || {
            let update = ["update", "--workspace", "--manifest-path", manifest];
            let output = cargo(&root, &update).output().unwrap();
            assert!(output.status.success(), "{output:?}");
        };
        lock();
        let current = check(&root).unwrap();
        write(&root, &tree("[dependencies]\nb.path = \"../b\"\n"));
        let old = check(&root).unwrap();
        lock();
        let mended = check(&root).unwrap();
        write(&root, &[(manifest, "not TOML".to_owned())]);
        let broken = check(&root).unwrap_err();
        fs::remove_dir_all(&root).unwrap();

        assert_eq!((current, mended), (vec![], vec![]));
        let [finding] = old.try_into().unwrap();
        assert_eq!(
            finding.to_string(),
            "crates/a/fuzz/Cargo.lock: does not lock what its manifest and those of the workspace ask for now; \
             run `cargo update --workspace --manifest-path crates/a/fuzz/Cargo.toml` and commit it"
        );
        assert!(
            broken
                .to_string()
                .starts_with("`cargo update --workspace --manifest-path"),
            "{broken}"
        );
    }
}
