//! The slash command.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::time::timeout;

use super::Part;
use super::clicks::Untaken;
use super::door::{Signed, WRONG_METHOD};
use super::payload::{self, Command};
use super::reply::Place;
use super::tell;
use crate::answer::{Answer, object};
use crate::form;
use crate::spoken::{self, Said};
use crate::threads::{Whom, asking};

/// Of Slack's three seconds: the core may take longer to say what it has.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// Slack asks now and then whether the certificate is good.
pub async fn ssl_check(State(part): State<Part>, RawQuery(query): RawQuery) -> Response {
    let fields = form::fields(query.unwrap_or_default().as_bytes());
    let asked = fields
        .as_ref()
        .and_then(|fields: &HashMap<_, _>| fields.get("ssl_check"));
    match asked.map(String::as_str) {
        Some("1") => StatusCode::OK.into_response(),
        _ => part.refused(WRONG_METHOD),
    }
}

pub async fn command(State(part): State<Part>, headers: HeaderMap, body: Bytes) -> Response {
    let signed = match part.let_in(&headers, &body) {
        Ok(signed) => signed,
        Err(why) => return part.refused(why),
    };
    let command = match payload::command(&body) {
        Ok(Some(command)) => command,
        Ok(None) => return StatusCode::OK.into_response(),
        Err(malformed) => return part.refused(malformed.into()),
    };
    let place = Place {
        response_url: command.response_url.clone(),
        app: part.app_name(&signed),
        ..Place::default()
    };
    let mut task = tokio::spawn(part.clone().obey(signed, command, place.clone()));
    let Ok(said) = timeout(PATIENCE, &mut task).await else {
        let later = part.clone();
        drop(tokio::spawn(async move {
            if let Ok(words) = task.await {
                later.whisper(&place, &words);
            }
        }));
        return part.json(&ephemeral("the core takes its time: I come back to you"));
    };
    match said {
        Ok(words) => part.json(&ephemeral(&words)),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

impl Part {
    /// What is said at once.
    async fn obey(self, signed: Signed, command: Command, place: Place) -> String {
        let (core, text) = (Arc::clone(self.context.desk.core()), command.text.clone());
        let said = asking(Whom::Core, move || spoken::understand(&text, &core)).await;
        let (subject, wish) = match said {
            Said::Answer(words) => return words,
            Said::Wish { subject, wish } => (subject, wish),
        };
        let begun = format!("on it: {} {}", wish.verb(), object(&subject));
        let person = self
            .person(signed.app, &command.user, &command.channel)
            .await;
        let answer = Answer::new(&[&signed.signature], person, subject, wish);
        match self.take(answer, &place).await {
            Ok(()) => begun,
            Err(Untaken::Repeated) => "this was said before".to_owned(),
            Err(Untaken::NoDisk) => {
                "the listener cannot write to its disk, so nothing was done: tell an admin"
                    .to_owned()
            }
        }
    }
}

fn ephemeral(words: &str) -> Value {
    // They are for Markdown, which is off here.
    let mut body = tell::words(&words.replace('`', ""));
    body["response_type"] = "ephemeral".into();
    body
}
