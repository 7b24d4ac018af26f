//! What is wrong with a stream of items.

/// Where the items of a stream cannot be told apart any more: in which item, at which byte, and
/// what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("item {item}, at byte {offset}: {message}")]
pub struct Error {
    pub(super) message: String,
    pub(super) item: u64,
    pub(super) offset: u64,
}

impl Error {
    /// What is wrong, without where.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// In which item, from 1.
    pub fn item(&self) -> u64 {
        self.item
    }

    /// At which byte of the stream, from 0.
    pub fn offset(&self) -> u64 {
        self.offset
    }
}
