//! Courser beside recordings of what clj-http really does.
//!
//! Each [`Case`](case::Case) is run in this process against a scripted recorder ([`run`]), and what went over the wire
//! and came back is [compared](compare) with the recording, or with what the [list of deviations](deviations) makes
//! of it. What a transport cannot do is counted as a [limit](limits).
#![allow(
    missing_docs,
    reason = "an unpublished tool; what is not obvious has a comment"
)]

pub mod case;
pub mod client;
pub mod compare;
pub mod deviations;
mod digest;
pub mod echo;
pub mod facade;
mod json;
pub mod limits;
pub mod mutate;
mod random;
pub mod reason;
pub mod report;
pub mod run;
mod template;
mod value;
pub mod verdict;

#[cfg(test)]
mod testing;
