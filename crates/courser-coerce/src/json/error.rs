//! What is wrong with JSON text, and where.

use std::fmt;

use crate::place::Place;

/// Text that is not JSON, or does not fit the type: what, where in the text, and where in the value.
///
/// ```
/// use courser_coerce::json;
///
/// let error = json::from_str::<Vec<f64>>("[1.5, true]").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "at [1]: invalid type: boolean `true`, expected f64 (line 1, column 10, near `[1.5, true]`)"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(Box<Inner>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Inner {
    message: String,
    path: String,
    place: Place,
    excerpt: String,
}

/// How much of the text to show before and behind the place.
const AROUND: usize = 24;

impl Error {
    pub(super) fn new(text: &[u8], offset: usize, message: impl fmt::Display) -> Self {
        Self(Box::new(Inner {
            message: message.to_string(),
            path: String::new(),
            place: Place::of(text, offset),
            excerpt: excerpt(text, offset),
        }))
    }

    pub(super) fn with_path(mut self, path: String) -> Self {
        self.0.path = path;
        self
    }

    /// What is wrong, without where.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Where in the value: `items[1].price`; empty for the value itself, or for text that is not
    /// JSON and was not read as a type.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// Where in the text.
    pub fn place(&self) -> Place {
        self.0.place
    }

    /// The text around the place.
    pub fn excerpt(&self) -> &str {
        &self.0.excerpt
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            message,
            path,
            place,
            excerpt,
        } = &*self.0;
        if !path.is_empty() {
            write!(f, "at {path}: ")?;
        }
        write!(f, "{message} ({place}")?;
        if !excerpt.is_empty() {
            write!(f, ", near `{excerpt}`")?;
        }
        f.write_str(")")
    }
}

impl std::error::Error for Error {}

fn excerpt(text: &[u8], offset: usize) -> String {
    let begin = offset.saturating_sub(AROUND);
    let end = text.len().min(offset + AROUND);
    let cut = String::from_utf8_lossy(text.get(begin..end).unwrap_or_default());
    // A character cut in two at either end.
    let cut = cut.trim_matches('\u{fffd}');
    let shown: String = cut
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    shown.trim().to_owned()
}
