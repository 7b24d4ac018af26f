//! What one side says of the life of the connection: RFC 9112, 9.3.

use crate::fields::list;
use crate::grammar::is_word;
use crate::head::Version;

/// What the Connection fields of a message say.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Persistence {
    close: bool,
    keep_alive: bool,
}

impl Persistence {
    /// One field's value.
    pub(crate) fn notice(&mut self, value: &[u8]) {
        // Mostly it is that alone.
        if is_word(value, b"keep-alive") {
            self.keep_alive = true;
            return;
        }
        for token in list(value) {
            self.close |= is_word(token, b"close");
            self.keep_alive |= is_word(token, b"keep-alive");
        }
    }

    /// Whether the connection may serve another exchange, as far as it goes by this side.
    pub(crate) fn lasts(self, version: Version) -> bool {
        !self.close && (version == Version::Http11 || self.keep_alive)
    }
}
