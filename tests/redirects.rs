//! Redirects as the user sees them, and as the servers do.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use courser::redirect::{Decision, Redirect};
use courser::{Body, Client, ErrorKind, Method, Redirects};
use courser_testkit::{RawPeer, Step};

pub(crate) const END: &str = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nend";

pub(crate) fn to(status: u16, location: &str) -> String {
    format!("HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 3\r\n\r\nhop")
}

#[test]
fn the_response_tells_of_the_way() {
    for client in crate::clients() {
        let peer = RawPeer::answers([to(301, "/1"), to(302, "2?x#y"), END.into()]);
        let res = client.get(peer.url("/0#top")).call().unwrap();
        assert_eq!(res.text().unwrap(), "end");
        assert_eq!(res.url.with_fragment(), peer.url("/2?x#y"));
        let hops: Vec<String> = res
            .redirects()
            .iter()
            .map(|hop| {
                format!(
                    "{} {} {}",
                    hop.status.as_u16(),
                    hop.url.path(),
                    hop.next_url.with_fragment()
                )
            })
            .collect();
        assert_eq!(
            hops,
            [
                format!("301 /0 {}", peer.url("/1#top")),
                format!("302 /1 {}", peer.url("/2?x#y"))
            ]
        );
        assert_eq!(res.redirects()[0].headers.get_str("location"), Some("/1"));
        let trace = &res.to_value().unwrap()["trace-redirects"];
        assert_eq!(
            trace.to_string(),
            format!("[\"{}\" \"{}\"]", peer.url("/1#top"), peer.url("/2?x#y"))
        );
        // The bodies were read, so that one connection served all; reqwest may be late with it.
        if client
            .connection_manager()
            .capabilities()
            .connection_affinity
        {
            assert_eq!(peer.connections(), 1);
        }
    }
}

#[test]
fn a_pool_of_one_connection_is_enough() {
    let peer = RawPeer::answers([to(302, "/1"), to(302, "/2"), END.into()]);
    let transport = Arc::new(courser::reqwest::Reqwest::new());
    let manager = courser::pool::Reusable::builder(transport)
        .max_total(Some(1))
        .build()
        .unwrap();
    let client = Client::builder()
        .connection_manager(Arc::new(manager))
        .build()
        .unwrap();
    let res = client
        .get(peer.url("/0"))
        .timeout(Duration::from_secs(30))
        .call()
        .unwrap();
    assert_eq!(res.redirects().len(), 2);
}

#[test]
fn strategies() {
    fn check(strategy: Redirects, method: Method, status: u16, expected: &[&str]) {
        let peer = RawPeer::answers([to(status, "/1"), END.into()]);
        let res = Client::new()
            .request(method, peer.url("/0"))
            .redirect_strategy(strategy)
            .body("data")
            .call()
            .unwrap();
        assert_eq!(res.redirects().len() + 1, expected.len());
        let all = peer.received_text(0);
        let lines: Vec<&str> = all
            .split("\r\n")
            .flat_map(|line| line.split("data"))
            .filter(|line| line.ends_with("HTTP/1.1"))
            .collect();
        assert_eq!(lines, expected);
        let bodies = all.matches("data").count();
        assert_eq!(
            bodies,
            if expected.last() == Some(&"POST /1 HTTP/1.1") {
                2
            } else {
                1
            }
        );
        assert_eq!(all.matches("text/plain").count(), bodies, "{all}");
    }
    check(
        Redirects::Standard,
        Method::POST,
        302,
        &["POST /0 HTTP/1.1"],
    );
    check(
        Redirects::Standard,
        Method::POST,
        303,
        &["POST /0 HTTP/1.1", "GET /1 HTTP/1.1"],
    );
    check(
        Redirects::Lax,
        Method::POST,
        302,
        &["POST /0 HTTP/1.1", "GET /1 HTTP/1.1"],
    );
    check(
        Redirects::Lax,
        Method::POST,
        308,
        &["POST /0 HTTP/1.1", "POST /1 HTTP/1.1"],
    );
    check(Redirects::None, Method::GET, 302, &["GET /0 HTTP/1.1"]);
}

#[test]
fn a_strategy_of_ones_own() {
    // Even a 300 is followed, and a PUT stays one.
    let strategy = Redirects::custom(|redirect: &Redirect<'_>| {
        Ok(match redirect.target()? {
            Some(url) if redirect.status == 300 => Decision::Follow {
                method: redirect.method.clone(),
                url,
                body: true,
            },
            _ => Decision::Return,
        })
    });
    let peer = RawPeer::answers([to(300, "/1"), to(302, "/2"), END.into()]);
    let client = Client::builder()
        .defaults(|d| d.redirect_strategy = Some(strategy))
        .build()
        .unwrap();
    let res = client
        .put(peer.url("/0"))
        .body(&b"bytes"[..])
        .call()
        .unwrap();
    assert_eq!((res.status.as_u16(), res.url.path()), (302, "/1"));
    assert_eq!(peer.received_text(0).matches("bytes").count(), 2);
}

