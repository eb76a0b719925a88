//! A click on a button, or a choice in *More…*. Any member of a channel may make a post whose button calls us, with genuine
//! headers and whatever context: only what is sealed counts.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use mattermost_notify::choice::Choice;
use mattermost_notify::post::{self, Post};
use notify_core::button::{Action, Button, Buttons, Standing};
use notify_core::config::listen::Keys;
use notify_core::now::Moment;
use notify_core::time::Zone;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Handed, Origin, SOURCE, is_id, news, said, words};
use crate::answer::{Again, Answer, News, Outcome, Person, Sticky, Wish};
use crate::desk::Taken;
use crate::media_type;
use crate::press::{self, Refusal};

/// What the server sends; it has more.
#[derive(Deserialize)]
pub struct Click {
    #[serde(default)]
    user_id: String,
    #[serde(default)]
    pub user_name: String,
    #[serde(default)]
    channel_id: String,
    #[serde(default)]
    team_id: String,
    #[serde(default)]
    post_id: String,
    #[serde(default)]
    trigger_id: String,
    #[serde(default)]
    pub context: Value,
}

/// When *tomorrow morning* is.
const MORNING: &str = "08:00";
const HOUR: f64 = 3_600.0;

pub(super) async fn click(
    State(handed): State<Arc<Handed>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !media_type::is(&headers, media_type::JSON) {
        handed.context.refuse(
            SOURCE,
            "content_type",
            "a click that is no application/json",
        );
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "send JSON\n").into_response();
    }
    let Some(click) = read(&body) else {
        handed
            .context
            .refuse(SOURCE, "not_json", "a click that cannot be read");
        return (StatusCode::BAD_REQUEST, "that is no click\n").into_response();
    };
    let answered = match answer(&handed, click).await {
        Ok(answered) => answered,
        Err(Refusal { reason, words }) => {
            handed
                .context
                .refuse(SOURCE, reason, &format!("a click: {words}"));
            words::to_clicker(&words)
        }
    };
    said(&answered)
}

/// An object: serde would take an array for one, too.
pub fn read(body: &[u8]) -> Option<Click> {
    let sent: Map<String, Value> = serde_json::from_slice(body).ok()?;
    serde_json::from_value(Value::Object(sent)).ok()
}

async fn answer(handed: &Handed, click: Click) -> Result<Value, Refusal> {
    let context = &handed.context;
    let forged = || Refusal {
        reason: "forged_button",
        words: "this button is not one of the monitoring's".to_owned(),
    };
    let origin = Origin {
        user_id: &click.user_id,
        user_name: &click.user_name,
        channel_id: &click.channel_id,
        team_id: &click.team_id,
    };
    let person = origin.person().filter(|_| is_id(&click.post_id));
    let person = person.ok_or_else(|| Refusal {
        reason: "incomplete",
        words: "the server did not say who clicked what".to_owned(),
    })?;
    let pressed: post::Context = serde_json::from_value(click.context).map_err(|_| forged())?;
    let button = &pressed.button;
    let subject = press::check(context, button, button.action, &click.post_id).await?;
    let option = pressed.selected_option.as_deref().unwrap_or_default();
    let now = Moment::read().wall;
    let wish = match button.action {
        Action::Acknowledge => acknowledgement(None, pressed.standing),
        Action::More => {
            let choice = Choice::of(option).ok_or_else(|| Refusal {
                reason: "unknown_choice",
                words: "this choice is not one of the monitoring's".to_owned(),
            })?;
            wish(choice, now, &context.config.zone)
        }
    };
    let request = [
        &click.post_id,
        &click.user_id,
        &button.nonce,
        &click.trigger_id,
        option,
    ];
    let answer = Answer::new(&request.map(str::as_bytes), person.clone(), subject, wish);
    let taken = context.desk.take(answer.clone()).await;
    let news = match taken {
        Ok(Taken::Kept(watched)) => news(watched).await,
        Ok(Taken::Repeated) => return Ok(words::to_clicker("this click was taken already")),
        Err(error) => {
            context.log().line(&format!("the state folder: {error}"));
            return Err(Refusal {
                reason: "state_folder",
                words: "the listener cannot write to its disk: tell an admin".to_owned(),
            });
        }
    };
    let mut answered = words::to_clicker(&words::about(&answer, &news));
    // As long as nothing is certain the post stays as it is, and its buttons with it.
    if news == News::Ended(Outcome::Done)
        && let Some(post) = pressed.post
        && let Some(update) = update(handed, &click.post_id, post, button, &answer, &person)
    {
        answered["update"] = update;
    }
    Ok(answered)
}

