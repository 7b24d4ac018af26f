//! What commands write into documents stands between two marks.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Two lines of a document, between which a command writes.
#[derive(Clone, Copy, Debug)]
pub struct Marks {
    /// The line before.
    pub begin: &'static str,
    /// The line after.
    pub end: &'static str,
}

impl Marks {
    /// Writes `text` between its marks in a file, and tells whether that changed it.
    ///
    /// # Errors
    /// If the file has no such marks.
    pub fn write(self, path: &Path, text: &str) -> Result<bool> {
        let old = read(path)?;
        let new = self.replaced(path, &old, text)?;
        if old != new {
            fs::write(path, &new).with_context(|| format!("writing {}", path.display()))?;
        }
        Ok(old != new)
    }

    /// Whether a file has `text` between its marks.
    ///
    /// # Errors
    /// If the file has no such marks.
    pub fn has(self, path: &Path, text: &str) -> Result<bool> {
        let old = read(path)?;
        Ok(self.replaced(path, &old, text)? == old)
    }

    fn replaced(self, path: &Path, old: &str, text: &str) -> Result<String> {
        let Marks { begin, end } = self;
        replace(old, text, self)
            .with_context(|| format!("{} has no lines `{begin}` and `{end}`", path.display()))
    }
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}

/// `old` with `text` between the marks; nothing if it has no marks.
fn replace(old: &str, text: &str, Marks { begin, end }: Marks) -> Option<String> {
    let (before, rest) = old.split_once(begin)?;
    let (_, after) = rest.split_once(end)?;
    Some(format!(
        "{before}{begin}\n\n{}\n\n{end}{after}",
        text.trim()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stands_between_its_marks() {
        let marks = Marks {
            begin: "<!-- x -->",
            end: "<!-- end of x -->",
        };
        let old = "# X\n<!-- x -->\nold\n<!-- end of x -->\nmore\n";
        let expected = "# X\n<!-- x -->\n\n| new |\n\n<!-- end of x -->\nmore\n";
        let new = replace(old, "| new |\n", marks).unwrap();
        assert_eq!(new, expected);
        assert_eq!(replace(&new, "| new |", marks).as_deref(), Some(expected));
        for none in ["# X\n", "<!-- end of x --><!-- x -->"] {
            assert_eq!(replace(none, "| new |", marks), None);
        }
    }
}
