//! What the API user may do. Where it may not, Icinga says that there is no such object, so it is looked up.

use super::super::Trouble;
use super::api::{About, Api};

/// Everything that the listener asks for and does, and how its requests call it.
const NEEDED: [(&str, &str); 9] = [
    ("hosts", "objects/query/Host"),
    ("services", "objects/query/Service"),
    ("comments", "objects/query/Comment"),
    ("downtimes", "objects/query/Downtime"),
    ("acknowledge-problem", "actions/acknowledge-problem"),
    ("remove-acknowledgement", "actions/remove-acknowledgement"),
    ("schedule-downtime", "actions/schedule-downtime"),
    ("reschedule-check", "actions/reschedule-check"),
    ("add-comment", "actions/add-comment"),
];

/// What Icinga puts behind one that only counts for some objects.
const FILTERED: &str = " (filtered)";

/// Fails where what `request` needs is missing.
pub fn needed(api: &Api, request: &str) -> Result<(), Trouble> {
    lacks(&api.about()?, |name| name == request)
}

pub fn all(about: &About) -> Result<(), Trouble> {
    lacks(about, |_| true)
}

/// Where nothing was found that has to be there.
pub fn missing(api: &Api, request: &str) -> Trouble {
    let gone = "Icinga 2 found no object (404): it is gone, or the filter of a permission hides it";
    needed(api, request)
        .err()
        .unwrap_or_else(|| Trouble::Later(gone.to_owned()))
}

fn lacks(about: &About, of: impl Fn(&str) -> bool) -> Result<(), Trouble> {
    let lacking: Vec<&str> = NEEDED
        .iter()
        .filter(|(request, _)| of(request))
        .map(|(_, permission)| *permission)
        .filter(|permission| {
            !about
                .permissions
                .iter()
                .any(|given| covers(given, permission))
        })
        .collect();
    if lacking.is_empty() {
        return Ok(());
    }
    Err(Trouble::Later(format!(
        "Icinga 2's API user {} lacks {}: add it to permissions in its ApiUser object",
        about.user,
        lacking.join(", ")
    )))
}

/// As Icinga compares them: in any case, `*` for anything.
fn covers(given: &str, permission: &str) -> bool {
    let given = given.strip_suffix(FILTERED).unwrap_or(given).to_lowercase();
    let permission = permission.to_lowercase();
    let parts: Vec<&str> = given.split('*').collect();
    let [first, middle @ .., last] = parts.as_slice() else {
        return given == permission;
    };
    let mut rest = permission.strip_prefix(first);
    for part in middle {
        rest = rest
            .and_then(|rest| rest.split_once(part))
            .map(|(_, rest)| rest);
    }
    rest.is_some_and(|rest| rest.ends_with(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_cover_what_icinga_lets_them_cover() {
        for given in [
            "*",
            "objects/*",
            "objects/query/*",
            "OBJECTS/QUERY/host",
            "*/Host",
            "*query*",
            "objects/query/Host (filtered)",
        ] {
            assert!(covers(given, "objects/query/Host"), "{given}");
        }
        for given in [
            "",
            "objects",
            "actions/*",
            "objects/query/Hosts",
            "*/Service",
            "host*host",
        ] {
            assert!(!covers(given, "objects/query/Host"), "{given}");
        }
    }
}
