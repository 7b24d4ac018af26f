//! `cargo xtask test`: what has to be green.

use std::path::Path;

use anyhow::Result;

use crate::steps::{Steps, cargo, show};

/// Runs every step, up to the first that fails.
pub fn run(root: &Path) -> Result<()> {
    let mut steps = Steps::default();
    let run = |arguments: &str| {
        let arguments: Vec<&str> = arguments.split(' ').collect();
        show(cargo(root, &arguments))
    };
    steps.step("format", || run("fmt --all --check"))?;
    steps.step("clippy", || {
        run("clippy --workspace --all-targets --all-features -- -D warnings")
    })?;
    steps.step("tests", || {
        run("test --workspace --all-features --lib --bins --tests --examples")
    })?;
    steps.step("doc tests", || run("test --doc --workspace --all-features"))?;
    steps.step("docs", || {
        let mut doc = cargo(root, &["doc", "--workspace", "--no-deps", "--all-features"]);
        doc.env("RUSTDOCFLAGS", "-D warnings");
        show(doc)
    })?;
    steps.step("tidy", || crate::tidy::run(root))?;
    println!("{}", steps.summary());
    Ok(())
}
