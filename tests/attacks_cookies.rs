//! Cookies that mean harm: a test for each row of the list of attacks, by its number.

use std::net::SocketAddr;
use std::sync::Arc;

use courser::Client;
use courser::cookies::{Jar, Limits};
use courser_testkit::{RawPeer, Server, Tls};
use http::Response;

/// A response with these `Set-Cookie` fields.
fn setting(lines: &[impl AsRef<str>]) -> String {
    let lines = lines
        .iter()
        .map(|line| format!("Set-Cookie: {}\r\n", line.as_ref()));
    let lines: String = lines.collect::<Vec<_>>().concat();
    format!("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n{lines}\r\n")
}

/// A client that finds these hosts at that address.
fn finding(hosts: &[&str], address: SocketAddr) -> Client {
    let hosts = hosts
        .iter()
        .map(|host| (Arc::from(*host), SocketAddr::new(address.ip(), 0)));
    let resolve = hosts.collect();
    Client::builder()
        .defaults(|d| d.resolve = Some(resolve))
        .build()
        .unwrap()
}

/// The `Cookie` lines that came over all connections of a peer.
fn cookies(peer: &RawPeer) -> Vec<String> {
    let all = (0..peer.connections()).map(|connection| peer.received_text(connection));
    let all: String = all.collect();
    let lines = all.split("\r\n");
    let cookies = lines.filter(|line| line.to_ascii_lowercase().starts_with("cookie:"));
    cookies.map(|line| line[7..].trim().to_owned()).collect()
}

/// 18: a value that would be another line if it were decoded.
#[test]
fn attack_18_value_decoded_into_header_bytes() {
    let peer = RawPeer::answers([setting(&["a=1%0d%0aEvil:%201; Path=/"]), setting(&[""; 0])]);
    let client = Client::new();
    for _ in 0..2 {
        client.get(peer.url("/")).call().unwrap();
    }
    assert_eq!(cookies(&peer), ["a=1%0d%0aEvil:%201"]);
    let sent: String = (0..peer.connections())
        .map(|n| peer.received_text(n))
        .collect();
    assert!(!sent.to_ascii_lowercase().contains("\r\nevil"), "{sent}");
}

/// 28: cookies that are many or huge, or that never end.
#[test]
fn attack_28_many_and_huge_cookies() {
    let many: Vec<String> = (0..80)
        .map(|i| format!("c{i}={}", "x".repeat(1000)))
        .collect();
    let huge = [
        format!("h={}", "x".repeat(5000)),
        "e=1; Max-Age=99999999999999999999".to_owned(),
    ];
    let run = |limits: Limits| {
        let answers = [setting(&many), setting(&huge), setting(&[""; 0])];
        let peer = RawPeer::answers(answers);
        let jar = Arc::new(Jar::with_limits(limits));
        let client = Client::new().with_cookie_store(jar.clone());
        for _ in 0..3 {
            client.get(peer.url("/")).call().unwrap();
        }
        assert!(jar.get_cookies().iter().all(|cookie| cookie.name != "h"));
        cookies(&peer).pop().unwrap().len()
    };
    let sent = run(Limits::default());
    assert!((7000..=8190).contains(&sent), "{sent}");
    // With the limit raised they all go out: what held them was the limit.
    let mut limits = Limits::default();
    limits.header = usize::MAX;
    assert!(run(limits) > 80_000);
}

/// 46: a cookie for all of a public suffix.
#[test]
fn attack_46_public_suffixes() {
    let domains = ["com", ".com", "COM", "com.", "co.uk", ".Co.Uk", "shop.com"];
    let lines: Vec<String> = domains
        .iter()
        .zip(0..)
        .map(|(domain, i)| format!("c{i}=1; Path=/; Domain={domain}"))
        .collect();
    let peer = RawPeer::answer(setting(&lines));
    let hosts = [
        "evil.com",
        "evil.co.uk",
        "shop.com",
        "www.shop.com",
        "bank.com",
        "bank.co.uk",
    ];
    let client = finding(&hosts, peer.addr());
    for host in hosts {
        client
            .get(format!("http://{host}:{}/", peer.port()))
            .call()
            .unwrap();
    }
    // Only the shop shares one, with what is below it.
    assert_eq!(cookies(&peer), ["c6=1"]);
}

/// 47: plain http in the place of a secure cookie, and names that promise what does not hold.
#[test]
fn attack_47_secure_cookies_and_prefixes() {
    let echo = |req: &http::Request<courser::Bytes>, lines: &'static [&'static str]| {
        let sent = req
            .headers()
            .get("cookie")
            .map(|value| value.to_str().unwrap().to_owned());
        let mut res = Response::new(sent.unwrap_or_default());
        for line in lines {
            res.headers_mut()
                .append("set-cookie", line.parse().unwrap());
        }
        res
    };
    let tls = Server::builder().tls_with(Tls::new()).start(move |req| {
        echo(
            &req,
            &[
                "sid=good; Secure; Path=/",
                "__Host-a=1; Path=/",
                "__Secure-a=1",
            ],
        )
    });
    let plain = Server::start(move |req| {
        echo(
            &req,
            &[
                "sid=evil; Path=/",
                "__Secure-sid=evil; Secure",
                "__Host-sid=evil; Secure; Path=/",
                "other=1; Path=/",
            ],
        )
    });
    let der = courser::Bytes::copy_from_slice(tls.ca_der());
    let client = Client::builder().defaults(|d| d.trusted_certificates = Some(vec![der]));
    let client = client.build().unwrap();
    let get = |url: String| client.get(url).call().unwrap().text().unwrap().into_owned();
    get(tls.url_at("localhost", "/"));
    assert_eq!(
        get(plain.url_at("localhost", "/")),
        "",
        "a secure cookie over http"
    );
    // What is neither in the place of a secure one nor forged goes in.
    assert_eq!(get(tls.url_at("localhost", "/")), "sid=good; other=1");
}

/// 48: a `Host` field that names another host than the URL.
#[test]
fn attack_48_cookies_after_a_custom_host() {
    let peer = RawPeer::answers([setting(&["x=1; Path=/"]), setting(&[""; 0])]);
    let client = finding(&["a.test", "b.test"], peer.addr());
    for (host, said) in [
        ("a.test", "b.test"),
        ("b.test", "a.test"),
        ("b.test", "b.test"),
        ("a.test", "b.test"),
    ] {
        let url = format!("http://{host}:{}/", peer.port());
        client.get(url).header("Host", said).call().unwrap();
    }
    // Only the last request is for the host that set it.
    assert_eq!(cookies(&peer), ["x=1"]);
}
