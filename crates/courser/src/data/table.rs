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
    let bare = name.trim_end_matches('?');
    let all: Vec<Entry> = options().collect();
    let names = all
        .iter()
        .flat_map(|row| std::iter::once(&row.name).chain(row.aliases));
    // A name that others use says more than the letters of ours that are like it.
    let meant = suggest::elsewhere(bare).or_else(|| suggest::nearest(bare, names.copied()));
    if let Some(meant) = meant {
        return format!("did you mean :{meant}?");
    }
    let name = courser_core::excerpt(bare, 40);
    format!("a key of your own has a namespace, such as :my.app/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn what_is_said_to_a_wrong_name() {
        fn check(name: &str, says: &str) {
            assert_eq!(advice(name), says);
        }
        check("throw-exeptions?", "did you mean :throw-exceptions?");
        check("querry", "did you mean :query-params?");
        check("params", "did you mean :query-params?");
        check("connect-timeout", "did you mean :connection-timeout?");
        check("conn-timeuot", "did you mean :conn-timeout?");
        check("body_encoding", "did you mean :body-encoding?");
        check("timout", "did you mean :timeout?");
        check("heders", "did you mean :headers?");
        check(
            "zzzzzz",
            "a key of your own has a namespace, such as :my.app/zzzzzz",
        );
    }

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
