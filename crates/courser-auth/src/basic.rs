//! The Basic scheme.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use http::HeaderValue;

use crate::{CredentialsError, Secret};

/// A user name and a password (RFC 7617; clj-http's `:basic-auth`), sent in UTF-8.
///
/// ```
/// use courser_auth::Basic;
///
/// let basic = Basic::new("Aladdin", "open sesame")?;
/// assert_eq!(basic.header(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
/// assert_eq!(format!("{basic:?}"), r#"Basic { user: "Aladdin", password: … }"#);
/// # Ok::<(), courser_auth::CredentialsError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basic {
    user: String,
    password: Secret,
}

impl Basic {
    /// Credentials of a user name and a password.
    ///
    /// # Errors
    /// A colon in the user name, or control characters in either: the scheme cannot carry them.
    pub fn new(
        user: impl Into<String>,
        password: impl Into<String>,
    ) -> Result<Self, CredentialsError> {
        let (user, password) = (user.into(), password.into());
        if user.contains(':') {
            return Err(CredentialsError::ColonInUser);
        }
        if user.chars().chain(password.chars()).any(char::is_control) {
            return Err(CredentialsError::Control);
        }
        Ok(Basic {
            user,
            password: Secret(password),
        })
    }

    /// Credentials written as `user:password`; without a colon the password is empty.
    ///
    /// # Errors
    /// As [`new`](Basic::new).
    pub fn parse(text: &str) -> Result<Self, CredentialsError> {
        let (user, password) = text.split_once(':').unwrap_or((text, ""));
        Basic::new(user, password)
    }

    /// Credentials of the user-info of a URL: split at the first colon, then percent-decoded, so
    /// that `%3A` can be part of either.
    ///
    /// # Errors
    /// Text that is not UTF-8 when decoded; else as [`new`](Basic::new).
    pub fn from_userinfo(userinfo: &str) -> Result<Self, CredentialsError> {
        let decode =
            |part| String::from_utf8(percent_decoded(part)).map_err(|_| CredentialsError::NotUtf8);
        let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
        Basic::new(decode(user)?, decode(password)?)
    }

    /// The user name.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The value of the `Authorization` header, marked as sensitive.
    #[must_use]
    pub fn header(&self) -> HeaderValue {
        let plain = format!("{}:{}", self.user, self.password.0);
        let text = format!("Basic {}", BASE64_STANDARD.encode(plain));
        // Base64 is always a valid value.
        let mut value =
            HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""));
        value.set_sensitive(true);
        value
    }
}

/// The bytes that a text with percent escapes stands for (RFC 3986, 2.1); what is no escape stays.
fn percent_decoded(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut rest = text.as_bytes();
    let mut bytes = Vec::with_capacity(rest.len());
    while let [first, after @ ..] = rest {
        rest = after;
        let mut byte = *first;
        if let (b'%', [high, low, behind @ ..]) = (byte, after)
            && let (Some(high), Some(low)) = (digit(*high), digit(*low))
        {
            byte = (high << 4 | low) as u8;
            rest = behind;
        }
        bytes.push(byte);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_values() {
        fn check(basic: Result<Basic, CredentialsError>, expected: Result<&str, CredentialsError>) {
            match (basic, expected) {
                (Ok(basic), Ok(expected)) => {
                    let value = basic.header();
                    let base64 = value.to_str().unwrap().strip_prefix("Basic ").unwrap();
                    assert_eq!(BASE64_STANDARD.decode(base64).unwrap(), expected.as_bytes());
                    assert!(value.is_sensitive());
                }
                (got, expected) => assert_eq!(got.err(), expected.err()),
            }
        }
        check(Basic::new("user", "pass"), Ok("user:pass"));
        check(Basic::new("user", "pa:ss é"), Ok("user:pa:ss é"));
        check(Basic::new("us:er", ""), Err(CredentialsError::ColonInUser));
        check(Basic::new("user", "a\nb"), Err(CredentialsError::Control));
        check(Basic::parse("user:pa:ss"), Ok("user:pa:ss"));
        check(Basic::parse("user"), Ok("user:"));
        check(Basic::from_userinfo("us%40er:p%3Ass"), Ok("us@er:p:ss"));
        check(Basic::from_userinfo("user:pa:ss"), Ok("user:pa:ss"));
        check(Basic::from_userinfo("user"), Ok("user:"));
        check(Basic::from_userinfo("a%zz%4:%+1%"), Ok("a%zz%4:%+1%"));
        check(
            Basic::from_userinfo("a%3Ab:c"),
            Err(CredentialsError::ColonInUser),
        );
        check(
            Basic::from_userinfo("a%0d%0a:c"),
            Err(CredentialsError::Control),
        );
        check(Basic::from_userinfo("%ff:"), Err(CredentialsError::NotUtf8));
    }
}
