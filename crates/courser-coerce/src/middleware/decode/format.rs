//! Bodies as data, a format each.

use courser_core::{Error, ErrorKind, Headers, Options, Response, Result, excerpt};

use super::charset::{charset_of, utf8};
use crate::Value;

/// A format of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Json { keyword_keys: bool },
    Edn,
    Form,
    TransitJson,
    TransitMsgpack,
    Xml,
    Msgpack,
    Multipart,
}

impl Format {
    /// That it can be read.
    ///
    /// # Errors
    /// [`Unsupported`](ErrorKind::Unsupported), which names the feature that it needs.
    pub(super) fn check(self, asked: &str) -> Result<()> {
        let feature = match self {
            Format::Json { .. } if cfg!(not(feature = "json")) => "json",
            Format::Edn if cfg!(not(feature = "edn")) => "edn",
            Format::TransitJson | Format::TransitMsgpack if cfg!(not(feature = "transit")) => {
                "transit"
            }
            Format::Xml if cfg!(not(feature = "xml")) => "xml",
            Format::Msgpack if cfg!(not(feature = "msgpack")) => "msgpack",
            Format::Multipart if cfg!(not(feature = "multipart")) => "multipart",
            _ => return Ok(()),
        };
        let message = format!("{asked} needs the feature `{feature}`");
        Err(Error::new(ErrorKind::Unsupported, message).help("switch it on in Cargo.toml"))
    }

    /// The body as data.
    pub(super) fn read(self, bytes: &[u8], headers: &Headers, options: &Options) -> Result<Value> {
        match self {
            Format::Json { keyword_keys } => json(&utf8(headers, bytes)?, keyword_keys),
            Format::Edn => edn(&utf8(headers, bytes)?),
            Format::Form => form(bytes, headers),
            Format::TransitJson => transit(&utf8(headers, bytes)?, false, options),
            Format::TransitMsgpack => transit(bytes, true, options),
            Format::Xml => xml(bytes, headers, options),
            Format::Msgpack => msgpack(bytes, options),
            Format::Multipart => super::multipart::read(bytes, headers, options),
        }
    }
}

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

/// The body as Transit of that type: `MessagePack` if the content type says so, else JSON.
///
/// # Errors
/// [`Decode`](ErrorKind::Decode), with the place in the body and the content type.
#[cfg(feature = "transit")]
pub fn read_transit<T: serde::de::DeserializeOwned>(res: &Response) -> Result<T> {
    use crate::transit::{Format, from_slice};
    let is_packed = super::content_type(res).is_some_and(|it| it.is("application/transit+msgpack"));
    if is_packed {
        let read = |bytes: &[u8]| from_slice(bytes, Format::MessagePack).map_err(Into::into);
        return read_bytes(res, "Transit", read);
    }
    read_typed(res, "Transit", |text| {
        from_slice(text, Format::Json).map_err(Into::into)
    })
}

/// The body as XML of that type, in the charset of a byte order mark, of the content type, or of
/// its declaration.
///
/// # Errors
/// [`Decode`](ErrorKind::Decode), with the place in the body and the content type.
#[cfg(feature = "xml-serde")]
pub fn read_xml<T: serde::de::DeserializeOwned>(res: &Response) -> Result<T> {
    read_bytes(res, "XML", |bytes| {
        let options = xml_options(&res.headers, None)?;
        crate::xml::from_slice_with(bytes, &options).map_err(Into::into)
    })
}

/// The body as `MessagePack` of that type.
///
/// # Errors
/// [`Decode`](ErrorKind::Decode), with the place in the body and the content type.
#[cfg(feature = "msgpack")]
pub fn read_msgpack<T: serde::de::DeserializeOwned>(res: &Response) -> Result<T> {
    read_bytes(res, "MessagePack", |bytes| {
        crate::msgpack::from_slice(bytes).map_err(Into::into)
    })
}

/// The body as a form of that type, its escapes in the charset of the content type.
///
/// # Errors
/// [`Decode`](ErrorKind::Decode), with the content type.
pub fn read_form<T: serde::de::DeserializeOwned>(res: &Response) -> Result<T> {
    read_bytes(res, "form", |bytes| {
        let charset = charset_of(&res.headers)?.unwrap_or_default();
        crate::form::from_slice_in(bytes, charset).map_err(Into::into)
    })
}

#[cfg(any(feature = "edn", feature = "json", feature = "transit"))]
fn read_typed<T>(
    res: &Response,
    format: &str,
    read: impl FnOnce(&[u8]) -> Result<T, courser_core::BoxError>,
) -> Result<T> {
    read_bytes(res, format, |bytes| read(&utf8(&res.headers, bytes)?))
}

