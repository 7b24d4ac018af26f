//! Servers that redirect to get at secrets, or to keep a client busy.

use std::io::Write;
use std::sync::Arc;

use courser::{Bytes, Client, ErrorKind, Redirects, Request};
use courser_testkit::{RawPeer, Tls};

use crate::redirects::{END, to};

const SECRETS: [&str; 4] = [
    "tok-authorization",
    "tok-cookie",
    "tok-proxy",
    "tok-api-key",
];

/// A request with credentials in each of the usual places.
fn with_secrets(url: &str) -> Request {
    let mut request = Request {
        url: url.into(),
        ..Default::default()
    };
    for (name, value) in [
        ("Authorization", "Bearer tok-authorization"),
        ("Cookie", "c=tok-cookie"),
        ("Proxy-Authorization", "Basic tok-proxy"),
        ("X-Api-Key", "tok-api-key"),
        ("X-Plain", "plain"),
    ] {
        request.headers.append(name, value).unwrap();
    }
    request
}

/// How many of the secrets came over a connection.
fn secrets(peer: &RawPeer, connection: usize) -> usize {
    let all = peer.received_text(connection);
    assert!(all.contains("plain"), "{all}");
    SECRETS
        .iter()
        .filter(|secret| all.contains(**secret))
        .count()
}

/// A client of these names, all of them at loopback, that trusts these authorities.
fn client(names: &[&str], trusted: &[&RawPeer]) -> Client {
    let resolve = names
        .iter()
        .map(|name| (Arc::from(*name), ([127, 0, 0, 1], 0).into()))
        .collect();
    let trusted = trusted
        .iter()
        .map(|peer| Bytes::copy_from_slice(peer.ca().der()))
        .collect();
    Client::builder()
        .connection_manager(Arc::new(courser::pool::PerRequest::new(Arc::new(
            courser::reqwest::Reqwest::new(),
        ))))
        .defaults(|d| {
            d.resolve = Some(resolve);
            d.trusted_certificates = Some(trusted);
        })
        .build()
        .unwrap()
}

/// The port that a request names in its `Host`.
fn asked_port(request: &[u8]) -> u16 {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.and_then(|host| host.rsplit_once(':')?.1.parse().ok())
        .unwrap()
}

#[test]
fn attack_01_authorization_to_another_port() {
    let other = RawPeer::answer(END);
    let peer = RawPeer::answer(to(302, &other.url("/")));
    Client::per_request()
        .call(with_secrets(&peer.url("/")))
        .unwrap();
    assert_eq!((secrets(&peer, 0), secrets(&other, 0)), (4, 0));
    // Control: they do go along within the origin.
    let peer = RawPeer::answers([to(302, "/1"), END.into()]);
    Client::per_request()
        .call(with_secrets(&peer.url("/")))
        .unwrap();
    assert_eq!(secrets(&peer, 1), 4);
}

#[test]
fn attack_02_https_to_http_keeps_credentials() {
    let plain = RawPeer::answer(END);
    let peer = RawPeer::builder()
        .tls_with(Tls::new())
        .answer(to(302, &plain.url("/")));
    let client = client(&[], &[&peer]);
    let error = client.call(with_secrets(&peer.url("/"))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Redirect);
    assert_eq!(error.status().unwrap().as_u16(), 302);
    assert_eq!(plain.connections(), 0);
    // Control: where it is allowed, it still has no secrets.
    let mut request = with_secrets(&peer.url("/"));
    request.allow_downgrade = Some(true);
    client.call(request).unwrap();
    assert_eq!(secrets(&plain, 0), 0);
}

#[test]
fn attack_03_credentials_come_back() {
    let home = Arc::new(std::sync::OnceLock::<String>::new());
    let back = home.clone();
    let other = RawPeer::serve(move |wire| {
        wire.read_request()?;
        wire.send(to(302, back.get().unwrap()))
    });
    let peer = RawPeer::answers([to(302, &other.url("/")), END.into()]);
    home.set(peer.url("/back")).unwrap();
    let res = Client::per_request()
        .call(with_secrets(&peer.url("/")))
        .unwrap();
    assert_eq!(res.url.path(), "/back");
    assert_eq!(
        (secrets(&peer, 0), secrets(&other, 0), secrets(&peer, 1)),
        (4, 0, 0)
    );
}

