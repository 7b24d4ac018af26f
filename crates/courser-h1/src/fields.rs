//! Fields of a head or of trailers, as the server wrote them.

use std::fmt;

use bytes::Bytes;

use crate::grammar::{is_value, token_length, trimmed_end, trimmed_start};

/// Field lines in their order, names in their case: ranges over one shared block of bytes.
///
/// ```
/// use courser_h1::{Options, RequestWriter, RequestBody, Version};
///
/// # let mut out = Vec::new();
/// # let mut writer = RequestWriter::new(&mut out, Version::Http11, "GET", "/")?;
/// # writer.field("Host", b"example.org")?;
/// # let mut exchange = writer.finish(RequestBody::None, &Options::default())?;
/// let answer = b"HTTP/1.1 204 No Content\r\nX-Tag: a\r\nx-tag: b\r\n\r\n";
/// let (head, _) = exchange.read_head(answer)?.unwrap();
/// assert_eq!(head.fields().get("x-tag"), Some(&b"a"[..]));
/// let names: Vec<&str> = head.fields().iter().map(|(name, _)| name).collect();
/// assert_eq!(names, ["X-Tag", "x-tag"]);
/// # Ok::<(), courser_h1::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Fields {
    block: Bytes,
    lines: Vec<Line>,
}

/// Starts and ends in the block, which the limits keep below 4 GiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    name: (u32, u32),
    value: (u32, u32),
}

/// Why a line is no field.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    Name,
    Value,
    Cr,
}

impl Fault {
    pub(crate) fn why(self) -> &'static str {
        match self {
            Fault::Name => {
                "a name is letters, digits and !#$%&'*+-.^_`|~, and a colon follows at once \
                 (RFC 9112, 5.1)"
            }
            Fault::Value => "a value has no control character but tabs (RFC 9110, 5.5)",
            Fault::Cr => "a CR stands without LF (RFC 9112, 2.2)",
        }
    }
}

impl Line {
    /// A line without its end, which begins at `start` in the block.
    pub(crate) fn parse(line: &[u8], start: usize) -> Result<Self, Fault> {
        let (name, rest) = line.split_at(token_length(line));
        let value = match (name, rest) {
            ([_, ..], [b':', value @ ..]) => trimmed_start(value),
            ([], [b'\r', ..]) => return Err(Fault::Cr),
            _ => return Err(Fault::Name),
        };
        let value_start = start + line.len() - value.len();
        let value = trimmed_end(value);
        if !is_value(value) {
            return Err(Fault::Value);
        }
        let range = |start: usize, part: &[u8]| (start as u32, (start + part.len()) as u32);
        Ok(Line {
            name: range(start, name),
            value: range(value_start, value),
        })
    }
}

impl Fields {
    /// The lines within a block.
    pub(crate) fn new(block: Vec<u8>, lines: Vec<Line>) -> Self {
        Fields {
            block: block.into(),
            lines,
        }
    }

    /// The number of lines.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Names as written, and values without the whitespace around them. Values are of tabs,
    /// spaces, visible ASCII and bytes from 0x80 (RFC 9110, 5.5).
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &[u8])> {
        self.lines
            .iter()
            .map(|line| (self.name(line), self.slice(line.value)))
    }

    /// The same, with names as bytes, which are a token's, and values that share the block: no
    /// copy and no allocation for each. They keep the whole head in memory.
    pub fn iter_shared(&self) -> impl ExactSizeIterator<Item = (&[u8], Bytes)> {
        self.lines.iter().map(|line| {
            let (start, end) = line.value;
            let value = self.block.slice(start as usize..end as usize);
            (self.slice(line.name), value)
        })
    }

    /// The same, for those who look for some of them.
    pub(crate) fn iter_bytes(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let line = |line: &Line| (self.slice(line.name), self.slice(line.value));
        self.lines.iter().map(line)
    }

    /// The first value of that name, in any case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.get_all(name).next()
    }

    /// All values of that name, in their order.
    pub fn get_all<'a, 'n>(
        &'a self,
        name: &'n str,
    ) -> impl Iterator<Item = &'a [u8]> + use<'a, 'n> {
        // On bytes: taking each name for text would cost more than the rest.
        let same = |line: &Line| self.slice(line.name).eq_ignore_ascii_case(name.as_bytes());
        let found = self.lines.iter().filter(move |line| same(line));
        found.map(|line| self.slice(line.value))
    }

    /// Whether the lists under that name have the token, in any case (RFC 9110, 5.6.1).
    #[must_use]
    pub fn has_token(&self, name: &str, token: &str) -> bool {
        let same = |element: &[u8]| element.eq_ignore_ascii_case(token.as_bytes());
        self.get_all(name).flat_map(list).any(same)
    }

    /// The whole block; the fields' lines are within it.
    pub(crate) fn block(&self) -> &[u8] {
        &self.block
    }

    fn name(&self, line: &Line) -> &str {
        // Always ASCII: it is a token.
        std::str::from_utf8(self.slice(line.name)).unwrap_or_default()
    }

    fn slice(&self, (start, end): (u32, u32)) -> &[u8] {
        self.block
            .get(start as usize..end as usize)
            .unwrap_or_default()
    }
}

/// The elements of a comma-separated list, without those that are empty (RFC 9110, 5.6.1).
pub(crate) fn list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value
        .split(|byte| *byte == b',')
        .map(<[u8]>::trim_ascii)
        .filter(|element| !element.is_empty())
}

/// Prints the fields, with the values of those that carry credentials hidden.
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (name, value) in self.iter() {
            if is_secret(name) {
                map.entry(&name, &"…");
            } else {
                map.entry(&name, &format_args!("\"{}\"", value.escape_ascii()));
            }
        }
        map.finish()
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["cookie", "authoriz", "token", "secret", "api-key", "apikey"]
        .iter()
        .any(|part| name.contains(part))
}
