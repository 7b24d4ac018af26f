//! Cookies for HTTP clients, by RFC 6265bis (draft-ietf-httpbis-rfc6265bis).
//!
//! [`Cookie`] is a cookie as plain data, read from a `Set-Cookie` field; [`header_value`] makes
//! a `Cookie` field of several. The `Jar` (feature `jar`) keeps the cookies that a server may set,
//! and tells those that a request should have. It refuses cookies for public suffixes
//! (`Domain=com`), cookies without what their `__Host-` or `__Secure-` prefix promises, and cookies
//! over http that would take the place of secure ones; what it keeps is bounded. It is saved to and
//! loaded from `cookies.txt` and, with the feature `json`, JSON. [`Policy`] says how strict it is.
//!
//! With the feature `middleware` there are the stages of the Courser client. Without it the crate
//! needs no client: a URL is an [`http::Uri`], or scheme, host and path.
//!
#![cfg_attr(
    feature = "jar",
    doc = r#"```
use courser_cookies::{Jar, Policy, Site};

let jar = Jar::new();
let login = Site::new(true, "www.example.com", "/login");
jar.set_cookie(&login, "sid=31d4; Domain=example.com; Path=/; Secure", &Policy::Default);
jar.set_cookie(&login, "tracker=1; Domain=com", &Policy::Default); // refused

let shop = Site::new(true, "shop.example.com", "/");
assert_eq!(jar.header(&shop, &Policy::Default).unwrap(), "sid=31d4");
let plain = Site::new(false, "shop.example.com", "/");
assert_eq!(jar.header(&plain, &Policy::Default), None);
```"#
)]
//!
//! Values are never printed: `Debug` shows `…` in their place.

mod cookie;
mod date;
#[cfg(feature = "jar")]
mod jar;
#[cfg(feature = "middleware")]
pub mod middleware;
mod parse;
mod policy;
mod site;

pub use cookie::{Cookie, CookieError, SameSite, header_value};
#[cfg(feature = "jar")]
pub use jar::{FileError, Format, Jar, Limits};
pub use policy::{CookieSpec, Policy};
pub use site::Site;
