//! Text that means more than it seems: rows 14 and 17.

use anyhow::Result;
use courser::{ErrorKind, Method, Request};
use courser_testkit::RawPeer;

use super::{END, at_loopback, attack, has, has_not, other, refused};
use crate::harness::{Class, Context, safe};
use crate::naive::{raw, reqwest_get};

pub(crate) const CLASS: Class = Class {
    attacks: &[
        attack(14, "line breaks in header, method, URL", line_breaks),
        attack(17, "authorities read in two ways", authorities),
    ],
    controls: &[
        other(14, "text sent as it is", |_| {
            let peer = RawPeer::answer(END);
            let value = "a\r\nX-Evil: 1";
            let text = format!("GET / HTTP/1.1\r\nHost: h\r\nX: {value}\r\n\r\n");
            raw(peer.addr(), &text, END.len() as u64)?;
            has_not(&peer, 0, "\r\nX-Evil").map(|()| "no field was added".into())
        }),
        other(17, "reqwest as it comes", |_| {
            let peer = RawPeer::answer(END);
            let url = format!("http://good.test:{}\\@evil.test:1/", peer.port());
            let status = reqwest_get(&url, &["good.test", "evil.test"], &[])?;
            has(&peer, 0, "host: good.test")?;
            safe(
                status != 200,
                "it went to good.test, other readers to evil.test",
            )?;
            Ok("it was refused".into())
        }),
    ],
};

fn line_breaks(cx: &Context) -> Result<String> {
    let peer = RawPeer::answer(END);
    let client = cx.client()?;
    let invalid = [ErrorKind::InvalidRequest];
    for text in [
        "\r\n",
        "\n",
        "\r",
        "\0",
        "\r\n\r\nGET /evil HTTP/1.1\r\n\r\n",
    ] {
        let evil = format!("a{text}X-Evil: 1");
        let plain = || cx.request(&peer.url("/"), "{}");
        let with = |change: &dyn Fn(&mut Request)| {
            plain().map(|mut request| {
                change(&mut request);
                request
            })
        };
        for request in [
            cx.request(&peer.url(&format!("/{evil}")), "{}")?,
            with(&|r| r.user_agent = Some(evil.clone()))?,
            with(&|r| r.accept = Some(evil.clone()))?,
            with(&|r| r.content_type = Some(evil.clone()))?,
            with(&|r| r.oauth_token = Some(evil.clone().into()))?,
        ] {
            refused(cx.call(&client, request), &invalid)?;
        }
        let mut headers = plain()?.headers;
        safe(
            headers.append("X", evil.as_str()).is_err(),
            "a value was taken",
        )?;
        let name = format!("X: 1{text}X-Evil");
        safe(
            headers.append(name.as_str(), "1").is_err(),
            "a name was taken",
        )?;
        let method = format!("GET / HTTP/1.1{text}X-Evil: 1\r\n\r\nGET");
        safe(
            Method::from_bytes(method.as_bytes()).is_err(),
            "a method was taken",
        )?;
    }
    safe(peer.connections() == 0, "something was sent")?;
    Ok("error invalid-request, nothing sent".into())
}

fn authorities(cx: &Context) -> Result<String> {
    let evil = RawPeer::answer(END);
    let good = RawPeer::answer(END);
    let (e, g) = (evil.port(), good.port());
    let client = cx.client_with(|d| d.resolve = Some(at_loopback(&["good.test", "evil.test"])))?;
    for url in [
        format!("http://good.test:{g}\\@evil.test:{e}/"),
        format!("http://evil.test:{e}\\@good.test:{g}/"),
        format!("http://good.test%2f.evil.test:{e}/"),
        format!("http://a@good.test:{g}@evil.test:{e}/"),
        format!("http://good.test:{g}:{e}/"),
        "http://127.1/".into(),
        "http://0x7f.1/".into(),
        "http://2130706433/".into(),
    ] {
        refused(
            cx.call(&client, cx.request(&url, "{}")?),
            &[ErrorKind::InvalidRequest],
        )?;
    }
    safe(
        evil.connections() + good.connections() == 0,
        "something was sent",
    )?;
    // These can be read in one way only.
    for end in ["#@", "?@", "/@"] {
        let url = format!("http://good.test:{g}{end}evil.test:{e}/");
        cx.call(&client, cx.request(&url, "{}")?)?;
    }
    safe(evil.connections() == 0, "it went to evil.test")?;
    Ok("error invalid-request, nothing sent".into())
}
