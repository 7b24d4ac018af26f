//! The list of stages, and running a request through it.

use std::fmt;
use std::sync::Arc;

use http::header::{self, HeaderValue};

use crate::BoxFuture;
use crate::call::Call;
use crate::connect::Connect;
use crate::connector::{Conn, ConnectionManager, Lease};
use crate::error::{Error, Result};
use crate::headers::Name;
use crate::middleware::{Hook, Middleware, Stage};
use crate::request::{Limits, Reading, Request, Sent};
use crate::response::Response;

/// An ordered list of stages, outermost first: plain data that can be read and edited.
///
/// ```
/// use courser_core::{Next, Request, Stack, Stage, from_fn};
///
/// let pass = |name| Stage::middleware(from_fn(name, |req: Request, next: Next| next.run(req)));
/// let mut stack = Stack::new();
/// stack.push(pass("a"));
/// stack.push(pass("c"));
/// stack.insert_before("c", pass("b"))?;
/// stack.remove("a")?;
/// assert_eq!(stack.names().collect::<Vec<_>>(), ["b", "c"]);
///
/// let error = stack.remove("x").unwrap_err();
/// assert!(error.to_string().contains("b, c"));
/// # Ok::<(), courser_core::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Stack {
    stages: Vec<Stage>,
}

impl Stack {
    /// No stages: a client of it sends requests as they are.
    #[must_use]
    pub const fn new() -> Self {
        Stack { stages: Vec::new() }
    }

    /// The names of the stages, outermost first.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.stages.iter().map(Stage::name)
    }

    /// The stages, outermost first.
    #[must_use]
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// Adds a stage inside of all others.
    pub fn push(&mut self, stage: Stage) {
        self.stages.push(stage);
    }

    /// Adds a stage around all others.
    pub fn push_outermost(&mut self, stage: Stage) {
        self.stages.insert(0, stage);
    }

    fn position(&self, name: &str) -> Result<usize> {
        self.names().position(|n| n == name).ok_or_else(|| {
            let names: Vec<&str> = self.names().collect();
            Error::invalid(format!("no stage is named \"{name}\""))
                .help(format!("the stages are {}", names.join(", ")))
        })
    }

    /// Puts a stage just outside of the one that is named.
    ///
    /// # Errors
    /// When no stage has that name; the error lists the names.
    pub fn insert_before(&mut self, name: &str, stage: Stage) -> Result<()> {
        let at = self.position(name)?;
        self.stages.insert(at, stage);
        Ok(())
    }

    /// Puts a stage just inside of the one that is named.
    ///
    /// # Errors
    /// When no stage has that name; the error lists the names.
    pub fn insert_after(&mut self, name: &str, stage: Stage) -> Result<()> {
        let at = self.position(name)?;
        self.stages.insert(at + 1, stage);
        Ok(())
    }

    /// Puts a stage in place of the one that is named, which is handed back.
    ///
    /// # Errors
    /// When no stage has that name; the error lists the names.
    pub fn replace(&mut self, name: &str, stage: Stage) -> Result<Stage> {
        let at = self.position(name)?;
        self.stages.push(stage);
        Ok(self.stages.swap_remove(at))
    }

    /// Leaves out the stage that is named, which is handed back.
    ///
    /// # Errors
    /// When no stage has that name; the error lists the names.
    pub fn remove(&mut self, name: &str) -> Result<Stage> {
        let at = self.position(name)?;
        Ok(self.stages.remove(at))
    }

    /// Keeps only the stages that are named, in their present order.
    ///
    /// # Errors
    /// When a name is of no stage; the error lists the names.
    pub fn retain(&mut self, names: &[&str]) -> Result<()> {
        for name in names {
            self.position(name)?;
        }
        self.stages.retain(|stage| names.contains(&stage.name()));
        Ok(())
    }

    /// Makes the list ready to run, with connections of `manager` at its bottom.
    #[must_use]
    pub fn service(&self, manager: Arc<dyn ConnectionManager>) -> Service {
        let mut levels = vec![Level::NONE];
        for stage in &self.stages {
            if let Some(level) = levels.last_mut() {
                match stage.clone() {
                    Stage::Hook(hook) => level.push(hook),
                    Stage::Middleware(middleware) => {
                        level.wrap = Some(middleware);
                        levels.push(Level::NONE);
                    }
                }
            }
        }
        Service(Arc::new(Chain { levels, manager }))
    }
}

