//! The option table: all rows, and finding one.

use super::option::Entry;
use super::rows;
use super::suggest;

/// The rows, section by section.
const SECTIONS: [(&str, &[Entry]); 14] = [
    ("Request", rows::request::ROWS),
    ("Headers", rows::headers::ROWS),
    ("Parameters", rows::params::ROWS),
    ("Body of the request", rows::body::ROWS),
    ("Body of the response", rows::response::ROWS),
    ("Errors", rows::errors::ROWS),
    ("Redirects", rows::redirects::ROWS),
    ("Time and retries", rows::time::ROWS),
    ("Cookies", rows::cookies::ROWS),
    ("Cache", rows::cache::ROWS),
    ("Authentication", rows::auth::ROWS),
    ("Connections", rows::connection::ROWS),
    ("Proxies and TLS", rows::tls::ROWS),
    ("Seeing what happens", rows::seeing::ROWS),
];

/// All options of the data form, in the order of the reference: what
/// [`Request::from_value`](crate::Request::from_value) knows, `courser --help` prints and the
/// README lists.
///
/// ```
/// let entry = courser::data::options().find(|entry| entry.name == "timeout").unwrap();
/// assert_eq!(entry.takes, "milliseconds; 0 is no limit");
/// ```
pub fn options() -> impl Iterator<Item = Entry> {
    SECTIONS
        .iter()
        .flat_map(|(section, rows)| rows.iter().map(|row| row.in_section(section)))
}

/// The row that goes by that name, `?` left out.
pub(super) fn find(name: &str) -> Option<Entry> {
    options().find(|row| row.is_called(name))
}

/// What to say to a name that no row goes by.
pub(super) fn advice(name: &str) -> String {
    if let Some(meant) = suggest::elsewhere(name) {
        return format!("did you mean :{meant}?");
    }
    let all: Vec<Entry> = options().collect();
    let names = all
        .iter()
        .flat_map(|row| std::iter::once(row.name).chain(row.aliases.iter().copied()));
    match suggest::nearest(name.trim_end_matches('?'), names) {
        Some(meant) => format!("did you mean :{meant}?"),
        None => {
            let name = courser_core::excerpt(name, 40);
            format!("a key of your own has a namespace, such as :my.app/{name}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn each_name_stands_once_and_each_row_says_something() {
        let mut names = HashSet::new();
        for row in options() {
            for name in std::iter::once(&row.name).chain(row.aliases) {
                assert!(names.insert(*name), ":{name} stands twice");
                assert!(!name.ends_with('?') && !name.contains('/'), ":{name}");
            }
            assert!(
                !row.section.is_empty() && !row.takes.is_empty() && row.doc.len() > 8,
                "{row:?}"
            );
            assert!(row.doc.len() < 200, "a line, not {}", row.doc);
        }
    }
}
