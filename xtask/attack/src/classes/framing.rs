//! Answers whose end can be read in two ways: rows 42 and 43.

use anyhow::{Result, ensure};
use courser::ErrorKind;
use courser_testkit::RawPeer;

use super::{attack, other};
use crate::harness::{Class, Context, safe};
use crate::naive::by_length;

pub(crate) const CLASS: Class = Class {
    attacks: &[
        attack(42, "lengths that contradict each other", lengths),
        attack(43, "an answer before it was asked for", early),
    ],
    controls: &[
        other(42, "a reader that believes Content-Length", |_| {
            let (answer, _) = LENGTHS.first().copied().unwrap_or_default();
            let bodies = by_length(&RawPeer::answer(format!("{answer}{EVIL}")))?;
            safe(
                bodies.last().is_none_or(|body| body != "evil"),
                "it took the wrong answer",
            )?;
            Ok(format!("it took {bodies:?}"))
        }),
        other(43, "a reader that reads on", |_| {
            let bodies = by_length(&RawPeer::answer(format!("{GOOD}{EVIL}")))?;
            safe(
                bodies.last().is_none_or(|body| body != "evil"),
                "it took the wrong answer",
            )?;
            Ok(format!("it took {bodies:?}"))
        }),
    ],
};

const GOOD: &str = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood";
/// What must never be taken for an answer.
const EVIL: &str = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";

/// Answers, and whether RFC 9112, section 6.3, has them refused in any case.
const LENGTHS: &[(&str, bool)] = &[
    (
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        false,
    ),
    (
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        false,
    ),
    (
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 4\r\n\r\ngood",
        true,
    ),
    ("HTTP/1.1 200 OK\r\nContent-Length: 2, 4\r\n\r\ngood", true),
    ("HTTP/1.1 200 OK\r\nContent-Length: +4\r\n\r\ngood", true),
    ("HTTP/1.1 200 OK\r\nContent-Length: 0x4\r\n\r\ngood", true),
    ("HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\ngood", true),
    ("HTTP/1.1 200 OK\r\nContent-Length: 4 4\r\n\r\ngood", true),
    (
        "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551620\r\n\r\ngood",
        true,
    ),
    ("HTTP/1.1 200 OK\r\nContent-Length : 4\r\n\r\ngood", true),
];

/// Asks twice; whatever becomes of it, the second answer must not be the one that was slipped in. How the first went.
fn twice(cx: &Context, answer: &str) -> Result<Result<String, ErrorKind>> {
    let first = format!("{answer}{EVIL}");
    let peer = RawPeer::serve(move |wire| {
        while !wire.at_end()? {
            wire.read_request()?;
            wire.send(if wire.id() == 0 { first.as_str() } else { GOOD })?;
        }
        Ok(())
    });
    let client = cx.client()?;
    let mut came = Vec::new();
    for _ in 0..2 {
        let result = cx.call(&client, cx.request(&peer.url("/"), "{}")?);
        if let Ok(response) = &result {
            safe(
                response.text()? != "evil",
                format!("the slipped-in answer was taken after {answer:?}"),
            )?;
        }
        came.push(result);
    }
    let first = came.swap_remove(0);
    match first {
        Ok(response) => Ok(Ok(response.text()?.into_owned())),
        Err(error) => Ok(Err(error.kind())),
    }
}

fn lengths(cx: &Context) -> Result<String> {
    let mut first = String::new();
    for (answer, refuse) in LENGTHS {
        let came = twice(cx, answer)?;
        match came {
            Ok(text) => {
                safe(!refuse, format!("{answer:?} was taken"))?;
                // Chunked wins, so that the body is empty.
                ensure!(text.is_empty(), "{answer:?} gave {text:?}");
                first = "with chunked: that wins, and the connection is closed".into();
            }
            Err(kind) => {
                let fine = matches!(kind, ErrorKind::Protocol | ErrorKind::Io);
                ensure!(fine, "{answer:?}: error {}", kind.name());
                if !refuse {
                    first = "with chunked: error protocol".into();
                }
            }
        }
    }
    Ok(format!("error protocol; {first}"))
}

fn early(cx: &Context) -> Result<String> {
    let came = twice(cx, GOOD)?;
    safe(!matches!(&came, Ok(text) if text == "evil"), "it was taken")?;
    Ok("it is never read: its connection is not used again".into())
}
