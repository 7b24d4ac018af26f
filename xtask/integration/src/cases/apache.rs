//! Apache.

use anyhow::{Context, Result, ensure};
use courser::Body;

use super::{bytes, failed, numbered, text};
use crate::case::{Case, Setup, http, https};

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "apache: text, and a header of two values",
        run: plain,
    },
    Case {
        name: "apache: chunks",
        run: chunks,
    },
    Case {
        name: "apache: deflate",
        run: deflate,
    },
    Case {
        name: "apache: a redirect",
        run: redirect,
    },
    Case {
        name: "apache: basic credentials",
        run: basic,
    },
    Case {
        name: "apache: PUT in chunks, and sent again elsewhere",
        run: put,
    },
    Case {
        name: "apache: Expect: 100-continue",
        run: expect,
    },
    Case {
        name: "apache: TLS",
        run: tls,
    },
];

fn plain(on: &Setup<'_>) -> Result<()> {
    let res = on.send(on.get(on.apache, "/hello.txt"))?;
    ensure!(res.text()? == "hello\n");
    let values: Vec<_> = res.headers.get_all("x-twice").collect();
    ensure!(values.len() == 2, "{values:?}");
    Ok(())
}

fn chunks(on: &Setup<'_>) -> Result<()> {
    for _ in 0..3 {
        let res = on.send(on.get(on.apache, "/chunks.shtml"))?;
        let whole = res.text()? == numbered("GET");
        ensure!(
            whole && res.chunked,
            "whole: {whole}, chunked: {}",
            res.chunked
        );
    }
    Ok(())
}

fn deflate(on: &Setup<'_>) -> Result<()> {
    ensure!(on.send(on.get(on.apache, "/text.html"))?.text()? == text());
    Ok(())
}

fn redirect(on: &Setup<'_>) -> Result<()> {
    let res = on.send(on.get(on.apache, "/found"))?;
    ensure!(res.text()? == "hello\n" && res.url.path() == "/hello.txt");
    Ok(())
}

fn basic(on: &Setup<'_>) -> Result<()> {
    let res = on.send(on.get(on.apache, "/private").basic_auth("user", "secret"))?;
    ensure!(res.text()? == "hello\n");
    let error = failed(on.send(on.get(on.apache, "/private")), 401)?;
    let response = error.response().context("no response")?;
    ensure!(response.headers.get_str("www-authenticate").is_some());
    Ok(())
}

fn put(on: &Setup<'_>) -> Result<()> {
    let expected = bytes(100_000);
    let url = http(on.apache, &format!("/put/{}", on.name.replace(' ', "-")));
    let body = Body::reader(std::io::Cursor::new(expected.clone()));
    let res = on.send(on.client.put(&url).body(body))?;
    ensure!(res.status == 201, "{}", res.status);
    ensure!(on.send(on.client.get(&url))?.body_bytes()?[..] == expected[..]);
    on.send(on.client.delete(&url))?;
    Ok(())
}

fn expect(on: &Setup<'_>) -> Result<()> {
    let url = http(
        on.apache,
        &format!("/put/expect-{}", on.name.replace(' ', "-")),
    );
    let request = on.client.put(&url).header("Expect", "100-continue");
    let res = on.send(request.body(bytes(50_000)))?;
    ensure!(res.status == 201, "{}", res.status);
    on.send(on.client.delete(&url))?;
    Ok(())
}

fn tls(on: &Setup<'_>) -> Result<()> {
    let res = on.send(on.client.get(https(on.apache, "/1m.bin")))?;
    ensure!(res.body_bytes()?[..] == bytes(1 << 20)[..]);
    Ok(())
}
