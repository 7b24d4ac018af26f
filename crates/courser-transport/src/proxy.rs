//! Going through a proxy: CONNECT, and credentials.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};

use base64::Engine as _;
use courser_core::failure::place;
use courser_core::rt::Io;
use courser_core::{Connect, Error, ErrorKind, HeaderValue, Proxy, Result};
use courser_h1::{Exchange, Options, ReadBuffer, RequestBody, RequestWriter, Version};

/// Basic credentials for the proxy (RFC 7617).
pub(crate) fn authorization(proxy: &Proxy) -> Result<Option<HeaderValue>> {
    let Some((user, password)) = &proxy.credentials else {
        return Ok(None);
    };
    if user.contains(':') {
        return Err(Error::invalid(":proxy-user has a colon")
            .help("Basic credentials could be read in two ways (RFC 7617, 2)"));
    }
    let pair = format!("{user}:{}", password.reveal());
    let text = format!("Basic {}", base64::prelude::BASE64_STANDARD.encode(pair));
    let mut value = HeaderValue::try_from(text)
        .map_err(|error| Error::invalid(":proxy-pass cannot be sent").because(error))?;
    value.set_sensitive(true);
    Ok(Some(value))
}

/// Has the proxy open a tunnel (RFC 9110, 9.3.6). What it answers otherwise is never taken for
/// the server's.
pub(crate) async fn tunnel(io: &mut dyn Io, to: &Connect, proxy: &Proxy) -> Result<()> {
    let target = place(&to.host, to.port);
    let through = place(&proxy.host, proxy.port);
    let (mut exchange, request) = connect_request(&target, proxy)?;
    let broke = |error: io::Error| {
        let message = format!("the proxy {through} broke off while opening a tunnel to {target}");
        Error::new(ErrorKind::Proxy, message).because(error)
    };
    let mut sent = 0;
    poll_fn(|cx| poll_write_all(cx, io, &request, &mut sent))
        .await
        .map_err(broke)?;
    let mut buffer = ReadBuffer::with_capacity(1024);
    let nonsense = |error: courser_h1::Error| {
        let message = format!(
            "asked for a tunnel to {target}, the proxy {through} does not speak proper HTTP"
        );
        Error::new(ErrorKind::Proxy, message).because(error)
    };
    loop {
        let read = exchange.read_head(buffer.filled()).map_err(nonsense)?;
        let Some((head, length)) = read else {
            match poll_fn(|cx| io.poll_read(cx, buffer.room())).await {
                Ok(0) => exchange.close().map_err(nonsense)?,
                Ok(n) => buffer.add(n),
                Err(error) => return Err(broke(error)),
            }
            continue;
        };
        buffer.consume(length);
        match head.status() {
            100..=199 => {}
            // In TLS the client speaks first: nothing can have come for it.
            200..=299 if buffer.is_empty() => return Ok(()),
            200..=299 => {
                let message = format!(
                    "the proxy {through} sent bytes before the tunnel to {target} was used"
                );
                return Err(Error::new(ErrorKind::Proxy, message));
            }
            status => return Err(refused(status, &head.reason(), &target, &through)),
        }
    }
}

fn connect_request(target: &str, proxy: &Proxy) -> Result<(Exchange, Vec<u8>)> {
    let bad =
        |error: courser_h1::Error| Error::invalid("the tunnel cannot be asked for").because(error);
    let mut request = Vec::new();
    let mut writer =
        RequestWriter::new(&mut request, Version::Http11, "CONNECT", target).map_err(bad)?;
    writer.field("Host", target.as_bytes()).map_err(bad)?;
    if let Some(credentials) = authorization(proxy)? {
        let value = credentials.as_bytes();
        writer.field("Proxy-Authorization", value).map_err(bad)?;
    }
    let exchange = writer
        .finish(RequestBody::None, &Options::default())
        .map_err(bad)?;
    Ok((exchange, request))
}

fn refused(status: u16, reason: &str, target: &str, through: &str) -> Error {
    let message = format!("the proxy {through} opened no tunnel to {target}");
    let reason = courser_core::excerpt(reason, 80);
    let error =
        Error::new(ErrorKind::Proxy, message).with("status", format_args!("{status} {reason}"));
    match status {
        407 => error.help("give :proxy-user and :proxy-pass, or others"),
        _ => error,
    }
}

fn poll_write_all(
    cx: &mut Context<'_>,
    io: &mut dyn Io,
    bytes: &[u8],
    sent: &mut usize,
) -> Poll<io::Result<()>> {
    while let Some(left) = bytes.get(*sent..).filter(|left| !left.is_empty()) {
        match ready!(io.poll_write(cx, left))? {
            0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            n => *sent += n,
        }
    }
    io.poll_flush(cx)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Memory;
    use courser_core::testing::now;
    use std::sync::Arc;

    fn to() -> Connect {
        Connect {
            https: true,
            host: "h.example".into(),
            port: 443,
            settings: Arc::default(),
        }
    }

    #[test]
    fn tunnels() {
        fn check(answer: &str, expected: Result<(), &str>) {
            let mut proxy = Proxy::new("p", 8080);
            proxy.credentials = Some(("user".into(), "hunter2".into()));
            let mut io = Memory::reading(answer.as_bytes());
            let got = now(tunnel(&mut io, &to(), &proxy));
            match (got, expected) {
                (Ok(()), Ok(())) => {}
                (Err(error), Err(says)) => {
                    assert_eq!(error.kind(), ErrorKind::Proxy);
                    let text = format!("{error:?}");
                    assert!(text.contains(says) && !text.contains("hunter2"), "{text}");
                }
                (got, _) => panic!("{answer}: {got:?}"),
            }
            let written = String::from_utf8(io.written()).unwrap();
            assert_eq!(
                written,
                "CONNECT h.example:443 HTTP/1.1\r\nHost: h.example:443\r\n\
                 Proxy-Authorization: Basic dXNlcjpodW50ZXIy\r\n\r\n"
            );
        }
        check("HTTP/1.1 200 OK\r\n\r\n", Ok(()));
        check("HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\n", Ok(()));
        check("HTTP/1.1 100 X\r\n\r\nHTTP/1.1 299 X\r\n\r\n", Ok(()));
        check(
            "HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n",
            Err("opened no tunnel to h.example:443 [status: 407 Who]; give :proxy-user"),
        );
        check("HTTP/1.1 502 X\r\nSet-Cookie: a=b\r\n\r\nx", Err("502 X"));
        check("HTTP/1.1 200 OK\r\n\r\nearly", Err("before the tunnel"));
        check("SSH-2.0\r\n", Err("not speak proper HTTP"));
        check("HTTP/1.1 200", Err("not speak proper HTTP"));
    }

    #[test]
    fn credentials_that_could_be_read_in_two_ways() {
        let mut proxy = Proxy::new("p", 1);
        proxy.credentials = Some(("a:b".into(), "c".into()));
        let error = authorization(&proxy).unwrap_err();
        assert!(error.to_string().contains("colon"), "{error}");
    }
}
