//! Sending once more, where a connection that others used before turns out to be at its end.

use std::sync::Arc;

use courser_core::{Lease, Request, Response, Result};

use super::failure::Fate;
use super::{Part, exchange};
use crate::connection::Origin;
use crate::exchange::is_idempotent;

/// Sends a request, and once more, once a call, where that does no harm: whatever it is if the
/// server has not looked at it (RFC 9113, 8.7), else as over HTTP/1 (RFC 9112, 9.3.1).
pub(super) async fn send(part: Box<Part>, lease: Lease, req: Request) -> Result<Response> {
    let again = again(&part, &req);
    let mut lease = Some(lease);
    let failed = match exchange(part, &mut lease, req).await {
        Ok(response) => return Ok(response),
        Err(failed) => failed,
    };
    match again {
        Some((again, origin)) if may(failed.fate, &again) && again.call.take_resend() => {
            tracing::debug!("an HTTP/2 connection was at its end: sending again");
            // A new connection, or one that somebody else has made meanwhile.
            let made = origin.shared.connect(&origin.to, &again.call).await?;
            let mut lease = lease.unwrap_or_default();
            lease.replaced(&*made)?;
            made.send(lease, again).await
        }
        _ => Err(failed.error),
    }
}

fn may(fate: Fate, req: &Request) -> bool {
    match fate {
        Fate::Unread | Fate::Refused => true,
        Fate::Closed => is_idempotent(&req.method),
        Fate::Unknown => false,
    }
}

/// The request as it can be sent again, if it is over a connection that was used before.
fn again(part: &Part, req: &Request) -> Option<(Request, Arc<Origin>)> {
    if !part.used || !req.call.has_resend() {
        return None;
    }
    let again = Request {
        method: req.method.clone(),
        url: req.url.clone(),
        headers: req.headers.clone(),
        body: req.body.replay()?.body(),
        options: req.options.clone(),
        call: req.call.clone(),
        keep_alive: req.keep_alive,
    };
    Some((again, part.shared.origin.clone()))
}
