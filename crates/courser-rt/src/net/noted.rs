//! Which calls to the system were made, for tests.

#[cfg(test)]
thread_local! {
    /// The calls to the system that this thread has made for its sockets, in order.
    pub(crate) static CALLS: std::cell::RefCell<Vec<&'static str>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// Notes a call, for tests.
#[inline]
pub(crate) fn note(call: &'static str) {
    #[cfg(test)]
    CALLS.with_borrow_mut(|calls| calls.push(call));
    #[cfg(not(test))]
    let _ = call;
}
