//! Buttons, and the dialogue behind *More…*.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use notify_core::button::Action;
use notify_core::now::Moment;
use serde_json::{Value, json};

use super::Part;
use super::app::Trouble;
use super::dialogue::{self, Metadata, Wrong};
use super::door::{REPEATED, SOURCE, Signed};
use super::payload::{self, Click, Interaction, Submission};
use super::redraw;
use super::reply::Place;
use crate::answer::{Again, Answer, Reply, Sticky, Wish};
use crate::desk::Taken;
use crate::press;
use crate::threads::{Whom, asking};

/// Slack's own limit for a dialogue is three seconds after the click.
const DIALOGUE_PATIENCE: Duration = Duration::from_millis(2_500);

const NO_DISK: &str = "the listener cannot write to its disk, so nothing was done: tell an admin";

pub async fn interaction(State(part): State<Part>, headers: HeaderMap, body: Bytes) -> Response {
    let signed = match part.let_in(&headers, &body) {
        Ok(signed) => signed,
        Err(why) => return part.refused(why),
    };
    match payload::interaction(&body) {
        Ok(Interaction::Click(click)) => part.click(&signed, *click).await,
        Ok(Interaction::Submission(submission)) => part.submission(&signed, *submission).await,
        Ok(Interaction::Other) => {
            part.context
                .refuse(SOURCE, "unknown_type", "something that is no answer");
            part.done()
        }
        Err(malformed) => part.refused(malformed.into()),
    }
}

impl Part {
    /// What Slack takes for "it is done", without a word to anybody.
    fn done(&self) -> Response {
        StatusCode::OK.into_response()
    }

