//! The stage.

use std::borrow::Cow;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use courser_core::{
    BoxFuture, Error, Kept, Method, Middleware, Next, Options, Replay, Request, Response, Result,
    Retries, Retry, RetryBucket, RetryContext, RetryHandler, Sent, Standby, Tried,
};

use super::after::asked;
use super::policy::{
    StandardRetries, is_harmless, is_of_the_exchange, is_worth_a_retry, never_left,
};
use crate::redirect::drain;
use crate::trace;

/// Sends a request again that got no answer, or one that says to come again: as its [`Retry`]
/// and [`Retries`] say, or the [`StandardRetries`].
///
/// A body that can be sent only once is never sent again, whatever they say. The last error tells
/// how often the request was sent, if it was more than once, and why not once more, where it
/// would have been; a response tells it by [`attempts`](Response::attempts).
///
/// The [budget](Retry::budget) is shared by all requests of a client.
#[derive(Clone, Copy, Debug, Default)]
pub struct RetryStage;

impl Middleware for RetryStage {
    fn name(&self) -> &'static str {
        "retries"
    }

    fn handle(&self, req: Request, next: Next) -> BoxFuture<'_, Result<Response>> {
        let plan = req.options.get_arc::<Retry>();
        // Nothing is kept of a request that can be sent once only.
        if plan.is_none() && is_sent_once(&req.method, &req.options) {
            return run(req, next, 0);
        }
        let kept = Kept::of(&req, self);
        let tries = Tries::new(kept, plan);
        if let Some(budget) = tries.plan.as_ref().and_then(|plan| plan.budget) {
            next.retries().fill(budget);
        }
        let first = tries.run(req, &next, 0);
        Box::pin(async move { tries.go_on(first.await, next).await })
    }

    fn standby(&self) -> Option<&dyn Standby> {
        Some(self)
    }
}

impl Standby for RetryStage {
    /// Not where each try has a limit or a span of its own.
    fn stands_by(&self, req: &Request) -> bool {
        req.options.get::<Retry>().is_none() && !trace::is_on()
    }

    fn keeps_body(&self, req: &Request) -> bool {
        req.options.get::<Retry>().is_some() || !is_sent_once(&req.method, &req.options)
    }

    fn is_final(&self, sent: &Sent, outcome: &Result<Response>) -> bool {
        outcome.is_ok() || is_sent_once(&sent.method, &sent.options)
    }

    fn go_on(&self, tried: Tried, next: Next) -> BoxFuture<'_, Result<Response>> {
        let Tried { kept, outcome } = tried;
        Box::pin(Tries::new(kept, None).go_on(outcome, next))
    }
}

/// Whether a request is never sent again, without a [`Retry`]: nobody was asked, and twice may do
/// harm.
fn is_sent_once(method: &Method, options: &Options) -> bool {
    !method.is_idempotent() && options.get::<Retries>().is_none()
}

/// One try, after so many.
fn run(req: Request, next: Next, resends: u32) -> BoxFuture<'static, Result<Response>> {
    trace::within(trace::attempt(&req, resends), || next.run(req))
}

