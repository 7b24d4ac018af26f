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

/// Keeps the room of a request in which nothing is left.
pub(super) fn keep(request: Box<Request>) {
    let _ = SPARE.try_with(|spare| spare.set(Some(request)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::lower;
    use courser_core::testing::FakeRt;
    use courser_core::{Call, Method};

    #[test]
    fn nothing_is_left_in_it() {
        fn check(say_more: impl FnOnce(&mut Request)) {
            let mut request = take();
            request.method = Method::POST;
            request.url = "http://localhost/?token=secret".into();
            request.headers.append("X-Token", "secret").unwrap();
            request.body = "secret".into();
            request.extensions.set("secret");
            say_more(&mut request);
            let room = std::ptr::from_ref(&*request);
            lower(request, Call::new(FakeRt::runtime())).unwrap();
            let again = take();
            assert!(std::ptr::eq(room, &raw const *again));
            assert_eq!(format!("{again:?}"), format!("{:?}", Request::default()));
            assert!(again.extensions.is_empty() && again.body.is_empty());
            assert!(!std::ptr::eq(room, &raw const *take()));
        }
        check(|_| {});
        check(|request| request.throw_exceptions = Some(false));
        check(|request| request.basic_auth = Some(("user".into(), "secret".into())));
    }
}
