//! Redirects that want what is not theirs, or never end: rows 1–8 and 10–12.

use std::sync::Arc;
use std::sync::OnceLock;

use anyhow::Result;
use courser::{Bytes, ErrorKind};
use courser_testkit::{RawPeer, Tls};

use super::{END, at_loopback, attack, has, has_not, other, refused, to, weak};
use crate::harness::{Class, Context, Control, How, safe};
use crate::naive::{follow_blindly, reqwest_get};

pub(crate) const CLASS: Class = Class {
    attacks: &[
        attack(1, "credentials to another port", to_another_port),
        attack(2, "credentials from https to http", downgrade),
        attack(3, "credentials come back on a later hop", come_back),
        attack(4, "names that look like the origin", lookalikes),
        attack(6, "keys in fields of other names", keys),
        attack(7, "the body to another origin", body),
        attack(8, "Referer tells path and query", referer),
        attack(10, "bearer across protocols", across_protocols),
        attack(11, "redirects without end, and to nowhere", endless),
        attack(12, "user-info in Location", user_info),
    ],
    controls: &[
        blind(1),
        blind(2),
        weak(2, "{:allow-downgrade true}"),
        blind(3),
        blind(4),
        blind(6),
        other(6, "reqwest as it comes", |_| {
            let other = RawPeer::answer(END);
            let peer = RawPeer::answer(to(302, &other.url("/")));
            reqwest_get(&peer.url("/"), &[], &[("X-Api-Key", "tok-key")])?;
            has_not(&other, 0, "tok-key").map(|()| "no key was sent".into())
        }),
        blind(7),
        weak(7, "{:resend-body-cross-origin true}"),
        other(8, "reqwest as it comes", |_| {
            let other = RawPeer::answer(END);
            let peer = RawPeer::answer(to(302, &other.url("/")));
            reqwest_get(&peer.url("/private?tok-query"), &[], &[])?;
            has_not(&other, 0, "tok-query").map(|()| "no query was sent".into())
        }),
        blind(10),
        blind(11),
        weak(11, "{:max-redirects 100}"),
        other(12, "the Location taken for a URL of the user's", |cx| {
            let peer = RawPeer::answer(END);
            let url = peer.url("/").replace("://", "://user:tok@");
            cx.call(&cx.client()?, cx.request(&url, "{}")?)?;
            has_not(&peer, 0, "authorization").map(|()| "no credentials were sent".into())
        }),
    ],
};

/// The attack on a client with a stage that follows each redirect with all that the request has.
const fn blind(row: u8) -> Control {
    Control {
        row,
        weakness: "a stage that follows blindly",
        how: How::Client(follow_blindly),
    }
}

/// Credentials in each of the usual places, and something plain.
const SECRETS: &str = r#"{:headers {"Authorization" "Bearer tok-authorization" "Cookie" "c=tok-cookie"
  "Proxy-Authorization" "Basic tok-proxy" "X-Plain" "plain"}}"#;

/// Which of the secrets came over a connection: there have to be none of them.
fn no_secrets(peer: &RawPeer, connection: usize) -> Result<()> {
    has(peer, connection, "x-plain")?;
    let sent = peer.received_text(connection);
    let secrets = ["tok-authorization", "tok-cookie", "tok-proxy"];
    let leaked: Vec<&str> = secrets
        .into_iter()
        .filter(|secret| sent.contains(secret))
        .collect();
    safe(
        leaked.is_empty(),
        format!("{} were sent", leaked.join(", ")),
    )
}

/// That the secrets were sent where they belong.
fn all_secrets(peer: &RawPeer, connection: usize) -> Result<()> {
    let secrets = ["tok-authorization", "tok-cookie", "tok-proxy"];
    secrets
        .iter()
        .try_for_each(|secret| has(peer, connection, secret))
}

fn trusted(peer: &RawPeer) -> Vec<Bytes> {
    vec![Bytes::copy_from_slice(peer.ca().der())]
}

fn to_another_port(cx: &Context) -> Result<String> {
    let other = RawPeer::answer(END);
    let peer = RawPeer::answer(to(302, &other.url("/")));
    cx.call(&cx.client()?, cx.request(&peer.url("/"), SECRETS)?)?;
    all_secrets(&peer, 0)?;
    no_secrets(&other, 0)?;
    Ok("followed without them".into())
}

fn downgrade(cx: &Context) -> Result<String> {
    let plain = RawPeer::answer(END);
    let peer = RawPeer::builder()
        .tls_with(Tls::new())
        .answer(to(302, &plain.url("/")));
    let client = cx.client_with(|d| d.trusted_certificates = Some(trusted(&peer)))?;
    let result = cx.call(&client, cx.request(&peer.url("/"), SECRETS)?);
    safe(plain.connections() == 0, "it went on to http")?;
    refused(result, &[ErrorKind::Redirect])
}

fn come_back(cx: &Context) -> Result<String> {
    let home = Arc::new(OnceLock::<String>::new());
    let back = home.clone();
    let other = RawPeer::serve(move |wire| {
        wire.read_request()?;
        wire.send(to(302, back.get().map_or("", |home| home)))
    });
    // A connection for each, so that they can be told apart.
    let away = to(302, &other.url("/"));
    let peer = RawPeer::serve(move |wire| {
        wire.read_request()?;
        wire.send(if wire.id() == 0 { away.as_str() } else { END })
    });
    let _ = home.set(peer.url("/back"));
    cx.call(&cx.client()?, cx.request(&peer.url("/"), SECRETS)?)?;
    all_secrets(&peer, 0)?;
    no_secrets(&other, 0)?;
    no_secrets(&peer, 1)?;
    Ok("neither there nor back".into())
}

