//! The Bearer scheme.

use http::HeaderValue;

use crate::{CredentialsError, Secret};

/// A bearer token (RFC 6750; clj-http's `:oauth-token`).
///
/// ```
/// use courser_auth::Bearer;
///
/// assert_eq!(Bearer::new("mF_9.B5f-4.1JqM")?.header(), "Bearer mF_9.B5f-4.1JqM");
/// # Ok::<(), courser_auth::CredentialsError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    token: Secret,
}

impl Bearer {
    /// A token.
    ///
    /// # Errors
    /// An empty token, or one with other characters than letters, digits and `-._~+/=`.
    pub fn new(token: impl Into<String>) -> Result<Self, CredentialsError> {
        let token = token.into();
        let legal = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
        if token.is_empty() || !token.bytes().all(legal) {
            return Err(CredentialsError::Token);
        }
        Ok(Bearer {
            token: Secret(token),
        })
    }

    /// The value of the `Authorization` header, marked as sensitive.
    #[must_use]
    pub fn header(&self) -> HeaderValue {
        let text = format!("Bearer {}", self.token.0);
        // `new` let only legal characters pass.
        let mut value =
            HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""));
        value.set_sensitive(true);
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens() {
        fn check(token: &str, legal: bool) {
            assert_eq!(Bearer::new(token).is_ok(), legal, "{token}");
        }
        check("abc-._~+/09==", true);
        for token in ["", "a b", "a\r\nb", "é", "a,b"] {
            check(token, false);
        }
        let bearer = Bearer::new("hunter2").unwrap();
        assert!(!format!("{bearer:?}{:?}", bearer.header()).contains("hunter2"));
    }
}
