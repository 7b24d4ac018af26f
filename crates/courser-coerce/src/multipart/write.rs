//! Bodies that are in memory.

use super::boundary::boundary;
use super::head::{Head, Mode, WriteError};
use crate::text::Charset;

/// How a multipart body is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// How the heads are written. *Default:* strict.
    pub mode: Mode,
    /// The charset of the heads in the mode of browsers. *Default:* UTF-8.
    pub charset: Charset,
}

/// A multipart body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// What stands between the parts, for the `Content-Type`.
    pub boundary: String,
    /// The body.
    pub body: Vec<u8>,
}

/// Writes parts, each with its content, which for text is UTF-8 and is written in the charset of
/// its part.
///
/// # Errors
/// See [`WriteError`].
pub fn write(parts: &[(Head, &[u8])], options: &WriteOptions) -> Result<Written, WriteError> {
    let known: Vec<&[u8]> = parts.iter().map(|(_, content)| *content).collect();
    let boundary = boundary(&known)?;
    let mut body = Vec::new();
    for (head, content) in parts {
        body.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
        head.write(options.mode, options.charset, &mut body)?;
        match std::str::from_utf8(content) {
            Ok(text) if head.is_text => body.extend_from_slice(&head.encode(text)?),
            _ => body.extend_from_slice(content),
        }
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok(Written { boundary, body })
}
