//! Running a request through the stages.

use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};

use crate::BoxFuture;
use crate::call::Call;
use crate::connect::Connect;
use crate::connector::ConnectionManager;
use crate::error::{Error, Result};
use crate::middleware::{Hook, Middleware, Stage, Wants};
use crate::request::{Reading, Request, Sent};
use crate::response::Response;
use crate::retry::RetryBucket;
use crate::stack::Stack;
use crate::standby::{Kept, KeptBody, Standby, Tried};

/// A stack that is ready to run; cheap to clone.
#[derive(Clone)]
pub struct Service(Arc<Chain>);

struct Chain {
    stack: Stack,
    manager: Arc<dyn ConnectionManager>,
    retries: RetryBucket,
}

impl Chain {
    fn level(&self, at: usize) -> &Level {
        static NONE: Level = Level::NONE;
        // There always is one: the last has no wrap that could run another.
        self.stack.levels().all.get(at).unwrap_or(&NONE)
    }
}

/// A stack as it is run.
pub(crate) struct Levels {
    /// Outermost first; the last has no wrap, and the connection manager below.
    all: Vec<Level>,
    /// How many are noted on the way out: all but the last, if that is bare.
    noted: usize,
}

impl Levels {
    pub(crate) fn of(stages: &[Stage]) -> Self {
        let ends = |stage: &Stage| matches!(stage, Stage::Middleware(_));
        let mut all: Vec<Level> = stages.split_inclusive(ends).map(Level::of).collect();
        if all.last().is_none_or(|level| level.wrap.is_some()) {
            all.push(Level::NONE);
        }
        let bare = all.last().is_some_and(|level| !level.sees_responses());
        let noted = all.len() - usize::from(bare && all.len() > 1);
        Levels { all, noted }
    }
}

/// A hook that wants to be called for something.
#[derive(Clone)]
struct Wanting {
    wants: Wants,
    hook: Arc<dyn Hook>,
    /// The place among all hooks of its level.
    at: usize,
}

impl Wanting {
    fn wants_response(&self, sent: &Sent, res: &Response) -> bool {
        self.wants.holds(&sent.options, &res.headers, &res.body)
    }
}

/// Why a response is not through with a level.
enum Unfinished {
    /// Its body is still to come.
    Streams,
    /// Its body could not be collected.
    Uncollected(Error),
    /// A hook failed; those further in that want the body.
    Failed(Error, Vec<Wanting>),
}

/// A segment: hooks that follow each other, which run as one loop; and the middleware below
/// them, which runs the next level. There may be no hooks, and below the last level is no
/// middleware.
///
/// Each list is outermost first. What hooks want is asked once, when the list is made: a call to
/// one that then has nothing to do is a jump into code that no cache holds, and there are two
/// dozen of them.
struct Level {
    requests: Vec<Wanting>,
    heads: Vec<Wanting>,
    bodies: Vec<Wanting>,
    wrap: Option<Arc<dyn Middleware>>,
    hooks: usize,
}

impl Level {
    const NONE: Level = Level {
        requests: Vec::new(),
        heads: Vec::new(),
        bodies: Vec::new(),
        wrap: None,
        hooks: 0,
    };

    /// Hooks, and the middleware below them, if there is one.
    fn of(stages: &[Stage]) -> Self {
        let mut level = Level {
            requests: Vec::with_capacity(stages.len()),
            heads: Vec::with_capacity(stages.len()),
            bodies: Vec::with_capacity(stages.len()),
            ..Level::NONE
        };
        for stage in stages {
            match stage {
                Stage::Hook(hook) => level.push(hook),
                Stage::Middleware(middleware) => level.wrap = Some(middleware.clone()),
            }
        }
        level
    }

    fn push(&mut self, hook: &Arc<dyn Hook>) {
        let lists = [
            (&mut self.requests, hook.wants_request()),
            (&mut self.heads, hook.wants_head()),
            (&mut self.bodies, hook.wants_body()),
        ];
        for (list, wants) in lists {
            if wants != Wants::Never {
                let (hook, at) = (hook.clone(), self.hooks);
                list.push(Wanting { wants, hook, at });
            }
        }
        self.hooks += 1;
    }

