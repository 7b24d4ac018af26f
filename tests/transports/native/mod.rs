//! What only the native transport does: it hands out single connections, and dials by itself.

mod closing;
mod connecting;
mod expectations;
mod http2;
mod reuse;
mod sessions;
mod wire;

use std::sync::Arc;

use super::support::*;

/// A new transport.
fn native() -> Arc<dyn courser_core::Connector> {
    WAYS[0].connector()
}