    async fn click(&self, signed: &Signed, click: Click) -> Response {
        let action = match click.action.as_str() {
            "acknowledge" => Action::Acknowledge,
            "more" => Action::More,
            _ => {
                self.context
                    .refuse(SOURCE, "unknown_action", "a button that nobody knows");
                return self.done();
            }
        };
        let post = format!("{}/{}", click.channel, click.ts);
        let place = Place {
            response_url: click.response_url.clone(),
            app: self.app_name(signed),
            post: post.clone(),
            message: redraw::keepsake(&click.message),
        };
        let Some(button) = &click.button else {
            self.context
                .refuse(SOURCE, "forged_button", "a button that is not ours");
            self.whisper(&place, "this button is not one of the monitoring's");
            return self.done();
        };
        let subject = match press::check(&self.context, button, action, &post).await {
            Ok(subject) => subject,
            Err(refusal) => {
                self.context.refuse(SOURCE, refusal.reason, &refusal.words);
                self.whisper(&place, &refusal.words);
                return self.done();
            }
        };
        self.slack.posts.remember(&post, place.message.clone());
        if action == Action::More {
            let metadata = Metadata {
                button: button.clone(),
                channel: click.channel,
                ts: click.ts,
                response_url: click.response_url,
            };
            match dialogue::view(&subject, &metadata) {
                Some(view) => self.open(signed.app, click.trigger, view, place),
                None => self.whisper(&place, "this message is too old for a dialogue"),
            }
            return self.done();
        }
        let wish = Wish::Acknowledge {
            comment: String::new(),
            sticky: Sticky::ByState,
            until: None,
            again: Again::Comment,
        };
        let person = self.person(signed.app, &click.user, &click.channel).await;
        let answer = Answer::new(&[&signed.signature], person, subject, wish);
        match self.take(answer, &place).await {
            Ok(()) => self.done(),
            Err(Untaken::Repeated) => self.refused(REPEATED),
            Err(Untaken::NoDisk) => {
                self.whisper(&place, NO_DISK);
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }

    async fn submission(&self, signed: &Signed, submission: Submission) -> Response {
        let metadata = match serde_json::from_str::<Metadata>(&submission.metadata) {
            Ok(metadata) if submission.callback == dialogue::CALLBACK => metadata,
            _ => {
                self.context
                    .refuse(SOURCE, "unknown_view", "a dialogue that is not ours");
                return self.done();
            }
        };
        let wrong = |why: &str| Wrong {
            block: dialogue::WHAT,
            why: why.to_owned(),
        };
        let post = format!("{}/{}", metadata.channel, metadata.ts);
        let checked = press::check(&self.context, &metadata.button, Action::More, &post).await;
        let subject = match checked {
            Ok(subject) => subject,
            Err(refusal) => {
                self.context.refuse(SOURCE, refusal.reason, &refusal.words);
                return self.json(&dialogue::errors(&wrong(&refusal.words)));
            }
        };
        let wish = match dialogue::wish(&submission.values, Moment::read().wall) {
            Ok(wish) => wish,
            Err(wrong) => return self.json(&dialogue::errors(&wrong)),
        };
        let place = Place {
            response_url: metadata.response_url,
            app: self.app_name(signed),
            message: self.slack.posts.message(&post),
            post,
        };
        let user = &submission.user;
        let person = self.person(signed.app, user, &metadata.channel).await;
        let answer = Answer::new(&[&signed.signature], person, subject, wish);
        match self.take(answer, &place).await {
            Ok(()) => self.done(),
            Err(Untaken::Repeated) => self.refused(REPEATED),
            Err(Untaken::NoDisk) => self.json(&dialogue::errors(&wrong(NO_DISK))),
        }
    }

    pub fn app_name(&self, signed: &Signed) -> String {
        let app = self.slack.apps.get(signed.app);
        app.map(|app| app.name.clone()).unwrap_or_default()
    }

    /// On disk when it returns.
    pub async fn take(&self, answer: Answer, place: &Place) -> Result<(), Untaken> {
        let answer = answer.replying(Reply::Slack(place.clone()));
        match self.context.desk.take(answer).await {
            Ok(Taken::Kept(_)) => Ok(()),
            Ok(Taken::Repeated) => Err(Untaken::Repeated),
            Err(error) => {
                self.context
                    .log()
                    .line(&format!("an answer from Slack cannot be kept: {error}"));
                Err(Untaken::NoDisk)
            }
        }
    }

    /// To the person alone, without holding up the request.
    pub fn whisper(&self, place: &Place, words: &str) {
        let (slack, place, words) = (Arc::clone(&self.slack), place.clone(), words.to_owned());
        drop(tokio::spawn(asking(Whom::Vendor, move || {
            slack.whisper(&place, &words);
        })));
    }

    pub fn json(&self, body: &Value) -> Response {
        let json = [(header::CONTENT_TYPE, "application/json")];
        (json, body.to_string()).into_response()
    }

    /// Without holding up the request, too: its answer tells Slack that the click arrived.
    fn open(&self, app: usize, trigger: String, view: Value, place: Place) {
        let (slack, context) = (Arc::clone(&self.slack), Arc::clone(&self.context));
        drop(tokio::spawn(async move {
            let opened = {
                let slack = Arc::clone(&slack);
                asking(Whom::Vendor, move || {
                    let app = slack.apps.get(app).ok_or(Trouble::NoToken)?;
                    let body = json!({"trigger_id": trigger, "view": view});
                    app.call("views.open", &body, DIALOGUE_PATIENCE)
                })
                .await
            };
            let Err(trouble) = opened else {
                return;
            };
            let words = match &trouble {
                Trouble::NoToken => {
                    "there is no dialogue yet: an admin can set oauth_access_token in [slack]"
                        .to_owned()
                }
                Trouble::Refused(word) if word.ends_with("trigger_id") => {
                    "Slack waited too long for the dialogue: press again".to_owned()
                }
                Trouble::Refused(word) | Trouble::Away(word) => {
                    format!("Slack did not open the dialogue: {word}")
                }
            };
            let line = format!("views.open: {}", trouble.words());
            context.refuse(SOURCE, "dialogue", &line);
            let told = move || slack.whisper(&place, &words);
            asking(Whom::Vendor, told).await;
        }));
    }
}

/// Why an answer is not on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Untaken {
    Repeated,
    NoDisk,
}
