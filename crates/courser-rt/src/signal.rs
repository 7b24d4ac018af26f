//! What wakes a thread that waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Wake;
use std::thread::{self, Thread};
use std::time::Instant;

#[cfg(feature = "net")]
use crate::net::pipe::Pipe;

/// Wakes one thread, from any: it is the waker of all executors on that thread.
#[derive(Debug)]
pub(crate) struct Signal {
    thread: Thread,
    woken: AtomicBool,
    /// For while the thread waits for sockets.
    #[cfg(feature = "net")]
    pub(crate) pipe: Pipe,
}

impl Signal {
    /// Of the calling thread.
    pub(crate) fn new() -> Self {
        Signal {
            thread: thread::current(),
            woken: AtomicBool::new(false),
            #[cfg(feature = "net")]
            pipe: Pipe::default(),
        }
    }

    /// Whether it was woken since it was last asked.
    pub(crate) fn take(&self) -> bool {
        self.woken.swap(false, Ordering::SeqCst)
    }

    /// Whether it was woken; the next to ask is told so again.
    #[cfg(feature = "net")]
    pub(crate) fn is_set(&self) -> bool {
        self.woken.load(Ordering::SeqCst)
    }

    /// Has the next to ask told that it was woken.
    pub(crate) fn set(&self) {
        self.woken.store(true, Ordering::SeqCst);
    }
}

/// Waits until the signal of this thread may have come, or until a time.
pub(crate) fn park(until: Option<Instant>) {
    // A wake since the last look at the flag has left a token. Other code on this thread may
    // have left one too, or taken one: the first costs a turn, and the second was before that
    // look.
    match until {
        Some(at) => thread::park_timeout(at.saturating_duration_since(Instant::now())),
        None => thread::park(),
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.woken.swap(true, Ordering::SeqCst) {
            #[cfg(feature = "net")]
            self.pipe.ring();
            self.thread.unpark();
        }
    }
}
