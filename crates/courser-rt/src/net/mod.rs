//! Sockets under both drivers.

use std::io;

use rustix::io::Errno;

#[cfg(feature = "blocking")]
pub(crate) mod blocking;
mod fd;
mod lookup;
mod onto;
mod open;
#[cfg(feature = "blocking")]
pub(crate) mod pipe;
#[cfg(feature = "blocking")]
pub(crate) mod registry;
mod send;
#[cfg(feature = "blocking")]
mod sys;
#[cfg(test)]
#[cfg(all(feature = "blocking", feature = "async"))]
mod tests;
#[cfg(feature = "async")]
mod tokio;

/// Whether a socket goes on connecting.
fn is_under_way(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
        || error.raw_os_error() == Some(Errno::INPROGRESS.raw_os_error())
}
