//! Seeing what happens.

use super::super::option::Entry;
use super::super::parse::{flag, put};

pub(in crate::data) const ROWS: &[Entry] = &[
    Entry::flag(
        "save-request",
        "false",
        "the response has the :request beside it",
        |d, v, _| put(&mut d.request.save_request, flag(v)),
    ),
    Entry::flag(
        "debug",
        "false",
        "shows the request on standard error, without secrets",
        |d, v, _| put(&mut d.request.debug, flag(v)),
    ),
    Entry::flag(
        "debug-body",
        "false",
        "shows the request with its body",
        |d, v, _| put(&mut d.request.debug_body, flag(v)),
    ),
];
