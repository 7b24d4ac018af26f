//! The stage `retries`: sends again what got no answer.

mod policy;
mod stage;

pub use policy::{MAX_RETRIES, StandardRetries};
pub use stage::RetryStage;
