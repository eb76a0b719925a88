//! With a core whose files are real, and whose mind is the tests' own.

mod stage;

use notify_core::answer::marked;
use notify_core::notification::{State, Subject};
use notify_core::reference;
use notify_core::state_folder::known::{Known, Open, Seen};
use notify_core::state_folder::lane;
use notify_test::fake_nagios::Temper;

use super::*;
use crate::answer::Wish;
use stage::*;

#[test]
fn done_is_what_the_core_s_status_says() {
    let mut stage = Stage::new();
    let answer = stage.answer(max(), &ping(), acknowledge("disk ordered"));
    let id = answer.id.clone();
    let heard = stage.take(answer);
    assert_eq!(stage.outcome(heard), Outcome::Done);
    let standing = stage.nagios.standing("web01", Some("Ping"));
    let said = ("Max".to_owned(), marked("disk ordered", &id));
    assert_eq!(standing.acknowledged, Some(said));
    assert!(standing.sticky);
    assert_eq!(stage.pending(), []);
    let done: Answer = stage.folder().done_answer(&id).unwrap().unwrap();
    assert_eq!(done.outcome, Some(Outcome::Done));

    let heard = stage.ask(max(), &Subject::host("web01"), acknowledge(""));
    assert_eq!(stage.outcome(heard), Outcome::Done);
    let (_, comment) = stage.nagios.until_acknowledged("web01", None);
    assert!(
        comment.starts_with("acknowledged via Slack [#"),
        "{comment}"
    );
}

#[test]
fn done_is_what_the_core_s_notification_says() {
    let mut stage = Stage::new();
    stage.nagios.temper(Temper::Silent);
    let answer = stage.answer(max(), &ping(), acknowledge(""));
    let id = answer.id.clone();
    let heard = stage.take(answer);
    stage.nagios.until_acknowledged("web01", Some("Ping"));
    assert_eq!(stage.pending().len(), 1);
    stage.folder().answer_was_seen(&id).unwrap();
    assert_eq!(stage.outcome(heard), Outcome::Done);

    // Its status does not show that yet.
    let heard = stage.ask(ann(), &ping(), for_seconds(600.0));
    let already = Outcome::AlreadyAcknowledged("Max".to_owned());
    assert_eq!(stage.outcome(heard), already);
    assert_eq!(stage.commands().len(), 1);
}

#[test]
fn a_command_that_vanished_is_given_again_after_the_status_said_no() {
    let mut stage = Stage::new();
    stage.nagios.temper(Temper::DeafFor(1));
    let heard = stage.max(acknowledge(""));
    stage.nagios.until("the command", |nagios| {
        (nagios.commands().len() == 1).then_some(())
    });
    stage.nagios.time_passes(10);
    assert_eq!(stage.outcome(heard), Outcome::Done);
    assert_eq!(stage.commands().len(), 2);
}

#[test]
fn a_core_that_does_not_take_it_is_told_three_times() {
    let mut stage = Stage::new();
    stage.nagios.temper(Temper::Deaf);
    stage.nagios.time_passes(10);
    let heard = stage.max(acknowledge(""));
    assert_eq!(stage.outcome(heard), Outcome::NotTaken);
    assert_eq!(stage.commands().len(), 3);
}

#[test]
fn while_the_core_is_away_everybody_hears_that_it_waits() {
    let mut stage = Stage::new();
    stage.nagios.sleep();
    let first = stage.max(acknowledge("first"));
    assert!(
        stage
            .waits(&first)
            .contains("is read by nobody: start the core")
    );
    let second = stage.ask(ann(), &ping(), acknowledge("second"));
    stage.waits(&second);
    stage.nagios.wake();
    assert_eq!(stage.outcome(first), Outcome::Done);
    assert_eq!(stage.outcome(second), Outcome::Done);
    let commands = stage.commands();
    assert_eq!(commands.len(), 2, "{commands:#?}");
    assert!(commands[0].starts_with("ACKNOWLEDGE_SVC_PROBLEM;web01;Ping;2;1;0;Max;first"));
    let also = "ADD_SVC_COMMENT;web01;Ping;1;Ann;also acknowledged via Slack: second";
    assert!(commands[1].starts_with(also), "{commands:#?}");
}

#[test]
fn a_core_that_has_taken_its_status_away_is_waited_for() {
    let mut stage = Stage::new();
    stage.nagios.sleep();
    stage.nagios.remove_status();
    let heard = stage.max(acknowledge(""));
    assert!(
        stage
            .waits(&heard)
            .contains("does not exist: start the core")
    );
    stage.nagios.wake();
    assert_eq!(stage.outcome(heard), Outcome::Done);
}

