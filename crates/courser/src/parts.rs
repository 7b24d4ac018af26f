//! The parts of a multipart body, one after another.

use std::io::{self, Read};

use bytes::Bytes;
use courser_coerce::middleware::content_type;
pub use courser_coerce::multipart::PartHead;
use courser_coerce::multipart::{ReadError, ReadOptions, Reader};
use courser_core::{Error, ErrorKind, Result};

use crate::driver;

/// The parts of a response, from its stream or its bytes, in bounded memory: up to 1,000 parts,
/// with heads of up to 16 KiB.
///
/// After `send()`, part by part and piece by piece:
///
/// ```no_run
/// # async fn f() -> courser::Result<()> {
/// let response = courser::get("http://localhost/parts").as_stream().send().await?;
/// let mut parts = response.parts()?;
/// while let Some(head) = parts.next().await? {
///     while let Some(piece) = parts.next_piece().await? {
///         println!("{:?}: {} bytes", head.name, piece.len());
///     }
/// }
/// # Ok(())
/// # }
/// ```
///
/// After `call()`, by `next_part()`; each part is an [`io::Read`]:
///
/// ```no_run
/// use std::io::Read;
///
/// let mut parts = courser::get("http://localhost/parts").as_stream().call()?.parts()?;
/// while let Some(head) = parts.next_part()? {
///     let mut text = String::new();
///     parts.read_to_string(&mut text)?;
///     println!("{:?}: {text}", head.name);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Parts {
    reader: Reader,
    piece: Bytes,
}

impl Parts {
    pub(crate) fn new(res: courser_core::Response) -> Result<Self> {
        let media_type = content_type(&res);
        let boundary = media_type.as_ref().and_then(|it| it.param("boundary"));
        let Some(boundary) = boundary else {
            let message = "the body is not multipart: its Content-Type tells no boundary";
            return Err(Error::new(ErrorKind::Decode, message));
        };
        let reader = Reader::new(res.body, boundary, ReadOptions::default()).map_err(wrong)?;
        let piece = Bytes::new();
        Ok(Parts { reader, piece })
    }

    /// The head of the next part; what is left of the last one is skipped. `None` at the end.
    ///
    /// # Errors
    /// [`Decode`](ErrorKind::Decode) for what is no part, which says which it is; what the stream
    /// fails with.
    pub async fn next(&mut self) -> Result<Option<PartHead>> {
        self.piece = Bytes::new();
        self.reader.next_part().await.map_err(wrong)
    }

    /// The next bytes of the part, never empty; `None` at its end.
    ///
    /// # Errors
    /// As [`next`](Parts::next).
    pub async fn next_piece(&mut self) -> Result<Option<Bytes>> {
        if !self.piece.is_empty() {
            return Ok(Some(std::mem::take(&mut self.piece)));
        }
        self.reader.next_chunk().await.map_err(wrong)
    }

    /// As [`next`](Parts::next), on the calling thread.
    ///
    /// # Errors
    /// As [`next`](Parts::next).
    pub fn next_part(&mut self) -> Result<Option<PartHead>> {
        driver::block_on(self.next())
    }
}

/// The rest of the part, read on the calling thread.
impl Read for Parts {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.piece.is_empty() {
            self.piece = driver::block_on(self.next_piece())?.unwrap_or_default();
        }
        let n = buf.len().min(self.piece.len());
        let taken = self.piece.split_to(n);
        Read::read(&mut &taken[..], buf)
    }
}

fn wrong(why: ReadError) -> Error {
    match why {
        ReadError::Stream(why) => Error::from_box(ErrorKind::Io, why),
        why => Error::new(ErrorKind::Decode, "the body is not multipart").because(why),
    }
}
