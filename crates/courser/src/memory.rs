//! What clients remember from one request to the next: cookies.

use std::sync::Arc;

use courser_core::CookieStore;

/// Where a call remembers cookies that has no store of its own.
#[derive(Clone)]
pub(crate) enum Memory {
    /// In the client's store: until that is gone.
    Kept(Arc<dyn CookieStore>),
    /// In one of its own: over its redirects.
    OfCall,
}

impl Memory {
    /// The memory of a client that is used again and again.
    pub(crate) fn kept() -> Self {
        empty().map_or(Memory::OfCall, Memory::Kept)
    }

    /// The store of a call.
    pub(crate) fn store(&self) -> Option<Arc<dyn CookieStore>> {
        match self {
            Memory::Kept(store) => Some(store.clone()),
            Memory::OfCall => empty(),
        }
    }
}

#[cfg(feature = "cookies")]
#[allow(clippy::unnecessary_wraps)] // there is none without the feature
fn empty() -> Option<Arc<dyn CookieStore>> {
    Some(Arc::new(courser_cookies::Jar::new()))
}

#[cfg(not(feature = "cookies"))]
fn empty() -> Option<Arc<dyn CookieStore>> {
    None
}
