//! The stage `redirects`.
//!
//! Everything inside of it runs once per hop. What it decides is in pure functions: `policy` for
//! whether to follow, `carry` for which header fields go along.

mod carry;
mod policy;
mod trail;

use std::sync::Arc;
use std::time::Duration;

use courser_core::{
    Body, BoxFuture, Call, CrossOrigin, ErrorKind, Headers, Method, Middleware, Next, Options,
    Phase, Reading, Redirect, Redirects, Replay, Request, Response, Result, Timeout, Url,
};

use carry::Change;
use policy::{Again, Onward, Verdict};
pub use trail::{Followed, History};

/// How redirects are followed; an options group.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // a list of options, not a state
pub struct RedirectOptions {
    /// Which are followed (`:redirect-strategy`).
    pub strategy: Redirects,
    /// How many of them (`:max-redirects`); 20 unless said.
    pub max: usize,
    /// Whether one leads to where another led before (`:allow-circular-redirects`).
    pub allow_circular: bool,
    /// Whether a `Location` needs no scheme and host (`:allow-relative-redirects`); true unless
    /// said.
    pub allow_relative: bool,
    /// Header fields that stay with their origin (`:secret-headers`), beside those that
    /// [`is_secret`](courser_core::is_secret) knows and the values that are sensitive.
    pub secret_headers: Vec<String>,
    /// Whether `https` may lead to `http` (`:allow-downgrade`).
    pub allow_downgrade: bool,
    /// Whether a body may be sent to another origin (`:resend-body-cross-origin`).
    pub resend_body_cross_origin: bool,
    /// Whether `Referer` is sent (`:referer`): the URL within an origin, the origin to another,
    /// nothing from `https` to `http`.
    pub referer: bool,
}

impl RedirectOptions {
    const STANDARD: RedirectOptions = RedirectOptions {
        strategy: Redirects::Standard,
        max: 20,
        allow_circular: false,
        allow_relative: true,
        secret_headers: Vec::new(),
        allow_downgrade: false,
        resend_body_cross_origin: false,
        referer: false,
    };
}

impl Default for RedirectOptions {
    fn default() -> Self {
        RedirectOptions::STANDARD
    }
}

/// Follows redirects (RFC 9110, 15.4), as [`RedirectOptions`] says.
///
/// Secrets stay with the origin that they were meant for: when a redirect leads to another
/// (scheme, host or port), the header fields that carry credentials are left out from then on,
/// also if a later one leads back, and the request is marked as [`CrossOrigin`] for stages further
/// in. A hop that is refused is an error of the kind [`Redirect`](ErrorKind::Redirect), which
/// carries the answer.
#[derive(Debug)]
pub struct RedirectStage;

impl Middleware for RedirectStage {
    fn name(&self) -> &'static str {
        "redirects"
    }

    fn handle(&self, req: Request, next: Next) -> BoxFuture<'_, Result<Response>> {
        let said = req.options.get_arc::<RedirectOptions>();
        let rules = said.as_deref().unwrap_or(&STANDARD);
        if matches!(rules.strategy, Redirects::None) {
            return next.run(req);
        }
        let hop = Hop::of(&req, rules);
        let first = next.clone().run(req);
        follow(first, hop, said, next)
    }
}

static STANDARD: RedirectOptions = RedirectOptions::STANDARD;

