//! Without the feature `charset`: no charsets that need tables. None of this can be reached.

use std::borrow::Cow;

/// Whether this is more than none.
pub(super) const COMPILED_IN: bool = false;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Web {}

impl Web {
    pub(super) fn find(_: &str) -> Option<Self> {
        None
    }

    pub(super) fn name(self) -> &'static str {
        match self {}
    }

    pub(super) fn decode(self, _: &[u8]) -> (Cow<'_, str>, bool) {
        match self {}
    }

    pub(super) fn decode_strict(self, _: &[u8]) -> Result<Cow<'_, str>, usize> {
        match self {}
    }

    pub(super) fn encode(self, _: &str) -> Result<Vec<u8>, (char, usize)> {
        match self {}
    }

    pub(super) fn decoder(self) -> Decoder {
        match self {}
    }
}

/// No `enum Decoder {}`, or the compiler would find that whatever makes one cannot be reached.
pub(super) struct Decoder(());

impl Decoder {
    pub(super) fn decode(&mut self, _: &[u8], _: bool, _: &mut String) -> bool {
        let Self(()) = self;
        false
    }
}
