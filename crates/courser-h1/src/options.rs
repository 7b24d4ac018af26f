//! Limits and leniencies.

/// How an answer is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How much is accepted.
    pub limits: Limits,
    /// What is forgiven. *Default*: nothing.
    pub lenient: Leniency,
}

/// How much of a response is accepted, beside its body. Each is exact; one more is
/// [`Error::Limit`](crate::Error::Limit), which names the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one head: status line, fields and line ends. *Default*: 256 KiB; at most 1 GiB.
    pub head_bytes: usize,
    /// Lines of fields in one head; each line of a folded field counts. *Default*: 256.
    pub head_lines: usize,
    /// Informational responses (1xx) before the final one. *Default*: 16.
    pub informational: usize,
    /// Bytes of all extensions of a chunked body together; spaces, and digits of a size beyond
    /// 16, count too. *Default*: 16 KiB.
    pub chunk_extension_bytes: usize,
    /// Bytes of the trailers, with line ends. *Default*: 32 KiB; at most 1 GiB.
    pub trailer_bytes: usize,
    /// Lines of the trailers. *Default*: 256.
    pub trailer_lines: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            head_bytes: 256 << 10,
            head_lines: 256,
            informational: 16,
            chunk_extension_bytes: 16 << 10,
            trailer_bytes: 32 << 10,
            trailer_lines: 256,
        }
    }
}

/// Faults of servers that can be forgiven, each on its own. All are off by default: two readers
/// that forgive differently can be made to disagree on where a message ends.
///
/// Two things are no faults here. A folded field line is joined by one space, as RFC 9112, 5.2
/// demands of user agents. A status line may end after the code, without the space before an
/// empty reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // a checklist, not a state
pub struct Leniency {
    /// Lines of heads and trailers may end in LF alone (RFC 9112, 2.2). Those of chunks never.
    pub bare_lf: bool,
    /// A CR within a line of a head or of trailers becomes a space (RFC 9112, 2.2).
    pub bare_cr: bool,
    /// Whitespace between the name of a field in a head and its colon is dropped (RFC 9112, 5.1).
    pub space_before_colon: bool,
    /// Content-Length may be said several times, in one line or in several, if always the same
    /// (RFC 9112, 6.3).
    pub repeated_length: bool,
    /// Content-Length beside Transfer-Encoding is ignored; the connection is not used again
    /// (RFC 9112, 6.3).
    pub length_with_transfer_encoding: bool,
    /// Transfer-Encoding counts in a response of HTTP/1.0 too; the connection is not used again
    /// (RFC 9112, 6.1).
    pub transfer_encoding_in_http10: bool,
    /// Transfer codings other than `chunked` are accepted: the body is handed out as they left
    /// it (RFC 9112, 6.3 and 7).
    pub other_codings: bool,
    /// Spaces and tabs may follow the size of a chunk without an extension (RFC 9112, 7.1).
    pub space_after_chunk_size: bool,
}
