//! *Acknowledge* and *Acknowledge too*.

use std::thread;

use notify_test::Click;
use serde_json::json;

use super::{Heard, Posts, Stage, id};

#[test]
fn a_click_below_a_webhooks_post_acknowledges_and_everybody_sees_who() {
    acknowledges(Posts::ByWebhook);
}

#[test]
fn a_click_below_a_bots_post_acknowledges_and_everybody_sees_who() {
    acknowledges(Posts::ByBot);
}

fn acknowledges(posts: Posts) {
    let stage = Stage::new(posts);
    let before = stage.problem();
    assert!(
        before.page.contains("[ Acknowledge ]  [ More… ]"),
        "{}",
        before.page
    );
    stage
        .click(&before.reference, "acknowledge", "max")
        .hears("web01 / Ping: acknowledged");
    let (author, comment) = stage.nagios.until_acknowledged("web01", Some("Ping"));
    assert_eq!(author, "max");
    assert!(
        comment.starts_with("acknowledged via Mattermost"),
        "{comment}"
    );
    assert!(stage.nagios.standing("web01", Some("Ping")).sticky);

    let after = stage.post(&before.reference);
    assert_eq!(after.text, before.text);
    assert_eq!(after.colours, before.colours);
    let attachment = &after.body["props"]["attachments"][0];
    let text = attachment["text"].as_str().expect("a text");
    let before = before.body["props"]["attachments"][0]["text"]
        .as_str()
        .expect("a text")
        .to_owned();
    let line = text.strip_prefix(&before).expect("the text is still there");
    assert!(
        line.starts_with("\n\n👤 Acknowledged by @\u{200B}max · "),
        "{line:?}"
    );
    assert_eq!(attachment["actions"][0]["name"], "Acknowledge too");
    assert_eq!(attachment["actions"][1]["name"], "More…");
    stage.listener.until_it_says("web01 / Ping");
}

#[test]
fn a_second_person_is_added() {
    let stage = Stage::new(Posts::ByWebhook);
    let post = stage.problem().reference;
    stage
        .click(&post, "acknowledge", "max")
        .hears("acknowledged");
    stage
        .click(&post, "acknowledge", "erika")
        .hears("acknowledged");
    let page = stage.post(&post).page.replace('\u{200B}', "");
    let (_, line) = page.split_once("Acknowledged by @max · ").expect("both");
    assert!(line.contains(", @erika · "), "{page}");
    let standing = stage.nagios.standing("web01", Some("Ping"));
    assert_eq!(standing.comments.len(), 1, "{standing:?}");
    assert!(
        standing.comments[0]
            .1
            .starts_with("also acknowledged via Mattermost")
    );
}

#[test]
fn what_somebody_else_acknowledged_is_said_and_the_post_stays() {
    let stage = Stage::new(Posts::ByWebhook);
    let before = stage.problem();
    stage
        .nagios
        .acknowledge("web01", Some("Ping"), "otto", "I have it");
    stage
        .click(&before.reference, "acknowledge", "max")
        .hears("already acknowledged by otto");
    assert_eq!(stage.post(&before.reference).page, before.page);
    assert_eq!(stage.nagios.commands(), [""; 0]);
}

#[test]
fn of_five_clicks_at_once_one_acknowledges() {
    let stage = Stage::new(Posts::ByWebhook);
    let post = stage.problem().reference;
    let people = ["max", "erika", "otto", "anna", "paul"];
    let heard: Vec<String> = stage.while_it_writes(|| {
        thread::scope(|scope| {
            let clicks = people.map(|who| {
                let (stage, post) = (&stage, &post);
                scope.spawn(move || {
                    stage.preview.click(&Click {
                        post,
                        action: "acknowledge",
                        option: None,
                        user_id: &id(who),
                        user_name: who,
                        listener: stage.listener.address(),
                    })
                })
            });
            let clicked = clicks.map(|click| click.join().expect("a click"));
            clicked
                .into_iter()
                .map(|clicked| clicked.ephemeral.expect("a word"))
                .collect()
        })
    });
    let of = |words: &str| heard.iter().filter(|heard| heard.ends_with(words)).count();
    assert_eq!(of(": acknowledged"), 1, "{heard:?}");
    let already = heard
        .iter()
        .filter(|heard| heard.contains("already acknowledged by"));
    assert_eq!(already.count(), 4, "{heard:?}");
    assert_eq!(stage.nagios.commands().len(), 1);
    let page = stage.post(&post).page;
    assert!(page.contains("Acknowledged by"), "{page}");
}

