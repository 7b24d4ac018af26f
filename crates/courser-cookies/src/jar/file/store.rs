//! Cookies as the crate `cookie_store` keeps them in JSON.

use cookie_store::{Cookie as Stored, CookieDomain, CookieExpiration, CookieStore};
use time::OffsetDateTime;
use url::Url;

use super::{FileError, seconds};
use crate::cookie::{Cookie, SameSite};

/// The last second that RFC 3339 has.
const LAST: i64 = 253_402_300_799;

pub(super) fn write(cookies: &[Cookie]) -> Result<Vec<u8>, FileError> {
    let stored = cookies.iter().filter_map(stored).map(Ok::<_, FileError>);
    let store = CookieStore::from_cookies(stored, true)?;
    let mut bytes = Vec::new();
    cookie_store::serde::json::save_incl_expired_and_nonpersistent(&store, &mut bytes)
        .map_err(FileError::CookieStore)?;
    Ok(bytes)
}

pub(super) fn read(bytes: &[u8]) -> Result<Vec<Cookie>, FileError> {
    let store = cookie_store::serde::json::load_all(bytes).map_err(FileError::CookieStore)?;
    Ok(store.iter_any().filter_map(ours).collect())
}

/// As a server would have set it. None for one that has no name.
fn stored(cookie: &Cookie) -> Option<Stored<'static>> {
    let domain = cookie.domain.as_deref()?;
    let path = cookie.path.as_deref().unwrap_or("/");
    let mut line = format!("{}={}; Path={path}", cookie.name, cookie.value);
    if !cookie.host_only {
        line.push_str("; Domain=");
        line.push_str(domain);
    }
    if cookie.secure {
        line.push_str("; Secure");
    }
    if cookie.http_only {
        line.push_str("; HttpOnly");
    }
    line.push_str(match cookie.same_site {
        Some(SameSite::Strict) => "; SameSite=Strict",
        Some(SameSite::Lax) => "; SameSite=Lax",
        Some(SameSite::None) => "; SameSite=None",
        None => "",
    });
    let url = Url::parse(&format!("https://{domain}/")).ok()?;
    let mut stored = Stored::parse(line, &url).ok()?;
    if let Some(expires) = cookie.expires {
        let second = i64::try_from(seconds::of(expires))
            .unwrap_or(LAST)
            .min(LAST);
        let at = OffsetDateTime::from_unix_timestamp(second).ok()?;
        stored.expires = CookieExpiration::AtUtc(at);
    }
    Some(stored)
}

