//! Who may answer in Slack.

use notify_test::SlackPerson;

use crate::slack_stage::{MAX, Stage, Way};

fn refused(stage: &Stage, who: SlackPerson, why: &str) {
    let listener = stage.bench.start();
    stage.press(&listener, "acknowledge", who).status(200);
    let whisper = stage.until_whispered(why);
    assert_eq!(whisper.user, who.id);
    assert!(
        whisper.text.starts_with("web01 / Ping: "),
        "{}",
        whisper.text
    );
    listener.until_it_says(why);
    assert!(stage.nagios.commands().is_empty());
}

#[test]
fn without_a_list_full_members_of_the_own_workspace_answer_and_nobody_else() {
    for (id, why) in [
        ("UGUESTANNA", "a guest may not answer"),
        ("UULTRAANNA", "a guest may not answer"),
        (
            "USTRANGER",
            "somebody from another workspace may not answer",
        ),
        ("UBOT", "a bot may not answer"),
        ("UDELETED", "a deactivated account may not answer"),
        ("UNOSUCH", "Slack does not know you in this workspace"),
    ] {
        let stage = Stage::new(Way::Token, "");
        stage.problem();
        refused(&stage, SlackPerson::new(id), why);
    }
    let stage = Stage::new(Way::Token, "");
    let listener = stage.bench.start();
    stage.problem();
    stage.press(&listener, "acknowledge", MAX).status(200);
    stage.nagios.until_acknowledged("web01", Some("Ping"));
}

#[test]
fn without_a_list_and_a_token_nobody_answers_and_hears_what_an_admin_can_do() {
    let stage = Stage::new(Way::Webhook, "");
    stage.problem();
    refused(
        &stage,
        MAX,
        "an admin can add allow = [\"slack:UMAX\"] to [answers]",
    );
}

#[test]
fn a_token_that_may_not_look_people_up_says_which_scope_is_missing() {
    let stage = Stage::new(Way::Webhook, "");
    let section = stage.section().replace(
        "two_way",
        "oauth_access_token = \"xoxb-missingscope\"\ntwo_way",
    );
    stage.bench.config(
        crate::slack_stage::LISTEN,
        &format!("{section}{}", stage.nagios.config()),
    );
    stage.problem();
    refused(&stage, MAX, "give the app the scope users:read");
}

#[test]
fn a_list_is_all_that_counts() {
    let stage = Stage::new(Way::Token, "[answers]\nallow = [\"slack:UERIKA\"]\n");
    stage.problem();
    refused(
        &stage,
        MAX,
        "an admin can add \"slack:UMAX\" to allow in [answers]",
    );
}

#[test]
fn a_list_may_name_channels_and_the_core_hears_its_contacts_name() {
    let more = "[answers]\nallow = [\"slack:channel:C0000OPS0\"]\n[answers.contacts]\n\"slack:UMAX\" = \"mmustermann\"\n";
    let stage = Stage::new(Way::Token, more);
    let listener = stage.bench.start();
    stage.problem();
    stage.press(&listener, "acknowledge", MAX).status(200);
    let (author, _) = stage.nagios.until_acknowledged("web01", Some("Ping"));
    assert_eq!(author, "mmustermann");
}

#[test]
fn slack_that_does_not_say_who_somebody_is_is_asked_again() {
    let stage = Stage::new(Way::Token, "");
    let listener = stage.bench.start();
    stage.problem();
    let away = notify_test::Answer::json(
        200,
        serde_json::json!({"ok": false, "error": "internal_error"}),
    );
    let form = stage.form("acknowledge", MAX);
    stage.preview.answer_path("/api/auth.test", away);
    stage.interact(&listener, &form).status(200);
    stage.until_whispered("kept, and tried again until the core takes it: Slack: internal_error");
    assert!(stage.nagios.commands().is_empty());
    let own = serde_json::json!({"ok": true, "team_id": "T00000000"});
    stage
        .preview
        .answer_path("/api/auth.test", notify_test::Answer::json(200, own));
    stage.nagios.until_acknowledged("web01", Some("Ping"));
}
