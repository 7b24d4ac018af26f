//! What rustls fails with, in our words.

use std::io;

use courser_core::{Error, ErrorKind};
use rustls::CertificateError;

/// Why the handshake failed. `place` is `host:port`.
pub(crate) fn explain(error: io::Error, host: &str, place: &str) -> Error {
    let fail = |message: String| Error::new(ErrorKind::Tls, message);
    let inner = error.get_ref().and_then(|e| e.downcast_ref());
    let explained = match (inner, error.kind()) {
        (Some(inner), _) => handshake(inner, host, place),
        (None, io::ErrorKind::UnexpectedEof) => fail(format!(
            "{place} closed the connection during the TLS handshake"
        ))
        .help("does that port speak TLS?"),
        (None, io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) => fail(format!(
            "{place} reset the connection during the TLS handshake"
        ))
        .help("does that port speak TLS?"),
        _ => fail(format!("the TLS handshake with {place} broke off")),
    };
    explained.because(error)
}

fn handshake(error: &rustls::Error, host: &str, place: &str) -> Error {
    let fail = |message: String| Error::new(ErrorKind::Tls, message);
    match error {
        rustls::Error::InvalidCertificate(error) => certificate(error, host),
        rustls::Error::InvalidMessage(_) => fail(format!(
            "{place} speaks no TLS: that port speaks plain HTTP"
        ))
        .help(format!("try http://{place}/")),
        rustls::Error::AlertReceived(alert) => fail(format!("{place} refused the TLS handshake"))
            .with("alert", format_args!("{alert:?}")),
        rustls::Error::PeerIncompatible(_) => {
            fail(format!("{place} speaks no TLS that is safe enough"))
        }
        rustls::Error::NoApplicationProtocol => fail(format!(
            "{place} does not speak the version of HTTP that was asked for"
        )),
        _ => fail(format!("the TLS handshake with {place} failed")),
    }
}

fn certificate(error: &CertificateError, host: &str) -> Error {
    let fail = |message: String| Error::new(ErrorKind::Tls, message);
    match error {
        error if is_untrusted(error) => fail(format!(
            "the certificate of \"{host}\" is self-signed, or of an issuer that is not trusted here"
        ))
        .help("trust its issuer (:trusted-certificates), or for a test only set :insecure?"),
        CertificateError::NotValidForName => fail(format!(
            "the certificate of the server is not for \"{host}\""
        )),
        CertificateError::NotValidForNameContext { presented, .. } => {
            let names: Vec<String> = presented.iter().map(|name| presented_name(name)).collect();
            fail(format!(
                "the certificate is not for \"{host}\" but for {}",
                if names.is_empty() {
                    "no name at all".to_owned()
                } else {
                    names.join(", ")
                }
            ))
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            fail(format!("the certificate of \"{host}\" has expired"))
                .help("is the clock of this machine right?")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            fail(format!("the certificate of \"{host}\" is not valid yet"))
                .help("is the clock of this machine right?")
        }
        CertificateError::Revoked => fail(format!("the certificate of \"{host}\" was revoked")),
        _ => fail(format!("the certificate of \"{host}\" is not accepted")),
    }
}

/// A self-signed certificate has as many faces as there are ways to make one: an issuer that
/// nobody knows, one that only has the name of a trusted one, or an authority of its own.
fn is_untrusted(error: &CertificateError) -> bool {
    match error {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => true,
        CertificateError::Other(other) => other.0.to_string() == "CaUsedAsEndEntity",
        _ => false,
    }
}

/// rustls writes `DnsName("a.example")`.
fn presented_name(name: &str) -> String {
    let bare = name.split('"').nth(1).unwrap_or(name);
    courser_core::excerpt(bare, 80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_bare() {
        assert_eq!(presented_name("DnsName(\"a.example\")"), "a.example");
        assert_eq!(presented_name("IpAddress(1.2.3.4)"), "IpAddress(1.2.3.4)");
    }

    #[test]
    fn without_a_word_of_rustls() {
        let error = explain(io::ErrorKind::UnexpectedEof.into(), "h", "h:443");
        assert_eq!(error.kind(), ErrorKind::Tls);
        assert_eq!(
            error.to_string(),
            "h:443 closed the connection during the TLS handshake; does that port speak TLS?"
        );
    }
}
