//! The stage `timing`.

use courser_core::{Hook, Reading, Response, Result, Sent, Wants};

/// Tells how long the call took (`:request-time`): until the body was there, or the head of a
/// stream.
#[derive(Debug)]
pub struct TimingStage;

impl Hook for TimingStage {
    fn name(&self) -> &'static str {
        "timing"
    }

    fn wants_request(&self) -> Wants {
        Wants::Never
    }

    fn wants_head(&self) -> Wants {
        Wants::option::<Reading>()
    }

    fn head(&self, sent: &Sent, res: &mut Response) -> Result<()> {
        if Reading::of(&sent.options).stream {
            res.request_time = Some(sent.call.elapsed());
        }
        Ok(())
    }

    fn wants_body(&self) -> Wants {
        Wants::Always
    }

    fn body(&self, sent: &Sent, res: &mut Response) -> Result<()> {
        res.request_time = Some(sent.call.elapsed());
        Ok(())
    }
}
