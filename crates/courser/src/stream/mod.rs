//! Bodies of responses as they come, item by item.
//!
//! [`Response::items`](crate::Response::items) and its kin read data in memory for one item at a
//! time, [`Response::events`](crate::Response::events) an event stream. After `send()` they are
//! streams, after `call()` what a `for` loop takes:
//!
//! ```no_run
//! # #[cfg(feature = "json")] {
//! #[derive(serde::Deserialize)]
//! struct Order { id: u64 }
//!
//! let response = courser::get("http://localhost/orders").as_stream().call()?;
//! for order in response.items::<Order>()? {
//!     println!("{}", order?.id);
//! }
//! # }
//! # Ok::<(), courser::Error>(())
//! ```
//!
//! The request has to ask for a stream ([`as_stream`](crate::RequestBuilder::as_stream)), or the
//! body is collected first. Where a connection is to be made anew for events,
//! [`RequestBuilder::event_source`](crate::RequestBuilder::event_source) does it.

mod events;
#[cfg(any(feature = "edn", feature = "json", feature = "transit"))]
mod items;
mod source;

pub use courser_coerce::stream::{Event, MAX_ITEM};
pub use events::{EventIter, EventStream};
#[cfg(any(feature = "edn", feature = "json", feature = "transit"))]
pub(crate) use items::Read;
#[cfg(any(feature = "edn", feature = "json", feature = "transit"))]
pub use items::{ItemIter, Items};
pub use source::{EventSource, EventSourceIter};
