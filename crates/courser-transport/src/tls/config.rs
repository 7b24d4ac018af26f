//! How TLS is done: one configuration for all connections of the same settings, so that they
//! resume each other's sessions.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use courser_core::{Error, ErrorKind, Result, Tls};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{self, CryptoProvider};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use rustls_platform_verifier::Verifier;

use crate::connector::Versions;

/// Which protocols are offered (ALPN, RFC 7301).
fn protocols(versions: Versions) -> Vec<Vec<u8>> {
    let names: &[&[u8]] = match versions {
        Versions::Http1 => &[b"http/1.1"],
        #[cfg(feature = "http2")]
        Versions::Either => &[b"h2", b"http/1.1"],
        #[cfg(feature = "http2")]
        Versions::Http2 => &[b"h2"],
    };
    names.iter().map(|name| name.to_vec()).collect()
}

/// How many configurations are kept; beyond that, the one unused for longest is let go, with its
/// sessions.
const MAX: usize = 16;

/// The configurations in use, the latest first.
#[derive(Debug, Default)]
pub(crate) struct Configs(Mutex<Vec<Entry>>);

type Entry = (Tls, Versions, Arc<ClientConfig>);

impl Configs {
    /// The configuration for these settings; built if there is none. Building reads the roots of
    /// the system, which takes a while, and nobody else waits for that.
    pub(crate) fn get(&self, tls: &Tls, versions: Versions) -> Result<Arc<ClientConfig>> {
        if let Some(config) = find(&mut self.entries(), tls, versions) {
            return Ok(config);
        }
        let config = Arc::new(build(tls, versions)?);
        let mut entries = self.entries();
        if let Some(config) = find(&mut entries, tls, versions) {
            return Ok(config);
        }
        entries.insert(0, (tls.clone(), versions, config.clone()));
        entries.truncate(MAX);
        Ok(config)
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn find(entries: &mut [Entry], tls: &Tls, versions: Versions) -> Option<Arc<ClientConfig>> {
    let at = entries
        .iter()
        .position(|e| e.0 == *tls && e.1 == versions)?;
    if at > 0 {
        entries.get_mut(..=at)?.rotate_right(1);
    }
    entries.first().map(|entry| entry.2.clone())
}

fn build(tls: &Tls, versions: Versions) -> Result<ClientConfig> {
    let provider = Arc::new(crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(unusable)?;
    let verifier: Arc<dyn ServerCertVerifier> = if tls.insecure {
        tracing::warn!(
            "TLS certificates are not verified (:insecure?): anybody on the way can read and change what is sent"
        );
        Arc::new(AcceptAny(provider))
    } else {
        let roots = tls.roots.iter();
        let roots = roots.map(|der| CertificateDer::from(der.to_vec()));
        Arc::new(Verifier::new_with_extra_roots(roots, provider).map_err(unusable)?)
    };
    let mut config = builder
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = protocols(versions);
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

#[cfg(test)]
mod tests {
    use super::*;
    use courser_core::Bytes;

    #[test]
    fn one_for_the_same_settings_and_another_for_others() {
        let configs = Configs::default();
        let mut insecure = Tls::default();
        insecure.insecure = true;
        let get = |tls: &Tls| configs.get(tls, Versions::Http1).unwrap();
        let (a, b) = (get(&Tls::default()), get(&insecure));
        assert!(Arc::ptr_eq(&a, &get(&Tls::default())));
        assert!(Arc::ptr_eq(&b, &get(&insecure)));
        assert!(!Arc::ptr_eq(&a, &b));
        assert_eq!(a.alpn_protocols, [b"http/1.1"]);
    }

    #[test]
    fn roots_that_are_none() {
        let mut tls = Tls::default();
        tls.roots = vec![Bytes::from_static(b"no certificate")];
        let error = Configs::default().get(&tls, Versions::Http1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Tls);
    }
}
