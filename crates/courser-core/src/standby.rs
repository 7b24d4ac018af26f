//! Middleware that stays out of the way of what is final at once.

use crate::BoxFuture;
use crate::body::{Body, Replay};
use crate::error::Result;
use crate::request::{Request, Sent};
use crate::response::Response;
use crate::service::Next;

/// How a middleware stands by: it lets a request pass, looks at what came of it, and takes over
/// only where that is not final. So do those that follow redirects, send again, or answer a
/// challenge.
///
/// Most requests then cost it a look at the outcome, where [`handle`](crate::Middleware::handle)
/// costs a future that holds the request, and another for the rest of the stack.
///
/// ```
/// use courser_core::{
///     BoxFuture, Middleware, Next, Request, Response, Result, Sent, Stage, Standby, StatusCode,
///     Tried, stand_by,
/// };
///
/// /// Asks once more, without a cache on the way, where nothing was found.
/// struct Afresh;
///
/// impl Middleware for Afresh {
///     fn name(&self) -> &'static str {
///         "afresh"
///     }
///     fn handle(&self, req: Request, next: Next) -> BoxFuture<'_, Result<Response>> {
///         stand_by(self, req, next)
///     }
///     fn standby(&self) -> Option<&dyn Standby> {
///         Some(self)
///     }
/// }
///
/// impl Standby for Afresh {
///     fn keeps_body(&self, _: &Request) -> bool {
///         false
///     }
///     fn is_final(&self, _: &Sent, outcome: &Result<Response>) -> bool {
///         !matches!(outcome, Ok(res) if res.status == StatusCode::NOT_FOUND)
///     }
///     fn go_on(&self, tried: Tried, next: Next) -> BoxFuture<'_, Result<Response>> {
///         if tried.kept.has_body {
///             return Box::pin(std::future::ready(tried.outcome));
///         }
///         let sent = tried.kept.sent;
///         let mut req = Request::new(sent.url, sent.call);
///         (req.method, req.headers, req.options) = (sent.method, sent.headers, sent.options);
///         Box::pin(async move {
///             req.headers.insert("Cache-Control", "no-cache")?;
///             next.run(req).await
///         })
///     }
/// }
///
/// assert_eq!(Stage::middleware(Afresh).name(), "afresh");
/// ```
pub trait Standby: Send + Sync {
    /// Whether it can stand by for a request. Where it cannot, because it changes something on
    /// the way out, it handles the request.
    fn stands_by(&self, req: &Request) -> bool {
        let _ = req;
        true
    }

    /// Whether it may want to send the body again; asked where there is one.
    fn keeps_body(&self, req: &Request) -> bool;

    /// Whether an outcome is final; most are.
    fn is_final(&self, sent: &Sent, outcome: &Result<Response>) -> bool;

    /// Goes on from an outcome that is not final.
    fn go_on(&self, tried: Tried, next: Next) -> BoxFuture<'_, Result<Response>>;
}

/// What is kept of a request while a middleware stands by; nothing of it is copied, only shared.
#[derive(Debug)]
pub struct Kept {
    /// The request as it passed.
    pub sent: Sent,
    /// Whether it had a body.
    pub has_body: bool,
    /// The body once more, if it can be sent again and was [wanted](Standby::keeps_body).
    pub replay: Option<Replay>,
}

/// A request that was sent, and what came of it.
#[derive(Debug)]
pub struct Tried {
    /// What was kept of the request.
    pub kept: Kept,
    /// The outcome.
    pub outcome: Result<Response>,
}

impl Kept {
    /// What `standby` needs of a request.
    #[must_use]
    pub fn of(req: &Request, standby: &dyn Standby) -> Self {
        KeptBody::of(req, standby).with(req.sent())
    }
}

/// What is kept of a body; as small as can be, since most requests have none.
pub(crate) enum KeptBody {
    Empty,
    Full(Option<Box<Replay>>),
}

impl KeptBody {
    pub(crate) fn of(req: &Request, standby: &dyn Standby) -> Self {
        if req.body.is_empty() {
            return KeptBody::Empty;
        }
        let wanted = standby.keeps_body(req).then(|| req.body.replay());
        KeptBody::Full(wanted.flatten().map(Box::new))
    }

    pub(crate) fn with(self, sent: Sent) -> Kept {
        let (has_body, replay) = match self {
            KeptBody::Empty => (false, Body::empty().replay()),
            KeptBody::Full(replay) => (true, replay.map(|replay| *replay)),
        };
        Kept {
            sent,
            has_body,
            replay,
        }
    }
}

/// Runs a request as the stack does where `standby` stands by: what
/// [`handle`](crate::Middleware::handle) of such a middleware does, for those who call it.
pub fn stand_by(
    standby: &dyn Standby,
    req: Request,
    next: Next,
) -> BoxFuture<'_, Result<Response>> {
    let kept = Kept::of(&req, standby);
    let running = next.clone().run(req);
    Box::pin(async move {
        let outcome = running.await;
        if standby.is_final(&kept.sent, &outcome) {
            return outcome;
        }
        standby.go_on(Tried { kept, outcome }, next).await
    })
}
