//! Redirects.

use super::super::option::Entry;

pub(in crate::data) const ROWS: &[Entry] = &[
    Entry::later(
        "redirect-strategy",
        ":default, :lax, :graceful or :none",
        "which redirects are followed",
    ),
    Entry::later(
        "max-redirects",
        "a number",
        "how many redirects are followed",
    ),
    Entry::later_flag(
        "validate-redirects",
        "true",
        "refuses a Location without a valid host",
    ),
    Entry::later_flag(
        "allow-circular-redirects",
        "false",
        "follows a redirect to where it was",
    ),
    Entry::later_flag(
        "allow-relative-redirects",
        "true",
        "follows a Location without host",
    ),
    Entry::later_flag(
        "trace-redirects",
        "true",
        "the response lists where redirects went",
    ),
    Entry::later_flag(
        "force-redirects",
        "false",
        "follows redirects of any method",
    ),
    Entry::later(
        "response-interceptor",
        "a function",
        "sees the response of each hop",
    ),
    Entry::later(
        "request-interceptor",
        "a function",
        "sees the request of each hop",
    ),
    Entry::later(
        "secret-headers",
        "a sequence of names",
        "headers that do not follow to another origin",
    ),
    Entry::later_flag(
        "allow-downgrade",
        "false",
        "follows a redirect from https to http",
    ),
    Entry::later_flag(
        "resend-body-cross-origin",
        "false",
        "sends the body again to another origin",
    ),
    Entry::later(
        "referer",
        "true, or a function",
        "sends a Referer with redirects",
    ),
];
