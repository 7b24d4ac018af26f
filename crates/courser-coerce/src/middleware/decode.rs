//! The stage `decode`.

use courser_core::{
    Error, ErrorKind, Headers, Hook, Method, Request, Response, Result, Sent, Unexceptional,
    excerpt,
};

use crate::Value;
use crate::text::Charset;

/// What the body of a response becomes (`:as`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum As {
    /// Text in UTF-8, as clj-http has it when nothing is said.
    #[default]
    Unset,
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
    /// A form (`:x-www-form-urlencoded`).
    Form,
    /// A stream: nothing is read ahead (`:stream`).
    Stream,
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

/// Decodes the body as [`Decode`] says, by the charset that the `Content-Type` tells (UTF-8
/// without one). An empty body is nil.
#[derive(Debug)]
pub struct DecodeStage;

impl Hook for DecodeStage {
    fn name(&self) -> &'static str {
        "decode"
    }

    fn request(&self, req: &mut Request) -> Result<()> {
        let form = req.options.get::<Decode>().map(|decode| &decode.form);
        let missing = match form {
            Some(As::Json | As::JsonStringKeys) if cfg!(not(feature = "json")) => "json",
            Some(As::Edn) if cfg!(not(feature = "edn")) => "edn",
            _ => return Ok(()),
        };
        let message = format!("this :as needs the feature `{missing}`");
        Err(Error::new(ErrorKind::Unsupported, message))
    }

    fn head(&self, sent: &Sent, res: &mut Response) -> Result<()> {
        let form = match sent.options.get::<Decode>() {
            Some(decode) => decode.form.clone(),
            None => As::Unset,
        };
        if let As::Charset(charset) = form {
            res.info.set(charset);
        }
        let head = sent.method == Method::HEAD;
        res.info.set(Asked { form, head });
        Ok(())
    }

    fn wants_body(&self) -> bool {
        true
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
        if !wanted {
            return Ok(());
        }
        if bytes.is_empty() {
            if !matches!(
                decode.form,
                As::Unset | As::Bytes | As::Stream | As::Charset(_)
            ) {
                res.info.set(Coerced(Value::Nil));
            }
            return Ok(());
        }
        let value = match &decode.form {
            As::Unset | As::Bytes | As::Stream | As::Charset(_) => return Ok(()),
            As::Json => json(&text_bytes(&res.headers, &bytes)?, true),
            As::JsonStringKeys => json(&text_bytes(&res.headers, &bytes)?, false),
            As::Edn => edn(&text_bytes(&res.headers, &bytes)?),
            As::Form => form(&bytes, &res.headers),
        };
        let value = value.map_err(|error| describe(error, res))?;
        res.info.set(Coerced(value));
        Ok(())
    }
}

/// The body as JSON of that type, in whatever charset it came.
///
/// # Errors
/// [`Decode`](ErrorKind::Decode), with the place in the body and the content type.
#[cfg(feature = "json")]
pub fn read_json<T: serde::de::DeserializeOwned>(res: &Response) -> Result<T> {
    let Some(bytes) = res.body.as_bytes() else {
        return Err(Error::invalid("the body of this response is a stream")
            .help("collect it first: body.collect(limit).await"));
    };
    let text = text_bytes(&res.headers, bytes)?;
    crate::json::from_slice(&text)
        .map_err(|why| {
            Error::new(
                ErrorKind::Decode,
                "the body is not the JSON that was expected",
            )
            .because(why)
        })
        // Outside of the stack nobody else names the request.
        .map_err(|error| describe(error, res).with("url", res.url.redacted()))
}

/// Says what came instead: an error page or a sign-in page is the usual cause.
fn describe(error: Error, res: &Response) -> Error {
    match res.headers.text("content-type") {
        Some(content_type) => error.with("content-type", excerpt(&content_type, 80)),
        None => error,
    }
}

/// The charset of the `Content-Type`, if it tells one.
///
/// # Errors
/// [`Decode`](ErrorKind::Decode) for one that is not known.
pub fn charset_of(headers: &Headers) -> Result<Option<Charset>> {
    let Some(content_type) = headers.get_str("content-type") else {
        return Ok(None);
    };
    let Ok(media_type) = content_type.parse::<mime::Mime>() else {
        return Ok(None);
    };
    let Some(label) = media_type.get_param(mime::CHARSET) else {
        return Ok(None);
    };
    Charset::for_label(label.as_str()).map(Some).map_err(|why| {
        let message = "the charset of the response is not known";
        Error::new(ErrorKind::Decode, message).because(why)
    })
}

/// The body in UTF-8, with as little copying as may be.
fn text_bytes<'a>(headers: &Headers, bytes: &'a [u8]) -> Result<std::borrow::Cow<'a, [u8]>> {
    use std::borrow::Cow;
    let charset = charset_of(headers)?.unwrap_or_default();
    if charset == Charset::UTF_8 {
        return Ok(Cow::Borrowed(
            bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes),
        ));
    }
    match charset.decode_strict(bytes) {
        Ok(Cow::Borrowed(text)) => Ok(Cow::Borrowed(text.as_bytes())),
        Ok(Cow::Owned(text)) => Ok(Cow::Owned(text.into_bytes())),
        Err(why) => Err(Error::new(
            ErrorKind::Decode,
            "the body is not in the charset it claims",
        )
        .because(why)),
    }
}

#[cfg(feature = "json")]
fn json(bytes: &[u8], keyword_keys: bool) -> Result<Value> {
    let options = crate::json::ReadOptions {
        keyword_keys,
        ..Default::default()
    };
    crate::json::read_slice_with(bytes, &options)
        .map_err(|why| Error::new(ErrorKind::Decode, "the body is not JSON").because(why))
}

#[cfg(feature = "edn")]
fn edn(bytes: &[u8]) -> Result<Value> {
    crate::edn::read_slice(bytes)
        .map_err(|why| Error::new(ErrorKind::Decode, "the body is not EDN").because(why))
}

fn form(bytes: &[u8], headers: &Headers) -> Result<Value> {
    let options = crate::form::ReadOptions {
        charset: charset_of(headers)?.unwrap_or_default(),
        ..Default::default()
    };
    // clj-http leaves text without any `=` a string.
    if !bytes.contains(&b'=') {
        return Ok(Value::from(&*options.charset.decode(bytes).text));
    }
    crate::form::read(bytes, &options)
        .map_err(|why| Error::new(ErrorKind::Decode, "the body is not a form").because(why))
}

#[cfg(not(feature = "json"))]
fn json(_: &[u8], _: bool) -> Result<Value> {
    Ok(Value::Nil) // the request was refused
}

#[cfg(not(feature = "edn"))]
fn edn(_: &[u8]) -> Result<Value> {
    Ok(Value::Nil) // the request was refused
}
