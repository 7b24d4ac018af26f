//! Bodies of streamed responses, read bit by bit.

use std::io::{self, BufRead, Read};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use courser_coerce::text::{Charset, Decoder};
use courser_core::{Body, Result};
use futures_core::Stream;

use crate::driver;

/// A body as `io::Read`, read on the calling thread.
#[derive(Debug)]
pub struct BodyReader {
    body: Body,
    piece: Bytes,
}

impl BodyReader {
    pub(crate) fn new(body: Body) -> Self {
        BodyReader {
            body,
            piece: Bytes::new(),
        }
    }
}

impl Read for BodyReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.piece.is_empty() {
            let next = async { self.body.next().await.transpose() };
            match driver::block_on(next)? {
                Some(piece) => self.piece = piece,
                None => return Ok(0),
            }
        }
        let n = buf.len().min(self.piece.len());
        let taken = self.piece.split_to(n);
        Read::read(&mut &taken[..], buf)
    }
}

/// A body as text that is decoded as it comes (`:as :reader`); what is malformed becomes U+FFFD.
///
/// After `call()` it is an [`io::Read`] and [`BufRead`] of UTF-8, for lines and such:
///
/// ```no_run
/// use std::io::BufRead;
///
/// let response = courser::get("https://example.org/log").as_reader().call()?;
/// for line in response.text_reader()?.lines() {
///     println!("{}", line?);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// After `send()` it is a stream of text, piece by piece, wherever the pieces were cut:
///
/// ```no_run
/// # async fn f() -> courser::Result<()> {
/// let response = courser::get("https://example.org/log").as_reader().send().await?;
/// let mut text = response.text_reader()?;
/// while let Some(piece) = text.next().await {
///     print!("{}", piece?);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TextReader {
    body: Body,
    /// None at the end.
    decoder: Option<Decoder>,
    /// What was decoded, and how much of it was read.
    text: String,
    at: usize,
}

impl TextReader {
    pub(crate) fn new(body: Body, charset: Charset) -> Self {
        TextReader {
            body,
            decoder: Some(charset.decoder()),
            text: String::new(),
            at: 0,
        }
    }

    /// The next text, never empty; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<String>> {
        std::future::poll_fn(|cx| self.poll_text(cx)).await
    }

    fn poll_text(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<String>>> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if !rest.is_empty() {
            // Whole characters, unless `read` has taken a part of one.
            let rest = String::from_utf8_lossy(rest).into_owned();
            self.text.clear();
            self.at = 0;
            return Poll::Ready(Some(Ok(rest)));
        }
        while let Some(decoder) = &mut self.decoder {
            let mut text = String::new();
            match ready!(self.body.poll_piece(cx)) {
                Some(Ok(piece)) => {
                    decoder.decode(&piece, false, &mut text);
                }
                Some(Err(error)) => {
                    self.decoder = None;
                    return Poll::Ready(Some(Err(error)));
                }
                None => {
                    decoder.decode(&[], true, &mut text);
                    self.decoder = None;
                }
            }
            if !text.is_empty() {
                return Poll::Ready(Some(Ok(text)));
            }
        }
        Poll::Ready(None)
    }
}

impl Stream for TextReader {
    type Item = Result<String>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_text(cx)
    }
}

impl BufRead for TextReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at >= self.text.len() {
            let next = async { self.next().await.transpose() };
            let text = driver::block_on(next)?;
            self.text = text.unwrap_or_default();
            self.at = 0;
        }
        Ok(self.text.as_bytes().get(self.at..).unwrap_or_default())
    }

    fn consume(&mut self, n: usize) {
        self.at = self.text.len().min(self.at + n);
    }
}

impl Read for TextReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.fill_buf()?.read(buf)?;
        self.consume(n);
        Ok(n)
    }
}
