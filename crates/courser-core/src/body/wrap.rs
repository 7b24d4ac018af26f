//! Streams of stages around bodies.

use std::sync::Arc;

use sync_wrapper::SyncWrapper;

use super::{Body, Source};
use crate::pieces::Pieces;

/// Around a body that comes.
pub(super) struct Wrapped {
    pub(super) inner: Body,
    pub(super) wrap: Box<dyn FnOnce(Body) -> Pieces + Send>,
}

/// Around a body that goes, perhaps more than once.
#[derive(Clone)]
pub(super) struct Through {
    pub(super) inner: Body,
    pub(super) wrap: Arc<dyn Fn(Body) -> Pieces + Send + Sync>,
}

impl Body {
    /// Puts a stage's own stream around the pieces, such as a decoder; the size is forgotten. It
    /// is made when the body is first read.
    pub fn wrap(&mut self, wrap: impl FnOnce(Body) -> Pieces + Send + 'static) {
        let inner = std::mem::take(self);
        let wrap = Box::new(wrap);
        let wrapped = Box::new(Wrapped { inner, wrap });
        *self = Body::new(Source::Wrapped(SyncWrapper::new(wrapped)), None);
    }

    /// The body as a stage's own stream gives it when it is sent, such as an encoder's: made anew
    /// for each try, so that it can be sent again if this one can. Its length is that of
    /// [`with_size`](Body::with_size); without that, not known.
    ///
    /// ```
    /// use courser_core::Body;
    ///
    /// let body = Body::from("text").through(|body| Box::pin(body)).with_size(4);
    /// assert!(body.as_bytes().is_none() && body.replay().is_some());
    /// ```
    #[must_use]
    pub fn through(self, wrap: impl Fn(Body) -> Pieces + Send + Sync + 'static) -> Self {
        let through = Through {
            inner: self,
            wrap: Arc::new(wrap),
        };
        Body::new(Source::Through(Box::new(through)), None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FakeRt, now};

    fn stream(parts: &'static [&'static str]) -> Body {
        Body::stream(futures_util::stream::iter(parts.iter().map(
            |part| match *part {
                "!" => Err("broken"),
                part => Ok(part),
            },
        )))
    }

    #[test]
    fn through_a_stream() {
        // Each piece is doubled, by a stream made anew each time.
        fn doubled(body: Body) -> Body {
            body.through(|mut body| {
                Box::pin(futures_util::stream::poll_fn(move |cx| {
                    body.poll_piece(cx).map(|piece| {
                        piece.map(|piece| piece.map(|p| [&p[..], &p[..]].concat().into()))
                    })
                }))
            })
        }
        fn check(body: Body, again: bool, expected: Result<&str, &str>) {
            let body = doubled(body);
            assert_eq!(body.size(), None);
            assert_eq!(body.replay().is_some(), again);
            let clones = if again { 2 } else { 1 };
            for body in vec![body; clones] {
                let mut started = body.start(&FakeRt::runtime()).unwrap();
                match (now(started.collect(99)), expected) {
                    (Ok(()), Ok(text)) => assert_eq!(started.as_bytes().unwrap(), text),
                    (Err(error), Err(says)) => assert!(error.to_string().contains(says), "{error}"),
                    (got, _) => panic!("{got:?} {expected:?}"),
                }
            }
        }
        check("ab".into(), true, Ok("abab"));
        check(Body::factory(|| Ok("ab".into())), true, Ok("abab"));
        check(stream(&["a", "b"]), false, Ok("aabb"));
        check(stream(&["a", "!"]), false, Err("a body of yours failed"));
        check(doubled("a".into()), true, Ok("aaaa"));
        // Held to the length that it is said to become, and to its own.
        let size = |body: Body, size| doubled(body).with_size(size);
        let mut right = size("ab".into(), 4).start(&FakeRt::runtime()).unwrap();
        now(right.collect(9)).unwrap();
        let mut wrong = size("ab".into(), 3).start(&FakeRt::runtime()).unwrap();
        now(wrong.collect(9)).unwrap_err();
        let short = Body::reader(&b"a"[..]).with_size(2);
        let mut short = doubled(short).start(&FakeRt::runtime()).unwrap();
        let error = now(short.collect(9)).unwrap_err();
        assert!(error.to_string().contains("shorter"), "{error}");
        // Unstarted, as a stage may read it.
        let mut read = doubled("ab".into());
        now(read.collect(9)).unwrap();
        assert_eq!(read.as_bytes().unwrap(), "abab");
    }
}
