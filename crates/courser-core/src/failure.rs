//! What goes wrong on connections, in the words of every transport, so that an error reads the
//! same whatever a request went over.

mod tls;

use std::error::Error as StdError;
use std::net::SocketAddr;
use std::{fmt, io, iter};

use http::Method;

pub use tls::TlsFailure;

use crate::error::{Error, ErrorKind};
use crate::url::Url;

/// `host:port`, with IPv6 in brackets.
pub fn place(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// Names the request; and the address of the other end, where the URL does not.
pub fn named(error: Error, method: &Method, url: &Url, address: Option<SocketAddr>) -> Error {
    let error = error.during(method, url);
    match address.map(|address| address.to_string()) {
        Some(address) if address != place(url.host(), url.port()) => error.with("address", address),
        _ => error,
    }
}

/// No connection came about, by this failure of the system. `place` is `host:port`.
pub fn connecting(kind: Option<io::ErrorKind>, place: &str) -> Error {
    let fail = |message: String| Error::new(ErrorKind::Connect, message);
    match kind {
        Some(io::ErrorKind::ConnectionRefused) => fail(format!("connection refused by {place}"))
            .help("is the server running, and is the port right?"),
        Some(io::ErrorKind::ConnectionReset) => fail(format!("{place} reset the connection")),
        Some(io::ErrorKind::TimedOut) => fail(format!("{place} does not answer")),
        Some(io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable) => {
            fail(format!("{place} cannot be reached")).help("is this machine on that network?")
        }
        Some(io::ErrorKind::AddrNotAvailable) => fail(format!(
            "{place} cannot be reached from this address (:local-address)"
        )),
        _ => fail(format!("no connection to {place}")),
    }
}

/// The body of a response ended too early, if it is known how long it should be.
pub fn truncated(expected: Option<u64>, received: u64) -> Error {
    let message = match expected {
        Some(expected) => format!("the body ended after {received} of {expected} bytes"),
        None => format!("the body broke off after {received} bytes"),
    };
    let error =
        Error::new(ErrorKind::Io, message).with("received", format_args!("{received} bytes"));
    match expected {
        Some(expected) => error.with("expected", format_args!("{expected} bytes")),
        None => error,
    }
}

/// The HTTP/2 below failed. `unread` if the server says that it did not look at the request (RFC
/// 9113, 8.7: it may be sent again, whatever it is), `remote` if it was the server that ended it.
pub fn http2(unread: bool, remote: bool, reason: impl fmt::Debug, place: &str) -> Error {
    let (kind, what) = if unread {
        (ErrorKind::Io, "refused the request unread")
    } else if remote {
        (ErrorKind::Protocol, "ended the HTTP/2 exchange")
    } else {
        (ErrorKind::Protocol, "does not speak proper HTTP/2")
    };
    Error::new(kind, format!("{place} {what}")).with("reason", format_args!("{reason:?}"))
}

/// What came is no HTTP: asks whether it is TLS, of a URL that has none.
#[must_use]
pub fn try_https(error: Error, url: &Url) -> Error {
    if url.is_https() {
        return error;
    }
    let place = place(url.host(), url.port());
    error.help(format!(
        "does that port speak TLS? then try https://{place}/"
    ))
}

/// No answer came: as [`try_https`], but not of port 80. Nobody speaks TLS there, and a hint that
/// misleads is worse than none.
#[must_use]
pub fn perhaps_https(error: Error, url: &Url) -> Error {
    if url.port() == 80 {
        return error;
    }
    try_https(error, url)
}

/// An error and what is behind it. What an `io::Error` wraps counts too: its `source` skips that.
pub fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    iter::successors(Some(error), |&error| {
        let inner = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        }
    })
}

/// The first of that type in the [`chain`].
pub fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    chain(error).find_map(|error| error.downcast_ref())
}

/// The system's own error: the innermost of the [`chain`], since layers wrap it in `Other`.
pub fn io_kind(error: &(dyn StdError + 'static)) -> Option<io::ErrorKind> {
    chain(error)
        .filter_map(|error| error.downcast_ref().map(io::Error::kind))
        .last()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_is_innermost() {
        let system = io::Error::from(io::ErrorKind::ConnectionReset);
        let wrapped = Error::new(ErrorKind::Io, "x").because(io::Error::other(system));
        assert_eq!(io_kind(&wrapped), Some(io::ErrorKind::ConnectionReset));
        assert_eq!(chain(&wrapped).count(), 3);
        assert!(find::<fmt::Error>(&wrapped).is_none());
        assert_eq!(
            find::<io::Error>(&wrapped).map(io::Error::kind),
            Some(io::ErrorKind::Other)
        );
    }

    #[test]
    fn an_address_is_told_where_the_url_does_not() {
        let address: SocketAddr = "[::1]:80".parse().unwrap();
        let check = |url: &str, expected: Option<&str>| {
            let error = Error::new(ErrorKind::Io, "x");
            let error = named(
                error,
                &Method::GET,
                &Url::parse(url).unwrap(),
                Some(address),
            );
            assert_eq!(error.context("address"), expected, "{url}");
        };
        check("http://[::1]/", None);
        check("http://localhost/", Some("[::1]:80"));
    }
}
