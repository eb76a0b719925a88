//! The slash command.

use notify_test::listener::Reply;

use super::{Posts, SLASH_TOKEN, Stage, id};

const COMMAND: &str = "/mattermost/command";
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

fn form(token: &str, text: &str) -> String {
    let text: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    format!(
        "channel_id={}&channel_name=alerts&command=%2Fmon&response_url=http%3A%2F%2F127.0.0.1%2F&team_domain=ops&team_id={}&text={text}&token={token}&trigger_id=t{text}&user_id={}&user_name=max",
        id("alerts"),
        id("team"),
        id("max"),
    )
}

fn write(stage: &Stage, headers: &[(&str, &str)], body: &str) -> Reply {
    stage.while_it_writes(|| stage.listener.post(COMMAND, headers, body.as_bytes()))
}

fn heard(reply: &Reply) -> String {
    let answer = reply.status(200).json();
    assert_eq!(answer["response_type"], "ephemeral");
    answer["text"].as_str().expect("a text").to_owned()
}

#[test]
fn what_somebody_writes_reaches_the_core() {
    let stage = Stage::new(Posts::ByWebhook);
    let reply = write(
        &stage,
        &[FORM],
        &form(SLASH_TOKEN, "ack web01/Ping disk ordered"),
    );
    assert_eq!(heard(&reply), "web01 / Ping: acknowledged");
    let (author, comment) = stage.nagios.until_acknowledged("web01", Some("Ping"));
    assert_eq!(author, "max");
    assert!(comment.starts_with("disk ordered"), "{comment}");
}

#[test]
fn the_same_command_sent_twice_is_taken_once() {
    let stage = Stage::new(Posts::ByWebhook);
    let body = form(SLASH_TOKEN, "ack web01/Ping");
    heard(&write(&stage, &[FORM], &body));
    assert_eq!(
        heard(&write(&stage, &[FORM], &body)),
        "this command was taken already"
    );
    assert_eq!(stage.nagios.commands().len(), 1);
}

#[test]
fn its_token_may_stand_in_the_header_or_in_the_form() {
    let stage = Stage::new(Posts::ByWebhook);
    let header = format!("Token {SLASH_TOKEN}");
    let in_header = [FORM, ("Authorization", header.as_str())];
    heard(&write(&stage, &in_header, &form("", "help")));
    heard(&write(&stage, &in_header, &form(SLASH_TOKEN, "help")));
    let help = heard(&write(&stage, &[FORM], &form(SLASH_TOKEN, "help")));
    assert!(help.contains("`ack "), "{help}");
}

#[test]
fn without_its_token_it_is_refused() {
    let stage = Stage::new(Posts::ByWebhook);
    for token in [
        "",
        "wrong",
        "mattermost-slash-toke",
        "mattermost-slash-tokenx",
    ] {
        write(&stage, &[FORM], &form(token, "ack web01/Ping")).status(401);
        let header = format!("Token {token}");
        let headers = [FORM, ("Authorization", header.as_str())];
        write(&stage, &headers, &form("", "ack web01/Ping")).status(401);
    }
    let bearer = format!("Bearer {SLASH_TOKEN}");
    let headers = [FORM, ("Authorization", bearer.as_str())];
    write(&stage, &headers, &form("", "ack web01/Ping")).status(401);
    assert_eq!(stage.nagios.commands(), [""; 0]);
}

#[test]
fn what_is_no_form_of_mattermosts_is_refused() {
    let stage = Stage::new(Posts::ByWebhook);
    let body = form(SLASH_TOKEN, "ack web01/Ping");
    write(&stage, &[], &body).status(415);
    write(&stage, &[("Content-Type", "application/json")], &body).status(415);
    write(&stage, &[FORM], &format!("{body}&x=%ff")).status(400);
    write(&stage, &[FORM], "").status(401);
    let get = stage.listener.get(&format!("{COMMAND}?{body}"));
    get.status(405);
    stage.listener.until_it_says("must be POST");
    let nobody = format!("token={SLASH_TOKEN}&text=ack+web01%2FPing");
    let words = heard(&write(&stage, &[FORM], &nobody));
    assert!(words.contains("did not say who wrote this"), "{words}");
    assert_eq!(stage.nagios.commands(), [""; 0]);
}
