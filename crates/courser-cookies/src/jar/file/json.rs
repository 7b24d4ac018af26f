//! Cookies as JSON: an array of objects.

use serde::{Deserialize, Serialize};

use super::seconds;
use crate::cookie::{Cookie, SameSite};

/// A cookie in JSON. What is usual is left out.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record<'a> {
    name: std::borrow::Cow<'a, str>,
    value: std::borrow::Cow<'a, str>,
    domain: std::borrow::Cow<'a, str>,
    path: std::borrow::Cow<'a, str>,
    /// Seconds since 1970; none for the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<u64>,
    #[serde(default, skip_serializing_if = "is_false")]
    secure: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    http_only: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    host_only: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    same_site: Option<Site>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Site {
    Strict,
    Lax,
    None,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks for it
fn is_false(flag: &bool) -> bool {
    !flag
}

pub(super) fn write(cookies: &[Cookie]) -> serde_json::Result<Vec<u8>> {
    let records = cookies.iter().map(|cookie| Record {
        name: cookie.name.as_str().into(),
        value: cookie.value.as_str().into(),
        domain: cookie.domain.as_deref().unwrap_or_default().into(),
        path: cookie.path.as_deref().unwrap_or("/").into(),
        expires: cookie.expires.map(seconds::of),
        secure: cookie.secure,
        http_only: cookie.http_only,
        host_only: cookie.host_only,
        same_site: cookie.same_site.map(|same_site| match same_site {
            SameSite::Strict => Site::Strict,
            SameSite::Lax => Site::Lax,
            SameSite::None => Site::None,
        }),
    });
    serde_json::to_vec_pretty(&records.collect::<Vec<_>>())
}

pub(super) fn read(bytes: &[u8]) -> serde_json::Result<Vec<Cookie>> {
    let records: Vec<Record<'_>> = serde_json::from_slice(bytes)?;
    let cookies = records.into_iter().map(|record| {
        let mut cookie = Cookie::new(record.name, record.value);
        cookie.domain = Some(record.domain.into_owned());
        cookie.path = Some(record.path.into_owned());
        cookie.expires = record.expires.map(seconds::time);
        cookie.secure = record.secure;
        cookie.http_only = record.http_only;
        cookie.host_only = record.host_only;
        cookie.same_site = record.same_site.map(|site| match site {
            Site::Strict => SameSite::Strict,
            Site::Lax => SameSite::Lax,
            Site::None => SameSite::None,
        });
        cookie
    });
    Ok(cookies.collect())
}
