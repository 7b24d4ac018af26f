//! `cargo xtask options`: the option table of the README, from the code.

use std::path::Path;

use anyhow::Result;

use crate::marks::Marks;
use crate::steps::{output, program};

const FILE: &str = "README.md";
const MARKS: Marks = Marks {
    begin: "<!-- options: written by `cargo xtask options` -->",
    end: "<!-- end of options -->",
};

/// Writes the table into the README.
pub fn run(root: &Path) -> Result<()> {
    if MARKS.write(&root.join(FILE), &table(root)?)? {
        println!("options: {FILE} is written");
    } else {
        println!("options: {FILE} is as the code is");
    }
    Ok(())
}

/// Whether the README has the table of the code.
///
/// # Errors
/// Also if it has no place for it.
pub fn is_current(root: &Path) -> Result<bool> {
    MARKS.has(&root.join(FILE), &table(root)?)
}

fn table(root: &Path) -> Result<String> {
    // The program has the table; xtask itself stays quick to build.
    let mut program = program(root, "courser")?;
    program.arg("options");
    output(program)
}
