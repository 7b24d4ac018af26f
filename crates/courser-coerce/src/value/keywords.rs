//! The keywords of a document, shared.

use super::Keyword;

/// The keywords read last: the same ones come again and again, and share their text.
#[derive(Debug, Default)]
pub(crate) struct Keywords(Vec<Option<Keyword>>);

impl Keywords {
    const SLOTS: usize = 128;

    fn slot(text: &str) -> usize {
        let bytes = text.as_bytes();
        let at = |at: usize| bytes.get(at).map_or(0, |byte| usize::from(*byte));
        let end = bytes.len().saturating_sub(1);
        (bytes.len() * 31 + at(0) * 7 + at(end) * 13 + at(end / 2) * 3) % Self::SLOTS
    }

    #[inline]
    pub(crate) fn get(&self, text: &str) -> Option<Keyword> {
        let known = self.0.get(Self::slot(text))?.as_ref()?;
        (known.as_str() == text).then(|| known.clone())
    }

    pub(crate) fn add(&mut self, text: &str) -> Keyword {
        let keyword = Keyword::new(text);
        if self.0.is_empty() {
            self.0.resize(Self::SLOTS, None);
        }
        if let Some(slot) = self.0.get_mut(Self::slot(text)) {
            *slot = Some(keyword.clone());
        }
        keyword
    }
}
