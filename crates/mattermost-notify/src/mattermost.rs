//! Mattermost: incoming webhooks, and REST with a bot's token and a channel.

mod answer;
pub mod choice;
pub mod markdown;
mod message;
pub mod post;
#[cfg(test)]
mod safety;
pub mod server;

use std::time::Duration;

use anyhow::Context;
use notify_core::config::error::ConfigError;
use notify_core::config::secret::SecretSource;
use notify_core::config::section::Section;
use notify_core::digest::Digest;
use notify_core::http::{Response, Wire};
use notify_core::links;
use notify_core::message::Message;
use notify_core::notification::State;
use notify_core::per_state::PerState;
use notify_core::provider::{FollowUp, Plan, Probe, Provider, Request};
use notify_core::story::Surface;
use notify_core::verdict::Verdict;
use serde_json::{Value, json};
use server::Server;

/// Everything that this crate knows about Mattermost, behind the face that all vendors have.
pub struct Mattermost;

#[derive(Debug)]
pub struct Settings {
    transport: Transport,
    /// openITCOCKPIT's key for the way back.
    api_key: Option<SecretSource>,
    mentions: PerState<Vec<String>>,
    priorities: PerState<Priority>,
    acknowledgement: Acknowledgement,
    /// How much the server keeps beside a post's text, in runes of JSON.
    props_limit: usize,
}

#[derive(Debug)]
enum Transport {
    Webhook(SecretSource),
    Rest {
        server: Server,
        token: SecretSource,
        channel: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Priority {
    Important,
    Urgent,
}

/// Whether people are asked to confirm that they have read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Acknowledgement {
    Requested,
    NotRequested,
}

const WEBHOOK: &str = "webhook";
const POSTS: &str = "posts";
/// What Mattermost 5.37 keeps; newer servers keep 800,000.
const OLD_PROPS: usize = 7_600;

impl Provider for Mattermost {
    const NAME: &'static str = "mattermost";
    const PROGRAM: &'static str = "mattermost-notify";
    const PLACE: &'static [&'static str] = &["webhook_url", "channel"];
    const SURFACE: Surface = Surface::Messages;
    const ANSWER_SECRETS: &'static [&'static str] = &["slash_token"];
    // Off by default; where it is on, "PerSec 10, MaxBurst 100".
    const MIN_INTERVAL: Duration = Duration::from_millis(100);
    const SMALLEST_CONFIG: &'static str =
        "two lines are enough: [mattermost] and webhook_url = \"https://chat.example.com/hooks/…\"";

    type Settings = Settings;

    fn settings(section: &Section) -> Result<Settings, ConfigError> {
        let webhook = section.secret_url(&["webhook_url"])?;
        let token = section.secret(&["bot_token"])?;
        let channel = section.text("channel")?;
        let server = Server::read(section)?;
        // A destination's own webhook replaces an inherited channel, and its own channel an inherited webhook.
        let channel = channel.filter(|_| !section.is_nearer(&["webhook_url"], &["channel"]));
        let webhook = webhook.filter(|_| !section.is_nearer(&["channel"], &["webhook_url"]));
        let transport = match (channel, token, server, webhook) {
            (Some(channel), Some(token), Some(server), _) => Transport::Rest {
                server,
                token,
                channel: channel.to_owned(),
            },
            (Some(_), Some(_), None, _) => {
                return Err(section.error("channel", "needs a server_url to post to"));
            }
            (_, _, _, Some(webhook)) => Transport::Webhook(webhook),
            (Some(_), None, _, None) => {
                return Err(section.error("channel", "needs a bot_token to post with"));
            }
            (None, _, _, None) => {
                return Err(section.missing(&format!(
                    "[{}] has neither a webhook_url nor a channel with a bot_token",
                    section.name()
                )));
            }
        };
        let api_key = section.secret(&["api_key", "apikey"])?;
        Ok(Settings {
            transport,
            api_key,
            mentions: PerState::read(section, "mention", message::mentions)?,
            priorities: PerState::read(section, "priority", priority)?,
            acknowledgement: match section.flag("requested_ack")? {
                Some(true) => Acknowledgement::Requested,
                _ => Acknowledgement::NotRequested,
            },
            props_limit: section.number("props_limit")?.unwrap_or(OLD_PROPS),
        })
    }

    fn secrets(settings: &Settings) -> Vec<&SecretSource> {
        let transport = match &settings.transport {
            Transport::Webhook(url) => vec![url],
            Transport::Rest {
                server: Server::OfWebhook(url),
                token,
                ..
            } => vec![url, token],
            Transport::Rest { token, .. } => vec![token],
        };
        transport.into_iter().chain(&settings.api_key).collect()
    }

    fn plan(message: &Message, settings: &Settings) -> Plan {
        let body = message::rich(message, &settings.mentions, settings.props_limit);
        Plan::Send(settings.post(body, message.mention.as_slice()))
    }

    fn authorize(request: &Request, settings: &Settings) -> anyhow::Result<Wire> {
        let mut headers = vec![("Content-Type", "application/json".to_owned())];
        let url = match &settings.transport {
            Transport::Webhook(url) => {
                let url = url.read_url().context("webhook_url")?;
                // A slash at the end is another address to Mattermost.
                url.expose().trim_end_matches('/').to_owned()
            }
            Transport::Rest { server, token, .. } => {
                let token = token.read().context("bot_token")?;
                headers.push(("Authorization", format!("Bearer {}", token.expose())));
                format!("{}/api/v4/{}", server.url()?, request.endpoint)
            }
        };
        Ok(Wire {
            method: request.method,
            url,
            headers,
            body: request
                .body
                .as_ref()
                .map(|body| body.to_string().into_bytes()),
        })
    }

    fn verdict(request: &Request, response: &Response) -> Verdict {
        match request.endpoint.as_str() {
            WEBHOOK => answer::of_webhook(response),
            _ => answer::of_rest(response),
        }
    }

    /// Too much for an old server's props, or an attachment that it does not like: the text alone.
    fn plainer(message: &Message, settings: &Settings, _refusal: &Response) -> Option<Request> {
        Some(settings.post(
            message::plain(message, &settings.mentions),
            message.mention.as_slice(),
        ))
    }

    /// A webhook's answer names no post.
    fn follow_up(
        message: &Message,
        standing: Option<&Message>,
        original: &str,
        settings: &Settings,
    ) -> Option<FollowUp> {
        let Transport::Rest { .. } = settings.transport else {
            return None;
        };
        // A reply must be in its root's channel, wherever the destination points by now.
        let (channel, post) = original.split_once('/')?;
        let update = standing.map(|standing| {
            let body = message::rich(standing, &settings.mentions, settings.props_limit);
            let attachments = match &body["attachments"] {
                Value::Null => json!([]),
                attachments => attachments.clone(),
            };
            let patch = json!({"message": body["text"], "props": {"attachments": attachments}});
            Request::put(format!("{POSTS}/{}/patch", links::encode(post)), patch)
        });
        let line = message::line(message, &settings.mentions);
        let reply = json!({"channel_id": channel, "root_id": post, "message": line["text"]});
        Some(FollowUp {
            update,
            reply: Request::post(POSTS, reply),
        })
    }

    fn digest(digest: &Digest, settings: &Settings) -> Option<Request> {
        let body = message::digest(digest, &settings.mentions, settings.props_limit);
        Some(settings.post(body, &digest.due))
    }

    fn probes(settings: &Settings) -> Vec<Probe> {
        match &settings.transport {
            Transport::Webhook(_) => vec![Probe {
                // Only a hook that exists goes on to complain about a channel that cannot exist.
                request: Request::post(
                    WEBHOOK,
                    json!({"text": "monitoring-notify --check", "channel": "no such/channel"}),
                ),
                judge: answer::of_webhook_probe,
                unproven: Some("the webhook's own channel"),
            }],
            Transport::Rest { channel, .. } => vec![
                Probe {
                    request: Request::get("users/me"),
                    judge: answer::of_user_probe,
                    unproven: None,
                },
                Probe {
                    request: Request::get(format!("channels/{}", links::encode(channel))),
                    judge: answer::of_channel_probe,
                    unproven: Some("whether the bot may post there"),
                },
            ],
        }
    }
}

