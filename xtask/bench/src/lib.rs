//! What measurements share.

pub mod rounds;
