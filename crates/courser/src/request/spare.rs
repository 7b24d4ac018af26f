//! A request's room, for the next.

use std::cell::Cell;

use super::Request;

thread_local! {
    static SPARE: Cell<Option<Box<Request>>> = const { Cell::new(None) };
}

/// An empty request. It is larger than what allocators have at hand, which is why each thread
/// keeps the room of one.
pub(crate) fn take() -> Box<Request> {
    // A thread that is ending keeps nothing.
    let kept = SPARE.try_with(Cell::take).ok().flatten();
    kept.unwrap_or_default()
}

/// Keeps the room of a request, and nothing that was in it.
pub(crate) fn keep(mut request: Box<Request>) {
    *request = Request::default();
    let _ = SPARE.try_with(|spare| spare.set(Some(request)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_in_it() {
        let mut request = take();
        request.url = "http://localhost/?token=secret".into();
        request.throw_exceptions = Some(false);
        let room = std::ptr::from_ref(&*request);
        keep(request);
        let again = take();
        assert!(std::ptr::eq(room, &raw const *again));
        assert_eq!(format!("{again:?}"), format!("{:?}", Request::default()));
        assert!(!std::ptr::eq(room, &raw const *take()));
    }
}
