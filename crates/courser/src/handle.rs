//! Requests under way in the background: callbacks, waiting, cancelling.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use courser_core::{Call, Canceller, Error, ErrorKind, Receiver, Result};

use crate::{Client, Request, RequestBuilder, Response, driver};

/// A request under way on a tokio runtime (clj-http's `:async true`).
///
/// It goes on whether or not anybody waits: dropping the handle leaves it alone. Await it, or
/// [`wait`](Handle::wait) for it on a thread of your own; [`cancel`](Handle::cancel) it from
/// anywhere.
///
/// ```no_run
/// # async fn f() -> courser::Result<()> {
/// let handle = courser::get("https://example.org").start()?;
/// // … something else meanwhile …
/// println!("{}", handle.await?.status);
/// # Ok(())
/// # }
/// ```
#[must_use = "to leave the request to itself, drop the handle"]
pub struct Handle<T = Response> {
    canceller: Canceller,
    result: Receiver<Result<T>>,
}

impl<T> Handle<T> {
    /// Ends the exchange, wherever it is: its connection is closed, what
    /// [`on_cancel`](RequestBuilder::on_cancel) was given runs, and the result is
    /// [`Cancelled`](ErrorKind::Cancelled). Too late, it does nothing.
    pub fn cancel(&self) {
        self.canceller.cancel();
    }

    /// Waits for the result, for `limit` at most, on the calling thread; `None` if it is not there
    /// by then, and the request goes on.
    ///
    /// Not for threads of the runtime that the request runs on, since it blocks them: there, await
    /// the handle.
    ///
    /// # Errors
    /// Those of the request.
    ///
    /// ```no_run
    /// # fn f(mut handle: courser::Handle) -> courser::Result<()> {
    /// use std::time::Duration;
    ///
    /// match handle.wait(Duration::from_secs(2)) {
    ///     Some(response) => println!("{}", response?.status),
    ///     None => handle.cancel(),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait(&mut self, limit: Duration) -> Option<Result<T>> {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut cx = Context::from_waker(&waker);
        let until = Instant::now().checked_add(limit);
        loop {
            if let Poll::Ready(result) = Pin::new(&mut *self).poll(&mut cx) {
                return Some(result);
            }
            match until.map(|until| until.saturating_duration_since(Instant::now())) {
                Some(Duration::ZERO) => return None,
                Some(left) => thread::park_timeout(left),
                None => thread::park(),
            }
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

impl<T> Future for Handle<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T>> {
        let result = Pin::new(&mut self.result).poll(cx);
        result.map(|result| {
            result.unwrap_or_else(|| {
                let message = "the request was left without a result";
                Err(Error::new(ErrorKind::Closed, message)
                    .help("its callback panicked, or its runtime was shut down"))
            })
        })
    }
}

impl<T> fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handle").field(&self.canceller).finish()
    }
}

/// What runs when a request is cancelled (`:oncancel`); in [`Request::extensions`].
#[derive(Clone)]
pub(crate) struct OnCancel(Arc<dyn Fn() + Send + Sync>);

impl OnCancel {
    pub(crate) fn run(&self) {
        (self.0)();
    }
}

impl Client {
    /// Sends a request in the background of the tokio runtime that we are in; see
    /// [`RequestBuilder::start`].
    ///
    /// # Errors
    /// What is wrong with the words of the request.
    pub fn start(&self, request: impl Into<Request>) -> Result<Handle> {
        self.start_boxed(Box::new(request.into()), |result| result)
    }

    fn start_boxed<T: Send + 'static>(
        &self,
        mut request: Box<Request>,
        done: impl FnOnce(Result<Response>) -> Result<T> + Send + 'static,
    ) -> Result<Handle<T>> {
        let rt = driver::tokio()?;
        let canceller = request.cancel.get_or_insert_default().clone();
        let response = self.run(Call::new(rt.clone()), request)?;
        let (sender, result) = courser_core::oneshot();
        rt.spawn(Box::pin(async move {
            let result = done(response.await.map(Response::from));
            // Nobody waits any more: the callbacks have run.
            let _ = sender.send(result);
        }));
        Ok(Handle { canceller, result })
    }
}

impl RequestBuilder {
    /// Sends it in the background of the tokio runtime that we are in, and returns at once.
    ///
    /// # Errors
    /// What is wrong with the words of the request; outside of a runtime, an error that names
    /// [`call`](RequestBuilder::call).
    pub fn start(self) -> Result<Handle> {
        self.start_done(|result| result)
    }

    /// The same, with callbacks (`:respond` and `:raise`): one of them runs, once, on the runtime,
    /// and what it returns is what the handle tells. Neither runs when the request is cancelled.
    ///
    /// ```no_run
    /// # fn f() -> courser::Result<()> {
    /// courser::get("https://example.org").start_with(
    ///     |response| println!("{}", response.status),
    ///     |error| eprintln!("{error}"),
    /// )?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`start`](RequestBuilder::start).
    pub fn start_with<T: Send + 'static>(
        self,
        respond: impl FnOnce(Response) -> T + Send + 'static,
        raise: impl FnOnce(Error) -> T + Send + 'static,
    ) -> Result<Handle<T>> {
        self.start_done(|result| match result {
            Ok(response) => Ok(respond(response)),
            Err(error) if error.kind() == ErrorKind::Cancelled => Err(error),
            Err(error) => Ok(raise(error)),
        })
    }

    fn start_done<T: Send + 'static>(
        self,
        done: impl FnOnce(Result<Response>) -> Result<T> + Send + 'static,
    ) -> Result<Handle<T>> {
        let (client, request) = self.split()?;
        client.refuse_opt(&request)?;
        client.start_boxed(request, done)
    }

    /// Runs `f` when the request is cancelled while it is under way (`:oncancel`), by its
    /// [`Handle`] or its [`Canceller`]; a future of `send` that is dropped just ends.
    pub fn on_cancel(self, f: impl Fn() + Send + Sync + 'static) -> Self {
        self.extension(OnCancel(Arc::new(f)))
    }
}