#[test]
fn what_is_acknowledged_is_not_acknowledged_again() {
    let mut stage = Stage::new();
    stage
        .nagios
        .acknowledge("web01", Some("Ping"), "Eve", "in the browser");
    let heard = stage.max(for_seconds(600.0));
    let already = Outcome::AlreadyAcknowledged("Eve".to_owned());
    assert_eq!(stage.outcome(heard), already);
    assert_eq!(stage.commands(), [] as [&str; 0]);

    let heard = stage.max(acknowledge("me too"));
    assert_eq!(stage.outcome(heard), Outcome::Done);
    let standing = stage.nagios.standing("web01", Some("Ping"));
    assert_eq!(standing.acknowledged.unwrap().0, "Eve");
    assert_eq!(standing.comments[0].0, "Max");
}

#[test]
fn who_is_quicker_than_the_status_acknowledges_what_the_message_says() {
    let mut stage = Stage::new();
    stage.nagios.service("web01", "Ping", 0);
    stage.nagios.temper(Temper::Silent);
    stage.nagios.service("web01", "Ping", 2);
    let reference = reference::reference("berlin", &ping());
    let known = Known {
        format: 1,
        reference: reference.clone(),
        subject: ping(),
        open: Some(Open {
            state: Some(State::Critical),
            since: 0.0,
            vendor: None,
            seen: Seen::Surely,
        }),
        ..Known::default()
    };
    let lane = "slack:default".parse().unwrap();
    let folder = stage.folder();
    folder
        .remember(&lane, lane::object(&reference), &known)
        .unwrap();
    stage.max(acknowledge(""));
    stage.nagios.until_acknowledged("web01", Some("Ping"));
    assert!(stage.nagios.standing("web01", Some("Ping")).sticky);
}

#[test]
fn what_is_fine_or_unknown_is_said_and_nothing_is_told_to_the_core() {
    let mut stage = Stage::new();
    stage.nagios.service("web01", "Ping", 0);
    stage.nagios.time_passes(10);
    let heard = stage.max(acknowledge(""));
    assert_eq!(stage.outcome(heard), Outcome::Recovered);
    let heard = stage.ask(max(), &Subject::host("web02"), acknowledge(""));
    assert_eq!(stage.outcome(heard), Outcome::UnknownObject);
    let heard = stage.max(remove());
    assert_eq!(stage.outcome(heard), Outcome::NotAcknowledged);
    assert_eq!(stage.commands(), [] as [&str; 0]);
}

#[test]
fn a_recovery_that_the_status_does_not_show_yet_is_found_out() {
    let mut stage = Stage::new();
    stage.nagios.temper(Temper::Silent);
    stage.nagios.service("web01", "Ping", 0);
    let heard = stage.max(acknowledge(""));
    stage
        .nagios
        .until("the command", |nagios| nagios.commands().pop());
    stage.nagios.temper(Temper::Willing);
    stage.nagios.time_passes(10);
    assert_eq!(stage.outcome(heard), Outcome::Recovered);
    assert_eq!(stage.commands().len(), 1);
}

#[test]
fn an_acknowledgement_is_removed_and_another_may_follow() {
    let mut stage = Stage::new();
    for _ in 0..2 {
        let heard = stage.max(acknowledge(""));
        assert_eq!(stage.outcome(heard), Outcome::Done);
        let heard = stage.max(remove());
        assert_eq!(stage.outcome(heard), Outcome::Done);
        let standing = stage.nagios.standing("web01", Some("Ping"));
        assert_eq!(standing.acknowledged, None);
    }
    let commands = stage.commands();
    assert_eq!(commands[3], "REMOVE_SVC_ACKNOWLEDGEMENT;web01;Ping");
}

#[test]
fn a_downtime_a_check_and_a_comment_are_read_back() {
    let mut stage = Stage::new();
    let begun = Moment::read().wall;
    let heard = stage.max(Wish::Downtime {
        comment: "kernel; really".to_owned(),
        seconds: 600,
    });
    assert_eq!(stage.outcome(heard), Outcome::Done);
    let heard = stage.max(Wish::Recheck);
    assert_eq!(stage.outcome(heard), Outcome::Done);
    let heard = stage.max(comment("looks like\nthe disk"));
    assert_eq!(stage.outcome(heard), Outcome::Done);

    let standing = stage.nagios.standing("web01", Some("Ping"));
    let downtime = &standing.downtimes[0];
    assert_eq!(downtime.end - downtime.start, 600);
    assert!((downtime.start as f64 - begun).abs() < 30.0, "{downtime:?}");
    assert!(
        downtime.comment.starts_with("kernel, really [#"),
        "{downtime:?}"
    );
    assert!(standing.last_check as f64 + 1.0 > begun);
    let (author, comment) = &standing.comments[0];
    assert_eq!(author, "Max");
    assert!(comment.starts_with("looks like the disk [#"), "{comment}");
}

