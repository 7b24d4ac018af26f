//! Events over as many connections as it takes.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use courser_coerce::stream::{Event, Events};
use courser_core::rt::Runtime;
use courser_core::{BoxFuture, Call, Error, ErrorKind, Response, Result, excerpt};
use futures_core::Stream;

use super::EventStream;
use crate::{As, Client, Request, driver};

/// How long to wait before connecting again, unless the stream tells.
const RETRY: Duration = Duration::from_secs(3);

/// Up to where waiting doubles; the stream may tell more.
const MAX_DELAY: Duration = Duration::from_secs(60);

/// Events of a server, connecting again where the connection ends, as `EventSource` of browsers
/// does (HTML standard, 9.2.3).
///
/// Each connection is a request through the client's own stack, with the ID of the last event as
/// `Last-Event-ID`. Before it the stream waits: 3 s, or what the server told by `retry:`, twice
/// as long with each connection in a row that had no event, up to a minute, and up to a quarter
/// more by chance, so that clients do not come back all at once.
///
/// It ends when the server answers 204. It ends with an error when the first connection cannot be
/// made; when a response is not 200 or no event stream; when a request is wrong or cancelled; when
/// an event is too large; and when too many connections in a row had no event. What fails
/// otherwise (no connection, a limit of time, a break in the middle) is tried again, silently.
/// Servers that rest for longer than `:socket-timeout` are such a case; give a longer one, or
/// let them send comments.
///
/// ```no_run
/// let request = courser::get("http://localhost/events");
/// for event in request.event_source()? {
///     let event = event?;
///     println!("{}: {}", event.event, event.data);
/// }
/// # Ok::<(), courser::Error>(())
/// ```
pub struct EventSource {
    source: Option<Box<Source>>,
    /// The step that is under way.
    step: Option<Step>,
}

/// What waits for the next event, and gives the source back with it.
type Step = BoxFuture<'static, (Box<Source>, Option<Result<Event>>)>;

struct Source {
    client: Client,
    request: Request,
    live: Option<EventStream>,
    last_event_id: String,
    retry: Duration,
    /// How many connections in a row had no event, and how many may.
    failures: u32,
    max_failures: u32,
    max_event_size: usize,
    was_connected: bool,
    is_done: bool,
}

impl EventSource {
    pub(crate) fn new(client: Client, mut request: Request) -> Result<Self> {
        request.as_ = Some(As::Stream);
        if request.accept.is_none() {
            request
                .headers
                .insert_default("Accept", "text/event-stream")?;
        }
        request
            .headers
            .insert_default("Cache-Control", "no-store")?;
        let last_event_id = request.headers.text("last-event-id");
        let last_event_id = last_event_id.unwrap_or_default().into_owned();
        let source = Source {
            client,
            request,
            live: None,
            last_event_id,
            retry: RETRY,
            failures: 0,
            max_failures: 10,
            max_event_size: super::MAX_ITEM,
            was_connected: false,
            is_done: false,
        };
        Ok(EventSource {
            source: Some(Box::new(source)),
            step: None,
        })
    }

    fn set(mut self, set: impl FnOnce(&mut Source)) -> Self {
        if let Some(source) = &mut self.source {
            set(source);
        }
        self
    }

    /// Sets how many connections in a row may go without an event, before it gives up with an
    /// error. *Default:* 10.
    #[must_use]
    pub fn max_failures(self, connections: u32) -> Self {
        self.set(|source| source.max_failures = connections)
    }

    /// Sets how long to wait before connecting again, until the server tells. *Default:* 3 s.
    #[must_use]
    pub fn retry(self, delay: Duration) -> Self {
        self.set(|source| source.retry = delay)
    }

    /// Sets the most bytes of an event. *Default:* [`MAX_ITEM`](super::MAX_ITEM), 16 MiB.
    #[must_use]
    pub fn max_event_size(self, bytes: usize) -> Self {
        self.set(|source| source.max_event_size = bytes)
    }

    /// The next event, on the tokio runtime that we are in; `None` at the end.
    ///
    /// Dropping the future loses nothing: the next one goes on with what was under way.
    pub async fn next(&mut self) -> Option<Result<Event>> {
        std::future::poll_fn(|cx| self.poll_event(cx)).await
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Event>>> {
        let step = match (&mut self.step, self.source.take()) {
            (Some(step), _) => step,
            (None, None) => return Poll::Ready(None),
            (slot, Some(mut source)) => {
                let rt = match driver::tokio() {
                    Ok(rt) => rt,
                    Err(error) => return Poll::Ready(Some(Err(error))),
                };
                slot.insert(Box::pin(async move {
                    let event = source.step(&rt).await;
                    (source, event)
                }))
            }
        };
        let (source, event) = ready!(step.as_mut().poll(cx));
        self.step = None;
        self.source = Some(source);
        Poll::Ready(event)
    }
}

impl Source {
    /// The next event, over whatever connections it takes.
    async fn step(&mut self, rt: &Arc<dyn Runtime>) -> Option<Result<Event>> {
        while !self.is_done {
            let error = match &mut self.live {
                None => match self.connect(rt).await {
                    Ok(true) => continue,
                    Ok(false) => break,
                    Err(error) => Some(error),
                },
                Some(live) => match live.next().await {
                    Some(Ok(event)) => {
                        self.failures = 0;
                        return Some(Ok(event));
                    }
                    ended => {
                        live.last_event_id().clone_into(&mut self.last_event_id);
                        self.retry = live.retry().unwrap_or(self.retry);
                        self.live = None;
                        ended.and_then(Result::err)
                    }
                },
            };
            if let Err(error) = self.failed(error) {
                self.is_done = true;
                return Some(Err(error));
            }
        }
        self.is_done = true;
        None
    }

