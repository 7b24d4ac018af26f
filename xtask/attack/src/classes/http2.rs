//! Frames without end: row 26.

use std::io;

use anyhow::Result;
use courser::{Bytes, ErrorKind, Phase, Timeout};
use courser_testkit::http2::{
    CONTINUATION, DATA, END_HEADERS, HEADERS, OK, PING, PREFACE, PUSH_PROMISE, RST_STREAM,
    SETTINGS, WINDOW_UPDATE, frame, greet, read,
};
use courser_testkit::{RawPeer, RawPeerBuilder, Tls, Wire};

use super::{attack, other, refused};
use crate::harness::{Class, Context, safe};
use crate::naive::raw;

pub(crate) const CLASS: Class = Class {
    attacks: &[attack(26, "floods of HTTP/2 frames", floods)],
    controls: &[other(26, "a reader without limit", |_| {
        let peer = flood(
            RawPeer::builder(),
            FLOODS.first().map_or(&[], |(_, flood)| *flood),
        );
        let mut ask = PREFACE.to_vec();
        ask.extend(frame(HEADERS, END_HEADERS, 1, b"\x82"));
        let got = raw(peer.addr(), &ask, 64 << 20)?.len();
        safe(
            got < 64 << 20,
            "64 MiB of one field section were read, and no end",
        )?;
        Ok("it ended".into())
    })],
};

/// Pieces of frames: kind, flags, stream, payload; the last is sent without end.
type Flood = &'static [(u8, u8, u32, &'static [u8])];

/// A field of 1 kB that no table knows, not to be kept in one: its name, its length, its value.
const FIELD: &[u8] = &{
    let mut field = [b'x'; 1024];
    let head = [0x00, 0x01, b'x', 0x7f, 0xfb, 0x06];
    let mut at = 0;
    while at < head.len() {
        // Within bounds: both are known here.
        #[allow(clippy::indexing_slicing)]
        {
            field[at] = head[at];
        }
        at += 1;
    }
    field
};

/// `:status: 103`: the name from the static table, the value as it is.
const EARLY_HINTS: &[u8] = b"\x08\x03103";

const FLOODS: [(&str, Flood); 8] = [
    (
        "CONTINUATION",
        &[(HEADERS, 0, 1, OK), (CONTINUATION, 0, 1, FIELD)],
    ),
    (
        "empty CONTINUATION",
        &[(HEADERS, 0, 1, OK), (CONTINUATION, 0, 1, b"")],
    ),
    (
        "empty DATA",
        &[(HEADERS, END_HEADERS, 1, OK), (DATA, 0, 1, b"")],
    ),
    ("PING", &[(PING, 0, 0, b"12345678")]),
    ("SETTINGS", &[(SETTINGS, 0, 0, b"\x00\x04\x00\x00\xff\xff")]),
    (
        "PUSH_PROMISE",
        &[(PUSH_PROMISE, END_HEADERS, 1, b"\x00\x00\x00\x02\x82")],
    ),
    (
        "interim answers (1xx)",
        &[(HEADERS, END_HEADERS, 1, EARLY_HINTS)],
    ),
    (
        "RST_STREAM and WINDOW_UPDATE",
        &[
            (RST_STREAM, 0, 1, b"\0\0\0\x08"),
            (WINDOW_UPDATE, 0, 0, b"\0\0\0\x01"),
        ],
    ),
];

/// A peer that floods whoever asks it for something.
fn flood(builder: RawPeerBuilder, flood: Flood) -> RawPeer {
    /// More than anybody may take.
    const ENOUGH: usize = 128 << 20;
    builder.serve(move |wire: &mut Wire| -> io::Result<()> {
        greet(wire)?;
        // Until the client's own request is there.
        while read(wire)?.0 != HEADERS {}
        let frames = flood
            .iter()
            .map(|(kind, flags, stream, payload)| frame(*kind, *flags, *stream, payload));
        let mut frames: Vec<Vec<u8>> = frames.collect();
        let last = frames.pop().unwrap_or_default();
        wire.send(frames.concat())?;
        let many = last.repeat(100);
        for _ in 0..ENOUGH / many.len() {
            wire.send(&many)?;
        }
        Ok(())
    })
}

fn floods(cx: &Context) -> Result<String> {
    let mut came = Vec::new();
    for (name, frames) in FLOODS {
        let peer = flood(
            RawPeer::builder().tls_with(Tls::new().alpn(&["h2"])),
            frames,
        );
        let ca = Bytes::copy_from_slice(peer.ca().der());
        let client = cx.client_with(|d| d.trusted_certificates = Some(vec![ca]))?;
        let result = cx.send(&client, cx.request(&peer.url("/"), "{:timeout 4000}")?);
        // What costs neither memory nor much time may end by the limit of time.
        let total = |phase| ErrorKind::Timeout(Timeout::Total(phase));
        let fine = [
            ErrorKind::Protocol,
            ErrorKind::Io,
            total(Phase::Head),
            total(Phase::Body),
        ];
        came.push(format!("{name}: {}", refused(result, &fine)?));
    }
    Ok(came.join(", "))
}
