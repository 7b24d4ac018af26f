//! The built-in stages of the Courser HTTP client that concern the message itself; those of
//! formats are in `courser-coerce`, those of credentials in `courser-auth`.
//!
//! Each module is one stage: its options group, where it has one, and its
//! [`Hook`](courser_core::Hook). In which order they run stands in `courser::default_stack`.

pub mod accept;
pub mod accept_encoding;
pub mod compress;
pub mod content_type;
pub mod debug;
pub mod decompress;
pub mod interceptors;
pub mod links;
#[cfg(feature = "html")]
pub mod meta_tags;
pub mod progress;
pub mod redirect;
pub mod retry;
pub mod save_request;
pub mod status;
pub mod timing;
pub mod trace;
pub mod url;
pub mod user_agent;