#[test]
fn interceptors_see_each_hop() {
    let peer = RawPeer::answers([to(302, "/1"), END.into()]);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    courser::get(peer.url("/0"))
        .request_interceptor(|req| req.headers.append("X-Path", req.url.path().to_owned()))
        .response_interceptor(move |sent, res| {
            let line = format!("{} {}", sent.url.path(), res.status.as_u16());
            log.lock().unwrap().push(line);
            Ok(())
        })
        .call()
        .unwrap();
    assert_eq!(*seen.lock().unwrap(), ["/0 302", "/1 200"]);
    assert!(peer.received_text(0).contains("X-Path: /0"));
    assert!(peer.received_text(1).contains("X-Path: /1"));
    let error = courser::get(peer.url("/0"))
        .request_interceptor(|_| Err(courser::Error::invalid("not today")))
        .call()
        .unwrap_err();
    assert_eq!(error.message(), "not today");
}

#[test]
fn limits_say_how_many_and_where() {
    let peer = RawPeer::answers([to(302, "/1"), to(302, "/2"), to(302, "/3")]);
    let client = Client::new();
    let error = client
        .get(peer.url("/0?t=secret"))
        .max_redirects(2)
        .call()
        .unwrap_err();
    let port = peer.port();
    assert_eq!(
        error.to_string(),
        format!(
            "more than 2 redirects (GET http://127.0.0.1:{port}/2) [limit: 2 (:max-redirects), trail: \
             http://127.0.0.1:{port}/0?t=… → http://127.0.0.1:{port}/1 → http://127.0.0.1:{port}/2]; \
             raise it, or take the last answer by :redirect-strategy :graceful"
        )
    );
    assert_eq!(error.kind(), ErrorKind::Redirect);
    let res = error.response().unwrap();
    assert_eq!((res.status.as_u16(), res.bytes()), (302, &b"hop"[..]));

    let res = client
        .get(peer.url("/0"))
        .max_redirects(0)
        .redirect_strategy(Redirects::Graceful)
        .call()
        .unwrap();
    assert_eq!(
        (res.status.as_u16(), res.text().unwrap().as_ref()),
        (302, "hop")
    );
}

#[test]
fn errors_after_redirects_name_what_failed() {
    let peer = RawPeer::answers([
        to(303, "/1"),
        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".into(),
    ]);
    let error = Client::new()
        .post(peer.url("/0"))
        .body("x")
        .call()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Status(404.try_into().unwrap()));
    assert!(
        error
            .to_string()
            .contains(&format!("(GET {})", peer.url("/1"))),
        "{error}"
    );

    let dead = courser_testkit::dead_port();
    let peer = RawPeer::answer(to(302, &format!("http://127.0.0.1:{}/x", dead.port())));
    let error = courser::get(peer.url("/0")).call().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(
        error
            .to_string()
            .contains(&format!("trail: {} → http", peer.url("/0"))),
        "{error}"
    );
}

#[test]
fn one_deadline_for_all_hops() {
    let peer = RawPeer::scripts(vec![
        vec![Step::ReadRequest, Step::send(to(302, "/1"))],
        vec![Step::ReadRequest, Step::Hang],
    ]);
    let error = courser::get(peer.url("/0"))
        .timeout(Duration::from_millis(300))
        .call()
        .unwrap_err();
    assert_eq!(error.kind().name(), "timeout");
}

#[test]
fn a_stream_cannot_go_twice_and_says_so() {
    let answers = || RawPeer::answers([to(307, "/1"), END.into()]);
    let lax = |peer: &RawPeer, body| {
        let builder = courser::post(peer.url("/0")).redirect_strategy(Redirects::Lax);
        builder.body(body).call()
    };
    let peer = answers();
    let error = lax(&peer, Body::reader(&b"data"[..])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Redirect);
    assert!(error.to_string().contains("Body::factory"), "{error}");
    let peer = answers();
    lax(&peer, Body::factory(|| Ok(Body::reader(&b"data"[..])))).unwrap();
    assert!(peer.received_text(1).contains("data"));
}

#[test]
fn requests_of_data() {
    let peer = RawPeer::answers([to(302, "/1"), to(302, "/2"), END.into()]);
    let request = courser::Request::from_edn(&format!(
        r#"{{:url "{}" :client-params {{"http.protocol.max-redirects" 1}}}}"#,
        peer.url("/0")
    ))
    .unwrap();
    let error = courser::data::call(&Client::per_request(), request).unwrap_err();
    let error = courser::data::error_value(&error);
    assert_eq!(error["error"]["kind"].to_string(), ":redirect");
    assert_eq!(error["error"]["status"], 302_i64);
    let error = courser::Request::from_edn("{:force-redirects true}").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("did you mean :redirect-strategy :lax?"),
        "{error}"
    );
}