#[test]
fn attack_04_names_that_look_like_the_origin() {
    for evil in ["sub.h.test", "h.test.evil.test", "xh.test", "h.test."] {
        let peer = RawPeer::serve(move |wire| {
            let request = wire.read_request()?;
            if wire.id() > 0 {
                return wire.send(END);
            }
            let location = format!("http://{evil}:{}/", asked_port(&request));
            wire.send(to(302, &location))
        });
        let client = client(&["h.test", evil], &[]);
        client
            .call(with_secrets(&format!("http://h.test:{}/", peer.port())))
            .unwrap();
        assert_eq!((secrets(&peer, 0), secrets(&peer, 1)), (4, 0), "{evil}");
    }
}

#[test]
fn attack_05_proxy_authorization_to_another_origin() {
    let other = RawPeer::answer(END);
    let peer = RawPeer::answer(to(307, &other.url("/")));
    courser::get(peer.url("/"))
        .header("Proxy-Authorization", "Basic tok-proxy")
        .call()
        .unwrap();
    assert!(peer.received_text(0).contains("tok-proxy"));
    assert!(!other.received_text(0).contains("tok-proxy"));
}

#[test]
fn attack_06_keys_in_headers_of_other_names() {
    const NAMES: [&str; 8] = [
        "X-Api-Key",
        "X-Auth-Token",
        "X-Vault-Token",
        "PRIVATE-TOKEN",
        "Ocp-Apim-Subscription-Key",
        "X-Amz-Security-Token",
        "X-CSRF-Token",
        "X-Own",
    ];
    let send = |peer: &RawPeer, own: bool| {
        let mut builder = courser::get(peer.url("/"));
        for name in NAMES {
            builder = builder.header(name, "tok-key");
        }
        if own {
            builder = builder.secret_headers(["x-own"]);
        }
        builder.call().unwrap();
    };
    for (own, leaked) in [(true, 0), (false, 1)] {
        let other = RawPeer::answer(END);
        let peer = RawPeer::answer(to(302, &other.url("/")));
        send(&peer, own);
        assert_eq!(
            peer.received_text(0).matches("tok-key").count(),
            NAMES.len()
        );
        assert_eq!(other.received_text(0).matches("tok-key").count(), leaked);
    }
}

#[test]
fn attack_07_the_body_to_another_origin() {
    let other = RawPeer::answer(END);
    for status in [307, 308] {
        let peer = RawPeer::answer(to(status, &other.url("/")));
        let post = courser::post(peer.url("/"))
            .body("tok-body")
            .redirect_strategy(Redirects::Lax);
        let error = post.clone().call().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Redirect);
        assert!(
            error.to_string().contains(":resend-body-cross-origin"),
            "{error}"
        );
        let before = other.connections();
        post.resend_body_cross_origin(true).call().unwrap();
        assert!(
            other.received_text(before).contains("tok-body"),
            "the control"
        );
    }
    assert_eq!(other.connections(), 2);
    // After 301, 302, 303 there is none to send.
    for status in [301, 302, 303] {
        let other = RawPeer::answer(END);
        let peer = RawPeer::answer(to(status, &other.url("/")));
        let post = courser::post(peer.url("/"))
            .body("tok-body")
            .redirect_strategy(Redirects::Lax);
        post.call().unwrap();
        let sent = other.received_text(0);
        assert!(
            sent.starts_with("GET / ")
                && !sent.contains("tok-body")
                && !sent.to_ascii_lowercase().contains("content-"),
            "{sent}"
        );
    }
}

#[test]
fn attack_08_referer() {
    for on in [false, true] {
        let other = RawPeer::answer(END);
        let peer = RawPeer::answer(to(302, &other.url("/")));
        let url = peer
            .url("/private?tok-query")
            .replace("://", "://user:tok-password@");
        courser::get(url).referer(on).call().unwrap();
        let sent = other.received_text(0).to_ascii_lowercase();
        assert!(
            !sent.contains("tok-") && !sent.contains("private"),
            "{sent}"
        );
        let origin = format!("referer: {}", peer.url("/\r\n"));
        assert_eq!(sent.contains(&origin), on, "{sent}");
    }
}

