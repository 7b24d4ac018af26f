//! Bodies as the crate `http-body` has them, both ways (feature `http-body`).

use std::any::Any;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use futures_core::Stream;
use http_body::{Frame, SizeHint};

use super::{Body, Source};
use crate::error::{BoxError, Error, Result};

impl Body {
    /// A body of another kind, as a stream; its length is told if its size hint is exact. A
    /// `Body` stays as it is. Trailers are left out (RFC 9110, 6.5.1): Courser has none.
    ///
    /// ```
    /// use courser_core::Body;
    ///
    /// let body = Body::http(http_body_util::Full::<courser_core::Bytes>::from("text"));
    /// assert_eq!(body.size(), Some(4));
    /// ```
    pub fn http<B>(body: B) -> Self
    where
        B: http_body::Body + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let mut body = Some(body);
        if let Some(ours) = (&mut body as &mut dyn Any).downcast_mut::<Option<Body>>() {
            return ours.take().unwrap_or_default();
        }
        let Some(body) = body else {
            return Body::empty();
        };
        let size = body.size_hint().exact();
        if size == Some(0) && body.is_end_stream() {
            return Body::empty();
        }
        let stream = Body::pieces(Box::pin(Frames(Box::pin(body))));
        match size {
            Some(size) => stream.with_size(size),
            None => stream,
        }
    }
}

struct Frames<B>(Pin<Box<B>>);

impl<B> Stream for Frames<B>
where
    B: http_body::Body,
    B::Error: Into<BoxError>,
{
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            return Poll::Ready(match ready!(self.0.as_mut().poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(mut data) => Some(Ok(data.copy_to_bytes(data.remaining()))),
                    Err(_) => continue,
                },
                Some(Err(error)) => Some(Err(Error::user(error))),
                None => None,
            });
        }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>>>> {
        let piece = self.get_mut().poll_piece(cx);
        piece.map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = SizeHint::default();
        match (self.size(), &self.source) {
            // It is told once, not how much is left.
            (Some(size), Source::Reading(_)) => hint.set_upper(size),
            (Some(size), _) => hint.set_exact(size),
            (None, _) => {}
        }
        hint
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::now;
    use http_body::Body as _;
    use std::convert::Infallible;

    /// So many frames of "ab", then trailers, then perhaps an error.
    struct Other(u8, Option<&'static str>, Option<u64>);

    impl http_body::Body for Other {
        type Data = Bytes;
        type Error = BoxError;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
            self.0 = self.0.saturating_sub(1);
            Poll::Ready(match self.0 {
                0 => self.1.take().map(|error| Err(error.into())),
                1 => Some(Ok(Frame::trailers(http::HeaderMap::new()))),
                _ => Some(Ok(Frame::data("ab".into()))),
            })
        }

        fn size_hint(&self) -> SizeHint {
            self.2.map_or_else(SizeHint::default, SizeHint::with_exact)
        }
    }

    #[test]
    fn other_bodies_become_ours() {
        fn check(other: Other, size: Option<u64>, expected: Result<&str, &str>) {
            let mut body = Body::http(other);
            assert_eq!(body.size(), size);
            match (now(body.collect(99)), expected) {
                (Ok(()), Ok(text)) => assert_eq!(body.as_bytes().unwrap(), text),
                (Err(error), Err(says)) => assert!(format!("{error:?}").contains(says), "{error}"),
                (got, _) => panic!("{got:?}, not {expected:?}"),
            }
        }
        check(Other(4, None, None), None, Ok("abab"));
        check(Other(3, None, Some(2)), Some(2), Ok("ab"));
        let broken = Other(3, Some("broken"), None);
        check(broken, None, Err("broken"));
        // One that is at its end is none; what is ours stays what it is.
        let none = http_body_util::Empty::<Bytes>::new();
        assert!(Body::http(none).is_empty());
        assert!(Body::http(Body::from("text")).is_text());
    }

    #[test]
    fn ours_are_read_as_others() {
        let bounds = |body: &Body| {
            let hint = http_body::Body::size_hint(body);
            (hint.lower(), hint.upper())
        };
        let mut body = Body::from("text");
        assert_eq!(bounds(&body), (4, Some(4)));
        assert!(!body.is_end_stream());
        let frame = now(std::future::poll_fn(|cx| {
            Pin::new(&mut body).poll_frame(cx)
        }));
        assert_eq!(frame.unwrap().unwrap().into_data().unwrap(), "text");
        assert!(body.is_end_stream());

        let stream = futures_util::stream::iter([Ok::<_, Infallible>("ab"), Ok("c")]);
        let mut body = Body::stream(stream).with_size(3);
        assert_eq!(bounds(&body), (3, Some(3)));
        now(body.next()).unwrap().unwrap();
        assert_eq!(bounds(&body), (0, Some(3)), "what is left is not known");
    }
}
