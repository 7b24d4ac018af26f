//! HTTP/2 frame by frame (RFC 9113), for peers that do what no server does.

use std::io;

use super::Wire;

/// What a client says first (section 3.4).
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Kinds of frames (section 6).
pub const DATA: u8 = 0;
/// A field section.
pub const HEADERS: u8 = 1;
/// The end of a stream.
pub const RST_STREAM: u8 = 3;
/// What the sender wants.
pub const SETTINGS: u8 = 4;
/// A request that nobody made.
pub const PUSH_PROMISE: u8 = 5;
/// To be answered.
pub const PING: u8 = 6;
/// The end of a connection.
pub const GOAWAY: u8 = 7;
/// More may be sent.
pub const WINDOW_UPDATE: u8 = 8;
/// More of a field section.
pub const CONTINUATION: u8 = 9;

/// A flag of [`DATA`] and [`HEADERS`]: nothing comes after it on the stream.
pub const END_STREAM: u8 = 1;
/// A flag of [`HEADERS`]: no [`CONTINUATION`] comes.
pub const END_HEADERS: u8 = 4;

/// A reason of [`RST_STREAM`] (section 7): the server has not looked at the request.
pub const REFUSED_STREAM: u32 = 7;

/// `:status: 200`, from the static table of HPACK.
pub const OK: &[u8] = b"\x88";

/// A frame as it goes over the wire.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("frames are small");
    let mut frame = length.to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// Ends the connection: streams up to `last` may have been looked at, others were not (section 6.8).
pub fn goaway(last: u32, reason: u32) -> Vec<u8> {
    frame(
        GOAWAY,
        0,
        0,
        &[last.to_be_bytes(), reason.to_be_bytes()].concat(),
    )
}

/// Answers a stream with nothing but 200.
pub fn ok(stream: u32) -> Vec<u8> {
    frame(HEADERS, END_STREAM | END_HEADERS, stream, OK)
}

/// Ends a stream.
pub fn reset(stream: u32, reason: u32) -> Vec<u8> {
    frame(RST_STREAM, 0, stream, &reason.to_be_bytes())
}

/// The server's part of the beginning of a connection.
pub fn greet(wire: &mut Wire) -> io::Result<()> {
    wire.read_bytes(PREFACE.len())?;
    wire.send(frame(SETTINGS, 0, 0, b""))
}

/// Reads a frame: its kind, flags, stream and payload.
pub fn read(wire: &mut Wire) -> io::Result<(u8, u8, u32, Vec<u8>)> {
    let head = wire.read_bytes(9)?;
    let number = |at: usize| u32::from_be_bytes(head[at..at + 4].try_into().expect("four bytes"));
    let length = usize::try_from(number(0) >> 8).expect("24 bits");
    let payload = wire.read_bytes(length)?;
    Ok((head[3], head[4], number(5), payload))
}

/// Reads to the end of a request, and tells its stream.
pub fn read_request(wire: &mut Wire) -> io::Result<u32> {
    loop {
        let (kind, flags, stream, _) = read(wire)?;
        if matches!(kind, DATA | HEADERS) && flags & END_STREAM > 0 {
            return Ok(stream);
        }
    }
}
