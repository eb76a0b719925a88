//! The three forms in which a table names a secret: `key`, `key_file` and `key_env`.

use std::sync::atomic::Ordering;

use super::{Section, forms_of};
use crate::config::error::ConfigError;
use crate::config::secret::{Secret, SecretSource};
use crate::config::tree::{Item, Value};

impl<'c> Section<'c> {
    /// The first of `keys` is the secret's name here, the others are what openITCOCKPIT calls it. Of the forms
    /// `key`, `key_file` and `key_env` exactly one may stand in a table; the nearest table's counts.
    pub fn secret(&self, keys: &[&str]) -> Result<Option<SecretSource>, ConfigError> {
        let Some(item) = self.secret_item(keys)? else {
            return Ok(None);
        };
        match &item.value {
            Value::Text(text) => self.secret_from(item, text).map(Some),
            other => Err(self.mismatch(item, "a string", other)),
        }
    }

    /// One, or a list of those that are accepted, while one takes another's place.
    pub fn secrets(&self, key: &str) -> Result<Vec<SecretSource>, ConfigError> {
        let Some(item) = self.secret_item(&[key])? else {
            return Ok(Vec::new());
        };
        let texts = self.texts_in(item)?;
        texts
            .into_iter()
            .map(|text| self.secret_from(item, text))
            .collect()
    }

    /// As [`also_asked`](Section::also_asked), in all three forms.
    pub fn also_asked_secrets(&self, keys: &[&str]) {
        for form in keys.iter().flat_map(|key| forms_of(key)) {
            self.ask(&form);
        }
    }

    fn secret_item(&self, keys: &[&str]) -> Result<Option<&'c Item>, ConfigError> {
        let forms: Vec<String> = keys.iter().flat_map(|key| forms_of(key)).collect();
        for form in &forms {
            self.ask(form);
        }
        for table in &self.layers {
            let mut found = forms.iter().filter_map(|form| table.get(form));
            let Some(item) = found.next() else { continue };
            if let Some(second) = found.next() {
                return Err(self.at(
                    second.line,
                    format!(
                        "{} and {} say the same thing twice: keep one",
                        self.full(&item.key),
                        self.full(&second.key)
                    ),
                ));
            }
            return Ok(Some(item));
        }
        Ok(None)
    }

    /// A secret that is a URL; one that stands in the file is checked at once, with its line.
    pub fn secret_url(&self, keys: &[&str]) -> Result<Option<SecretSource>, ConfigError> {
        let source = self.secret(keys)?;
        if let Some(inline @ SecretSource::Inline(_)) = &source
            && let Err(problem) = inline.read_url()
        {
            let key = keys
                .iter()
                .find(|key| self.find(key).is_some())
                .unwrap_or(&keys[0]);
            return Err(self.error(key, &problem.to_string()));
        }
        Ok(source)
    }

    fn secret_from(&self, item: &'c Item, text: &str) -> Result<SecretSource, ConfigError> {
        if text.trim().is_empty() {
            return Err(self.at(item.line, format!("{} is empty", self.full(&item.key))));
        }
        // Pasted into the wrong form it would be quoted as a file's or a variable's name.
        if item.key.ends_with("_file") && text.contains("://") {
            let problem = format!(
                "{} must be a file's path, not the secret",
                self.full(&item.key)
            );
            return Err(self.at(item.line, problem));
        }
        let names_a_variable = |text: &str| {
            text.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        if item.key.ends_with("_env") && !names_a_variable(text) {
            let problem = format!("{} must be a variable's name", self.full(&item.key));
            return Err(self.at(item.line, problem));
        }
        if item.key.ends_with("_file") {
            return Ok(SecretSource::File(self.beside_the_config(text)));
        }
        if item.key.ends_with("_env") {
            let value = self.reader.environment.text(text).map(Secret::new);
            return Ok(SecretSource::Variable(text.to_owned(), value));
        }
        self.reader.inline_secret.store(true, Ordering::Relaxed);
        Ok(SecretSource::Inline(Secret::new(text.trim())))
    }
}
