//! The option table as a document.

use std::fmt::Write as _;

use super::option::State;
use super::table::options;

/// The option table in Markdown, as the README has it.
#[must_use]
pub fn markdown() -> String {
    let mut out = String::new();
    let mut section = "";
    for row in options() {
        if row.section != section {
            section = row.section;
            // Writing to a `String` cannot fail.
            let _ = write!(
                out,
                "{}### {section}\n\n| option | takes | default | what it does |\n|---|---|---|---|\n",
                if out.is_empty() { "" } else { "\n" }
            );
        }
        let mut names = format!("`:{}`", row.name);
        for alias in row.aliases {
            let _ = write!(names, ", `:{alias}`");
        }
        let mut doc = row.doc.to_owned();
        match (row.feature, row.state) {
            (Some(feature), _) => {
                let _ = write!(doc, " (feature `{feature}`)");
            }
            (None, State::Works) => {}
            (None, State::NoEffect(_)) => doc = format!("no effect: {doc}"),
            (None, State::Unsupported(instead)) => {
                let _ = write!(doc, " (*not supported: {instead}*)");
            }
        }
        let _ = writeln!(
            out,
            "| {names} | {} | {} | {} |",
            escape(row.takes),
            escape(row.default),
            escape(&doc)
        );
    }
    out
}

fn escape(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_option_has_a_line() {
        let text = super::markdown();
        for row in super::options() {
            assert!(text.contains(&format!("| `:{}`", row.name)), "{}", row.name);
        }
        assert!(
            text.lines()
                .all(|l| !l.starts_with("| `") || l.matches(" | ").count() == 3)
        );
    }
}
