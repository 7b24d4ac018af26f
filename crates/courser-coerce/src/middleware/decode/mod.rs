//! The stage `decode`.

mod charset;
mod codec;
mod format;
mod media_type;
mod multipart;

use courser_core::{Hook, Method, Options, Request, Response, Result, Sent, Unexceptional, Wants};

pub use charset::charset_of;
pub use codec::{Codec, Codecs};
#[cfg(feature = "edn")]
pub use format::read_edn;
pub use format::read_form;
#[cfg(feature = "json")]
pub use format::read_json;
#[cfg(feature = "msgpack")]
pub use format::read_msgpack;
#[cfg(feature = "transit")]
pub use format::read_transit;
#[cfg(feature = "xml-serde")]
pub use format::read_xml;
pub use media_type::MediaType;

use crate::Value;
use crate::text::Charset;
use format::{Format, describe};

/// What the body of a response becomes (`:as`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum As {
    /// Text in UTF-8, as clj-http has it when nothing is said.
    #[default]
    Unset,
    /// What the `Content-Type` says (`:auto`): what a [codec](Codec) of yours reads, JSON, EDN,
    /// Transit, `MessagePack`, XML, a form or parts, also by a suffix such as `+json`; else text, in the
    /// charset of the body.
    Auto,
    /// Bytes (`:byte-array`).
    Bytes,
    /// Text in that charset (`"UTF-16"`).
    Charset(Charset),
    /// JSON, with keywords for keys (`:json`).
    Json,
    /// JSON, with strings for keys (`:json-string-keys`).
    JsonStringKeys,
    /// EDN (`:edn`, `:clojure`).
    Edn,
    /// Transit as JSON, verbose or not (`:transit+json`).
    TransitJson,
    /// Transit as `MessagePack` (`:transit+msgpack`).
    TransitMsgpack,
    /// XML, in the shape of `clojure.xml` (`:xml`).
    Xml,
    /// Plain `MessagePack`, with keywords for keys (`:msgpack`).
    Msgpack,
    /// Parts (`:multipart`): maps of `:name`, `:file-name`, `:mime-type`, `:headers` and
    /// `:content`, which is a string, or `#bytes {:b64 "…"}` for files and what is no text.
    Multipart,
    /// What a codec of yours makes of it.
    Codec(Codec),
    /// A form (`:x-www-form-urlencoded`).
    Form,
    /// A stream: nothing is read ahead (`:stream`).
    Stream,
    /// A stream of text, in the charset of the body (`:reader`).
    Reader,
}

impl As {
    /// Whether the body is left a stream.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        matches!(self, As::Stream | As::Reader)
    }

    /// The format that is asked for, whatever comes.
    fn format(&self) -> Option<Format> {
        match self {
            As::Json => Some(Format::Json { keyword_keys: true }),
            As::JsonStringKeys => Some(Format::Json {
                keyword_keys: false,
            }),
            As::Edn => Some(Format::Edn),
            As::TransitJson => Some(Format::TransitJson),
            As::TransitMsgpack => Some(Format::TransitMsgpack),
            As::Xml => Some(Format::Xml),
            As::Form => Some(Format::Form),
            As::Msgpack => Some(Format::Msgpack),
            As::Multipart => Some(Format::Multipart),
            As::Unset
            | As::Auto
            | As::Bytes
            | As::Charset(_)
            | As::Codec(_)
            | As::Stream
            | As::Reader => None,
        }
    }
}

/// When a body is taken for data (`:coerce`); otherwise it is text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Coerce {
    /// With unexceptional statuses.
    #[default]
    Unexceptional,
    /// With exceptional statuses.
    Exceptional,
    /// With all.
    Always,
}

/// What the body of the response is to become; an options group.
#[derive(Clone, Debug, Default)]
pub struct Decode {
    /// `:as`
    pub form: As,
    /// `:coerce`
    pub coerce: Coerce,
}

/// What the body was decoded to; on [`Response::info`]. The bytes stay beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Coerced(pub Value);

/// How the body of a response was asked for, and whether it can have one; on
/// [`Response::info`] of each that passed this stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// `:as`
    pub form: As,
    /// Whether it answers a HEAD.
    pub head: bool,
}

