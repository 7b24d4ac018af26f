//! What is wrong with a document, or with a value that is to become one.

use std::fmt;

use crate::place::Place;

/// A document that is not well-formed, or beyond a limit: what, and where.
///
/// ```
/// let error = courser_coerce::xml::read_str("<r>\n<c></r>").unwrap_err();
/// assert_eq!(error.to_string(), "line 2, column 4: expected `</c>`, but `</r>` was found");
/// assert_eq!(error.place().offset, 7);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", .0.place, .0.message)]
pub struct Error(Box<Inner>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Inner {
    message: String,
    place: Place,
}

impl Error {
    pub(super) fn new(text: &[u8], offset: usize, message: impl fmt::Display) -> Self {
        Self(Box::new(Inner {
            message: message.to_string(),
            place: Place::of(text, offset),
        }))
    }

    /// What is wrong, without where.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Where; of a document in another charset than UTF-8, in its text as UTF-8.
    pub fn place(&self) -> Place {
        self.0.place
    }
}

/// A value that is no document: what is wrong, and in which element.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("XML cannot be written: {message}{}", within(.element.as_deref()))]
pub struct WriteError {
    pub(super) message: String,
    pub(super) element: Option<String>,
}

fn within(element: Option<&str>) -> String {
    element.map_or_else(String::new, |name| format!(" (in <{name}>)"))
}

/// Text of a document in a message: short, and without control characters.
pub(super) fn shown(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(60)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}
