//! The stage `status`.

use courser_core::{Error, ErrorKind, Hook, Response, Result, Sent, Unexceptional, Wants};

use crate::redirect::History;
use crate::retry::{NotAgain, explained};

/// That exceptional statuses are returned like others (`:throw-exceptions false`); an options
/// group.
#[derive(Clone, Copy, Debug)]
pub struct ReturnExceptional;

/// Makes an error of a status that is not among the [`Unexceptional`] ones; the error carries
/// the response.
#[derive(Debug)]
pub struct StatusStage;

impl Hook for StatusStage {
    fn name(&self) -> &'static str {
        "status"
    }

    fn wants_request(&self) -> Wants {
        Wants::Never
    }

    fn head(&self, sent: &Sent, res: &mut Response) -> Result<()> {
        if Unexceptional::status(&sent.options, res.status)
            || sent.options.get::<ReturnExceptional>().is_some()
        {
            return Ok(());
        }
        let message = format!("status {}", res.status.as_u16());
        let mut error = Error::new(ErrorKind::Status(res.status), message);
        // What the server calls it may say more than the number; it is the server's text.
        if !res.reason().is_empty() {
            error = error.with("reason", courser_core::excerpt(res.reason(), 80));
        }
        let why = res.info.get::<NotAgain>().map(|why| &*why.0);
        error = explained(error, res.attempts, why);
        // A redirect may have changed the method.
        let method = res.info.get::<History>().and_then(History::method);
        Err(error.during(method.unwrap_or(&sent.method), &res.url))
    }
}
