//! What becomes a body by itself.

use std::fs::File;
use std::io;

use bytes::Bytes;

use super::{Body, Source};

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Body::new(Source::Bytes(bytes), None)
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Body::from(Bytes::from(text)).marked_as_text()
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Body::from(Bytes::from_static(text.as_bytes())).marked_as_text()
    }
}

impl From<&'static [u8]> for Body {
    fn from(bytes: &'static [u8]) -> Self {
        Bytes::from_static(bytes).into()
    }
}

impl<const N: usize> From<&'static [u8; N]> for Body {
    fn from(bytes: &'static [u8; N]) -> Self {
        Bytes::from_static(bytes).into()
    }
}

/// A file handle, read from where it stands.
impl From<File> for Body {
    fn from(file: File) -> Self {
        let end = file
            .metadata()
            .ok()
            .filter(std::fs::Metadata::is_file)
            .map(|m| m.len());
        let begin = io::Seek::stream_position(&mut &file).ok();
        let size = end.zip(begin).map(|(end, begin)| end.saturating_sub(begin));
        let body = Body::reader(file);
        match size {
            Some(size) => body.with_size(size),
            None => body,
        }
    }
}
