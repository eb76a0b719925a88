//! Mattermost: which of its addresses a request is for, and the incoming webhook.
//!
//! Source: what a real 5.37.0 answered, case by case.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde_json::json;

use crate::board::Board;
use crate::exchange::Outcome;
use crate::form;
use crate::http::{Answer, Request};
use crate::markdown;
use crate::mattermost_page;
use crate::mattermost_payload::Payload;
use crate::mattermost_posts;
use crate::mattermost_rest;
use crate::mattermost_split::{self, Split};
use crate::options::{MattermostLimits, Record};
use crate::pace::{Gate, TooMany};
use crate::show::Page;

/// The channel of every webhook.
pub(crate) const WEBHOOK_CHANNEL: &str = "webhookwebhookwebhookwebho";
const WEBHOOKS_OWNER: &str = "ownerownerownerownerownero";

/// Runes in one post: 65,535 bytes of a column for four-byte runes.
pub(crate) const LONGEST_POST: usize = 16_383;

pub(crate) struct Mattermost {
    limits: MattermostLimits,
    pub(crate) board: Board,
    last_id: u64,
}

/// Status, id and message of an error.
pub(crate) struct Refusal(
    pub(crate) u16,
    pub(crate) &'static str,
    pub(crate) &'static str,
);

impl Mattermost {
    pub(crate) fn new(limits: MattermostLimits, record: Record) -> Mattermost {
        Mattermost {
            limits,
            board: Board::new(record),
            last_id: 0,
        }
    }

    /// `None` where the address is not Mattermost's; a server may live under any prefix.
    pub(crate) fn answer(&mut self, request: &Request, gate: &mut Gate) -> Option<Outcome> {
        if let Some((_, call)) = request.path.split_once("/api/v4/") {
            return Some(mattermost_rest::answer(self, request, call, gate));
        }
        let (prefix, hook) = request.path.split_once("/hooks/")?;
        if prefix.ends_with('/') {
            let clean = request.path.replace("//", "/");
            let answer = Answer::empty(301).header("Location", &clean);
            return Some(Outcome::unseen(answer, "moved"));
        }
        let judged = self.webhook(request, hook, gate);
        Some(judged.unwrap_or_else(|refusal| self.refused(refusal)))
    }

    pub(crate) fn runes_of_props(&self) -> usize {
        match self.limits {
            MattermostLimits::Old => 7_600,
            MattermostLimits::New => 800_000,
        }
    }

