//! Secrets: where they stand, and how they are kept out of everything that anybody reads.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use percent_encoding::percent_decode_str;

use crate::links;

/// A webhook URL, a token, a key. Nothing prints it: `Debug` redacts, there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(value: impl Into<String>) -> Secret {
        Secret(value.into())
    }

    /// For the wire only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<redacted>")
    }
}

/// The three forms in which a config may name a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    Inline(Secret),
    File(PathBuf),
    /// The variable's name and what it held when the config was read.
    Variable(String, Option<Secret>),
}

impl SecretSource {
    /// Read at the last moment, so that another destination's missing file silences nobody.
    pub fn read(&self) -> Result<Secret> {
        match self {
            SecretSource::Inline(secret) => Ok(secret.clone()),
            SecretSource::Variable(name, None) => {
                bail!("the environment variable {name} is not set")
            }
            SecretSource::Variable(name, Some(secret)) => whole(secret.expose())
                .with_context(|| format!("the environment variable {name} is empty")),
            SecretSource::File(file) => read_file(file),
        }
    }
}

impl SecretSource {
    /// For a secret that is a URL.
    pub fn read_url(&self) -> Result<Secret> {
        let secret = self.read()?;
        match links::is_web(secret.expose()) {
            true => Ok(secret),
            false => bail!("must begin with https:// (or http://)"),
        }
    }
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretSource::Inline(_) => write!(f, "in the config itself"),
            SecretSource::File(file) => write!(f, "in the file {}", file.display()),
            SecretSource::Variable(name, _) => write!(f, "in the environment variable {name}"),
        }
    }
}

fn read_file(file: &Path) -> Result<Secret> {
    let name = file.display();
    let text = std::fs::read(file).with_context(|| format!("cannot read {name}"))?;
    let Ok(text) = String::from_utf8(text) else {
        bail!("{name} is not UTF-8 text");
    };
    if text.trim().lines().count() > 1 {
        bail!("{name} holds more than one line");
    }
    whole(&text).with_context(|| format!("{name} is empty"))
}

/// Editors and `echo` end a file with a newline that belongs to no secret.
fn whole(text: &str) -> Option<Secret> {
    let text = text.trim();
    (!text.is_empty()).then(|| Secret::new(text))
}

/// Blacks secrets out of what a vendor, a proxy or an error says: a 404 page may quote the URL it was asked for.
#[derive(Debug, Default)]
pub struct Redactor(Vec<Secret>);

impl Redactor {
    /// Of a URL everything but scheme and host: those are needed to see which place an error is about.
    pub fn hide(&mut self, secret: &Secret) {
        let whole = secret.expose();
        let Some((_, rest)) = whole.split_once("://") else {
            self.hide_text(whole);
            return;
        };
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let path = path.trim_start_matches('/');
        self.hide_text(path);
        for piece in path.split(['/', '?', '#', '&', '=']) {
            if !is_word(piece) {
                self.hide_text(piece);
            }
        }
        if let Some((credentials, _)) = authority.rsplit_once('@') {
            self.hide_text(credentials);
            if let Some((_, password)) = credentials.split_once(':') {
                self.hide_text(password);
            }
        }
    }

    fn hide_text(&mut self, text: &str) {
        /// Shorter, and every second word would be blacked out.
        const SHORTEST: usize = 4;
        if text.len() < SHORTEST {
            return;
        }
        // A vendor may quote it decoded, a request holds it as JSON.
        let decoded = percent_decode_str(text).decode_utf8_lossy().into_owned();
        let in_json = serde_json::Value::from(text).to_string();
        for form in [text, &decoded, in_json.trim_matches('"')] {
            self.0.push(Secret::new(form));
        }
        self.0
            .sort_by_key(|secret| std::cmp::Reverse(secret.expose().len()));
    }

    pub fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.0 {
            if text.contains(secret.expose()) {
                text = text.replace(secret.expose(), "<redacted>");
            }
        }
        text
    }
}

/// `services`, `hooks`: part of every address.
fn is_word(piece: &str) -> bool {
    piece.len() < 16 && piece.bytes().all(|byte| byte.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_a_secret_nor_its_telling_parts_survive_redaction() {
        let mut redactor = Redactor::default();
        redactor.hide(&Secret::new(
            "https://hooks.slack.com/services/T00000000/B00000000/abcdefghijklmnop",
        ));
        redactor.hide(&Secret::new("http://user:pa55@proxy:3128"));
        let said = redactor.redact(
            "404 /services/T00000000/B00000000/abcdefghijklmnop (abcdefghijklmnop) on hooks.slack.com by user:pa55",
        );
        assert!(
            !said.contains("abcdefgh") && !said.contains("T00000000"),
            "{said}"
        );
        assert!(said.contains("hooks.slack.com"), "{said}");
        assert!(!said.contains("user:pa55"), "{said}");
    }

    #[test]
    fn a_secret_is_found_in_every_form_in_which_it_is_quoted() {
        for (secret, said) in [
            (
                "https://chat.example.com?token=SECRETSECRET",
                "GET https://chat.example.com?token=SECRETSECRET",
            ),
            (
                "https://chat.example.com/x?sig=SECRET%2Babc",
                "/x?sig=SECRET+abc",
            ),
            ("SEC\"RET\"key", r#"{"routing_key": "SEC\"RET\"key"}"#),
        ] {
            let mut redactor = Redactor::default();
            redactor.hide(&Secret::new(secret));
            let said = redactor.redact(said);
            assert!(!said.contains("SEC"), "{said}");
        }
    }

    #[test]
    fn a_secret_is_not_shown_by_debug() {
        let source = SecretSource::Inline(Secret::new("xoxb-1"));
        assert!(!format!("{source:?} {source}").contains("xoxb"));
    }
}
