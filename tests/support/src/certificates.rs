//! A certification authority of the test's own.

use std::sync::atomic::{AtomicUsize, Ordering};

use notify_preview::Tls;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair,
};

pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate with its key, both in PEM.
pub struct Identity {
    pub certificate: String,
    pub key: String,
}

impl Authority {
    pub fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Of two authorities with one name each certificate would be tried against the other's key.
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let name = format!("Test authority {}", STARTED.fetch_add(1, Ordering::Relaxed));
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        Authority {
            issuer: CertifiedIssuer::self_signed(params, key).expect("an authority"),
        }
    }

    /// In PEM, for `ca_file`.
    pub fn certificate(&self) -> String {
        self.issuer.pem()
    }

    pub fn issue(&self, name: &str, purpose: ExtendedKeyUsagePurpose) -> Identity {
        self.sign(params(name, purpose))
    }

    /// What someone without any authority puts on a server.
    pub fn self_signed(name: &str) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let params = params(name, ExtendedKeyUsagePurpose::ServerAuth);
        let certificate = params.self_signed(&key).expect("a certificate");
        Identity::new(&certificate, &key)
    }

    fn sign(&self, params: CertificateParams) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        Identity::new(&certificate, &key)
    }

    pub fn client(&self) -> Identity {
        self.issue("monitoring", ExtendedKeyUsagePurpose::ClientAuth)
    }

    /// What a stand-in on `name` needs to speak TLS.
    pub fn server(&self, name: &str) -> Tls {
        self.issue(name, ExtendedKeyUsagePurpose::ServerAuth).tls()
    }

    /// The same with a certificate of long ago.
    pub fn expired(&self, name: &str) -> Tls {
        let mut params = params(name, ExtendedKeyUsagePurpose::ServerAuth);
        params.not_before = rcgen::date_time_ymd(2001, 1, 1);
        params.not_after = rcgen::date_time_ymd(2002, 1, 1);
        self.sign(params).tls()
    }
}

impl Identity {
    fn new(certificate: &Certificate, key: &KeyPair) -> Identity {
        Identity {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        }
    }

    pub fn tls(self) -> Tls {
        Tls {
            certificate_chain_pem: self.certificate.into_bytes(),
            private_key_pem: self.key.into_bytes(),
            client_ca_pem: None,
        }
    }
}

fn params(name: &str, purpose: ExtendedKeyUsagePurpose) -> CertificateParams {
    let mut params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
    params.distinguished_name.push(DnType::CommonName, name);
    params.extended_key_usages = vec![purpose];
    params
}

impl Default for Authority {
    fn default() -> Authority {
        Authority::new()
    }
}
