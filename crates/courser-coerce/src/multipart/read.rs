//! Bodies that are in memory, read.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use futures_core::Stream;
use multer::bytes::Bytes;

use super::reader::{PartHead, Reader};

/// The limits of reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadOptions {
    /// The most parts. *Default:* 1,000.
    pub max_parts: usize,
    /// The most bytes of the head of a part, and of what stands before the first. *Default:* 16 KiB.
    /// Of header fields there can be 32.
    pub max_head: usize,
    /// The most bytes of the content of a part. *Default:* no limit of its own.
    pub max_part_size: u64,
}

impl Default for ReadOptions {
    fn default() -> Self {
        ReadOptions {
            max_parts: 1000,
            max_head: 16 * 1024,
            max_part_size: u64::MAX,
        }
    }
}

/// Why a body is not multipart, or not to be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// A boundary has 1 to 70 characters (RFC 2046, 5.1.1).
    #[error("the boundary is no boundary: it has {0} characters")]
    Boundary(usize),
    /// What stands there is no part.
    #[error("part {part}: {source}")]
    Malformed {
        /// Which part it is, from 1.
        part: usize,
        /// What is wrong.
        #[source]
        source: multer::Error,
    },
    /// The body ended within a part.
    #[error("part {part} is not whole: the body ends within it")]
    Incomplete {
        /// Which part it is, from 1.
        part: usize,
    },
    /// More parts than [`ReadOptions::max_parts`].
    #[error("there are more than {0} parts")]
    Parts(usize),
    /// A head longer than [`ReadOptions::max_head`].
    #[error("the head of part {part} has more than {limit} bytes")]
    Head {
        /// Which part it is, from 1.
        part: usize,
        /// The limit.
        limit: usize,
    },
    /// A part longer than [`ReadOptions::max_part_size`].
    #[error("part {part} has more than {limit} bytes")]
    Size {
        /// Which part it is, from 1.
        part: usize,
        /// The limit.
        limit: u64,
    },
    /// The stream failed.
    #[error("the body cannot be read")]
    Stream(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A part that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// The name of the field, if it has one.
    pub name: Option<String>,
    /// The name of the file, if it has one: what the sender says, never a path to write to.
    pub file_name: Option<String>,
    /// The media type, if one is said.
    pub mime_type: Option<String>,
    /// All header fields, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The content.
    pub content: Vec<u8>,
}

/// Reads a body whose parts stand between that boundary.
///
/// # Errors
/// See [`ReadError`]. A body without its end is one.
pub fn read(bytes: &[u8], boundary: &str, options: &ReadOptions) -> Result<Vec<Part>, ReadError> {
    let pieces = Pieces(Bytes::copy_from_slice(bytes));
    let mut reader = Reader::new(pieces, boundary, *options)?;
    // The pieces are there: whoever waits would wait for ever.
    let waker = Waker::from(Arc::new(Nobody));
    let mut cx = Context::from_waker(&waker);
    let mut parts = Vec::new();
    loop {
        let part = parts.len() + 1;
        let Poll::Ready(head) = reader.poll_part(&mut cx) else {
            return Err(ReadError::Incomplete { part });
        };
        let Some(head) = head? else { return Ok(parts) };
        let PartHead {
            name,
            file_name,
            mime_type,
            headers,
        } = head;
        let mut content = Vec::new();
        loop {
            let Poll::Ready(chunk) = reader.poll_chunk(&mut cx) else {
                return Err(ReadError::Incomplete { part });
            };
            match chunk? {
                Some(chunk) => content.extend_from_slice(&chunk),
                None => break,
            }
        }
        parts.push(Part {
            name,
            file_name,
            mime_type,
            headers,
            content,
        });
    }
}

/// So many bytes are looked through at a time.
const PIECE: usize = 8 * 1024;

struct Pieces(Bytes);

impl Stream for Pieces {
    type Item = Result<Bytes, std::convert::Infallible>;
    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let size = self.0.len().min(PIECE);
        Poll::Ready((size > 0).then(|| Ok(self.0.split_to(size))))
    }
}

struct Nobody;

impl Wake for Nobody {
    fn wake(self: Arc<Self>) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::multipart::{Head, WriteOptions, write};
    use proptest::prelude::*;

