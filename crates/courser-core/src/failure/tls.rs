//! Why there is no TLS.

use crate::error::{Error, ErrorKind, excerpt};

/// Why a TLS handshake failed, whoever does TLS for the transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsFailure {
    /// The certificate is self-signed, or its issuer is not trusted.
    Untrusted,
    /// The certificate is not for the host, but for these names, if they are known. They may be
    /// as rustls writes them: `DnsName("a.example")`.
    WrongName(Option<Vec<String>>),
    /// The certificate has expired.
    Expired,
    /// The certificate is not valid yet.
    NotYetValid,
    /// The certificate was revoked.
    Revoked,
    /// The certificate is not accepted for another reason.
    BadCertificate,
    /// What came is no TLS.
    NotTls,
    /// The server refused, with this alert.
    Alert(String),
    /// There is no version or cipher that both have.
    Incompatible,
    /// There is no version of HTTP that both speak (ALPN).
    NoProtocol,
    /// The server closed the connection.
    Closed,
    /// The server reset the connection.
    Reset,
    /// The connection broke in another way.
    Broken,
    /// Anything else.
    Other,
}

impl TlsFailure {
    /// The error, of the kind [`Tls`](ErrorKind::Tls). `place` is `host:port`.
    pub fn error(self, host: &str, place: &str) -> Error {
        let fail = |message: String| Error::new(ErrorKind::Tls, message);
        let is_tls = "does that port speak TLS?";
        let clock = "is the clock of this machine right?";
        match self {
            Self::Untrusted => fail(format!(
                "the certificate of \"{host}\" is self-signed, or of an issuer that is not trusted here"
            ))
            .help("trust its issuer (:trusted-certificates), or for a test only set :insecure?"),
            Self::WrongName(None) => fail(format!(
                "the certificate of the server is not for \"{host}\""
            )),
            Self::WrongName(Some(names)) => {
                let names: Vec<String> = names.iter().map(|name| bare(name)).collect();
                let names = if names.is_empty() {
                    "no name at all".to_owned()
                } else {
                    names.join(", ")
                };
                fail(format!(
                    "the certificate is not for \"{host}\" but for {names}"
                ))
            }
            Self::Expired => {
                fail(format!("the certificate of \"{host}\" has expired")).help(clock)
            }
            Self::NotYetValid => {
                fail(format!("the certificate of \"{host}\" is not valid yet")).help(clock)
            }
            Self::Revoked => fail(format!("the certificate of \"{host}\" was revoked")),
            Self::BadCertificate => fail(format!("the certificate of \"{host}\" is not accepted")),
            Self::NotTls => fail(format!(
                "{place} speaks no TLS: that port speaks plain HTTP"
            ))
            .help(format!("try http://{place}/")),
            Self::Alert(alert) => {
                fail(format!("{place} refused the TLS handshake")).with("alert", alert)
            }
            Self::Incompatible => fail(format!("{place} speaks no TLS that is safe enough")),
            Self::NoProtocol => fail(format!(
                "{place} does not speak the version of HTTP that was asked for"
            )),
            Self::Closed => fail(format!(
                "{place} closed the connection during the TLS handshake"
            ))
            .help(is_tls),
            Self::Reset => fail(format!(
                "{place} reset the connection during the TLS handshake"
            ))
            .help(is_tls),
            Self::Broken => fail(format!("the TLS handshake with {place} broke off")),
            Self::Other => fail(format!("the TLS handshake with {place} failed")),
        }
    }
}

/// What stands in quotes, where something does.
fn bare(name: &str) -> String {
    excerpt(name.split('"').nth(1).unwrap_or(name), 80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_it_is_and_what_to_do() {
        let check = |failure: TlsFailure, expected: &str| {
            let error = failure.error("h", "h:443");
            assert_eq!(error.kind(), ErrorKind::Tls);
            assert_eq!(error.to_string(), expected);
        };
        check(
            TlsFailure::Closed,
            "h:443 closed the connection during the TLS handshake; does that port speak TLS?",
        );
        let names = ["DnsName(\"a.example\")", "IpAddress(1.2.3.4)"].map(String::from);
        check(
            TlsFailure::WrongName(Some(names.to_vec())),
            "the certificate is not for \"h\" but for a.example, IpAddress(1.2.3.4)",
        );
        check(
            TlsFailure::WrongName(Some(Vec::new())),
            "the certificate is not for \"h\" but for no name at all",
        );
    }
}
