//! Finding the items of a stream.

use super::MAX_ITEM;
use super::edn::Edn;
use super::error::Error;
use super::json::{Array, Lines, Values};
use super::msgpack::MessagePack;

/// How the items of a stream follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Framing {
    /// As the items of one JSON array. A stream that is empty has none.
    JsonArray,
    /// One JSON value a line (NDJSON); lines of nothing but space are left out.
    JsonLines,
    /// JSON values behind each other, with space between or not; so Transit writes them as JSON.
    Json,
    /// EDN values, with space, comments and discarded values between; what is discarded is not
    /// looked into.
    Edn,
    /// `MessagePack` values, so Transit writes them too.
    MessagePack,
}

/// The bytes of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// They are one value if they are well-formed, which the codec finds out.
    pub bytes: &'a [u8],
    /// The number of the item, from 1.
    pub item: u64,
    /// Where it begins in the stream, in bytes from 0.
    pub offset: u64,
}

/// Takes a stream of bytes apart into its items.
///
/// ```
/// use courser_coerce::stream::{Frames, Framing};
///
/// let mut frames = Frames::new(Framing::JsonArray);
/// let mut items = Vec::new();
/// for piece in [&b"[1, {\"a\""[..], b": 2}, \"x\"", b"]"] {
///     frames.feed(piece);
///     while let Some(frame) = frames.next()? {
///         items.push(String::from_utf8_lossy(frame.bytes).into_owned());
///     }
/// }
/// frames.end();
/// assert!(frames.next()?.is_none());
/// assert_eq!(items, ["1", "{\"a\": 2}", "\"x\""]);
/// # Ok::<(), courser_coerce::stream::Error>(())
/// ```
///
/// What it holds is the item that is not complete yet, and what was fed and not asked for. Each
/// byte is looked at once.
#[derive(Debug)]
pub struct Frames {
    scan: Scan,
    buffer: Vec<u8>,
    /// Where the item begins that is being looked at, if there is one.
    begin: Option<usize>,
    /// How much of the buffer was looked at.
    at: usize,
    /// Where the buffer begins in the stream.
    base: u64,
    /// How many items there were.
    items: u64,
    limit: usize,
    is_text: bool,
    ended: bool,
    failed: Option<Error>,
}

#[derive(Debug)]
enum Scan {
    Array(Array),
    Lines(Lines),
    Values(Values),
    Edn(Edn),
    MessagePack(MessagePack),
}

/// What a byte means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It stands between items.
    Skip,
    /// An item begins with it.
    Begin,
    /// The item goes on.
    More,
    /// The item ends with it.
    Through,
    /// The item ended before it; it is to be looked at again.
    Before,
    /// An item that is this one byte.
    Single,
}

impl Scan {
    fn step(&mut self, byte: u8) -> Result<Step, &'static str> {
        match self {
            Scan::Array(scan) => scan.step(byte),
            Scan::Lines(scan) => Ok(scan.step(byte)),
            Scan::Values(scan) => scan.step(byte),
            Scan::Edn(scan) => scan.step(byte),
            Scan::MessagePack(scan) => scan.step(byte),
        }
    }

    /// At the end of the stream: whether what was begun is an item.
    fn end(&mut self) -> Result<bool, &'static str> {
        match self {
            Scan::Array(scan) => scan.end(),
            Scan::Lines(scan) => Ok(scan.end()),
            Scan::Values(scan) => scan.end(),
            Scan::Edn(scan) => scan.end(),
            Scan::MessagePack(scan) => scan.end(),
        }
    }
}