impl fmt::Debug for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.stages).finish()
    }
}

/// A stack that is ready to run; cheap to clone.
#[derive(Clone)]
pub struct Service(Arc<Chain>);

struct Chain {
    /// Outermost first; the last has no wrap, and the connection manager below.
    levels: Vec<Level>,
    manager: Arc<dyn ConnectionManager>,
}

/// A segment: hooks that follow each other, which run as one loop; and the middleware below
/// them, which runs the next level. There may be no hooks, and below the last level is no
/// middleware.
struct Level {
    hooks: Vec<Arc<dyn Hook>>,
    /// Those that want the body, outermost first.
    bodies: Vec<Arc<dyn Hook>>,
    wrap: Option<Arc<dyn Middleware>>,
}

impl Level {
    const NONE: Level = Level {
        hooks: Vec::new(),
        bodies: Vec::new(),
        wrap: None,
    };

    fn push(&mut self, hook: Arc<dyn Hook>) {
        if hook.wants_body() {
            self.bodies.push(hook.clone());
        }
        self.hooks.push(hook);
    }
}

impl Service {
    /// Runs a request through all stages. The response is collected, unless it is to be a
    /// stream.
    pub fn call(&self, req: Request) -> BoxFuture<'static, Result<Response>> {
        pass(self.0.clone(), 0, req, true)
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
    /// The call that is under way: its clock, deadline, and sleeping.
    #[must_use]
    pub fn call(&self) -> &Arc<Call> {
        &self.call
    }

    /// Runs the rest of the stack. The body of the response may still be a stream;
    /// `res.body.collect(limit).await` reads it.
    pub fn run(self, req: Request) -> BoxFuture<'static, Result<Response>> {
        pass(self.chain, self.at, req, false)
    }
}

impl fmt::Debug for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Next({} of {})", self.at, self.chain.levels.len())
    }
}

/// Runs a level and what is below it; and at last, for the outermost, collects the body.
///
/// One future, boxed once, for all that can be: futures that pass through many hands are
/// copied by each, request and response with them, and that is most of what a stack costs.
fn pass(
    chain: Arc<Chain>,
    at: usize,
    mut req: Request,
    outermost: bool,
) -> BoxFuture<'static, Result<Response>> {
    Box::pin(async move {
        static NONE: Level = Level::NONE;
        // There always is one: the last has no wrap that could run another.
        let level = chain.levels.get(at).unwrap_or(&NONE);
        for hook in &level.hooks {
            if let Err(error) = hook.request(&mut req) {
                return Err(error.during(&req.method, &req.url));
            }
        }
        let seen = outermost || !level.hooks.is_empty();
        // A scope of its own: what ends here leaves its room in the future to what follows.
        let (sent, mut res) = {
            let sent = if seen { req.sent() } else { req.named() };
            let rest = match &level.wrap {
                Some(middleware) => {
                    let next = Next {
                        chain: chain.clone(),
                        at: at + 1,
                        call: req.call.clone(),
                    };
                    middleware.handle(req, next)
                }
                None => match connect(&chain, &mut req).await {
                    Ok((conn, lease)) => conn.send(lease, req),
                    Err(error) => return Err(error.during(&req.method, &req.url)),
                },
            };
            match rest.await {
                Ok(res) if seen => (sent, res),
                Ok(res) => return Ok(res),
                Err(error) => return Err(error.during(&sent.method, &sent.url)),
            }
        };
        let reading = Reading::of(&sent.options);
        for (i, hook) in level.hooks.iter().enumerate().rev() {
            if let Err(error) = hook.head(&sent, &mut res) {
                let inner = level.hooks.get(i + 1..).unwrap_or_default().to_vec();
                return Err(failed(error, inner, sent, res, reading.max_error_body).await);
            }
        }
        let wanted = !level.bodies.is_empty() || (outermost && !res.body.is_empty());
        if reading.stream || !wanted {
            return Ok(res);
        }
        let collected = match res.body.collect_now(reading.max_body) {
            Some(collected) => collected,
            None => Box::pin(res.body.collect(reading.max_body)).await,
        };
        if let Err(error) = collected {
            return Err(error.during(&sent.method, &res.url));
        }
        for hook in level.bodies.iter().rev() {
            if let Err(error) = hook.body(&sent, &mut res) {
                return Err(failed(error, Vec::new(), sent, res, reading.max_error_body).await);
            }
        }
        Ok(res)
    })
}

