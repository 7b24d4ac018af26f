//! The stage `body`.

use std::borrow::Cow;

use courser_core::{Body, Error, Hook, Request, Result, Wants};

use crate::text::Charset;

/// The charset in which a body of text is sent (`:body-encoding`); an options group.
#[derive(Clone, Debug)]
pub struct BodyEncoding {
    /// The charset.
    pub charset: Charset,
    /// The name that the request gave it, which stands in the `Content-Type`.
    pub label: String,
}

/// Encodes a body of text, in UTF-8 unless [`BodyEncoding`] says otherwise, and calls it
/// `text/plain` unless a content type is said.
#[derive(Debug)]
pub struct BodyStage;

impl Hook for BodyStage {
    fn name(&self) -> &'static str {
        "body"
    }

    fn wants_request(&self) -> Wants {
        Wants::Body
    }

    fn wants_head(&self) -> Wants {
        Wants::Never
    }

    fn request(&self, req: &mut Request) -> Result<()> {
        if !req.body.is_text() {
            return Ok(());
        }
        let (charset, label) = match req.options.get::<BodyEncoding>() {
            Some(encoding) => (encoding.charset, encoding.label.as_str()),
            None => (Charset::UTF_8, "UTF-8"),
        };
        if charset != Charset::UTF_8
            && let Some(text) = req
                .body
                .as_bytes()
                .and_then(|bytes| std::str::from_utf8(bytes).ok())
        {
            let encoded = charset.encode(text).map(Cow::into_owned);
            let encoded =
                encoded.map_err(|why| Error::invalid(":body cannot be encoded").because(why))?;
            req.body = Body::from(encoded);
        }
        if !req.headers.contains("Content-Type") {
            req.headers
                .append("Content-Type", format!("text/plain; charset={label}"))?;
        }
        Ok(())
    }
}
