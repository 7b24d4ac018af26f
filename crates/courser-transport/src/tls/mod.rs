//! TLS: one adapter of ours over rustls and [`Io`](courser_core::rt::Io), under both drivers.

mod config;
mod explain;
mod stream;

pub(crate) use config::Configs;
pub(crate) use explain::explain;
pub(crate) use stream::TlsStream;
