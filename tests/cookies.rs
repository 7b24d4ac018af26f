//! Cookies, out, in and remembered.

use std::sync::Arc;

use courser::cookies::{CookieStore, Format, Jar};
use courser::middleware::{Next, Request, Stage, from_fn};
use courser::{Client, CookiePolicy, ResponseExt, data};
use courser_testkit::{RawPeer, Server};
use http::Response;

/// Sets `sid` at `/login`, and answers with the `Cookie` fields that came.
fn server() -> Server {
    Server::start(|req| {
        let sent = req.headers().get_all("cookie").iter();
        let sent: Vec<&str> = sent.map(|value| value.to_str().unwrap()).collect();
        let res = Response::builder();
        let res = match req.uri().path() {
            "/login" => res.header("Set-Cookie", "sid=1; Path=/; HttpOnly"),
            "/missing" => res.status(404).header("Set-Cookie", "seen=404; Max-Age=60"),
            _ => res,
        };
        res.body(sent.join(" | ")).unwrap()
    })
}

fn get(client: &Client, url: &str) -> String {
    client.get(url).call().unwrap().text().unwrap().into_owned()
}

#[test]
fn a_client_remembers_and_free_functions_do_not() {
    let server = server();
    for client in crate::clients() {
        get(&client, &server.url("/login"));
        assert_eq!(get(&client, &server.url("/")), "sid=1");
        // Another host, on the same port.
        assert_eq!(get(&client, &server.url_at("localhost", "/")), "");
        // The memory goes along with what is derived.
        let other = client.with_stack(courser::default_stack());
        assert_eq!(get(&other, &server.url("/")), "sid=1");
        assert_eq!(get(&Client::new(), &server.url("/")), "");
    }
    courser::get(server.url("/login")).call().unwrap();
    assert_eq!(
        courser::get(server.url("/"))
            .call()
            .unwrap()
            .text()
            .unwrap(),
        ""
    );
}

#[tokio::test]
async fn a_client_remembers_on_tokio() {
    let server = server();
    let client = Client::new();
    client.get(server.url("/login")).send().await.unwrap();
    let response = client.get(server.url("/")).send().await.unwrap();
    assert_eq!(response.text().unwrap(), "sid=1");
}

#[test]
fn stores_of_the_request_of_the_scope_and_of_the_client() {
    let server = server();
    let [own, bound] = [Jar::new(), Jar::new()].map(Arc::new);
    let client = Client::new();
    let scope = client.with_cookie_store(bound.clone());
    get(&scope, &server.url("/login"));
    assert_eq!(get(&scope, &server.url("/")), "sid=1");
    assert_eq!(get(&client, &server.url("/")), "");
    let names: Vec<String> = bound.get_cookies().into_iter().map(|c| c.name).collect();
    assert_eq!(names, ["sid"]);

    let request = scope.get(server.url("/login")).cookie_store(own.clone());
    assert_eq!(request.call().unwrap().text().unwrap(), "");
    assert_eq!(own.get_cookies().len(), 1);
    bound.clear_cookies();
    assert_eq!(get(&scope, &server.url("/")), "");
}

#[test]
fn one_field_of_all_cookies() {
    let server = server();
    let client = Client::new();
    get(&client, &server.url("/login"));
    let said = client.get(server.url("/")).header("Cookie", "h=1");
    assert_eq!(said.clone().call().unwrap().text().unwrap(), "h=1; sid=1");
    let said = said.cookie("a", "x y").cookie("b", "2");
    assert_eq!(said.call().unwrap().text().unwrap(), "a=x y; b=2; sid=1");
    let wrong = client.get(server.url("/")).cookie("a", "1\r\nEvil: 1");
    let error = wrong.call().unwrap_err();
    assert_eq!(error.kind(), courser::ErrorKind::InvalidRequest);
    assert!(!format!("{error:?}").contains("Evil"), "{error:?}");
}

#[test]
fn cookies_of_a_response() {
    let server = server();
    let response = courser::get(server.url("/login")).call().unwrap();
    let [cookie] = response.cookies() else {
        panic!("{response:?}");
    };
    assert_eq!((cookie.name.as_str(), cookie.value.as_str()), ("sid", "1"));
    assert!(cookie.http_only && !response.headers.contains("set-cookie"));
    let raw = courser::get(server.url("/login")).decode_cookies(false);
    let raw = raw.call().unwrap();
    assert_eq!(
        raw.headers.get_str("set-cookie"),
        Some("sid=1; Path=/; HttpOnly")
    );
    assert!(raw.cookies().is_empty());
    // Those that came can be sent.
    let again = courser::get(server.url("/")).cookies(response.cookies());
    assert_eq!(again.call().unwrap().text().unwrap(), "sid=1");
}

