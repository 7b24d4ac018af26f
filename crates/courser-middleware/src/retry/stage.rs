//! The stage.

use std::sync::Arc;

use courser_core::{
    BoxFuture, Call, Error, Headers, Method, Middleware, Next, Options, Replay, Request, Response,
    Result, Retries, RetryContext, RetryHandler, Url,
};

use super::policy::{StandardRetries, is_of_the_exchange};

/// Sends a request again that got no answer, as its [`Retries`] say, or the
/// [`StandardRetries`].
///
/// A body that can be sent only once is never sent again, whatever the handler says. The last
/// error tells how often the request was sent, if it was more than once; a response tells it by
/// [`attempts`](Response::attempts).
#[derive(Debug)]
pub struct RetryStage;

impl Middleware for RetryStage {
    fn name(&self) -> &'static str {
        "retries"
    }

    fn handle(&self, req: Request, next: Next) -> BoxFuture<'_, Result<Response>> {
        // Nothing is kept of a request that can be sent once only.
        let once = req.options.get::<Retries>().is_none() && !req.method.is_idempotent();
        match req.body.replay() {
            Some(replay) if !once => Box::pin(tries(Kept::of(&req, replay), req, next)),
            _ => next.run(req),
        }
    }
}

/// What is needed to send a request again.
struct Kept {
    method: Method,
    url: Url,
    headers: Headers,
    options: Options,
    body: Replay,
    call: Arc<Call>,
}

impl Kept {
    fn of(req: &Request, body: Replay) -> Self {
        Kept {
            method: req.method.clone(),
            url: req.url.clone(),
            headers: req.headers.clone(),
            options: req.options.clone(),
            body,
            call: req.call.clone(),
        }
    }

    fn request(&self) -> Request {
        let mut req = Request::new(self.url.clone(), self.call.clone());
        req.method = self.method.clone();
        req.headers = self.headers.clone();
        req.options = self.options.clone();
        req.body = self.body.body();
        req
    }

    fn is_sent_again(&self, error: &Error, tries: u32) -> bool {
        let late = |at| self.call.rt().now() >= at;
        if !is_of_the_exchange(error.kind()) || self.call.deadline().is_some_and(late) {
            return false;
        }
        let context = RetryContext::new(&self.method, &self.url, &self.options);
        match self.options.get::<Retries>() {
            Some(Retries(handler)) => handler.retry(error, tries, &context),
            None => StandardRetries.retry(error, tries, &context),
        }
    }
}

async fn tries(kept: Kept, mut req: Request, next: Next) -> Result<Response> {
    let mut tries = 1;
    loop {
        match next.clone().run(req).await {
            Ok(mut res) => {
                res.attempts = tries;
                return Ok(res);
            }
            Err(error) if kept.is_sent_again(&error, tries) => {
                tries = tries.saturating_add(1);
                req = kept.request();
            }
            Err(error) if tries > 1 => return Err(error.with("attempts", tries)),
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use courser_core::testing::{Echo, FakeRt, now};
    use courser_core::{Body, ErrorKind, Phase, Stack, Stage, Timeout, from_fn_with};
    use std::sync::Mutex;
    use std::time::Duration;

    /// The bodies that went out, and what each try came to.
    #[derive(Clone)]
    struct Below {
        sent: Arc<Mutex<Vec<String>>>,
        errors: Arc<Mutex<Vec<ErrorKind>>>,
    }

    /// The bodies of all tries, and the end of it, with these failures first.
    fn run(req: Request, failures: &[ErrorKind]) -> (Vec<String>, Result<Response>) {
        let below = Below {
            sent: Arc::default(),
            errors: Arc::new(Mutex::new(failures.iter().rev().copied().collect())),
        };
        let sent = below.sent.clone();
        let mut stack = Stack::new();
        stack.push(Stage::middleware(RetryStage));
        stack.push(Stage::middleware(from_fn_with(
            below,
            "below",
            async |below: Below, mut req: Request, next: Next| {
                assert_eq!(req.headers.get_str("x"), Some("y"));
                req.headers.insert("x", "changed")?;
                req.body.collect(100).await?;
                let text = String::from_utf8_lossy(req.body.as_bytes().unwrap()).into_owned();
                below.sent.lock().unwrap().push(text);
                let failure = below.errors.lock().unwrap().pop();
                match failure {
                    Some(kind) => Err(Error::new(kind, "as told")),
                    None => next.run(req).await,
                }
            },
        )));
        let result = now(stack.service(Arc::new(Echo)).call(req));
        let sent = sent.lock().unwrap().clone();
        (sent, result)
    }

    fn request(method: Method, body: impl Into<Body>) -> Request {
        let call = Arc::new(Call::new(FakeRt::runtime()));
        let mut req = Request::new(Url::parse("http://h/").unwrap(), call);
        req.method = method;
        req.headers.insert("x", "y").unwrap();
        req.body = body.into();
        req
    }

    #[test]
    fn the_same_is_sent_until_it_is_answered() {
        let (sent, result) = run(request(Method::PUT, "b"), &[ErrorKind::Io; 2]);
        assert_eq!(sent, ["b", "b", "b"]);
        assert_eq!(result.unwrap().attempts, 3);
        let (sent, result) = run(request(Method::GET, ""), &[]);
        assert_eq!((sent.len(), result.unwrap().attempts), (1, 1));
    }

    #[test]
    fn it_gives_up() {
        let (sent, result) = run(request(Method::GET, ""), &[ErrorKind::Io; 9]);
        assert_eq!(sent.len(), 4);
        let error = result.unwrap_err();
        assert_eq!(error.context("attempts"), Some("4"));
        let (sent, result) = run(request(Method::POST, "b"), &[ErrorKind::Io]);
        assert_eq!(sent.len(), 1);
        assert_eq!(result.unwrap_err().context("attempts"), None);
    }

    #[test]
    fn a_stream_is_sent_once() {
        let mut req = request(Method::PUT, Body::reader(&b"once"[..]));
        req.options.set(Retries(Arc::new(
            |_: &Error, _: u32, _: &RetryContext<'_>| true,
        )));
        let (sent, result) = run(req, &[ErrorKind::Io]);
        assert_eq!(sent, ["once"]);
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Io);
    }

    #[test]
    fn a_handler_decides_instead() {
        let asked: Arc<Mutex<Vec<(ErrorKind, u32)>>> = Arc::default();
        let seen = asked.clone();
        let mut req = request(Method::POST, "b");
        req.options.set(Retries(Arc::new(
            move |error: &Error, tries: u32, context: &RetryContext<'_>| {
                assert!(!context.is_idempotent());
                assert_eq!(context.url.as_str(), "http://h/");
                seen.lock().unwrap().push((error.kind(), tries));
                tries < 5
            },
        )));
        let timeout = ErrorKind::Timeout(Timeout::Idle(Phase::Head));
        let failures = [ErrorKind::Io, timeout, ErrorKind::Protocol];
        let (sent, result) = run(req, &failures);
        assert_eq!(sent.len(), 3);
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Protocol);
        assert_eq!(*asked.lock().unwrap(), [(ErrorKind::Io, 1), (timeout, 2)]);
    }

    #[test]
    fn nothing_is_sent_after_the_deadline() {
        let rt = Arc::new(FakeRt::default());
        let mut req = request(Method::GET, "");
        req.call = Arc::new(Call::new(rt.clone()).within(Duration::from_millis(5)));
        rt.advance(Duration::from_millis(5));
        let (sent, result) = run(req, &[ErrorKind::Io]);
        assert_eq!(sent.len(), 1);
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Io);
    }
}
