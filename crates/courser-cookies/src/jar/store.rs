//! The jar as the store of a client.

use courser_core::{CookieStore, HeaderValue, Options, Url};

use super::Jar;
use crate::cookie::text;
use crate::middleware::policy;
use crate::site::Site;

/// The policy is read from the options of the request ([`Policy`](crate::Policy)).
impl CookieStore for Jar {
    fn cookies(&self, to: &Url, options: &Options) -> Option<HeaderValue> {
        if self.is_empty() {
            return None;
        }
        self.header(&site(to), policy(options))
    }

    fn store(&self, from: &Url, lines: &mut dyn Iterator<Item = &HeaderValue>, options: &Options) {
        for line in lines {
            self.set_cookie(&site(from), &text(line), policy(options));
        }
    }
}

fn site(url: &Url) -> Site<'_> {
    Site::new(url.is_https(), url.host(), url.path())
}
