//! Buttons under messages in Slack, pressed.

use std::time::Instant;

use notify_test::fake_nagios::Temper;

use crate::slack_stage::{ALLOW, ERIKA, MAX, Stage, TOKEN, Way, changed, labels};

#[test]
fn an_acknowledgement_by_a_webhooks_button_is_in_the_core_and_on_the_message() {
    let stage = Stage::new(Way::Webhook, ALLOW);
    let listener = stage.bench.start();
    stage.problem();
    assert_eq!(labels(&stage.message()), ["Acknowledge", "More…"]);
    let begun = Instant::now();
    let reply = stage.press(&listener, "acknowledge", MAX);
    assert_eq!((reply.status, reply.body.as_str()), (200, ""));
    assert!(begun.elapsed().as_secs_f64() < 1.0);
    let (author, comment) = stage.nagios.until_acknowledged("web01", Some("Ping"));
    assert_eq!(author, "max");
    assert!(comment.starts_with("acknowledged via Slack"), "{comment}");
    assert!(stage.nagios.standing("web01", Some("Ping")).sticky);
    let shown = stage.until_it_says("Acknowledged by max · ");
    assert_eq!(labels(&shown), ["Acknowledge too", "More…"]);
    assert!(shown.page.contains("100% packet loss"), "{}", shown.page);
    assert_eq!(shown.text, "🔴 CRITICAL web01 / Ping – 100% packet loss");
    listener.until_it_says("acknowledge by max (slack:UMAX in CWEBHOOK0): acknowledged");
    assert_eq!(stage.answers_pending(), 0);
    assert!(stage.preview.slack_whispers().is_empty());
}

#[test]
fn a_token_tells_the_persons_real_name() {
    let stage = Stage::new(Way::Webhook, "");
    let section = stage
        .section()
        .replace("two_way", &format!("{TOKEN}two_way"));
    let nagios = stage.nagios.config();
    stage
        .bench
        .config(crate::slack_stage::LISTEN, &format!("{section}{nagios}"));
    let listener = stage.bench.start();
    stage.problem();
    stage.press(&listener, "acknowledge", MAX).status(200);
    stage.until_it_says("Acknowledged by Max Mustermann · ");
    let (author, _) = stage.nagios.until_acknowledged("web01", Some("Ping"));
    assert_eq!(author, "Max Mustermann");
    // Once for each person, not for each click.
    stage.press(&listener, "acknowledge", MAX).status(200);
    stage.press(&listener, "acknowledge", MAX).status(200);
    let asked = stage.preview.received();
    let asked = asked.iter().filter(|one| one.path == "/api/users.info");
    assert_eq!(asked.count(), 1);
}

#[test]
fn who_acknowledges_too_stands_beside_who_did() {
    let stage = Stage::new(Way::Webhook, ALLOW);
    let listener = stage.bench.start();
    stage.problem();
    stage.press(&listener, "acknowledge", MAX).status(200);
    stage.until_it_says("Acknowledged by max · ");
    stage.press(&listener, "acknowledge", ERIKA).status(200);
    let shown = stage.until_it_says(", erika · ");
    assert_eq!(shown.page.matches("Acknowledged by").count(), 1);
    // The core keeps the first, and has a comment of the second.
    let standing = stage.nagios.standing("web01", Some("Ping"));
    assert_eq!(standing.acknowledged.expect("still").0, "max");
    let (author, comment) = &standing.comments[0];
    assert_eq!(author, "erika");
    assert!(
        comment.starts_with("also acknowledged via Slack"),
        "{comment}"
    );
}

#[test]
fn two_at_the_same_moment_both_stand_there() {
    let stage = Stage::new(Way::Webhook, ALLOW);
    let listener = stage.bench.start();
    stage.problem();
    // Both have the message before them as it was.
    let forms = [MAX, ERIKA].map(|who| stage.form("acknowledge", who));
    for form in &forms {
        stage.interact(&listener, form).status(200);
    }
    let shown = stage.until_it_says(", erika · ");
    assert!(
        shown.page.contains("Acknowledged by max · "),
        "{}",
        shown.page
    );
}

#[test]
fn a_message_that_the_notifiers_keep_is_drawn_by_the_cores_own_notification() {
    let stage = Stage::new(Way::Token, ALLOW);
    let listener = stage.bench.start();
    stage.problem();
    stage.press(&listener, "acknowledge", MAX).status(200);
    let (author, comment) = stage.nagios.until_acknowledged("web01", Some("Ping"));
    assert_eq!(author, "Max Mustermann");
    stage.until_whispered("web01 / Ping: acknowledged");
    assert_eq!(stage.message().updates, 0);
    stage.of_ping(
        "ACKNOWLEDGEMENT",
        &["--ackauthor", &author, "--ackcomment", &comment],
    );
    let shown = stage.message();
    assert_eq!(shown.updates, 1);
    assert_eq!(labels(&shown), ["Acknowledge too", "More…"]);
    assert!(!shown.page.contains("[#"), "{}", shown.page);
    // The new buttons work, too.
    stage.press(&listener, "acknowledge", ERIKA).status(200);
    stage.until("her comment", |stage| {
        let standing = stage.nagios.standing("web01", Some("Ping"));
        let mut comments = standing.comments.into_iter();
        comments.find(|(author, _)| author == "Erika Mustermann")
    });
}

