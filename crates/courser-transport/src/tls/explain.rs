//! What rustls fails with, in our words.

use std::io;

use courser_core::Error;
use courser_core::failure::TlsFailure;
use rustls::CertificateError;

/// Why the handshake failed. `place` is `host:port`.
pub(crate) fn explain(error: io::Error, host: &str, place: &str) -> Error {
    let inner = error.get_ref().and_then(|e| e.downcast_ref());
    let failure = match (inner, error.kind()) {
        (Some(inner), _) => failure(inner),
        (None, io::ErrorKind::UnexpectedEof) => TlsFailure::Closed,
        (None, io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) => TlsFailure::Reset,
        _ => TlsFailure::Broken,
    };
    failure.error(host, place).because(error)
}

fn failure(error: &rustls::Error) -> TlsFailure {
    match error {
        rustls::Error::InvalidCertificate(error) => certificate(error),
        rustls::Error::InvalidMessage(_) => TlsFailure::NotTls,
        rustls::Error::AlertReceived(alert) => TlsFailure::Alert(format!("{alert:?}")),
        rustls::Error::PeerIncompatible(_) => TlsFailure::Incompatible,
        rustls::Error::NoApplicationProtocol => TlsFailure::NoProtocol,
        _ => TlsFailure::Other,
    }
}

fn certificate(error: &CertificateError) -> TlsFailure {
    use CertificateError as E;
    match error {
        // A self-signed certificate has as many faces as there are ways to make one: an issuer that
        // nobody knows, one that only has the name of a trusted one, or an authority of its own.
        E::UnknownIssuer | E::BadSignature => TlsFailure::Untrusted,
        E::Other(other) if other.0.to_string() == "CaUsedAsEndEntity" => TlsFailure::Untrusted,
        E::NotValidForName => TlsFailure::WrongName(None),
        E::NotValidForNameContext { presented, .. } => {
            TlsFailure::WrongName(Some(presented.clone()))
        }
        E::Expired | E::ExpiredContext { .. } => TlsFailure::Expired,
        E::NotValidYet | E::NotValidYetContext { .. } => TlsFailure::NotYetValid,
        E::Revoked => TlsFailure::Revoked,
        _ => TlsFailure::BadCertificate,
    }
}