    fn standby(&self) -> Option<&dyn Standby> {
        self.wrap.as_ref()?.standby()
    }

    /// Whether nothing is between what runs it and the connection.
    fn is_bare(&self) -> bool {
        self.requests.is_empty() && !self.sees_responses() && self.wrap.is_none()
    }

    /// Whether there is a hook for the way back.
    fn sees_responses(&self) -> bool {
        !(self.heads.is_empty() && self.bodies.is_empty())
    }

    /// The way out.
    fn request(&self, req: &mut Request) -> Result<()> {
        for Wanting { wants, hook, .. } in &self.requests {
            if wants.holds(&req.options, &req.headers, &req.body) {
                hook.request(req)?;
            }
        }
        Ok(())
    }

    /// The way back, with the head.
    fn head(&self, sent: &Sent, res: &mut Response) -> Result<(), Unfinished> {
        for wanting in self.heads.iter().rev() {
            if wanting.wants_response(sent, res)
                && let Err(error) = wanting.hook.head(sent, res)
            {
                let inner = self.bodies.iter().filter(|body| body.at > wanting.at);
                return Err(Unfinished::Failed(error, inner.cloned().collect()));
            }
        }
        Ok(())
    }

    /// The way back, with the body.
    fn body(&self, sent: &Sent, res: &mut Response) -> Result<()> {
        for wanting in self.bodies.iter().rev() {
            if wanting.wants_response(sent, res) {
                wanting.hook.body(sent, res)?;
            }
        }
        Ok(())
    }

    /// The whole way back, as far as nothing is to be waited for; `collects` the body also if no
    /// hook wants it.
    fn seen(&self, sent: &Sent, res: &mut Response, collects: bool) -> Result<(), Unfinished> {
        self.head(sent, res)?;
        let mut bodies = self.bodies.iter();
        let wanted = (collects && !res.body.is_empty())
            || bodies.any(|wanting| wanting.wants_response(sent, res));
        let reading = Reading::of(&sent.options);
        if reading.stream || !wanted {
            return Ok(());
        }
        match res.body.collect_now(reading.max_body) {
            Some(Ok(())) => {
                let done = self.body(sent, res);
                done.map_err(|error| Unfinished::Failed(error, Vec::new()))
            }
            Some(Err(error)) => Err(Unfinished::Uncollected(error)),
            None => Err(Unfinished::Streams),
        }
    }

    /// What is left of the way back where there was something to wait for, or something failed.
    async fn finish(&self, sent: Sent, mut res: Response, left: Unfinished) -> Result<Response> {
        let reading = Reading::of(&sent.options);
        let (error, inner) = match left {
            Unfinished::Failed(error, inner) => (error, inner),
            Unfinished::Uncollected(error) => return Err(error.during(&sent.method, &res.url)),
            Unfinished::Streams => {
                let collected = res.body.collect(reading.max_body).await;
                collected.map_err(|error| error.during(&sent.method, &res.url))?;
                match self.body(&sent, &mut res) {
                    Ok(()) => return Ok(res),
                    Err(error) => (error, Vec::new()),
                }
            }
        };
        // An error of a hook, with the response that it is about. Hooks further in have done
        // their part on the head, so the body gets theirs too.
        res.body.collect_lossy(reading.max_error_body).await; // only cuts it, if it is collected
        for wanting in inner.iter().rev() {
            if wanting.wants_response(&sent, &res) {
                // The first error counts: that a body of an error is malformed is no news.
                let _ = wanting.hook.body(&sent, &mut res);
            }
        }
        Err(error.during(&sent.method, &res.url).with_response(res))
    }
}

