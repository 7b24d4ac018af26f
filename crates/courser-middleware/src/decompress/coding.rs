//! The content codings of this build.

use std::io;
use std::sync::LazyLock;

/// A content coding (RFC 9110, 8.4.1).
#[derive(Debug)]
pub(super) struct Coding {
    /// The name by which it is asked for.
    pub(super) name: &'static str,
    /// Another that means the same.
    pub(super) alias: Option<&'static str>,
    /// Whether encoded pieces may follow each other, to be decoded to the one after the other.
    pub(super) is_sequence: bool,
    /// A decoder for a body that begins with these bytes: two at least, if it has so many.
    pub(super) decoder: fn(&[u8]) -> Box<dyn Decode>,
}

/// A decoder that is given bytes as they come.
pub(super) trait Decode: Send {
    /// Decodes what there is, or what there is room for.
    fn decode(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Progress>;

    /// Begins anew, for the next piece of a sequence.
    fn restart(&mut self) -> io::Result<()>;
}

/// How far a decoder came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// Bytes that it has taken.
    pub(super) read: usize,
    /// Bytes that it has given.
    pub(super) written: usize,
    /// Whether what is encoded is at its end, and all of it was given.
    pub(super) ended: bool,
}

/// In the order in which they are asked for.
static CODINGS: &[&Coding] = &[
    #[cfg(feature = "gzip")]
    &super::gzip::GZIP,
    #[cfg(feature = "gzip")]
    &super::gzip::DEFLATE,
    #[cfg(feature = "brotli")]
    &super::brotli::BROTLI,
    #[cfg(feature = "zstd")]
    &super::zstd::ZSTD,
];

/// The coding of that name, in any case; none for one that this build lacks.
pub(super) fn find(name: &str) -> Option<&'static Coding> {
    let is = |known: &str| known.eq_ignore_ascii_case(name);
    let mut codings = CODINGS.iter();
    let found = codings.find(|coding| is(coding.name) || coding.alias.is_some_and(is));
    found.copied()
}

/// The codings that this build can decode, as an `Accept-Encoding` says them: `gzip, deflate`
/// with the feature `gzip`, then `br` and `zstd` with theirs. Empty without any.
#[must_use]
pub fn supported() -> &'static str {
    static NAMES: LazyLock<String> = LazyLock::new(|| {
        let names: Vec<&str> = CODINGS.iter().map(|coding| coding.name).collect();
        names.join(", ")
    });
    &NAMES
}
