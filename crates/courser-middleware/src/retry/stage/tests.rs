//! Retries in virtual time.

use super::*;
use courser_core::testing::{Echo, FakeRt, now};
use courser_core::{
    Body, Call, ErrorKind, Phase, RetryBudget, Stack, Stage, StatusCode, Timeout, Url, from_fn,
    from_fn_with,
};
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

/// What a try comes to.
#[derive(Clone, Debug)]
enum Came {
    Failed(ErrorKind),
    Answered(ErrorKind),
    Status(u16),
    RetryAfter(u16, &'static str),
    /// It takes so many milliseconds.
    Late(u32),
    /// It never ends.
    Hangs,
}

/// Sends requests through one stage, one after the other, each try coming to the next of `came`
/// and then to 200. Tells the end of each, and how long it all took.
fn plays(requests: Vec<Request>, rt: &FakeRt, came: &[Came]) -> (Vec<Result<Response>>, Duration) {
    let script: Arc<Mutex<Vec<Came>>> = Arc::new(Mutex::new(came.iter().rev().cloned().collect()));
    let mut stack = Stack::new();
    stack.push(Stage::hook(crate::status::StatusStage));
    stack.push(Stage::middleware(RetryStage));
    stack.push(Stage::middleware(from_fn_with(
        script,
        "below",
        async |script: Arc<Mutex<Vec<Came>>>, req: Request, next: Next| {
            let came = script.lock().unwrap().pop();
            let call = req.call.clone();
            let mut res = Response::new(req.url.clone());
            match came {
                Some(Came::Failed(kind)) => return Err(Error::new(kind, "as told")),
                Some(Came::Answered(kind)) => return Err(Error::new(kind, "as told").answered()),
                Some(Came::Status(status)) => res.status = StatusCode::from_u16(status).unwrap(),
                Some(Came::RetryAfter(status, after)) => {
                    res.status = StatusCode::from_u16(status).unwrap();
                    res.headers.insert("Retry-After", after)?;
                }
                Some(Came::Hangs) => {
                    return call.wait(Phase::Head, None, std::future::pending()).await;
                }
                Some(Came::Late(ms)) => call.sleep(MS * ms).await?,
                None => return next.run(req).await,
            }
            Ok(res)
        },
    )));
    let service = stack.service(Arc::new(Echo));
    let begun = courser_core::rt::Clock::now(rt);
    let ends = requests
        .into_iter()
        .map(|req| now(service.call(req)))
        .collect();
    (ends, courser_core::rt::Clock::now(rt) - begun)
}

const MS: Duration = Duration::from_millis(1);

fn planned(rt: &Arc<FakeRt>, method: Method, plan: Retry) -> Request {
    let mut req = request(method, "b");
    req.call = Arc::new(Call::new(rt.clone()));
    req.options.set(plan);
    req
}

/// One request by a plan: how many attempts it took, or what the error says; and the time.
fn plan(method: &Method, plan: Retry, came: &[Came]) -> (Result<u32, String>, u128) {
    let rt = Arc::new(FakeRt::default());
    let req = planned(&rt, method.clone(), plan);
    let (mut ends, took) = plays(vec![req], &rt, came);
    let end = ends.pop().unwrap();
    (
        end.map(|res| res.attempts)
            .map_err(|error| error.to_string()),
        took.as_millis(),
    )
}

fn sharp() -> Retry {
    Retry::new().jitter(false)
}

#[test]
fn pauses_grow() {
    let io = Came::Failed(ErrorKind::Io);
    assert_eq!(plan(&Method::GET, sharp(), &[]), (Ok(1), 0));
    let three = [
        io.clone(),
        Came::Failed(ErrorKind::Connect),
        Came::Status(503),
    ];
    assert_eq!(plan(&Method::GET, sharp(), &three), (Ok(4), 700));
    let many = vec![io; 9];
    let (end, took) = plan(&Method::GET, sharp(), &many);
    assert!(end.unwrap_err().contains("attempts: 4"));
    assert_eq!(took, 700);
    let capped = sharp().max(5).backoff(100 * MS, 150 * MS);
    assert_eq!(plan(&Method::GET, capped, &many[..5]), (Ok(6), 700));
    // Drawn by lot: at most as long.
    let (end, took) = plan(&Method::GET, Retry::new(), &three);
    assert_eq!(end, Ok(4));
    assert!(took <= 700, "{took}");
}

#[test]
fn statuses_that_say_to_come_again() {
    fn check(came: &[Came], plan_: Retry, expected: Result<u32, &str>, took: u128) {
        let (end, time) = plan(&Method::PUT, plan_, came);
        match expected {
            Ok(attempts) => assert_eq!(end, Ok(attempts), "{came:?}"),
            Err(says) => {
                let error = end.unwrap_err();
                assert!(error.contains(says), "{error}");
            }
        }
        assert_eq!(time, took, "{came:?}");
    }
    check(&[Came::Status(500)], sharp(), Err("status 500"), 0);
    check(&[Came::Status(500)], sharp().statuses([500]), Ok(2), 100);
    check(&[Came::RetryAfter(503, "2")], sharp(), Ok(2), 2000);
    check(&[Came::RetryAfter(503, "0")], sharp(), Ok(2), 0);
    check(&[Came::RetryAfter(503, "soon")], sharp(), Ok(2), 100);
    check(
        &[Came::RetryAfter(429, "2")],
        sharp().retry_after(None),
        Ok(2),
        100,
    );
    check(
        &[Came::RetryAfter(503, "61")],
        sharp(),
        Err("not sent again: the server asks to wait 61 s, and at most 60s are (:retry-after)"),
        0,
    );
    check(
        &vec![Came::Status(503); 9],
        sharp(),
        Err("[reason: Service Unavailable, attempts: 4]"),
        700,
    );
}

#[test]
fn only_where_it_does_no_harm() {
    fn check(method: &Method, plan_: Retry, came: Came, expected: Result<u32, &str>) {
        let (end, _) = plan(method, plan_, &[came]);
        match expected {
            Ok(attempts) => assert_eq!(end, Ok(attempts)),
            Err(says) => assert!(end.clone().unwrap_err().contains(says), "{end:?}"),
        }
    }
    let io = || Came::Failed(ErrorKind::Io);
    check(&Method::DELETE, sharp(), io(), Ok(2));
    check(
        &Method::POST,
        sharp(),
        io(),
        Err(
            "not sent again: POST is not idempotent: give it an Idempotency-Key, or say :idempotent in :retry",
        ),
    );
    check(
        &Method::POST,
        sharp(),
        Came::Status(503),
        Err("POST is not idempotent"),
    );
    check(&Method::POST, sharp().idempotent(true), io(), Ok(2));
    // Nothing of it went out.
    check(
        &Method::POST,
        sharp(),
        Came::Failed(ErrorKind::Connect),
        Ok(2),
    );
    check(
        &Method::POST,
        sharp(),
        Came::Failed(ErrorKind::Timeout(Timeout::Connect)),
        Ok(2),
    );
    // What would be met again.
    for kind in [
        ErrorKind::Tls,
        ErrorKind::Protocol,
        ErrorKind::Dns,
        ErrorKind::Timeout(Timeout::Pool),
    ] {
        check(&Method::GET, sharp(), Came::Failed(kind), Err("as told"));
    }
    let rt = Arc::new(FakeRt::default());
    let mut keyed = planned(&rt, Method::POST, sharp());
    keyed.headers.insert("Idempotency-Key", "k").unwrap();
    let (ends, _) = plays(vec![keyed], &rt, &[io()]);
    assert_eq!(ends[0].as_ref().unwrap().attempts, 2);
}

#[test]
fn a_stream_says_why_it_is_not_sent_again() {
    for planned in [true, false] {
        let mut req = request(Method::PUT, Body::reader(&b"once"[..]));
        if planned {
            req.options.set(sharp());
        }
        let rt = Arc::new(FakeRt::default());
        let (ends, _) = plays(vec![req], &rt, &[Came::Failed(ErrorKind::Io)]);
        let error = ends.into_iter().next().unwrap().unwrap_err();
        let why = error.context("not sent again").unwrap();
        assert!(
            why.contains("stream") && why.contains("Body::factory"),
            "{why}"
        );
    }
}

#[test]
fn what_was_received_is_not_repeated_whatever_a_handler_says() {
    let always = || Retries(Arc::new(|_: &Error, _: u32, _: &RetryContext<'_>| true));
    for (method, came, attempts) in [
        (Method::POST, Came::Answered(ErrorKind::Io), None),
        (Method::POST, Came::Failed(ErrorKind::Io), Some(2)),
        (Method::PUT, Came::Answered(ErrorKind::Io), Some(2)),
    ] {
        for plan in [None, Some(sharp())] {
            let rt = Arc::new(FakeRt::default());
            let mut req = request(method.clone(), "b");
            req.call = Arc::new(Call::new(rt.clone()));
            req.options.set(always());
            if let Some(plan) = plan {
                req.options.set(plan);
            }
            let (ends, _) = plays(vec![req], &rt, std::slice::from_ref(&came));
            assert_eq!(ends[0].as_ref().ok().map(|res| res.attempts), attempts);
        }
    }
}

#[test]
fn the_budget_is_shared() {
    let rt = Arc::new(FakeRt::default());
    let budget = RetryBudget {
        ratio: 0.5,
        burst: 2,
    };
    let plan = sharp().max(1).budget(budget);
    let requests = (0..8)
        .map(|_| planned(&rt, Method::GET, plan.clone()))
        .collect();
    let (ends, _) = plays(requests, &rt, &vec![Came::Failed(ErrorKind::Io); 99]);
    let refused: Vec<bool> = ends
        .iter()
        .map(|end| {
            let error = end.as_ref().unwrap_err();
            error
                .context("not sent again")
                .is_some_and(|why| why.contains(":budget"))
        })
        .collect();
    // Two that were saved and a half for each request. Where the retry was made, `max` was met.
    assert_eq!(
        refused,
        [false, false, false, true, false, true, false, true]
    );
}

#[test]
fn a_client_has_a_budget_of_its_own() {
    let rt = Arc::new(FakeRt::default());
    let budget = RetryBudget {
        ratio: 0.0,
        burst: 1,
    };
    let mut stack = Stack::new();
    stack.push(Stage::middleware(RetryStage));
    stack.push(Stage::middleware(from_fn(
        "fails",
        async |_: Request, _: Next| Err(Error::new(ErrorKind::Io, "as told")),
    )));
    for _ in 0..2 {
        let service = stack.clone().service(Arc::new(Echo));
        let refused = [(); 2].map(|()| {
            let plan = sharp().max(1).budget(budget);
            let end = now(service.call(planned(&rt, Method::GET, plan)));
            end.unwrap_err().context("not sent again").is_some()
        });
        assert_eq!(refused, [false, true]);
    }
}

#[test]
fn limits_of_time() {
    let rt = Arc::new(FakeRt::default());
    let tried = || planned(&rt, Method::GET, sharp().try_timeout(50 * MS));
    // A try that is late is given up, and the next has time of its own.
    let (ends, took) = plays(vec![tried()], &rt, &[Came::Hangs, Came::Late(40)]);
    assert_eq!(ends[0].as_ref().unwrap().attempts, 2);
    assert_eq!(took, (50 + 100 + 40) * MS);
    let (ends, _) = plays(vec![tried()], &rt, &vec![Came::Hangs; 9]);
    let error = ends[0].as_ref().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout(Timeout::Try(Phase::Head)));
    let says = "timed out while waiting for the response (GET http://h/) \
                [limit: 50ms (:try-timeout of :retry), elapsed: 50 ms, attempts: 4]";
    assert_eq!(error.to_string(), says);
    // A pause that would not end in time is not begun.
    let mut bounded = planned(&rt, Method::GET, sharp());
    bounded.call = Arc::new(Call::new(rt.clone()).within(150 * MS));
    let (ends, took) = plays(vec![bounded], &rt, &vec![Came::Failed(ErrorKind::Io); 9]);
    let error = ends[0].as_ref().unwrap_err();
    assert_eq!(error.context("attempts"), Some("2"));
    assert_eq!(
        error.context("not sent again"),
        Some("no time is left for it (:timeout)")
    );
    assert_eq!(took, 100 * MS);
    // One that comes as the time is up, and says to come again: why it is final is told too.
    let mut late = planned(&rt, Method::GET, sharp());
    late.call = Arc::new(Call::new(rt.clone()).within(Duration::ZERO));
    let (ends, _) = plays(vec![late], &rt, &[Came::Status(503)]);
    let error = ends[0].as_ref().unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::Status(StatusCode::SERVICE_UNAVAILABLE)
    );
    assert_eq!(
        error.context("not sent again"),
        Some("no time is left for it (:timeout)")
    );
}