    /// 26 letters and digits, each time others.
    pub(crate) fn id(&mut self) -> String {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_micros() as u64);
        self.last_id = now.max(self.last_id + 1);
        let letters = b"ybndrfg8ejkmcpqxot1uwisza345h769";
        let mut mixed =
            u128::from(self.last_id).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        let mut id = String::with_capacity(26);
        for _ in 0..26 {
            id.push(char::from(letters[(mixed >> 123) as usize]));
            mixed = mixed.rotate_left(5);
        }
        id
    }

    pub(crate) fn refused(&mut self, Refusal(status, id, message): Refusal) -> Outcome {
        let request_id = self.id();
        let body = json!({
            "id": id,
            "message": message,
            "detailed_error": "",
            "request_id": request_id,
            "status_code": status,
        });
        let answer = Answer::json(status, body).header("X-Request-Id", &request_id);
        Outcome::unseen(answer, id)
    }

    fn webhook(
        &mut self,
        request: &Request,
        hook: &str,
        gate: &mut Gate,
    ) -> Result<Outcome, Refusal> {
        if request.method != "POST" {
            return Err(Refusal(404, "api.context.404.app_error", "Not found."));
        }
        if hook.is_empty() || !hook.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(Outcome::unseen(Answer::empty(405), "method not allowed"));
        }
        if hook.starts_with("disabled") {
            return Err(Refusal(
                501,
                "web.incoming_webhook.disabled.app_error",
                "Incoming webhooks have been disabled by the system admin.",
            ));
        }
        let posted = match request.media_type().as_str() {
            "application/x-www-form-urlencoded" => form::field(&request.body, "payload")
                .unwrap_or_default()
                .into_bytes(),
            _ => request.body.clone(),
        };
        let payload = Payload::parse(&posted).ok_or(Refusal(
            400,
            "model.incoming_hook.parse_data.app_error",
            "Unable to parse incoming data.",
        ))?;
        // The text is looked at before anybody asks whether the hook exists.
        if payload.text.is_empty() && payload.attachments.is_empty() {
            return Err(Refusal(
                400,
                "web.incoming_webhook.text.app_error",
                "No text specified.",
            ));
        }
        known(hook, &payload.channel)?;
        if let Err(wait) = gate.pass(&request.path, Instant::now()) {
            return Ok(throttled(&wait));
        }
        let payload = payload.map_texts(markdown::from_slack);
        if payload.text.contains('\0') {
            return Err(Refusal(
                500,
                "api.post.create_webhook_post.creating.app_error",
                "Error creating post.",
            ));
        }
        let mut props = payload.props.clone();
        props.insert("from_webhook".to_string(), json!("true"));
        let Split { posts, cut } = mattermost_split::split(payload, self.runes_of_props())?;
        let title = format!("mattermost: webhook {}…", &hook[..hook.len().min(4)]);
        let shown = mattermost_page::page(&posts);
        let page = Page::posted(&title, mattermost_page::push(&posts), &shown);
        for post in &posts {
            let mut props = props.clone();
            if !post.attachments.is_empty() {
                props.insert("attachments".to_string(), json!(post.attachments));
            }
            let place = (WEBHOOKS_OWNER, WEBHOOK_CHANNEL);
            mattermost_posts::keep(self, place, "", &post.text, &props);
        }
        let mut outcome = Outcome::accepted(Answer::text(200, "ok"), page);
        if posts.len() > 1 {
            outcome.verdict = format!("{}, split into {} posts", outcome.verdict, posts.len());
        }
        if cut > 0 {
            outcome.verdict.push_str(", text cut");
        }
        Ok(outcome)
    }
}

/// Prefixes of ids and names stand for what a server knows of them.
fn known(hook: &str, channel: &str) -> Result<(), Refusal> {
    if hook.starts_with("nosuch") {
        return Err(Refusal(
            400,
            "web.incoming_webhook.invalid.app_error",
            "Invalid webhook.",
        ));
    }
    if !channel.is_empty() {
        known_channel(channel)?;
        if hook.starts_with("locked") {
            return Err(Refusal(
                403,
                "web.incoming_webhook.channel_locked.app_error",
                "This webhook is not permitted to post to the requested channel.",
            ));
        }
    }
    if hook.starts_with("private") {
        return Err(Refusal(
            403,
            "web.incoming_webhook.permissions.app_error",
            "Inappropriate channel permissions.",
        ));
    }
    Ok(())
}

fn known_channel(channel: &str) -> Result<(), Refusal> {
    if let Some(user) = channel.strip_prefix('@') {
        if user.is_empty() || user.starts_with("nouser") || user.starts_with("nosuch") {
            return Err(Refusal(
                400,
                "web.incoming_webhook.user.app_error",
                "Couldn't find the user.",
            ));
        }
        return Ok(());
    }
    let name = channel.strip_prefix('#').unwrap_or(channel);
    let named =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
    if name.is_empty() || name.starts_with("nosuch") || !name.bytes().all(named) {
        return Err(Refusal(
            404,
            "web.incoming_webhook.channel.app_error",
            "Couldn't find the channel.",
        ));
    }
    Ok(())
}

pub(crate) fn throttled(wait: &TooMany) -> Outcome {
    let seconds = wait.retry_after.to_string();
    let answer = Answer::text(429, "limit exceeded\n")
        .header("Retry-After", &seconds)
        .header("X-Ratelimit-Limit", "101")
        .header("X-Ratelimit-Remaining", "0")
        .header("X-Ratelimit-Reset", &seconds);
    Outcome::unseen(answer, "limit exceeded")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_and_have_26_letters_and_digits() {
        let mut server = Mattermost::new(MattermostLimits::New, Record::Nothing);
        let ids: std::collections::HashSet<String> = (0..1000).map(|_| server.id()).collect();
        assert_eq!(ids.len(), 1000);
        for id in ids {
            assert_eq!(id.len(), 26);
            assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        }
    }
}
