//! The cache.

use super::super::option::Entry;

pub(in crate::data) const ROWS: &[Entry] = &[
    Entry::later_flag(
        "cache",
        "false",
        "answers from a cache where it may (RFC 9111)",
    ),
    Entry::later(
        "cache-config",
        "a map",
        "how large the cache is, and what it keeps",
    ),
];