impl Frames {
    /// For a stream whose items follow each other so.
    #[must_use]
    pub fn new(framing: Framing) -> Self {
        let scan = match framing {
            Framing::JsonArray => Scan::Array(Array::default()),
            Framing::JsonLines => Scan::Lines(Lines::default()),
            Framing::Json => Scan::Values(Values::default()),
            Framing::Edn => Scan::Edn(Edn::default()),
            Framing::MessagePack => Scan::MessagePack(MessagePack::default()),
        };
        Self {
            scan,
            buffer: Vec::new(),
            begin: None,
            at: 0,
            base: 0,
            items: 0,
            limit: MAX_ITEM,
            is_text: framing != Framing::MessagePack,
            ended: false,
            failed: None,
        }
    }

    /// Sets the most bytes of an item. *Default:* [`MAX_ITEM`].
    #[must_use]
    pub fn with_limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Takes the next bytes of the stream.
    pub fn feed(&mut self, bytes: &[u8]) {
        let done = self.begin.unwrap_or(self.at);
        // Not for each item, so that every byte is moved about once.
        if done * 2 >= self.buffer.len() {
            self.buffer.drain(..done);
            self.at -= done;
            self.begin = self.begin.map(|begin| begin - done);
            self.base += done as u64;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Says that the stream has ended.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// The next item; `None` if it is not complete yet, or there is none any more.
    ///
    /// # Errors
    /// [`Error`], the same for ever after: what follows cannot be told apart.
    #[allow(clippy::should_implement_trait)] // what it returns borrows from it
    pub fn next(&mut self) -> Result<Option<Frame<'_>>, Error> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        match self.find() {
            Ok(Some((begin, end))) => {
                self.begin = None;
                self.items += 1;
                Ok(Some(Frame {
                    bytes: self.buffer.get(begin..end).unwrap_or_default(),
                    item: self.items,
                    offset: self.base + begin as u64,
                }))
            }
            Ok(None) => Ok(None),
            Err(message) => {
                let error = Error {
                    message,
                    item: self.items + 1,
                    offset: self.base + self.at as u64,
                };
                self.failed = Some(error.clone());
                Err(error)
            }
        }
    }

