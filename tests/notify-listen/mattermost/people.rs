//! Who may answer.

use super::{Heard, Posts, Stage, id};

#[test]
fn guests_bots_strangers_and_whoever_left_are_refused_and_the_post_stays() {
    let stage = Stage::new(Posts::ByWebhook);
    let before = stage.problem();
    for (who, why) in [
        ("guest", "guests may not answer"),
        ("visitor", "guests may not answer"),
        ("robot", "bots may not answer"),
        ("gone", "deactivated"),
        ("outsider", "no member of this team"),
        ("nosuch", "the server does not know you"),
    ] {
        stage
            .click(&before.reference, "acknowledge", who)
            .hears(why);
    }
    assert_eq!(stage.nagios.commands(), [""; 0]);
    assert_eq!(stage.post(&before.reference).page, before.page);
    stage
        .click(&before.reference, "acknowledge", "max")
        .hears("acknowledged");
}

#[test]
fn with_a_list_only_those_on_it_may_answer_and_the_core_knows_its_contact() {
    let max = id("max");
    let answers = format!(
        "[answers]\nallow = [\"mattermost:{max}\"]\n[answers.contacts]\n\"mattermost:{max}\" = \"max.mustermann\"\n"
    );
    let stage = Stage::with(Posts::ByWebhook, &answers);
    let post = stage.problem().reference;
    stage
        .click(&post, "acknowledge", "erika")
        .hears(&format!("mattermost:{}", id("erika")));
    assert_eq!(stage.nagios.commands(), [""; 0]);
    stage
        .click(&post, "acknowledge", "max")
        .hears("acknowledged");
    let (author, _) = stage.nagios.until_acknowledged("web01", Some("Ping"));
    assert_eq!(author, "max.mustermann");
    // Nobody had to be looked up.
    let looked_up = stage.preview.received();
    assert!(looked_up.iter().all(|one| !one.path.contains("/users/")));
}

#[test]
fn downtimes_need_a_list() {
    let stage = Stage::new(Posts::ByWebhook);
    let post = stage.problem().reference;
    stage
        .choose(&post, "downtime1h", "max")
        .hears("downtimes need a list of people");
    assert_eq!(stage.nagios.commands(), [""; 0]);
}

#[test]
fn without_a_token_nobody_can_be_told_from_a_guest() {
    let stage = Stage::of("", "");
    let post = stage.problem().reference;
    stage
        .click(&post, "acknowledge", "max")
        .hears("without a bot\\_token");
    assert_eq!(stage.nagios.commands(), [""; 0]);
}

#[test]
fn a_member_is_looked_up_once() {
    let stage = Stage::new(Posts::ByWebhook);
    let post = stage.problem().reference;
    stage
        .click(&post, "acknowledge", "max")
        .hears("acknowledged");
    stage
        .click(&post, "acknowledge", "max")
        .hears("acknowledged");
    let looked_up = stage.preview.received();
    let of_max = looked_up
        .iter()
        .filter(|one| one.path.ends_with(&format!("/users/{}", id("max"))));
    assert_eq!(of_max.count(), 1);
}
