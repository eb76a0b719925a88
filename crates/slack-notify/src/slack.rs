//! Slack: incoming webhooks, and `chat.postMessage` with a token and a channel.

mod answer;
mod message;
#[cfg(test)]
mod safety;

use std::time::Duration;

use anyhow::Context;
use notify_core::config::error::ConfigError;
use notify_core::config::secret::SecretSource;
use notify_core::config::section::Section;
use notify_core::digest::Digest;
use notify_core::http::{Response, Wire};
use notify_core::links;
use notify_core::message::Message;
use notify_core::per_state::PerState;
use notify_core::provider::{FollowUp, Plan, Probe, Provider, Request};
use notify_core::story::Surface;
use notify_core::verdict::Verdict;
use serde_json::json;

/// Everything that this crate knows about Slack, behind the face that all vendors have.
pub struct Slack;

#[derive(Debug)]
pub struct Settings {
    transport: Transport,
    /// Kept for the look-ups of the way back.
    token: Option<SecretSource>,
    mentions: PerState<Vec<String>>,
}

#[derive(Debug)]
enum Transport {
    Webhook(SecretSource),
    WebApi {
        url: String,
        token: SecretSource,
        channel: String,
    },
}

/// The one endpoint that is no method of the Web API.
const WEBHOOK: &str = "webhook";
const POST_MESSAGE: &str = "chat.postMessage";
const UPDATE: &str = "chat.update";
/// GovSlack has another one.
const WEB_API: &str = "https://slack.com/api";

impl Provider for Slack {
    const NAME: &'static str = "slack";
    const PROGRAM: &'static str = "slack-notify";
    const PLACE: &'static [&'static str] = &["webhook_url", "api_url", "channel"];
    const SURFACE: Surface = Surface::Messages;
    const ANSWER_SECRETS: &'static [&'static str] = &["signing_secret"];
    // "1 msg/s per channel […] and per incoming webhook, short bursts tolerated".
    const MIN_INTERVAL: Duration = Duration::from_secs(1);
    const SMALLEST_CONFIG: &'static str =
        "two lines are enough: [slack] and webhook_url = \"https://hooks.slack.com/services/…\"";

    type Settings = Settings;

    fn settings(section: &Section) -> Result<Settings, ConfigError> {
        // openITCOCKPIT calls the webhook `api_url` inside.
        let webhook_keys = ["webhook_url", "api_url"];
        let webhook = section.secret_url(&webhook_keys)?;
        let token = section.secret(&["oauth_access_token", "bot_token"])?;
        let channel = section.text("channel")?;
        let url = section.text("web_api_url")?.unwrap_or(WEB_API);
        let mentions = PerState::read(section, "mention", message::mentions)?;
        if !links::is_web(url) {
            return Err(section.error("web_api_url", "must begin with https://"));
        }
        // A destination's own webhook replaces an inherited channel, and its own channel an inherited webhook.
        let channel = channel.filter(|_| !section.is_nearer(&webhook_keys, &["channel"]));
        let webhook = webhook.filter(|_| !section.is_nearer(&["channel"], &webhook_keys));
        let transport = match (channel, &token, webhook) {
            (Some(channel), Some(token), _) => Transport::WebApi {
                url: url.trim_end_matches('/').to_owned(),
                token: token.clone(),
                channel: channel.to_owned(),
            },
            (_, _, Some(webhook)) => Transport::Webhook(webhook),
            (Some(_), None, None) => {
                return Err(section.error("channel", "needs an oauth_access_token to post with"));
            }
            (None, _, None) => {
                return Err(section.missing(&format!(
                    "[{}] has neither a webhook_url nor a channel with an oauth_access_token",
                    section.name()
                )));
            }
        };
        Ok(Settings {
            transport,
            token,
            mentions,
        })
    }

    fn secrets(settings: &Settings) -> Vec<&SecretSource> {
        let webhook = match &settings.transport {
            Transport::Webhook(url) => Some(url),
            Transport::WebApi { .. } => None,
        };
        webhook.into_iter().chain(&settings.token).collect()
    }

    fn plan(message: &Message, settings: &Settings) -> Plan {
        Plan::Send(settings.post(message::rich(message, &settings.mentions)))
    }

    fn authorize(request: &Request, settings: &Settings) -> anyhow::Result<Wire> {
        let body = request
            .body
            .as_ref()
            .map(|body| body.to_string().into_bytes());
        let mut headers = vec![("Content-Type", "application/json; charset=utf-8".to_owned())];
        let url = match &settings.transport {
            Transport::Webhook(url) => {
                let url = url.read_url().context("webhook_url")?;
                url.expose().to_owned()
            }
            Transport::WebApi { url, token, .. } => {
                let token = token.read().context("the token")?;
                headers.push(("Authorization", format!("Bearer {}", token.expose())));
                format!("{url}/{}", request.endpoint)
            }
        };
        Ok(Wire {
            method: request.method,
            url,
            headers,
            body,
        })
    }

    fn verdict(request: &Request, response: &Response) -> Verdict {
        match request.endpoint.as_str() {
            WEBHOOK => answer::of_webhook(response),
            _ => answer::of_web_api(response),
        }
    }

    /// `invalid_blocks`, `invalid_attachments` and their kin: the text alone always passes.
    fn plainer(message: &Message, settings: &Settings, _refusal: &Response) -> Option<Request> {
        Some(settings.post(message::plain(message, &settings.mentions)))
    }

    /// A webhook's answer names no message.
    fn follow_up(
        message: &Message,
        standing: Option<&Message>,
        original: &str,
        settings: &Settings,
    ) -> Option<FollowUp> {
        let Transport::WebApi { .. } = settings.transport else {
            return None;
        };
        let (channel, ts) = original.split_once('/')?;
        let update = standing.map(|standing| {
            let mut body = message::rich(standing, &settings.mentions);
            body["channel"] = channel.into();
            body["ts"] = ts.into();
            Request::post(UPDATE, body)
        });
        let mut reply = message::line(message, &settings.mentions);
        reply["channel"] = channel.into();
        reply["thread_ts"] = ts.into();
        Some(FollowUp {
            update,
            reply: Request::post(POST_MESSAGE, reply),
        })
    }

    fn digest(digest: &Digest, settings: &Settings) -> Option<Request> {
        Some(settings.post(message::digest(digest, &settings.mentions)))
    }

    fn probes(settings: &Settings) -> Vec<Probe> {
        match &settings.transport {
            Transport::Webhook(_) => vec![Probe {
                // A message without text posts nothing, and only a living webhook complains about it.
                request: Request::post(WEBHOOK, json!({})),
                judge: answer::of_webhook_probe,
                unproven: Some("the channel of a webhook"),
            }],
            Transport::WebApi { channel, .. } => vec![
                Probe {
                    request: Request::post("auth.test", json!({})),
                    judge: answer::of_token_probe,
                    unproven: None,
                },
                Probe {
                    request: Request::get(format!(
                        "conversations.info?channel={}",
                        links::encode(channel)
                    )),
                    judge: answer::of_channel_probe,
                    unproven: None,
                },
            ],
        }
    }
}

impl Settings {
    fn post(&self, mut body: serde_json::Value) -> Request {
        match &self.transport {
            Transport::Webhook(_) => Request::post(WEBHOOK, body),
            Transport::WebApi { channel, .. } => {
                body["channel"] = channel.as_str().into();
                Request::post(POST_MESSAGE, body)
            }
        }
    }
}
