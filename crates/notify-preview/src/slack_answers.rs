//! What Slack does with people's answers: response URLs, dialogues, and who somebody is.
//!
//! Source: docs.slack.dev, "Handling user interaction", "Modals", `views.open`, `users.info`. What is marked "from memory"
//! has no better source.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use crate::blocks;
use crate::board::Kept;
use crate::exchange::Outcome;
use crate::form;
use crate::http::{Answer, Request};
use crate::show::Page;
use crate::slack::{Slack, TEAM};
use crate::slack_api::{self, string};
use crate::slack_message::{Message, Refusal, units};
use crate::slack_page;
use crate::slack_post::{kept, reference};

/// A dialogue as it stands before somebody.
#[derive(Clone, Debug)]
pub struct SlackView {
    pub id: String,
    /// Who pressed for it.
    pub user: String,
    /// As it was sent.
    pub view: Value,
}

/// What one person alone was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whisper {
    pub user: String,
    pub channel: String,
    pub text: String,
}

#[derive(Default)]
pub(crate) struct Answers {
    urls: HashMap<String, ResponseUrl>,
    triggers: HashMap<String, Trigger>,
    pub(crate) views: Vec<SlackView>,
    pub(crate) whispers: Vec<Whisper>,
    number: u64,
}

struct ResponseUrl {
    made: Instant,
    uses: u32,
    user: String,
    channel: String,
    /// The message that was answered; a command has none.
    message: Option<String>,
}

struct Trigger {
    made: Instant,
    used: Use,
    user: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Not,
    Once,
}

const USES: u32 = 5;
const GOOD_FOR: Duration = Duration::from_secs(30 * 60);
const TRIGGER_FOR: Duration = Duration::from_secs(3);

const VIEW_TITLE: usize = 24;
const CALLBACK: usize = 255;
const METADATA: usize = 3_000;

impl Answers {
    /// The path of a new response URL.
    pub(crate) fn url(
        &mut self,
        sort: &str,
        user: &str,
        channel: &str,
        message: Option<&str>,
    ) -> String {
        self.number += 1;
        let path = format!("/{sort}/{TEAM}/{}/aBcDeFgHiJkLmNoPqRsTuVwX", self.number);
        let url = ResponseUrl {
            made: Instant::now(),
            uses: 0,
            user: user.to_string(),
            channel: channel.to_string(),
            message: message.map(str::to_string),
        };
        self.urls.insert(path.clone(), url);
        path
    }

    pub(crate) fn trigger(&mut self, user: &str) -> String {
        self.number += 1;
        let id = format!("{0}.{0}.0123456789abcdef0123456789abcdef", self.number);
        let trigger = Trigger {
            made: Instant::now(),
            used: Use::Not,
            user: user.to_string(),
        };
        self.triggers.insert(id.clone(), trigger);
        id
    }
}

/// A post to a response URL. `None` where there is no such address.
pub(crate) fn respond(slack: &mut Slack, request: &Request) -> Option<Outcome> {
    let is_one = ["/actions/", "/commands/"]
        .iter()
        .any(|sort| request.path.starts_with(sort));
    is_one.then(|| responded(slack, request).unwrap_or_else(refused))
}

fn responded(slack: &mut Slack, request: &Request) -> Result<Outcome, Refusal> {
    let Some(url) = slack.answers.urls.get_mut(&request.path) else {
        return Err("no_such_url".into());
    };
    // The words are from memory.
    if url.made.elapsed() > GOOD_FOR {
        return Err("expired_url".into());
    }
    if url.uses >= USES {
        return Err("used_url".into());
    }
    let posted = match request.media_type().as_str() {
        "application/x-www-form-urlencoded" => form::field(&request.body, "payload"),
        _ => String::from_utf8(request.body.clone()).ok(),
    };
    let payload: Value = posted
        .and_then(|text| serde_json::from_str(&text).ok())
        .ok_or("invalid_payload")?;
    url.uses += 1;
    let (user, channel, original) = (url.user.clone(), url.channel.clone(), url.message.clone());
    let ok = || Answer::text(200, "ok");
    if payload["delete_original"] == true {
        let found = original.and_then(|original| slack.board.get_mut(&original));
        let message = found.ok_or("message_not_found")?;
        message.deleted = true;
        return Ok(Outcome::unseen(ok(), "deleted"));
    }
    let message = Message::checked(&payload)?;
    let shown = slack_page::page(&message);
    if payload["replace_original"] == true {
        let original = original.ok_or("message_not_found")?;
        let before = slack.board.get(&original).filter(|kept| !kept.deleted);
        let label = before.ok_or("message_not_found")?.label();
        let page = Page::updated(&format!("slack: {channel}"), &label, &shown);
        slack.board.update(&original, kept(&message, shown));
        return Ok(Outcome::accepted(ok(), page));
    }
    if payload["response_type"] == "in_channel" {
        let ts = slack.next_ts();
        let push = slack_page::push(&message);
        let page = Page::posted(&format!("slack: {channel}"), push, &shown);
        slack.board.post(Kept::new(
            reference(&channel, &ts),
            &channel,
            "response_url",
            None,
            kept(&message, shown),
        ));
        return Ok(Outcome::accepted(ok(), page));
    }
    let page = Page::posted(
        &format!("slack: only {user} sees this"),
        slack_page::push(&message),
        &shown,
    );
    slack.answers.whispers.push(Whisper {
        user,
        channel,
        text: message.text.clone(),
    });
    let mut outcome = Outcome::accepted(ok(), page);
    outcome.verdict = "whispered".to_string();
    Ok(outcome)
}

