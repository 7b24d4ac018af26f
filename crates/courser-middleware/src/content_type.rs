//! The stage `content-type`.

use courser_core::{HeaderValue, Hook, Request, Result, Wants, header};

/// The media type of the body (`:content-type`, with `:character-encoding`); an options group.
#[derive(Clone, Debug)]
pub struct ContentType(pub HeaderValue);

/// Sends [`ContentType`], in place of a header (RFC 9110, 8.3).
#[derive(Debug)]
pub struct ContentTypeStage;

impl Hook for ContentTypeStage {
    fn name(&self) -> &'static str {
        "content-type"
    }

    fn wants_request(&self) -> Wants {
        Wants::option::<ContentType>()
    }

    fn wants_head(&self) -> Wants {
        Wants::Never
    }

    fn request(&self, req: &mut Request) -> Result<()> {
        match req.options.get::<ContentType>() {
            Some(ContentType(value)) => req.headers.insert(header::CONTENT_TYPE, value),
            None => Ok(()),
        }
    }
}
