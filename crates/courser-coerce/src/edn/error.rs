//! What is wrong with EDN text, and where.

use std::fmt;

use crate::place::Place;

/// Text that is not EDN, or beyond a limit: what was found, what was expected, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {kind}")]
pub struct Error {
    place: Place,
    kind: Box<ErrorKind>,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The text ends too early.
    UnexpectedEnd {
        /// What was expected instead.
        expected: &'static str,
        /// What is unfinished, and where it began.
        opened: Option<(&'static str, Place)>,
    },
    /// A closing bracket that closes nothing, or something else.
    Mismatch {
        /// The bracket.
        found: char,
        /// The bracket that is due, and what it would close.
        expected: Option<(char, &'static str, Place)>,
    },
    /// A number, name, character, string or other piece of text that is none.
    Invalid {
        /// What it looks like: `number`, `symbol`.
        what: &'static str,
        /// Its text, cut to 60 characters.
        found: String,
        /// What is wrong with it, or what was expected.
        expected: &'static str,
    },
    /// A key without a value.
    OddMap {
        /// Where the map began.
        opened: Place,
    },
    /// Two keys of a map or elements of a set are equal.
    Duplicate {
        /// `key` or `element`.
        what: &'static str,
        /// The key or element, cut to 60 characters.
        found: String,
    },
    /// `#_`, `^` or a tag with nothing to apply to.
    Dangling {
        /// What it is.
        what: &'static str,
        /// What was found in place of a value.
        found: char,
    },
    /// A tag without a reader, with [`UnknownTags::Refuse`](super::UnknownTags::Refuse); or `#=`.
    UnknownTag {
        /// The tag.
        tag: String,
    },
    /// The reader of a tag did not take the value.
    Tag {
        /// The tag.
        tag: String,
        /// Why not.
        reason: String,
    },
    /// More values than the one expected.
    Trailing,
    /// Beyond [`Options::max_depth`](super::Options::max_depth).
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// Beyond [`Options::max_digits`](super::Options::max_digits).
    TooManyDigits {
        /// The limit.
        limit: usize,
    },
    /// Bytes that are not UTF-8.
    NotUtf8,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnexpectedEnd {
                expected,
                opened: None,
            } => {
                write!(f, "found the end of the text, expected {expected}")
            }
            Self::UnexpectedEnd {
                expected,
                opened: Some((what, place)),
            } => {
                write!(
                    f,
                    "found the end of the text, expected {expected} (the {what} of {place})"
                )
            }
            Self::Mismatch {
                found,
                expected: None,
            } => {
                write!(f, "found `{found}`, which closes nothing")
            }
            Self::Mismatch {
                found,
                expected: Some((due, what, place)),
            } => {
                write!(
                    f,
                    "found `{found}`, expected `{due}` to close the {what} of {place}"
                )
            }
            Self::Invalid {
                what,
                found,
                expected,
            } => {
                write!(f, "invalid {what} `{found}`: {expected}")
            }
            Self::OddMap { opened } => {
                write!(
                    f,
                    "found `}}`, expected a value: the map of {opened} has a key without one"
                )
            }
            Self::Duplicate { what, found } => write!(f, "duplicate {what} {found}"),
            Self::Dangling { what, found } => {
                write!(f, "found `{found}`, expected a value for the {what}")
            }
            // The words of Clojure's reader.
            Self::UnknownTag { tag } => write!(f, "No reader function for tag {tag}."),
            Self::Tag { tag, reason } => write!(f, "cannot read #{tag}: {reason}"),
            Self::Trailing => f.write_str("found another value, expected the end of the text"),
            Self::TooDeep { limit } => {
                write!(f, "nested deeper than {limit} levels (max_depth)")
            }
            Self::TooManyDigits { limit } => {
                write!(f, "a number with more than {limit} digits (max_digits)")
            }
            Self::NotUtf8 => f.write_str("bytes that are not UTF-8"),
        }
    }
}

impl Error {
    pub(super) fn new(text: &[u8], offset: usize, kind: ErrorKind) -> Self {
        Self {
            place: Place::of(text, offset),
            kind: Box::new(kind),
        }
    }

    pub(super) fn not_utf8(bytes: &[u8], offset: usize) -> Self {
        Self::new(bytes, offset, ErrorKind::NotUtf8)
    }

    /// Where it is.
    pub fn place(&self) -> Place {
        self.place
    }

    /// What it is.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// Whether more text could make it right: a reader of a stream waits for more.
    pub fn is_incomplete(&self) -> bool {
        matches!(*self.kind, ErrorKind::UnexpectedEnd { .. })
    }
}

/// Text for a message, cut short.
pub(super) fn excerpt(text: &str) -> String {
    let mut cut: String = text.chars().take(60).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}
