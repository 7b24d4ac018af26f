//! What is wrong with a document.

use std::fmt;

/// Bytes that are not Transit, or a value that cannot be written: what is wrong, and where.
///
/// ```
/// use courser_coerce::transit::{self, Format};
///
/// let error = transit::read_slice(br#"["~#set",[1,"~ux"]]"#, Format::Json).unwrap_err();
/// assert_eq!(error.to_string(), "not a UUID: expected 8-4-4-4-12 hex digits: \"x\" (at byte 12)");
/// assert_eq!(error.offset(), Some(12));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    message: String,
    offset: Option<usize>,
}

impl Error {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            offset: None,
        }
    }

    pub(super) fn at(mut self, offset: usize) -> Self {
        self.offset.get_or_insert(offset);
        self
    }

    /// What is wrong, without where.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The byte at which the token begins that is wrong, from 0; none when writing.
    pub fn offset(&self) -> Option<usize> {
        self.offset
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match self.offset {
            Some(offset) => write!(f, " (at byte {offset})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

/// Text of a document in a message: short, and without control characters.
pub(super) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(40).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("{shown:?}")
}
