//! The items of streams: no input panics, and how it is cut into pieces makes no difference.

#![no_main]

use courser_coerce::stream::{Frames, Framing};
use courser_coerce::transit::{self, Format};
use courser_coerce::{edn, json, msgpack};
use libfuzzer_sys::fuzz_target;

/// The items, where they begin, and the error that ended them, if there was one.
type Found = (Vec<(Vec<u8>, u64)>, Option<(u64, u64)>);

fn items<'a>(framing: Framing, pieces: impl Iterator<Item = &'a [u8]>) -> Found {
    let mut frames = Frames::new(framing).with_limit(300);
    let mut found = Vec::new();
    for piece in pieces.map(Some).chain([None]) {
        match piece {
            Some(piece) => frames.feed(piece),
            None => frames.end(),
        }
        loop {
            match frames.next() {
                Ok(Some(frame)) => {
                    assert_eq!(frame.item, found.len() as u64 + 1);
                    found.push((frame.bytes.to_vec(), frame.offset));
                }
                Ok(None) => break,
                Err(error) => return (found, Some((error.item(), error.offset()))),
            }
        }
    }
    (found, None)
}

fuzz_target!(|data: &[u8]| {
    let [which, size, bytes @ ..] = data else {
        return;
    };
    let framing = match which % 5 {
        0 => Framing::JsonArray,
        1 => Framing::JsonLines,
        2 => Framing::Json,
        3 => Framing::Edn,
        _ => Framing::MessagePack,
    };
    let whole = items(framing, [bytes].into_iter());
    let size = usize::from(*size).max(1);
    assert_eq!(items(framing, bytes.chunks(size)), whole, "{framing:?}");
    for (item, offset) in &whole.0 {
        let at = usize::try_from(*offset).unwrap();
        assert_eq!(&bytes[at..at + item.len()], item);
        match framing {
            Framing::Edn => drop(edn::read_slice(item)),
            Framing::MessagePack => {
                let _ = msgpack::read_slice(item);
                let _ = transit::read_slice(item, Format::MessagePack);
            }
            _ => {
                let _ = json::read_slice(item);
                let _ = transit::read_slice(item, Format::Json);
            }
        }
    }
});
