//! Data that a careless decoder chokes on, whole and as a stream: rows 34, 35, 37, 38 and 39.

use anyhow::{Result, ensure};
use courser::{ErrorKind, Value};
use courser_testkit::{Body, RawPeer, Server};
use http::Response;

use super::{attack, other, refused};
use crate::harness::{Class, Context, safe};

pub(crate) const CLASS: Class = Class {
    attacks: &[
        attack(34, "XML: entities, DTD, doubled attributes, nesting", xml),
        attack(
            35,
            "JSON: nesting, digits, and items and events without end",
            json,
        ),
        attack(37, "EDN: nesting of every kind", edn_depth),
        attack(38, "EDN: #=, doubled keys, huge ratios", edn_words),
        attack(
            39,
            "Transit: codes, tags, arities, digits, expansion",
            transit,
        ),
    ],
    controls: &[
        other(34, "a reader that expands entities", |cx| {
            let text = cx.measured(|| expand(LEVELS));
            Ok(format!("{} bytes", text.len()))
        }),
        other(35, "a reader that calls itself for each level", |_| {
            descends("[")
        }),
        other(37, "a reader that calls itself for each level", |_| {
            descends("#{")
        }),
        other(39, "a cache without a limit of what it stands for", |cx| {
            let text = cx.measured(|| "k".repeat(1 << 16).repeat(1 << 10));
            Ok(format!("{} bytes", text.len()))
        }),
    ],
};

const DEEP: usize = 1_000_000;
/// Of entities, ten times as many each.
const LEVELS: u32 = 7;

/// The text of the entity of so many levels.
fn expand(level: u32) -> String {
    match level {
        0 => "ha".repeat(5),
        _ => expand(level - 1).repeat(10),
    }
}

/// How deep a reader goes that calls itself for each such beginning; it gives up where a small
/// stack would have ended.
fn descends(open: &str) -> Result<String> {
    fn descend(text: &str, open: &str, depth: usize) -> usize {
        match text.strip_prefix(open) {
            Some(inner) if depth < 2000 => descend(inner, open, depth + 1),
            _ => depth,
        }
    }
    let depth = descend(&open.repeat(DEEP), open, 0);
    safe(depth < 2000, "it calls itself as deep as the server likes")?;
    Ok(format!("{depth} calls"))
}

/// A body that has to be an error under `:as`.
fn refuses(cx: &Context, form: &str, body: impl Into<Vec<u8>>) -> Result<()> {
    let mut answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ".to_vec();
    let body = body.into();
    answer.extend_from_slice(format!("{}\r\n\r\n", body.len()).as_bytes());
    answer.extend_from_slice(&body);
    let peer = RawPeer::answer(answer);
    let request = cx.request(&peer.url("/"), &format!("{{:as {form}}}"))?;
    refused(cx.call(&cx.client()?, request), &[ErrorKind::Decode]).map(drop)
}

fn xml(cx: &Context) -> Result<String> {
    let entities = (1..=LEVELS).fold("<!ENTITY a0 'hahahahaha'>".to_owned(), |all, n| {
        let inner = format!("&a{};", n - 1).repeat(10);
        all + &format!("<!ENTITY a{n} '{inner}'>")
    });
    let bomb = format!("<!DOCTYPE b [{entities}]><b>&a{LEVELS};</b>");
    refuses(cx, ":xml", bomb)?;
    refuses(
        cx,
        ":xml",
        "<!DOCTYPE f [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><f>&x;</f>",
    )?;
    refuses(cx, ":xml", "<f>&x;</f>")?;
    refuses(cx, ":xml", "<f a='1' a='2'/>")?;
    refuses(cx, ":xml", "<a>".repeat(DEEP))?;
    let attributes = (0..20_000).fold(String::new(), |all, n| all + &format!(" a{n}=''"));
    refuses(cx, ":xml", format!("<f{attributes} a0=''/>"))?;
    Ok("an error each".into())
}

