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
    Entry::later_flag("debug", "false", "prints the request"),
    Entry::later_flag("debug-body", "false", "prints the body of the request"),
];
