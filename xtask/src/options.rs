//! `cargo xtask options`: the option table of the README, from the code.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::steps::{output, program};

const FILE: &str = "README.md";
const BEGIN: &str = "<!-- options: written by `cargo xtask options` -->";
const END: &str = "<!-- end of options -->";

/// Writes the table into the README.
pub fn run(root: &Path) -> Result<()> {
    let (path, old, new) = texts(root)?;
    if old == new {
        println!("options: {FILE} is as the code is");
    } else {
        fs::write(&path, new).with_context(|| format!("writing {}", path.display()))?;
        println!("options: {FILE} is written");
    }
    Ok(())
}

/// Whether the README has the table of the code.
///
/// # Errors
/// Also if it has no place for it.
pub fn is_current(root: &Path) -> Result<bool> {
    texts(root).map(|(_, old, new)| old == new)
}

/// The README's path, its text, and its text with the table of the code.
fn texts(root: &Path) -> Result<(std::path::PathBuf, String, String)> {
    // The program has the table; xtask itself stays quick to build.
    let mut program = program(root, "courser")?;
    program.arg("options");
    let table = output(program)?;
    let path = root.join(FILE);
    let old = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let new = replace(&old, &table)
        .with_context(|| format!("{FILE} has no lines `{BEGIN}` and `{END}` for the table"))?;
    Ok((path, old, new))
}

/// The text with `table` between its marks; nothing if it has no marks.
fn replace(text: &str, table: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!(
        "{before}{BEGIN}\n\n{}\n\n{END}{after}",
        table.trim()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_between_its_marks() {
        let old = format!("# X\n{BEGIN}\nold\n{END}\nmore\n");
        let new = replace(&old, "| new |\n").unwrap();
        assert_eq!(new, format!("# X\n{BEGIN}\n\n| new |\n\n{END}\nmore\n"));
        assert_eq!(replace(&new, "| new |\n"), Some(new.clone()));
        assert_eq!(replace("# X\n", "| new |"), None);
        assert_eq!(replace(&format!("{END}{BEGIN}"), "| new |"), None);
    }
}
