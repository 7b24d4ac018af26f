//! The stage `decompress`.

#[cfg(any(feature = "gzip", feature = "zstd"))]
mod adapt;
#[cfg(feature = "brotli")]
mod brotli;
mod coding;
mod decoder;
mod growth;
#[cfg(feature = "gzip")]
mod gzip;
#[cfg(test)]
#[cfg(all(feature = "gzip", feature = "brotli", feature = "zstd"))]
mod tests;
#[cfg(feature = "zstd")]
mod zstd;

use courser_core::{
    Error, ErrorKind, Hook, Method, Options, Response, Result, Sent, Version, Wants, excerpt,
    value_text,
};

pub use coding::supported;
pub use growth::DecompressLimits;

use crate::accept_encoding::LeaveCompressed;
use coding::Coding;
use decoder::Decoder;
use growth::Growth;

/// The `Content-Encoding` that a response came with, if it had one
/// (`:orig-content-encoding`); on [`Response::info`] of each that may be decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrigContentEncoding(pub Option<String>);

/// Each coding multiplies the work; nobody honest needs more.
const MAX_CODINGS: usize = 5;

/// Decodes bodies in the [codings that this build has](supported) (RFC 9110, 8.4), in any case
/// and in chains: gzip and deflate, the latter with zlib's header or without, by the feature
/// `gzip`; `br` by `brotli`, `zstd` by `zstd`.
///
/// `Content-Encoding` and `Content-Length` then leave the headers. Other codings are left alone,
/// and so is what is encoded below them. A body that ends early, or goes on behind its end, is
/// an error (one of no bytes is empty, unless only the end of the connection ended it); so is one that grows beyond the [`DecompressLimits`], also as a stream.
#[derive(Debug)]
pub struct DecompressStage;

thread_local! {
    /// Of most responses. One a thread: threads that count the same holders wait for each other.
    static NONE: Options = Options::of(OrigContentEncoding(None));
}

impl Hook for DecompressStage {
    fn name(&self) -> &'static str {
        "decompress"
    }

    fn wants_request(&self) -> Wants {
        Wants::Never
    }

    fn head(&self, sent: &Sent, res: &mut Response) -> Result<()> {
        if sent.options.get::<LeaveCompressed>().is_some() {
            return Ok(());
        }
        if !res.headers.contains("content-encoding") {
            if NONE.try_with(|none| res.info.merge(none)).is_err() {
                res.info.set(OrigContentEncoding(None));
            }
            return Ok(());
        }
        let fields = res.headers.get_all("content-encoding");
        let all = fields.map(value_text).collect::<Vec<_>>().join(", ");
        let (left, undo) = take_apart(&all)?;
        res.info.set(OrigContentEncoding(Some(all)));
        if undo.is_empty() {
            return Ok(());
        }
        if left.is_empty() {
            res.headers.remove("content-encoding");
        } else {
            res.headers.insert("Content-Encoding", left)?;
        }
        // The head of a HEAD response tells of a body that was not sent.
        if sent.method == Method::HEAD || res.body.is_empty() {
            return Ok(());
        }
        res.headers.remove("content-length");
        // Where only the end of the connection tells that of the body, none at all may be a cut.
        let may_be_empty = res.length.is_some() || res.chunked || res.version >= Version::HTTP_2;
        let limits = sent.options.get::<DecompressLimits>();
        let mut growth = Growth::new(limits.copied().unwrap_or_default());
        for coding in undo {
            let outer = growth.outer();
            res.body
                .wrap(move |body| Box::pin(Decoder::new(body, coding, growth, may_be_empty)));
            growth = outer;
        }
        Ok(())
    }
}

/// What is left of a `Content-Encoding`, and the codings to undo, the last first.
fn take_apart(all: &str) -> Result<(String, Vec<&'static Coding>)> {
    let names = all.split(',').map(str::trim);
    let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    if names.len() > MAX_CODINGS {
        let message = format!("the body is encoded {} times over", names.len());
        return Err(Error::new(ErrorKind::Decode, message)
            .with("content-encoding", excerpt(all, 80))
            .with("limit", format_args!("{MAX_CODINGS} codings"))
            .help(":decompress-body false gives it as it came"));
    }
    // The last coding was applied last and is undone first.
    let mut left = names.as_slice();
    let mut undo = Vec::new();
    while let Some((last, rest)) = left.split_last() {
        match coding::find(last) {
            Some(coding) => undo.push(coding),
            None if last.eq_ignore_ascii_case("identity") => {}
            None => break,
        }
        left = rest;
    }
    Ok((left.join(", "), undo))
}