#[test]
fn a_check_that_takes_its_time_holds_nobody_up() {
    let mut stage = Stage::new();
    stage.nagios.temper(Temper::DeafFor(1));
    let check = stage.max(Wish::Recheck);
    stage
        .nagios
        .until("the command", |nagios| nagios.commands().pop());
    let heard = stage.max(acknowledge(""));
    assert_eq!(stage.outcome(heard), Outcome::Done);
    assert_eq!(*check.borrow(), None);
}

#[test]
fn the_core_is_told_the_name_that_it_knows() {
    let mut stage = Stage::new();
    let shouted = Subject {
        host: "WEB01".to_owned(),
        service: Some("PING".to_owned()),
    };
    let heard = stage.ask(max(), &shouted, acknowledge(""));
    assert_eq!(stage.outcome(heard), Outcome::Done);
    assert!(stage.commands()[0].starts_with("ACKNOWLEDGE_SVC_PROBLEM;web01;Ping;"));
}

#[test]
fn answers_about_one_object_keep_their_order() {
    let mut stage = Stage::new();
    stage.nagios.sleep();
    let texts: Vec<String> = (0..8).map(|number| format!("number {number}")).collect();
    let heard: Vec<Heard> = texts.iter().map(|text| stage.max(comment(text))).collect();
    stage.nagios.wake();
    for one in heard {
        assert_eq!(stage.outcome(one), Outcome::Done);
    }
    let comments = stage.nagios.standing("web01", Some("Ping")).comments;
    let said: Vec<&str> = comments
        .iter()
        .map(|(_, text)| text.split(" [#").next().unwrap())
        .collect();
    assert_eq!(said, texts);
    let Listener { desk, runtime } = stage.listener();
    runtime.block_on(desk.finish(PATIENCE));
    assert_eq!(desk.pending().answers, 0);
}

#[test]
fn whatever_somebody_is_called_and_says_is_one_command() {
    let mut stage = Stage::new();
    let eve = person("U1", "Eve;2\n[0] SHUTDOWN_PROGRAM\u{202E}$(id)`id`\"");
    let said = "a\n[1800000000] DISABLE_NOTIFICATIONS\r\nb;c\0d $(touch pwned) `touch pwned` \"quoted\" \\";
    let heard = stage.ask(eve, &ping(), acknowledge(said));
    assert_eq!(stage.outcome(heard), Outcome::Done);
    let nobody = person("U2", "\u{202E}\0\n");
    let heard = stage.ask(nobody, &Subject::host("web01"), acknowledge("\u{202E}"));
    assert_eq!(stage.outcome(heard), Outcome::Done);

    let commands = stage.commands();
    assert_eq!(commands.len(), 2, "{commands:#?}");
    assert_eq!(commands[0].split(';').count(), 8, "{commands:#?}");
    let (author, comment) = stage.nagios.until_acknowledged("web01", Some("Ping"));
    assert_eq!(author, "Eve,2 [0] SHUTDOWN_PROGRAM＄(id)ˋidˋ”");
    let expected =
        "a [1800000000] DISABLE_NOTIFICATIONS b,cd ＄(touch pwned) ˋtouch pwnedˋ ”quoted” ＼ [#";
    assert!(comment.starts_with(expected), "{comment}");
    let (author, comment) = stage.nagios.until_acknowledged("web01", None);
    assert_eq!(author, "slack:U2");
    assert!(
        comment.starts_with("acknowledged via Slack [#"),
        "{comment}"
    );
}

#[test]
fn who_may_not_answer_hears_why() {
    let mut stage = Stage::new();
    let heard = stage.ask(person("U3", "Eve"), &ping(), acknowledge(""));
    let Outcome::NotAllowed(why) = stage.outcome(heard) else {
        panic!("she may");
    };
    assert!(why.contains("\"slack:U3\""), "{why}");

    stage.allow = false;
    stage.restart();
    let heard = stage.max(Wish::Downtime {
        comment: String::new(),
        seconds: 60,
    });
    let Outcome::NotAllowed(why) = stage.outcome(heard) else {
        panic!("downtimes need the list");
    };
    assert!(why.contains("downtimes need a list"), "{why}");
    let heard = stage.max(acknowledge(""));
    assert_eq!(stage.outcome(heard), Outcome::Done);

    stage.start(Membership::Not("guests may not".to_owned()));
    let heard = stage.max(remove());
    let guest = Outcome::NotAllowed("guests may not".to_owned());
    assert_eq!(stage.outcome(heard), guest);
    assert_eq!(stage.commands().len(), 1);
}

