//! The stage `retries`: sends again what got no answer, or one that says to come again.
//!
//! What it decides is in pure functions: `policy` for whether to send again, `after` for what a
//! server asks.

mod after;
mod policy;
mod stage;

pub use policy::{MAX_RETRIES, StandardRetries};
pub use stage::RetryStage;
pub(crate) use stage::{NotAgain, explained};
