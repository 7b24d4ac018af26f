//! Feeding an answer in all the ways it can come.

use courser_h1::{
    Error, Exchange, Fate, Fields, Leniency, Limits, Options, Part, ReadBuffer, RequestBody,
    RequestWriter, Version,
};

/// What was asked, and how the answer is read.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) method: &'static str,
    pub(crate) version: Version,
    pub(crate) fields: &'static [(&'static str, &'static str)],
    pub(crate) options: Options,
}

pub(crate) const GET: Asked = Asked {
    method: "GET",
    version: Version::Http11,
    fields: &[],
    options: Options {
        limits: LIMITS,
        lenient: STRICT,
    },
};

pub(crate) const HEAD: Asked = Asked {
    method: "HEAD",
    ..GET
};

const LIMITS: Limits = Limits {
    head_bytes: 256 << 10,
    head_lines: 256,
    informational: 16,
    chunk_extension_bytes: 16 << 10,
    trailer_bytes: 32 << 10,
    trailer_lines: 256,
};

pub(crate) const STRICT: Leniency = Leniency {
    bare_lf: false,
    bare_cr: false,
    space_before_colon: false,
    repeated_length: false,
    length_with_transfer_encoding: false,
    transfer_encoding_in_http10: false,
    other_codings: false,
    space_after_chunk_size: false,
};

impl Asked {
    pub(crate) fn exchange(&self) -> Exchange {
        let mut out = Vec::new();
        let mut head = RequestWriter::new(&mut out, self.version, self.method, "/").unwrap();
        head.field("Host", b"example.org").unwrap();
        for (name, value) in self.fields {
            head.field(name, value.as_bytes()).unwrap();
        }
        head.finish(RequestBody::None, &self.options).unwrap()
    }

    pub(crate) const fn forgiving(mut self, lenient: Leniency) -> Self {
        self.options.lenient = lenient;
        self
    }

    pub(crate) const fn within(mut self, limits: Limits) -> Self {
        self.options.limits = limits;
        self
    }
}

/// What was read up to the end, or to an error.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Read {
    /// `200 OK {Name: value}`
    pub(crate) heads: Vec<String>,
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: Vec<(String, Vec<u8>)>,
    /// Bytes up to the end of the response.
    pub(crate) length: usize,
    pub(crate) end: Option<Result<Fate, Error>>,
}

/// `200 OK {Name: value} "body" {Trailer: value} KeepAlive`, or an error's text at the end.
impl std::fmt::Display for Read {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for head in &self.heads {
            write!(f, "{head} ")?;
        }
        if !self.body.is_empty() {
            write!(f, "\"{}\" ", self.body.escape_ascii())?;
        }
        if !self.trailers.is_empty() {
            let trailers = self
                .trailers
                .iter()
                .map(|(n, v)| (n.as_str(), v.as_slice()));
            write!(f, "{} ", fields(trailers))?;
        }
        match &self.end {
            Some(Ok(fate)) => write!(f, "{fate:?}"),
            Some(Err(error)) => write!(f, "{error}"),
            None => f.write_str("unfinished"),
        }
    }
}

fn fields<'a>(fields: impl Iterator<Item = (&'a str, &'a [u8])>) -> String {
    let lines = fields.map(|(name, value)| format!("{name}: {}", value.escape_ascii()));
    format!("{{{}}}", lines.collect::<Vec<_>>().join(", "))
}

/// Reads an answer that comes in pieces, after which the server hangs up if it is not at its end.
pub(crate) fn read<'a>(
    asked: &Asked,
    pieces: impl IntoIterator<Item = &'a [u8]>,
    straight: bool,
) -> Read {
    let mut read = Read::default();
    let mut source = Source {
        pieces: &mut pieces.into_iter(),
        buffer: ReadBuffer::with_capacity(64),
        consumed: 0,
        straight,
    };
    let mut exchange = asked.exchange();
    let end = source.run(&mut exchange, &mut read).map(|()| {
        read.length = source.consumed;
        while source.fill() {}
        exchange.fate(source.buffer.filled().len())
    });
    let end = end.map_err(|error| match error {
        // How much of it is shown depends on how much came at once.
        Error::NotHttp(_) => Error::NotHttp(b"...".to_vec()),
        other => other,
    });
    read.end = Some(end);
    read
}

struct Source<'s, 'a> {
    pieces: &'s mut dyn Iterator<Item = &'a [u8]>,
    buffer: ReadBuffer,
    consumed: usize,
    straight: bool,
}

impl Source<'_, '_> {
    fn fill(&mut self) -> bool {
        let Some(piece) = self.pieces.next() else {
            return false;
        };
        self.add(piece);
        true
    }