impl Service {
    pub(crate) fn new(stack: Stack, manager: Arc<dyn ConnectionManager>) -> Self {
        Service(Arc::new(Chain {
            stack,
            manager,
            retries: RetryBucket::default(),
        }))
    }

    /// The stages, outermost first.
    #[must_use]
    pub fn stack(&self) -> &Stack {
        &self.0.stack
    }

    /// Runs a request through all stages. The response is collected, unless it is to be a
    /// stream.
    ///
    /// What does not wait is done at once: hooks see the request, and a connection that rests is
    /// taken, before the future is polled.
    pub fn call(&self, req: Request) -> BoxFuture<'static, Result<Response>> {
        pass(&self.0, 0, req, true)
    }

    /// The connection manager at the bottom.
    #[must_use]
    pub fn manager(&self) -> &Arc<dyn ConnectionManager> {
        &self.0.manager
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Service").field(&self.0.manager).finish()
    }
}

/// The connection manager of one request, in place of the client's; an options group.
#[derive(Clone, Debug)]
pub struct Via(pub Arc<dyn ConnectionManager>);

/// The rest of the stack, as a middleware sees it. Cloning it lets a middleware run the rest
/// again.
#[derive(Clone)]
pub struct Next {
    chain: Arc<Chain>,
    at: usize,
    call: Arc<Call>,
}

impl Next {
    fn new(chain: &Arc<Chain>, at: usize, call: &Arc<Call>) -> Self {
        let (chain, call) = (chain.clone(), call.clone());
        Next { chain, at, call }
    }

    /// The call that is under way: its clock, deadline, and sleeping.
    #[must_use]
    pub fn call(&self) -> &Arc<Call> {
        &self.call
    }

    /// What is left of the budget of retries, which the requests of a client share.
    #[must_use]
    pub fn retries(&self) -> &RetryBucket {
        &self.chain.retries
    }

    /// Runs the rest of the stack. The body of the response may still be a stream;
    /// `res.body.collect(limit).await` reads it.
    pub fn run(self, req: Request) -> BoxFuture<'static, Result<Response>> {
        // The usual case: nothing but a connection, and one that rests takes no future.
        if self.chain.level(self.at).is_bare() {
            return bottom(&self.chain, req);
        }
        // Two of them may be made before one is polled: nothing is done before.
        Box::pin(async move { pass(&self.chain, self.at, req, false).await })
    }
}

impl fmt::Debug for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Next({} of {})",
            self.at,
            self.chain.stack.levels().all.len()
        )
    }
}

/// A level that a request has passed on its way out.
struct Passed {
    at: usize,
    sent: Sent,
    /// Where its middleware stands by.
    stands_by: Option<KeptBody>,
}

/// Runs a level and what is below it; and at last, for the outermost, collects the body.
///
/// The way out takes no future. The way back is one future for all levels whose middleware
/// stands by: futures that pass through many hands are copied by each, request and response with
/// them, and that is most of what a stack costs.
fn pass(
    chain: &Arc<Chain>,
    at: usize,
    mut req: Request,
    outermost: bool,
) -> BoxFuture<'static, Result<Response>> {
    let mut passed = Vec::with_capacity(chain.stack.levels().noted.saturating_sub(at));
    let mut at = at;
    let rest = loop {
        let level = chain.level(at);
        if let Err(error) = level.request(&mut req) {
            break failed(error.during(&req.method, &req.url));
        }
        let Some(middleware) = &level.wrap else {
            if level.sees_responses() || (outermost && passed.is_empty()) {
                let (sent, stands_by) = (req.sent(), None);
                passed.push(Passed {
                    at,
                    sent,
                    stands_by,
                });
            }
            break bottom(chain, req);
        };
        let standby = level.standby().filter(|standby| standby.stands_by(&req));
        passed.push(Passed {
            at,
            sent: req.sent(),
            stands_by: standby.map(|standby| KeptBody::of(&req, standby)),
        });
        at += 1;
        if standby.is_none() {
            req.call.take_alone();
            let next = Next::new(chain, at, &req.call);
            break handled(middleware.clone(), req, next);
        }
    };
    if passed.is_empty() {
        return rest;
    }
    Box::pin(Back {
        chain: chain.clone(),
        passed,
        rest,
        outermost,
    })
}

