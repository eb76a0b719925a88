//! A server that a bot's token opens: who somebody is there.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mattermost_notify::server::Server as Address;
use notify_core::config::Config;
use notify_core::config::error::ConfigError;
use notify_core::config::secret::SecretSource;
use notify_core::config::section::Section;
use notify_core::connection::Connection;
use notify_core::http::{Client, Method, Response, Wire};
use notify_core::links;
use notify_core::now::{Deadline, Now};
use serde_json::Value;

use crate::answer::Person;
use crate::vendor::Membership;

pub struct Server {
    address: Address,
    token: SecretSource,
    connection: Connection,
    config: Arc<Config>,
    /// Who was found to be a full member, where, and when.
    members: Mutex<HashMap<Person, Instant>>,
}

/// For all questions about one person.
const PATIENCE: Duration = Duration::from_secs(5);
/// Somebody who leaves may answer for so long.
const REMEMBERED: Duration = Duration::from_secs(600);
const MOST_MEMBERS: usize = 1_000;

/// What a server says of somebody.
enum Known {
    As(Membership),
    /// Another server may know more.
    Nobody,
}

impl Server {
    /// `None`: the section has no token, or nowhere to use it.
    pub fn read(
        section: &Section,
        proxy: Option<&Section>,
        config: &Arc<Config>,
    ) -> Result<Option<Server>, ConfigError> {
        let (address, token) = (Address::read(section)?, section.secret(&["bot_token"])?);
        let (Some(address), Some(token)) = (address, token) else {
            return Ok(None);
        };
        Ok(Some(Server {
            address,
            token,
            connection: Connection::read(section, proxy)?,
            config: Arc::clone(config),
            members: Mutex::default(),
        }))
    }

    pub fn is_same(&self, other: &Server) -> bool {
        self.address == other.address
            && self.token == other.token
            && self.connection == other.connection
    }

    /// Whose token it is.
    pub fn check(&self) -> Result<String, String> {
        let deadline = Now::read().deadline(PATIENCE);
        let answer = self.ask("users/me", deadline)?;
        let user: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        match (answer.status, user["username"].as_str()) {
            (200, Some(name)) => Ok(format!("the bot_token is {name}'s")),
            (401, _) => Err("401: bot_token is not valid (any more)".to_owned()),
            (status, _) => Err(format!("{status}: it does not answer like Mattermost")),
        }
    }

    fn membership(&self, person: &Person) -> Result<Known, String> {
        if self.remembers(person) {
            return Ok(Known::As(Membership::Full));
        }
        let deadline = Now::read().deadline(PATIENCE);
        let user = format!("users/{}", links::encode(&person.id));
        let Some(user) = self.told(&user, deadline)? else {
            return Ok(Known::Nobody);
        };
        let not = |why: &str| Ok(Known::As(Membership::Not(why.to_owned())));
        if user["delete_at"].as_i64().unwrap_or(0) > 0 {
            return not("your account is deactivated");
        }
        if user["is_bot"] == true {
            return not("bots may not answer");
        }
        if has_role(&user, "system_guest") {
            return not(GUEST);
        }
        let places = [("teams", &person.team), ("channels", &person.channel)];
        for (kind, place) in places {
            let Some(place) = place else { continue };
            let path = format!(
                "{kind}/{}/members/{}",
                links::encode(place),
                links::encode(&person.id)
            );
            let Some(member) = self.told(&path, deadline)? else {
                return not(STRANGER);
            };
            if member["delete_at"].as_i64().unwrap_or(0) > 0 {
                return not(STRANGER);
            }
            if member["scheme_guest"] == true
                || has_role(&member, "team_guest")
                || has_role(&member, "channel_guest")
            {
                return not(GUEST);
            }
        }
        self.remember(person);
        Ok(Known::As(Membership::Full))
    }

    fn remembers(&self, person: &Person) -> bool {
        let members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        let found = members.get(person);
        found.is_some_and(|found| found.elapsed() < REMEMBERED)
    }

    fn remember(&self, person: &Person) {
        let mut members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        if members.len() >= MOST_MEMBERS {
            members.retain(|_, found| found.elapsed() < REMEMBERED);
        }
        // Rather asked again than without bounds.
        if members.len() >= MOST_MEMBERS {
            members.clear();
        }
        members.insert(person.clone(), Instant::now());
    }

    /// `None`: there is no such thing, or nothing that the bot may see.
    fn told(&self, path: &str, deadline: Deadline) -> Result<Option<Value>, String> {
        let answer = self.ask(path, deadline)?;
        match answer.status {
            200 => match serde_json::from_str(&answer.body) {
                Ok(value @ Value::Object(_)) => Ok(Some(value)),
                _ => Err("it does not answer like Mattermost".to_owned()),
            },
            400 | 403 | 404 => Ok(None),
            401 => Err("Mattermost refuses the bot_token (401)".to_owned()),
            status => Err(format!("Mattermost answered {status}")),
        }
    }

    fn ask(&self, path: &str, deadline: Deadline) -> Result<Response, String> {
        let in_words = |error: anyhow::Error| format!("{error:#}");
        let address = self.address.url().map_err(in_words)?;
        let token = self.token.read().map_err(in_words)?;
        let patience = self.config.connect_timeout;
        let wire = Wire {
            method: Method::Get,
            url: format!("{address}/api/v4/{path}"),
            headers: vec![("Authorization", format!("Bearer {}", token.expose()))],
            body: None,
        };
        let client = Client::new(&self.connection, &wire.url, patience, &self.config);
        let answer = client.map_err(in_words)?.send(&wire, deadline);
        answer.map_err(|error| error.to_string())
    }
}

const GUEST: &str = "guests may not answer: an admin can put you on the list in [answers]";
const STRANGER: &str = "you are no member of this team and channel, as far as the bot can see: an admin can add it to them";

/// The first server that knows somebody decides: ids are random, and of one server.
pub fn membership(servers: &[Server], person: &Person) -> Result<Membership, String> {
    for server in servers {
        if let Known::As(membership) = server.membership(person)? {
            return Ok(membership);
        }
    }
    let id = &person.id;
    Ok(Membership::Not(match servers.is_empty() {
        true => format!(
            "without a bot_token nobody can tell members from guests: an admin can add one to [mattermost], or allow = [\"mattermost:{id}\"] to [answers]"
        ),
        false => format!(
            "the server does not know you: an admin can add allow = [\"mattermost:{id}\"] to [answers]"
        ),
    }))
}

fn has_role(of: &Value, role: &str) -> bool {
    let roles = of["roles"].as_str().unwrap_or_default();
    roles.split_whitespace().any(|given| given == role)
}
