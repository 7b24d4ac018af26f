//! Event streams: no input panics, and how it is cut into pieces makes no difference.

#![no_main]

use courser_coerce::stream::{Event, Events};
use libfuzzer_sys::fuzz_target;

fn events<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Event>, bool, Events) {
    let mut events = Events::default().with_limit(300);
    let mut found = Vec::new();
    for piece in pieces {
        events.feed(piece);
        loop {
            match events.next() {
                Ok(Some(event)) => found.push(event),
                Ok(None) => break,
                Err(_) => return (found, true, events),
            }
        }
    }
    (found, false, events)
}

fuzz_target!(|data: &[u8]| {
    let [size, bytes @ ..] = data else {
        return;
    };
    let (whole, failed, all) = events([bytes].into_iter());
    let size = usize::from(*size).max(1);
    let (cut, cut_failed, pieces) = events(bytes.chunks(size));
    assert_eq!((cut, cut_failed), (whole, failed));
    if !failed {
        assert_eq!(pieces.last_event_id(), all.last_event_id());
        assert_eq!(pieces.retry(), all.retry());
    }
});
