//! The attacks, a module a class.

mod credentials;
mod decoders;
mod decompression;
mod endless;
mod formats;
mod framing;
mod http2;
mod injection;
mod parsers;
mod parts;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Result, bail, ensure};
use courser::{Error, ErrorKind, Response};
use courser_testkit::RawPeer;

use crate::harness::{Attack, Class, Control, How, Run, safe};

pub(crate) const ALL: &[Class] = &[
    credentials::CLASS,
    injection::CLASS,
    parts::CLASS,
    decompression::CLASS,
    endless::CLASS,
    parsers::CLASS,
    decoders::CLASS,
    formats::CLASS,
    framing::CLASS,
    http2::CLASS,
    tls::CLASS,
];

/// An answer that says `end`.
const END: &str = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nend";

/// An answer that leads elsewhere.
fn to(status: u16, location: &str) -> String {
    format!("HTTP/1.1 {status} Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")
}

/// Names that are all at loopback.
fn at_loopback(names: &[&str]) -> Vec<(Arc<str>, SocketAddr)> {
    let at = |name: &&str| (Arc::from(*name), ([127, 0, 0, 1], 0).into());
    names.iter().map(at).collect()
}

/// The error that there has to be, of one of these kinds, as text.
fn refused(result: Result<Response, Error>, kinds: &[ErrorKind]) -> Result<String> {
    match result {
        Ok(response) => {
            safe(
                false,
                format!("an answer was taken, of status {}", response.status),
            )?;
            Ok(String::new())
        }
        Err(error) if kinds.contains(&error.kind()) => Ok(format!("error {}", error.kind().name())),
        Err(error) => bail!("another error than {kinds:?}: {error}"),
    }
}

/// Harm, if that came over the connection.
fn has_not(peer: &RawPeer, connection: usize, part: &str) -> Result<()> {
    let sent = peer.received_text(connection).to_ascii_lowercase();
    let is_safe = !sent.contains(&part.to_ascii_lowercase());
    safe(is_safe, format!("{} was sent", part.trim()))
}

/// That it came over the connection, without which nothing is shown.
fn has(peer: &RawPeer, connection: usize, part: &str) -> Result<()> {
    let sent = peer.received_text(connection).to_ascii_lowercase();
    ensure!(
        sent.contains(&part.to_ascii_lowercase()),
        "{part} was not sent: {sent:?}"
    );
    Ok(())
}

const fn attack(row: u8, name: &'static str, run: Run) -> Attack {
    Attack { row, name, run }
}

/// The same attack with these options, which are the weakness.
const fn weak(row: u8, options: &'static str) -> Control {
    let how = How::Options(options);
    Control {
        row,
        weakness: options,
        how,
    }
}

const fn other(row: u8, weakness: &'static str, how: Run) -> Control {
    let how = How::Other(how);
    Control { row, weakness, how }
}
