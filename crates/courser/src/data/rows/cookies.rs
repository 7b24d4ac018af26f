//! Cookies.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use courser_coerce::Value;
use courser_cookies::{Cookie, CookieSpec, Policy};
use courser_core::CookieStore;

use super::super::option::Entry;
use super::super::parse::{Outcome, Unfit, flag, one_of, put, word};
use super::super::read::Draft;

pub(in crate::data) const ROWS: &[Entry] = &[
    Entry::new(
        "cookies",
        "a map of names to maps with :value, or to values",
        "none",
        "cookies that are sent",
        |d, v, _| put(&mut d.request.cookies, cookies(v)),
    )
    .secret(),
    Entry::flag(
        "decode-cookies",
        "true",
        "the response has :cookies in place of Set-Cookie",
        |d, v, _| put(&mut d.request.decode_cookies, flag(v)),
    ),
    Entry::new(
        "cookie-store",
        "what names a store",
        "the memory of the client",
        "where cookies are kept and sent from",
        |d, v, env| {
            let store = env.thing::<Arc<dyn CookieStore>>(v, "cookie-store");
            put(&mut d.request.cookie_store, store)
        },
    ),
    Entry::new(
        "cookie-policy",
        ":default, :standard, :standard-strict, :netscape or :none",
        ":default",
        "which cookies are kept and sent",
        |d, v, _| policy(d, one_of(v, &Policy::NAMES)?),
    ),
    Entry::new(
        "cookie-spec",
        "what names a way of your own",
        "none",
        "reads, checks and writes cookies",
        |d, v, env| {
            let spec = env.thing::<Arc<dyn CookieSpec>>(v, "cookie-spec")?;
            policy(d, Policy::Custom(spec))
        },
    ),
    Entry::new(
        "cookie-policy-registry",
        "an object of Apache's client",
        "none",
        "cookie policies by name",
        |_, _, _| Ok(()),
    )
    .unsupported("give a :cookie-spec, which in Rust is `CookiePolicy::Custom`"),
];

/// One option or the other says it.
fn policy(draft: &mut Draft, policy: Policy) -> Outcome {
    match draft.request.cookie_policy.replace(policy) {
        None => Ok(()),
        Some(_) => Err(Unfit::Because(
            "says the same as another option: give :cookie-policy or :cookie-spec".into(),
        )),
    }
}

fn cookies(value: &Value) -> Outcome<Vec<Cookie>> {
    let entries = value.as_map().ok_or(Unfit::Type)?.iter();
    entries
        .map(|(name, value)| cookie(word(name)?, value))
        .collect()
}

/// As responses have them. Only name and value matter to what is sent, and `:version`.
fn cookie(name: &str, said: &Value) -> Outcome<Cookie> {
    let wrong = |key: &str, takes: &str| {
        let name = courser_core::excerpt(name, 40);
        Unfit::Because(format!("takes {takes} as the :{key} of \"{name}\""))
    };
    let map = said.as_map().map(|_| said);
    let part = |key: &str| {
        map.and_then(|map| map.get(key))
            .filter(|part| !part.is_nil())
    };
    let value = if map.is_some() {
        part("value")
    } else {
        Some(said)
    };
    let value = value.and_then(|value| word(value).ok());
    let value = value.ok_or_else(|| wrong("value", "a string or keyword"))?;
    let version = part("version").and_then(Value::as_i64);
    let value = if version > Some(0) {
        quoted(value)
    } else {
        value.to_owned()
    };
    let mut cookie = Cookie::new(name, value);
    let text = |key| match part(key).map(Value::as_str) {
        Some(None) => Err(wrong(key, "a string")),
        said => Ok(said.flatten().map(str::to_owned)),
    };
    cookie.path = text("path")?;
    cookie.domain = text("domain")?;
    if let Some(secure) = part("secure") {
        cookie.secure = secure
            .as_bool()
            .ok_or_else(|| wrong("secure", "true or false"))?;
    }
    if let Some(expires) = part("expires") {
        let time = expires
            .as_inst()
            .and_then(|inst| unix_time(inst.unix_seconds()));
        cookie.expires = Some(time.ok_or_else(|| wrong("expires", "an instant"))?);
    }
    Ok(cookie)
}

fn unix_time(seconds: i64) -> Option<SystemTime> {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    }
}

/// As RFC 2109 wants the values of version 1: in quotes, if they have what is no token.
fn quoted(value: &str) -> String {
    const SEPARATORS: &str = " ;,:@()<>\\\"/[]?={}\t";
    let is_quoted = value.len() > 1 && value.starts_with('"') && value.ends_with('"');
    if is_quoted || !value.contains(|c| SEPARATORS.contains(c)) {
        return value.to_owned();
    }
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_version_1() {
        fn check(value: &str, expected: &str) {
            assert_eq!(quoted(value), expected);
        }
        check("abc", "abc");
        check("v w", "\"v w\"");
        check("\"v w\"", "\"v w\"");
        check("a\"b\\", "\"a\\\"b\\\\\"");
    }
}
