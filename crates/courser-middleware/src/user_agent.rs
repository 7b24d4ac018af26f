//! The stage `user-agent`.

use courser_core::{HeaderValue, Hook, Request, Result, Wants, header};

/// Names the client, unless a header does (RFC 9110, 10.1.5).
#[derive(Debug)]
pub struct UserAgentStage;

impl Hook for UserAgentStage {
    fn name(&self) -> &'static str {
        "user-agent"
    }

    fn wants_head(&self) -> Wants {
        Wants::Never
    }

    fn request(&self, req: &mut Request) -> Result<()> {
        const COURSER: HeaderValue =
            HeaderValue::from_static(concat!("courser/", env!("CARGO_PKG_VERSION")));
        req.headers.insert_default(header::USER_AGENT, COURSER)?;
        Ok(())
    }
}