/// A middleware that handles the request.
fn handled(
    middleware: Arc<dyn Middleware>,
    req: Request,
    next: Next,
) -> BoxFuture<'static, Result<Response>> {
    Box::pin(async move { middleware.handle(req, next).await })
}

#[cold]
fn failed(error: Error) -> BoxFuture<'static, Result<Response>> {
    Box::pin(ready(Err(error)))
}

/// The bottom of the stack: a connection; one that rests, if there is one. The request learns
/// whether it is kept.
fn bottom(chain: &Chain, mut req: Request) -> BoxFuture<'static, Result<Response>> {
    let manager = match req.options.get::<Via>() {
        Some(Via(manager)) => manager,
        None => &chain.manager,
    };
    let to = Connect::of(&req);
    let keeps = manager.keeps_alive();
    // A proxy that forwards has a field of its own for keeping.
    let said = !keeps || to.https || to.proxy().is_none();
    let keep_alive = said.then_some(keeps);
    if !manager.waits_alone() {
        req.call.take_alone();
    }
    if let Some((conn, lease)) = manager.lease_now(&to, &req.call) {
        req.keep_alive = keep_alive;
        return conn.send(lease, req);
    }
    let manager = manager.clone();
    req.keep_alive = keep_alive;
    manager.exchange(to, req)
}

/// The way back through the levels that were passed. What is rare is in boxes of its own.
struct Back {
    chain: Arc<Chain>,
    /// Outermost first.
    passed: Vec<Passed>,
    rest: BoxFuture<'static, Result<Response>>,
    outermost: bool,
}

/// What keeps a response from going on.
enum Left {
    /// A middleware for which its outcome is not final.
    Middleware(usize, Kept),
    /// A level that is not through with it.
    Level(usize, Sent, Unfinished),
}

impl Back {
    /// Reads from each line of memory that the levels take; see [`Request::warm_up`].
    fn warm_up(&self) {
        let of = |passed: &Passed| passed.at ^ usize::from(passed.stands_by.is_some());
        std::hint::black_box(self.passed.iter().fold(0, |sum, passed| sum ^ of(passed)));
    }

    /// Goes through the levels, until something is left to do.
    fn step(&mut self, outcome: &mut Result<Response>) -> Option<Left> {
        // Looked at where they are: they are large.
        while let Some(Passed {
            at,
            sent,
            stands_by,
        }) = self.passed.last()
        {
            let level = self.chain.level(*at);
            if stands_by.is_some()
                && let Some(standby) = level.standby()
                && !standby.is_final(sent, outcome)
            {
                let passed = self.passed.pop()?;
                let body = passed.stands_by?;
                return Some(Left::Middleware(passed.at, body.with(passed.sent)));
            }
            let collects = self.outermost && self.passed.len() == 1;
            match outcome {
                Ok(res) => {
                    if let Err(unfinished) = level.seen(sent, res, collects) {
                        let Passed { at, sent, .. } = self.passed.pop()?;
                        return Some(Left::Level(at, sent, unfinished));
                    }
                }
                Err(error) => error.name_request(&sent.method, &sent.url),
            }
            self.passed.truncate(self.passed.len() - 1);
        }
        None
    }
}

impl Future for Back {
    type Output = Result<Response>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        this.warm_up();
        // Ends, since each turn but the last takes a level off, or the middleware of one.
        loop {
            // Handed on as it is: to take it out and in again would move it twice.
            let mut polled = this.rest.as_mut().poll(cx);
            let Poll::Ready(outcome) = &mut polled else {
                return Poll::Pending;
            };
            let Some(left) = this.step(outcome) else {
                return polled;
            };
            let Poll::Ready(outcome) = polled else {
                return Poll::Pending;
            };
            this.rest = match left {
                Left::Middleware(at, kept) => {
                    // What it comes to goes back through the hooks of its level.
                    this.passed.push(Passed {
                        at,
                        sent: kept.sent.clone(),
                        stands_by: None,
                    });
                    go_on(this.chain.clone(), at, Tried { kept, outcome })
                }
                Left::Level(at, sent, unfinished) => {
                    finish(this.chain.clone(), at, sent, outcome, unfinished)
                }
            };
        }
    }
}