    /// Connects; not if the server says that there is nothing more.
    async fn connect(&mut self, rt: &Arc<dyn Runtime>) -> Result<bool> {
        if self.was_connected {
            let at = rt.now().checked_add(self.delay());
            if let Some(at) = at {
                rt.sleep_until(at).await;
            }
        }
        let mut request = Box::new(self.request.clone());
        if !self.last_event_id.is_empty() {
            request
                .headers
                .insert("Last-Event-ID", self.last_event_id.as_str())?;
        }
        let response = self.client.run(Call::new(rt.clone()), request)?.await?;
        if response.status.as_u16() == 204 {
            return Ok(false);
        }
        check(&response)?;
        self.was_connected = true;
        let events = Events::after(&self.last_event_id).with_limit(self.max_event_size);
        self.live = Some(EventStream::new(response.body, events));
        Ok(true)
    }

    /// Whether it may go on after that.
    fn failed(&mut self, error: Option<Error>) -> Result<()> {
        self.failures += 1;
        let may_connect = |error: &Error| {
            let kind = error.kind();
            matches!(
                kind,
                ErrorKind::Timeout(_) | ErrorKind::Io | ErrorKind::Connect | ErrorKind::Dns
            )
        };
        if let Some(error) = error
            .as_ref()
            .filter(|error| !self.was_connected || !may_connect(error))
        {
            return Err(error.clone());
        }
        if self.failures <= self.max_failures {
            return Ok(());
        }
        let message = format!("{} connections in a row had no event", self.failures);
        let kind = error.as_ref().map_or(ErrorKind::Io, Error::kind);
        let gave_up = Error::new(kind, message)
            .with("url", excerpt(&self.request.url, 200))
            .help("max_failures(connections) sets the limit");
        Err(match error {
            Some(error) => gave_up.because(error),
            None => gave_up,
        })
    }

    fn delay(&self) -> Duration {
        let doubled = self
            .retry
            .saturating_mul(1 << self.failures.saturating_sub(1).min(16));
        let delay = doubled.min(MAX_DELAY.max(self.retry));
        let chance = RandomState::new().build_hasher().finish() % 256;
        delay.saturating_add(delay / 1024 * chance as u32)
    }
}

/// HTML standard, 9.2.3: any other response fails the connection for good.
fn check(response: &Response) -> Result<()> {
    let content_type = response.headers.text("content-type").unwrap_or_default();
    let error = if response.status.as_u16() != 200 {
        Error::new(
            ErrorKind::Status(response.status),
            "events come with status 200",
        )
        .with("status", response.status.as_u16())
    } else if !crate::MediaType::parse(&content_type).is_some_and(|it| it.is("text/event-stream")) {
        Error::new(ErrorKind::Decode, "the response is no event stream")
    } else {
        return Ok(());
    };
    Err(error
        .with("content-type", excerpt(&content_type, 80))
        .with("url", response.url.redacted()))
}

impl Stream for EventSource {
    type Item = Result<Event>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_event(cx)
    }
}

impl IntoIterator for EventSource {
    type Item = Result<Event>;
    type IntoIter = EventSourceIter;

    /// Its iterator waits on the calling thread. If an event was under way by
    /// [`next`](EventSource::next) it has an error: that cannot go on without its runtime.
    fn into_iter(self) -> EventSourceIter {
        EventSourceIter(self.source.ok_or_else(|| {
            let message = "an event source was under way on another runtime";
            Some(Error::invalid(message).help("await next() to its end, or begin anew"))
        }))
    }
}

impl fmt::Debug for EventSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSource").finish_non_exhaustive()
    }
}

/// An [`EventSource`] on the calling thread.
pub struct EventSourceIter(Result<Box<Source>, Option<Error>>);

impl Iterator for EventSourceIter {
    type Item = Result<Event>;

    fn next(&mut self) -> Option<Self::Item> {
        let source = match &mut self.0 {
            Ok(source) => source,
            Err(error) => return error.take().map(Err),
        };
        if source.is_done {
            return None;
        }
        let step = source
            .client
            .blocking()
            .and_then(|rt| driver::block_on(async { source.step(&rt).await.transpose() }));
        if step.is_err() {
            source.is_done = true;
        }
        step.transpose()
    }
}

impl fmt::Debug for EventSourceIter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSourceIter").finish_non_exhaustive()
    }
}