    /// From where to where the next item stands in the buffer.
    fn find(&mut self) -> Result<Option<(usize, usize)>, String> {
        if self.is_text && self.base == 0 && self.at == 0 {
            const MARK: &[u8] = b"\xef\xbb\xbf";
            if self.buffer.starts_with(MARK) {
                self.at = MARK.len();
            } else if MARK.starts_with(&self.buffer) && !self.ended {
                return Ok(None);
            }
        }
        while let Some(byte) = self.buffer.get(self.at) {
            let step = self.scan.step(*byte)?;
            match step {
                Step::Begin | Step::Single => self.begin = Some(self.at),
                Step::Before => {
                    return Ok(self.begin.map(|begin| (begin, self.at)));
                }
                Step::Skip => self.begin = None,
                Step::More | Step::Through => {}
            }
            self.at += 1;
            let Some(begin) = self.begin else { continue };
            if self.at - begin > self.limit {
                return Err(format!("it is larger than {} bytes", self.limit));
            }
            if matches!(step, Step::Through | Step::Single) {
                return Ok(Some((begin, self.at)));
            }
        }
        if !self.ended || !self.scan.end()? {
            return Ok(None);
        }
        Ok(self.begin.map(|begin| (begin, self.at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All at once, and byte by byte.
    #[track_caller]
    pub(crate) fn check(framing: Framing, stream: &[u8], expected: &[&str], error: Option<&str>) {
        for size in [usize::MAX, 1, 3] {
            let mut frames = Frames::new(framing).with_limit(100);
            let mut found = Vec::new();
            let mut take = |frames: &mut Frames| loop {
                match frames.next() {
                    Ok(Some(frame)) => {
                        let at = usize::try_from(frame.offset).unwrap();
                        assert_eq!(&stream[at..at + frame.bytes.len()], frame.bytes);
                        found.push(String::from_utf8_lossy(frame.bytes).into_owned());
                        assert_eq!(frame.item, found.len() as u64);
                    }
                    Ok(None) => return None,
                    Err(error) => return Some(error.to_string()),
                }
            };
            for piece in stream.chunks(size.min(stream.len().max(1))) {
                frames.feed(piece);
                take(&mut frames);
            }
            frames.end();
            let failed = take(&mut frames);
            assert_eq!(found, expected, "{size}");
            assert_eq!(failed.as_deref(), error, "{size}");
        }
    }

    #[test]
    fn arrays() {
        let check = |stream: &str, expected: &[&str], error| {
            check(Framing::JsonArray, stream.as_bytes(), expected, error);
        };
        check("", &[], None);
        check(" [] ", &[], None);
        check(
            "[ 1 , \"a,]\\\"\",{\"b\":[2]},null ]\n",
            &["1", "\"a,]\\\"\"", "{\"b\":[2]}", "null"],
            None,
        );
        check("\u{feff}[1]", &["1"], None);
        check("{}", &[], Some("item 1, at byte 0: expected `[`"));
        check(
            "[1,,2]",
            &["1"],
            Some("item 2, at byte 3: expected a value"),
        );
        check("[1,]", &["1"], Some("item 2, at byte 3: expected a value"));
        check(
            "[,1]",
            &[],
            Some("item 1, at byte 1: expected a value or `]`"),
        );
        check(
            "[1}",
            &["1"],
            Some("item 2, at byte 2: expected `,` or `]`"),
        );
        check(
            "[\"a\" 2]",
            &["\"a\""],
            Some("item 2, at byte 5: expected `,` or `]`"),
        );
        check(
            "[1]]",
            &["1"],
            Some("item 2, at byte 3: expected the end of the stream"),
        );
        check(
            "[1, [2",
            &["1"],
            Some("item 2, at byte 6: the stream ends within an item"),
        );
        check(
            "[1",
            &[],
            Some("item 1, at byte 2: the stream ends within an item"),
        );
        check(
            "[1,",
            &["1"],
            Some("item 2, at byte 3: the stream ends too early: expected a value"),
        );
        check(
            "[[1]",
            &["[1]"],
            Some("item 2, at byte 4: the stream ends too early: expected `,` or `]`"),
        );
        check(
            "[",
            &[],
            Some("item 1, at byte 1: the stream ends too early: expected a value or `]`"),
        );
        let long = format!("[\"{}\"]", "x".repeat(200));
        check(
            &long,
            &[],
            Some("item 1, at byte 102: it is larger than 100 bytes"),
        );
    }

    #[test]
    fn lines_and_values() {
        let lines = |stream: &str, expected: &[&str], error| {
            check(Framing::JsonLines, stream.as_bytes(), expected, error);
        };
        lines("", &[], None);
        lines(
            "{\"a\": 1}\n\n \r\n2\r\n\"x\"",
            &["{\"a\": 1}", "2\r", "\"x\""],
            None,
        );
        lines("1 2\n", &["1 2"], None);
        let values = |stream: &str, expected: &[&str], error| {
            check(Framing::Json, stream.as_bytes(), expected, error);
        };
        values("", &[], None);
        values(
            "[\"^ \",\"]\"]{}1\"a\" 2\n",
            &["[\"^ \",\"]\"]", "{}", "1", "\"a\"", "2"],
            None,
        );
        values("1,2", &["1"], Some("item 2, at byte 1: expected a value"));
        values(
            "[1",
            &[],
            Some("item 1, at byte 2: the stream ends within an item"),
        );
    }

    #[test]
    fn edn() {
        let check = |stream: &str, expected: &[&str], error| {
            check(Framing::Edn, stream.as_bytes(), expected, error);
        };
        check("", &[], None);
        check(" ; only\n#_ (1 2) #! x", &[], None);
        check(
            "1 :a,\"x\\\"\"(2)[3]{4 5}#{6}",
            &["1", ":a", "\"x\\\"\"", "(2)", "[3]", "{4 5}", "#{6}"],
            None,
        );
        check(
            "#inst \"x\" #_ #_ 1 2 ##Inf",
            &["#inst \"x\"", "##Inf"],
            None,
        );
        check("#a #_ b #c 1 2", &["#a #_ b #c 1", "2"], None);
        check(
            "^:m [1] ^{:a \\}} #_2 3 \\( x",
            &["^:m [1]", "^{:a \\}} #_2 3", "\\(", "x"],
            None,
        );
        check("#:ns{:a 1}nil", &["#:ns{:a 1}", "nil"], None);
        check("(; )\n\")\" \\))x", &["(; )\n\")\" \\))", "x"], None);
        check(
            "1 )",
            &["1"],
            Some("item 2, at byte 2: a bracket that closes nothing"),
        );
        check(
            "(1",
            &[],
            Some("item 1, at byte 2: the stream ends within an item"),
        );
        check(
            "#a",
            &[],
            Some("item 1, at byte 2: the stream ends within an item"),
        );
        check(
            "#_",
            &[],
            Some("item 1, at byte 2: the stream ends within an item"),
        );
        check(
            "\"a",
            &[],
            Some("item 1, at byte 2: the stream ends within an item"),
        );
    }

    #[test]
    fn message_pack() {
        let frames = |stream: &[u8]| {
            let mut frames = Frames::new(Framing::MessagePack).with_limit(1000);
            let mut lengths = Vec::new();
            for byte in stream {
                frames.feed(&[*byte]);
                while let Ok(Some(frame)) = frames.next() {
                    lengths.push(frame.bytes.len());
                }
            }
            frames.end();
            (lengths, frames.next().map(|frame| frame.is_some()))
        };
        let whole = |stream: &[u8], expected: &[usize]| {
            assert_eq!(
                frames(stream),
                (expected.to_vec(), Ok(false)),
                "{stream:x?}"
            );
        };
        whole(&[], &[]);
        whole(&[1, 0xff, 0xc0, 0xc2, 0x90, 0x80, 0xa0], &[1; 7]);
        whole(&[0x92, 1, 0x91, 2, 0xa2, b'a', b'b'], &[4, 3]);
        whole(&[0x81, 0xa1, b'k', 0x90, 0xcd, 1, 2], &[4, 3]);
        whole(
            &[0xc4, 0, 0xc4, 1, 9, 0xd9, 1, b'x', 0xdc, 0, 1, 5],
            &[2, 3, 3, 4],
        );
        whole(
            &[0xcb, 1, 2, 3, 4, 5, 6, 7, 8, 0xd4, 1, 2, 0xc7, 1, 5, 9],
            &[9, 3, 4],
        );
        let error = |stream: &[u8], expected: &str| {
            assert_eq!(frames(stream).1.unwrap_err().to_string(), expected);
        };
        error(
            &[0x92, 1],
            "item 1, at byte 2: the stream ends within an item",
        );
        error(
            &[0xc1],
            "item 1, at byte 0: a byte that MessagePack does not have",
        );
        error(
            &[0x91; 2000],
            "item 1, at byte 1001: it is larger than 1000 bytes",
        );
        error(
            &[&[0xdb, 0xff, 0xff, 0xff, 0xff][..], &[b'x'; 2000]].concat(),
            "item 1, at byte 1001: it is larger than 1000 bytes",
        );
        let mut frames = Frames::new(Framing::MessagePack);
        frames.feed(&vec![0x91; 1_000_000]);
        assert_eq!(
            frames.next().unwrap_err().message(),
            "nested deeper than 1024 levels"
        );
    }

    #[test]
    fn a_million_levels() {
        for framing in [Framing::JsonArray, Framing::Json, Framing::Edn] {
            let mut frames = Frames::new(framing);
            frames.feed(&vec![b'['; 1_000_000]);
            assert_eq!(
                frames.next().unwrap_err().message(),
                "nested deeper than 1024 levels"
            );
        }
    }
}
