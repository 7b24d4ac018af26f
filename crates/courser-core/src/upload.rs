//! The body of a request on its way out through hyper, for transports over it (feature
//! `http-body`).

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::body::Body;
use crate::error::{Error, ErrorKind};

/// How much is handed over at a time: progress is seen in steps of it.
pub const PIECE: usize = 64 * 1024;

/// What the one who waits for the answer knows of the upload, which hyper polls in a task of its
/// own: that it moves, and what it failed with.
///
/// It is kept for as long as the exchange lasts. When it is dropped, the upload ends, wherever it
/// is: hyper would go on with it for as long as the server takes more, though the answer has come
/// to its end, or the call to its deadline.
#[derive(Debug, Default)]
pub struct Upload(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    moved: bool,
    done: bool,
    failed: Option<Error>,
    /// Of the one who waits.
    waker: Option<Waker>,
    /// Of the task in which the body is pending.
    sender: Option<Waker>,
}

impl Upload {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether bytes went out since the last time; if not, `waker` is woken when some do.
    pub fn has_moved(&self, waker: &Waker) -> bool {
        let mut state = self.state();
        let moved = std::mem::take(&mut state.moved);
        if !moved && !state.waker.as_ref().is_some_and(|w| w.will_wake(waker)) {
            state.waker = Some(waker.clone());
        }
        moved
    }

    /// Whether all of it is out.
    pub fn is_done(&self) -> bool {
        self.state().done
    }

    /// What the body itself failed with: the reason of whatever hyper fails with then.
    pub fn failure(&self) -> Option<Error> {
        self.state().failed.clone()
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let waker = {
            let mut state = self.state();
            change(&mut state);
            state.moved = true;
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        let state = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = state.sender.take() {
            sender.wake();
        }
    }
}

/// A started body, as hyper reads it.
#[derive(Debug)]
pub struct UploadBody {
    body: Body,
    /// The rest of a piece that was larger than [`PIECE`].
    rest: Bytes,
    /// How much is still to come, where that is known.
    left: Option<u64>,
    upload: Weak<Upload>,
}

impl UploadBody {
    /// The body, of `size` where that is known, and what watches it.
    pub fn new(body: Body, size: Option<u64>) -> (Self, Arc<Upload>) {
        let upload = Upload::default();
        upload.state().done = size == Some(0);
        let upload = Arc::new(upload);
        let body = UploadBody {
            body,
            rest: Bytes::new(),
            left: size,
            upload: Arc::downgrade(&upload),
        };
        (body, upload)
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        if self.rest.is_empty() {
            match ready!(self.body.poll_piece(cx)) {
                Some(Ok(bytes)) => self.rest = bytes,
                other => return Poll::Ready(other),
            }
        }
        let len = self.rest.len().min(PIECE);
        Poll::Ready(Some(Ok(self.rest.split_to(len))))
    }
}

impl http_body::Body for UploadBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let Some(upload) = self.upload.upgrade() else {
            let over = "the exchange was over before all of the body was sent";
            return Poll::Ready(Some(Err(Error::new(ErrorKind::Closed, over))));
        };
        let piece = match self.poll_piece(cx) {
            Poll::Ready(piece) => piece,
            Poll::Pending => {
                let mut state = upload.state();
                if !state
                    .sender
                    .as_ref()
                    .is_some_and(|w| w.will_wake(cx.waker()))
                {
                    state.sender = Some(cx.waker().clone());
                }
                return Poll::Pending;
            }
        };
        Poll::Ready(match piece {
            Some(Ok(bytes)) => {
                let left = self
                    .left
                    .map(|left| left.saturating_sub(bytes.len() as u64));
                self.left = left;
                // hyper does not ask again once it has the length that was told.
                upload.change(|state| state.done = left == Some(0));
                Some(Ok(Frame::data(bytes)))
            }
            Some(Err(error)) => {
                upload.change(|state| state.failed = Some(error.clone()));
                Some(Err(error))
            }
            None => {
                upload.change(|state| state.done = true);
                None
            }
        })
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map(SizeHint::with_exact).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body::Body as _;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    fn next(body: &mut UploadBody) -> Option<Result<usize, Error>> {
        let mut cx = Context::from_waker(Waker::noop());
        match Pin::new(body).poll_frame(&mut cx) {
            Poll::Ready(frame) => frame.map(|f| f.map(|f| f.into_data().unwrap().len())),
            Poll::Pending => panic!("pending"),
        }
    }

    #[test]
    fn large_pieces_go_out_in_steps_that_are_seen() {
        let body = Body::from(vec![7; PIECE + 1]);
        let (mut body, upload) = UploadBody::new(body, Some(PIECE as u64 + 1));
        assert_eq!(body.size_hint().exact(), Some(PIECE as u64 + 1));
        assert!(!upload.has_moved(Waker::noop()));
        assert_eq!(next(&mut body).unwrap().unwrap(), PIECE);
        assert!(upload.has_moved(Waker::noop()) && !upload.has_moved(Waker::noop()));
        assert_eq!(body.size_hint().exact(), Some(1));
        assert!(!upload.is_done());
        assert_eq!(next(&mut body).unwrap().unwrap(), 1);
        assert!(upload.is_done());
        assert!(next(&mut body).is_none());
    }

    #[test]
    fn the_error_of_the_stream_is_kept() {
        let stream = futures_util::stream::iter([Ok("a"), Err("the disk is gone")]);
        let (mut body, upload) = UploadBody::new(Body::stream(stream), None);
        assert_eq!(body.size_hint().exact(), None);
        assert_eq!(next(&mut body).unwrap().unwrap(), 1);
        assert!(next(&mut body).unwrap().is_err());
        let error = upload.failure().unwrap();
        assert!(
            format!("{error:?}").contains("the disk is gone"),
            "{error:?}"
        );
    }

    #[test]
    fn it_ends_with_the_exchange() {
        struct Count(AtomicUsize);
        impl Wake for Count {
            fn wake(self: Arc<Self>) {
                self.0.fetch_add(1, Ordering::SeqCst);
            }
        }
        let count = Arc::new(Count(AtomicUsize::new(0)));
        let waker = Waker::from(count.clone());
        let mut cx = Context::from_waker(&waker);
        let stream = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
        let (mut body, upload) = UploadBody::new(Body::stream(stream), None);
        for _ in 0..2 {
            assert!(Pin::new(&mut body).poll_frame(&mut cx).is_pending());
        }
        drop(upload);
        assert_eq!(count.0.load(Ordering::SeqCst), 1);
        let error = next(&mut body).unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed);
    }
}
