//! One table of the config as its reader sees it: typed questions, inheritance, and an account of what was never
//! asked for, which is how a typo is found.

mod secrets;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::error::ConfigError;
use super::nearest::nearest;
use super::tree::{Item, Table, Value};
use crate::environment::Environment;

/// What all sections of one file share.
#[derive(Clone, Copy)]
pub struct Reader<'c> {
    pub file: &'c Path,
    pub environment: &'c Environment,
    /// Set as soon as a secret stands in the file itself.
    pub inline_secret: &'c AtomicBool,
}

/// A table, and the tables whose values it inherits.
pub struct Section<'c> {
    reader: Reader<'c>,
    name: String,
    line: Option<usize>,
    layers: Vec<&'c Table>,
    asked: RefCell<Vec<String>>,
    /// Unknown keys in the tables below this one, and what else stops nothing.
    noted: RefCell<Vec<ConfigError>>,
}

/// Which table of a section a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layer {
    Own,
    Inherited,
}

impl<'c> Section<'c> {
    pub fn new(
        reader: Reader<'c>,
        name: impl Into<String>,
        line: Option<usize>,
        table: &'c Table,
    ) -> Section<'c> {
        Section {
            reader,
            name: name.into(),
            line,
            layers: vec![table],
            asked: RefCell::default(),
            noted: RefCell::default(),
        }
    }

    pub fn inheriting(mut self, from: &Section<'c>) -> Section<'c> {
        self.layers.extend(&from.layers);
        self
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn text(&self, key: &str) -> Result<Option<&'c str>, ConfigError> {
        let text = self.typed(key, "a string", |value| match value {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        })?;
        match text {
            Some(text) if text.trim().is_empty() => Err(self.error(key, "is empty")),
            text => Ok(text),
        }
    }

    pub fn flag(&self, key: &str) -> Result<Option<bool>, ConfigError> {
        self.typed(key, "true or false", |value| match value {
            Value::Flag(flag) => Some(*flag),
            _ => None,
        })
    }

    /// Seconds as a number, or `"500ms"`, `"10s"`, `"5m"`, `"24h"`, `"7d"`.
    pub fn duration(&self, key: &str) -> Result<Option<Duration>, ConfigError> {
        self.ask(key);
        let Some(item) = self.find(key) else {
            return Ok(None);
        };
        let duration = match &item.value {
            Value::Integer(seconds) => u64::try_from(*seconds).ok().map(Duration::from_secs),
            Value::Float(seconds) => Duration::try_from_secs_f64(*seconds).ok(),
            Value::Text(text) => parse_duration(text),
            _ => None,
        };
        match duration {
            Some(duration) => Ok(Some(duration)),
            None => Err(self.error(key, "must be seconds or a duration like \"10s\" or \"5m\"")),
        }
    }

    /// One string, or a list of them.
    pub fn texts(&self, key: &str) -> Result<Option<Vec<&'c str>>, ConfigError> {
        self.typed(key, "a string or a list of strings", texts_of)
    }

    /// A path; a relative one counts from the config's folder.
    pub fn path(&self, key: &str) -> Result<Option<PathBuf>, ConfigError> {
        Ok(self.text(key)?.map(|path| self.beside_the_config(path)))
    }

    /// One of a few words.
    pub fn word<T: Copy>(&self, key: &str, words: &[(&str, T)]) -> Result<Option<T>, ConfigError> {
        let Some(text) = self.text(key)? else {
            return Ok(None);
        };
        match words
            .iter()
            .find(|(word, _)| word.eq_ignore_ascii_case(text))
        {
            Some((_, meaning)) => Ok(Some(*meaning)),
            None => {
                let words: Vec<String> =
                    words.iter().map(|(word, _)| format!("{word:?}")).collect();
                Err(self.error(key, &format!("must be one of {}", words.join(", "))))
            }
        }
    }

    pub fn number(&self, key: &str) -> Result<Option<usize>, ConfigError> {
        if let Some(Value::Integer(..0)) = self.find(key).map(|item| &item.value) {
            self.ask(key);
            return Err(self.error(key, "must not be negative"));
        }
        self.typed(key, "a whole number", |value| match value {
            Value::Integer(number) => usize::try_from(*number).ok(),
            _ => None,
        })
    }

    /// Whether one of these keys stands in this very table, and the others only where it inherits from.
    pub fn is_nearer(&self, keys: &[&str], than: &[&str]) -> bool {
        (self.layer_of(keys), self.layer_of(than)) == (Some(Layer::Own), Some(Layer::Inherited))
    }

    /// Whether any of these keys is there, in any form.
    pub fn has(&self, keys: &[&str]) -> bool {
        self.layer_of(keys).is_some()
    }

    fn layer_of(&self, keys: &[&str]) -> Option<Layer> {
        let has = |table: &Table| {
            keys.iter()
                .flat_map(|key| forms_of(key))
                .any(|form| table.get(&form).is_some())
        };
        match self.layers.iter().position(|table| has(table))? {
            0 => Some(Layer::Own),
            _ => Some(Layer::Inherited),
        }
    }

    /// The tables below a key of this table, by name.
    pub fn tables(&self, key: &str) -> Result<Vec<(&'c str, Section<'c>)>, ConfigError> {
        let Some(section) = self.table(key)? else {
            return Ok(Vec::new());
        };
        let items = section
            .layers
            .first()
            .map_or(&[][..], |table| table.items());
        // One that is no table is its own problem, not that of the others.
        Ok(items
            .iter()
            .filter_map(|item| Some((item.key.as_str(), section.below(item).ok()?)))
            .collect())
    }

    /// The nearest table below a key.
    pub fn table(&self, key: &str) -> Result<Option<Section<'c>>, ConfigError> {
        self.ask(key);
        let Some(item) = self.find(key) else {
            return Ok(None);
        };
        self.below(item).map(Some)
    }

    pub fn is_table(&self, key: &str) -> bool {
        self.find(key)
            .is_some_and(|item| matches!(item.value, Value::Table(_)))
    }

    /// Every key with its value, for tables whose keys are names that people chose.
    pub fn items(&self) -> impl Iterator<Item = &'c Item> {
        self.layers
            .first()
            .map_or(&[][..], |table| table.items())
            .iter()
    }

    pub fn below(&self, item: &'c Item) -> Result<Section<'c>, ConfigError> {
        match &item.value {
            Value::Table(table) => Ok(Section::new(
                self.reader,
                self.full(&item.key),
                Some(item.line),
                table,
            )),
            other => Err(self.mismatch(item, "a table", other)),
        }
    }

    pub fn texts_in(&self, item: &'c Item) -> Result<Vec<&'c str>, ConfigError> {
        texts_of(&item.value)
            .ok_or_else(|| self.mismatch(item, "a string or a list of strings", &item.value))
    }

    /// An error about a key of this table, with its line.
    pub fn error(&self, key: &str, problem: &str) -> ConfigError {
        let found = forms_of(key).find_map(|form| Some((self.find(&form)?, form)));
        match found {
            Some((item, form)) => self.at(item.line, format!("{} {problem}", self.full(&form))),
            None => self.missing(&format!("{} {problem}", self.full(key))),
        }
    }

    /// An error about this table as a whole.
    pub fn missing(&self, problem: &str) -> ConfigError {
        ConfigError {
            file: self.reader.file.to_owned(),
            line: self.line,
            problem: problem.to_owned(),
        }
    }

    /// The keys that nobody asked for, each with the nearest one that somebody did; those of tables below too.
    pub fn unknown(&self) -> Vec<ConfigError> {
        let mut unknown = self.unknown_where(|_, _| true);
        unknown.extend(self.noted());
        unknown
    }

    /// Of the unknown keys those that resemble a known one: all that is certain where an error stopped the asking.
    pub fn misspelt(&self) -> Vec<ConfigError> {
        let mut misspelt = self.unknown_where(|_, meant| meant.is_some());
        misspelt.extend(self.noted());
        misspelt
    }

    /// A typo in a table below is no reason to hold a page back: it is told with this table's.
    pub fn note_unknown_of(&self, below: &Section) {
        self.noted.borrow_mut().extend(below.unknown());
    }

    pub fn note(&self, problem: ConfigError) {
        self.noted.borrow_mut().push(problem);
    }

    /// What is wrong with one key costs that key alone.
    pub fn or_noted<T>(&self, read: Result<T, ConfigError>, usual: T) -> T {
        read.unwrap_or_else(|problem| {
            self.note(problem);
            usual
        })
    }

    pub fn noted(&self) -> Vec<ConfigError> {
        self.noted.borrow().clone()
    }

    pub fn asked(&self) -> Vec<String> {
        self.asked.borrow().clone()
    }

    /// What another reader of the same table has asked for.
    pub fn also_asked(&self, keys: &[impl AsRef<str>]) {
        for key in keys {
            self.ask(key.as_ref());
        }
    }

    /// At the top, a table that resembles no known one is another program's.
    pub fn unknown_at_the_top(&self) -> Vec<ConfigError> {
        self.unknown_where(|item, meant| !matches!(item.value, Value::Table(_)) || meant.is_some())
    }

    fn unknown_where(&self, counts: impl Fn(&Item, Option<&str>) -> bool) -> Vec<ConfigError> {
        let asked = self.asked.borrow();
        let mut unknown = Vec::new();
        for item in self.items().filter(|item| !asked.contains(&item.key)) {
            let meant = nearest(&item.key, asked.iter().map(String::as_str));
            if counts(item, meant) {
                let advice = match meant {
                    Some(meant) => format!(": did you mean {meant}?"),
                    None => String::new(),
                };
                let key = self.full(&item.key);
                unknown.push(self.at(item.line, format!("unknown key {key}{advice}")));
            }
        }
        unknown
    }

    fn typed<T>(
        &self,
        key: &str,
        wanted: &str,
        read: impl Fn(&'c Value) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        self.ask(key);
        let Some(item) = self.find(key) else {
            return Ok(None);
        };
        match read(&item.value) {
            Some(value) => Ok(Some(value)),
            None => Err(self.mismatch(item, wanted, &item.value)),
        }
    }

    fn ask(&self, key: &str) {
        let mut asked = self.asked.borrow_mut();
        if !asked.iter().any(|known| known == key) {
            asked.push(key.to_owned());
        }
    }

    fn find(&self, key: &str) -> Option<&'c Item> {
        self.layers.iter().find_map(|table| table.get(key))
    }

    fn full(&self, key: &str) -> String {
        match self.name.is_empty() {
            true => key.to_owned(),
            false => format!("{}.{key}", self.name),
        }
    }

    fn beside_the_config(&self, path: &str) -> PathBuf {
        self.reader
            .file
            .parent()
            .unwrap_or(Path::new(""))
            .join(path)
    }

    fn mismatch(&self, item: &Item, wanted: &str, found: &Value) -> ConfigError {
        self.at(
            item.line,
            format!(
                "{} must be {wanted}, not {}",
                self.full(&item.key),
                found.type_name()
            ),
        )
    }

    fn at(&self, line: usize, problem: String) -> ConfigError {
        ConfigError {
            file: self.reader.file.to_owned(),
            line: Some(line),
            problem,
        }
    }
}

fn forms_of(key: &str) -> impl Iterator<Item = String> + '_ {
    ["", "_file", "_env"]
        .iter()
        .map(move |form| format!("{key}{form}"))
}

fn texts_of(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::Text(text) => Some(vec![text]),
        Value::List(list) => list
            .iter()
            .map(|value| match value {
                Value::Text(text) => Some(text.as_str()),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

/// `"500ms"`, `"10"`, `"10s"`, `"5m"`, `"24h"`, `"7d"`.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text
        .find(|character: char| !character.is_ascii_digit() && character != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = match unit.trim() {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * unit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_seconds_or_carry_a_unit() {
        for (text, milliseconds) in [
            ("500ms", 500),
            ("10", 10_000),
            ("10s", 10_000),
            ("1.5 m", 90_000),
            ("24h", 86_400_000),
        ] {
            assert_eq!(
                parse_duration(text),
                Some(Duration::from_millis(milliseconds)),
                "{text}"
            );
        }
        for nonsense in ["", "s", "-1s", "10 parsecs", "1e400"] {
            assert_eq!(parse_duration(nonsense), None, "{nonsense}");
        }
    }
}
