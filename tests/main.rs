//! Courser from a user's side: one binary, a module a concern, against loopback servers.

// clippy allows these in the tests themselves, not in what they share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod api;
mod attacks_cookies;
mod attacks_framing;
mod attacks_redirects;
mod attacks_response;
mod cookies;
mod data;
mod driving;
mod errors;
mod handles;
mod head_limits;
mod mistakes;
mod multipart;
mod pools;
mod proxies;
mod redirects;
mod requests;
mod responses;
mod retries;
mod stages;
mod streams;
mod timeouts;
mod timings;
mod tls;
mod tower;
mod upgrades;
