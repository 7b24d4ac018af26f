//! Redirects.

use courser_coerce::Value;
use courser_core::Redirects;

use super::super::env::Env;
use super::super::option::Entry;
use super::super::parse::{Outcome, Unfit, count, flag, items, one_of, put, word};

pub(in crate::data) const ROWS: &[Entry] = &[
    Entry::new(
        "redirect-strategy",
        ":default, :lax, :graceful or :none",
        ":default",
        "which redirects are followed: of GET and HEAD, of all methods, as the first but without an error at the limit, none",
        |d, v, env| put(&mut d.request.redirect_strategy, strategy(v, env)),
    ),
    Entry::new(
        "max-redirects",
        "a number",
        "20",
        "how many redirects are followed",
        |d, v, _| put(&mut d.request.max_redirects, limit(v)),
    ),
    Entry::flag(
        "validate-redirects",
        "true",
        "a Location that is no URL with a host is an error anyway",
        |_, _, _| Ok(()),
    )
    .no_effect("a Location that is no URL with a host is an error anyway"),
    Entry::flag(
        "allow-circular-redirects",
        "false",
        "follows a redirect to where another led before",
        |d, v, _| put(&mut d.request.allow_circular_redirects, flag(v)),
    ),
    Entry::flag(
        "allow-relative-redirects",
        "true",
        "follows a Location without scheme and host",
        |d, v, _| put(&mut d.request.allow_relative_redirects, flag(v)),
    ),
    Entry::flag(
        "trace-redirects",
        "true",
        "the response lists where redirects went anyway",
        |_, _, _| Ok(()),
    )
    .no_effect("the response lists where redirects went anyway"),
    Entry::new(
        "response-interceptor",
        "what names a function",
        "none",
        "sees the head of each response, also those of redirects; in Rust the field",
        |d, v, env| {
            let interceptor = env.thing(v, "response-interceptor");
            put(&mut d.request.response_interceptor, interceptor)
        },
    ),
    Entry::new(
        "request-interceptor",
        "what names a function",
        "none",
        "sees each request before it is sent, also those of redirects; in Rust the field",
        |d, v, env| {
            let interceptor = env.thing(v, "request-interceptor");
            put(&mut d.request.request_interceptor, interceptor)
        },
    ),
    Entry::new(
        "secret-headers",
        "a sequence of names",
        "[]",
        "headers that do not follow to another origin, beside Authorization, Cookie, X-Api-Key and their like",
        |d, v, _| put(&mut d.request.secret_headers, names(v)),
    ),
    Entry::flag(
        "allow-downgrade",
        "false",
        "follows a redirect from https to http",
        |d, v, _| put(&mut d.request.allow_downgrade, flag(v)),
    ),
    Entry::flag(
        "resend-body-cross-origin",
        "false",
        "a redirect may take the body to another origin",
        |d, v, _| put(&mut d.request.resend_body_cross_origin, flag(v)),
    ),
    Entry::flag(
        "referer",
        "false",
        "redirects send a Referer: the URL within an origin, the origin alone to another",
        |d, v, _| put(&mut d.request.referer, flag(v)),
    ),
];

fn strategy(value: &Value, env: &Env) -> Outcome<Redirects> {
    if let Value::Tagged(tagged) = value {
        return env.tagged(tagged);
    }
    let known = [
        ("default", Redirects::Standard),
        ("lax", Redirects::Lax),
        ("graceful", Redirects::Graceful),
        ("none", Redirects::None),
    ];
    one_of(value, &known)
}

/// Also for `:client-params`.
pub(super) fn limit(value: &Value) -> Outcome<usize> {
    Ok(usize::try_from(count(value)?).unwrap_or(usize::MAX))
}

fn names(value: &Value) -> Outcome<Vec<String>> {
    let name = |item: &Value| match item {
        Value::String(_) | Value::Keyword(_) => word(item).map(str::to_owned),
        _ => Err(Unfit::Type),
    };
    items(value)?.iter().map(name).collect()
}
