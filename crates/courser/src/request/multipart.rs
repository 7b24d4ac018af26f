//! Bodies in parts.

use std::fmt;

use courser_core::{Body, Options, Result};

/// A part of a multipart body ([`multipart`](super::Request::multipart)).
///
/// Text is sent as `text/plain; charset=UTF-8`, other content as `application/octet-stream`, unless
/// a media type or charset is said. What is not text is a file, whose name is that of the file,
/// or of the part. Names may hold any character but control characters: quotes, CR and LF are
/// escaped as browsers do.
///
/// Content that is bytes, a file or a [factory](Body::factory) can be sent again, so that
/// redirects and retries can; the length is told if that of each part is known
/// ([`Body::with_size`] tells that of a stream). Files and streams are never collected.
///
/// ```
/// use courser::{Body, Part};
///
/// let text = Part::new("title", "My picture");
/// let file = Part::new("file", Body::file("pic.jpg")).mime_type("image/jpeg");
/// let bytes = Part::new("data", vec![0, 1]).file_name("data.bin");
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Part {
    /// The name of the field. (`:part-name`, or `:name`)
    pub name: String,
    /// The content: text, bytes, a file, a stream. (`:content`, `:length`)
    pub content: Body,
    /// The name of the file. *Default:* for files their own, for bytes and streams the name of
    /// the part, for text none. (`:file-name`)
    pub file_name: Option<String>,
    /// The media type. (`:mime-type`)
    pub mime_type: Option<String>,
    /// The charset, by its WHATWG label: text is sent in it, and the media type tells it.
    /// (`:encoding`)
    pub encoding: Option<String>,
    /// Other header fields of the part. (`:headers`)
    pub headers: Vec<(String, String)>,
}

/// How the heads of parts are written (`:multipart-mode`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MultipartMode {
    /// With `Content-Type` and `Content-Transfer-Encoding`, in UTF-8.
    #[default]
    Strict,
    /// As browsers do: without `Content-Transfer-Encoding`, with a `Content-Type` for files only
    /// unless one is said, in the charset of the form.
    BrowserCompatible,
    /// As `Strict`, by the letter of RFC 6532: in UTF-8 whatever the charset of the form is.
    Rfc6532,
}

impl Part {
    /// A part of that name.
    pub fn new(name: impl Into<String>, content: impl Into<Body>) -> Self {
        Part {
            name: name.into(),
            content: content.into(),
            file_name: None,
            mime_type: None,
            encoding: None,
            headers: Vec::new(),
        }
    }

    /// See [`Part::file_name`](#structfield.file_name).
    pub fn file_name(mut self, name: impl Into<String>) -> Self {
        self.file_name = Some(name.into());
        self
    }

    /// See [`Part::mime_type`](#structfield.mime_type).
    pub fn mime_type(mut self, mime_type: impl Into<String>) -> Self {
        self.mime_type = Some(mime_type.into());
        self
    }

    /// See [`Part::encoding`](#structfield.encoding).
    pub fn encoding(mut self, label: impl Into<String>) -> Self {
        self.encoding = Some(label.into());
        self
    }

    /// Adds a header field to the part.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

/// Shows no content and no values of header fields, which may be secret.
impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part")
            .field("name", &self.name)
            .field("content", &self.content)
            .field("file_name", &self.file_name)
            .field("mime_type", &self.mime_type)
            .finish_non_exhaustive()
    }
}

/// What the stage reads.
#[cfg(feature = "multipart")]
pub(super) fn lower_parts(
    parts: Vec<Part>,
    subtype: Option<String>,
    mode: Option<MultipartMode>,
    charset: Option<String>,
    options: &mut Options,
) -> Result<()> {
    use courser_coerce::middleware::Multipart;
    use courser_coerce::multipart::{Head, Mode};
    let mut lowered = Vec::with_capacity(parts.len());
    for part in parts {
        let mut content = part.content;
        content.check_file()?;
        let is_text = content.is_text();
        let own = || {
            let path = content.path()?.file_name()?;
            Some(path.to_string_lossy().into_owned())
        };
        let file_name = part.file_name.or_else(own);
        let head = Head {
            file_name: file_name.or_else(|| (!is_text).then(|| part.name.clone())),
            name: part.name,
            mime_type: part.mime_type,
            encoding: part.encoding,
            is_text,
            headers: part.headers,
        };
        lowered.push((head, content));
    }
    options.set(Multipart {
        parts: lowered,
        subtype,
        mode: match mode.unwrap_or_default() {
            MultipartMode::Strict => Mode::Strict,
            MultipartMode::BrowserCompatible => Mode::BrowserCompatible,
            MultipartMode::Rfc6532 => Mode::Rfc6532,
        },
        charset,
    });
    Ok(())
}

#[cfg(not(feature = "multipart"))]
pub(super) fn lower_parts(
    _: Vec<Part>,
    _: Option<String>,
    _: Option<MultipartMode>,
    _: Option<String>,
    _: &mut Options,
) -> Result<()> {
    use courser_core::{Error, ErrorKind};
    let message = ":multipart needs the feature `multipart`";
    Err(Error::new(ErrorKind::Unsupported, message).help("switch it on in Cargo.toml"))
}
