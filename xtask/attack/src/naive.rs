//! Clients without defences, for the controls.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::Result;
use courser::middleware::{Middleware, Request, Stage, from_fn};
use courser::{Body, ClientBuilder, Url};
use courser_testkit::RawPeer;

/// Puts a stage that follows each redirect, with all that the request has, in the place of ours.
pub(crate) fn follow_blindly(builder: ClientBuilder) -> ClientBuilder {
    builder.stack(|stack| {
        stack
            .replace("redirects", Stage::middleware(follow()))
            .map(drop)
    })
}

fn follow() -> impl Middleware {
    from_fn("redirects", async |mut req: Request, next| {
        for _ in 0..60 {
            let (call, sent, replay) = (req.call.clone(), req.sent(), req.body.replay());
            let next: courser::middleware::Next = Clone::clone(&next);
            let res = next.run(req).await?;
            let to = res
                .headers
                .get("location")
                .and_then(|value| value.to_str().ok());
            let Some(Ok(url)) = to.map(|to| Url::parse(&absolute(to, &sent.url))) else {
                return Ok(res);
            };
            req = Request::new(url, call);
            req.method = sent.method;
            req.headers = sent.headers;
            req.options = sent.options;
            req.body = replay.map_or_else(Body::empty, |replay| replay.body());
        }
        Err(courser::Error::new(
            courser::ErrorKind::User,
            "60 redirects",
        ))
    })
}

fn absolute(location: &str, base: &Url) -> String {
    if location.starts_with('/') {
        format!("{}://{}{location}", base.scheme(), base.authority())
    } else {
        location.to_owned()
    }
}

/// GET by reqwest as it comes, following redirects. The names are all at loopback.
pub(crate) fn reqwest_get(url: &str, names: &[&str], headers: &[(&str, &str)]) -> Result<u16> {
    let mut builder = reqwest::Client::builder().no_proxy();
    for name in names {
        builder = builder.resolve(name, ([127, 0, 0, 1], 0).into());
    }
    let rt = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    rt.block_on(async {
        let mut request = builder.build()?.get(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Ok(request.send().await?.status().as_u16())
    })
}

/// Sends bytes as they are, and reads what comes, up to so many bytes.
pub(crate) fn raw(to: SocketAddr, request: impl AsRef<[u8]>, limit: u64) -> Result<Vec<u8>> {
    let mut socket = TcpStream::connect(to)?;
    socket.set_read_timeout(Some(Duration::from_secs(20)))?;
    socket.write_all(request.as_ref())?;
    let mut answer = Vec::new();
    socket.take(limit).read_to_end(&mut answer)?;
    Ok(answer)
}

/// GET by a reader that takes the first `Content-Length` at its word, twice on one connection: the bodies.
pub(crate) fn by_length(peer: &RawPeer) -> Result<Vec<String>> {
    const ASK: &str = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    let mut socket = TcpStream::connect(peer.addr())?;
    socket.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut bodies = Vec::new();
    for _ in 0..2 {
        socket.write_all(ASK.as_bytes())?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            socket.read_exact(&mut byte)?;
            head.extend(byte);
        }
        let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())
            .unwrap_or(0);
        let mut body = vec![0; length];
        socket.read_exact(&mut body)?;
        bodies.push(String::from_utf8_lossy(&body).into_owned());
    }
    Ok(bodies)
}