fn acknowledgement(until: Option<f64>, standing: Standing) -> Wish {
    Wish::Acknowledge {
        comment: String::new(),
        sticky: Sticky::ByState,
        until,
        again: match standing {
            Standing::Acknowledged => Again::Comment,
            Standing::Unhandled => Again::Nothing,
        },
    }
}

fn wish(choice: Choice, now: f64, zone: &Zone) -> Wish {
    match choice {
        Choice::Acknowledge(hours) => {
            acknowledgement(Some(now + hours as f64 * HOUR), Standing::Unhandled)
        }
        Choice::AcknowledgeUntilMorning => {
            let morning = morning(now, zone).unwrap_or(now + 24.0 * HOUR);
            acknowledgement(Some(morning), Standing::Unhandled)
        }
        Choice::RemoveAcknowledgement => Wish::RemoveAcknowledgement { of: None },
        Choice::Downtime(hours) => Wish::Downtime {
            comment: String::new(),
            seconds: hours * HOUR as u64,
        },
        Choice::Recheck => Wish::Recheck,
    }
}

fn morning(now: f64, zone: &Zone) -> Option<f64> {
    let tomorrow = zone.local(now)?.date().tomorrow().ok()?;
    zone.moment(&format!("{tomorrow}T{MORNING}"))
}

/// The post as everybody sees it from now on. Without its text it would become empty, without buttons of our own making
/// theirs would be dead.
fn update(
    handed: &Handed,
    id: &str,
    mut post: Post,
    pressed: &Button,
    answer: &Answer,
    person: &Person,
) -> Option<Value> {
    let config = &handed.context.config;
    let now = Moment::read().wall;
    let acknowledgers = &handed.mattermost.acknowledgers;
    let standing = match &answer.wish {
        Wish::Acknowledge { until, .. } => {
            let clock = |time: f64| config.zone.clock(time, now);
            let until = until.map_or(String::new(), |until| format!(" until {}", clock(until)));
            let name = match person.name.is_empty() {
                true => &person.id,
                false => &person.name,
            };
            let line = format!("@{name} · {}{until}", clock(now));
            acknowledgers.add(id, &mut post, line);
            Standing::Acknowledged
        }
        Wish::RemoveAcknowledgement { .. } => {
            acknowledgers.clear(id, &mut post);
            Standing::Unhandled
        }
        Wish::Downtime { .. } | Wish::Recheck | Wish::Comment { .. } => return None,
    };
    let Keys::Given { public_url, .. } = &config.listen.keys else {
        return None;
    };
    let secret = handed.context.button_secrets.first()?;
    // They belong to this post already.
    let button = |action| Button::new(&pressed.reference, action, &pressed.nonce, now, secret);
    let buttons = Buttons {
        acknowledge: button(Action::Acknowledge),
        more: button(Action::More),
        standing,
        public_url: public_url.clone(),
    };
    let attachments = [post.attachment(&buttons)];
    Some(json!({"message": post.message, "props": {"attachments": attachments}}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tomorrow_morning_is_eight_o_clock_where_people_live() {
        let berlin = Zone::known("Europe/Berlin").unwrap();
        let at = |time| berlin.moment(time).unwrap();
        for (now, then) in [
            ("2026-11-21T10:00", "2026-11-22T08:00"),
            ("2026-12-31T23:59", "2027-01-01T08:00"),
            // The clocks change in between.
            ("2026-10-24T22:00", "2026-10-25T08:00"),
        ] {
            assert_eq!(morning(at(now), &berlin), Some(at(then)), "{now}");
        }
    }

    #[test]
    fn each_choice_is_a_wish() {
        let zone = Zone::default();
        for choice in Choice::ALL {
            let wish = wish(choice, 1_795_237_915.0, &zone);
            let verb = match choice {
                Choice::Acknowledge(_) | Choice::AcknowledgeUntilMorning => "acknowledge",
                Choice::RemoveAcknowledgement => "remove acknowledgement",
                Choice::Downtime(_) => "downtime",
                Choice::Recheck => "recheck",
            };
            assert_eq!(wish.verb(), verb);
        }
    }
}
