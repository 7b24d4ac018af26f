//! The stage over exchanges that are made up.

use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use super::*;
use courser_core::testing::{Echo, FakeRt, now};
use courser_core::{Bytes, Call, Error, Hook, Method, Stack, Stage, StatusCode, Url, from_fn_with};

type Log = Arc<Mutex<Vec<String>>>;

/// Status, `Location` and body of each answer in turn.
type Answer = (u16, &'static str, fn() -> Body);

/// A stack whose bottom answers from a list, and notes what it was sent.
fn stack(answers: Vec<Answer>) -> (Stack, Log) {
    let log = Log::default();
    let answers = Arc::new(Mutex::new(answers.into_iter()));
    let bottom = from_fn_with(
        (log.clone(), answers),
        "bottom",
        async |(log, answers): (Log, Arc<Mutex<std::vec::IntoIter<Answer>>>),
               mut req: Request,
               _: Next| {
            req.body.collect(99).await?;
            let cross = if req.options.get::<CrossOrigin>().is_some() {
                " cross"
            } else {
                ""
            };
            let names: Vec<&str> = req.headers.iter().map(|(name, _)| name).collect();
            let body = String::from_utf8_lossy(req.body.as_bytes().unwrap()).into_owned();
            let line = format!(
                "{} {} {} {body}{cross}",
                req.method,
                req.url,
                names.join(",")
            );
            log.lock().unwrap().push(line.trim_end().to_owned());
            let Some((status, location, body)) = answers.lock().unwrap().next() else {
                return Err(
                    Error::new(ErrorKind::Io, "no more answers").during(&req.method, &req.url)
                );
            };
            let mut res = Response::new(req.url);
            res.status = StatusCode::from_u16(status).unwrap();
            if !location.is_empty() {
                res.headers.append("Location", location)?;
            }
            res.body = body();
            Ok(res)
        },
    );
    let mut stack = Stack::new();
    stack.push(Stage::middleware(RedirectStage));
    stack.push(Stage::middleware(bottom));
    (stack, log)
}

fn request(method: &str, url: &str, body: Body, rules: Option<RedirectOptions>) -> Request {
    let call = Arc::new(Call::new(FakeRt::runtime()));
    let mut req = Request::new(Url::parse(url).unwrap(), call);
    req.method = Method::from_bytes(method.as_bytes()).unwrap();
    req.headers.append("Authorization", "secret").unwrap();
    req.headers.append("Accept", "a/b").unwrap();
    if !body.is_empty() {
        req.headers.append("Content-Type", "a/b").unwrap();
    }
    req.body = body;
    if let Some(rules) = rules {
        req.options.set(rules);
    }
    req
}

fn lax() -> RedirectOptions {
    RedirectOptions {
        strategy: Redirects::Lax,
        ..RedirectOptions::default()
    }
}

fn run(req: Request, answers: Vec<Answer>) -> (Vec<String>, Result<Response>) {
    let (stack, log) = stack(answers);
    let res = now(stack.service(Arc::new(Echo)).call(req));
    let log = log.lock().unwrap().clone();
    (log, res)
}

#[test]
fn hop_by_hop() {
    #[track_caller]
    fn check(req: Request, answers: &[(u16, &'static str)], sent: &[&str], trace: &[&str]) {
        let answers: Vec<Answer> = answers
            .iter()
            .map(|(s, l)| (*s, *l, Body::empty as fn() -> Body))
            .collect();
        let (log, res) = run(req, answers);
        assert_eq!(log, sent);
        let res = res.unwrap();
        let history = res
            .info
            .get::<History>()
            .map(|history| history.0.as_slice());
        let urls: Vec<&str> = history
            .unwrap_or_default()
            .iter()
            .map(|hop| hop.next_url.as_str())
            .collect();
        assert_eq!(urls, trace);
        assert_eq!(
            res.url.as_str(),
            urls.last().copied().unwrap_or("http://h/0")
        );
    }
    let get = |rules| request("GET", "http://h/0", Body::empty(), rules);
    check(
        get(None),
        &[(200, "/x")],
        &["GET http://h/0 Authorization,Accept"],
        &[],
    );
    check(
        get(None),
        &[(301, "1"), (307, "/2"), (200, "")],
        &[
            "GET http://h/0 Authorization,Accept",
            "GET http://h/1 Authorization,Accept",
            "GET http://h/2 Authorization,Accept",
        ],
        &["http://h/1", "http://h/2"],
    );
    // Secrets do not come back with the origin.
    check(
        get(None),
        &[(302, "http://o/1"), (302, "http://h/2"), (200, "")],
        &[
            "GET http://h/0 Authorization,Accept",
            "GET http://o/1 Accept  cross",
            "GET http://h/2 Accept  cross",
        ],
        &["http://o/1", "http://h/2"],
    );
    let post = |rules| request("POST", "http://h/0", "data".into(), rules);
    check(
        post(None),
        &[(302, "/1")],
        &["POST http://h/0 Authorization,Accept,Content-Type data"],
        &[],
    );
    check(
        post(None),
        &[(303, "/1"), (200, "")],
        &[
            "POST http://h/0 Authorization,Accept,Content-Type data",
            "GET http://h/1 Authorization,Accept",
        ],
        &["http://h/1"],
    );
    check(
        post(Some(lax())),
        &[(307, "/1"), (308, "/2"), (302, "/3"), (200, "")],
        &[
            "POST http://h/0 Authorization,Accept,Content-Type data",
            "POST http://h/1 Authorization,Accept,Content-Type data",
            "POST http://h/2 Authorization,Accept,Content-Type data",
            "GET http://h/3 Authorization,Accept",
        ],
        &["http://h/1", "http://h/2", "http://h/3"],
    );
    let none = RedirectOptions {
        strategy: Redirects::None,
        ..RedirectOptions::default()
    };
    check(
        get(Some(none)),
        &[(302, "/1")],
        &["GET http://h/0 Authorization,Accept"],
        &[],
    );
}

#[test]
fn a_refused_hop_carries_its_answer_and_the_way_to_it() {
    let req = request("GET", "https://h/0", Body::empty(), None);
    let answers: Vec<Answer> = vec![
        (302, "/1", Body::empty),
        (302, "http://h/2", || "why".into()),
    ];
    let error = run(req, answers).1.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Redirect);
    assert_eq!(
        error.to_string(),
        "the redirect leads from https to http (GET https://h/1) [to: http://h/2]; \
         :allow-downgrade follows it, for others on the way to read"
    );
    let res = error.response().unwrap();
    assert_eq!((res.status.as_u16(), res.bytes()), (302, &b"why"[..]));
    assert_eq!(res.info.get::<History>().unwrap().0.len(), 1);
}

#[test]
fn errors_of_later_hops_tell_the_way() {
    let req = request("GET", "http://h/0", Body::empty(), None);
    let error = run(req, vec![(302, "/1", Body::empty)]).1.unwrap_err();
    assert_eq!(
        error.to_string(),
        "no more answers (GET http://h/1) [trail: http://h/0 → http://h/1]"
    );
}

#[test]
fn a_stream_is_not_sent_twice_and_a_factory_is() {
    let answers = || -> Vec<Answer> { vec![(307, "/1", Body::empty), (200, "", Body::empty)] };
    let once = || Body::reader(&b"once"[..]);
    let (log, res) = run(request("PUT", "http://h/0", once(), Some(lax())), answers());
    assert_eq!(log.len(), 1);
    let error = res.unwrap_err();
    assert!(error.to_string().contains("Body::factory"), "{error}");
    let factory = Body::factory(move || Ok(once()));
    let (log, res) = run(
        request("PUT", "http://h/0", factory, Some(lax())),
        answers(),
    );
    assert!(
        res.is_ok() && log.iter().all(|line| line.ends_with("once")),
        "{log:?}"
    );
}

/// A body that never ends, or never begins.
fn endless(ready: bool) -> Body {
    struct Endless(bool);
    impl futures_core::Stream for Endless {
        type Item = Result<Bytes>;
        fn poll_next(
            self: std::pin::Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Self::Item>> {
            if self.0 {
                return Poll::Ready(Some(Ok(Bytes::from_static(&[0; 1024]))));
            }
            Poll::Pending
        }
    }
    Body::incoming(Box::pin(Endless(ready)))
}

#[test]
fn bodies_of_redirects_are_not_read_for_long() {
    for body in [
        || endless(true),
        || endless(false),
        || Body::reader(std::io::repeat(0)),
    ] {
        let req = request("GET", "http://h/0", Body::empty(), None);
        let (log, res) = run(req, vec![(302, "/1", body), (200, "", Body::empty)]);
        assert!(res.is_ok());
        assert_eq!(log.len(), 2);
    }
    // Deadlines hold, though.
    let mut req = request("GET", "http://h/0", Body::empty(), None);
    req.call = Arc::new(Call::new(req.call.rt().clone()).within(Duration::from_millis(50)));
    let error = run(req, vec![(302, "/1", || endless(false))])
        .1
        .unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::Timeout(Timeout::Total(Phase::Body))
    );
}

#[test]
fn of_a_connection_that_closes_nothing_is_read() {
    fn check(connection: &str, waits: bool) {
        let mut headers = Headers::new();
        headers.append("Connection", connection).unwrap();
        let rt = Arc::new(FakeRt::default());
        let call = Arc::new(Call::new(rt.clone()));
        let mut drained = Box::pin(drain(endless(false), &headers, &call));
        let polled = rt.frozen(|| {
            let mut cx = Context::from_waker(Waker::noop());
            drained.as_mut().poll(&mut cx)
        });
        assert_eq!(polled.is_pending(), waits, "{connection}");
    }
    check("keep-alive", true);
    check("close", false);
    check("Close", false);
    check("keep-alive, close", false);
    check("x-a ,\tclose", false);
    check("close-not", true);
}

#[test]
fn what_is_further_in_runs_once_a_hop() {
    struct Count(Log);
    impl Hook for Count {
        fn name(&self) -> &'static str {
            "count"
        }
        fn request(&self, req: &mut Request) -> Result<()> {
            // What a stage adds here is of one hop only.
            assert!(!req.headers.contains("X-Hop"));
            req.headers.append("X-Hop", "1")
        }
        fn head(&self, sent: &Sent, res: &mut Response) -> Result<()> {
            self.0
                .lock()
                .unwrap()
                .push(format!("{} {}", sent.url, res.status.as_u16()));
            Ok(())
        }
    }
    let (mut stack, _) = stack(vec![(302, "/1", Body::empty), (200, "", Body::empty)]);
    let log = Log::default();
    stack
        .insert_after("redirects", Stage::hook(Count(log.clone())))
        .unwrap();
    let req = request("GET", "http://h/0", Body::empty(), None);
    now(stack.service(Arc::new(Echo)).call(req)).unwrap();
    assert_eq!(*log.lock().unwrap(), ["http://h/0 302", "http://h/1 200"]);
}
