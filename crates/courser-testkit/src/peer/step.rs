//! Scripts as data.

use std::io;

use bytes::Bytes;

use super::Wire;
use crate::gate::Gate;

/// One step of a [`RawPeer`](crate::RawPeer)'s script. After the last the connection is closed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Step {
    /// Reads to the end of a request's head.
    ReadHead,
    /// Reads a request's head, and its body by `Content-Length` or chunks.
    ReadRequest,
    /// Reads so many bytes.
    Read(usize),
    /// Reads until the client closes; an error beyond 64 MiB.
    ReadToEnd,
    /// Sends bytes.
    Send(Bytes),
    /// Sends bytes one at a time, each in a packet of its own as far as the system allows.
    SendSlowly(Bytes),
    /// Waits until the test opens the gate.
    Wait(Gate),
    /// Opens the gate, which tells the test that the script has come so far.
    Open(Gate),
    /// Closes the sending side only.
    HalfClose,
    /// Closes the connection (TLS: without saying so).
    Close,
    /// Resets the connection.
    Reset,
    /// Does nothing more, and keeps the connection open until the peer is dropped.
    Hang,
}

impl Step {
    /// [`Step::Send`].
    pub fn send(bytes: impl Into<Bytes>) -> Self {
        Self::Send(bytes.into())
    }

    /// [`Step::SendSlowly`].
    pub fn send_slowly(bytes: impl Into<Bytes>) -> Self {
        Self::SendSlowly(bytes.into())
    }

    pub(super) fn run(&self, wire: &mut Wire) -> io::Result<()> {
        match self {
            Self::ReadHead => wire.read_head().map(drop),
            Self::ReadRequest => wire.read_request().map(drop),
            Self::Read(count) => wire.read_bytes(*count).map(drop),
            Self::ReadToEnd => wire.read_to_end(64 << 20).map(drop),
            Self::Send(bytes) => wire.send(bytes),
            Self::SendSlowly(bytes) => wire.send_slowly(bytes),
            Self::Wait(gate) => wire.wait(gate),
            Self::Open(gate) => {
                gate.open();
                Ok(())
            }
            Self::HalfClose => wire.half_close(),
            Self::Close => {
                wire.close();
                Ok(())
            }
            Self::Reset => wire.reset(),
            Self::Hang => wire.hang(),
        }
    }
}
