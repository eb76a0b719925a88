//! What people in Slack hear of their answers.

use std::time::Duration;

use notify_core::now::Moment;
use notify_core::reference::reference;
use notify_core::state_folder::{StateFolder, lane};
use notify_core::text;
use serde_json::{Value, json};

use super::Slack;
use super::posts::Word;
use super::redraw;
use super::reply::Place;
use crate::answer::{Answer, News, Outcome, Reply, Source, Wish, object};

const PATIENCE: Duration = Duration::from_secs(5);
/// A response URL is good for half an hour.
const RESPONDING: f64 = 29.0 * 60.0;
/// An ephemeral's text; beyond 4,000 Slack splits it.
const LONGEST: usize = 3_500;

pub fn tell(slack: &Slack, answer: &Answer, news: &News) {
    let Reply::Slack(place) = &answer.reply else {
        return;
    };
    if answer.person.source == Source::Timer {
        return slack.expired(answer, place, news);
    }
    let word = match news {
        News::Ended(_) => Word::Last,
        News::Waits(_) | News::Sent => Word::OnTheWay,
    };
    if *news == News::Ended(Outcome::Done) && slack.redraw(answer, place) {
        return;
    }
    let words = format!("{}: {}", object(&answer.subject), news.words(&answer.wish));
    slack.respond(place, whispered(&words), word);
}

/// Text that cannot act.
pub fn words(words: &str) -> Value {
    let escape = |one: char| match one {
        '&' => 5,
        '<' | '>' => 4,
        other => text::utf16(other),
    };
    let words = text::clip(&text::clean(words), LONGEST, escape)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    json!({"text": words, "mrkdwn": false, "parse": "none", "unfurl_links": false, "unfurl_media": false})
}

fn whispered(said: &str) -> Value {
    let mut body = words(said);
    body["response_type"] = "ephemeral".into();
    body["replace_original"] = false.into();
    body
}

impl Slack {
    /// To the person alone.
    pub fn whisper(&self, place: &Place, said: &str) {
        self.respond(place, whispered(said), Word::OnTheWay);
    }

    fn respond(&self, place: &Place, body: Value, word: Word) -> bool {
        let Some(app) = self.app(&place.app) else {
            return false;
        };
        self.posts.may_say(&place.response_url, word)
            && app.respond(&place.response_url, &body, PATIENCE).is_ok()
    }

    /// The message itself says who has it. `false`: it does not, or somebody else draws it.
    fn redraw(&self, answer: &Answer, place: &Place) -> bool {
        if place.post.is_empty() || place.message.is_null() || self.is_kept(answer, place) {
            return false;
        }
        let line = match &answer.wish {
            Wish::Acknowledge { .. } => {
                let now = Moment::read().wall;
                let name = text::line(&answer.person.name);
                let time = self.config.zone.clock(now, now);
                self.posts.acknowledged(&place.post, &name, &time)
            }
            Wish::RemoveAcknowledgement { .. } => {
                self.posts.not_acknowledged(&place.post);
                String::new()
            }
            _ => return false,
        };
        match redraw::redrawn(&place.message, &line) {
            Some(message) => self.respond(place, message, Word::Last),
            None => false,
        }
    }

    /// Whether the notifiers draw this message anew themselves, with the core's own notification.
    fn is_kept(&self, answer: &Answer, place: &Place) -> bool {
        let object = lane::object(&reference(&self.config.site, &answer.subject));
        let Ok(Some(folder)) = StateFolder::look(&self.config.state_dir) else {
            return false;
        };
        let lanes = folder.known_lanes().unwrap_or_default();
        lanes.iter().any(|lane| {
            let known = folder.known(lane, object).ok().flatten();
            let open = known.and_then(|known| known.open);
            open.is_some_and(|open| open.vendor.as_deref() == Some(&place.post))
        })
    }

    /// An acknowledgement that ended by itself.
    fn expired(&self, answer: &Answer, place: &Place, news: &News) {
        let removed = matches!(answer.wish, Wish::RemoveAcknowledgement { .. });
        if !removed || *news != News::Ended(Outcome::Done) {
            return;
        }
        self.posts.not_acknowledged(&place.post);
        let said = format!(
            "{}: the acknowledgement by {} has expired",
            object(&answer.subject),
            answer.person.name
        );
        let app = self.app(&place.app).filter(|app| app.has_token());
        let (Some(app), Some((channel, ts))) = (app, place.post.split_once('/')) else {
            if Moment::read().since(&answer.taken) < RESPONDING {
                self.respond(place, whispered(&said), Word::Last);
            }
            return;
        };
        let mut body = words(&said);
        body["channel"] = channel.into();
        body["thread_ts"] = ts.into();
        // The core's own notification says it as well.
        let _ = app.call("chat.postMessage", &body, PATIENCE);
    }
}
