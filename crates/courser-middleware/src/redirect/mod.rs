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
    Body, BoxFuture, Call, CrossOrigin, ErrorKind, HeaderValue, Headers, Kept, Middleware, Next,
    Phase, Reading, Redirect, Redirects, Request, Response, Result, Sent, Standby, Timeout, Tried,
    stand_by,
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
        stand_by(self, req, next)
    }

    fn standby(&self) -> Option<&dyn Standby> {
        Some(self)
    }
}

impl Standby for RedirectStage {
    fn keeps_body(&self, req: &Request) -> bool {
        let rules = req.options.get().unwrap_or(&STANDARD);
        matches!(rules.strategy, Redirects::Lax | Redirects::Custom(_))
    }

    fn is_final(&self, sent: &Sent, outcome: &Result<Response>) -> bool {
        let follows = || {
            let rules = sent.options.get().unwrap_or(&STANDARD);
            !matches!(rules.strategy, Redirects::None)
        };
        // An error of the first request has no way that led to it.
        outcome
            .as_ref()
            .map_or(true, |res| !(res.status.is_redirection() && follows()))
    }

    fn go_on(&self, tried: Tried, next: Next) -> BoxFuture<'_, Result<Response>> {
        Box::pin(follow(tried, next))
    }
}

static STANDARD: RedirectOptions = RedirectOptions::STANDARD;

/// Follows from hop to hop.
async fn follow(tried: Tried, next: Next) -> Result<Response> {
    let Tried { kept, mut outcome } = tried;
    let mut hop = Hop(kept);
    let said = hop.sent().options.get_arc::<RedirectOptions>();
    let rules = said.as_deref().unwrap_or(&STANDARD);
    let mut history = Vec::new();
    loop {
        let mut res = outcome.map_err(|error| trail::told(error, &history))?;
        let verdict = if res.status.is_redirection() {
            hop.judge(rules, &res, &history)
        } else {
            Ok(Verdict::Return)
        };
        let Sent {
            method, url, call, ..
        } = hop.sent();
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
                let limit = Reading::of(&hop.sent().options).max_error_body;
                return Err(error.during(method, url).collected(res, limit).await);
            }
        };
        tracing::debug!(
            target: crate::trace::TARGET,
            status = res.status.as_u16(),
            method = onward.method.as_str(),
            to = onward.url.redacted(),
            "following a redirect"
        );
        drain(res.body, &res.headers, call).await?;
        history.push(Followed {
            method: method.clone(),
            url: url.clone(),
            status: res.status,
            headers: res.headers,
            next_method: onward.method.clone(),
            next_url: onward.url.clone(),
        });
        let req = hop.onward(onward, rules)?;
        hop = Hop(Kept::of(&req, &RedirectStage));
        outcome = next.clone().run(req).await;
    }
}

/// What is kept of a request while it is under way.
struct Hop(Kept);

impl Hop {
    fn sent(&self) -> &Sent {
        &self.0.sent
    }

    fn judge(
        &self,
        rules: &RedirectOptions,
        res: &Response,
        history: &[Followed],
    ) -> Result<Verdict> {
        let (method, url) = (&self.sent().method, &self.sent().url);
        let redirect = Redirect::new(method, url, res.status, &res.headers, history.len());
        let body = match (self.0.has_body, &self.0.replay) {
            (false, _) => Again::Nothing,
            (true, Some(_)) => Again::Possible,
            (true, None) => Again::Impossible,
        };
        policy::judge(rules, &redirect, history, body)
    }

    /// The next request.
    fn onward(self, onward: Onward, rules: &RedirectOptions) -> Result<Request> {
        let Kept {
            sent,
            has_body,
            replay,
        } = self.0;
        let Sent {
            method,
            url,
            mut headers,
            mut options,
            call,
        } = sent;
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
    let closes = |value: &HeaderValue| {
        let mut said = value.as_bytes().split(|byte| *byte == b',');
        said.any(|one| one.trim_ascii().eq_ignore_ascii_case(b"close"))
    };
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
