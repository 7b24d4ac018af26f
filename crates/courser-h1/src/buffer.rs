//! A buffer to read into, for those who have none.

/// Bytes that were read and not consumed yet. It is filled without `unsafe`, zeroed once, and
/// used again for the whole life of a connection.
///
/// ```
/// let mut buffer = courser_h1::ReadBuffer::with_capacity(8192);
/// let mut socket: &[u8] = b"HTTP/1.1 200 OK\r\n";
/// let read = std::io::Read::read(&mut socket, buffer.room())?;
/// buffer.add(read);
/// assert_eq!(buffer.filled(), b"HTTP/1.1 200 OK\r\n");
/// buffer.consume(9);
/// assert_eq!(buffer.filled(), b"200 OK\r\n");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReadBuffer {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    capacity: usize,
}

impl ReadBuffer {
    /// A buffer of that size, which is made with the first [`room`](ReadBuffer::room), and grows
    /// while it is full and nothing is consumed. What limits it are the limits on heads.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        ReadBuffer {
            bytes: Vec::new(),
            start: 0,
            end: 0,
            capacity: capacity.max(64),
        }
    }

    /// What was read and not consumed.
    #[must_use]
    pub fn filled(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Whether that is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Drops so many bytes from the front, all at most.
    pub fn consume(&mut self, bytes: usize) {
        self.start = self.start.saturating_add(bytes).min(self.end);
        if self.is_empty() {
            self.start = 0;
            self.end = 0;
        }
    }

    /// Where the next bytes go; never empty.
    pub fn room(&mut self) -> &mut [u8] {
        let free = self.bytes.len() - self.end;
        let filled = self.end - self.start;
        // Moved to the front when it has to be, or when reads would become small and it is less
        // than what was consumed, so that moving costs no more than reading did.
        let cramped = free < self.bytes.len() / 4 && filled <= self.start;
        if self.start > 0 && (free == 0 || cramped) {
            self.bytes.copy_within(self.start..self.end, 0);
            self.start = 0;
            self.end = filled;
        }
        if self.end == self.bytes.len() {
            let length = (self.bytes.len() * 2).max(self.capacity);
            self.bytes.resize(length, 0);
        }
        self.bytes.get_mut(self.end..).unwrap_or_default()
    }

    /// That so many bytes were read into the [`room`](ReadBuffer::room), all of it at most.
    pub fn add(&mut self, bytes: usize) {
        self.end = self.end.saturating_add(bytes).min(self.bytes.len());
    }
}