    proptest! {
        /// What is written is read by multer, which is not ours.
        #[test]
        fn parts_come_back(parts in prop::collection::vec(
            ("[^\\p{Cc}\"\\\\%]{1,12}", prop::option::of("[a-z\u{e9}\u{4e2d} ]{1,9}\\.bin"), prop::collection::vec(any::<u8>(), 0..300)),
            1..5,
        )) {
            let heads: Vec<(Head, &[u8])> = parts
                .iter()
                .map(|(name, file, content)| {
                    let mut head = Head::text(name.clone());
                    if let Some(file) = file {
                        head = Head::file(name.clone(), file.clone());
                    }
                    (head, &content[..])
                })
                .collect();
            let written = write(&heads, &WriteOptions::default()).unwrap();
            let back = read(&written.body, &written.boundary, &ReadOptions::default()).unwrap();
            prop_assert_eq!(back.len(), parts.len());
            for (part, (name, file, content)) in back.iter().zip(&parts) {
                prop_assert_eq!(part.name.as_ref(), Some(name));
                prop_assert_eq!(&part.file_name, file);
                prop_assert_eq!(&part.content, content);
            }
        }
    }

    const BODY: &str = "preamble\r\n--b\r\nContent-Disposition: form-data; name=\"a%22%0D%0A\"\r\n\r\n1\r\n\
        --b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.txt\"\r\nContent-Type: text/plain\r\n\
        X-A: b\r\n\r\n\r\n--c\r\n\r\n--b--\r\nepilogue";

    #[test]
    fn parts() {
        let parts = read(BODY.as_bytes(), "b", &ReadOptions::default()).unwrap();
        let [a, f] = parts.as_slice() else {
            panic!("{parts:?}")
        };
        assert_eq!(
            (a.name.as_deref(), &*a.content),
            (Some("a\"\r\n"), &b"1"[..])
        );
        assert_eq!((&a.file_name, &a.mime_type), (&None, &None));
        assert_eq!(
            (f.file_name.as_deref(), f.mime_type.as_deref(), &*f.content),
            (Some("x.txt"), Some("text/plain"), &b"\r\n--c\r\n"[..])
        );
        assert!(f.headers.contains(&("x-a".into(), "b".into())));
        assert_eq!(read(b"--b--", "b", &ReadOptions::default()).unwrap(), []);
    }

    /// SECURITY 15, 16 read from the other side: limits, and no input that panics or hangs.
    #[test]
    fn every_prefix_and_every_flip_ends() {
        let bytes = BODY.as_bytes();
        let end = BODY.find("--b--").unwrap() + 5;
        for n in 0..bytes.len() {
            let whole = read(&bytes[..n], "b", &ReadOptions::default()).is_ok();
            assert_eq!(whole, n >= end, "{n}");
        }
        for i in 0..bytes.len() {
            for bit in 0..8 {
                let mut bytes = bytes.to_vec();
                bytes[i] ^= 1 << bit;
                let _ = read(&bytes, "b", &ReadOptions::default());
            }
        }
    }

    #[test]
    fn limits() {
        fn check(body: &str, options: ReadOptions, says: &str) {
            let error = read(body.as_bytes(), "b", &options).unwrap_err();
            let text = format!("{error}");
            assert!(text.contains(says), "{text}");
        }
        let standard = ReadOptions::default();
        check(
            BODY,
            ReadOptions {
                max_parts: 1,
                ..standard
            },
            "more than 1 parts",
        );
        check(
            BODY,
            ReadOptions {
                max_part_size: 5,
                ..standard
            },
            "part 2 has more than 5 bytes",
        );
        let long = format!("--b\r\nX: {}", "y".repeat(100_000));
        check(
            &long,
            standard,
            "the head of part 1 has more than 16384 bytes",
        );
        check(&"x".repeat(100_000), standard, "the head of part 1");
        check("--b\r\nX\r\n\r\n", standard, "part 1: ");
        check("--b\r\n", standard, "part 1");
        check("", standard, "part 1");
        let many = "--b\r\nA: b\r\n\r\n\r\n".repeat(2000);
        check(&many, standard, "more than 1000 parts");
        let fields = "A: b\r\n".repeat(33);
        check(&format!("--b\r\n{fields}\r\n\r\n--b--"), standard, "part 1");
        for boundary in ["", &"b".repeat(71)] {
            assert!(matches!(
                read(b"", boundary, &standard),
                Err(ReadError::Boundary(_))
            ));
        }
    }
}
