//! Courser from a user's side: one binary, a module a concern, against loopback servers.

// clippy allows these in the tests themselves, not in what they share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod api;
mod attacks_cookies;
mod attacks_framing;
mod attacks_redirects;
mod attacks_response;
mod compression;
mod cookies;
mod data;
mod driving;
mod errors;
mod handles;
mod head_limits;
mod mistakes;
mod multipart;
mod pools;
mod progress;
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
mod transports;
mod upgrades;

/// A client over each transport.
fn clients() -> [courser::Client; 2] {
    let reqwest = std::sync::Arc::new(courser::reqwest::Reqwest::new());
    let builder = courser::Client::builder().transport(reqwest);
    [courser::Client::new(), builder.build().unwrap()]
}
