//! Trust: the machine's certificates plus `ca_file`, a client certificate, and the proxy with its credentials.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use ureq::Proxy;
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig};

use crate::config::Config;
use crate::connection::{Connection, ProxySettings, Trust};
use crate::http;

pub fn config(connection: &Connection, config: &Config) -> Result<TlsConfig> {
    let mut tls = TlsConfig::builder()
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()));
    tls = match connection.trust {
        Trust::Anybody => tls.disable_verification(true).root_certs(no_roots()),
        Trust::Verified => {
            tls.root_certs(RootCerts::Specific(Arc::new(roots(connection, config)?)))
        }
    };
    if let Some(client) = &connection.client_certificate {
        let chain = certificates(&client.certificate_file)?;
        let key = PrivateKey::from_pem(&read(&client.key_file)?)
            .with_context(|| format!("{} holds no private key", client.key_file.display()))?;
        // ureq panics over a pair that is none.
        rustls::sign::CertifiedKey::from_der(
            chain.iter().map(|one| one.der().to_vec().into()).collect(),
            key.der().to_vec().try_into().map_err(anyhow::Error::msg)?,
            &rustls::crypto::ring::default_provider(),
        )
        .with_context(|| {
            format!(
                "{} is not the key of {}",
                client.key_file.display(),
                client.certificate_file.display()
            )
        })?;
        tls = tls.client_cert(Some(ClientCert::new_with_certs(&chain, key)));
    }
    Ok(tls.build())
}

pub fn proxy(settings: &ProxySettings) -> Result<Proxy> {
    let url = settings.url.read().context("the proxy's url")?;
    let url = url.expose();
    let with_scheme = match url.contains("://") {
        true => url.to_owned(),
        false => format!("http://{url}"),
    };
    let password = match &settings.password {
        Some(source) => source
            .read()
            .context("the proxy's password")?
            .expose()
            .to_owned(),
        None => String::new(),
    };
    let url = match (&settings.username, with_scheme.split_once("://")) {
        (Some(username), Some((scheme, rest))) => {
            let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
            let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
            format!(
                "{scheme}://{}:{}@{place}",
                encode(username),
                encode(&password)
            )
        }
        _ => with_scheme,
    };
    // Never ureq's own words: they may quote the credentials.
    let whole = url.parse().is_ok_and(|uri| http::is_whole(&uri));
    let Some(proxy) = Proxy::new(&url).ok().filter(|_| whole) else {
        bail!("the proxy's url is malformed");
    };
    match proxy.protocol() {
        ureq::ProxyProtocol::Http | ureq::ProxyProtocol::Https => Ok(proxy),
        _ => bail!("the proxy's url must begin with http:// or https://"),
    }
}

fn no_roots() -> RootCerts {
    RootCerts::Specific(Arc::new(Vec::new()))
}

fn roots(connection: &Connection, config: &Config) -> Result<Vec<Certificate<'static>>> {
    let mut roots = match &config.trust_store {
        Some(file) => certificates(file)?,
        None if connection.ca_file.is_some() => Vec::new(),
        None => {
            bail!(
                "this machine has no trusted certificates: install ca-certificates or set ca_file"
            );
        }
    };
    if let Some(file) = &connection.ca_file {
        roots.extend(certificates(file)?);
    }
    Ok(roots)
}

fn certificates(file: &Path) -> Result<Vec<Certificate<'static>>> {
    let certificates: Vec<_> = ureq::tls::parse_pem(&read(file)?)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    match certificates.is_empty() {
        true => bail!("{} holds no certificate", file.display()),
        false => Ok(certificates),
    }
}

fn read(file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}
