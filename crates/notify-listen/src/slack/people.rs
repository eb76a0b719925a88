//! Who somebody in Slack is: a look-up that is kept for a while.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use notify_core::links;
use notify_core::text;
use serde_json::{Value, json};

use super::app::{App, Trouble};
use crate::vendor::Membership;

#[derive(Default)]
pub struct People {
    /// By app and user.
    known: Mutex<HashMap<(String, String), Kept<Profile>>>,
    /// By app.
    homes: Mutex<HashMap<String, Kept<Home>>>,
    /// Names only adorn: after a failure nobody asks for a while.
    no_names: Mutex<Option<Instant>>,
}

struct Kept<T> {
    at: Instant,
    what: T,
}

#[derive(Clone, Debug, PartialEq)]
struct Profile {
    name: String,
    membership: Membership,
}

/// The workspace that an app is installed in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Home {
    team: String,
    enterprise: Option<String>,
}

const KEPT: Duration = Duration::from_secs(600);
const MOST: usize = 1_000;
const NO_NAMES: Duration = Duration::from_secs(60);
const PATIENCE: Duration = Duration::from_secs(5);
/// Slack waits for three seconds, and the disk has to be written, too.
const NAME_PATIENCE: Duration = Duration::from_millis(700);

impl People {
    /// As people write it; `None` where Slack does not say, or not at once.
    pub fn name(&self, app: &App, user: &str) -> Option<String> {
        if !app.has_token() {
            return None;
        }
        let lock = || self.no_names.lock().unwrap_or_else(PoisonError::into_inner);
        let resting = lock().is_some_and(|since| since.elapsed() < NO_NAMES);
        if resting && self.kept(app, user).is_none() {
            return None;
        }
        match self.profile(app, user, NAME_PATIENCE) {
            Ok(profile) => Some(profile.name).filter(|name| !name.is_empty()),
            Err(_) => {
                *lock() = Some(Instant::now());
                None
            }
        }
    }

    /// Whether it is a full member where one of the apps is installed.
    pub fn membership(&self, apps: &[App], user: &str) -> Result<Membership, String> {
        let mut refusal = None;
        for app in apps.iter().filter(|app| app.has_token()) {
            match self.profile(app, user, PATIENCE) {
                Ok(profile) if profile.membership == Membership::Full => {
                    return Ok(Membership::Full);
                }
                Ok(profile) => refusal = Some(profile.membership),
                Err(Trouble::Refused(word)) => {
                    refusal = Some(Membership::Not(in_words(&word)));
                }
                Err(trouble) => return Err(trouble.words()),
            }
        }
        Ok(refusal.unwrap_or_else(|| {
            Membership::Not(format!(
                "nobody can tell who you are: an admin can add allow = [\"slack:{user}\"] to [answers], or an oauth_access_token with users:read to [slack]"
            ))
        }))
    }

    fn kept(&self, app: &App, user: &str) -> Option<Profile> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = known.get(&(app.name.clone(), user.to_owned()))?;
        (kept.at.elapsed() < KEPT).then(|| kept.what.clone())
    }

    fn profile(&self, app: &App, user: &str, within: Duration) -> Result<Profile, Trouble> {
        if let Some(profile) = self.kept(app, user) {
            return Ok(profile);
        }
        let end = Instant::now() + within;
        let home = self.home(app, within)?;
        let query = format!("user={}", links::encode(user));
        let left = end.saturating_duration_since(Instant::now());
        let answer = app.look_up("users.info", &query, left)?;
        let profile = profile(&answer["user"], &home);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        let kept = Kept {
            at: Instant::now(),
            what: profile.clone(),
        };
        known.insert((app.name.clone(), user.to_owned()), kept);
        Ok(profile)
    }

    fn home(&self, app: &App, within: Duration) -> Result<Home, Trouble> {
        let lock = || self.homes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(home) = lock().get(&app.name)
            && home.at.elapsed() < KEPT
        {
            return Ok(home.what.clone());
        }
        let answer = app.call("auth.test", &json!({}), within)?;
        let text = |key: &str| answer[key].as_str().map(str::to_owned);
        let home = Home {
            team: text("team_id").unwrap_or_default(),
            enterprise: text("enterprise_id"),
        };
        let kept = Kept {
            at: Instant::now(),
            what: home.clone(),
        };
        lock().insert(app.name.clone(), kept);
        Ok(home)
    }
}

