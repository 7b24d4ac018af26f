//! Bodies as data, a format each.

use courser_core::{Error, ErrorKind, Headers, Response, Result, excerpt};

use super::charset::{charset_of, utf8};
use crate::Value;

/// A format of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Json {
        keyword_keys: bool,
    },
    Edn,
    Form,
    /// In a version to come.
    Transit,
}

impl Format {
    /// That it can be read.
    ///
    /// # Errors
    /// [`Unsupported`](ErrorKind::Unsupported), which names the feature that it needs.
    pub(super) fn check(self, asked: &str) -> Result<()> {
        let (feature, help) = match self {
            Format::Json { .. } if cfg!(not(feature = "json")) => ("json", SWITCH_ON),
            Format::Edn if cfg!(not(feature = "edn")) => ("edn", SWITCH_ON),
            Format::Transit => ("transit", "a later version will have it"),
            _ => return Ok(()),
        };
        let message = format!("{asked} needs the feature `{feature}`");
        Err(Error::new(ErrorKind::Unsupported, message).help(help))
    }

    /// The body as data.
    pub(super) fn read(self, bytes: &[u8], headers: &Headers) -> Result<Value> {
        match self {
            Format::Json { keyword_keys } => json(&utf8(headers, bytes)?, keyword_keys),
            Format::Edn => edn(&utf8(headers, bytes)?),
            Format::Form => form(bytes, headers),
            Format::Transit => Ok(Value::Nil), // `check` refused it
        }
    }
}

const SWITCH_ON: &str = "switch it on in Cargo.toml";

/// The body as JSON of that type, in whatever charset it came.
///
/// # Errors
/// [`Decode`](ErrorKind::Decode), with the place in the body and the content type.
#[cfg(feature = "json")]
pub fn read_json<T: serde::de::DeserializeOwned>(res: &Response) -> Result<T> {
    read_typed(res, "JSON", |text| {
        crate::json::from_slice(text).map_err(Into::into)
    })
}

/// The body as EDN of that type, in whatever charset it came.
///
/// # Errors
/// [`Decode`](ErrorKind::Decode), with the place in the body and the content type.
#[cfg(feature = "edn")]
pub fn read_edn<T: serde::de::DeserializeOwned>(res: &Response) -> Result<T> {
    read_typed(res, "EDN", |text| {
        crate::edn::from_slice(text).map_err(Into::into)
    })
}

/// The body as a form of that type, in UTF-8.
///
/// # Errors
/// [`Decode`](ErrorKind::Decode), with the content type.
pub fn read_form<T: serde::de::DeserializeOwned>(res: &Response) -> Result<T> {
    read_typed(res, "form", |text| {
        crate::form::from_slice(text).map_err(Into::into)
    })
}

fn read_typed<T>(
    res: &Response,
    format: &str,
    read: impl FnOnce(&[u8]) -> Result<T, courser_core::BoxError>,
) -> Result<T> {
    let Some(bytes) = res.body.as_bytes() else {
        return Err(Error::invalid("the body of this response is a stream")
            .help("collect it first: body.collect(limit).await"));
    };
    read(&utf8(&res.headers, bytes)?)
        .map_err(|why| {
            let message = format!("the body is not the {format} that was expected");
            Error::new(ErrorKind::Decode, message).because(why)
        })
        // Outside of the stack nobody else names the request.
        .map_err(|error| describe(error, res).with("url", res.url.redacted()))
}

/// Says what came instead: an error page or a sign-in page is the usual cause.
pub(super) fn describe(error: Error, res: &Response) -> Error {
    match res.headers.text("content-type") {
        Some(content_type) => error.with("content-type", excerpt(&content_type, 80)),
        None => error,
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
    Ok(Value::Nil) // `check` refused it
}

#[cfg(not(feature = "edn"))]
fn edn(_: &[u8]) -> Result<Value> {
    Ok(Value::Nil) // `check` refused it
}
