//! The chores of the workspace, as a library that tests can call.

pub mod features;
pub mod metadata;
pub mod steps;
pub mod test;
pub mod tidy;
