//! The jar.

mod admit;
mod file;
mod groups;
#[cfg(feature = "middleware")]
mod store;

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use http::HeaderValue;

use crate::cookie::{Cookie, CookieError, encode};
use crate::parse;
use crate::policy::Policy;
use crate::site::Site;
pub use file::{FileError, Format};
use groups::{Groups, Kept};

/// Keeps cookies, and tells those that a request should have: clj-http's `cookie-store`, by the
/// storage model of RFC 6265bis (5.7 and 5.8).
///
/// It is shared between threads by reference or in an `Arc`; while it is empty it costs a request
/// next to nothing.
#[derive(Default)]
pub struct Jar {
    /// As many as there are in `groups`: to look at without the lock.
    count: AtomicUsize,
    groups: Mutex<Groups>,
    clock: Clock,
}

/// How much a jar holds. What is beyond a limit is not kept, or not sent; of too many cookies those
/// go first that have ended, then those that are not secure, then those used longest ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Cookies in all. *Default:* 3000.
    pub total: usize,
    /// Cookies of a registrable domain, such as `example.co.uk`, with all below it. *Default:* 180.
    pub per_domain: usize,
    /// Bytes of the `Cookie` field of a request. *Default:* 8190, which is what common servers
    /// accept of a line.
    pub header: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            total: 3000,
            per_domain: 180,
            header: 8190,
        }
    }
}

/// What tells the time.
#[derive(Clone, Copy)]
struct Clock(fn() -> SystemTime);

impl Default for Clock {
    fn default() -> Self {
        Clock(SystemTime::now)
    }
}

impl Jar {
    /// An empty jar.
    #[must_use]
    pub fn new() -> Self {
        Jar::default()
    }

    /// An empty jar with limits of your own.
    #[must_use]
    pub fn with_limits(limits: Limits) -> Self {
        Jar {
            groups: Mutex::new(Groups::new(limits)),
            ..Jar::default()
        }
    }

    /// The same jar with another clock, for tests.
    #[must_use]
    pub fn with_clock(self, clock: fn() -> SystemTime) -> Self {
        Jar {
            clock: Clock(clock),
            ..self
        }
    }

    fn now(&self) -> SystemTime {
        (self.clock.0)()
    }

    fn lock(&self) -> MutexGuard<'_, Groups> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count.load(Ordering::Relaxed) == 0
    }

    /// Takes in a `Set-Cookie` line of an answer from there. Tells whether it changed anything:
    /// lines that are malformed, or not for that server to send, do not.
    pub fn set_cookie(&self, from: &Site<'_>, line: &str, policy: &Policy) -> bool {
        let now = self.now();
        let cookies = match policy {
            Policy::None => return false,
            Policy::Custom(spec) => {
                let mut cookies = spec.parse(line, from);
                cookies.retain(|cookie| spec.validate(cookie, from));
                cookies
            }
            policy => parse::parse(line, policy, now).into_iter().collect(),
        };
        let mut taken = false;
        for cookie in cookies {
            if policy.wants_names() && cookie.name.is_empty() {
                continue;
            }
            let Some(cookie) = admit::admit(cookie, from) else {
                continue;
            };
            let mut groups = self.lock();
            if from.is_secure() || !groups.has_secure_like(&cookie) {
                let unquoted = matches!(policy, Policy::Standard | Policy::StandardStrict);
                taken |= groups.put(cookie, unquoted, now);
                self.count.store(groups.len(), Ordering::Relaxed);
            }
        }
        taken
    }

    /// The `Cookie` field of a request to there: those with the longest path first, then those that
    /// are oldest. None if there are no cookies for it. It is marked as sensitive.
    #[must_use]
    pub fn header(&self, to: &Site<'_>, policy: &Policy) -> Option<HeaderValue> {
        if self.is_empty() {
            return None;
        }
        let text = match policy {
            Policy::None => return None,
            // Code of others runs without the lock: it may look into the jar.
            Policy::Custom(spec) => {
                let mut cookies = self.lock().cookies_for(to, self.now());
                cookies.retain(|cookie| spec.matches(cookie, to));
                if cookies.is_empty() {
                    return None;
                }
                spec.format(&cookies)
            }
            _ => self.lock().text_for(to, self.now()),
        };
        encode(&text).filter(|value| !value.is_empty())
    }

    /// All cookies that have not ended, oldest first.
    #[must_use]
    pub fn get_cookies(&self) -> Vec<Cookie> {
        self.in_order(Kept::shown)
    }

    /// The same, with all that is sent of them.
    fn as_sent(&self) -> Vec<Cookie> {
        self.in_order(|kept| kept.cookie.clone())
    }

    fn in_order(&self, of: impl Fn(&Kept) -> Cookie) -> Vec<Cookie> {
        let now = self.now();
        let groups = self.lock();
        let all = groups.all().filter(|kept| !kept.cookie.is_expired(now));
        let mut kept: Vec<&Kept> = all.collect();
        kept.sort_by_key(|kept| kept.created);
        kept.into_iter().map(of).collect()
    }

    /// Puts a cookie of your own in. It needs a domain, and goes to subdomains unless it is
    /// `host_only`; without a path it goes to all. One that has ended removes its like.
    ///
    /// ```
    /// use courser_cookies::{Cookie, Jar};
    ///
    /// let jar = Jar::new();
    /// let mut cookie = Cookie::new("lang", "en");
    /// cookie.domain = Some("example.com".into());
    /// jar.add_cookie(cookie)?;
    /// assert_eq!(jar.get_cookies().len(), 1);
    /// # Ok::<(), courser_cookies::CookieError>(())
    /// ```
    ///
    /// # Errors
    /// What is wrong with it: see [`CookieError`].
    pub fn add_cookie(&self, cookie: Cookie) -> Result<(), CookieError> {
        self.put(admit::own(cookie)?);
        Ok(())
    }

    fn put(&self, cookie: Cookie) {
        let now = self.now();
        let mut groups = self.lock();
        groups.put(cookie, false, now);
        self.count.store(groups.len(), Ordering::Relaxed);
    }

    /// Removes all cookies.
    pub fn clear_cookies(&self) {
        let mut groups = self.lock();
        groups.clear();
        self.count.store(0, Ordering::Relaxed);
    }
}

/// Shows how many there are.
impl fmt::Debug for Jar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jar")
            .field("cookies", &self.count.load(Ordering::Relaxed))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