    fn add(&mut self, mut piece: &[u8]) {
        while !piece.is_empty() {
            let room = self.buffer.room();
            let length = room.len().min(piece.len());
            room[..length].copy_from_slice(&piece[..length]);
            self.buffer.add(length);
            piece = &piece[length..];
        }
    }

    fn consume(&mut self, bytes: usize) {
        assert!(bytes <= self.buffer.filled().len());
        self.buffer.consume(bytes);
        self.consumed += bytes;
    }

    fn run(&mut self, exchange: &mut Exchange, read: &mut Read) -> Result<(), Error> {
        loop {
            let Some((head, consumed)) = exchange.read_head(self.buffer.filled())? else {
                if !self.fill() {
                    exchange.close()?;
                }
                continue;
            };
            self.consume(consumed);
            let shown = fields(head.fields().iter());
            read.heads
                .push(format!("{} {} {shown}", head.status(), head.reason()));
            if !head.is_informational() {
                break;
            }
        }
        if exchange.fate(0) == Fate::Switched {
            return Ok(());
        }
        loop {
            match exchange.read_body(self.buffer.filled())? {
                Part::Data(range) => {
                    assert!(!range.is_empty());
                    read.body
                        .extend_from_slice(&self.buffer.filled()[range.clone()]);
                    self.consume(range.end);
                }
                Part::More { consumed } => {
                    self.consume(consumed);
                    let room = exchange.body_room();
                    if !(self.straight && self.buffer.is_empty() && room > 0) {
                        if !self.fill() {
                            exchange.close()?;
                        }
                        continue;
                    }
                    let Some(piece) = self.pieces.next() else {
                        exchange.close()?;
                        continue;
                    };
                    let length = piece.len().min(usize::try_from(room).unwrap_or(usize::MAX));
                    read.body.extend_from_slice(&piece[..length]);
                    exchange.advance_body(length)?;
                    self.consumed += length;
                    self.add(&piece[length..]);
                }
                Part::End { consumed } => {
                    self.consume(consumed);
                    assert!(exchange.response_is_finished());
                    assert_eq!(exchange.body_received(), read.body.len() as u64);
                    let trailers = exchange.trailers().into_iter().flat_map(Fields::iter);
                    read.trailers = trailers.map(|(n, v)| (n.into(), v.to_vec())).collect();
                    return Ok(());
                }
            }
        }
    }
}

/// Reads the message in every way, and checks that each reads the same.
#[track_caller]
pub(crate) fn all_ways(asked: &Asked, message: &[u8]) -> Read {
    let whole = read(asked, [message], false);
    let same = |other: Read, how: &str| {
        assert_eq!(other, whole, "{how}: {}", message.escape_ascii());
    };
    for straight in [false, true] {
        same(read(asked, message.chunks(1), straight), "byte by byte");
        same(read(asked, message.chunks(7), straight), "in sevens");
        for at in 0..message.len() {
            let (a, b) = message.split_at(at);
            same(read(asked, [a, b], straight), &format!("cut at {at}"));
        }
    }
    let until_close = matches!(
        whole.end,
        Some(Ok(Fate::Close(courser_h1::CloseReason::UntilClose)))
    );
    for at in 0..message.len() {
        let short = read(asked, [&message[..at]], false);
        match (&short.end, &whole.end) {
            (Some(Err(error)), _) if error.is_truncated() => {
                assert!(whole.body.starts_with(&short.body), "up to {at}");
                assert!(whole.heads.starts_with(&short.heads), "up to {at}");
            }
            (Some(Err(_)), _) => assert_eq!(short.end, whole.end, "up to {at}"),
            (_, Some(Ok(_))) if until_close => assert!(whole.body.starts_with(&short.body)),
            (_, Some(Ok(_))) => assert!(at >= whole.length, "whole after {at}: {short}"),
            // Junk after the end of an answer is not looked at.
            other => panic!("up to {at}: {other:?}"),
        }
    }
    whole
}

/// `expected` is as [`Read`] is displayed.
#[track_caller]
pub(crate) fn check(asked: &Asked, message: impl AsRef<[u8]>, expected: &str) {
    let message = message.as_ref();
    let read = all_ways(asked, message).to_string();
    assert_eq!(read, expected, "\nof {}", message.escape_ascii());
}

/// The same for what is refused: `expected` is a part of the error.
#[track_caller]
pub(crate) fn refuse(asked: &Asked, message: impl AsRef<[u8]>, expected: &str) {
    let message = message.as_ref();
    let read = all_ways(asked, message);
    match &read.end {
        Some(Err(error)) if !error.is_truncated() && error.to_string().contains(expected) => {}
        _ => panic!(
            "{} reads as {read}, not as {expected}",
            message.escape_ascii()
        ),
    }
}