fn lookalikes(cx: &Context) -> Result<String> {
    for evil in ["sub.h.test", "h.test.evil.test", "xh.test"] {
        let port = Arc::new(OnceLock::<u16>::new());
        let own = port.clone();
        let peer = RawPeer::serve(move |wire| {
            wire.read_request()?;
            if wire.id() > 0 {
                return wire.send(END);
            }
            let port = own.get().copied().unwrap_or_default();
            wire.send(to(302, &format!("http://{evil}:{port}/")))
        });
        let _ = port.set(peer.port());
        let client = cx.client_with(|d| d.resolve = Some(at_loopback(&["h.test", evil])))?;
        let url = format!("http://h.test:{}/", peer.port());
        cx.call(&client, cx.request(&url, SECRETS)?)?;
        all_secrets(&peer, 0)?;
        no_secrets(&peer, 1)?;
    }
    Ok("sub.h.test, h.test.evil.test, xh.test got none".into())
}

fn keys(cx: &Context) -> Result<String> {
    const NAMES: [&str; 7] = [
        "X-Api-Key",
        "X-Auth-Token",
        "X-Vault-Token",
        "PRIVATE-TOKEN",
        "Ocp-Apim-Subscription-Key",
        "X-Amz-Security-Token",
        "X-Own",
    ];
    let other = RawPeer::answer(END);
    let peer = RawPeer::answer(to(302, &other.url("/")));
    let mut request = cx.request(&peer.url("/"), r#"{:secret-headers ["x-own"]}"#)?;
    for name in NAMES {
        request.headers.append(name, "tok-key")?;
    }
    cx.call(&cx.client()?, request)?;
    has(&peer, 0, "tok-key")?;
    has_not(&other, 0, "tok-key")?;
    Ok(format!("none of {} names went along", NAMES.len()))
}

fn body(cx: &Context) -> Result<String> {
    for status in [307, 308] {
        let other = RawPeer::answer(END);
        let peer = RawPeer::answer(to(status, &other.url("/")));
        let post = cx.request(
            &peer.url("/"),
            r#"{:method :post :body "tok-body" :redirect-strategy :lax}"#,
        )?;
        let result = cx.call(&cx.client()?, post);
        has(&peer, 0, "tok-body")?;
        safe(other.connections() == 0, "the body went to another origin")?;
        refused(result, &[ErrorKind::Redirect])?;
    }
    for status in [301, 302, 303] {
        let other = RawPeer::answer(END);
        let peer = RawPeer::answer(to(status, &other.url("/")));
        let post = cx.request(
            &peer.url("/"),
            r#"{:method :post :body "tok-body" :redirect-strategy :lax}"#,
        )?;
        cx.call(&cx.client()?, post)?;
        has(&other, 0, "get / ")?;
        has_not(&other, 0, "tok-body")?;
    }
    Ok("307, 308: error redirect; 301, 302, 303: GET without it".into())
}

fn referer(cx: &Context) -> Result<String> {
    for options in ["{}", "{:referer true}"] {
        let other = RawPeer::answer(END);
        let peer = RawPeer::answer(to(302, &other.url("/")));
        let url = peer
            .url("/private?tok-query")
            .replace("://", "://user:tok-password@");
        cx.call(&cx.client()?, cx.request(&url, options)?)?;
        has(&other, 0, "get / ")?;
        has_not(&other, 0, "tok-")?;
        has_not(&other, 0, "private")?;
    }
    Ok("none, and the origin alone with :referer true".into())
}

fn across_protocols(cx: &Context) -> Result<String> {
    for options in [
        "{:oauth-token \"tok-bearer\"}",
        "{:basic-auth [\"u\" \"tok\"]}",
    ] {
        let tls = RawPeer::builder().tls_with(Tls::new()).answer(END);
        let plain = RawPeer::answer(to(302, &tls.url("/")));
        let client = cx.client_with(|d| d.trusted_certificates = Some(trusted(&tls)))?;
        cx.call(&client, cx.request(&plain.url("/"), options)?)?;
        has(&plain, 0, "authorization")?;
        has(&tls, 0, "get / ")?;
        has_not(&tls, 0, "authorization")?;
    }
    Ok("followed without credentials".into())
}

fn endless(cx: &Context) -> Result<String> {
    let hops = |n: usize| to(302, &format!("/{}", n + 1));
    let peer = RawPeer::answers((0..50).map(hops).chain([END.to_owned()]));
    let client = cx.client()?;
    let result = cx.call(&client, cx.request(&peer.url("/0"), "{}")?);
    refused(result, &[ErrorKind::Redirect])?;
    let asked = (0..peer.connections()).map(|n| peer.received_text(n).matches("GET ").count());
    let asked: usize = asked.sum();

    let peer = RawPeer::answer(to(302, "/loop"));
    refused(
        cx.call(&client, cx.request(&peer.url("/loop"), "{}")?),
        &[ErrorKind::Redirect],
    )?;
    for location in [
        "file:///etc/passwd",
        "data:text/html,x",
        "http://",
        "http://[::1",
        "//",
    ] {
        let peer = RawPeer::answer(to(302, location));
        let request = cx.request(&peer.url("/"), "{}")?;
        refused(cx.call(&client, request), &[ErrorKind::Redirect])?;
    }
    Ok(format!(
        "error redirect after {asked} requests; so are circles and other schemes"
    ))
}

fn user_info(cx: &Context) -> Result<String> {
    let other = RawPeer::answer(END);
    let location = other.url("/").replace("://", "://user:tok@");
    let peer = RawPeer::answer(to(302, &location));
    cx.call(&cx.client()?, cx.request(&peer.url("/"), "{}")?)?;
    has(&other, 0, "get / ")?;
    has_not(&other, 0, "authorization")?;
    has_not(&other, 0, "tok")?;
    Ok("followed without credentials".into())
}
