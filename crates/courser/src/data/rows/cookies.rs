//! Cookies.

use super::super::option::Entry;

pub(in crate::data) const ROWS: &[Entry] = &[
    Entry::later(
        "cookies",
        "a map of names to maps with :value",
        "cookies that are sent",
    )
    .secret(),
    Entry::later_flag(
        "decode-cookies",
        "true",
        "the response has :cookies in place of Set-Cookie",
    ),
    Entry::later(
        "cookie-store",
        "what names a store",
        "where cookies are kept and sent from",
    ),
    Entry::later(
        "cookie-policy",
        ":default, :standard, :standard-strict, :netscape or :none",
        "which cookies are accepted",
    ),
    Entry::later(
        "cookie-spec",
        "a function",
        "reads, checks and writes cookies",
    ),
    Entry::later(
        "cookie-policy-registry",
        "an object",
        "cookie policies by name",
    ),
];