#[test]
fn an_exceptional_status_has_its_cookies_and_is_remembered() {
    let server = server();
    let client = Client::new();
    let error = client.get(server.url("/missing")).call().unwrap_err();
    assert_eq!(error.response().unwrap().cookies()[0].name, "seen");
    let value = data::error_value(&error);
    let cookies = value["error"]["response"]["cookies"].to_string();
    assert!(cookies.contains(r#":value "404""#), "{cookies}");
    assert_eq!(get(&client, &server.url("/")), "seen=404");
}

#[test]
fn the_policy_none() {
    let server = server();
    let client = Client::builder().defaults(|r| r.cookie_policy = Some(CookiePolicy::None));
    let client = client.build().unwrap();
    get(&client, &server.url("/login"));
    assert_eq!(get(&client, &server.url("/")), "");
    // What the request says itself is sent.
    let said = client.get(server.url("/")).cookie("a", "1");
    assert_eq!(said.call().unwrap().text().unwrap(), "a=1");
}

#[test]
fn a_call_remembers_over_its_exchanges() {
    let server = server();
    let client = Client::per_request().with_stack({
        let mut stack = courser::default_stack();
        let twice = from_fn("twice", |req: Request, next: Next| async move {
            let again = Request::new(
                courser::Url::parse(&req.url.as_str().replace("login", "then"))?,
                req.call.clone(),
            );
            next.clone().run(req).await?;
            next.run(again).await
        });
        stack.push_outermost(Stage::middleware(twice));
        stack
    });
    assert_eq!(get(&client, &server.url("/login")), "sid=1");
    assert_eq!(get(&client, &server.url("/then")), "");
}

/// Sets a cookie on each hop, from this host to `localhost` and back, and ends with what was sent.
fn hopping() -> Server {
    Server::start(|req| {
        let sent = req
            .headers()
            .get("cookie")
            .map(|value| value.to_str().unwrap().to_owned());
        let host = req.headers()["host"].to_str().unwrap().to_owned();
        let port = host.rsplit_once(':').unwrap().1;
        let res = Response::builder();
        let hop = |to: String, line: &str| {
            Response::builder()
                .status(302)
                .header("Location", to)
                .header("Set-Cookie", line)
        };
        let res = match req.uri().path() {
            "/near" => hop("/end".into(), "near=1; Path=/"),
            "/far" => hop(format!("http://localhost:{port}/back"), "far=1; Path=/"),
            "/back" if sent.is_none() => {
                hop(format!("http://127.0.0.1:{port}/end"), "local=1; Path=/")
            }
            _ => res,
        };
        res.body(sent.unwrap_or_default()).unwrap()
    })
}

#[test]
fn a_call_remembers_over_its_redirects() {
    let server = hopping();
    let near = courser::get(server.url("/near")).cookie("own", "o");
    let near = near.call().unwrap();
    assert_eq!(near.text().unwrap(), "own=o; near=1");
    // Those of the last response are told, not those on the way.
    assert!(near.cookies().is_empty());
    let none = courser::get(server.url("/near")).cookie_policy(CookiePolicy::None);
    assert_eq!(none.call().unwrap().text().unwrap(), "");
}

/// SECURITY 1 and 48: what the request says stays with its origin, what is remembered goes by host.
#[test]
fn each_hop_has_the_cookies_of_its_host() {
    let server = hopping();
    let client = Client::new();
    let response = client
        .get(server.url("/far"))
        .cookie("own", "o")
        .call()
        .unwrap();
    assert_eq!(response.url.as_str(), server.url("/end"));
    assert_eq!(response.text().unwrap(), "far=1");
    assert_eq!(get(&client, &server.url_at("localhost", "/end")), "local=1");
    assert_eq!(get(&client, &server.url("/end")), "far=1");
}

#[test]
fn cookies_are_kept_from_one_run_to_the_next() {
    let server = server();
    let file = std::env::temp_dir().join(format!("courser-it-{}.txt", std::process::id()));
    let before = Arc::new(Jar::new());
    let client = Client::new().with_cookie_store(before.clone());
    get(&client, &server.url("/login"));
    before.save(&file, Format::Netscape).unwrap();
    let after = Arc::new(Jar::new());
    after.load(&file, Format::Netscape).unwrap();
    std::fs::remove_file(&file).unwrap();
    let client = Client::new().with_cookie_store(after);
    assert_eq!(get(&client, &server.url("/")), "sid=1");
}

#[test]
fn hostile_lines_are_survived() {
    let lines = [
        "Set-Cookie: \u{1}a=1",
        "Set-Cookie: =; =; =",
        "Set-Cookie: a=1; Max-Age=99999999999999999999999999",
        "Set-Cookie: com=1; Domain=com",
        "Set-Cookie: b=\u{fe}\u{ff}; Expires=Thu, 99 Jan 99999 99:99:99",
    ];
    for line in lines.map(|line| line.chars().map(|c| c as u8).collect::<Vec<u8>>()) {
        let mut answer = b"HTTP/1.1 200 OK\r\n".to_vec();
        answer.extend_from_slice(&line);
        answer.extend_from_slice(b"\r\nContent-Length: 0\r\n\r\n");
        let peer = RawPeer::answer(answer);
        let jar = Arc::new(Jar::new());
        let client = Client::new().with_cookie_store(jar.clone() as Arc<dyn CookieStore>);
        // A transport may refuse a head with control characters.
        let _ = client.get(peer.url("/")).call();
        let kept = jar.get_cookies();
        assert!(
            kept.iter().all(|c| ["a", "b"].contains(&c.name.as_str())),
            "{kept:?}"
        );
    }
}
