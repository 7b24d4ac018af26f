//! Bodies one after another.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;

use crate::body::Body;
use crate::error::Result;
use crate::rt::Runtime;

/// The pieces of several bodies, each begun when the one before it is at its end.
pub(crate) struct Chain {
    left: VecDeque<Body>,
    current: Body,
    /// Where files and readers are read, if not here and now.
    rt: Option<Arc<dyn Runtime>>,
}

impl Chain {
    pub(crate) fn new(bodies: &[Body], rt: Option<Arc<dyn Runtime>>) -> Self {
        Chain {
            left: bodies.iter().cloned().collect(),
            current: Body::empty(),
            rt,
        }
    }
}

impl Stream for Chain {
    type Item = Result<Bytes>;
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(piece) = std::task::ready!(self.current.poll_piece(cx)) {
                return Poll::Ready(Some(piece));
            }
            let Some(next) = self.left.pop_front() else {
                return Poll::Ready(None);
            };
            let next = match &self.rt {
                Some(rt) => next.start(rt),
                None => Ok(next),
            };
            match next {
                Ok(next) => self.current = next,
                Err(error) => {
                    self.left.clear();
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }
}
