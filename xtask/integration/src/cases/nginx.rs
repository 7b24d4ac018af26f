//! nginx.

use std::io::Read as _;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use courser::{Body, HttpVersion, Version};

use super::{bytes, failed, text};
use crate::case::{Case, Setup, http, https};
use crate::nginx::KEEP_ALIVE;

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "nginx: text, its length and type",
        run: plain,
    },
    Case {
        name: "nginx: gzip is undone",
        run: gzip,
    },
    Case {
        name: "nginx: a MiB, whole and as a stream",
        run: large,
    },
    Case {
        name: "nginx: HEAD, 304, ranges",
        run: bodiless,
    },
    Case {
        name: "nginx: connections are kept",
        run: kept,
    },
    Case {
        name: "nginx: a limit of requests per connection",
        run: few,
    },
    Case {
        name: "nginx: a connection closed after each",
        run: close,
    },
    Case {
        name: "nginx: statuses with their bodies",
        run: statuses,
    },
    Case {
        name: "nginx: a redirect",
        run: redirect,
    },
    Case {
        name: "nginx: basic credentials",
        run: basic,
    },
    Case {
        name: "nginx: PUT of bytes, a stream, a file",
        run: put,
    },
    Case {
        name: "nginx: a body that is too large",
        run: too_large,
    },
    Case {
        name: "nginx: a slow body ends in time",
        run: slow,
    },
    Case {
        name: "nginx: HTTP/1.0",
        run: http10,
    },
    Case {
        name: "nginx: TLS, HTTP/1.1",
        run: tls,
    },
    Case {
        name: "nginx: TLS, HTTP/2, many at once",
        run: http2,
    },
    Case {
        name: "nginx: a certificate that nobody vouches for",
        run: untrusted,
    },
    Case {
        name: "nginx: plain HTTP to the port of TLS",
        run: plain_to_tls,
    },
];

fn plain(on: &Setup<'_>) -> Result<()> {
    let res = on.send(on.get(on.nginx, "/hello.txt"))?;
    ensure!(res.text()? == "hello\n" && res.length == Some(6), "{res:?}");
    ensure!(res.headers.get_str("content-type") == Some("text/plain"));
    ensure!(
        res.headers
            .get_str("server")
            .is_some_and(|it| it.starts_with("nginx"))
    );
    let res = on.send(
        on.get(on.nginx, "/echo?a=1&b=%20")
            .header("X-Case", "MiXed"),
    )?;
    let expected = "GET /echo?a=1&b=%20 HTTP/1.1\nx-case: MiXed\nargs: a=1&b=%20\n";
    ensure!(res.text()? == expected, "{}", res.text()?);
    ensure!(on.send(on.get(on.nginx, "/empty.txt"))?.text()?.is_empty());
    Ok(())
}

fn gzip(on: &Setup<'_>) -> Result<()> {
    let res = on.send(on.get(on.nginx, "/text.html"))?;
    ensure!(
        res.text()? == text() && res.chunked,
        "chunked: {}",
        res.chunked
    );
    let raw = on.send(
        on.get(on.nginx, "/text.html")
            .accept_encoding(["gzip"])
            .decompress_body(false),
    )?;
    ensure!(raw.headers.get_str("content-encoding") == Some("gzip"));
    ensure!(raw.body_bytes()?.starts_with(&[0x1f, 0x8b]));
    Ok(())
}

fn large(on: &Setup<'_>) -> Result<()> {
    let expected = bytes(1 << 20);
    let res = on.send(on.get(on.nginx, "/1m.bin"))?;
    ensure!(res.body_bytes()?[..] == expected[..]);
    let mut res = on.send(on.get(on.nginx, "/1m.bin").as_stream())?;
    let mut read = Vec::new();
    if on.is_async() {
        on.block_on(async {
            while let Some(piece) = res.body.next().await {
                read.extend_from_slice(&piece?);
            }
            Ok::<(), courser::Error>(())
        })
        .context("no runtime")??;
    } else {
        res.reader().read_to_end(&mut read)?;
    }
    ensure!(read == expected);
    Ok(())
}

fn bodiless(on: &Setup<'_>) -> Result<()> {
    let res = on.send(on.client.head(http(on.nginx, "/1m.bin")))?;
    ensure!(res.body_bytes()?.is_empty());
    ensure!(res.headers.get_str("content-length") == Some("1048576"));
    let tag = res.headers.get_str("etag").context("no ETag")?;
    let res = on.send(on.get(on.nginx, "/1m.bin").header("If-None-Match", tag))?;
    ensure!(res.status == 304 && res.body_bytes()?.is_empty());
    let res = on.send(on.get(on.nginx, "/1m.bin").header("Range", "bytes=10-19"))?;
    ensure!(res.status == 206 && res.body_bytes()?[..] == bytes(20)[10..]);
    Ok(())
}

fn kept(on: &Setup<'_>) -> Result<()> {
    let client = courser::Client::builder()
        .connection_manager(on.fresh_manager())
        .build()?;
    for _ in 0..10 {
        on.send(client.get(http(on.nginx, "/hello.txt")))?;
    }
    let statistics = client.connection_manager().statistics();
    ensure!(
        statistics.reused == 9 && statistics.idle == 1,
        "{statistics:?}"
    );
    Ok(())
}