/// A middleware that does not take an outcome for final.
#[cold]
fn go_on(chain: Arc<Chain>, at: usize, tried: Tried) -> BoxFuture<'static, Result<Response>> {
    tried.kept.sent.call.take_alone();
    Box::pin(async move {
        let next = Next::new(&chain, at + 1, &tried.kept.sent.call);
        match chain.level(at).standby() {
            Some(standby) => standby.go_on(tried, next).await,
            None => tried.outcome,
        }
    })
}

/// The rest of the way back through a level.
#[cold]
fn finish(
    chain: Arc<Chain>,
    at: usize,
    sent: Sent,
    outcome: Result<Response>,
    unfinished: Unfinished,
) -> BoxFuture<'static, Result<Response>> {
    Box::pin(async move { chain.level(at).finish(sent, outcome?, unfinished).await })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Body;
    use crate::error::ErrorKind;
    use crate::middleware::{from_fn, from_fn_with};
    use crate::standby::stand_by;
    use crate::testing::{Echo, FakeRt, now};
    use crate::{Headers, Options, Url};
    use std::sync::Mutex;

    type Log = Arc<Mutex<Vec<String>>>;

    /// Notes all that it is called for, and fails where its name says so.
    struct Noter(&'static str, Log);

    impl Noter {
        fn note(&self, what: &str) -> Result<()> {
            self.1.lock().unwrap().push(format!("{} {what}", self.0));
            if self.0.ends_with(what) {
                return Err(Error::new(ErrorKind::Decode, "no"));
            }
            Ok(())
        }
    }

    impl Hook for Noter {
        fn name(&self) -> &'static str {
            self.0
        }
        fn request(&self, _: &mut Request) -> Result<()> {
            self.note("request")
        }
        fn head(&self, _: &Sent, _: &mut Response) -> Result<()> {
            self.note("head")
        }
        fn wants_body(&self) -> Wants {
            Wants::Always
        }
        fn body(&self, _: &Sent, res: &mut Response) -> Result<()> {
            assert!(res.body.as_bytes().is_some());
            self.note("body")
        }
    }

    /// Sends each request once more, and says whether it stood by.
    struct Twice(Log);

    impl Twice {
        fn note(&self, what: &str) {
            self.0.lock().unwrap().push(what.into());
        }
    }

    impl Middleware for Twice {
        fn name(&self) -> &'static str {
            "twice"
        }
        fn handle(&self, req: Request, next: Next) -> BoxFuture<'_, Result<Response>> {
            self.note("handles");
            stand_by(self, req, next)
        }
        fn standby(&self) -> Option<&dyn Standby> {
            Some(self)
        }
    }

    impl Standby for Twice {
        fn stands_by(&self, req: &Request) -> bool {
            !Reading::of(&req.options).piecewise
        }
        fn keeps_body(&self, _: &Request) -> bool {
            true
        }
        fn is_final(&self, sent: &Sent, outcome: &Result<Response>) -> bool {
            assert_eq!(sent.url.as_str(), "http://h/");
            outcome.is_err()
        }
        fn go_on(&self, tried: Tried, next: Next) -> BoxFuture<'_, Result<Response>> {
            self.note("again");
            let Kept {
                sent,
                has_body,
                replay,
            } = tried.kept;
            assert!(has_body && replay.is_none());
            next.run(Request::new(sent.url, sent.call))
        }
    }

    fn run(names: &[&'static str], reading: Reading) -> (Vec<String>, Result<Response>) {
        run_call(names, reading, Arc::new(Call::new(FakeRt::runtime())))
    }

    fn run_call(
        names: &[&'static str],
        reading: Reading,
        call: Arc<Call>,
    ) -> (Vec<String>, Result<Response>) {
        let log = Log::default();
        let mut stack = Stack::new();
        for &name in names {
            stack.push(if name.starts_with('w') {
                let f = async |(name, log): (&'static str, Log), req: Request, next: Next| {
                    log.lock().unwrap().push(format!("{name} out"));
                    let res = next.run(req).await;
                    log.lock().unwrap().push(format!("{name} back"));
                    res
                };
                Stage::middleware(from_fn_with((name, log.clone()), name, f))
            } else if name == "twice" {
                Stage::middleware(Twice(log.clone()))
            } else {
                Stage::hook(Noter(name, log.clone()))
            });
        }
        let url = Url::parse("http://h/").unwrap();
        let mut req = Request::new(url, call);
        req.body = Body::reader(&b"body"[..]);
        req.options.set(reading);
        let res = now(stack.service(Arc::new(Echo)).call(req));
        let log = log.lock().unwrap().clone();
        (log, res)
    }

    #[test]
    fn below_a_middleware_that_handles_nothing_is_alone() {
        let check = |names: &[&'static str], piecewise: bool, alone: bool| {
            let reading = Reading {
                piecewise,
                ..Reading::default()
            };
            let call = Arc::new(Call::new(FakeRt::runtime()).alone());
            let (_, res) = run_call(names, reading, call.clone());
            res.unwrap();
            // The connection of this test asks for nothing.
            assert_eq!(call.take_alone(), alone, "{names:?}");
        };
        check(&["a", "b"], false, true);
        check(&["a", "w", "b"], false, false);
        check(&["twice"], true, false);
        check(&["twice"], false, false); // it goes on by itself
    }

    #[test]
    fn outside_in_and_inside_out() {
        let (log, res) = run(&["a", "b", "w", "c"], Reading::default());
        assert_eq!(res.unwrap().body.as_bytes().unwrap(), "body");
        assert_eq!(
            log,
            [
                "a request",
                "b request",
                "w out",
                "c request",
                "c head",
                "c body",
                "w back",
                "b head",
                "a head",
                "b body",
                "a body"
            ]
        );
        let (log, res) = run(
            &["a"],
            Reading {
                stream: true,
                ..Reading::default()
            },
        );
        assert_eq!(log, ["a request", "a head"]);
        assert!(res.unwrap().body.as_bytes().is_none());
    }

    #[test]
    fn who_stands_by_takes_over_where_an_outcome_is_not_final() {
        fn check(names: &[&'static str], piecewise: bool, log: &[&str]) {
            let reading = Reading {
                piecewise,
                ..Reading::default()
            };
            let (got, res) = run(names, reading);
            assert_eq!(got, log);
            // It was sent by the middleware, not by who stood above it.
            assert_eq!(res.unwrap().body.as_bytes().unwrap(), "");
        }
        let way = [
            "a request",
            "b request",
            "b head",
            "b body",
            "again",
            "b request",
            "b head",
            "b body",
            "a head",
            "a body",
        ];
        check(&["a", "twice", "b"], false, &way);
        let handled = [&way[..1], &["handles"], &way[1..]].concat();
        check(&["a", "twice", "b"], true, &handled);
        check(&["twice"], false, &["again"]);
        // The second time it is asked what the first, further out, came to.
        check(
            &["twice", "a"],
            false,
            &[
                "a request",
                "a head",
                "a body",
                "again",
                "a request",
                "a head",
                "a body",
            ],
        );
    }

    #[test]
    fn the_rest_does_nothing_before_it_is_polled() {
        let log = Log::default();
        let mut stack = Stack::new();
        stack.push(Stage::middleware(from_fn(
            "drops",
            |req: Request, next: Next| {
                let (url, call) = (req.url.clone(), req.call.clone());
                drop(next.clone().run(req));
                next.run(Request::new(url, call))
            },
        )));
        stack.push(Stage::hook(Noter("a", log.clone())));
        let url = Url::parse("http://h/").unwrap();
        let req = Request::new(url, Arc::new(Call::new(FakeRt::runtime())));
        now(stack.service(Arc::new(Echo)).call(req)).unwrap();
        assert_eq!(*log.lock().unwrap(), ["a request", "a head", "a body"]);
    }

    #[test]
    fn an_error_of_who_stood_by_goes_through_the_levels_above() {
        let (log, res) = run(&["a", "twice", "x request"], Reading::default());
        assert_eq!(log, ["a request", "x request request"]);
        assert!(
            res.unwrap_err()
                .to_string()
                .starts_with("no (GET http://h/)")
        );
    }

    #[test]
    fn hooks_are_called_for_what_they_want() {
        fn check(wants: Wants, expected: bool) {
            let mut options = Options::new();
            options.set(7_u8);
            let mut headers = Headers::new();
            headers.append("Link", "x").unwrap();
            let holds = wants.holds(&options, &headers, &Body::from("text"));
            assert_eq!(holds, expected, "{wants:?}");
            let holds = wants.holds(&Options::new(), &Headers::new(), &Body::empty());
            assert_eq!(holds, wants == Wants::Always, "{wants:?} of nothing");
        }
        check(Wants::Always, true);
        check(Wants::Never, false);
        check(Wants::option::<u8>(), true);
        check(Wants::option::<u16>(), false);
        check(Wants::Field("link"), true);
        check(Wants::Field("links"), false);
        check(Wants::Body, true);
    }

    #[test]
    fn a_hook_that_fails_gets_its_response_collected_even_as_a_stream() {
        fn check(
            names: &[&'static str],
            stream: bool,
            max: u64,
            log: &[&str],
            body: Option<(&'static str, bool)>,
        ) {
            let reading = Reading {
                stream,
                max_error_body: max,
                ..Reading::default()
            };
            let (got, res) = run(names, reading);
            assert_eq!(got, log);
            let error = res.unwrap_err();
            assert!(
                error.to_string().starts_with("no (GET http://h/)"),
                "{error}"
            );
            let res = error
                .response()
                .map(|r| (r.body.as_bytes().unwrap().clone(), r.body.is_cut()));
            assert_eq!(res, body.map(|(text, cut)| (text.into(), cut)));
        }
        check(&["x request", "a"], false, 9, &["x request request"], None);
        let log = [
            "x head request",
            "a request",
            "a head",
            "x head head",
            "a body",
        ];
        check(&["x head", "a"], true, 9, &log, Some(("body", false)));
        check(&["x head", "a"], false, 2, &log, Some(("bo", true)));
        let log = ["x body request", "x body head", "x body body"];
        check(&["x body"], false, 3, &log, Some(("bod", true)));
    }

    #[test]
    fn a_middleware_can_answer_itself_and_run_the_rest_again() {
        let mut stack = Stack::new();
        stack.push(Stage::middleware(from_fn(
            "twice",
            |req: Request, next: Next| async move {
                let (url, call) = (req.url.clone(), req.call.clone());
                let first = next.clone().run(req).await?;
                assert!(first.headers.contains("connection"));
                let mut res = next.run(Request::new(url, call)).await?;
                res.body.collect(9).await?;
                assert!(res.body.as_bytes().unwrap().is_empty());
                Err(Error::new(ErrorKind::Auth, "second")
                    .collected(res, 9)
                    .await)
            },
        )));
        let url = Url::parse("http://h/?q=1").unwrap();
        let req = Request::new(url, Arc::new(Call::new(FakeRt::runtime())));
        let error = now(stack.service(Arc::new(Echo)).call(req)).unwrap_err();
        assert_eq!(error.to_string(), "second (GET http://h/?q=…)");
        assert_eq!(error.status(), Some(http::StatusCode::OK));
    }
}
