//! What the core gave: by argument, else by the environment. An empty value, a value that is still a macro and
//! the lone `$` that a shell leaves of one were not given.

use crate::args::Args;
use crate::environment::Environment;
use crate::notification::ObjectKind;
use crate::vocabulary::{ENVIRONMENT_PREFIXES, SPELLINGS, Scope, Spelling, Thing};

pub struct Given<'a> {
    args: &'a Args,
    environment: &'a Environment,
    /// The prefixes under which this environment has macros at all: mostly none.
    prefixes: Vec<&'static str>,
}

/// A value and the name under which it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    pub text: String,
    pub origin: Origin,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Option(&'static str),
    Environment(String),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::Option(name) => write!(f, "--{name}"),
            Origin::Environment(name) => write!(f, "${name}"),
        }
    }
}

impl<'a> Given<'a> {
    pub fn new(args: &'a Args, environment: &'a Environment) -> Given<'a> {
        Given {
            args,
            environment,
            prefixes: ENVIRONMENT_PREFIXES
                .into_iter()
                .filter(|prefix| environment.has_any_with_prefix(prefix))
                .collect(),
        }
    }

    /// `kind` decides between `--hostoutput` and `--serviceoutput`; before it is known, only what says the
    /// same for both is found.
    pub fn find(&self, thing: Thing, kind: Option<ObjectKind>) -> Option<Value> {
        self.candidates(thing, kind)
            .find(|value| was_given(&value.text))
    }

    pub fn text(&self, thing: Thing, kind: ObjectKind) -> String {
        self.find(thing, Some(kind))
            .map(|value| value.text)
            .unwrap_or_default()
    }

    /// What stood there instead of a value: the reason why something counts as missing.
    pub fn rejected(&self, thing: Thing, kind: Option<ObjectKind>) -> Option<Value> {
        self.candidates(thing, kind)
            .find(|value| !was_given(&value.text))
    }

    /// Whether the environment alone says which kind of object this is about: the cores export no `--type`.
    pub fn kind_by_environment(&self) -> Option<ObjectKind> {
        let has = |thing| {
            spellings(thing, Some(ObjectKind::Service))
                .flat_map(|spelling| self.in_environment(spelling))
                .any(|value| was_given(&value.text))
        };
        match (has(Thing::Service), has(Thing::Host)) {
            (true, true) => Some(ObjectKind::Service),
            (false, true) => Some(ObjectKind::Host),
            (_, false) => None,
        }
    }

    fn candidates(
        &self,
        thing: Thing,
        kind: Option<ObjectKind>,
    ) -> impl Iterator<Item = Value> + '_ {
        let typed = spellings(thing, kind).filter_map(|spelling| {
            Some(Value {
                text: self.args.typed(spelling)?,
                origin: Origin::Option(spelling.options.first()?),
            })
        });
        let exported = spellings(thing, kind).flat_map(|spelling| self.in_environment(spelling));
        typed.chain(exported)
    }

    fn in_environment(&self, spelling: &'static Spelling) -> impl Iterator<Item = Value> + '_ {
        spelling.macros.iter().flat_map(move |name| {
            self.prefixes.iter().filter_map(move |prefix| {
                let name = format!("{prefix}{name}");
                Some(Value {
                    text: self.environment.text(&name)?,
                    origin: Origin::Environment(name),
                })
            })
        })
    }
}

fn spellings(thing: Thing, kind: Option<ObjectKind>) -> impl Iterator<Item = &'static Spelling> {
    SPELLINGS.iter().filter(move |spelling| {
        spelling.thing == thing
            && match spelling.scope {
                Scope::Any => true,
                Scope::Host => kind == Some(ObjectKind::Host),
                Scope::Service => kind == Some(ObjectKind::Service),
            }
    })
}

/// Inside double quotes a shell makes `$` of an unset `$SERVICEDESC$`; inside single ones it stays whole.
pub(crate) fn was_given(value: &str) -> bool {
    let is_name = |part: &str| {
        part.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_:.-".contains(&byte))
    };
    if !value.contains('$') {
        return !value.trim().is_empty();
    }
    // `$SERVICEATTEMPT$/$MAXSERVICEATTEMPTS$` says nothing either: between two `$` stands a name, the rest is text.
    let parts: Vec<&str> = value.split('$').collect();
    let last = parts.len() - 1;
    parts.iter().enumerate().any(|(index, part)| {
        let is_macro = index % 2 == 1 && index < last && is_name(part);
        !is_macro && part.contains(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_shells_leave_of_an_unset_macro_was_not_given() {
        for unset in [
            "",
            "  ",
            "$",
            "$$",
            "$SERVICEDESC$",
            "$_HOSTNOPE$",
            "$host.name$",
            "$SERVICEATTEMPT$/$MAXSERVICEATTEMPTS$",
            "$/$",
        ] {
            assert!(!was_given(unset), "{unset:?}");
        }
        for given in [
            "0",
            "$5 for $you",
            "costs $",
            "web01",
            "-",
            "$ x $",
            "$A$/3",
        ] {
            assert!(was_given(given), "{given:?}");
        }
    }
}
