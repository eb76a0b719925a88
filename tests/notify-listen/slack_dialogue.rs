//! The dialogue behind *More…*.

use notify_test::listener::Listener;
use notify_test::{SlackPerson, SlackView};

use crate::slack_stage::{ALLOW, LISTEN, MAX, SIGNING_SECRET, Stage, Way, changed, labels};

fn opened(stage: &Stage, listener: &Listener, who: SlackPerson) -> SlackView {
    let before = stage.preview.slack_views().len();
    stage.press(listener, "more", who).status(200);
    stage.until("the dialogue", |stage| {
        stage.preview.slack_views().get(before).cloned()
    })
}

fn chosen(stage: &Stage, listener: &Listener, choices: &[(&str, &str)]) {
    let view = opened(stage, listener, MAX);
    let reply = stage.interact(listener, &stage.preview.slack_submit(&view, choices));
    assert_eq!((reply.status, reply.body.as_str()), (200, ""));
}

/// What the dialogue says in which block.
fn refused(stage: &Stage, listener: &Listener, choices: &[(&str, &str)]) -> (String, String) {
    let view = opened(stage, listener, MAX);
    let form = stage.preview.slack_submit(&view, choices);
    let reply = stage.interact(listener, &form).status(200).json();
    assert_eq!(reply["response_action"], "errors");
    let errors = reply["errors"].as_object().expect("errors");
    let (block, why) = errors.iter().next().expect("an error");
    (block.clone(), why.as_str().expect("words").to_owned())
}

#[test]
fn it_names_the_object_and_acknowledges_with_a_comment_unless_told_otherwise() {
    let stage = Stage::new(Way::Token, ALLOW);
    let listener = stage.bench.start();
    stage.problem();
    let view = opened(&stage, &listener, MAX);
    assert_eq!(view.view["blocks"][0]["text"]["text"], "web01 / Ping");
    let form = stage
        .preview
        .slack_submit(&view, &[("comment", "disk ordered; $(id)")]);
    stage.interact(&listener, &form).status(200);
    let (author, comment) = stage.nagios.until_acknowledged("web01", Some("Ping"));
    assert_eq!(author, "Max Mustermann");
    assert!(comment.starts_with("disk ordered, ＄(id)"), "{comment}");
    // By the state: CRITICAL.
    assert!(stage.nagios.standing("web01", Some("Ping")).sticky);
    let whisper = stage.until_whispered("web01 / Ping: acknowledged");
    assert_eq!(whisper.user, "UMAX");
}

#[test]
fn an_acknowledgement_need_not_outlive_a_change_of_the_state() {
    let stage = Stage::new(Way::Token, ALLOW);
    let listener = stage.bench.start();
    stage.problem();
    chosen(&stage, &listener, &[("sticky", "no")]);
    stage.nagios.until_acknowledged("web01", Some("Ping"));
    assert!(!stage.nagios.standing("web01", Some("Ping")).sticky);
}

#[test]
fn an_acknowledgement_is_removed() {
    let stage = Stage::new(Way::Token, ALLOW);
    let listener = stage.bench.start();
    stage.problem();
    stage
        .nagios
        .acknowledge("web01", Some("Ping"), "Erika", "mine");
    chosen(&stage, &listener, &[("what", "remove")]);
    stage.until_whispered("web01 / Ping: the acknowledgement was removed");
    assert_eq!(
        stage.nagios.standing("web01", Some("Ping")).acknowledged,
        None
    );
}

#[test]
fn a_downtime_begins() {
    let stage = Stage::new(Way::Token, ALLOW);
    let listener = stage.bench.start();
    stage.problem();
    let choices = [
        ("what", "downtime"),
        ("duration", "1h30m"),
        ("comment", "kernel"),
    ];
    chosen(&stage, &listener, &choices);
    stage.until_whispered("web01 / Ping: the downtime has begun");
    let standing = stage.nagios.standing("web01", Some("Ping"));
    assert!(
        standing.downtimes[0].comment.starts_with("kernel"),
        "{standing:?}"
    );
    let command = stage.nagios.commands().pop().expect("a command");
    assert!(command.contains(";5400;"), "{command}");
}

#[test]
fn it_is_checked_again() {
    let stage = Stage::new(Way::Token, ALLOW);
    let listener = stage.bench.start();
    stage.problem();
    chosen(&stage, &listener, &[("what", "recheck")]);
    stage.until_whispered("web01 / Ping: checked again");
    assert!(stage.nagios.standing("web01", Some("Ping")).last_check > 0);
}

#[test]
fn a_comment_is_added() {
    let stage = Stage::new(Way::Token, ALLOW);
    let listener = stage.bench.start();
    stage.problem();
    chosen(
        &stage,
        &listener,
        &[("what", "comment"), ("comment", "a\nb")],
    );
    stage.until_whispered("web01 / Ping: the comment was added");
    let standing = stage.nagios.standing("web01", Some("Ping"));
    assert!(standing.comments[0].1.starts_with("a b"), "{standing:?}");
}

