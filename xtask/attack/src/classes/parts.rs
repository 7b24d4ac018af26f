//! Bodies in parts whose words mean more than they seem: rows 15 and 16.

use std::collections::HashSet;

use anyhow::{Context as _, Result};
use courser::{ErrorKind, MultipartMode, Part};
use courser_testkit::RawPeer;

use super::{END, attack, has_not, other, refused};
use crate::harness::{Class, Context, safe};
use crate::naive::raw;

pub(crate) const CLASS: Class = Class {
    attacks: &[
        attack(15, "line breaks in heads of parts", heads),
        attack(16, "guessable multipart boundary", boundaries),
    ],
    controls: &[
        other(15, "a file name written as it is", |_| {
            let peer = RawPeer::answer(END);
            let part = format!("Content-Disposition: form-data; name=\"f\"; filename=\"{EVIL}\"");
            let body = format!("--b\r\n{part}\r\n\r\nx\r\n--b--\r\n");
            let head = format!(
                "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {}",
                body.len()
            );
            raw(
                peer.addr(),
                format!("{head}\r\n\r\n{body}"),
                END.len() as u64,
            )?;
            has_not(&peer, 0, "\r\nX-Evil").map(|()| "no field was added".into())
        }),
        other(16, "a counter for a boundary", |_| {
            let drawn = (7_u128..9).map(|n| format!("{n:032x}"));
            unguessable(&drawn.collect::<Vec<_>>())?;
            Ok("none follows from the last".into())
        }),
    ],
};

const EVIL: &str = "a\"\r\nX-Evil: 1\r\n\r\n--b";

fn heads(cx: &Context) -> Result<String> {
    let client = cx.client()?;
    for mode in [
        MultipartMode::Strict,
        MultipartMode::BrowserCompatible,
        MultipartMode::Rfc6532,
    ] {
        for evil in [EVIL, "a\nX-Evil: 1", "a\rX-Evil: 1"] {
            let peer = RawPeer::answer(END);
            let mut request = cx.request(&peer.url("/"), "{:method :post}")?;
            request.multipart = Some(vec![Part::new(evil, "x").file_name(evil)]);
            request.multipart_mode = Some(mode);
            cx.call(&client, request)?;
            has_not(&peer, 0, "\r\nX-Evil")?;
            has_not(&peer, 0, "\nX-Evil")?;
            has_not(&peer, 0, "\rX-Evil")?;
        }
    }
    let peer = RawPeer::answer(END);
    for part in [
        Part::new("a", "x").mime_type(format!("text/plain{EVIL}")),
        Part::new("a", "x").encoding(format!("utf-8{EVIL}")),
        Part::new("a", "x").header("X", EVIL),
        Part::new("a", "x").header(EVIL, "x"),
    ] {
        let mut request = cx.request(&peer.url("/"), "{:method :post}")?;
        request.multipart = Some(vec![part]);
        refused(cx.call(&client, request), &[ErrorKind::InvalidRequest])?;
    }
    safe(peer.connections() == 0, "something was sent")?;
    Ok("escaped, or error invalid-request".into())
}

fn boundaries(cx: &Context) -> Result<String> {
    let client = cx.client()?;
    let mut drawn = Vec::new();
    for _ in 0..64 {
        let peer = RawPeer::answer(END);
        let mut request = cx.request(&peer.url("/"), "{:method :post}")?;
        request.multipart = Some(vec![Part::new("a", "x")]);
        cx.call(&client, request)?;
        let text = peer.received_text(0);
        let (_, boundary) = text.split_once("boundary=").context("no boundary")?;
        drawn.push(boundary.lines().next().unwrap_or_default().to_owned());
    }
    unguessable(&drawn)?;
    Ok("128 random bits each".into())
}

/// Of 128 bits, some half differ from one to the next; of fewer than a quarter there is a pattern.
fn unguessable(drawn: &[String]) -> Result<()> {
    let distinct: HashSet<&String> = drawn.iter().collect();
    safe(distinct.len() == drawn.len(), "one came twice")?;
    for two in drawn.windows(2) {
        if let [a, b] = two {
            let [a, b] = [a, b].map(|it| u128::from_str_radix(it, 16).unwrap_or_default());
            let differ = (a ^ b).count_ones();
            safe(differ >= 32, format!("only {differ} bits changed"))?;
        }
    }
    Ok(())
}
