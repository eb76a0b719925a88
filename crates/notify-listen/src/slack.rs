//! Slack over HTTP: buttons, the dialogue behind *More…*, a slash command. A request's way: `door` (who sent it) →
//! `payload` (what it says) → `clicks` or `commands` → the desk; and back by `tell`.

mod app;
mod clicks;
mod commands;
pub mod dialogue;
mod door;
pub mod payload;
mod people;
mod posts;
pub mod redraw;
pub mod reply;
mod seen;
mod tell;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use notify_core::config::Config;
use serde_json::json;
use tokio::time::timeout;

use crate::answer::{Answer, News, Person, Source};
use crate::context::Context;
use crate::threads::{Whom, asking};
use crate::vendor::{Membership, Vendor};
use app::App;
use payload::User;
use people::People;
use posts::Posts;
use seen::Seen;

pub struct Slack {
    apps: Vec<App>,
    config: Arc<Config>,
    people: People,
    posts: Posts,
    seen: Seen,
}

/// What a request is answered with.
#[derive(Clone)]
struct Part {
    slack: Arc<Slack>,
    context: Arc<Context>,
}

/// For the vendor's answers to `--check`.
const PATIENCE: Duration = Duration::from_secs(5);
/// Of the three seconds that Slack has.
const NAMING: Duration = Duration::from_secs(1);

impl Slack {
    /// `None`: nothing in the config wants answers from Slack.
    pub fn read(config: &Arc<Config>) -> anyhow::Result<Option<Slack>> {
        let apps = app::read(config)?;
        Ok((!apps.is_empty()).then(|| Slack {
            apps,
            config: Arc::clone(config),
            people: People::default(),
            posts: Posts::default(),
            seen: Seen::default(),
        }))
    }

    pub fn routes(self: Arc<Slack>, context: Arc<Context>) -> Router {
        Router::new()
            .route("/slack/interaction", post(clicks::interaction))
            .route(
                "/slack/command",
                get(commands::ssl_check).post(commands::command),
            )
            .with_state(Part {
                slack: self,
                context,
            })
    }

    /// Proves every app's token, as far as Slack says.
    pub fn check(&self) -> Vec<Result<String, String>> {
        self.apps.iter().map(App::check).collect()
    }

    /// The app that a place belongs to; after a change of the config the first one will do.
    fn app(&self, name: &str) -> Option<&App> {
        let named = self.apps.iter().find(|app| app.name == name);
        named.or_else(|| self.apps.first())
    }
}

impl App {
    fn check(&self) -> Result<String, String> {
        let section = &self.name;
        if !self.has_token() {
            return Ok(format!(
                "[{section}]: the signing secret is there; without an oauth_access_token there is no dialogue, and [answers] needs allow"
            ));
        }
        let in_words = |trouble: app::Trouble| format!("[{section}]: {}", trouble.words());
        let known = self
            .call("auth.test", &json!({}), PATIENCE)
            .map_err(in_words)?;
        let text = |key: &str| known[key].as_str().unwrap_or("?").to_owned();
        let query = format!("user={}", text("user_id"));
        self.look_up("users.info", &query, PATIENCE)
            .map_err(|trouble| match trouble {
                app::Trouble::Refused(word) if word == "missing_scope" => format!(
                    "[{section}]: the token lacks users:read: add it to the app and install it again"
                ),
                trouble => in_words(trouble),
            })?;
        Ok(format!(
            "[{section}]: the token is {}'s in {} and may look people up",
            text("user"),
            text("team")
        ))
    }
}

impl Part {
    async fn person(&self, app: usize, user: &User, channel: &str) -> Person {
        let (slack, id) = (Arc::clone(&self.slack), user.id.clone());
        let ask = move || slack.people.name(slack.apps.get(app)?, &id);
        // A name is worth no answer that comes too late.
        let known = timeout(NAMING, asking(Whom::Vendor, ask)).await;
        let known = known.ok().flatten();
        Person {
            source: Source::Slack,
            id: user.id.clone(),
            name: known.unwrap_or_else(|| user.name.clone()),
            channel: Some(channel.to_owned()),
            team: user.team.clone(),
        }
    }
}

impl Vendor for Slack {
    fn membership(&self, person: &Person) -> Result<Membership, String> {
        self.people.membership(&self.apps, &person.id)
    }

    fn tell(&self, answer: &Answer, news: &News) {
        tell::tell(self, answer, news);
    }
}
