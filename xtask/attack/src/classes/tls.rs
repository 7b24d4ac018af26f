//! Whom we speak to, and as whom: rows 45 and 59.

use anyhow::Result;
use courser::{Bytes, ErrorKind};
use courser_testkit::{RawPeer, Tls};

use super::{END, at_loopback, attack, has, other, refused, weak};
use crate::harness::{Class, Context, safe};

pub(crate) const CLASS: Class = Class {
    attacks: &[
        attack(45, "a connection used under other settings of TLS", reused),
        attack(
            59,
            "certificates of others, expired or self-signed",
            certificates,
        ),
    ],
    controls: &[
        weak(45, "{:insecure true}"),
        other(45, "the same settings", |cx| {
            let peer = RawPeer::builder().tls_with(Tls::new()).answer(END);
            let client = cx.client()?;
            for _ in 0..2 {
                cx.call(&client, cx.request(&peer.url("/"), "{:insecure true}")?)?;
            }
            safe(
                peer.connections() > 1,
                "the second went over the connection of the first",
            )?;
            Ok("it is not reused at all".into())
        }),
        weak(59, "{:insecure true}"),
    ],
};

fn reused(cx: &Context) -> Result<String> {
    let peer = RawPeer::builder().tls_with(Tls::new()).answer(END);
    let client = cx.client()?;
    cx.call(&client, cx.request(&peer.url("/"), "{:insecure true}")?)?;
    has(&peer, 0, "get / ")?;
    let strict = cx.call(&client, cx.request(&peer.url("/"), "{}")?);
    let text = refused(strict, &[ErrorKind::Tls])?;
    Ok(format!("not the connection of an insecure call: {text}"))
}

fn certificates(cx: &Context) -> Result<String> {
    let bad: [fn(Tls) -> Tls; 3] = [
        |tls| tls.host("other.test"),
        |tls| tls.host("h.test").expired(),
        |tls| tls.host("h.test").self_signed(),
    ];
    let mut count = 0;
    for make in bad {
        let peer = RawPeer::builder().tls_with(make(Tls::new())).answer(END);
        let ca = Bytes::copy_from_slice(peer.ca().der());
        let client = cx.client_with(|d| {
            d.trusted_certificates = Some(vec![ca]);
            d.resolve = Some(at_loopback(&["h.test"]));
        })?;
        let url = format!("https://h.test:{}/", peer.port());
        let result = cx.call(&client, cx.request(&url, "{}")?);
        refused(result, &[ErrorKind::Tls])?;
        count += 1;
    }
    Ok(format!("error tls for each of {count}, nothing sent"))
}
