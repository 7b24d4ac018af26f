//! Every state in a table of its own. Each message is fed whole, byte by byte, in two pieces cut
//! at each place, read straight past the buffer, and cut short at each place: see `feed`.

// Helpers of tests are tests too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod buffer;
mod chunked;
mod fate;
mod feed;
mod head;
mod informational;
mod length;
mod leniency;
mod limits;
mod random;
mod request;
mod switched;
mod until_close;
mod upload;
