//! Fields of a head or of trailers, as the server wrote them.

use std::fmt;

use bytes::Bytes;

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

/// Start and end in the block, which the limits keep below 4 GiB.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Line {
    name: (u32, u32),
    value: (u32, u32),
}

impl Line {
    fn of(field: &httparse::Header<'_>, block: &[u8]) -> Self {
        let range = |slice: &[u8]| {
            let start = slice.as_ptr().addr().wrapping_sub(block.as_ptr().addr());
            (start as u32, start.wrapping_add(slice.len()) as u32)
        };
        Line {
            name: range(field.name.as_bytes()),
            value: range(field.value),
        }
    }
}

impl Fields {
    /// The lines from `start` on of a block that ends with an empty line, at most `most` of them.
    pub(crate) fn parse(
        block: Vec<u8>,
        start: usize,
        most: usize,
    ) -> Result<Self, (Vec<u8>, httparse::Error)> {
        /// So many are taken apart on the stack.
        const FEW: usize = 24;
        let mut few = [httparse::EMPTY_HEADER; FEW];
        let mut many = Vec::new();
        let room = if most <= FEW {
            &mut few[..]
        } else {
            many.resize(most, httparse::EMPTY_HEADER);
            &mut many[..]
        };
        let found = httparse::parse_headers(block.get(start..).unwrap_or_default(), room);
        let lines = match found {
            Ok(httparse::Status::Complete((_, found))) => {
                found.iter().map(|field| Line::of(field, &block)).collect()
            }
            // The caller has seen the empty line.
            Ok(httparse::Status::Partial) => return Err((block, httparse::Error::NewLine)),
            Err(error) => return Err((block, error)),
        };
        Ok(Fields {
            block: block.into(),
            lines,
        })
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

    /// As [`iter`](Fields::iter), with values that share the block: no copy and no allocation
    /// for each. They keep the whole head in memory.
    pub fn iter_shared(&self) -> impl ExactSizeIterator<Item = (&str, Bytes)> {
        self.lines.iter().map(|line| {
            let value = self.slice(line.value);
            (self.name(line), self.block.slice_ref(value))
        })
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
        self.get_all(name).any(|value| has_token(value, token))
    }

    /// The whole block; the fields' lines are within it.
    pub(crate) fn block(&self) -> &[u8] {
        &self.block
    }

    fn name(&self, line: &Line) -> &str {
        // Always ASCII: the parser checked it.
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

pub(crate) fn has_token(value: &[u8], token: &str) -> bool {
    list(value).any(|element| element.eq_ignore_ascii_case(token.as_bytes()))
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
