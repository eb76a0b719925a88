//! How a destination is reached: proxy, trust, client certificate.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use crate::config::error::ConfigError;
use crate::config::secret::{Secret, SecretSource};
use crate::config::section::Section;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    pub proxy: Option<ProxySettings>,
    /// Trusted beside the machine's own certificates.
    pub ca_file: Option<PathBuf>,
    pub trust: Trust,
    pub client_certificate: Option<ClientCertificate>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    #[default]
    Verified,
    /// Any certificate is taken: `insecure = true`.
    Anybody,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    pub certificate_file: PathBuf,
    pub key_file: PathBuf,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxySettings {
    pub url: SecretSource,
    pub username: Option<String>,
    pub password: Option<SecretSource>,
    pub no_proxy: Vec<String>,
}

impl Connection {
    /// The keys that every destination has, of whatever provider.
    pub fn read(section: &Section, proxy: Option<&Section>) -> Result<Connection, ConfigError> {
        let use_proxy = section.flag("use_proxy")?;
        let proxy = match (use_proxy, proxy) {
            (Some(false), _) | (None, None) => None,
            (Some(true) | None, Some(proxy)) => Some(ProxySettings::read(proxy)?),
            (Some(true), None) => {
                return Err(
                    section.error("use_proxy", "is true, but [proxy] with its url is missing")
                );
            }
        };
        let client_certificate = match (
            section.path("client_cert_file")?,
            section.path("client_key_file")?,
        ) {
            (None, None) => None,
            (Some(certificate_file), Some(key_file)) => Some(ClientCertificate {
                certificate_file,
                key_file,
            }),
            _ => {
                return Err(section.missing(&format!(
                    "{}: client_cert_file and client_key_file go together",
                    section.name()
                )));
            }
        };
        Ok(Connection {
            proxy,
            ca_file: section.path("ca_file")?,
            trust: match section.flag("insecure")? {
                Some(true) => Trust::Anybody,
                _ => Trust::Verified,
            },
            client_certificate,
        })
    }

    /// What is read anew for each connection.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let client = self.client_certificate.as_ref();
        let client = client.map(|client| [&*client.certificate_file, &*client.key_file]);
        self.ca_file
            .as_deref()
            .into_iter()
            .chain(client.into_iter().flatten())
    }

    /// The proxy on the way to this host.
    pub fn proxy_for(&self, host: &str) -> Option<&ProxySettings> {
        self.proxy
            .as_ref()
            .filter(|proxy| !proxy.no_proxy.iter().any(|rule| covers(rule, host)))
    }
}

impl ProxySettings {
    pub fn read(section: &Section) -> Result<ProxySettings, ConfigError> {
        let url = section
            .secret(&["url"])?
            .ok_or_else(|| section.missing("[proxy] has no url"))?;
        let username = section.text("username")?.map(str::to_owned);
        let password = section.secret(&["password"])?;
        if password.is_some() && username.is_none() {
            return Err(section.error("password", "needs a username beside it"));
        }
        Ok(ProxySettings {
            url,
            username,
            password,
            no_proxy: section
                .texts("no_proxy")?
                .unwrap_or_default()
                .into_iter()
                .flat_map(|rules| rules.split(','))
                .map(|rule| rule.trim().to_ascii_lowercase())
                .filter(|rule| !rule.is_empty())
                .collect(),
        })
    }

    pub fn secrets(&self) -> Vec<Secret> {
        [Some(&self.url), self.password.as_ref()]
            .into_iter()
            .flatten()
            .filter_map(|source| source.read().ok())
            .map(|secret| match secret.expose().contains("://") {
                true => secret,
                // Without a scheme too only the credentials are secret: which proxy it is everybody may know.
                false if secret.expose().contains(':') => {
                    Secret::new(format!("http://{}", secret.expose()))
                }
                false => secret,
            })
            .collect()
    }
}

/// As curl and Go read `NO_PROXY`: `*`, a host or domain with all below it, an address, a network.
fn covers(rule: &str, host: &str) -> bool {
    let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
    if rule == "*" {
        return true;
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        return match rule.split_once('/') {
            Some((network, bits)) => match (network.parse::<IpAddr>(), bits.parse::<u32>()) {
                (Ok(network), Ok(bits)) => in_network(address, network, bits),
                _ => false,
            },
            None => rule.parse() == Ok(address),
        };
    }
    let domain = rule.trim_start_matches('*').trim_start_matches('.');
    host == domain
        || host
            .strip_suffix(domain)
            .is_some_and(|below| below.ends_with('.'))
}

fn in_network(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    let same = |left: u128, right: u128, width: u32| {
        bits <= width && (bits == 0 || (left ^ right) >> (width - bits) == 0)
    };
    match (address, network) {
        (IpAddr::V4(left), IpAddr::V4(right)) => {
            same(left.to_bits().into(), right.to_bits().into(), 32)
        }
        (IpAddr::V6(left), IpAddr::V6(right)) => same(left.to_bits(), right.to_bits(), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_domains_addresses_and_networks_go_past_the_proxy() {
        for (rule, host) in [
            ("*", "anything"),
            ("chat.example.com", "chat.example.com"),
            ("example.com", "CHAT.example.com"),
            (".example.com", "chat.example.com"),
            ("*.example.com", "chat.example.com"),
            ("10.0.0.0/8", "10.9.8.7"),
            ("127.0.0.1", "127.0.0.1"),
            ("fd00::/8", "[fd12::1]"),
        ] {
            assert!(covers(rule, host), "{rule} {host}");
        }
        for (rule, host) in [
            ("example.com", "badexample.com"),
            ("10.0.0.0/8", "11.0.0.1"),
            ("10.0.0.0/99", "10.0.0.1"),
            ("10.0.0", "10.0.0.1"),
            ("chat.example.com", "example.com"),
        ] {
            assert!(!covers(rule, host), "{rule} {host}");
        }
    }
}