#[test]
fn what_has_recovered_is_said_and_the_core_is_not_asked() {
    let stage = Stage::new(Posts::ByWebhook);
    let before = stage.problem();
    stage.nagios.service("web01", "Ping", 0);
    stage
        .click(&before.reference, "acknowledge", "max")
        .hears("web01 / Ping: already recovered");
    assert_eq!(stage.post(&before.reference).page, before.page);
}

#[test]
fn an_object_that_the_core_does_not_have_is_said() {
    let stage = Stage::new(Posts::ByWebhook);
    let args = [
        "--type",
        "Host",
        "--notificationtype",
        "PROBLEM",
        "--hostname",
        "gone",
        "--hoststate",
        "1",
    ];
    stage.notify(&args).code(0).quiet();
    let post = stage.posts().pop().expect("a post").reference;
    stage
        .click(&post, "acknowledge", "max")
        .hears("gone: unknown object");
    assert_eq!(stage.nagios.commands(), [""; 0]);
}

#[test]
fn long_output_and_everything_that_costs_fits_beside_buttons_before_and_after() {
    let stage = Stage::new(Posts::ByWebhook);
    let post = stage.problem_saying(&"<a & b> ".repeat(2_000));
    let received = stage.preview.received().pop().expect("a post");
    assert_eq!(received.verdict, "accepted");
    assert!(post.page.contains('…'), "{}", post.page);
    stage
        .click(&post.reference, "acknowledge", "max")
        .hears("acknowledged");
    let page = stage.post(&post.reference).page;
    assert!(page.contains("Acknowledged by"), "{page}");
    assert!(page.contains("CRITICAL web01"), "{page}");
}

#[test]
fn nothing_in_a_name_acts_when_the_post_is_drawn_anew() {
    let stage = Stage::new(Posts::ByWebhook);
    let post = stage.problem().reference;
    stage
        .while_it_writes(|| {
            stage.preview.click(&Click {
                post: &post,
                action: "acknowledge",
                option: None,
                user_id: &id("max"),
                user_name: "all **x** [y](http://evil.example) <!channel>\n# z",
                listener: stage.listener.address(),
            })
        })
        .hears("acknowledged");
    let body = stage.post(&post).body;
    let text = body["props"]["attachments"][0]["text"].as_str().unwrap();
    for acts in ["@all", "**", "](http", "<!", "http://", "\n# z"] {
        let (_, line) = text.split_once("Acknowledged by").expect("the line");
        let line = line.replace("\\*\\*", "").replace("\\](", "");
        assert!(!line.contains(acts), "{acts} is in {line:?}");
    }
}

#[test]
fn a_post_with_buttons_and_its_update_keep_a_bots_thread() {
    let stage = Stage::new(Posts::ByBot);
    let post = stage.problem().reference;
    stage
        .notify(&[
            "--type",
            "Service",
            "--notificationtype",
            "ACKNOWLEDGEMENT",
            "--hostname",
            "web01",
            "--servicedesc",
            "Ping",
            "--servicestate",
            "2",
            "--ackauthor",
            "otto",
            "--ackcomment",
            "I have it",
        ])
        .code(0)
        .quiet();
    let after = stage.post(&post);
    assert_eq!(after.updates, 1);
    assert!(
        after.page.contains("[ Acknowledge too ]  [ More… ]"),
        "{}",
        after.page
    );
    stage
        .nagios
        .acknowledge("web01", Some("Ping"), "otto", "I have it");
    stage
        .click(&post, "acknowledge", "max")
        .hears("acknowledged");
    let attachment = &stage.post(&post).body["props"]["attachments"][0];
    assert_eq!(attachment["actions"][0]["name"], json!("Acknowledge too"));
    let standing = stage.nagios.standing("web01", Some("Ping"));
    assert_eq!(standing.comments.len(), 1, "{standing:?}");
}
