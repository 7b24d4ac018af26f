//! The list of stages, edited.

use std::sync::{Arc, Mutex};

use courser::middleware::{Hook, Next, Request, Response, Sent, Stage, from_fn, from_fn_with};
use courser::{Client, ErrorKind, default_stack};
use courser_testkit::Server;

struct Stamp;

impl Hook for Stamp {
    fn name(&self) -> &'static str {
        "stamp"
    }
    fn request(&self, req: &mut Request) -> courser::Result<()> {
        req.headers
            .insert("X-Stamp", req.url.query().unwrap_or("no query").to_owned())
    }
    fn head(&self, _: &Sent, res: &mut Response) -> courser::Result<()> {
        res.headers.insert("X-Seen", res.status.as_str())
    }
}

fn echo() -> Server {
    Server::start(|req| {
        let stamp = req.headers().get("x-stamp").cloned();
        let mut res = http::Response::new(format!("{stamp:?}"));
        *res.status_mut() = if req.uri().path() == "/404" {
            404.try_into().unwrap()
        } else {
            200.try_into().unwrap()
        };
        res
    })
}

#[test]
fn a_hook_between_the_stages() {
    let server = echo();
    // Before `query` runs there is no query yet; after it there is.
    for (edit, expected) in [("before", "\"no query\""), ("after", "\"a=1\"")] {
        let client = Client::builder()
            .stack(|stack| match edit {
                "before" => stack.insert_before("query", Stage::hook(Stamp)),
                _ => stack.insert_after("query", Stage::hook(Stamp)),
            })
            .build()
            .unwrap();
        let res = client
            .get(server.url("/"))
            .query_params([("a", 1)])
            .call()
            .unwrap();
        assert_eq!(res.text().unwrap(), format!("Some({expected})"));
        assert_eq!(res.headers.get_str("x-seen"), Some("200"));
    }
}

#[test]
fn stages_left_out_and_replaced() {
    let server = echo();
    let client = Client::builder()
        .stack(|stack| stack.remove("status").map(drop))
        .build()
        .unwrap();
    assert_eq!(client.get(server.url("/404")).call().unwrap().status, 404);
    let client = Client::builder()
        .stack(|stack| stack.replace("status", Stage::hook(Stamp)).map(drop))
        .build()
        .unwrap();
    assert_eq!(
        client
            .get(server.url("/404"))
            .call()
            .unwrap()
            .headers
            .get_str("x-seen"),
        Some("404")
    );
    let client = Client::new().with_stack(courser::middleware::Stack::new());
    assert_eq!(
        client
            .get(server.url("/404"))
            .call()
            .unwrap()
            .text()
            .unwrap(),
        "None"
    );
    assert!(
        default_stack()
            .names()
            .all(|name| Client::new().stack().names().any(|n| n == name))
    );
}

#[test]
fn a_middleware_sees_errors_answers_and_runs_again() {
    let server = echo();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = from_fn_with(
        seen.clone(),
        "log",
        async |seen: Arc<Mutex<Vec<String>>>, req: Request, next: Next| {
            let url = req.url.clone();
            let result = next.run(req).await;
            let outcome = result
                .as_ref()
                .map_or_else(|e| e.message().to_owned(), |r| r.status.to_string());
            seen.lock()
                .unwrap()
                .push(format!("{} {outcome}", url.path()));
            result
        },
    );
    let rescue = from_fn("rescue", |req: Request, next: Next| async move {
        let (url, call) = (req.url.clone(), req.call.clone());
        match next.clone().run(req).await {
            Err(error) if matches!(error.kind(), ErrorKind::Status(_)) => {
                let url = courser::Url::parse(&url.as_str().replace("/404", "/instead"))?;
                next.run(Request::new(url, call)).await
            }
            result => result,
        }
    });
    let cached = from_fn("cached", |req: Request, next: Next| async move {
        if req.url.path() == "/cached" {
            let mut res = Response::new(req.url);
            res.body = "from the cache".into();
            return Ok(res);
        }
        next.run(req).await
    });
    let client = Client::builder()
        .middleware(log)
        .middleware(rescue)
        .middleware(cached)
        .build()
        .unwrap();
    assert_eq!(client.get(server.url("/404")).call().unwrap().status, 200);
    assert_eq!(
        client
            .get("http://nowhere.invalid/cached")
            .call()
            .unwrap()
            .text()
            .unwrap(),
        "from the cache"
    );
    assert_eq!(
        *seen.lock().unwrap(),
        ["/404 status 404", "/instead 200 OK"]
    );
}

#[test]
fn extensions_reach_the_stages() {
    #[derive(Clone)]
    struct Tenant(&'static str);
    let tenant = from_fn("tenant", |mut req: Request, next: Next| async move {
        if let Some(Tenant(name)) = req.options.get::<Tenant>().cloned() {
            req.headers.insert("X-Stamp", name)?;
        }
        next.run(req).await
    });
    let server = echo();
    let client = Client::builder().middleware(tenant).build().unwrap();
    let res = client
        .get(server.url("/"))
        .extension(Tenant("acme"))
        .call()
        .unwrap();
    assert_eq!(res.text().unwrap(), "Some(\"acme\")");
}

#[test]
fn scopes_with_other_stages() {
    let server = echo();
    let client = Client::new();
    let missing = server.url("/404");
    // Without `wrap-exceptions` a 404 is a response.
    let names = ["wrap-url", "wrap-output-coercion"];
    let res = client.with_middleware(names, |client| client.get(&missing).call());
    assert_eq!(res.unwrap().unwrap().status, 404);
    let error = client
        .with_middleware(["wrap-urls"], |_| unreachable!())
        .map(|(): ()| ())
        .unwrap_err();
    assert!(
        error.to_string().contains("did you mean wrap-url?"),
        "{error}"
    );

    let order = Arc::new(Mutex::new(Vec::new()));
    let stage = |name: &'static str| {
        let noted = async |order: (Arc<Mutex<Vec<&str>>>, &'static str), req, next: Next| {
            order.0.lock().unwrap().push(order.1);
            next.run(req).await
        };
        Stage::middleware(from_fn_with((order.clone(), name), name, noted))
    };
    let res = client.with_additional_middleware([stage("a"), stage("b")], |client| {
        client.get(server.url("/")).call()
    });
    assert_eq!(res.unwrap().status, 200);
    assert_eq!(*order.lock().unwrap(), ["a", "b"]);
    assert_eq!(client.stack().names().next(), Some("status"));
}