fn profile(user: &Value, home: &Home) -> Profile {
    let names = [
        &user["profile"]["display_name"],
        &user["profile"]["real_name"],
        &user["real_name"],
        &user["name"],
    ];
    let names = names.into_iter().filter_map(Value::as_str).map(text::line);
    Profile {
        name: names
            .into_iter()
            .find(|name| !name.trim().is_empty())
            .unwrap_or_default(),
        membership: membership(user, home),
    }
}

fn membership(user: &Value, home: &Home) -> Membership {
    let is = |key: &str| user[key] == true;
    let not = |why: &str| Membership::Not(format!("{why} may not answer"));
    if is("deleted") {
        return not("a deactivated account");
    }
    if is("is_bot") || is("is_workflow_bot") {
        return not("a bot");
    }
    if is("is_restricted") || is("is_ultra_restricted") {
        return not("a guest");
    }
    let grid = user["enterprise_user"]["enterprise_id"].as_str();
    let same_team = !home.team.is_empty() && user["team_id"] == home.team.as_str();
    let same_grid = grid.is_some() && grid == home.enterprise.as_deref();
    if is("is_stranger") || !(same_team || same_grid) {
        return not("somebody from another workspace");
    }
    Membership::Full
}

fn in_words(word: &str) -> String {
    match word {
        "missing_scope" => "Slack does not tell who you are: an admin can give the app the scope users:read and install it again".to_owned(),
        "user_not_found" | "user_not_visible" => "Slack does not know you in this workspace".to_owned(),
        word => format!("Slack does not tell who you are ({word}): an admin can look at the oauth_access_token in [slack]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(change: Value) -> Membership {
        let mut user = json!({"id": "U1", "team_id": "T1", "deleted": false, "is_bot": false});
        for (key, value) in change.as_object().unwrap() {
            user[key] = value.clone();
        }
        let home = Home {
            team: "T1".to_owned(),
            enterprise: Some("E1".to_owned()),
        };
        membership(&user, &home)
    }

    #[test]
    fn only_full_members_of_the_own_workspace_answer() {
        assert_eq!(of(json!({})), Membership::Full);
        let grid = json!({"team_id": "T2", "enterprise_user": {"enterprise_id": "E1"}});
        assert_eq!(of(grid), Membership::Full);
        for nobody in [
            json!({"deleted": true}),
            json!({"is_bot": true}),
            json!({"is_restricted": true}),
            json!({"is_ultra_restricted": true}),
            json!({"is_stranger": true}),
            json!({"team_id": "T2"}),
            json!({"team_id": null}),
            json!({"team_id": "T2", "enterprise_user": {"enterprise_id": "E2"}}),
        ] {
            assert_ne!(of(nobody.clone()), Membership::Full, "{nobody}");
        }
    }

    #[test]
    fn a_workspace_that_slack_does_not_name_is_nobody_s() {
        let user = json!({"id": "U1", "team_id": ""});
        assert_ne!(membership(&user, &Home::default()), Membership::Full);
        let user = json!({"id": "U1", "enterprise_user": {}});
        assert_ne!(membership(&user, &Home::default()), Membership::Full);
    }

    #[test]
    fn the_name_is_the_one_that_people_chose() {
        let name = |user: Value| profile(&user, &Home::default()).name;
        let whole = json!({"name": "max", "real_name": "Max Mustermann", "profile": {"display_name": " ", "real_name": "Max M."}});
        assert_eq!(name(whole), "Max M.");
        assert_eq!(name(json!({"name": "max"})), "max");
        assert_eq!(name(json!({"name": 7})), "");
    }
}
