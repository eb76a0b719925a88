//! A core that does not answer at once.

use std::thread;

use notify_test::fake_nagios::Temper;

use super::{Heard, Posts, Stage};

#[test]
fn what_the_core_does_not_confirm_is_said_and_the_button_stays() {
    let stage = Stage::new(Posts::ByWebhook);
    let before = stage.problem();
    stage.nagios.temper(Temper::Silent);
    stage
        .click(&before.reference, "acknowledge", "max")
        .hears("sent, not yet confirmed by the core");
    let after = stage.post(&before.reference);
    assert_eq!((after.page, after.updates), (before.page, 0));
    // Nothing is lost: the next picture shows it.
    stage.nagios.temper(Temper::Willing);
    stage.listener.until_it_says("by max (mattermost:");
    stage.listener.until_it_says(": acknowledged");
}

#[test]
fn what_the_core_does_not_take_is_not_called_acknowledged() {
    let stage = Stage::new(Posts::ByWebhook);
    let before = stage.problem();
    stage.nagios.temper(Temper::Deaf);
    stage
        .click(&before.reference, "acknowledge", "max")
        .hears("sent, not yet confirmed by the core");
    assert_eq!(stage.post(&before.reference).page, before.page);
}

#[test]
fn while_the_core_is_away_the_answer_waits_and_the_person_is_told() {
    let mut stage = Stage::new(Posts::ByWebhook);
    let before = stage.problem();
    stage.nagios.sleep();
    stage
        .click(&before.reference, "acknowledge", "max")
        .hears("kept, and tried again until the core takes it");
    assert_eq!(stage.post(&before.reference).page, before.page);
    stage.nagios.wake();
    stage.nagios.until_acknowledged("web01", Some("Ping"));
}

#[test]
fn who_waits_while_the_listener_stops_is_answered() {
    let stage = Stage::new(Posts::ByWebhook);
    let before = stage.problem();
    stage.nagios.temper(Temper::Silent);
    thread::scope(|scope| {
        scope.spawn(|| {
            stage.nagios.until("the order", |nagios| {
                (!nagios.commands().is_empty()).then_some(())
            });
            stage.listener.terminate();
        });
        stage
            .click(&before.reference, "acknowledge", "max")
            .hears("sent, not yet confirmed by the core");
    });
    stage.listener.until_it_says("stopped");
}
