//! Event streams (server-sent events), as the
//! [HTML standard](https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream)
//! has them, 9.2.5 and 9.2.6.

use std::time::Duration;

use super::{Error, MAX_ITEM};

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Event {
    /// Its type (`event:`); `message` if it tells none.
    pub event: String,
    /// Its data, of all of its lines, with line feeds between.
    pub data: String,
    /// The last `id:` that was told by then, also by an earlier event; empty if there was none.
    pub id: String,
}

/// Reads an event stream, fed in pieces.
///
/// ```
/// use courser_coerce::stream::Events;
///
/// let mut events = Events::default();
/// events.feed(b"id: 7\ndata: one\ndata: two\n\nevent: bye\ndata:\n");
/// let event = events.next()?.unwrap();
/// assert_eq!((event.event.as_str(), event.data.as_str(), event.id.as_str()), ("message", "one\ntwo", "7"));
/// // Not complete without an empty line, and then without data: that makes no event.
/// assert!(events.next()?.is_none());
/// # Ok::<(), courser_coerce::stream::Error>(())
/// ```
///
/// What is not UTF-8 becomes U+FFFD, and what the stream ends within is no event, as the standard
/// says.
#[derive(Debug)]
pub struct Events {
    input: Vec<u8>,
    /// How much of the input was read.
    at: usize,
    /// Where the input begins in the stream.
    base: u64,
    /// The line that is not complete yet.
    line: Vec<u8>,
    /// Whether the last line ended with a CR, to which a LF may belong.
    after_cr: bool,
    is_first_line: bool,
    event: String,
    data: String,
    /// The standard's buffer of the last event's ID, which counts with the next empty line.
    id: String,
    last_id: String,
    retry: Option<Duration>,
    limit: usize,
    /// How many events there were.
    count: u64,
    failed: Option<Error>,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            input: Vec::new(),
            at: 0,
            base: 0,
            line: Vec::new(),
            after_cr: false,
            is_first_line: true,
            event: String::new(),
            data: String::new(),
            id: String::new(),
            last_id: String::new(),
            retry: None,
            limit: MAX_ITEM,
            count: 0,
            failed: None,
        }
    }
}

impl Events {
    /// For a stream that goes on where another ended: with the ID of the last event that came.
    #[must_use]
    pub fn after(last_event_id: &str) -> Self {
        Self {
            id: last_event_id.to_owned(),
            last_id: last_event_id.to_owned(),
            ..Self::default()
        }
    }

    /// Sets the most bytes of an event. *Default:* [`MAX_ITEM`].
    #[must_use]
    pub fn with_limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// What to send as `Last-Event-ID` when connecting again; empty if nothing.
    pub fn last_event_id(&self) -> &str {
        &self.last_id
    }

    /// How long to wait before connecting again, if the stream told (`retry:`).
    pub fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// Takes the next bytes of the stream.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.input.drain(..self.at);
        self.base += self.at as u64;
        self.at = 0;
        self.input.extend_from_slice(bytes);
    }

    /// The next event; `None` if it is not complete yet.
    ///
    /// # Errors
    /// [`Error`] for an event beyond the limit, the same for ever after.
    #[allow(clippy::should_implement_trait)] // it goes on after a `None`
    pub fn next(&mut self) -> Result<Option<Event>, Error> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        loop {
            let rest = self.input.get(self.at..).unwrap_or_default();
            if rest.is_empty() {
                return Ok(None);
            }
            if std::mem::take(&mut self.after_cr) && rest.first() == Some(&b'\n') {
                self.at += 1;
                continue;
            }
            let end = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
            let part = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            let held = self.line.len() + self.data.len() + self.event.len() + self.id.len();
            if held + part.len() > self.limit {
                let error = Error {
                    message: format!("it is larger than {} bytes", self.limit),
                    item: self.count + 1,
                    offset: self.base + self.at as u64,
                };
                self.failed = Some(error.clone());
                return Err(error);
            }
            self.line.extend_from_slice(part);
            self.at += part.len();
            let Some(end) = end else { return Ok(None) };
            self.after_cr = rest.get(end) == Some(&b'\r');
            self.at += 1;
            let line = std::mem::take(&mut self.line);
            let mut line = &*line;
            if std::mem::take(&mut self.is_first_line) {
                line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
            }
            if line.is_empty() {
                if let Some(event) = self.dispatch() {
                    return Ok(Some(event));
                }
            } else {
                self.field(&String::from_utf8_lossy(line));
            }
        }
    }

    /// 9.2.6, "process the field".
    fn field(&mut self, line: &str) {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "event" => value.clone_into(&mut self.event),
            "data" => {
                self.data.push_str(value);
                self.data.push('\n');
            }
            "id" if !value.contains('\0') => value.clone_into(&mut self.id),
            "retry" if value.bytes().all(|byte| byte.is_ascii_digit()) => {
                if let Ok(millis) = value.parse() {
                    self.retry = Some(Duration::from_millis(millis));
                }
            }
            // A comment has no name.
            _ => {}
        }
    }

    /// 9.2.6, "dispatch the event".
    fn dispatch(&mut self) -> Option<Event> {
        self.id.clone_into(&mut self.last_id);
        let event = std::mem::take(&mut self.event);
        let mut data = std::mem::take(&mut self.data);
        // The last line feed is not part of it.
        data.pop()?;
        self.count += 1;
        Some(Event {
            event: if event.is_empty() {
                "message".to_owned()
            } else {
                event
            },
            data,
            id: self.last_id.clone(),
        })
    }
}