#[test]
fn what_has_ended_already_is_said_to_who_pressed() {
    let stage = Stage::new(Way::Webhook, ALLOW);
    let listener = stage.bench.start();
    stage.problem();
    stage.nagios.service("web01", "Ping", 0);
    stage.press(&listener, "acknowledge", MAX).status(200);
    let whisper = stage.until_whispered("web01 / Ping: already recovered");
    assert_eq!(whisper.user, "UMAX");
    assert_eq!(labels(&stage.message()), ["Acknowledge", "More…"]);
    let standing = stage.nagios.standing("web01", Some("Ping"));
    assert_eq!(standing.acknowledged, None);
}

#[test]
fn a_core_that_is_down_gets_it_later_and_the_person_hears_so() {
    let mut stage = Stage::new(Way::Webhook, ALLOW);
    stage.nagios.sleep();
    let listener = stage.bench.start();
    stage.problem();
    stage.press(&listener, "acknowledge", MAX).status(200);
    stage.until_whispered("kept, and tried again until the core takes it");
    assert_eq!(stage.answers_pending(), 1);
    stage.nagios.wake();
    stage.until_it_says("Acknowledged by max · ");
}

#[test]
fn what_the_core_does_not_confirm_is_said_not_to_be_confirmed() {
    let stage = Stage::new(Way::Webhook, ALLOW);
    stage.nagios.temper(Temper::Silent);
    let listener = stage.bench.start();
    stage.problem();
    stage.press(&listener, "acknowledge", MAX).status(200);
    stage.until_whispered("web01 / Ping: sent, not yet confirmed by the core");
    assert_eq!(labels(&stage.message()), ["Acknowledge", "More…"]);
    stage.nagios.temper(Temper::Willing);
    stage.until_it_says("Acknowledged by max · ");
}

#[test]
fn an_answer_that_got_its_200_survives_a_kill() {
    let mut stage = Stage::new(Way::Webhook, ALLOW);
    stage.nagios.sleep();
    let listener = stage.bench.start();
    stage.problem();
    stage.press(&listener, "acknowledge", MAX).status(200);
    listener.kill();
    stage.nagios.wake();
    let _listener = stage.bench.start();
    stage.nagios.until_acknowledged("web01", Some("Ping"));
    stage.until_it_says("Acknowledged by max · ");
}

#[test]
fn a_disk_that_takes_nothing_is_told_and_nothing_reaches_the_core() {
    let stage = Stage::new(Way::Webhook, ALLOW);
    let listener = stage.bench.start();
    stage.problem();
    let form = stage.form("acknowledge", MAX);
    // Neither a folder can be made there nor a file.
    let answers = stage.bench.state().join("answers");
    std::fs::remove_dir_all(&answers).ok();
    std::fs::write(&answers, "").expect("a file");
    stage.interact(&listener, &form).status(200);
    stage.until_whispered("the listener cannot write to its disk");
    assert!(stage.nagios.commands().is_empty());
    listener.until_it_says("slack: the listener cannot write to its disk");
}

#[test]
fn only_slacks_own_addresses_are_answered() {
    let stage = Stage::new(Way::Webhook, ALLOW);
    let listener = stage.bench.start();
    stage.problem();
    let elsewhere =
        notify_test::Preview::start(notify_test::Options::default()).expect("it starts");
    let form = changed(&stage.form("acknowledge", MAX), |payload| {
        payload["response_url"] = format!("{}/actions/T1/1/x", elsewhere.url()).into();
    });
    stage.interact(&listener, &form).status(200);
    listener.until_it_says("acknowledged");
    stage.nagios.until_acknowledged("web01", Some("Ping"));
    assert!(elsewhere.received().is_empty());
}

#[test]
fn without_the_keys_there_is_no_button_and_a_dry_run_opens_nothing() {
    let stage = Stage::new(Way::Webhook, ALLOW);
    let line = [
        "--type",
        "Host",
        "--notificationtype",
        "PROBLEM",
        "--hostname",
        "web01",
        "--hoststate",
        "1",
    ];
    let shown = stage.notify(&[&line[..], &["--dry-run"]].concat());
    assert!(
        shown.stdout.contains("\"action_id\": \"acknowledge\""),
        "{}",
        shown.stdout
    );
    assert!(
        shown.stdout.contains("\\\"seal\\\":\\\"…\\\""),
        "{}",
        shown.stdout
    );
    assert!(
        shown.stdout.contains("\\\"nonce\\\":\\\"…\\\""),
        "{}",
        shown.stdout
    );
    stage
        .bench
        .config("", &format!("{}{}", stage.section(), stage.nagios.config()));
    stage
        .notify(&line)
        .says("two_way = true, but messages have no buttons");
    assert!(labels(&stage.message()).is_empty());
}