fn few(on: &Setup<'_>) -> Result<()> {
    for _ in 0..3 * KEEP_ALIVE {
        ensure!(on.send(on.get(on.nginx, "/few"))?.text()? == "hello\n");
    }
    Ok(())
}

fn close(on: &Setup<'_>) -> Result<()> {
    for _ in 0..3 {
        let res = on.send(on.get(on.nginx, "/close"))?;
        ensure!(res.text()? == "hello\n");
        ensure!(res.headers.get_str("connection") == Some("close"));
    }
    Ok(())
}

fn statuses(on: &Setup<'_>) -> Result<()> {
    let error = failed(on.send(on.get(on.nginx, "/gone")), 410)?;
    let response = error.response().context("no response")?;
    ensure!(response.utf8() == "gone for good\n");
    failed(on.send(on.get(on.nginx, "/missing")), 404)?;
    Ok(())
}

fn redirect(on: &Setup<'_>) -> Result<()> {
    let res = on.send(on.get(on.nginx, "/moved"))?;
    ensure!(res.text()? == "hello\n" && res.url.path() == "/hello.txt");
    Ok(())
}

fn basic(on: &Setup<'_>) -> Result<()> {
    let res = on.send(on.get(on.nginx, "/private").basic_auth("user", "secret"))?;
    ensure!(res.text()? == "hello\n");
    failed(
        on.send(on.get(on.nginx, "/private").basic_auth("user", "wrong")),
        401,
    )?;
    let url = http(on.nginx, "/private").replace("://", "://user:secret@");
    ensure!(on.send(on.client.get(url))?.status == 200);
    Ok(())
}

fn put(on: &Setup<'_>) -> Result<()> {
    let expected = bytes(300_000);
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), &expected)?;
    let bodies = [
        ("bytes", Body::from(expected.clone())),
        (
            "stream",
            Body::reader(std::io::Cursor::new(expected.clone())),
        ),
        ("file", Body::file(file.path().to_owned())),
        ("empty", Body::from(Vec::new())),
    ];
    for (name, body) in bodies {
        let url = http(
            on.nginx,
            &format!("/put/{}-{name}", on.name.replace(' ', "-")),
        );
        let res = on.send(on.client.put(&url).body(body))?;
        ensure!(
            matches!(res.status.as_u16(), 201 | 204),
            "{name}: {}",
            res.status
        );
        let back = on.send(on.client.get(&url))?;
        let expected = if name == "empty" { &[][..] } else { &expected };
        ensure!(
            back.body_bytes()?[..] == *expected,
            "{name} came back otherwise"
        );
        on.send(on.client.delete(&url))?;
    }
    Ok(())
}

/// nginx answers before it has read the body, and closes.
fn too_large(on: &Setup<'_>) -> Result<()> {
    let request = on.client.put(http(on.nginx, "/small-bodies-only"));
    failed(on.send(request.body(bytes(1 << 20))), 413)?;
    Ok(())
}

fn slow(on: &Setup<'_>) -> Result<()> {
    let request = on
        .get(on.nginx, "/slow")
        .timeout(Duration::from_millis(300));
    let error = on.send(request).err().context("it ended")?;
    ensure!(
        error.is_timeout() && error.to_string().contains(":timeout"),
        "{error}"
    );
    Ok(())
}

fn http10(on: &Setup<'_>) -> Result<()> {
    let request = on
        .get(on.nginx, "/echo")
        .protocol_version(HttpVersion::Http10);
    let res = on.send(request)?;
    ensure!(res.text()?.contains("HTTP/1.0"), "{}", res.text()?);
    Ok(())
}

fn tls(on: &Setup<'_>) -> Result<()> {
    let request = || on.client.get(https(on.nginx, "/1m.bin"));
    for _ in 0..3 {
        let res = on.send(request().protocol_version(HttpVersion::Http11))?;
        ensure!(res.version == Version::HTTP_11 && res.body_bytes()?[..] == bytes(1 << 20)[..]);
    }
    Ok(())
}

fn http2(on: &Setup<'_>) -> Result<()> {
    let url = https(on.nginx, "/text.html");
    let Some(done) = on.block_on(async {
        let one = || tokio::spawn(on.client.get(&url).send());
        let all: Vec<_> = (0..20).map(|_| one()).collect();
        for task in all {
            let res = task.await??;
            ensure!(res.version == Version::HTTP_2 && res.text()? == text());
        }
        Ok(())
    }) else {
        // On the calling thread HTTP/1.1 is as good.
        let res = on.send(on.client.get(&url))?;
        ensure!(res.text()? == text());
        return Ok(());
    };
    done
}

fn untrusted(on: &Setup<'_>) -> Result<()> {
    let request = on.client.get(https(on.nginx, "/hello.txt"));
    let request = request.with(|r| r.trusted_certificates = Some(Vec::new()));
    let error = on.send(request).err().context("it was trusted")?;
    ensure!(error.kind() == courser::ErrorKind::Tls, "{error:?}");
    Ok(())
}

fn plain_to_tls(on: &Setup<'_>) -> Result<()> {
    let url = https(on.nginx, "/").replace("https://localhost", "http://127.0.0.1");
    failed(on.send(on.client.get(url)), 400)?;
    Ok(())
}