fn read_bytes<T>(
    res: &Response,
    format: &str,
    read: impl FnOnce(&[u8]) -> Result<T, courser_core::BoxError>,
) -> Result<T> {
    let Some(bytes) = res.body.as_bytes() else {
        return Err(Error::invalid("the body of this response is a stream")
            .help("collect it first: body.collect(limit).await"));
    };
    read(bytes)
        .map_err(|why| {
            let message = format!("the body is not the {format} that was expected");
            Error::new(ErrorKind::Decode, message).because(why)
        })
        // Outside of the stack nobody else names the request.
        .map_err(|error| describe(error, res).with("url", res.url.redacted()))
}

/// Says what came instead: an error page or a sign-in page is the usual cause.
pub(super) fn describe(error: Error, res: &Response) -> Error {
    let Some(content_type) = res.headers.text("content-type") else {
        return error;
    };
    let page = content_type.to_ascii_lowercase().contains("html");
    let error = error.with("content-type", excerpt(&content_type, 80));
    if page && error.kind() == ErrorKind::Decode {
        error.help("it is said to be HTML: a page of an error, or to sign in?")
    } else {
        error
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

#[cfg(feature = "transit")]
fn transit(bytes: &[u8], packed: bool, options: &Options) -> Result<Value> {
    use crate::transit::{Format, ReadOptions, read_slice, read_slice_with};
    let format = if packed {
        Format::MessagePack
    } else {
        Format::Json
    };
    match options.get::<ReadOptions>() {
        Some(options) => read_slice_with(bytes, format, options),
        None => read_slice(bytes, format),
    }
    .map_err(|why| Error::new(ErrorKind::Decode, "the body is not Transit").because(why))
}

/// The user's options, or the defaults, with the charset of the content type.
#[cfg(feature = "xml")]
fn xml_options(
    headers: &Headers,
    told: Option<&crate::xml::ReadOptions>,
) -> Result<crate::xml::ReadOptions> {
    let mut options = told.cloned().unwrap_or_default();
    if options.charset.is_none() {
        options.charset = charset_of(headers)?;
    }
    Ok(options)
}

#[cfg(feature = "xml")]
fn xml(bytes: &[u8], headers: &Headers, options: &Options) -> Result<Value> {
    let options = xml_options(headers, options.get())?;
    crate::xml::read_slice_with(bytes, &options)
        .map_err(|why| Error::new(ErrorKind::Decode, "the body is not XML").because(why))
}

#[cfg(not(feature = "xml"))]
#[allow(clippy::unnecessary_wraps)] // it fails with the feature
fn xml(_: &[u8], _: &Headers, _: &Options) -> Result<Value> {
    Ok(Value::Nil) // `check` refused it
}

#[cfg(feature = "msgpack")]
fn msgpack(bytes: &[u8], options: &Options) -> Result<Value> {
    use crate::msgpack::{ReadOptions, read_slice_with};
    let standard = ReadOptions::default();
    read_slice_with(bytes, options.get().unwrap_or(&standard))
        .map_err(|why| Error::new(ErrorKind::Decode, "the body is not MessagePack").because(why))
}

#[cfg(not(feature = "msgpack"))]
#[allow(clippy::unnecessary_wraps)] // it fails with the feature
fn msgpack(_: &[u8], _: &Options) -> Result<Value> {
    Ok(Value::Nil) // `check` refused it
}

#[cfg(not(feature = "transit"))]
#[allow(clippy::unnecessary_wraps)] // it fails with the feature
fn transit(_: &[u8], _: bool, _: &Options) -> Result<Value> {
    Ok(Value::Nil) // `check` refused it
}

#[cfg(not(feature = "json"))]
#[allow(clippy::unnecessary_wraps)] // it fails with the feature
fn json(_: &[u8], _: bool) -> Result<Value> {
    Ok(Value::Nil) // `check` refused it
}

#[cfg(not(feature = "edn"))]
#[allow(clippy::unnecessary_wraps)] // it fails with the feature
fn edn(_: &[u8]) -> Result<Value> {
    Ok(Value::Nil) // `check` refused it
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_of_a_feature_that_is_off_names_it() {
        let formats = [
            (Format::Edn, "edn", cfg!(feature = "edn")),
            (Format::TransitJson, "transit", cfg!(feature = "transit")),
            (Format::TransitMsgpack, "transit", cfg!(feature = "transit")),
            (Format::Xml, "xml", cfg!(feature = "xml")),
            (Format::Msgpack, "msgpack", cfg!(feature = "msgpack")),
            (Format::Multipart, "multipart", cfg!(feature = "multipart")),
        ];
        for (format, feature, is_on) in formats {
            let checked = format.check("this :as");
            assert_eq!(checked.is_ok(), is_on, "{feature}");
            if let Err(error) = checked {
                assert_eq!(error.kind(), ErrorKind::Unsupported);
                assert!(error.to_string().contains(feature), "{error}");
            }
        }
    }
}
