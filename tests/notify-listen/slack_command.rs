//! The slash command.

use notify_test::listener::{Listener, Reply};

use crate::slack_stage::{ALLOW, MAX, SIGNING_SECRET, Stage, Way};

fn say(stage: &Stage, listener: &Listener, text: &str) -> Reply {
    let form = stage.preview.slack_command(text, "C0000OPS0", MAX);
    listener.post_as_slack("/slack/command", SIGNING_SECRET, &form)
}

#[test]
fn a_command_is_answered_at_once_and_its_outcome_follows() {
    let stage = Stage::new(Way::Token, ALLOW);
    let listener = stage.bench.start();
    let said = say(
        &stage,
        &listener,
        "ack web01/Ping disk &amp; &lt;ordered&gt;",
    );
    let said = said.status(200).json();
    assert_eq!(said["response_type"], "ephemeral");
    assert_eq!(said["text"], "on it: acknowledge web01 / Ping");
    let (author, comment) = stage.nagios.until_acknowledged("web01", Some("Ping"));
    assert_eq!(author, "Max Mustermann");
    assert!(comment.starts_with("disk & <ordered>"), "{comment}");
    let whisper = stage.until_whispered("web01 / Ping: acknowledged");
    assert_eq!(
        (whisper.user.as_str(), whisper.channel.as_str()),
        ("UMAX", "C0000OPS0")
    );
}

#[test]
fn what_is_not_understood_is_answered_and_does_nothing() {
    let stage = Stage::new(Way::Token, ALLOW);
    let listener = stage.bench.start();
    for text in [
        "",
        "help",
        "dance",
        "ack",
        "ack nosuchhost",
        "downtime web01/Ping soon",
    ] {
        let said = say(&stage, &listener, text).status(200).json();
        assert_eq!(said["response_type"], "ephemeral", "{text}");
        assert_ne!(said["text"], "", "{text}");
    }
    assert!(stage.nagios.commands().is_empty());
}

#[test]
fn a_command_of_somebody_who_may_not_is_refused() {
    let stage = Stage::new(Way::Token, "[answers]\nallow = [\"slack:UERIKA\"]\n");
    let listener = stage.bench.start();
    say(&stage, &listener, "ack web01/Ping").status(200);
    stage.until_whispered("web01 / Ping: you may not answer here");
    assert!(stage.nagios.commands().is_empty());
}

#[test]
fn slacks_look_at_the_certificate_is_answered() {
    let stage = Stage::new(Way::Token, ALLOW);
    let listener = stage.bench.start();
    listener.get("/slack/command?ssl_check=1").status(200);
    listener.get("/slack/command").status(405);
    let reply = listener.post_as_slack("/slack/command", SIGNING_SECRET, "ssl_check=1&token=x");
    reply.status(200);
}
