//! Authentication for HTTP clients.
//!
//! [`Basic`] (RFC 7617) and [`Bearer`] (RFC 6750) credentials become `Authorization` header
//! values; that part needs nothing but the crate `http`. With the feature `middleware` there are
//! the stages of the Courser client that send them.
//!
//! Secrets are never printed: `Debug` shows `…` in their place, and the header values are marked
//! as sensitive.

mod basic;
mod bearer;
#[cfg(feature = "middleware")]
pub mod middleware;

pub use basic::Basic;
pub use bearer::Bearer;

/// Why credentials cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// RFC 7617, 2: the first colon ends the user name.
    #[error("a user name cannot contain a colon")]
    ColonInUser,
    /// RFC 7617, 2.
    #[error("a user name or password cannot contain control characters")]
    Control,
    /// RFC 6750, 2.1.
    #[error("a token is made of letters, digits and -._~+/=, and is not empty")]
    Token,
    /// After percent-decoding.
    #[error("the user-info of the URL is not UTF-8")]
    NotUtf8,
}

/// Text that is not printed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(pub(crate) String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}
