//! What *More…* offers.

use super::{Heard, Posts, Stage, id};

/// Downtimes need a list of people.
fn stage() -> Stage {
    let allow = format!("[answers]\nallow = [\"mattermost:{}\"]\n", id("max"));
    Stage::with(Posts::ByWebhook, &allow)
}

#[test]
fn each_choice_reaches_the_core() {
    for (value, heard, command) in [
        (
            "acknowledge1h",
            "acknowledged",
            "ACKNOWLEDGE_SVC_PROBLEM;web01;Ping;",
        ),
        (
            "acknowledge4h",
            "acknowledged",
            "ACKNOWLEDGE_SVC_PROBLEM;web01;Ping;",
        ),
        (
            "acknowledgeUntilMorning",
            "acknowledged",
            "ACKNOWLEDGE_SVC_PROBLEM;web01;Ping;",
        ),
        (
            "downtime1h",
            "the downtime has begun",
            "SCHEDULE_SVC_DOWNTIME;web01;Ping;",
        ),
        (
            "downtime4h",
            "the downtime has begun",
            "SCHEDULE_SVC_DOWNTIME;web01;Ping;",
        ),
        (
            "downtime24h",
            "the downtime has begun",
            "SCHEDULE_SVC_DOWNTIME;web01;Ping;",
        ),
        (
            "recheck",
            "checked again",
            "SCHEDULE_FORCED_SVC_CHECK;web01;Ping;",
        ),
    ] {
        let stage = stage();
        let post = stage.problem();
        stage
            .choose(&post.reference, value, "max")
            .hears(&format!("web01 / Ping: {heard}"));
        let commands = stage.nagios.commands();
        assert_eq!(commands.len(), 1, "{value}: {commands:?}");
        assert!(commands[0].contains(command), "{value}: {commands:?}");
        let page = stage.post(&post.reference).page;
        match value.starts_with("acknowledge") {
            true => assert!(page.contains(" until "), "{value}: {page}"),
            false => assert_eq!(page, post.page, "{value}"),
        }
    }
}

#[test]
fn an_acknowledgement_is_removed_and_the_post_says_so() {
    let stage = stage();
    let before = stage.problem();
    let post = &before.reference;
    stage
        .click(post, "acknowledge", "max")
        .hears("acknowledged");
    stage
        .choose(post, "removeAcknowledgement", "max")
        .hears("the acknowledgement was removed");
    assert_eq!(
        stage.nagios.standing("web01", Some("Ping")).acknowledged,
        None
    );
    assert_eq!(stage.post(post).page, before.page);
    stage
        .click(post, "acknowledge", "max")
        .hears("acknowledged");
}

#[test]
fn a_choice_that_was_not_offered_does_nothing() {
    let stage = stage();
    let before = stage.problem();
    for value in ["", "downtime9999h", "acknowledge", "recheck;x"] {
        stage
            .choose(&before.reference, value, "max")
            .hears("not one of the monitoring's");
    }
    assert_eq!(stage.nagios.commands(), [""; 0]);
    assert_eq!(stage.post(&before.reference).page, before.page);
}
