//! A slash command: what somebody wrote behind it. Its token is all that proves it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use super::{Handed, Origin, SOURCE, news, said as answered, words};
use crate::answer::Answer;
use crate::desk::Taken;
use crate::form;
use crate::media_type;
use crate::signature;
use crate::spoken::{self, Said};
use crate::threads::{Whom, asking};

/// For the core to say which object is meant; the answer is waited for after it.
const UNDERSTANDING: Duration = Duration::from_secs(8);

pub async fn said(State(handed): State<Arc<Handed>>, headers: HeaderMap, body: Bytes) -> Response {
    if !media_type::is(&headers, media_type::FORM) {
        handed
            .context
            .refuse(SOURCE, "content_type", "a slash command that is no form");
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "send a form\n").into_response();
    }
    let Some(fields) = form::fields(&body) else {
        handed
            .context
            .refuse(SOURCE, "not_utf8", "a slash command that is no UTF-8");
        return (StatusCode::BAD_REQUEST, "that is no UTF-8\n").into_response();
    };
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    if let Err(reason) = proven(&handed, &headers, field("token")) {
        handed.context.refuse(
            SOURCE,
            reason,
            "a slash command without its token: set slash_token to what Mattermost shows",
        );
        return (StatusCode::UNAUTHORIZED, "not the command's token\n").into_response();
    }
    let origin = Origin {
        user_id: field("user_id"),
        user_name: field("user_name"),
        channel_id: field("channel_id"),
        team_id: field("team_id"),
    };
    let Some(person) = origin.person() else {
        handed
            .context
            .refuse(SOURCE, "incomplete", "a slash command of nobody");
        let words = "the server did not say who wrote this";
        return answered(&words::to_writer(words));
    };
    let text = field("text").to_owned();
    let core = Arc::clone(handed.context.desk.core());
    let understood = asking(Whom::Core, move || spoken::understand(&text, &core));
    let (subject, wish) = match timeout(UNDERSTANDING, understood).await {
        Ok(Said::Wish { subject, wish }) => (subject, wish),
        Ok(Said::Answer(words)) => return answered(&words::to_writer(&words)),
        Err(_) => {
            let words = "the core did not say in time what it has: try again";
            return answered(&words::to_writer(words));
        }
    };
    let request =
        ["user_id", "channel_id", "trigger_id", "text"].map(|name| field(name).as_bytes());
    let answer = Answer::new(&request, person, subject, wish);
    let words = match handed.context.desk.take(answer.clone()).await {
        Ok(Taken::Kept(watched)) => words::about(&answer, &news(watched).await),
        Ok(Taken::Repeated) => "this command was taken already".to_owned(),
        Err(error) => {
            handed
                .context
                .log()
                .line(&format!("the state folder: {error}"));
            "the listener cannot write to its disk: tell an admin".to_owned()
        }
    };
    answered(&words::to_writer(&words))
}

/// The form has the token, and a header of newer servers as well.
fn proven(handed: &Handed, headers: &HeaderMap, in_form: &str) -> Result<(), &'static str> {
    let header = headers.get("authorization");
    let header = header.and_then(|header| header.to_str().ok());
    let in_header = header.and_then(|header| header.strip_prefix("Token "));
    let given: Vec<&str> = in_header
        .into_iter()
        .chain([in_form])
        .filter(|token| !token.is_empty())
        .collect();
    let tokens = &handed.mattermost.slash_tokens;
    // All of them, so that the time taken tells nothing.
    let matching = given
        .iter()
        .flat_map(|given| tokens.iter().filter(|token| signature::same(token, given)));
    match (given.is_empty(), matching.count()) {
        (true, _) => Err("token_missing"),
        (false, 0) => Err("token_wrong"),
        (false, _) => Ok(()),
    }
}