/// An error of a hook, with the response that it is about. Hooks further in have done their part
/// on the head, so the body gets theirs too.
#[cold]
fn failed(
    error: Error,
    inner: Vec<Arc<dyn Hook>>,
    sent: Sent,
    mut res: Response,
    max: u64,
) -> BoxFuture<'static, Error> {
    Box::pin(async move {
        res.body.collect_lossy(max).await; // only cuts it, if it is collected
        for hook in inner.iter().rev().filter(|hook| hook.wants_body()) {
            // The first error counts: that a body of an error is malformed is no news.
            let _ = hook.body(&sent, &mut res);
        }
        error.during(&sent.method, &res.url).with_response(res)
    })
}

/// The bottom of the stack: a connection.
async fn connect(chain: &Chain, req: &mut Request) -> Result<(Box<dyn Conn>, Lease)> {
    const CONNECTION: Name = Name::known(header::CONNECTION, "Connection");
    const KEEP_ALIVE: HeaderValue = HeaderValue::from_static("Keep-Alive");
    const CLOSE: HeaderValue = HeaderValue::from_static("close");

    let manager = match req.options.get::<Via>() {
        Some(Via(manager)) => manager.clone(),
        None => chain.manager.clone(),
    };
    // Said in any case, as Apache's client does: also over HTTP/1.0. A transport
    // for HTTP/2 leaves it away.
    let to = Connect::of(req);
    if !manager.keeps_alive() {
        req.headers.insert_default(CONNECTION, CLOSE)?;
    } else if to.https || to.proxy().is_none() {
        req.headers.insert_default(CONNECTION, KEEP_ALIVE)?;
    } // a proxy that forwards has a field of its own for it
    if let Some(leased) = manager.lease_now(&to, &req.call) {
        return Ok(leased);
    }
    let wait = Limits::of(&req.options).pool;
    manager.lease(to, wait, &req.call).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Body;
    use crate::error::ErrorKind;
    use crate::middleware::{from_fn, from_fn_with};
    use crate::request::Reading;
    use crate::testing::{Echo, FakeRt, now};
    use crate::url::Url;
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
        fn wants_body(&self) -> bool {
            true
        }
        fn body(&self, _: &Sent, res: &mut Response) -> Result<()> {
            assert!(res.body.as_bytes().is_some());
            self.note("body")
        }
    }

    fn run(names: &[&'static str], reading: Reading) -> (Vec<String>, Result<Response>) {
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
            } else {
                Stage::hook(Noter(name, log.clone()))
            });
        }
        let url = Url::parse("http://h/").unwrap();
        let mut req = Request::new(url, Arc::new(Call::new(FakeRt::runtime())));
        req.body = Body::reader(&b"body"[..]);
        req.options.set(reading);
        let res = now(stack.service(Arc::new(Echo)).call(req));
        let log = log.lock().unwrap().clone();
        (log, res)
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

    #[test]
    fn editing() {
        let stage = |name| Stage::hook(Noter(name, Log::default()));
        let mut stack = Stack::new();
        for name in ["a", "b", "c"] {
            stack.push(stage(name));
        }
        stack.push_outermost(stage("o"));
        stack.insert_after("c", stage("d")).unwrap();
        assert_eq!(stack.replace("b", stage("B")).unwrap().name(), "b");
        assert_eq!(stack.names().collect::<Vec<_>>(), ["o", "a", "B", "c", "d"]);
        stack.retain(&["d", "a"]).unwrap();
        assert_eq!(format!("{stack:?}"), "[a, d]");
        assert!(stack.retain(&["z"]).is_err() && stack.insert_before("z", stage("y")).is_err());
    }
}
