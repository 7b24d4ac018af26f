//! What is asked of the servers.

// What JSON lacks is null, and lengths are looked at first.
#![allow(clippy::indexing_slicing)]

mod apache;
mod httpbin;
mod nginx;

use anyhow::{Result, ensure};
use courser::{Error, ErrorKind, StatusCode};

use crate::case::Case;

/// All cases.
pub(crate) const ALL: [&[Case]; 3] = [nginx::CASES, apache::CASES, httpbin::CASES];

/// A page that compresses well.
pub(crate) fn text() -> String {
    format!(
        "<!doctype html><title>text</title>\n{}",
        numbered("nothing new")
    )
}

/// Many lines with that text, each other than the rest.
pub(crate) fn numbered(text: &str) -> String {
    let lines: Vec<String> = (0..20_000)
        .map(|n| format!("<p>{n} {text}</p>\n"))
        .collect();
    lines.concat()
}

/// Bytes that tell their positions, and do not compress to nothing.
pub(crate) fn bytes(count: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(count).collect()
}

/// That a call failed with that status.
fn failed<T>(result: courser::Result<T>, status: u16) -> Result<Error> {
    match result {
        Ok(_) => anyhow::bail!("no error"),
        Err(error) => {
            let expected = StatusCode::from_u16(status).map(ErrorKind::Status)?;
            ensure!(error.kind() == expected, "failed with {error:?}");
            Ok(error)
        }
    }
}
