//! The buffer, against a plain queue of bytes.

use courser_h1::ReadBuffer;
use proptest::collection::vec;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Action {
    Add(Vec<u8>),
    Consume(usize),
}

proptest! {
    #[test]
    fn keeps_what_is_not_consumed(actions in vec(prop_oneof![
        vec(any::<u8>(), 0..200).prop_map(Action::Add),
        (0..200_usize).prop_map(Action::Consume),
    ], 0..40)) {
        let mut buffer = ReadBuffer::with_capacity(1);
        let mut model: Vec<u8> = Vec::new();
        for action in actions {
            match action {
                Action::Add(bytes) => {
                    let room = buffer.room();
                    prop_assert!(!room.is_empty());
                    let length = room.len().min(bytes.len());
                    room[..length].copy_from_slice(&bytes[..length]);
                    buffer.add(length);
                    model.extend(&bytes[..length]);
                }
                Action::Consume(bytes) => {
                    buffer.consume(bytes);
                    model.drain(..bytes.min(model.len()));
                }
            }
            prop_assert_eq!(buffer.filled(), &model[..]);
            prop_assert_eq!(buffer.is_empty(), model.is_empty());
        }
    }
}

#[test]
fn grows_only_while_nothing_is_consumed() {
    let mut buffer = ReadBuffer::with_capacity(64);
    for _ in 0..1000 {
        let room = buffer.room().len();
        assert!((16..=64).contains(&room), "{room}");
        buffer.add(room);
        buffer.consume(60);
    }
    let room = buffer.room().len();
    buffer.add(room);
    assert_eq!(buffer.room().len(), 64);
    assert_eq!(buffer.filled().len(), 64);
    // More than there is room for is not taken.
    buffer.add(usize::MAX);
    assert_eq!(buffer.filled().len(), 128);
    buffer.consume(usize::MAX);
    assert!(buffer.is_empty());
}
