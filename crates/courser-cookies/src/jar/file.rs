//! Jars in files.

mod atomic;
#[cfg(feature = "json")]
mod json;
mod netscape;
#[cfg(feature = "cookie-store")]
mod store;

use std::io;
use std::path::Path;

use super::{Jar, admit};
use crate::cookie::{Cookie, CookieError};

/// How a file of cookies is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// `cookies.txt`, as curl, wget, yt-dlp and Python have it: a cookie a line. It has no place for
    /// `SameSite`, nor for a tab in a name, value or path: such cookies are left out.
    Netscape,
    /// An array of objects, with all that a cookie has.
    #[cfg(feature = "json")]
    Json,
    /// The JSON of the crate `cookie_store`, which `reqwest_cookie_store` and ureq keep too. It has no
    /// place for cookies without a name, which are left out, nor for their age. What is read is admitted as any cookie
    /// of your own is, whatever that crate would have kept.
    #[cfg(feature = "cookie-store")]
    CookieStore,
}

/// Why a file of cookies cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file itself.
    #[error("the file of cookies cannot be read or written")]
    Io(#[from] io::Error),
    /// A line of `cookies.txt`, counted from 1.
    #[error(
        "line {0} of cookies.txt has not seven fields with tabs between: domain, TRUE or FALSE, path, TRUE or FALSE, seconds since 1970, name, value"
    )]
    Line(usize),
    /// JSON.
    #[cfg(feature = "json")]
    #[error("the file is no JSON of cookies")]
    Json(#[from] serde_json::Error),
    /// The JSON of `cookie_store`.
    #[cfg(feature = "cookie-store")]
    #[error("the file is not the JSON of the crate cookie_store")]
    CookieStore(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A cookie that a jar does not keep.
    #[error(transparent)]
    Cookie(#[from] CookieError),
}

impl Jar {
    /// Writes all cookies that have not ended to a file, those of the session too.
    ///
    /// It is written beside its place and then put there whole, so that a reader or a crash never
    /// sees half of it; on Unix nobody but its owner may read it.
    ///
    /// ```no_run
    /// use courser_cookies::{Format, Jar};
    ///
    /// let jar = Jar::new();
    /// if std::path::Path::new("cookies.txt").exists() {
    ///     jar.load("cookies.txt", Format::Netscape)?;
    /// }
    /// // Requests …
    /// jar.save("cookies.txt", Format::Netscape)?;
    /// # Ok::<(), courser_cookies::FileError>(())
    /// ```
    ///
    /// # Errors
    /// [`FileError::Io`]; the file is as it was then.
    pub fn save(&self, path: impl AsRef<Path>, format: Format) -> Result<(), FileError> {
        Ok(atomic::write(path.as_ref(), &self.to_bytes(format)?)?)
    }

    /// Adds the cookies of a file, in place of their like; those that have ended are left out.
    ///
    /// # Errors
    /// What is wrong with the file. No cookie of it was added then.
    pub fn load(&self, path: impl AsRef<Path>, format: Format) -> Result<(), FileError> {
        self.add_bytes(&std::fs::read(path)?, format)
    }

    /// What [`save`](Jar::save) writes.
    ///
    /// # Errors
    /// None are known today.
    pub fn to_bytes(&self, format: Format) -> Result<Vec<u8>, FileError> {
        let cookies = self.as_sent();
        match format {
            Format::Netscape => Ok(netscape::write(&cookies)),
            #[cfg(feature = "json")]
            Format::Json => Ok(json::write(&cookies)?),
            #[cfg(feature = "cookie-store")]
            Format::CookieStore => store::write(&cookies),
        }
    }

    /// Adds what [`save`](Jar::save) has written.
    ///
    /// # Errors
    /// What is wrong with it. No cookie of it was added then.
    pub fn add_bytes(&self, bytes: &[u8], format: Format) -> Result<(), FileError> {
        let cookies = match format {
            Format::Netscape => netscape::read(bytes)?,
            #[cfg(feature = "json")]
            Format::Json => json::read(bytes)?,
            #[cfg(feature = "cookie-store")]
            Format::CookieStore => store::read(bytes)?,
        };
        let cookies: Result<Vec<Cookie>, CookieError> =
            cookies.into_iter().map(admit::own).collect();
        let cookies = cookies?;
        let now = self.now();
        for cookie in cookies {
            if !cookie.is_expired(now) {
                self.put(cookie);
            }
        }
        Ok(())
    }
}

/// Seconds since 1970, as files have them; what is before is 0 and has ended.
mod seconds {
    use std::time::{Duration, SystemTime};

    pub(super) fn of(time: SystemTime) -> u64 {
        let since = time.duration_since(SystemTime::UNIX_EPOCH);
        since.map_or(0, |since| since.as_secs())
    }

    /// Beyond what a clock can tell is the latest it can.
    pub(super) fn time(seconds: u64) -> SystemTime {
        let far = 10_000 * 366 * 86_400;
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.min(far))
    }
}

#[cfg(test)]
mod tests;
