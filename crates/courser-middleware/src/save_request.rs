//! The stage `save-request`.

use courser_core::{Hook, Response, Result, Sent, Wants};

/// That the request is kept on its response (`:save-request`); an options group.
#[derive(Clone, Copy, Debug)]
pub struct SaveRequest;

/// The request as it went out; on [`Response::info`].
#[derive(Clone, Debug)]
pub struct SavedRequest(pub Sent);

/// Keeps the request on its response, also on that of an error, if [`SaveRequest`] says so.
#[derive(Debug)]
pub struct SaveRequestStage;

impl Hook for SaveRequestStage {
    fn name(&self) -> &'static str {
        "save-request"
    }

    fn wants_request(&self) -> Wants {
        Wants::Never
    }

    fn wants_head(&self) -> Wants {
        Wants::option::<SaveRequest>()
    }

    fn head(&self, sent: &Sent, res: &mut Response) -> Result<()> {
        if sent.options.get::<SaveRequest>().is_some() {
            res.info.set(SavedRequest(sent.clone()));
        }
        Ok(())
    }
}
