//! The stage `form`.

use std::borrow::Cow;

use courser_core::{Body, Error, Hook, Method, Options, Request, Result, Wants};

use crate::Value;
use crate::form::{self, WriteOptions};

/// Data for the body (`:form-params` and how they are written); an options group.
#[derive(Clone, Debug)]
pub struct FormParams {
    /// For a form, a map or a sequence of pairs; anything for the other formats.
    pub params: Value,
    /// How they are written.
    pub write: WriteOptions,
    /// The media type of `:content-type`, which decides on the format; a form without one.
    pub media_type: Option<String>,
    /// The charset that is said of a form without a `media_type` (`:character-encoding`).
    pub character_encoding: Option<String>,
    /// How they are written as JSON.
    #[cfg(feature = "json")]
    pub json: crate::json::WriteOptions,
}

const FORM: &str = "application/x-www-form-urlencoded";

/// Makes the body of [`FormParams`]: a form, JSON, EDN, Transit or `MessagePack`. As in clj-http, for POST, PUT, PATCH
/// and DELETE only; with other methods they are not sent.
#[derive(Debug)]
pub struct FormStage;

impl Hook for FormStage {
    fn name(&self) -> &'static str {
        "form"
    }

    fn wants_request(&self) -> Wants {
        Wants::option::<FormParams>()
    }

    fn wants_head(&self) -> Wants {
        Wants::Never
    }

    fn request(&self, req: &mut Request) -> Result<()> {
        let Some(form) = req.options.get::<FormParams>() else {
            return Ok(());
        };
        if ![Method::POST, Method::PUT, Method::PATCH, Method::DELETE].contains(&req.method) {
            return Ok(());
        }
        let media_type = form
            .media_type
            .as_deref()
            .unwrap_or(FORM)
            .to_ascii_lowercase();
        let body = match media_type.as_str() {
            "application/json" => json(form)?.into_bytes(),
            "application/edn" => edn(flattened(form)?.as_ref())?.into_bytes(),
            "application/msgpack" => msgpack(flattened(form)?.as_ref())?,
            "application/transit+json" => transit(form, false, &req.options)?,
            "application/transit+msgpack" => transit(form, true, &req.options)?,
            _ => form::write(&form.params, &form.write)
                .map_err(wrong)?
                .into_bytes(),
        };
        if form.media_type.is_none() {
            let name = courser_core::header::CONTENT_TYPE;
            match &form.character_encoding {
                Some(charset) => req
                    .headers
                    .insert(name, format!("{FORM}; charset={charset}").as_str())?,
                None => req.headers.insert(name, FORM)?,
            }
        }
        req.body = Body::from(body);
        Ok(())
    }
}

fn wrong(why: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::invalid(":form-params cannot be written").because(why)
}

/// For formats that nest by themselves, flattening is asked for, not the default.
fn flattened(form: &FormParams) -> Result<Cow<'_, Value>> {
    if form.write.flatten {
        form::flatten(&form.params).map(Cow::Owned).map_err(wrong)
    } else {
        Ok(Cow::Borrowed(&form.params))
    }
}

#[cfg(feature = "json")]
fn json(form: &FormParams) -> Result<String> {
    Ok(crate::json::write(flattened(form)?.as_ref(), &form.json))
}

#[cfg(not(feature = "json"))]
fn json(_: &FormParams) -> Result<String> {
    Err(missing("JSON", "json"))
}

#[cfg(feature = "edn")]
fn edn(params: &Value) -> Result<String> {
    crate::edn::to_readable_string(params).map_err(wrong)
}

#[cfg(not(feature = "edn"))]
fn edn(_: &Value) -> Result<String> {
    Err(missing("EDN", "edn"))
}

#[cfg(feature = "transit")]
fn transit(form: &FormParams, packed: bool, options: &Options) -> Result<Vec<u8>> {
    use crate::transit::{Format, WriteOptions, write_with};
    let format = if packed {
        Format::MessagePack
    } else {
        Format::Json
    };
    let params = flattened(form)?;
    let options = options.get::<WriteOptions>().cloned().unwrap_or_default();
    write_with(params.as_ref(), format, &options).map_err(wrong)
}

#[cfg(not(feature = "transit"))]
fn transit(_: &FormParams, _: bool, _: &Options) -> Result<Vec<u8>> {
    Err(missing("Transit", "transit"))
}

#[cfg(feature = "msgpack")]
fn msgpack(params: &Value) -> Result<Vec<u8>> {
    crate::msgpack::write(params).map_err(wrong)
}

#[cfg(not(feature = "msgpack"))]
fn msgpack(_: &Value) -> Result<Vec<u8>> {
    Err(missing("MessagePack", "msgpack"))
}

#[cfg(not(all(
    feature = "json",
    feature = "edn",
    feature = "transit",
    feature = "msgpack"
)))]
fn missing(format: &str, feature: &str) -> Error {
    let message = format!(":form-params as {format} need the feature `{feature}`");
    Error::new(courser_core::ErrorKind::Unsupported, message)
}
