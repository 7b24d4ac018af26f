//! `multipart/form-data` and its kin (RFC 7578, RFC 2046), out and back in.
//!
//! Out: [`Head`] writes what stands above a part, [`boundary()`] makes what stands between parts,
//! and [`write()`] writes a body that is in memory. Names are escaped as browsers do (WHATWG), so
//! that no name can end its line.
//!
//! Back in: [`read()`] for bytes, [`Reader`] for a stream, part after part, both with limits.
//!
//! ```
//! use courser_coerce::multipart::{self, Head, ReadOptions, WriteOptions};
//!
//! let parts = [
//!     (Head::text("title"), &b"My picture"[..]),
//!     (Head::file("file", "pic.jpg"), &[0xff, 0xd8][..]),
//! ];
//! let written = multipart::write(&parts, &WriteOptions::default())?;
//! let read = multipart::read(&written.body, &written.boundary, &ReadOptions::default())?;
//! assert_eq!(read[0].name.as_deref(), Some("title"));
//! assert_eq!(read[1].file_name.as_deref(), Some("pic.jpg"));
//! assert_eq!(read[1].content, [0xff, 0xd8]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod boundary;
mod head;
mod read;
mod reader;
mod write;

pub use boundary::boundary;
pub use head::{Head, Mode, WriteError};
pub use read::{Part, ReadError, ReadOptions, read};
pub use reader::{PartHead, Reader};
pub use write::{WriteOptions, Written, write};