/// None for one without a domain, which no request would have.
fn ours(stored: &Stored<'static>) -> Option<Cookie> {
    let mut cookie = Cookie::new(stored.name(), stored.value());
    let (domain, host_only) = match &stored.domain {
        CookieDomain::HostOnly(domain) => (domain, true),
        CookieDomain::Suffix(domain) => (domain, false),
        CookieDomain::NotPresent | CookieDomain::Empty => return None,
    };
    cookie.domain = Some(domain.clone());
    cookie.host_only = host_only;
    cookie.path = Some(stored.path.as_ref().to_owned());
    cookie.expires = match &stored.expires {
        CookieExpiration::AtUtc(at) => {
            let second = u64::try_from(at.unix_timestamp()).unwrap_or_default();
            Some(seconds::time(second))
        }
        CookieExpiration::SessionEnd => None,
    };
    cookie.secure = stored.secure() == Some(true);
    cookie.http_only = stored.http_only() == Some(true);
    cookie.same_site = stored.same_site().map(|same_site| {
        if same_site.is_strict() {
            SameSite::Strict
        } else if same_site.is_lax() {
            SameSite::Lax
        } else {
            SameSite::None
        }
    });
    Some(cookie)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Jar, Policy, Site};
    use std::time::{Duration, SystemTime};

    fn sorted(mut cookies: Vec<Cookie>) -> Vec<Cookie> {
        cookies.sort_by(|a, b| (&a.domain, &a.name).cmp(&(&b.domain, &b.name)));
        cookies
    }

    #[test]
    fn what_a_jar_keeps_comes_back() {
        let jar = Jar::new();
        let site = Site::new(true, "www.example.com", "/a/b");
        for line in [
            "host=1",
            "domain=\"q\"; Domain=example.com; Path=/; Secure; HttpOnly; SameSite=Lax",
            "latin=caf\u{e9}; Max-Age=500; SameSite=Strict",
            "far=1; Expires=Fri, 31 Dec 9999 23:59:59 GMT",
        ] {
            assert!(jar.set_cookie(&site, line, &Policy::Default), "{line}");
        }
        let kept = jar.get_cookies();
        // A value without a name has no place there.
        jar.set_cookie(&site, "alone", &Policy::Default);

        let bytes = jar.to_bytes(Format::CookieStore).unwrap();
        let again = Jar::new();
        again.add_bytes(&bytes, Format::CookieStore).unwrap();
        let whole_seconds = |mut cookies: Vec<Cookie>| {
            for cookie in &mut cookies {
                cookie.expires = cookie.expires.map(|at| seconds::time(seconds::of(at)));
            }
            sorted(cookies)
        };
        assert_eq!(whole_seconds(again.get_cookies()), whole_seconds(kept));
    }

    #[test]
    fn a_store_of_that_crate_is_read() {
        let mut store = CookieStore::default();
        let url = Url::parse("https://shop.example.com/cart/1").unwrap();
        store.parse("sid=31d4; Secure; HttpOnly", &url).unwrap();
        store
            .parse("lang=en; Domain=example.com; Path=/; Max-Age=600", &url)
            .unwrap();
        let mut bytes = Vec::new();
        cookie_store::serde::json::save_incl_expired_and_nonpersistent(&store, &mut bytes).unwrap();

        let jar = Jar::new();
        jar.add_bytes(&bytes, Format::CookieStore).unwrap();
        let header = |host, path| {
            let site = Site::new(true, host, path);
            let value = jar.header(&site, &Policy::Default);
            value.map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(
            header("shop.example.com", "/cart/2").as_deref(),
            Some("sid=31d4; lang=en")
        );
        assert_eq!(header("www.example.com", "/").as_deref(), Some("lang=en"));
        let lang = jar
            .get_cookies()
            .into_iter()
            .find(|cookie| cookie.name == "lang")
            .unwrap();
        let left = lang
            .expires
            .unwrap()
            .duration_since(SystemTime::now())
            .unwrap();
        assert!(left <= Duration::from_secs(600) && left > Duration::from_secs(60));
    }

    /// That crate keeps cookies for public suffixes, and sends them to all below.
    #[test]
    fn what_is_read_is_admitted_as_any_other() {
        let mut store = CookieStore::default();
        let url = Url::parse("https://shop.example.com/").unwrap();
        store.parse("super=1; Domain=com", &url).unwrap();
        let mut bytes = Vec::new();
        cookie_store::serde::json::save_incl_expired_and_nonpersistent(&store, &mut bytes).unwrap();
        let jar = Jar::new();
        let error = jar.add_bytes(&bytes, Format::CookieStore).unwrap_err();
        assert!(matches!(error, FileError::Cookie(_)), "{error}");
        assert!(jar.is_empty());
    }

    #[test]
    fn every_prefix_and_every_changed_byte_is_cookies_or_an_error() {
        let jar = Jar::new();
        let site = Site::new(true, "www.example.com", "/");
        jar.set_cookie(
            &site,
            "a=1; Domain=example.com; Max-Age=9; Secure",
            &Policy::Default,
        );
        let bytes = jar.to_bytes(Format::CookieStore).unwrap();
        for end in 0..bytes.len() {
            let _ = read(&bytes[..end]);
            let mut changed = bytes.clone();
            for byte in [0, b'"', b'\\', b'0', b'}', 0xff] {
                changed[end] = byte;
                let _ = Jar::new().add_bytes(&changed, Format::CookieStore);
            }
        }
        let error = read(b"[{}]").unwrap_err();
        assert!(error.to_string().contains("cookie_store"), "{error}");
    }
}
