//! The stage `compress`.

#[cfg(any(feature = "gzip", feature = "brotli", feature = "zstd"))]
mod adapt;
mod coding;
mod encoder;
#[cfg(test)]
#[cfg(all(feature = "gzip", feature = "brotli", feature = "zstd"))]
mod tests;

use courser_core::{Body, Error, ErrorKind, Hook, Request, Result, Wants, header};

use encoder::{Encoder, whole};

/// How the bodies of requests are compressed (`:compress-body`); an options group.
///
/// ```
/// use courser_middleware::compress::Compression;
///
/// assert_eq!(Compression::Brotli.name(), "br");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all, in place of what a client does otherwise.
    Identity,
    /// By gzip (RFC 1952), which servers know best; the feature `gzip`.
    Gzip,
    /// By deflate in zlib's format (RFC 1950); the feature `gzip`.
    Deflate,
    /// By Brotli (RFC 7932); the feature `brotli`.
    Brotli,
    /// By Zstandard (RFC 8878); the feature `zstd`.
    Zstd,
}

impl Compression {
    /// Each by the name that `Content-Encoding` has for it (RFC 9110, 8.4.1), which is that of
    /// the data form too.
    pub const NAMES: [(&str, Compression); 5] = [
        ("identity", Compression::Identity),
        ("gzip", Compression::Gzip),
        ("deflate", Compression::Deflate),
        ("br", Compression::Brotli),
        ("zstd", Compression::Zstd),
    ];

    /// The name that `Content-Encoding` has for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Compression::Identity => "identity",
            Compression::Gzip => "gzip",
            Compression::Deflate => "deflate",
            Compression::Brotli => "br",
            Compression::Zstd => "zstd",
        }
    }

    /// That this build has it.
    ///
    /// # Errors
    /// [`Unsupported`](ErrorKind::Unsupported), with the feature that it needs.
    pub fn check(self) -> Result<()> {
        if self == Compression::Identity || coding::encoder(self).is_some() {
            return Ok(());
        }
        let feature = match self {
            Compression::Brotli => "brotli",
            Compression::Zstd => "zstd",
            _ => "gzip",
        };
        let message = format!(
            ":compress-body :{} needs the feature `{feature}`",
            self.name()
        );
        Err(Error::new(ErrorKind::Unsupported, message).help("switch it on in Cargo.toml"))
    }
}

/// Up to so many bytes, a body in memory is compressed at once: then its length can be told.
const SMALL: usize = 64 * 1024;

/// Fields by which a body is to go as it is: it is encoded already, or is a part of what is.
const KEPT: [&str; 2] = ["content-encoding", "content-range"];

/// Fields that tell of the bytes that are sent (RFC 9530; RFC 3230; RFC 2616, 14.15).
const DIGESTS: [&str; 4] = ["content-digest", "content-md5", "digest", "repr-digest"];

/// Compresses the body as [`Compression`] says, and sets `Content-Encoding`.
///
/// A body in memory of up to 64 KiB is compressed at once, and its length told; others are as
/// they go out, in bounded memory and in chunks, since nobody knows their length. What can be
/// sent again still can. A stream that pauses has sent all that it gave.
///
/// Left as they are: requests without a body, or with one of no bytes; and those that have a
/// `Content-Encoding` or `Content-Range` of their own. A field that tells a digest of the body,
/// such as `Content-MD5`, would become wrong, and is an error.
#[derive(Debug)]
pub struct CompressStage;

impl Hook for CompressStage {
    fn name(&self) -> &'static str {
        "compress"
    }

    fn wants_request(&self) -> Wants {
        Wants::option::<Compression>()
    }

    fn wants_head(&self) -> Wants {
        Wants::Never
    }

    fn request(&self, req: &mut Request) -> Result<()> {
        let Some(&compression) = req.options.get::<Compression>() else {
            return Ok(());
        };
        let is_there = |name: &&str| req.headers.contains(name);
        let nothing = req.body.is_empty() || req.body.size() == Some(0);
        if compression == Compression::Identity || nothing || KEPT.iter().any(is_there) {
            return Ok(());
        }
        if let Some(name) = DIGESTS.iter().find(|name| is_there(name)) {
            let message =
                format!("the header \"{name}\" tells of the body as it was before :compress-body");
            return Err(Error::invalid(message).help(
                "leave one of them out (:compress-body :identity), or compress the body yourself \
                 and say its Content-Encoding",
            ));
        }
        compression.check()?;
        let Some(start) = coding::encoder(compression) else {
            return Ok(());
        };
        let body = std::mem::take(&mut req.body);
        req.body = match body.as_bytes() {
            Some(bytes) if bytes.len() <= SMALL => Body::from(whole(body, start())?),
            _ => body.through(move |body| Box::pin(Encoder::new(body, start()))),
        };
        req.headers.remove("content-length");
        req.headers
            .insert(header::CONTENT_ENCODING, compression.name())
    }
}

#[cfg(test)]
mod features {
    use super::*;

    #[test]
    fn what_this_build_lacks_is_named() {
        for (name, compression) in Compression::NAMES {
            assert_eq!(compression.name(), name);
            let has = match compression {
                Compression::Identity => true,
                Compression::Gzip | Compression::Deflate => cfg!(feature = "gzip"),
                Compression::Brotli => cfg!(feature = "brotli"),
                Compression::Zstd => cfg!(feature = "zstd"),
            };
            match compression.check() {
                Ok(()) => assert!(has, "{name}"),
                Err(error) => {
                    assert_eq!((error.kind(), has), (ErrorKind::Unsupported, false));
                    let start = format!(":compress-body :{name} needs the feature `");
                    assert!(error.to_string().starts_with(&start), "{error}");
                }
            }
        }
    }
}
