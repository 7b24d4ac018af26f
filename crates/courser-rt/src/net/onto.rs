//! Reading into room that was never written.

use std::io;

use socket2::Socket;

/// What is cleared for a read, where that has to be.
const PIECE: usize = 16 * 1024;

/// How much one [`read`] takes at the most, of so much that is wanted. A read that brings less
/// has taken all there was.
#[cfg(feature = "async")]
pub(crate) fn room(buf: &Vec<u8>, most: usize) -> usize {
    let free = buf.capacity() - buf.len();
    if cfg!(unix) && free <= most {
        free
    } else {
        most.min(free).min(PIECE)
    }
}

/// Reads onto the end of a buffer, into so much of its room. `waits` for as long as the socket's
/// timeout says, where the socket is in blocking mode.
#[cfg(unix)]
pub(crate) fn read(
    socket: &Socket,
    buf: &mut Vec<u8>,
    most: usize,
    waits: bool,
) -> io::Result<usize> {
    use rustix::net::{RecvFlags, recv};

    let flags = if waits {
        RecvFlags::empty()
    } else {
        RecvFlags::DONTWAIT
    };
    if buf.capacity() - buf.len() <= most {
        return Ok(recv(socket, rustix::buffer::spare_capacity(buf), flags)?.1);
    }
    cleared(buf, most, |place| Ok(recv(socket, place, flags)?.1))
}

#[cfg(not(unix))]
pub(crate) fn read(
    socket: &Socket,
    buf: &mut Vec<u8>,
    most: usize,
    _waits: bool,
) -> io::Result<usize> {
    cleared(buf, most, |place| io::Read::read(&mut &*socket, place))
}

/// Into a piece of the room, which is cleared before.
fn cleared(
    buf: &mut Vec<u8>,
    most: usize,
    read: impl FnOnce(&mut [u8]) -> io::Result<usize>,
) -> io::Result<usize> {
    let start = buf.len();
    buf.resize(start + most.min(PIECE), 0);
    let came = read(buf.get_mut(start..).unwrap_or_default());
    buf.truncate(start + *came.as_ref().unwrap_or(&0));
    came
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_that_is_cut_says_so() {
        fn check(capacity: usize, most: usize, expected: usize) {
            let mut buf = Vec::with_capacity(capacity);
            assert_eq!(room(&buf, most), expected);
            // Whatever is read with is no larger.
            let room = room(&buf, most);
            let read = cleared(&mut buf, room, |place| Ok(place.len()));
            assert!(read.unwrap() <= expected);
        }
        check(100_000, 50_000, PIECE);
        check(100_000, 10, 10);
        check(8_000, 8_000, 8_000);
    }
}