/// Follows from hop to hop. It is kept small, since most requests are not redirected: a request
/// that is under way is its future, and what is rare is in a box.
fn follow(
    mut running: BoxFuture<'static, Result<Response>>,
    mut hop: Hop,
    said: Option<Arc<RedirectOptions>>,
    next: Next,
) -> BoxFuture<'static, Result<Response>> {
    Box::pin(async move {
        let rules = said.as_deref().unwrap_or(&STANDARD);
        let mut history = Vec::new();
        loop {
            let mut res = match running.await {
                Ok(res) => res,
                Err(error) => return Err(trail::told(error, &history)),
            };
            let verdict = if res.status.is_redirection() {
                hop.judge(rules, &res, &history)
            } else {
                Ok(Verdict::Return)
            };
            let onward = match verdict {
                Ok(Verdict::Follow(onward)) => onward,
                Ok(Verdict::Return) => {
                    if !history.is_empty() {
                        res.info.set(History(history));
                    }
                    return Ok(res);
                }
                Err(error) => {
                    if !history.is_empty() {
                        res.info.set(History(history));
                    }
                    let limit = Reading::of(&hop.options).max_error_body;
                    let error = error.during(&hop.method, &hop.url);
                    return Err(error.collected(res, limit).await);
                }
            };
            tracing::debug!(
                target: crate::trace::TARGET,
                status = res.status.as_u16(),
                method = onward.method.as_str(),
                to = onward.url.redacted(),
                "following a redirect"
            );
            Box::pin(drain(res.body, &res.headers, &hop.call)).await?;
            history.push(Followed {
                method: hop.method.clone(),
                url: hop.url.clone(),
                status: res.status,
                headers: res.headers,
                next_method: onward.method.clone(),
                next_url: onward.url.clone(),
            });
            let req = hop.onward(onward, rules)?;
            hop = Hop::of(&req, rules);
            running = next.clone().run(req);
        }
    })
}

/// What is kept of a request while it is under way. Nothing of it is copied, only shared, so that
/// it costs next to nothing where there is no redirect.
struct Hop {
    method: Method,
    url: Url,
    headers: Headers,
    options: Options,
    call: Arc<Call>,
    has_body: bool,
    replay: Option<Replay>,
}

impl Hop {
    fn of(req: &Request, rules: &RedirectOptions) -> Self {
        let again = matches!(rules.strategy, Redirects::Lax | Redirects::Custom(_));
        Hop {
            method: req.method.clone(),
            url: req.url.clone(),
            headers: req.headers.clone(),
            options: req.options.clone(),
            call: req.call.clone(),
            has_body: !req.body.is_empty(),
            replay: again.then(|| req.body.replay()).flatten(),
        }
    }

    fn judge(
        &self,
        rules: &RedirectOptions,
        res: &Response,
        history: &[Followed],
    ) -> Result<Verdict> {
        let (method, url) = (&self.method, &self.url);
        let redirect = Redirect::new(method, url, res.status, &res.headers, history.len());
        let body = match (self.has_body, &self.replay) {
            (false, _) => Again::Nothing,
            (true, Some(_)) => Again::Possible,
            (true, None) => Again::Impossible,
        };
        policy::judge(rules, &redirect, history, body)
    }

    /// The next request.
    fn onward(self, onward: Onward, rules: &RedirectOptions) -> Result<Request> {
        let Hop {
            method,
            url,
            mut headers,
            mut options,
            call,
            has_body,
            replay,
        } = self;
        let change = Change {
            from: &url,
            to: &onward.url,
            drops_content: !onward.body && (has_body || onward.method != method),
        };
        carry::carry(&mut headers, &change, rules)?;
        if !url.same_origin(&onward.url) {
            options.set(CrossOrigin);
        }
        let body = match replay {
            Some(replay) if onward.body => replay.body(),
            _ => Body::empty(),
        };
        let mut req = Request::new(onward.url, call);
        req.method = onward.method;
        req.headers = headers;
        req.options = options;
        req.body = body;
        Ok(req)
    }
}

/// Reads the rest of an answer that nobody wants, so that its connection can be used again: as far
/// as that is cheaper than a new one. Otherwise it is dropped, which closes the connection.
pub(crate) async fn drain(body: Body, headers: &Headers, call: &Arc<Call>) -> Result<()> {
    const LIMIT: u64 = 16 << 10;
    const PATIENCE: Duration = Duration::from_millis(200);
    let closes =
        |value: &courser_core::HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"close");
    if headers.get_all("connection").any(closes) {
        return Ok(());
    }
    match call
        .wait(Phase::Body, Some(PATIENCE), body.discard(LIMIT))
        .await
    {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::Timeout(Timeout::Idle(Phase::Body)) => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
