//! Mattermost: the buttons under a post, and a slash command. Neither is signed: a button is sealed by our own secret, the
//! command brings its token.

pub mod action;
mod command;
mod people;
mod server;
pub mod words;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use mattermost_notify::post::ACTION;
use notify_core::config::Config;
use notify_core::config::error::ConfigError;
use notify_core::config::listen::Keys;
use notify_core::config::secret::{Secret, SecretSource};
use notify_core::config::section::Section;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::answer::{Answer, News, Person};
use crate::context::Context;
use crate::vendor::{Membership, Vendor};
use people::Acknowledgers;
use server::Server;

pub struct Mattermost {
    buttons: Buttons,
    slash_tokens: Vec<Secret>,
    servers: Vec<Server>,
    acknowledgers: Acknowledgers,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Buttons {
    /// No section has `two_way`.
    Unwished,
    /// Nobody could tell ours from others.
    Unsealed,
    Sealed,
}

/// What every request needs.
pub struct Handed {
    mattermost: Arc<Mattermost>,
    context: Arc<Context>,
}

const COMMAND: &str = "/mattermost/command";
const SOURCE: &str = "mattermost";
/// For the core to confirm while somebody looks at the button: the server itself gives up after 30 s.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the sections say together.
#[derive(Default)]
struct Found {
    two_way: bool,
    slash_tokens: Vec<(String, SecretSource)>,
    servers: Vec<Server>,
}

impl Mattermost {
    /// `None`: nothing in the config wants answers from Mattermost.
    pub fn read(config: &Arc<Config>) -> anyhow::Result<Option<Mattermost>> {
        let found = config.with_top(|top| found(top, config))?;
        let buttons = match (found.two_way, &config.listen.keys) {
            (false, _) => Buttons::Unwished,
            (true, Keys::Missing | Keys::Address { .. }) => Buttons::Unsealed,
            (true, Keys::Given { .. }) => Buttons::Sealed,
        };
        let tokens = found.slash_tokens.iter().map(|(section, source)| {
            let token = source.read();
            token.with_context(|| format!("[{section}] slash_token"))
        });
        let slash_tokens = tokens.collect::<anyhow::Result<Vec<Secret>>>()?;
        let is_used = buttons == Buttons::Sealed || !slash_tokens.is_empty();
        Ok(is_used.then(|| Mattermost {
            buttons,
            slash_tokens,
            servers: found.servers,
            acknowledgers: Acknowledgers::default(),
        }))
    }

    pub fn routes(self: Arc<Mattermost>, context: Arc<Context>) -> Router {
        let mut router = Router::new();
        if self.buttons == Buttons::Sealed {
            router = router.route(ACTION, post(action::click).fallback(not_by_this_method));
        }
        if !self.slash_tokens.is_empty() {
            router = router.route(COMMAND, post(command::said).fallback(not_by_this_method));
        }
        router.with_state(Arc::new(Handed {
            mattermost: self,
            context,
        }))
    }

    /// For `--check`: what works, and what does not.
    pub fn check(&self) -> Vec<Result<String, String>> {
        let unsealed = (self.buttons == Buttons::Unsealed).then(|| {
            Err("two_way = true, but [listen] has no public_url and button_secret".to_owned())
        });
        let servers = self.servers.iter().map(Server::check);
        unsealed.into_iter().chain(servers).collect()
    }
}

impl Vendor for Mattermost {
    fn membership(&self, person: &Person) -> Result<Membership, String> {
        server::membership(&self.servers, person)
    }

    /// Whoever clicked gets the request's own answer, and everybody the core's notification.
    fn tell(&self, _answer: &Answer, _news: &News) {}
}

/// The provider's own section and its destinations': each may have a server of its own.
fn found(top: &Section, config: &Arc<Config>) -> Result<Found, ConfigError> {
    let mut found = Found::default();
    let Some(base) = top.table("mattermost")? else {
        return Ok(found);
    };
    let proxy = top.table("proxy")?;
    let mut add = |section: &Section| -> Result<(), ConfigError> {
        found.two_way |= section.flag("two_way")? == Some(true);
        for source in section.secrets("slash_token")? {
            found.slash_tokens.push((section.name().to_owned(), source));
        }
        if let Some(server) = Server::read(section, proxy.as_ref(), config)?
            && !found.servers.iter().any(|known| known.is_same(&server))
        {
            found.servers.push(server);
        }
        Ok(())
    };
    add(&base)?;
    for (_, section) in base.tables("destinations")? {
        add(&section.inheriting(&base))?;
    }
    Ok(found)
}

/// By GET a slash command's token would stand in every access log.
async fn not_by_this_method(State(handed): State<Arc<Handed>>) -> Response {
    handed.context.refuse(
        SOURCE,
        "method",
        "a request that is no POST: the slash command's Request Method must be POST",
    );
    (StatusCode::METHOD_NOT_ALLOWED, "only by POST\n").into_response()
}

/// What can be said while somebody waits.
async fn news(mut watched: watch::Receiver<Option<News>>) -> News {
    let end = Instant::now() + PATIENCE;
    let told = timeout_at(end, watched.wait_for(Option::is_some)).await;
    match told {
        Ok(Ok(news)) => news.clone().unwrap_or(News::Sent),
        // Whatever becomes of it, it is on disk.
        Ok(Err(_)) | Err(_) => News::Sent,
    }
}

/// Always 200: everything else shows nothing but "integration error".
fn said(answer: &Value) -> Response {
    let json = [("Content-Type", "application/json")];
    (StatusCode::OK, json, answer.to_string()).into_response()
}

/// Without what follows the media type.
/// Where a request comes from, as Mattermost says it.
struct Origin<'r> {
    user_id: &'r str,
    user_name: &'r str,
    channel_id: &'r str,
    team_id: &'r str,
}

impl Origin<'_> {
    /// `None`: that is nobody.
    fn person(&self) -> Option<Person> {
        let known = |id: &str| is_id(id).then(|| id.to_owned());
        Some(Person {
            source: crate::answer::Source::Mattermost,
            id: known(self.user_id)?,
            name: words::name(self.user_name),
            channel: known(self.channel_id),
            // Empty in direct messages.
            team: known(self.team_id),
        })
    }
}

/// Real ones have 26 characters.
fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