/// Decodes the body as [`Decode`] says, by its charset: that of a byte order mark, else that of
/// the `Content-Type`, else UTF-8. An empty body is nil.
#[derive(Debug)]
pub struct DecodeStage;

thread_local! {
    /// Of most requests. One a thread: threads that count the same holders wait for each other.
    static USUAL: Options = Options::of(Asked::default());
}

impl Hook for DecodeStage {
    fn name(&self) -> &'static str {
        "decode"
    }

    fn wants_request(&self) -> Wants {
        Wants::option::<Decode>()
    }

    fn request(&self, req: &mut Request) -> Result<()> {
        let decode = req.options.get::<Decode>();
        match decode.and_then(|decode| decode.form.format()) {
            Some(format) => format.check("this :as"),
            None => Ok(()),
        }
    }

    fn head(&self, sent: &Sent, res: &mut Response) -> Result<()> {
        let head = sent.method == Method::HEAD;
        let Some(decode) = sent.options.get::<Decode>() else {
            if head {
                let form = As::Unset;
                res.info.set(Asked { form, head });
            } else {
                let usual = USUAL.try_with(|usual| res.info.merge(usual));
                if usual.is_err() {
                    res.info.set(Asked::default());
                }
            }
            return Ok(());
        };
        let form = decode.form.clone();
        match form {
            As::Charset(charset) => res.info.set(charset),
            As::Reader if !head => known_charset(sent, res)?,
            _ => {}
        }
        res.info.set(Asked { form, head });
        Ok(())
    }

    fn wants_body(&self) -> Wants {
        Wants::option::<Decode>()
    }

    fn body(&self, sent: &Sent, res: &mut Response) -> Result<()> {
        let Some(decode) = sent.options.get::<Decode>() else {
            return Ok(());
        };
        let fine = Unexceptional::status(&sent.options, res.status);
        let wanted = match decode.coerce {
            Coerce::Always => true,
            Coerce::Unexceptional => fine,
            Coerce::Exceptional => !fine,
        };
        let bytes = res.body.as_bytes().cloned().unwrap_or_default();
        let media_type = content_type(res).filter(|_| decode.form == As::Auto);
        let codecs = sent.options.get::<Codecs>();
        let codec = match &decode.form {
            As::Codec(codec) => Some(codec),
            _ => codecs.and_then(|codecs| codecs.of(media_type.as_ref()?)),
        };
        if let Some(codec) = codec {
            if wanted {
                let value = if bytes.is_empty() {
                    Ok(Value::Nil)
                } else {
                    codec.read(&bytes, &res.headers)
                };
                let value = value.map_err(|error| describe(error, res))?;
                res.info.set(Coerced(value));
            }
            return Ok(());
        }
        let format = match &decode.form {
            As::Auto => media_type.and_then(|media_type| media_type.format()),
            form => form.format(),
        };
        let Some(format) = format else {
            return match decode.form {
                As::Auto if !bytes.is_empty() => known_charset(sent, res),
                _ => Ok(()),
            };
        };
        if !wanted {
            return Ok(());
        }
        if bytes.is_empty() {
            res.info.set(Coerced(Value::Nil));
            return Ok(());
        }
        format
            .check("a body of this Content-Type, under :as :auto,")
            .and_then(|()| format.read(&bytes, &res.headers, &sent.options))
            .map(|value| res.info.set(Coerced(value)))
            .map_err(|error| describe(error, res))
    }
}

/// The media type of a response, if its `Content-Type` has one.
#[must_use]
pub fn content_type(res: &Response) -> Option<MediaType> {
    MediaType::parse(&res.headers.text("content-type")?)
}

/// That the charset of the text is known. That of an error is no news beside the error.
fn known_charset(sent: &Sent, res: &mut Response) -> Result<()> {
    let charset = match charset_of(&res.headers) {
        Ok(charset) => charset.unwrap_or_default(),
        Err(error) if Unexceptional::status(&sent.options, res.status) => {
            return Err(describe(error, res));
        }
        Err(_) => Charset::UTF_8,
    };
    res.info.set(charset);
    Ok(())
}
