//! Config values that may differ from state to state: whom to mention, how severe it is, how urgent.

use crate::config::error::ConfigError;
use crate::config::section::Section;
use crate::notification::State;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PerState<T>(Vec<(State, T)>);

/// Those in which something is wrong.
pub const STATES: [(&str, State); 5] = [
    ("down", State::Down),
    ("unreachable", State::Unreachable),
    ("warning", State::Warning),
    ("critical", State::Critical),
    ("unknown", State::Unknown),
];

impl<T> Default for PerState<T> {
    fn default() -> Self {
        PerState(Vec::new())
    }
}

impl<T: Clone> PerState<T> {
    /// `key = "x"` is for every problem, `key = { critical = "x" }` for some. `read` turns the config's words into
    /// what they mean, or says what is wrong with them.
    pub fn read(
        section: &Section,
        key: &str,
        read: impl Fn(&[&str]) -> Result<T, String>,
    ) -> Result<PerState<T>, ConfigError> {
        let value = |section: &Section, key: &str| match section.texts(key)? {
            Some(words) => read(&words)
                .map(Some)
                .map_err(|problem| section.error(key, &problem)),
            None => Ok(None),
        };
        if !section.is_table(key) {
            let same = value(section, key)?;
            return Ok(PerState(
                STATES
                    .iter()
                    .filter_map(|(_, state)| Some((*state, same.clone()?)))
                    .collect(),
            ));
        }
        let mut different = PerState::default();
        let Some(table) = section.table(key)? else {
            return Ok(different);
        };
        for (key, state) in STATES {
            if let Some(value) = value(&table, key)? {
                different.0.push((state, value));
            }
        }
        section.note_unknown_of(&table);
        Ok(different)
    }

    pub fn of(&self, state: State) -> Option<&T> {
        self.0
            .iter()
            .find(|(known, _)| *known == state)
            .map(|(_, value)| value)
    }
}

impl PerState<Vec<String>> {
    /// Of several states together, nobody twice.
    pub fn called(&self, states: &[State]) -> Vec<&str> {
        let mut called: Vec<&str> = Vec::new();
        for name in states.iter().filter_map(|state| self.of(*state)).flatten() {
            if !called.contains(&name.as_str()) {
                called.push(name);
            }
        }
        called
    }
}
