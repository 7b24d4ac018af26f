//! Addresses of a host, from the system.

use std::io;
use std::net::{IpAddr, ToSocketAddrs};

/// The address that a host already is.
pub(crate) fn literal(host: &str) -> Option<Vec<IpAddr>> {
    host.parse().ok().map(|address| vec![address])
}

/// Asks the system, which blocks for as long as it likes.
pub(crate) fn system(host: &str) -> io::Result<Vec<IpAddr>> {
    let mut addresses: Vec<IpAddr> = Vec::new();
    for address in (host, 0).to_socket_addrs()? {
        // A loop over a dozen at most is cheaper than a set.
        if !addresses.contains(&address.ip()) {
            addresses.push(address.ip());
        }
    }
    Ok(addresses)
}

/// What is told when the thread of a lookup ended without an answer.
pub(crate) fn lost() -> io::Error {
    io::Error::other("the name lookup ended without an answer")
}
