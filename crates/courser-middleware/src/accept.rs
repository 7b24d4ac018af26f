//! The stage `accept`.

use courser_core::{HeaderValue, Hook, Request, Result, Wants, header};

/// What the client accepts (`:accept`); an options group.
#[derive(Clone, Debug)]
pub struct Accept(pub HeaderValue);

/// Sends [`Accept`], in place of a header (RFC 9110, 12.5.1).
#[derive(Debug)]
pub struct AcceptStage;

impl Hook for AcceptStage {
    fn name(&self) -> &'static str {
        "accept"
    }

    fn wants_request(&self) -> Wants {
        Wants::option::<Accept>()
    }

    fn wants_head(&self) -> Wants {
        Wants::Never
    }

    fn request(&self, req: &mut Request) -> Result<()> {
        match req.options.get::<Accept>() {
            Some(Accept(value)) => req.headers.insert(header::ACCEPT, value),
            None => Ok(()),
        }
    }
}