#[test]
fn attack_10_bearer_across_protocols() {
    let tls = RawPeer::builder().tls_with(Tls::new()).answer(END);
    let plain = RawPeer::answer(to(302, &tls.url("/")));
    let client = client(&[], &[&tls]);
    client
        .get(plain.url("/"))
        .bearer("tok-bearer")
        .call()
        .unwrap();
    assert!(plain.received_text(0).contains("tok-bearer"));
    assert!(!tls.received_text(0).contains("tok-bearer"));
    client
        .get(plain.url("/"))
        .basic_auth("user", "password")
        .call()
        .unwrap();
    assert!(
        !tls.received_text(1)
            .to_ascii_lowercase()
            .contains("authorization")
    );
}

#[tokio::test]
async fn attack_11_redirects_without_end() {
    let next = |n: usize| to(302, &format!("/{}", n + 1));
    let peer = RawPeer::answers((0..100).map(next));
    let client = Client::new();
    let error = client.get(peer.url("/0")).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Redirect);
    assert_eq!(error.context("limit"), Some("20 (:max-redirects)"));
    assert_eq!(peer.received_text(0).matches("GET ").count(), 21);

    let peer = RawPeer::answer(to(302, "/loop"));
    let error = client.get(peer.url("/loop")).send().await.unwrap_err();
    assert!(error.to_string().contains("in a circle"), "{error}");
    assert_eq!(peer.received_text(0).matches("GET ").count(), 2);

    for location in [
        "file:///etc/passwd",
        "data:text/html,x",
        "javascript:alert(1)",
        "ftp://127.0.0.1/",
        "http://",
        "http:///x",
        "http://[::1",
        "http://127.0.0.1:99999/",
        "http://a b/",
        "//",
    ] {
        let peer = RawPeer::answer(to(302, location));
        let error = client.get(peer.url("/")).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Redirect, "{location}");
        assert_eq!(error.status().unwrap().as_u16(), 302);
    }
}

#[test]
fn attack_12_user_info_in_location() {
    let peer = RawPeer::serve(|wire| {
        let request = wire.read_request()?;
        if wire.id() > 0 {
            return wire.send(END);
        }
        let location = format!("http://user:tok@127.0.0.1:{}/1", asked_port(&request));
        wire.send(to(302, &location))
    });
    let res = Client::per_request().get(peer.url("/")).call().unwrap();
    assert_eq!((res.url.path(), res.url.userinfo()), ("/1", None));
    let sent = peer.received_text(1).to_ascii_lowercase();
    assert!(
        !sent.contains("authorization") && !sent.contains("tok"),
        "{sent}"
    );
}

#[test]
fn attack_14_line_breaks_injected() {
    let peer = RawPeer::answers([to(302, "/a%0d%0aX-Evil:%201"), END.into()]);
    // In a Location they stay what they are: escapes.
    Client::per_request().get(peer.url("/")).call().unwrap();
    let sent = peer.received_text(1);
    assert!(
        sent.starts_with("GET /a%0d%0aX-Evil:%201 HTTP/1.1\r\n"),
        "{sent}"
    );

    let before = peer.connections();
    for text in [
        "\r\n",
        "\n",
        "\r",
        "\0",
        "\r\n\r\nGET /evil HTTP/1.1\r\n\r\n",
    ] {
        let url = peer.url(&format!("/a{text}X-Evil: 1"));
        let header = |name: String, value: String| courser::get(peer.url("/")).header(name, value);
        for builder in [
            courser::get(&url),
            courser::get(peer.url("/")).user_agent(format!("a{text}X-Evil: 1")),
            courser::get(peer.url("/")).accept(format!("a{text}X-Evil: 1")),
            header("X".into(), format!("a{text}X-Evil: 1")),
            header(format!("X: 1{text}X-Evil"), "1".into()),
        ] {
            let error = builder.call().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
        }
        let method = format!("GET / HTTP/1.1{text}X-Evil: 1\r\n\r\nGET");
        assert!(courser::Method::from_bytes(method.as_bytes()).is_err());
        let query =
            courser::get(peer.url("/")).with(|r| r.query_string = Some(format!("a{text}b")));
        query.call().unwrap();
    }
    for connection in before..peer.connections() {
        let sent = peer.received_text(connection);
        assert!(
            sent.starts_with("GET /?a%") && !sent.contains("/evil HTTP/1.1\r\n\r\nGET"),
            "{sent}"
        );
    }
}

