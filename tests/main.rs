//! Courser from a user's side: one binary, a module a concern, against loopback servers.

mod api;
mod data;
mod driving;
mod errors;
mod pools;
mod requests;
mod responses;
mod stages;
mod tls;
