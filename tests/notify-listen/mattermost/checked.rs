//! What `--check` proves of Mattermost, and a server that does not answer.

use notify_test::Answer;
use serde_json::json;

use super::{Heard, Posts, Stage, id};

#[test]
fn whose_token_it_is_stands_in_the_check() {
    let stage = Stage::new(Posts::ByWebhook);
    let run = stage.bench.run(&["--check"]);
    assert!(
        run.stdout
            .contains("mattermost: the bot_token is monitoring's"),
        "{run:#?}"
    );
}

#[test]
fn a_token_that_the_server_refuses_is_a_fault() {
    let stage = Stage::of("bot_token = \"bad\"", "");
    let run = stage.bench.run(&["--check"]);
    assert!(
        run.stdout
            .contains("401: bot_token is not valid (any more)"),
        "{run:#?}"
    );
    assert_eq!(run.code, 2, "{run:#?}");
}

#[test]
fn who_cannot_be_looked_up_is_kept_waiting_and_told_so() {
    let stage = Stage::new(Posts::ByWebhook);
    let before = stage.problem();
    let path = format!("/api/v4/users/{}", id("max"));
    let away = Answer::json(503, json!({"id": "x"}));
    stage.preview.answer_path(&path, away);
    stage
        .click(&before.reference, "acknowledge", "max")
        .hears("kept, and tried again")
        .hears("Mattermost answered 503");
    assert_eq!(stage.post(&before.reference).page, before.page);
    assert_eq!(stage.nagios.commands(), [""; 0]);
    let known = json!({"id": id("max"), "roles": "system_user", "delete_at": 0});
    stage.preview.answer_path(&path, Answer::json(200, known));
    stage.nagios.until_acknowledged("web01", Some("Ping"));
}