fn json(cx: &Context) -> Result<String> {
    refuses(cx, ":json", "[".repeat(DEEP))?;
    refuses(cx, ":json", "{\"a\":".repeat(DEEP))?;
    refuses(cx, ":json", "7".repeat(DEEP))?;
    // Within a stream: too deep, and without an end.
    for (begin, more) in [
        ("[1,", "["),
        ("[1,\"", "x"),
        ("[1,", "7"),
        ("[1,{\"a\":[1],", "\"k\":2,"),
    ] {
        let (_server, response) = endless(cx, begin, more)?;
        let items = response.items::<Value>()?.max_item_size(1 << 20);
        let (first, second) = cx.measured(|| {
            let mut items = items.into_iter();
            let first = items.next().is_some_and(|item| item.is_ok());
            (first, items.next())
        });
        ensure!(first, "the first item is lost");
        let error = second.and_then(Result::err).map(|error| error.kind());
        safe(
            error == Some(ErrorKind::Decode),
            format!("an endless item: {error:?}"),
        )?;
    }
    for (begin, more) in [
        ("data: 1\n\ndata: ", "x"),
        ("data: 1\n\n", "data: x\n"),
        ("data: 1\n\n", "id"),
    ] {
        let (_server, response) = endless(cx, begin, more)?;
        let events = response.events().max_event_size(1 << 20);
        let (first, second) = cx.measured(|| {
            let mut events = events.into_iter();
            let first = events.next().is_some_and(|event| event.is_ok());
            (first, events.next())
        });
        ensure!(first, "the first event is lost");
        let error = second.and_then(Result::err).map(|error| error.kind());
        safe(
            error == Some(ErrorKind::BodyLimit),
            format!("an endless event: {error:?}"),
        )?;
    }
    Ok("an error each".into())
}

/// The response to a request whose body never ends.
fn endless(
    cx: &Context,
    begin: &'static str,
    more: &'static str,
) -> Result<(Server, courser::Response)> {
    let server = Server::start(move |_| {
        let more = more.repeat(4096);
        let chunks = std::iter::once(begin.to_owned()).chain(std::iter::repeat(more));
        // Far beyond every limit, so that one that does not hold is seen and ends.
        Response::new(Body::chunks(chunks.take(20_000)))
    });
    let request = cx.request(&server.url("/"), "{:as :stream}")?;
    let response = cx.call(&cx.client()?, request)?;
    Ok((server, response))
}

fn edn_depth(cx: &Context) -> Result<String> {
    for open in ["[", "(", "#{", "{:a ", "#a ", "#_ ", "^:a ", "#:n{:a "] {
        refuses(cx, ":edn", open.repeat(DEEP / open.len()))?;
    }
    Ok("an error each".into())
}

fn edn_words(cx: &Context) -> Result<String> {
    for text in [
        "#=(System/exit 0)",
        "{:a 1 :a 2}",
        "#{1 1}",
        "{:a}",
        "1/0",
        "#\"re\"",
        "@a",
    ] {
        refuses(cx, ":edn", text)?;
    }
    refuses(cx, ":edn", "7".repeat(DEEP))?;
    refuses(cx, ":edn", format!("1/{}", "7".repeat(DEEP)))?;
    refuses(cx, ":edn", format!("1.{}M", "7".repeat(DEEP)))?;
    Ok("an error each".into())
}

fn transit(cx: &Context) -> Result<String> {
    for text in [
        "[\"^0\"]",
        "[\"~:abcd\",\"^1\"]",
        "[\"^[[\"]",
        "[\"^ \",\"^0\",1]",
        "[\"^ \",\"~:a\"]",
        "[\"~#set\"]",
        "[\"~#set\",1]",
        "[\"~#list\",[],[]]",
        "[\"~#cmap\",[1]]",
        "[\"~#ratio\",[1,0]]",
        "[\"~u\"]",
        "[\"~#u\",[1]]",
    ] {
        refuses(cx, ":transit+json", text)?;
    }
    refuses(cx, ":transit+json", "[".repeat(DEEP))?;
    refuses(cx, ":transit+json", "[\"~#a\",".repeat(DEEP / 7))?;
    refuses(cx, ":transit+json", format!("[\"~n{}\"]", "7".repeat(DEEP)))?;
    // A key of 64 KiB, and many codes for it: what they stand for may be 64 times the document.
    let codes = "[\"^ \",\"^0\",0],".repeat(20_000);
    let bomb = format!("[[\"^ \",\"{}\",0],{codes}0]", "k".repeat(1 << 16));
    refuses(cx, ":transit+json", bomb)?;
    refuses(cx, ":transit+msgpack", vec![0x91; DEEP])?;
    for claim in [0xdb_u8, 0xc6, 0xdd, 0xdf] {
        refuses(cx, ":transit+msgpack", [claim, 0xff, 0xff, 0xff, 0xff, 1])?;
    }
    Ok("an error each".into())
}
