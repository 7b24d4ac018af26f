//! TLS by rustls with ring.

use std::sync::Arc;

use courser_core::failure::TlsFailure;
use courser_core::{Connect, Error, ErrorKind, HttpVersion, Result};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{self, CryptoProvider};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use rustls_platform_verifier::Verifier;

/// The TLS of a client for these settings.
pub(crate) fn config(to: &Connect) -> Result<ClientConfig> {
    let tls = &to.settings.tls;
    let provider = Arc::new(crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(unusable)?;
    let mut config = if !to.https {
        // Such a client never speaks TLS, and reading the roots of the system takes time.
        builder
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth()
    } else if tls.insecure {
        tracing::warn!(
            "TLS certificates are not verified (:insecure?): anybody on the way can read and change what is sent"
        );
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AcceptAny(provider)))
            .with_no_client_auth()
    } else {
        let roots = tls
            .roots
            .iter()
            .map(|der| CertificateDer::from(der.to_vec()));
        let verifier = Verifier::new_with_extra_roots(roots, provider).map_err(unusable)?;
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth()
    };
    config.alpn_protocols = match to.settings.version {
        HttpVersion::Http2 => vec![b"h2".to_vec()],
        HttpVersion::Negotiate if cfg!(feature = "http2") => {
            vec![b"h2".to_vec(), b"http/1.1".to_vec()]
        }
        _ => vec![b"http/1.1".to_vec()],
    };
    Ok(config)
}

fn unusable(source: rustls::Error) -> Error {
    Error::new(ErrorKind::Tls, "TLS cannot be set up")
        .help("are the given roots, and those of the system, certificates in DER or PEM?")
        .because(source)
}

/// Accepts whatever is shown: `:insecure?`. Who does not know the peer has no use for its
/// signatures either, and very old certificates could not even be read for them.
#[derive(Debug)]
struct AcceptAny(Arc<CryptoProvider>);

impl ServerCertVerifier for AcceptAny {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// What rustls fails with, in our words.
pub(crate) fn failure(error: &rustls::Error) -> TlsFailure {
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

#[cfg(test)]
mod tests {
    use super::*;
    use courser_core::ConnectSettings;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tracing::span;

    struct Warnings(Arc<AtomicUsize>);

    impl tracing::Subscriber for Warnings {
        fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
            *metadata.level() == tracing::Level::WARN
        }
        fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
            span::Id::from_u64(1)
        }
        fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
        fn event(&self, _: &tracing::Event<'_>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
        fn enter(&self, _: &span::Id) {}
        fn exit(&self, _: &span::Id) {}
    }

    #[test]
    fn insecure_is_loud() {
        let warned = Arc::new(AtomicUsize::new(0));
        let mut to = Connect {
            https: true,
            host: "h".into(),
            port: 443,
            settings: Arc::default(),
        };
        let mut settings = ConnectSettings::default();
        settings.tls.insecure = true;
        to.settings = Arc::new(settings);
        tracing::subscriber::with_default(Warnings(warned.clone()), || config(&to).unwrap());
        assert_eq!(warned.load(Ordering::SeqCst), 1);
    }
}
