//! The body of a request, on its way out.

use crate::error::{Error, Result};
use crate::request::{RequestBody, write_field};

/// Frames the body of a request.
#[derive(Clone, Debug)]
pub(crate) enum Upload {
    Length { declared: u64, given: u64 },
    Chunked,
    Done,
}

/// What stands before and after a piece of body on the wire.
///
/// For those who write pieces without copying them: `prefix`, the piece, `suffix`. Both are empty
/// unless the body is chunked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    digits: [u8; 18],
    start: u8,
}

impl Frame {
    const NONE: Frame = Frame {
        digits: [0; 18],
        start: 18,
    };

    fn chunk(length: usize) -> Self {
        let mut digits = *b"0000000000000000\r\n";
        let mut rest = length;
        let mut start = 16;
        for digit in digits.iter_mut().take(16).rev() {
            if rest == 0 {
                break;
            }
            *digit = char::from_digit((rest % 16) as u32, 16).map_or(b'0', |c| c as u8);
            rest /= 16;
            start -= 1;
        }
        Frame { digits, start }
    }

    /// What stands before it: the size in hexadecimal digits, and a line end.
    #[must_use]
    pub fn prefix(&self) -> &[u8] {
        self.digits
            .get(usize::from(self.start)..)
            .unwrap_or_default()
    }

    /// What stands after it: a line end.
    #[must_use]
    pub fn suffix(&self) -> &'static [u8] {
        if self.prefix().is_empty() {
            b""
        } else {
            b"\r\n"
        }
    }
}

impl Upload {
    pub(crate) fn new(body: RequestBody) -> Self {
        match body {
            RequestBody::None | RequestBody::Length(0) => Upload::Done,
            RequestBody::Length(declared) => Upload::Length { declared, given: 0 },
            RequestBody::Chunked => Upload::Chunked,
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        matches!(self, Upload::Done)
    }

    pub(crate) fn frame(&mut self, length: usize) -> Result<Frame> {
        match self {
            // A chunk of size zero would end the body.
            _ if length == 0 => Ok(Frame::NONE),
            Upload::Chunked => Ok(Frame::chunk(length)),
            Upload::Length { declared, given } => {
                let declared = *declared;
                let sum = given.saturating_add(length as u64);
                if sum > declared {
                    let given = sum;
                    return Err(Error::BodyLength { declared, given });
                }
                *given = sum;
                Ok(Frame::NONE)
            }
            Upload::Done => Err(Error::Misuse(
                "the body of the request has ended, or there is none",
            )),
        }
    }

    pub(crate) fn end<'t>(
        &mut self,
        trailers: impl IntoIterator<Item = (&'t str, &'t [u8])>,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let start = out.len();
        let chunked = matches!(self, Upload::Chunked);
        if let Upload::Length { declared, given } = *self
            && given < declared
        {
            return Err(Error::BodyLength { declared, given });
        }
        if chunked {
            out.extend_from_slice(b"0\r\n");
        }
        for (name, value) in trailers {
            let written = if !chunked {
                Err(Error::Framing(
                    "only a chunked body has trailers (RFC 9112, 7.1.2)",
                ))
            } else if FORBIDDEN
                .iter()
                .any(|field| name.eq_ignore_ascii_case(field))
            {
                let why = "it cannot stand in trailers (RFC 9110, 6.5.1)";
                let part = format!("the field \"{name}\"");
                Err(Error::BadRequest { part, why })
            } else {
                write_field(out, name, value)
            };
            if let Err(error) = written {
                out.truncate(start);
                return Err(error);
            }
        }
        if chunked {
            out.extend_from_slice(b"\r\n");
        }
        *self = Upload::Done;
        Ok(())
    }
}

/// Fields that frame, route or authenticate, and would come too late.
const FORBIDDEN: [&str; 13] = [
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