#[test]
fn an_acknowledgement_that_expires_is_taken_away_and_its_thread_says_so() {
    let stage = Stage::new(Way::Token, ALLOW);
    let listener = stage.bench.start();
    stage.problem();
    chosen(&stage, &listener, &[("until", "1m")]);
    stage.nagios.until_acknowledged("web01", Some("Ping"));
    stage.until("the timer", |stage| {
        (stage.answers_pending() == 1).then_some(())
    });
    listener.stop();
    // Its time has come meanwhile.
    let pending = stage.bench.state().join("answers/pending");
    let mut files = std::fs::read_dir(pending).expect("a folder");
    let file = files.next().expect("a timer").expect("a file").path();
    let text = std::fs::read_to_string(&file).expect("it is read");
    let mut timer: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    timer["due"] = 1_700_000_000.into();
    std::fs::write(&file, timer.to_string()).expect("it is written");
    let _listener = stage.bench.start();
    stage.until("the end", |stage| {
        let standing = stage.nagios.standing("web01", Some("Ping"));
        standing.acknowledged.is_none().then_some(())
    });
    stage.until("a reply", |stage| {
        let replies = stage.message().replies;
        let expired = "web01 / Ping: the acknowledgement by Max Mustermann has expired";
        replies
            .iter()
            .any(|reply| reply.text == expired)
            .then_some(())
    });
}

#[test]
fn what_is_wrong_is_said_in_its_block_and_nothing_is_done() {
    let stage = Stage::new(Way::Token, ALLOW);
    let listener = stage.bench.start();
    stage.problem();
    for (choices, block, why) in [
        (&[("what", "downtime")][..], "duration", "write it like 30m"),
        (
            &[("what", "downtime"), ("duration", "31d")],
            "duration",
            "30 days at most",
        ),
        (&[("until", "soon")], "until", "write it like 30m"),
        (
            &[("what", "comment"), ("comment", "  ")],
            "comment",
            "write something",
        ),
    ] {
        let (at, said) = refused(&stage, &listener, choices);
        assert_eq!(at, block);
        assert!(said.contains(why), "{said}");
    }
    assert!(stage.nagios.commands().is_empty());
    assert_eq!(stage.answers_pending(), 0);
}

#[test]
fn a_dialogue_of_somebody_s_own_making_does_nothing() {
    let stage = Stage::new(Way::Token, ALLOW);
    let listener = stage.bench.start();
    stage.problem();
    let view = opened(&stage, &listener, MAX);
    let form = stage.preview.slack_submit(&view, &[]);
    let metadata = view.view["private_metadata"].as_str().expect("metadata");
    for (from, to) in [
        ("Ping", "Disk"),
        ("\"more\"", "\"acknowledge\""),
        ("berlin", "paris"),
        ("C0000OPS0", "C0000OPS1"),
    ] {
        let forged = metadata.replace(from, to);
        assert_ne!(forged, metadata);
        let form = changed(&form, |payload| {
            payload["view"]["private_metadata"] = forged.into()
        });
        let reply = stage.interact(&listener, &form).status(200).json();
        assert_eq!(reply["response_action"], "errors");
    }
    for (key, value) in [("private_metadata", "{}"), ("callback_id", "theirs")] {
        let form = changed(&form, |payload| payload["view"][key] = value.into());
        assert_eq!(stage.interact(&listener, &form).status(200).body, "");
    }
    assert!(stage.nagios.commands().is_empty());
    assert_eq!(stage.answers_pending(), 0);
}

#[test]
fn without_a_token_the_person_hears_what_an_admin_can_do() {
    let stage = Stage::new(Way::Webhook, ALLOW);
    let listener = stage.bench.start();
    stage.problem();
    stage.press(&listener, "more", MAX).status(200);
    let whisper = stage.until_whispered("an admin can set oauth_access_token in [slack]");
    assert_eq!(whisper.user, "UMAX");
    assert!(stage.preview.slack_views().is_empty());
}

#[test]
fn slack_that_opens_no_dialogue_is_told_to_the_person() {
    let stage = Stage::new(Way::Token, ALLOW);
    let listener = stage.bench.start();
    stage.problem();
    let form = changed(&stage.form("more", MAX), |payload| {
        payload["trigger_id"] = "1.2.x".into();
    });
    stage.interact(&listener, &form).status(200);
    stage.until_whispered("Slack waited too long for the dialogue: press again");
}

#[test]
fn a_webhooks_message_shows_what_the_dialogue_did() {
    let stage = Stage::new(Way::Webhook, "");
    let section = stage
        .section()
        .replace("two_way", &format!("{}two_way", crate::slack_stage::TOKEN));
    stage.bench.config(
        LISTEN,
        &format!("{section}{}{ALLOW}", stage.nagios.config()),
    );
    let listener = stage.bench.start();
    stage.problem();
    chosen(&stage, &listener, &[("comment", "disk ordered")]);
    let shown = stage.until_it_says("Acknowledged by Max Mustermann · ");
    assert_eq!(labels(&shown), ["Acknowledge too", "More…"]);
    chosen(&stage, &listener, &[("what", "remove")]);
    stage.until("the first button", |stage| {
        (labels(&stage.message()) == ["Acknowledge", "More…"]).then_some(())
    });
    assert!(!stage.message().page.contains("Acknowledged by"));
}

#[test]
fn a_response_url_is_never_used_more_than_five_times() {
    let stage = Stage::new(Way::Token, ALLOW);
    let listener = stage.bench.start();
    stage.problem();
    let view = opened(&stage, &listener, MAX);
    for number in 0..8 {
        let comment = format!("number {number}");
        let choices = [("what", "comment"), ("comment", comment.as_str())];
        let form = stage.preview.slack_submit(&view, &choices);
        listener
            .post_as_slack("/slack/interaction", SIGNING_SECRET, &form)
            .status(200);
    }
    stage.until("all of them", |stage| {
        let standing = stage.nagios.standing("web01", Some("Ping"));
        (standing.comments.len() == 8 && stage.answers_pending() == 0).then_some(())
    });
    listener.stop();
    let posted = stage.preview.received();
    let posted = posted
        .iter()
        .filter(|one| one.path.starts_with("/actions/"));
    assert!(posted.count() <= 5);
}
