//! HTTP proxies: whole URLs, and tunnels.

use courser::{Bytes, Client, Error, ErrorKind, RequestBuilder, Response};
use courser_testkit::{RawPeer, Server, Step, dead_port};

type Send = fn(RequestBuilder) -> Result<Response, Error>;

fn sent(request: RequestBuilder) -> Result<Response, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(request.send())
}

/// Under both drivers.
const BOTH: [Send; 2] = [sent, RequestBuilder::call];

#[test]
fn https_goes_through_a_tunnel() {
    for send in BOTH {
        let server = Server::builder().tls().start(|request| {
            let seen = request.headers().contains_key("proxy-authorization");
            http::Response::new(format!("through, {seen}"))
        });
        let to = server.addr();
        let proxy = RawPeer::serve(move |wire| {
            wire.read_head()?;
            wire.send("HTTP/1.1 200 Connection established\r\n\r\n")?;
            wire.tunnel(to)
        });
        let der = Bytes::copy_from_slice(server.ca_der());
        let client = Client::builder()
            .defaults(|d| d.trusted_certificates = Some(vec![der]))
            .build()
            .unwrap();
        let request = client
            .get(server.url_at("localhost", "/secret?q=1"))
            .with(|r| r.proxy_ignore_hosts = Some(Vec::new()))
            .proxy("127.0.0.1", proxy.port())
            .proxy_auth("user", "hunter2");
        let res = send(request).unwrap();
        assert_eq!(res.text().unwrap(), "through, false");
        let seen = proxy.received_text(0);
        let place = format!("localhost:{}", server.port());
        let head = format!(
            "CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\
             Proxy-Authorization: Basic dXNlcjpodW50ZXIy\r\n\r\n"
        );
        assert!(seen.starts_with(&head), "{head}");
        assert!(!seen.contains("secret"), "the rest is encrypted");
    }
}

#[test]
fn what_a_proxy_says_is_never_taken_for_the_servers_word() {
    for send in BOTH {
        for (answer, says) in [
            (
                "HTTP/1.1 407 Who\r\nContent-Length: 3\r\n\r\nno!",
                "give :proxy-user",
            ),
            (
                "HTTP/1.1 302 Found\r\nLocation: http://evil/\r\n\r\n",
                "302 Found",
            ),
            (
                "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
                "before the tunnel",
            ),
            ("220 smtp.example ESMTP\r\n", "does not speak proper HTTP"),
        ] {
            let proxy = RawPeer::script(vec![Step::ReadHead, Step::send(answer), Step::Close]);
            let request = courser::get("https://h.example/")
                .proxy("127.0.0.1", proxy.port())
                .proxy_auth("user", "hunter2");
            let error = send(request).unwrap_err();
            let shown = format!("{error:?}");
            assert_eq!(error.kind(), ErrorKind::Proxy, "{shown}");
            assert!(
                shown.contains(says) && shown.contains("h.example:443"),
                "{shown}"
            );
            assert!(error.response().is_none());
            assert!(
                !shown.contains("hunter2") && !shown.contains("aHVudGVy"),
                "{shown}"
            );
        }
    }
}

#[test]
fn a_proxy_that_is_not_there_is_named_as_one() {
    for send in BOTH {
        let dead = dead_port();
        let request = courser::get("http://h.example/").proxy("127.0.0.1", dead.port());
        let error = send(request).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connect);
        let says = format!("refused by the proxy 127.0.0.1:{}", dead.port());
        assert!(error.to_string().contains(&says), "{error}");
    }
}

#[test]
fn a_proxy_sees_credentials_of_its_own_and_a_direct_server_none() {
    for send in BOTH {
        let peer = RawPeer::answers(["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"; 2]);
        let client = Client::new();
        let ask = |url: &str| {
            let request = client.get(url);
            let request = request.proxy("127.0.0.1", peer.port());
            send(request.proxy_auth("user", "hunter2")).unwrap()
        };
        ask("http://h.example/x");
        // Of the hosts that are asked without it.
        ask(&peer.url("/direct"));
        let seen = [peer.received_text(0), peer.received_text(1)];
        assert!(
            seen[0].starts_with("GET http://h.example/x HTTP/1.1\r\n"),
            "{}",
            seen[0]
        );
        assert!(seen[0].contains("\r\nProxy-Authorization: Basic dXNlcjpodW50ZXIy\r\n"));
        // What is said to the proxy is not said once more to the server.
        assert!(seen[0].contains("\r\nProxy-Connection: Keep-Alive\r\n"));
        assert!(!seen[0].contains("\r\nConnection:"), "{}", seen[0]);
        assert!(
            seen[1].starts_with("GET /direct HTTP/1.1\r\n"),
            "{}",
            seen[1]
        );
        assert!(!seen[1].contains("Proxy-"), "{}", seen[1]);
    }
}

#[test]
fn options_that_need_each_other() {
    fn check(request: RequestBuilder, says: &str) {
        let error = request.call().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(error.to_string().contains(says), "{error}");
    }
    let get = || courser::get("http://h.example/");
    check(
        get().with(|r| r.proxy_host = Some("p".into())),
        ":proxy-port",
    );
    check(get().with(|r| r.proxy_port = Some(1)), "needs :proxy-host");
    check(get().proxy_auth("u", "p"), "needs :proxy-host");
    check(get().proxy("http://p/", 1), "is no host");
    check(
        get()
            .proxy("p", 1)
            .with(|r| r.proxy_pass = Some("p".into())),
        "needs :proxy-user",
    );
    check(get().proxy("p", 1).proxy_auth("a:b", "p"), "colon");
}