fn refused(refusal: Refusal) -> Outcome {
    let answer = match refusal.error {
        "no_such_url" | "expired_url" | "used_url" => 404,
        // From memory, as webhooks answer.
        _ => 400,
    };
    let outcome = Outcome::unseen(Answer::text(answer, refusal.error), refusal.error);
    match refusal.messages.is_empty() {
        true => outcome,
        false => outcome.remark(refusal.messages.join("; ")),
    }
}

pub(crate) fn open_view(slack: &mut Slack, arguments: &Map<String, Value>) -> Outcome {
    let Some(trigger) = slack
        .answers
        .triggers
        .get_mut(string(arguments, "trigger_id"))
    else {
        return slack_api::refused("invalid_trigger_id");
    };
    if trigger.used == Use::Once {
        return slack_api::refused("exchanged_trigger_id");
    }
    if trigger.made.elapsed() > TRIGGER_FOR {
        return slack_api::refused("expired_trigger_id");
    }
    let view = match arguments.get("view") {
        // A form has it as a string.
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
        view => view.cloned().unwrap_or_default(),
    };
    let problems = view_problems(&view);
    if !problems.is_empty() {
        let body = json!({
            "ok": false,
            "error": "invalid_arguments",
            "response_metadata": {"messages": problems},
        });
        let remark = problems.join("; ");
        return Outcome::unseen(Answer::json(200, body), "invalid_arguments").remark(remark);
    }
    trigger.used = Use::Once;
    let user = trigger.user.clone();
    slack.answers.number += 1;
    let id = format!("V{:08}", slack.answers.number);
    let body = json!({"ok": true, "view": {"id": id, "hash": "1.abc", "root_view_id": id}});
    slack.answers.views.push(SlackView { id, user, view });
    Outcome::unseen(Answer::json(200, body), "opened")
}

fn view_problems(view: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    let mut add = |what: &str, at: &str| problems.push(blocks::problem(what, at));
    if view["type"] != "modal" {
        add("must be a modal", "/view/type");
    }
    for key in ["title", "submit", "close"] {
        let text = view[key]["text"].as_str().unwrap_or_default();
        let is_plain = view[key]["type"] == "plain_text";
        if (key == "title" || !view[key].is_null()) && (text.is_empty() || !is_plain) {
            add("must be plain_text", &format!("/view/{key}"));
        }
        if units(text) > VIEW_TITLE {
            add("must be less than 25 characters", &format!("/view/{key}"));
        }
    }
    for (key, most) in [("callback_id", CALLBACK), ("private_metadata", METADATA)] {
        if units(view[key].as_str().unwrap_or_default()) > most {
            add("is too long", &format!("/view/{key}"));
        }
    }
    match view["blocks"].as_array() {
        Some(list) if !list.is_empty() => {
            let mut ids = blocks::Ids::default();
            problems.extend(blocks::problems(list, "/view/blocks", &mut ids));
        }
        _ => add("must have at least 1 item", "/view/blocks"),
    }
    problems
}

/// Who somebody is stands in the id: `UMAX` is Max Mustermann, `UGUESTMAX` a guest.
pub(crate) fn user(arguments: &Map<String, Value>) -> Outcome {
    let id = string(arguments, "user");
    if !id.starts_with(['U', 'W']) || id.contains("NOSUCH") {
        return slack_api::refused("user_not_found");
    }
    let is = |sort: &str| id.contains(sort);
    let first = id.trim_end_matches(|one: char| one.is_ascii_digit());
    let mut letters = first.chars().skip(1);
    let first: String = letters
        .next()
        .into_iter()
        .chain(letters.map(|letter| letter.to_ascii_lowercase()))
        .collect();
    let name = format!("{first} Mustermann");
    let team = match is("STRANGER") {
        true => "T99999999",
        false => TEAM,
    };
    let body = json!({
        "ok": true,
        "user": {
            "id": id,
            "team_id": team,
            "name": first.to_lowercase(),
            "deleted": is("DELETED"),
            "real_name": name,
            "profile": {"real_name": name, "display_name": ""},
            "is_bot": is("BOT"),
            "is_restricted": is("GUEST") || is("ULTRA"),
            "is_ultra_restricted": is("ULTRA"),
        },
    });
    Outcome::unseen(Answer::json(200, body), "looked up")
}
