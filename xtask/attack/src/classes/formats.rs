//! Documents that mean to take the stack, the memory or the time of who reads them: rows 36, 40 and 41.

use anyhow::{Result, bail};
use courser::ErrorKind;
use courser_testkit::{RawPeer, thread_cpu_time};

use super::{attack, other, refused};
use crate::harness::{Class, Context, safe};

pub(crate) const CLASS: Class = Class {
    attacks: &[
        attack(36, "MessagePack: depth, and lengths of 4 GiB", |cx| {
            let deep = [vec![0x91; LEVELS], [0x81, 1].repeat(LEVELS)];
            let long = [0xdb, 0xc6, 0xc9, 0xdd, 0xdf].map(|it| vec![it, 255, 255, 255, 255]);
            let documents: Vec<Vec<u8>> = deep.into_iter().chain(long).collect();
            each(cx, "application/msgpack", documents.clone())?;
            each(cx, "application/transit+msgpack", documents)
        }),
        attack(40, "forms: nesting, sparse indices, many names", forms),
        attack(41, "charsets in contradiction", |cx| {
            let body = b"{\"a\": \"+ADw-script+AD4-\"}".to_vec();
            each(cx, "application/json; charset=utf-7", [body])?;
            each(
                cx,
                "application/json; charset=utf-8",
                [b"\"\xff\"".to_vec()],
            )
        }),
    ],
    controls: &[
        other(36, "a length that is believed", |cx| {
            let buffer = cx.measured(|| Vec::<u8>::with_capacity(1 << 30).capacity());
            Ok(format!("{buffer} bytes"))
        }),
        other(40, "a vector up to the index", |cx| {
            let items = cx.measured(|| vec![String::new(); 4_000_000].len());
            Ok(format!("{items} items"))
        }),
    ],
};

const LEVELS: usize = 1_000_000;

/// Each document has to be refused by the decoder, in little time.
fn each(
    cx: &Context,
    content_type: &str,
    documents: impl IntoIterator<Item = Vec<u8>>,
) -> Result<String> {
    for document in documents {
        refused(read(cx, content_type, &document)?, &[ErrorKind::Decode])?;
    }
    Ok("error decode".into())
}

fn read(
    cx: &Context,
    content_type: &str,
    document: &[u8],
) -> Result<Result<courser::Response, courser::Error>> {
    let length = document.len();
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {length}");
    let peer = RawPeer::answer([head.as_bytes(), b"\r\n\r\n", document].concat());
    let request = cx.request(&peer.url("/"), "{:as :auto}")?;
    let start = thread_cpu_time();
    let answer = cx.call(&cx.client()?, request);
    let took = thread_cpu_time().saturating_sub(start);
    safe(took.as_secs() < 4, format!("{took:.1?} of CPU"))?;
    Ok(answer)
}

fn forms(cx: &Context) -> Result<String> {
    let media_type = "application/x-www-form-urlencoded";
    let documents = [
        format!("a{}=1", "[b]".repeat(100_000)),
        "a[4000000000]=1".to_owned(),
        "a[0]=1&a[4294967295]=2".to_owned(),
        "&".repeat(LEVELS),
    ];
    for document in documents {
        match read(cx, media_type, document.as_bytes())? {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Decode => {}
            Err(error) => bail!("another error: {error}"),
        }
    }
    let many = (0..100_000).map(|n| format!("a{n}=")).collect::<Vec<_>>();
    match read(cx, media_type, many.join("&").as_bytes())? {
        Ok(_) => Ok("read in bounds".into()),
        Err(error) if error.kind() == ErrorKind::Decode => Ok("read in bounds, or refused".into()),
        Err(error) => bail!("another error: {error}"),
    }
}
