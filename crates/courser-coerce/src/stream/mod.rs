//! Data that comes bit by bit, taken apart into its items as they are complete: without I/O, and
//! in memory for one item at a time.
//!
//! * [`Frames`] finds the items of a JSON array, of JSON lines, and of values that follow each
//!   other as JSON (Transit too), EDN or `MessagePack`. Each is then read by the codec of its
//!   format.
//! * [`Events`] reads an event stream (server-sent events).
//!
//! Both are fed bytes, cut wherever they may be, and asked for the next item until there is none
//! for now.
//!
//! | limit | default |
//! |---|---|
//! | bytes of an item, or of an event | [`MAX_ITEM`] (16 MiB) |
//! | levels of nesting before the codec's own limit | 1024 |

mod edn;
mod error;
mod events;
mod frames;
mod json;
mod msgpack;

pub use error::Error;
pub use events::{Event, Events};
pub use frames::{Frame, Frames, Framing};

/// The most bytes of an item or event, unless another limit is set: 16 MiB.
pub const MAX_ITEM: usize = 16 << 20;

/// The most levels that are followed to find the end of an item; codecs have lower limits, or
/// as low ones.
const MAX_DEPTH: usize = 1024;