#[test]
fn attack_17_authorities_read_in_two_ways() {
    // Where it goes, if it goes: to the host that a reader of RFC 3986 finds there, or nowhere.
    let evil = RawPeer::answer(END);
    let good = RawPeer::answer(END);
    let (e, g) = (evil.port(), good.port());
    let names = ["good.test", "evil.test", "good.test.evil.test"];
    for (location, expected) in [
        (format!("http://good.test:{g}\\@evil.test:{e}/"), None),
        (format!("http://evil.test:{e}\\@good.test:{g}/"), None),
        (
            format!("http://good.test:{g}%2f@evil.test:{e}/"),
            Some(&evil),
        ),
        (format!("http://good.test%2f.evil.test:{e}/"), None),
        (format!("http://good.test:{g}#@evil.test:{e}/"), Some(&good)),
        (format!("http://good.test:{g}?@evil.test:{e}/"), Some(&good)),
        (format!("http://good.test:{g}/@evil.test:{e}/"), Some(&good)),
        (format!("http://a@good.test:{g}@evil.test:{e}/"), None),
        (format!("http://good.test :{g}@evil.test:{e}/"), Some(&evil)),
        (format!("http://good.test:{g}:{e}/"), None),
        ("http://127.1/".into(), None),
        ("http://0x7f.1/".into(), None),
        ("http://2130706433/".into(), None),
        (format!("http://g\u{43e}od.test:{g}/"), None),
    ] {
        let counts = || [evil.connections(), good.connections()];
        let before = counts();
        let peer = RawPeer::answer(to(302, &location));
        let result = client(&names, &[]).get(peer.url("/")).call();
        let after = counts();
        match expected {
            None => {
                assert!(result.is_err(), "{location}");
                assert_eq!(before, after, "{location}");
            }
            Some(peer) => {
                let url = result
                    .unwrap_or_else(|error| panic!("{location}: {error}"))
                    .url
                    .clone();
                assert_eq!(url.port(), peer.port(), "{location}");
                assert_ne!(before, after);
            }
        }
    }
}

#[test]
fn attack_21_a_bomb_in_the_body_of_a_redirect() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let zeros = vec![0; 1 << 20];
    for _ in 0..32 {
        gzip.write_all(&zeros).unwrap();
    }
    let bomb = gzip.finish().unwrap();
    assert!((100 << 10..1 << 20).contains(&bomb.len()));
    let head = |length: usize| {
        format!(
            "HTTP/1.1 302 Found\r\nLocation: /1\r\nContent-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n"
        )
    };
    let mut answer = head(bomb.len()).into_bytes();
    answer.extend(&bomb);
    let peer = RawPeer::answers([answer, END.into()]);
    let res = Client::new().get(peer.url("/")).call().unwrap();
    assert_eq!(res.text().unwrap(), "end");
    // It is too long to be worth reading: the connection is closed.
    assert_eq!(peer.connections(), 2);

    // One that never ends is not waited for, and its connection is closed.
    let peer = RawPeer::serve(|wire| {
        wire.read_request()?;
        if wire.id() > 0 {
            return wire.send(END);
        }
        wire.send("HTTP/1.1 302 Found\r\nLocation: /1\r\nTransfer-Encoding: chunked\r\n\r\n")?;
        loop {
            wire.send("400\r\n")?;
            wire.send([0; 1024])?;
            wire.send("\r\n")?;
        }
    });
    let res = Client::new().get(peer.url("/")).call().unwrap();
    assert_eq!(res.text().unwrap(), "end");
    assert!(peer.wait_ended(0).is_err());
}