impl Settings {
    fn post(&self, mut body: Value, due: &[State]) -> Request {
        let mut priorities = due.iter().filter_map(|state| self.priorities.of(*state));
        let priority = priorities.next();
        let priority = priority.map(|priority| {
            json!({
                "priority": priority.name(),
                "requested_ack": self.acknowledgement == Acknowledgement::Requested,
            })
        });
        match &self.transport {
            Transport::Webhook(_) => {
                if let Some(priority) = priority {
                    body["priority"] = priority;
                }
                Request::post(WEBHOOK, body)
            }
            Transport::Rest { channel, .. } => {
                let mut post = json!({"channel_id": channel, "message": body["text"]});
                if !body["attachments"].is_null() {
                    post["props"] = json!({"attachments": body["attachments"]});
                }
                if let Some(priority) = priority {
                    post["metadata"] = json!({"priority": priority});
                }
                Request::post(POSTS, post)
            }
        }
    }
}

impl Priority {
    fn name(self) -> &'static str {
        match self {
            Priority::Important => "important",
            Priority::Urgent => "urgent",
        }
    }
}

fn priority(words: &[&str]) -> Result<Priority, String> {
    match words {
        ["important"] => Ok(Priority::Important),
        ["urgent"] => Ok(Priority::Urgent),
        _ => Err("must be \"important\" or \"urgent\"".to_owned()),
    }
}
