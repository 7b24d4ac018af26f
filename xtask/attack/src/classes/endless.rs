//! Answers that do not come to an end: rows 22–25.

use std::io;
use std::time::Duration;

use anyhow::Result;
use courser::{ErrorKind, Phase, Timeout};
use courser_testkit::{RawPeer, Wire};

use super::{attack, other, refused, weak};
use crate::harness::{Class, Context, safe};
use crate::naive::raw;

pub(crate) const CLASS: Class = Class {
    attacks: &[
        attack(22, "endless header fields", headers),
        attack(23, "endless 1xx answers", informational),
        attack(24, "an answer that stops coming", stalled),
        attack(25, "endless body, endless chunk extension", body),
    ],
    controls: &[
        other(22, "a reader without limit", |_| {
            let peer = endless_headers();
            let head = raw(peer.addr(), ASK, 64 << 20)?.len();
            safe(head < 64 << 20, "64 MiB were read, and no end")?;
            Ok("it ended".into())
        }),
        other(23, "a reader without limit", |_| {
            let peer = endless_informational();
            let answers = raw(peer.addr(), ASK, 4 << 20)?.len() / EARLY.len();
            safe(answers < 1000, format!("{answers} were read, and no end"))?;
            Ok("it ended".into())
        }),
        weak(24, "{:socket-timeout 0}"),
        weak(25, "{:max-body-size 1000000000000}"),
    ],
};

const ASK: &str = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const EARLY: &str = "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n";

/// Sends a head, and then `piece` until it was told to stop, or for so many bytes that nobody may take them all.
fn endless(head: &'static str, piece: impl Fn() -> Vec<u8> + Send + Sync + 'static) -> RawPeer {
    const ENOUGH: usize = 128 << 20;
    RawPeer::serve(move |wire: &mut Wire| -> io::Result<()> {
        wire.read_head()?;
        wire.send(head)?;
        let piece = piece();
        for _ in 0..ENOUGH / piece.len() {
            wire.send(&piece)?;
        }
        wire.send("0\r\n\r\n")
    })
}

fn endless_headers() -> RawPeer {
    endless("HTTP/1.1 200 OK\r\n", || {
        format!("X: {}\r\n", "x".repeat(10_000)).into_bytes()
    })
}

fn endless_informational() -> RawPeer {
    endless("", || EARLY.repeat(200).into_bytes())
}

fn headers(cx: &Context) -> Result<String> {
    let peer = endless_headers();
    let result = cx.call(&cx.client()?, cx.request(&peer.url("/"), "{}")?);
    let long = refused(result, &[ErrorKind::Protocol, ErrorKind::Io])?;
    // Many short ones, on one line without end, and a status line without end.
    for (head, piece) in [
        ("HTTP/1.1 200 OK\r\n", "X: y\r\n"),
        ("HTTP/1.1 200 OK\r\nX: ", "yyyyyyyyyyyyyyyy"),
        ("HTTP/1.1 200 ", "OK OK OK OK OK"),
    ] {
        let peer = endless(head, move || piece.repeat(1000).into_bytes());
        let result = cx.call(&cx.client()?, cx.request(&peer.url("/"), "{}")?);
        refused(result, &[ErrorKind::Protocol, ErrorKind::Io])?;
    }
    Ok(long)
}

fn informational(cx: &Context) -> Result<String> {
    let peer = endless_informational();
    let result = cx.call(
        &cx.client()?,
        cx.request(&peer.url("/"), "{:timeout 5000}")?,
    );
    // A transport that hides them can be limited in time only.
    let total = ErrorKind::Timeout(Timeout::Total(Phase::Head));
    refused(result, &[ErrorKind::Protocol, ErrorKind::Io, total])
}

fn stalled(cx: &Context) -> Result<String> {
    let mut came = Vec::new();
    for (answer, phase) in [
        ("HTTP/1.1 200 OK\r\nContent-", Phase::Head),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
            Phase::Body,
        ),
    ] {
        let peer = RawPeer::serve(move |wire| {
            wire.read_head()?;
            wire.send(answer)?;
            wire.hang()
        });
        let client = cx.client_with(|d| d.socket_timeout = Some(Duration::from_millis(300)))?;
        let result = cx.call(&client, cx.request(&peer.url("/"), "{:timeout 3000}")?);
        if let Err(error) = &result {
            let only_total = error.kind() == ErrorKind::Timeout(Timeout::Total(phase));
            safe(!only_total, "nothing but the limit of the whole ended it")?;
        }
        came.push(refused(
            result,
            &[ErrorKind::Timeout(Timeout::Idle(phase))],
        )?);
    }
    came.dedup();
    Ok(came.join(", "))
}

fn body(cx: &Context) -> Result<String> {
    const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let client = cx.client_with(|d| d.max_body_size = Some(4 << 20))?;
    let peer = endless(CHUNKED, || {
        ["4000\r\n".as_bytes(), &[b'x'; 0x4000], b"\r\n"].concat()
    });
    let result = cx.call(&client, cx.request(&peer.url("/"), "{}")?);
    let body = refused(result, &[ErrorKind::BodyLimit])?;

    let start = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;";
    let peer = endless(start, || "extension;".repeat(1000).into_bytes());
    let result = cx.call(&client, cx.request(&peer.url("/"), "{}")?);
    let extension = refused(result, &[ErrorKind::Protocol, ErrorKind::Io])?;
    // What is short is fine.
    let peer = RawPeer::answer(format!("{CHUNKED}3;a=b\r\nend\r\n0\r\n\r\n"));
    let fine = cx.call(&client, cx.request(&peer.url("/"), "{}")?)?;
    anyhow::ensure!(fine.text()? == "end", "another answer");
    Ok(format!("{body}; {extension}"))
}