/// Why a request was not sent again that else would have been; with the answer.
pub(crate) struct NotAgain(pub(crate) Cow<'static, str>);

/// A request that may be sent again.
struct Tries {
    sent: Sent,
    body: Option<Replay>,
    plan: Option<Arc<Retry>>,
}

/// What comes after a try.
enum Verdict {
    /// It is final.
    Final,
    /// It is final, though it would have been sent again; why.
    Refused(Cow<'static, str>),
    /// It is sent again after a pause.
    Again(Duration),
}

impl Tries {
    fn new(kept: Kept, plan: Option<Arc<Retry>>) -> Self {
        Tries {
            sent: kept.sent,
            body: kept.replay,
            plan,
        }
    }

    /// The request once more; `None` if its body is gone.
    fn request(&self) -> Option<Request> {
        let body = self.body.as_ref()?.body();
        let sent = self.sent.clone();
        let mut req = Request::new(sent.url, sent.call);
        req.method = sent.method;
        req.headers = sent.headers;
        req.options = sent.options;
        req.body = body;
        Some(req)
    }

    /// One try, after so many.
    fn run(
        &self,
        mut req: Request,
        next: &Next,
        resends: u32,
    ) -> BoxFuture<'static, Result<Response>> {
        if let Some(limit) = self.plan.as_ref().and_then(|plan| plan.try_timeout) {
            req.call = Arc::new(self.sent.call.trying_within(limit));
        }
        run(req, next.clone(), resends)
    }

    /// Tries until one is final, from the outcome of the first.
    async fn go_on(self, mut outcome: Result<Response>, next: Next) -> Result<Response> {
        let mut tries = 1;
        loop {
            let pause = match self.judge(&outcome, tries, next.retries()) {
                Verdict::Again(pause) => pause,
                Verdict::Final => return told(outcome, tries, None),
                Verdict::Refused(why) => {
                    tracing::debug!(target: trace::TARGET, attempts = tries, why = &*why, "not sent again");
                    return told(outcome, tries, Some(why));
                }
            };
            let Some(again) = self.request() else {
                return told(outcome, tries, None);
            };
            tracing::debug!(
                target: trace::TARGET,
                attempts = tries,
                pause_ms = pause.as_millis(),
                failure = %Shown(&outcome),
                "sending again"
            );
            self.prepare(outcome, pause).await?;
            outcome = self.run(again, &next, tries).await;
            tries = tries.saturating_add(1);
        }
    }

    /// What is between two tries.
    async fn prepare(&self, outcome: Result<Response>, pause: Duration) -> Result<()> {
        if let Ok(res) = outcome {
            // Bounded in time and size; what stays is dropped with its connection.
            drop(drain(res.body, &res.headers, &self.sent.call).await);
        }
        if pause.is_zero() {
            return Ok(());
        }
        self.sent.call.sleep(pause).await
    }

    /// Whether to send again after a try that came to this.
    fn judge(&self, outcome: &Result<Response>, tries: u32, bucket: &RetryBucket) -> Verdict {
        let context = RetryContext::new(&self.sent.method, &self.sent.url, &self.sent.options);
        let late = |at| self.sent.call.rt().now() >= at;
        let is_late = self.sent.call.deadline().is_some_and(late);
        let wanted = match outcome {
            Err(error) => !is_late && self.is_wanted_after(error, tries, &context),
            Ok(res) => self.plan.as_ref().is_some_and(|plan| {
                plan.statuses.contains(&res.status.as_u16()) && tries <= plan.max
            }),
        };
        if !wanted {
            return Verdict::Final;
        }
        if self.body.is_none() {
            return Verdict::Refused(
                "the body is a stream, which goes out once (Body::factory makes one that can again)"
                    .into(),
            );
        }
        let Some(plan) = &self.plan else {
            return Verdict::Again(Duration::ZERO);
        };
        let own = self.sent.options.get::<Retries>().is_some();
        let harmless = is_harmless(plan, &context, &self.sent.headers)
            || outcome
                .as_ref()
                .is_err_and(|error| own || never_left(error.kind()));
        if !harmless {
            return Verdict::Refused(
                format!(
                    "{} is not idempotent: give it an Idempotency-Key, or say :idempotent in :retry",
                    self.sent.method
                )
                .into(),
            );
        }
        let asked = match (outcome, plan.retry_after) {
            (Ok(res), Some(_)) => asked(&res.headers, SystemTime::now()),
            _ => None,
        };
        if let (Some(asked), Some(longest)) = (asked, plan.retry_after)
            && asked > longest
        {
            let why = format!(
                "the server asks to wait {} s, and at most {longest:?} are (:retry-after)",
                asked.as_secs()
            );
            return Verdict::Refused(why.into());
        }
        let pause = asked.unwrap_or_else(|| plan.pause(tries, lot()));
        if let Some(end) = self.sent.call.deadline()
            && (is_late || pause >= end.saturating_duration_since(self.sent.call.rt().now()))
        {
            return Verdict::Refused("no time is left for it (:timeout)".into());
        }
        if plan.budget.is_some_and(|budget| !bucket.take(budget)) {
            return Verdict::Refused("the client's budget of retries is used up (:budget)".into());
        }
        Verdict::Again(pause)
    }

    fn is_wanted_after(&self, error: &Error, tries: u32, context: &RetryContext<'_>) -> bool {
        if !is_of_the_exchange(error.kind()) {
            return false;
        }
        let handler = self.sent.options.get::<Retries>();
        match (handler, &self.plan) {
            (Some(Retries(handler)), plan) => {
                let harmless = match plan {
                    Some(plan) => is_harmless(plan, context, &self.sent.headers),
                    None => context.is_idempotent(),
                };
                // Nobody may repeat what was received for certain and may have been carried out.
                (harmless || !error.is_answered())
                    && plan.as_ref().is_none_or(|plan| tries <= plan.max)
                    && handler.retry(error, tries, context)
            }
            (None, Some(plan)) => tries <= plan.max && is_worth_a_retry(error),
            (None, None) => StandardRetries.retry(error, tries, context),
        }
    }
}

/// From 0 to 1, drawn anew each time.
fn lot() -> f64 {
    // The standard library's only source of chance: keys of hash maps, seeded by the system.
    let drawn = RandomState::new().hash_one(0) >> 11;
    drawn as f64 / (1_u64 << 53) as f64
}

/// The end of it, which tells how often it was tried, and why not once more.
fn told(outcome: Result<Response>, tries: u32, why: Option<Cow<'static, str>>) -> Result<Response> {
    match outcome {
        Ok(mut res) => {
            res.attempts = tries;
            if let Some(why) = why {
                res.info.set(NotAgain(why));
            }
            Ok(res)
        }
        Err(error) => Err(explained(error, tries, why.as_deref())),
    }
}

/// The error with what was tried.
pub(crate) fn explained(error: Error, tries: u32, why: Option<&str>) -> Error {
    let error = match tries {
        1 => error,
        tries => error.with("attempts", tries),
    };
    match why {
        Some(why) => error.with("not sent again", why),
        None => error,
    }
}

/// What a try came to, for the log.
struct Shown<'a>(&'a Result<Response>);

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Ok(res) => write!(f, "status {}", res.status.as_u16()),
            Err(error) => f.write_str(error.kind().name()),
        }
    }
}

#[cfg(test)]
mod tests;
