//! One value from one place to another, without a runtime.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

#[derive(Debug)]
struct State<T> {
    value: Option<T>,
    waker: Option<Waker>,
    gone: bool,
}

/// The sending half of [`oneshot`].
#[derive(Debug)]
pub struct Sender<T>(Arc<Mutex<State<T>>>);

/// The receiving half: a future of the value, or of `None` if the sender was dropped.
#[derive(Debug)]
pub struct Receiver<T>(Arc<Mutex<State<T>>>);

/// A channel for one value.
#[must_use]
pub fn oneshot<T>() -> (Sender<T>, Receiver<T>) {
    let state = State {
        value: None,
        waker: None,
        gone: false,
    };
    let state = Arc::new(Mutex::new(state));
    (Sender(state.clone()), Receiver(state))
}

impl<T> Sender<T> {
    /// Hands the value over; gives it back if nobody waits for it any more.
    pub fn send(self, value: T) -> Result<(), T> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.gone {
            return Err(value);
        }
        state.value = Some(value);
        Ok(()) // dropping the sender wakes
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let waker = {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            state.gone = true;
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Receiver<T> {
    /// Takes a value that was sent already, and refuses any later one.
    pub fn close(&mut self) -> Option<T> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.gone = true;
        state.value.take()
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.close();
    }
}

impl<T> Future for Receiver<T> {
    type Output = Option<T>;
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.value.take() {
            Some(value) => Poll::Ready(Some(value)),
            None if state.gone => Poll::Ready(None),
            None => {
                state.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}
