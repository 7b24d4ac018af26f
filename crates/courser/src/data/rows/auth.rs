//! Credentials.

use courser_coerce::Value;
use courser_core::Secret;

use super::super::option::Entry;
use super::super::parse::{Outcome, Unfit, put, text};

pub(in crate::data) const ROWS: &[Entry] = &[
    Entry::new(
        "basic-auth",
        "[\"user\" \"password\"] or \"user:password\"",
        "none",
        "user name and password, sent unasked",
        |d, v, _| put(&mut d.request.basic_auth, basic(v)),
    )
    .secret(),
    Entry::new(
        "oauth-token",
        "a string",
        "none",
        "a bearer token",
        |d, v, _| put(&mut d.request.oauth_token, text(v).map(Secret::from)),
    )
    .secret(),
    Entry::later(
        "digest-auth",
        "[\"user\" \"password\"]",
        "user name and password for a Digest challenge",
    )
    .secret(),
    Entry::later(
        "ntlm-auth",
        "[\"user\" \"password\" \"host\" \"domain\"]",
        "credentials for an NTLM challenge",
    )
    .secret(),
];

/// A missing or nil password is an empty one.
fn basic(value: &Value) -> Outcome<(String, Secret)> {
    if let Some(text) = value.as_str() {
        let (user, password) = text.split_once(':').unwrap_or((text, ""));
        return Ok((user.to_owned(), password.into()));
    }
    match value.as_slice() {
        Some([user] | [user, Value::Nil]) => Ok((text(user)?, "".into())),
        Some([user, password]) => Ok((text(user)?, text(password)?.into())),
        _ => Err(Unfit::Type),
    }
}
