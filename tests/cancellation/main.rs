//! Requests given up at every point of their way, over and over: nothing of them is left, no
//! lease, no waiter, no descriptor, and the next request works.
//!
//! A binary of its own, whose tests run one at a time: what is counted is what the process has.

// clippy allows these in the tests themselves, not in what they share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod callbacks;
mod cases;
mod counts;
mod futures;
mod halves;
