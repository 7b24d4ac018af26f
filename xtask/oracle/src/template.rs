//! Recorded text in which what is random is a word in double braces.

use std::collections::BTreeMap;

/// The random values of one request, by their words.
pub(crate) type Captured = BTreeMap<String, String>;

/// The words that stand for random values, and for dates.
const WORDS: &[&str] = &[
    "BOUNDARY", "LENGTH", "CHUNKS", "CNONCE", "RESPONSE", "NTLM3", "now", "now+600",
];

/// Whether the text is the recorded one, with any values for its words. A word that was met before has to have its
/// value again; the others are added to what is captured, unless the text differs.
pub(crate) fn matches(recorded: &str, text: &str, captured: &mut Captured) -> bool {
    let mut found = captured.clone();
    let fits = walk(recorded, text, &mut found);
    if fits {
        *captured = found;
    }
    fits
}

fn walk(mut recorded: &str, mut text: &str, captured: &mut Captured) -> bool {
    while let Some((before, word, after)) = next_word(recorded) {
        let Some(rest) = text.strip_prefix(before) else {
            return false;
        };
        let value = if let Some(value) = captured.get(word) {
            value.clone()
        } else {
            // Up to what stands before the next word; all of it at the end.
            let next = next_word(after).map_or(after, |(literal, ..)| literal);
            let end = if next.is_empty() {
                Some(rest.len())
            } else if next.len() == after.len() {
                rest.len().checked_sub(next.len())
            } else {
                rest.find(next)
            };
            let Some(value) = end.and_then(|end| rest.get(..end)) else {
                return false;
            };
            captured.insert(word.to_owned(), value.to_owned());
            value.to_owned()
        };
        let Some(rest) = rest.strip_prefix(value.as_str()) else {
            return false;
        };
        (recorded, text) = (after, rest);
    }
    recorded == text
}

/// What stands before the first word, the word, and what follows it.
fn next_word(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(at) = text.get(from..)?.find("{{") {
        let (before, rest) = text.split_at(from + at);
        for word in WORDS {
            let after = rest
                .strip_prefix("{{")
                .and_then(|rest| rest.strip_prefix(word))
                .and_then(|rest| rest.strip_prefix("}}"));
            if let Some(after) = after {
                return Some((before, word, after));
            }
        }
        from += at + 2;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(recorded: &str, text: &str, expected: Option<&[(&str, &str)]>) {
        let mut captured = Captured::new();
        let fits = matches(recorded, text, &mut captured);
        assert_eq!(fits, expected.is_some(), "{recorded} and {text}");
        let expected = expected.unwrap_or_default().iter();
        let expected: Captured = expected
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        assert_eq!(captured, expected);
    }

    #[test]
    fn words_take_any_value() {
        check("a", "a", Some(&[]));
        check("a", "b", None);
        check("{{NOTHING}} {{", "{{NOTHING}} {{", Some(&[]));
        check("{{LENGTH}}", "12", Some(&[("LENGTH", "12")]));
        check(
            "b={{BOUNDARY}}; c",
            "b=x; y; c",
            Some(&[("BOUNDARY", "x; y")]),
        );
        check("b={{BOUNDARY}}; c", "b=x", None);
        check(
            "r=\"{{RESPONSE}}\", c=\"{{CNONCE}}\"",
            "r=\"1\", c=\"2\"",
            Some(&[("CNONCE", "2"), ("RESPONSE", "1")]),
        );
    }

    #[test]
    fn a_word_has_one_value() {
        check(
            "--{{BOUNDARY}}\r\n--{{BOUNDARY}}--",
            "--é\r\n--é--",
            Some(&[("BOUNDARY", "é")]),
        );
        check("--{{BOUNDARY}}\r\n--{{BOUNDARY}}--", "--é\r\n--e--", None);
        let mut captured = Captured::from([("BOUNDARY".to_owned(), "x".to_owned())]);
        assert!(!matches("{{BOUNDARY}}", "y", &mut captured));
        assert!(matches("{{BOUNDARY}}", "x", &mut captured));
    }
}
