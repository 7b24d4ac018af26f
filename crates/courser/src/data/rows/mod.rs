//! The rows of the option table, a file for each section of the reference.

pub(super) mod auth;
pub(super) mod body;
pub(super) mod cache;
pub(super) mod connection;
pub(super) mod cookies;
pub(super) mod errors;
pub(super) mod headers;
pub(super) mod io_config;
pub(super) mod multipart;
pub(super) mod params;
pub(super) mod redirects;
pub(super) mod request;
pub(super) mod response;
pub(super) mod retry;
pub(super) mod seeing;
pub(super) mod time;
pub(super) mod tls;

/// What times take.
const TIME: &str = "milliseconds; 0 is no limit";