#[test]
fn an_acknowledgement_expires_even_over_a_restart() {
    let mut stage = Stage::new();
    let heard = stage.max(for_seconds(4.0));
    assert_eq!(stage.outcome(heard), Outcome::Done);
    let (_, said) = stage.nagios.until_acknowledged("web01", Some("Ping"));
    assert!(said.contains("acknowledged via Slack (for "), "{said}");
    // Another one, which has no end, for the same object's host.
    let heard = stage.ask(max(), &Subject::host("web01"), acknowledge(""));
    assert_eq!(stage.outcome(heard), Outcome::Done);

    assert_eq!(stage.restart(), 1);
    stage.nagios.until("its end", |nagios| {
        let standing = nagios.standing("web01", Some("Ping"));
        standing.acknowledged.is_none().then_some(())
    });
    let (author, text) = stage.nagios.until("a word about it", |nagios| {
        nagios.standing("web01", Some("Ping")).comments.pop()
    });
    assert_eq!(author, "Max");
    let words = "the acknowledgement by Max has expired [#";
    assert!(text.starts_with(words), "{text}");
    assert!(stage.nagios.standing("web01", None).acknowledged.is_some());
}

#[test]
fn an_expiry_leaves_somebody_else_s_acknowledgement_alone() {
    let mut stage = Stage::new();
    let heard = stage.max(for_seconds(2.0));
    assert_eq!(stage.outcome(heard), Outcome::Done);
    stage
        .nagios
        .acknowledge("web01", Some("Ping"), "Eve", "in the browser");
    stage.nagios.until("the expiry's end", |_| {
        stage.pending().is_empty().then_some(())
    });
    assert_eq!(stage.commands().len(), 1);
    let standing = stage.nagios.standing("web01", Some("Ping"));
    assert_eq!(standing.acknowledged.unwrap().0, "Eve");
}

/// Kept, and the process died.
fn crashed(stage: &mut Stage, given: Option<f64>) -> Answer {
    let mut answer = stage.answer(max(), &ping(), acknowledge(""));
    answer.given = given;
    answer.times_given = u32::from(given.is_some());
    stage.folder().keep_answer(&answer.id, &answer).unwrap();
    answer
}

#[test]
fn after_a_crash_the_core_is_asked_before_it_is_told() {
    let now = Moment::read().wall;
    for (has_it, commands) in [(true, 0), (false, 1)] {
        let mut stage = Stage::new();
        let answer = crashed(&mut stage, Some(now - 20.0));
        if has_it {
            let said = marked("acknowledged via Slack", &answer.id);
            stage
                .nagios
                .acknowledge("web01", Some("Ping"), "Max", &said);
        }
        assert_eq!(stage.restart(), 1);
        stage
            .nagios
            .until("its end", |_| stage.pending().is_empty().then_some(()));
        let done: Answer = stage.folder().done_answer(&answer.id).unwrap().unwrap();
        assert_eq!(done.outcome, Some(Outcome::Done));
        assert_eq!(stage.commands().len(), commands);
    }
}

#[test]
fn after_a_crash_what_was_seen_or_never_given_ends_well() {
    let mut stage = Stage::new();
    let answer = crashed(&mut stage, None);
    stage.folder().answer_was_seen(&answer.id).unwrap();
    let unseen = crashed(&mut stage, None);
    stage.restart();
    stage
        .nagios
        .until("their end", |_| stage.pending().is_empty().then_some(()));
    for (answer, outcome) in [
        (answer, Outcome::Done),
        (unseen, Outcome::AlreadyAcknowledged("Max".to_owned())),
    ] {
        let done: Answer = stage.folder().done_answer(&answer.id).unwrap().unwrap();
        assert_eq!(done.outcome, Some(outcome));
    }
    assert_eq!(stage.commands(), [] as [&str; 0]);
}

#[test]
fn an_answer_that_comes_again_is_no_second_one() {
    let mut stage = Stage::new();
    let answer = stage.answer(max(), &ping(), acknowledge(""));
    let heard = stage.take(answer.clone());
    let Listener { desk, runtime } = stage.listener();
    for _ in 0..2 {
        let taken = runtime.block_on(desk.take(answer.clone())).unwrap();
        assert!(matches!(taken, Taken::Repeated));
        stage.outcome(heard.clone());
    }
    assert_eq!(stage.commands().len(), 1);
}
