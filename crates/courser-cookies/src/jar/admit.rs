//! Which cookies may come into a jar at all (RFC 6265bis, 5.7).

use crate::cookie::{Cookie, CookieError, is_sendable, shown};
use crate::parse::{MAX_ATTRIBUTE, MAX_PAIR};
use crate::site::{Site, is_address};

/// The cookie with domain and path filled in, if that server may set it.
pub(super) fn admit(mut cookie: Cookie, from: &Site<'_>) -> Option<Cookie> {
    if !is_well_formed(&cookie) || (cookie.secure && !from.is_secure()) {
        return None;
    }
    keeps_its_promise(&cookie)?;
    match cookie.domain.take() {
        // Addresses and hosts that are public suffixes themselves have no subdomains to share with.
        Some(domain) if domain == from.host() => {
            cookie.host_only = is_address(&domain) || is_public_suffix(&domain);
            cookie.domain = Some(domain);
        }
        Some(domain) => {
            if !domain.is_ascii() || !from.is_of(&domain) || is_public_suffix(&domain) {
                return None;
            }
            cookie.host_only = false;
            cookie.domain = Some(domain);
        }
        None => {
            cookie.host_only = true;
            cookie.domain = Some(from.host().to_owned());
        }
    }
    if cookie.path.is_none() {
        cookie.path = Some(from.default_path().to_owned());
    }
    Some(cookie)
}

/// A cookie that the user puts in.
pub(super) fn own(mut cookie: Cookie) -> Result<Cookie, CookieError> {
    let name = || shown(&cookie.name);
    if cookie.name.is_empty() && cookie.value.is_empty() {
        return Err(CookieError::Empty);
    }
    let path = cookie.path.as_deref().unwrap_or("/");
    if ![&cookie.name, &cookie.value, path]
        .into_iter()
        .all(is_sendable)
    {
        return Err(CookieError::Character(name()));
    }
    if !has_no_separators(&cookie) || path.contains(';') || !path.starts_with('/') {
        return Err(CookieError::Separator(name()));
    }
    if !is_well_formed(&cookie) || path.len() > MAX_ATTRIBUTE {
        return Err(CookieError::TooLong(name()));
    }
    let domain = cookie.domain.as_deref().unwrap_or_default();
    let domain = Site::new(false, domain.strip_prefix('.').unwrap_or(domain), "/")
        .host()
        .to_owned();
    if domain.is_empty() || !domain.is_ascii() || domain.len() > MAX_ATTRIBUTE {
        return Err(CookieError::NoDomain(name()));
    }
    if is_address(&domain) {
        cookie.host_only = true;
    } else if !cookie.host_only && is_listed_suffix(&domain) {
        return Err(CookieError::PublicSuffix(name()));
    }
    cookie.path = Some(path.to_owned());
    cookie.domain = Some(domain);
    Ok(cookie)
}

/// What [`crate::parse`] ensures, and a spec of the user's own may not.
fn is_well_formed(cookie: &Cookie) -> bool {
    let length = cookie.name.chars().count() + cookie.value.chars().count();
    (1..=MAX_PAIR).contains(&length)
        && is_sendable(&cookie.name)
        && is_sendable(&cookie.value)
        && has_no_separators(cookie)
}

fn has_no_separators(cookie: &Cookie) -> bool {
    !cookie.name.contains([';', '=']) && !cookie.value.contains(';')
}

/// What the prefix of a name promises must hold: `__Secure-` came over https and goes only there,
/// `__Host-` besides to this host alone and to all of it.
fn keeps_its_promise(cookie: &Cookie) -> Option<()> {
    // A value without a name is sent like a name.
    let name = if cookie.name.is_empty() {
        &cookie.value
    } else {
        &cookie.name
    };
    let begins = |prefix: &str| {
        name.get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    let (secure, host) = (begins("__Secure-"), begins("__Host-"));
    if cookie.name.is_empty() && (secure || host) {
        return None;
    }
    if (secure || host) && !cookie.secure {
        return None;
    }
    if host && (cookie.domain.is_some() || cookie.path.as_deref() != Some("/")) {
        return None;
    }
    Some(())
}

/// Whether many parties register names under it: `com`, `co.uk`, `github.io`, and any single label.
pub(super) fn is_public_suffix(domain: &str) -> bool {
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    psl::suffix_str(domain) == Some(domain)
}

/// The same, but for single labels that nobody registers under, as a host of an own network has.
fn is_listed_suffix(domain: &str) -> bool {
    let bare = domain.strip_suffix('.').unwrap_or(domain);
    let suffix = psl::suffix(bare.as_bytes());
    suffix.is_some_and(|suffix| suffix == bare && (suffix.is_known() || bare.contains('.')))
}

/// The part of a host that one party has registered, or else the host.
pub(super) fn registrable(host: &str) -> &str {
    if is_address(host) {
        return host;
    }
    psl::domain_str(host).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_of_ones_own_cookies() {
        let check = |domain: &str, admitted: bool| {
            let mut cookie = Cookie::new("a", "1");
            cookie.domain = Some(domain.to_owned());
            let result = own(cookie);
            assert_eq!(result.is_ok(), admitted, "{domain}");
            if let Err(error) = result {
                assert!(matches!(error, CookieError::PublicSuffix(_)), "{error}");
            }
        };
        for domain in [
            "example.com",
            ".example.com",
            "a.co.uk",
            "localhost",
            "intranet",
        ] {
            check(domain, true);
        }
        for domain in ["com", ".com", "COM", "uk", "co.uk", "github.io", "com."] {
            check(domain, false);
        }
    }
}
