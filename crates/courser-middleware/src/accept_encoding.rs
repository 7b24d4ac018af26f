//! The stage `accept-encoding`.

use std::sync::LazyLock;

use courser_core::{HeaderValue, Hook, Request, Result, Wants, header};

use crate::decompress::supported;

/// Which content codings the client accepts (`:accept-encoding`); an options group.
#[derive(Clone, Debug)]
pub struct AcceptEncoding(pub HeaderValue);

/// That bodies are left as they come (`:decompress-body false`): nothing is asked for and nothing
/// decoded; an options group.
#[derive(Clone, Copy, Debug)]
pub struct LeaveCompressed;

/// Sends [`AcceptEncoding`]; without it, unless a header says something, the codings that this
/// build can decode (RFC 9110, 12.5.3).
#[derive(Debug)]
pub struct AcceptEncodingStage;

impl Hook for AcceptEncodingStage {
    fn name(&self) -> &'static str {
        "accept-encoding"
    }

    fn wants_head(&self) -> Wants {
        Wants::Never
    }

    fn request(&self, req: &mut Request) -> Result<()> {
        if let Some(AcceptEncoding(value)) = req.options.get() {
            return req.headers.insert(header::ACCEPT_ENCODING, value);
        }
        // A range counts in bytes of the encoded form: asking for parts of it would garble.
        let whole = !req.headers.contains("Range");
        if whole && !supported().is_empty() && req.options.get::<LeaveCompressed>().is_none() {
            static SUPPORTED: LazyLock<HeaderValue> =
                LazyLock::new(|| HeaderValue::from_static(supported()));
            req.headers
                .insert_default(header::ACCEPT_ENCODING, &*SUPPORTED)?;
        }
        Ok(())
    }
}
