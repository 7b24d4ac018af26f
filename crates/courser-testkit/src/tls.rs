//! Certificates made on the spot, good ones and bad ones.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion, version};

/// A certificate authority of one test. Clones are the same authority.
#[derive(Clone)]
pub struct Ca(Arc<CaInner>);

struct CaInner {
    issuer: Issuer<'static, KeyPair>,
    der: Vec<u8>,
    pem: String,
}

impl Ca {
    /// A new authority with a key of its own.
    pub fn new() -> Self {
        let mut params = params(&[], "Courser test CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().unwrap();
        let cert = params.self_signed(&key).unwrap();
        Self(Arc::new(CaInner {
            der: cert.der().to_vec(),
            pem: cert.pem(),
            issuer: Issuer::new(params, key),
        }))
    }

    /// Its certificate.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// Its certificate.
    pub fn pem(&self) -> &str {
        &self.0.pem
    }

    /// A client certificate of that common name.
    pub fn client(&self, name: &str) -> Identity {
        let mut params = params(&[], name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        Identity::sign(&params, Some(self))
    }
}

impl Default for Ca {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Ca {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ca").finish_non_exhaustive()
    }
}

/// A certificate and its private key (PKCS#8).
#[derive(Clone)]
pub struct Identity {
    /// The certificate.
    pub cert_pem: String,
    /// The certificate.
    pub cert_der: Vec<u8>,
    /// The private key.
    pub key_pem: String,
    /// The private key.
    pub key_der: Vec<u8>,
}

impl Identity {
    fn sign(params: &CertificateParams, ca: Option<&Ca>) -> Self {
        let key = KeyPair::generate().unwrap();
        let cert = match ca {
            Some(ca) => params.signed_by(&key, &ca.0.issuer),
            None => params.self_signed(&key),
        }
        .unwrap();
        Self {
            cert_pem: cert.pem(),
            cert_der: cert.der().to_vec(),
            key_pem: key.serialize_pem(),
            key_der: key.serialize_der(),
        }
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

/// How a server presents itself. By default: a valid certificate for `localhost`, `127.0.0.1` and `::1`,
/// signed by a new [`Ca`], TLS 1.2 and 1.3, ALPN of all that the server speaks.
#[derive(Clone, Debug)]
pub struct Tls {
    ca: Ca,
    hosts: Vec<String>,
    /// The years in which it is valid, if not always.
    years: Option<(i32, i32)>,
    self_signed: bool,
    is_ca: bool,
    client_auth: bool,
    alpn: Option<Vec<Vec<u8>>>,
    versions: Vec<&'static SupportedProtocolVersion>,
}

impl Tls {
    /// The default.
    pub fn new() -> Self {
        Self {
            ca: Ca::new(),
            hosts: ["localhost", "127.0.0.1", "::1"].map(String::from).to_vec(),
            years: None,
            self_signed: false,
            is_ca: false,
            client_auth: false,
            alpn: None,
            versions: vec![&version::TLS13, &version::TLS12],
        }
    }

    /// Signed by this authority, which several servers may share.
    pub fn signed_by(mut self, ca: &Ca) -> Self {
        self.ca = ca.clone();
        self
    }

    /// For this host name or address only.
    pub fn host(mut self, host: &str) -> Self {
        self.hosts = vec![host.to_owned()];
        self
    }

    /// Valid only in the year 2000.
    pub fn expired(mut self) -> Self {
        self.years = Some((2000, 2000));
        self
    }

    /// Valid only from the year 4000 on.
    pub fn premature(mut self) -> Self {
        self.years = Some((4000, 4001));
        self
    }

    /// Signed by nobody else: trusting [`Ca`] does not help.
    pub fn self_signed(mut self) -> Self {
        self.self_signed = true;
        self
    }

    /// The same with a certificate that is one of an authority, as `openssl req -x509` makes them.
    pub fn self_signed_authority(mut self) -> Self {
        self.is_ca = true;
        self.self_signed()
    }

    /// Refuses clients that do not show a certificate of the same [`Ca`].
    pub fn require_client_cert(mut self) -> Self {
        self.client_auth = true;
        self
    }

    /// Offers these protocols in ALPN; none if empty.
    pub fn alpn(mut self, protocols: &[&str]) -> Self {
        self.alpn = Some(
            protocols
                .iter()
                .map(|name| name.as_bytes().to_vec())
                .collect(),
        );
        self
    }

    /// Speaks TLS 1.2 only.
    pub fn tls12_only(mut self) -> Self {
        self.versions = vec![&version::TLS12];
        self
    }

    /// The authority that signs.
    pub fn ca(&self) -> &Ca {
        &self.ca
    }

    /// Makes the certificate, with a key of its own: for servers that are not of this kit.
    pub fn identity(&self) -> Identity {
        let mut params = params(&self.hosts, "Courser test server");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        if let Some((first, last)) = self.years {
            params.not_before = rcgen::date_time_ymd(first, 1, 1);
            params.not_after = rcgen::date_time_ymd(last, 12, 31);
        }
        if self.is_ca {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        Identity::sign(&params, (!self.self_signed).then_some(&self.ca))
    }

    /// The server's part; `alpn` is offered unless the test said otherwise.
    pub(crate) fn config(&self, alpn: &[&[u8]]) -> Arc<ServerConfig> {
        let leaf = self.identity();
        // Said outright, since another crate of the process may bring a second provider.
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&self.versions)
            .unwrap();
        let builder = if self.client_auth {
            let mut roots = RootCertStore::empty();
            roots
                .add(CertificateDer::from(self.ca.der().to_vec()))
                .unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let chain = vec![CertificateDer::from(leaf.cert_der)];
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(leaf.key_der));
        let mut config = builder.with_single_cert(chain, key).unwrap();
        config.alpn_protocols = match &self.alpn {
            Some(names) => names.clone(),
            None => alpn.iter().map(|name| name.to_vec()).collect(),
        };
        Arc::new(config)
    }
}

impl Default for Tls {
    fn default() -> Self {
        Self::new()
    }
}

fn params(hosts: &[String], name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(hosts).expect("host names of a test are valid");
    params.distinguished_name.push(DnType::CommonName, name);
    params
}
