//! The server's side of TLS, from PEM.

use std::io;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

use crate::options::Tls;

pub(crate) fn server_config(tls: &Tls) -> io::Result<Arc<ServerConfig>> {
    let provider = Arc::new(ring::default_provider());
    let chain = certificates(&tls.certificate_chain_pem, "the certificate chain")?;
    let key = PrivateKeyDer::from_pem_slice(&tls.private_key_pem)
        .map_err(|error| unusable("the private key", error))?;
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    let builder = match &tls.client_ca_pem {
        None => builder.with_no_client_auth(),
        Some(pem) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(pem, "the client CA")? {
                roots
                    .add(certificate)
                    .map_err(|error| unusable("the client CA", error))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .map_err(|error| unusable("the client CA", error))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let mut config = builder
        .with_single_cert(chain, key)
        .map_err(|error| unusable("certificate and key", error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn certificates(pem: &[u8], what: &str) -> io::Result<Vec<CertificateDer<'static>>> {
    let certificates = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| unusable(what, error))?;
    match certificates.is_empty() {
        true => Err(unusable(what, "there is no certificate in it")),
        false => Ok(certificates),
    }
}

fn unusable(what: &str, error: impl std::fmt::Display) -> io::Error {
    let text = format!("{what} cannot be used: {error}; give PEM");
    io::Error::new(io::ErrorKind::InvalidData, text)
}
