//! How far a body may grow.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use courser_core::{Error, ErrorKind, Result};

/// How far a body may grow when it is decoded; an options group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecompressLimits {
    /// Bytes after decoding (`:max-decompressed-size`); unlimited unless said, because what is
    /// collected has its own limit.
    pub max_size: Option<u64>,
    /// How many times more than came over the wire, once past 1 MiB (`:max-decompression-ratio`);
    /// 200 unless said.
    pub max_ratio: u64,
}

impl Default for DecompressLimits {
    fn default() -> Self {
        DecompressLimits {
            max_size: None,
            max_ratio: 200,
        }
    }
}

/// Up to this size any ratio is fine: a megabyte harms nobody.
const FREE: u64 = 1 << 20;

/// What a decoder has taken and given. In a chain each counts what it gives, against what came
/// over the wire.
#[derive(Debug)]
pub(super) struct Growth {
    limits: DecompressLimits,
    wire: Arc<AtomicU64>,
    /// Whether what this decoder takes comes from the wire.
    is_innermost: bool,
    written: u64,
}

impl Growth {
    pub(super) fn new(limits: DecompressLimits) -> Self {
        Growth {
            limits,
            wire: Arc::default(),
            is_innermost: true,
            written: 0,
        }
    }

    /// That of a decoder around this one.
    pub(super) fn outer(&self) -> Self {
        Growth {
            limits: self.limits,
            wire: self.wire.clone(),
            is_innermost: false,
            written: 0,
        }
    }

    pub(super) fn took(&self, bytes: usize) {
        if self.is_innermost {
            self.wire.fetch_add(bytes as u64, Ordering::Relaxed);
        }
    }

    /// Counts what was decoded.
    ///
    /// # Errors
    /// When a limit is hit; it names the option.
    pub(super) fn gave(&mut self, bytes: usize) -> Result<()> {
        self.written = self.written.saturating_add(bytes as u64);
        if let Some(max) = self.limits.max_size.filter(|max| self.written > *max) {
            return Err(self.too_large(&format!("{max} bytes (:max-decompressed-size)")));
        }
        let ratio = self.limits.max_ratio;
        let wire = self.wire.load(Ordering::Relaxed);
        if self.written > FREE && self.written > wire.saturating_mul(ratio) {
            return Err(self.too_large(&format!("{ratio} to 1 (:max-decompression-ratio)")));
        }
        Ok(())
    }

    fn too_large(&self, limit: &str) -> Error {
        let message = "the body grows too large when it is decoded";
        self.describe(Error::new(ErrorKind::BodyLimit, message))
            .with("limit", limit)
    }

    /// Adds the counts.
    pub(super) fn describe(&self, error: Error) -> Error {
        let wire = self.wire.load(Ordering::Relaxed);
        error
            .with("received", format_args!("{wire} bytes"))
            .with("decoded", format_args!("{} bytes", self.written))
    }
}
