//! The process's environment, read once. Behind `deliver` nobody asks the process for it again, so that a
//! drainer days later does what the notifier would have done.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::ops::Bound;

/// Without `Debug`: variables may be secrets.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    pub fn of_process() -> Environment {
        Environment(std::env::vars_os().collect())
    }

    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    pub fn has_any_with_prefix(&self, prefix: &str) -> bool {
        self.0
            .range::<OsStr, _>((Bound::Included(OsStr::new(prefix)), Bound::Unbounded))
            .next()
            .is_some_and(|(name, _)| name.as_encoded_bytes().starts_with(prefix.as_bytes()))
    }

    /// As text; what is not UTF-8 is shown as U+FFFD.
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name)
            .map(|value| value.to_string_lossy().into_owned())
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Environment {
        Environment(
            variables
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}
