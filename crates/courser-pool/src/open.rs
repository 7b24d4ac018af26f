//! Closing connections that are in use.

use std::fmt;
use std::sync::{Mutex, PoisonError, Weak};

use courser_core::Conn;
use courser_core::rt::Close;

/// All connections that a manager made and that still are, as far as they can be closed from
/// elsewhere. It is looked at only when one is made: leases cost nothing.
#[derive(Default)]
pub(crate) struct Open(Mutex<State>);

#[derive(Default)]
struct State {
    closed: bool,
    all: Vec<Weak<dyn Close>>,
}

impl Open {
    /// Notes a connection; `false` if all are closed, and so should this be.
    pub(crate) fn add(&self, conn: &dyn Conn) -> bool {
        let closer = conn.closer();
        let mut this = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(closer) = closer {
            // Those that are gone are forgotten in time, each at the cost of two that came.
            if this.all.len() == this.all.capacity() {
                this.all.retain(|closer| closer.strong_count() > 0);
                let more = this.all.len().max(8);
                this.all.reserve(more);
            }
            this.all.push(closer);
        }
        !this.closed
    }

    /// Closes all, and those to come.
    pub(crate) fn close(&self) {
        let all = {
            let mut this = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            this.closed = true;
            std::mem::take(&mut this.all)
        };
        for closer in all.iter().filter_map(Weak::upgrade) {
            closer.close();
        }
    }
}

impl fmt::Debug for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Open")
    }
}
