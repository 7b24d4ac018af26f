//! The encoders of this build.

use std::io;

use super::Compression;

/// An encoder that is given bytes as they come.
pub(super) trait Encode: Send {
    /// Encodes what there is, or what there is room for.
    fn encode(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Progress>;

    /// Gives what it has held back, so that what it was given can be read whole.
    fn flush(&mut self, output: &mut [u8]) -> io::Result<Progress>;

    /// Gives the end.
    fn finish(&mut self, output: &mut [u8]) -> io::Result<Progress>;
}

/// How far an encoder came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// Bytes that it has taken.
    pub(super) read: usize,
    /// Bytes that it has given.
    pub(super) written: usize,
    /// Whether nothing more is to be given.
    pub(super) done: bool,
}

/// Begins to encode.
pub(super) type Start = fn() -> Box<dyn Encode>;

/// How to begin; none for what this build lacks, and for what needs no encoder.
pub(super) fn encoder(compression: Compression) -> Option<Start> {
    let known = ENCODERS.iter().find(|(known, _)| *known == compression)?;
    Some(known.1)
}

static ENCODERS: &[(Compression, Start)] = &[
    #[cfg(feature = "gzip")]
    (Compression::Gzip, super::adapt::gzip),
    #[cfg(feature = "gzip")]
    (Compression::Deflate, super::adapt::deflate),
    #[cfg(feature = "brotli")]
    (Compression::Brotli, super::adapt::brotli),
    #[cfg(feature = "zstd")]
    (Compression::Zstd, super::adapt::zstd),
];
