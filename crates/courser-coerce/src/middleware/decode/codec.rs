//! Formats of your own.

use std::fmt;
use std::sync::Arc;

use courser_core::{BoxError, Error, ErrorKind, Headers, Result};

use super::MediaType;
use crate::Value;

/// How bodies of a media type become data: for formats of your own, with
/// [`As::Codec`](super::As::Codec), or among [`Codecs`] for [`As::Auto`](super::As::Auto).
///
/// ```
/// use courser_coerce::Value;
/// use courser_coerce::middleware::{As, Codec};
///
/// let csv = Codec::new("csv", ["text/csv"], |bytes, _headers| {
///     let lines = std::str::from_utf8(bytes)?.lines();
///     Ok(Value::vector(lines.map(|line| Value::vector(line.split(',')))))
/// });
/// assert_eq!(As::Codec(csv.clone()), As::Codec(csv));
/// ```
#[derive(Clone)]
pub struct Codec {
    name: Arc<str>,
    media_types: Arc<[String]>,
    read: Arc<ReadBody>,
}

type ReadBody = dyn Fn(&[u8], &Headers) -> Result<Value, BoxError> + Send + Sync;

impl Codec {
    /// A codec for those media types, such as `text/csv`; one that begins with `+`, such as `+cbor`,
    /// is for all that end so. It is given the body, never empty, and the header fields.
    pub fn new<T: Into<String>>(
        name: &str,
        media_types: impl IntoIterator<Item = T>,
        read: impl Fn(&[u8], &Headers) -> Result<Value, BoxError> + Send + Sync + 'static,
    ) -> Self {
        Codec {
            name: name.into(),
            media_types: media_types.into_iter().map(Into::into).collect(),
            read: Arc::new(read),
        }
    }

    /// What it is called in errors.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    fn fits(&self, media_type: &MediaType) -> bool {
        let essence = media_type.essence().to_ascii_lowercase();
        self.media_types.iter().any(|known| {
            let known = known.to_ascii_lowercase();
            essence == known || known.starts_with('+') && essence.ends_with(&known)
        })
    }

    pub(super) fn read(&self, bytes: &[u8], headers: &Headers) -> Result<Value> {
        (self.read)(bytes, headers).map_err(|why| {
            let message = format!("the body is not {}", self.name);
            Error::new(ErrorKind::Decode, message).because(why)
        })
    }
}

/// Whether it is the same, not whether it does the same.
impl PartialEq for Codec {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.read, &other.read)
    }
}

impl Eq for Codec {}

impl fmt::Debug for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Codec")
            .field("name", &self.name)
            .field("media_types", &self.media_types)
            .finish_non_exhaustive()
    }
}

/// Codecs that come before those we have, the first that fits; an options group.
#[derive(Clone, Debug, Default)]
pub struct Codecs(pub Vec<Codec>);

impl Codecs {
    pub(super) fn of(&self, media_type: &MediaType) -> Option<&Codec> {
        self.0.iter().find(|codec| codec.fits(media_type))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_codec_reads_what() {
        let codec = |name, media_type| Codec::new(name, [media_type], |_, _| Ok(Value::Nil));
        let codecs = Codecs(vec![codec("a", "text/CSV"), codec("b", "+cbor")]);
        let check = |text: &str, expected: Option<&str>| {
            let media_type = MediaType::parse(text).unwrap();
            assert_eq!(codecs.of(&media_type).map(Codec::name), expected, "{text}");
        };
        check("Text/csv; charset=x", Some("a"));
        check("application/vnd.x+cbor", Some("b"));
        check("application/cbor", None);
        check("text/csvx", None);
    }
}
