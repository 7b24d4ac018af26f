//! Text that takes a careless parser the square of its length: rows 30 and 31.

use std::time::Duration;

use anyhow::Result;
use courser_testkit::{RawPeer, thread_cpu_time};

use super::{attack, other};
use crate::harness::{Class, Context, safe};

pub(crate) const CLASS: Class = Class {
    attacks: &[
        attack(30, "backtracking in Link", links),
        attack(31, "deeply nested HTML", html),
    ],
    controls: &[
        other(30, "a scanner that begins again at each sign", |_| {
            let took = scan_again(&"<".repeat(LINKS), '<', '>');
            safe(took < MOST, "more than 4 s of CPU")?;
            Ok("it was quick".into())
        }),
        other(31, "a scanner that begins again at each sign", |_| {
            let took = scan_again(&"<div>".repeat(DEPTH), '<', '/');
            safe(took < MOST, "more than 4 s of CPU")?;
            Ok("it was quick".into())
        }),
    ],
};

/// The most CPU time; what is linear takes a small part of it, even without optimisation.
const MOST: Duration = Duration::from_secs(4);
const DEPTH: usize = 200_000;
/// How long the fields are together: about what transports take.
const LINKS: usize = 175_000;

/// For each `open`, looks for a `close` that never comes; gives up when that has taken too long.
fn scan_again(text: &str, open: char, close: char) -> Duration {
    let start = thread_cpu_time();
    for (at, _) in text.char_indices().filter(|(_, c)| *c == open) {
        let rest = text.get(at..).unwrap_or_default();
        let found = rest.chars().find(|c| *c == close);
        let took = thread_cpu_time().saturating_sub(start);
        if found.is_some() || took > MOST {
            return took;
        }
    }
    thread_cpu_time().saturating_sub(start)
}

fn fields(unit: &str) -> Vec<String> {
    let field = unit.repeat(LINKS / 25 / unit.len());
    vec![format!("Link: </a>; rel=x; title=\"{field}\r\n"); 25]
}

fn links(cx: &Context) -> Result<String> {
    let mut longest = Duration::ZERO;
    let client = cx.client()?;
    for unit in ["<", "</a>;", "<>;a=\"", "\\\"", " ", ",", "=;"] {
        let lines = fields(unit).concat();
        let peer = RawPeer::answer(format!(
            "HTTP/1.1 200 OK\r\nLink: </n>; rel=next\r\n{lines}Content-Length: 0\r\n\r\n"
        ));
        let start = thread_cpu_time();
        let response = cx.call(&client, cx.request(&peer.url("/"), "{}")?)?;
        let next = response.links().href("next").map(str::to_owned);
        longest = longest.max(thread_cpu_time().saturating_sub(start));
        anyhow::ensure!(next.as_deref() == Some("/n"), "the link before is lost");
    }
    safe(longest < MOST, format!("{longest:.1?} of CPU"))?;
    Ok(format!("{} kB in {longest:.1?} of CPU", LINKS / 1000))
}

fn html(cx: &Context) -> Result<String> {
    let client = cx.client()?;
    let mut longest = Duration::ZERO;
    for inner in [
        "<div>".repeat(DEPTH),
        "<meta http-equiv=a content=b>".repeat(DEPTH / 6),
        format!("<meta content=\"{}", "x".repeat(1 << 20)),
        "<".repeat(1 << 20),
        "<!--".repeat(1 << 18),
    ] {
        // What stands before it is read, so the rest is looked at.
        let page = format!("<html><head><meta http-equiv=\"X-Seen\" content=\"yes\">{inner}");
        let peer = RawPeer::answer(format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n{page}",
            page.len()
        ));
        let start = thread_cpu_time();
        let asked = cx.request(&peer.url("/"), "{:as :auto :decode-body-headers true}")?;
        let response = cx.call(&client, asked)?;
        longest = longest.max(thread_cpu_time().saturating_sub(start));
        anyhow::ensure!(response.bytes().len() == page.len(), "another page");
        anyhow::ensure!(
            response.headers.get("x-seen").is_some(),
            "nothing was read of it"
        );
    }
    safe(longest < MOST, format!("{longest:.1?} of CPU"))?;
    Ok(format!("1 MB each in {longest:.1?} of CPU"))
}
