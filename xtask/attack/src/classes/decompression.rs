//! Bodies that grow when they are decoded, or are cut: rows 19–21 and 44.

use std::io::{Read, Write};
use std::sync::OnceLock;

use anyhow::{Result, ensure};
use courser::ErrorKind;
use courser_testkit::RawPeer;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::{END, attack, other, refused, weak};
use crate::harness::{Class, Context, safe};

pub(crate) const CLASS: Class = Class {
    attacks: &[
        attack(19, "decompression bomb, collected and streamed", bomb),
        attack(20, "long chains of codings", chain),
        attack(21, "a bomb in the body of a redirect", bomb_in_redirect),
        attack(44, "truncated bodies", truncated),
    ],
    controls: &[
        weak(19, "{:max-decompression-ratio 1000000000}"),
        other(20, "each coding undone", |cx| {
            // The bomb in two codings is far beyond the ratio: nothing but limits holds it.
            let twice = gzip(large());
            let peer = encoded("gzip, gzip", &twice);
            let request = cx.request(&peer.url("/"), "{:max-decompression-ratio 1000000000}")?;
            cx.call(&cx.client()?, request)?;
            safe(false, format!("{} bytes became {SIZE}", twice.len()))?;
            Ok(String::new())
        }),
        weak(
            21,
            "{:redirect-strategy :none :max-decompression-ratio 1000000000}",
        ),
        weak(44, "{:decompress-body false}"),
    ],
};

/// How large a bomb becomes.
const SIZE: usize = 64 << 20;

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to a `Vec` cannot fail.
    let _ = encoder.write_all(data);
    encoder.finish().unwrap_or_default()
}

/// A bomb, made once.
fn large() -> &'static [u8] {
    static BOMB: OnceLock<Vec<u8>> = OnceLock::new();
    BOMB.get_or_init(|| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let zeros = vec![0; 1 << 20];
        for _ in 0..SIZE >> 20 {
            let _ = encoder.write_all(&zeros);
        }
        encoder.finish().unwrap_or_default()
    })
}

fn head(status: &str, encoding: &str, length: usize) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Encoding: {encoding}\r\nContent-Length: {length}\r\n\r\n")
}

/// A peer that answers with that body, which is encoded so.
fn encoded(encoding: &str, body: &[u8]) -> RawPeer {
    RawPeer::answer([head("200 OK", encoding, body.len()).as_bytes(), body].concat())
}

fn bomb(cx: &Context) -> Result<String> {
    let peer = encoded("gzip", large());
    let client = cx.client()?;
    let collected = cx.call(&client, cx.request(&peer.url("/"), "{}")?);
    let collected = refused(collected, &[ErrorKind::BodyLimit])?;

    let stream = cx.call(&client, cx.request(&peer.url("/"), "{:as :stream}")?)?;
    let read = cx.measured(|| {
        let (mut reader, mut read, mut buf) = (stream.reader(), 0, [0; 1 << 14]);
        loop {
            match reader.read(&mut buf) {
                Ok(0) => return Ok(read),
                Ok(count) => read += count,
                Err(_) => return Err(read),
            }
        }
    });
    let Err(read) = read else {
        safe(false, "the whole of it was streamed")?;
        return Ok(String::new());
    };
    Ok(format!("{collected}; as a stream after {} MiB", read >> 20))
}

fn chain(cx: &Context) -> Result<String> {
    let mut body = b"text".to_vec();
    for _ in 0..6 {
        body = gzip(&body);
    }
    let client = cx.client()?;
    for count in [6, 1000] {
        let peer = encoded(&vec!["gzip"; count].join(","), &body);
        let result = cx.call(&client, cx.request(&peer.url("/"), "{}")?);
        refused(result, &[ErrorKind::Decode])?;
    }
    let twice = gzip(large());
    let peer = encoded("gzip, gzip", &twice);
    let result = cx.call(&client, cx.request(&peer.url("/"), "{}")?);
    refused(result, &[ErrorKind::BodyLimit])?;
    Ok("6 codings: error decode; a bomb in two: error body-limit".into())
}

fn bomb_in_redirect(cx: &Context) -> Result<String> {
    let mut answer = head("302 Found\r\nLocation: /1", "gzip", large().len()).into_bytes();
    answer.extend(large());
    let peer = RawPeer::answers([answer, END.into()]);
    let response = cx.call(&cx.client()?, cx.request(&peer.url("/"), "{}")?)?;
    safe(response.bytes().len() <= SIZE / 2, "it was inflated")?;
    ensure!(response.text()? == "end", "another answer");

    // One that never ends is not waited for.
    let peer = RawPeer::serve(|wire| {
        wire.read_request()?;
        if wire.id() > 0 {
            return wire.send(END);
        }
        wire.send("HTTP/1.1 302 Found\r\nLocation: /1\r\nTransfer-Encoding: chunked\r\n\r\n")?;
        loop {
            wire.send("400\r\n")?;
            wire.send([b'x'; 1024])?;
            wire.send("\r\n")?;
        }
    });
    let response = cx.call(&cx.client()?, cx.request(&peer.url("/"), "{}")?)?;
    ensure!(response.text()? == "end", "another answer");
    Ok("followed, not inflated; nor waited for if it never ends".into())
}

fn truncated(cx: &Context) -> Result<String> {
    let client = cx.client()?;
    let whole = gzip(b"text that is cut");
    for cut in [0, 1, 8, whole.len() - 1] {
        let peer = encoded("gzip", whole.get(..whole.len() - cut).unwrap_or_default());
        let result = cx.call(&client, cx.request(&peer.url("/"), "{}")?);
        if cut == 0 {
            result?;
        } else {
            refused(result, &[ErrorKind::Decode])?;
        }
    }
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nshort",
    ] {
        let peer = RawPeer::serve(move |wire| {
            wire.read_head()?;
            wire.send(answer)?;
            wire.close();
            Ok(())
        });
        let result = cx.call(&client, cx.request(&peer.url("/"), "{}")?);
        refused(result, &[ErrorKind::Io, ErrorKind::Protocol])?;
    }
    Ok("error decode; by length or chunks error io".into())
}
