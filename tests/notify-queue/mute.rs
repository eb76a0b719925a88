//! `mute`: what comes for a destination waits for a while, and is summed up then.

use std::fs;
use std::thread;
use std::time::Duration;

use notify_core::now::Moment;
use notify_test::queue::lane;
use notify_test::{Fault, IncidentStatus};
use serde_json::{Value, json};

use crate::desk::{Desk, PROGRAM, QUICK, Watch, wait_until};
use crate::run::on_a_terminal;

const PING: [&str; 8] = [
    "--type",
    "Service",
    "--servicedesc",
    "Ping",
    "--servicestate",
    "2",
    "--output",
    "100% packet loss",
];
const RECOVERY: [&str; 4] = ["--notificationtype", "RECOVERY", "--hoststate", "0"];

/// With all that keeps people from being flooded.
fn flooded(notifier: &'static str) -> Desk {
    let desk = Desk::of(notifier);
    desk.config(&format!("{QUICK}[flood]\n"));
    desk
}

fn texts(desk: &Desk) -> Vec<String> {
    let received = desk.bench.preview.received();
    let accepted = received.iter().filter(|one| one.verdict == "accepted");
    accepted
        .map(|one| one.json()["text"].as_str().unwrap_or_default().to_owned())
        .collect()
}

fn muted(desk: &Desk) -> Value {
    let lines = desk.kept().lines();
    lines
        .first()
        .map_or(Value::Null, |(_, state)| state["mute"].clone())
}

#[test]
fn what_comes_meanwhile_is_one_digest_at_the_end() {
    for notifier in ["slack-notify", "mattermost-notify"] {
        let desk = flooded(notifier);
        let provider = desk.bench.program.provider();
        // Before the first notification.
        let run = desk.queue(&[
            "mute",
            "default",
            "1h",
            "--reason",
            "core <!channel> switch",
        ]);
        run.code(0);
        assert!(
            run.stdout
                .starts_with(&format!("{provider}:default: muted until ")),
            "{run:#?}"
        );
        assert!(
            run.stdout.contains(
                "(1 h): core <!channel> switch; what comes meanwhile waits: it is summed up then"
            ),
            "{run:#?}"
        );
        for host in ["web01", "web02", "web03"] {
            let run = desk.notify(host, &[]);
            run.code(0)
                .says("queued: muted for 1 h: core <!channel> switch");
        }
        desk.notify("web04", &PING).code(0);
        desk.notify("web03", &RECOVERY).code(0);
        desk.queue(&["run"]).code(0);
        assert!(desk.bench.preview.received().is_empty());
        let run = desk.queue(&["mute", &format!("{provider}:default"), "--off"]);
        run.code(0);
        assert_eq!(
            run.stdout,
            format!(
                "{provider}:default: not muted any more; 5 waiting: notify-queue run sends them\n"
            )
        );
        desk.queue(&["run"]).code(0);
        let texts = texts(&desk);
        assert_eq!(texts.len(), 1, "{texts:#?}");
        let text = &texts[0];
        assert!(text.starts_with("🔴 after the mute ("), "{text}");
        assert!(
            text.contains("3 problems, 3 hosts – 2 DOWN, 1 CRITICAL, 1 over already"),
            "{text}"
        );
        assert!(!text.contains("<!channel>"), "{text}");
        let shown = desk.bench.preview.received()[0].shown.clone().unwrap();
        for words in [
            "web01 – DOWN",
            "web02 – DOWN",
            "web04 – 1 CRITICAL (Ping)",
            "web03 – UP",
        ] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        assert!(desk.kept().waiting().is_empty());
        assert_eq!(muted(&desk), Value::Null);
        // The next problem waits for no second digest.
        desk.notify("web05", &[]).code(0).says("delivered");
    }
}

#[test]
fn a_pager_hears_only_of_what_is_still_open_then() {
    let desk = flooded("pagerduty-notify");
    let run = desk.queue(&["mute", "pagerduty:default", "1h"]);
    run.code(0);
    assert!(
        run.stdout.contains("what is over by then wakes nobody"),
        "{run:#?}"
    );
    desk.notify("web01", &[])
        .code(0)
        .says("queued: muted for 1 h");
    desk.notify("web02", &[]).code(0);
    desk.notify("web01", &RECOVERY).code(0);
    assert!(desk.bench.preview.received().is_empty());
    desk.queue(&["mute", "pagerduty:default", "--off"]).code(0);
    desk.queue(&["run"]).code(0);
    let incidents = desk.bench.preview.incidents();
    let found: Vec<_> = incidents
        .iter()
        .map(|one| (one.dedup_key.as_str(), one.status))
        .collect();
    assert_eq!(found, [("mon:v1:default/web02", IncidentStatus::Triggered)]);
    // The end of what nobody heard of is told in any case.
    let bodies: Vec<Value> = desk
        .bench
        .preview
        .received()
        .iter()
        .map(|one| one.json())
        .collect();
    let resolved = |body: &Value| {
        body["event_action"] == "resolve" && body["dedup_key"] == "mon:v1:default/web01"
    };
    assert!(bodies.iter().any(resolved), "{bodies:#?}");
}

#[test]
fn a_mute_ends_by_itself_and_who_watches_sums_up() {
    let desk = flooded("slack-notify");
    let watch = Watch::start(&desk);
    desk.queue(&["mute", "slack:default", "3s"]).code(0);
    for host in ["web01", "web02"] {
        desk.notify(host, &[]).code(0).says("queued: muted for ");
    }
    assert!(texts(&desk).is_empty());
    wait_until("its digest", || !texts(&desk).is_empty());
    watch.wait_for("slack:default: 2 delivered");
    let texts = texts(&desk);
    assert!(
        texts[0].contains("): 2 problems, 2 hosts – 2 DOWN"),
        "{texts:#?}"
    );
    let said = watch.said();
    assert!(!said.contains("muted"), "a log knows it: {said}");
}

#[test]
fn what_comes_after_a_mute_that_kept_nothing_is_told_as_ever() {
    let desk = flooded("slack-notify");
    desk.queue(&["mute", "slack:default", "1s"]).code(0);
    thread::sleep(Duration::from_millis(1_100));
    desk.notify("web01", &[]).code(0).says("delivered");
    assert!(
        texts(&desk)[0].starts_with("🔴 DOWN web01"),
        "{:?}",
        texts(&desk)
    );
    let list = desk.queue(&["mute"]);
    assert_eq!(list.stdout, "nothing is muted\n");
}

#[test]
fn without_digests_it_goes_out_one_by_one() {
    let desk = Desk::new();
    let run = desk.queue(&["mute", "default", "1h"]);
    assert!(
        run.stdout
            .contains("it goes out one by one then, as digests are switched off"),
        "{run:#?}"
    );
    for host in ["web01", "web02"] {
        desk.notify(host, &[]).code(0);
    }
    desk.queue(&["mute", "default", "--off"]).code(0);
    desk.queue(&["run"]).code(0).says("2 delivered");
    assert_eq!(desk.arrived(), ["web01", "web02"]);
}

#[test]
fn without_arguments_it_lists_what_is_muted_until_when_by_whom_and_why() {
    let mut desk = Desk::new();
    let list = desk.queue(&["mute"]);
    assert!(
        list.stdout
            .starts_with("nothing was ever queued: there is no "),
        "{list:#?}"
    );
    desk.bench.set("USER", "max\u{1b}[31m\nforged");
    desk.destinations(&[("ops", &desk.bench.preview), ("db", &desk.bench.preview)]);
    desk.queue(&[
        "mute",
        "slack:ops",
        "40m",
        "--reason",
        "a\u{202e}\r\ndeploy",
    ])
    .code(0);
    desk.queue(&["mute", "slack:default", "2h"]).code(0);
    desk.notify("web01", &["--to", "ops"]).code(0);
    let list = desk.queue(&["mute"]);
    list.code(0);
    let lines: Vec<&str> = list.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{list:#?}");
    assert!(
        lines[0].starts_with("slack:default – muted until "),
        "{list:#?}"
    );
    assert!(
        lines[0].ends_with(" (2 h): max[31m forged; 0 waiting"),
        "{list:#?}"
    );
    assert!(
        lines[1].ends_with(" (40 min): max[31m forged: a deploy; 1 waiting"),
        "{list:#?}"
    );
    // `sudo` knows better.
    desk.bench.set("SUDO_USER", "erika");
    desk.queue(&["mute", "slack:db", "1m"]).code(0);
    let list = desk.queue(&["mute"]);
    assert!(
        list.stdout.contains("slack:db – muted until ")
            && list.stdout.contains(": erika; 0 waiting"),
        "{list:#?}"
    );
}

#[test]
fn a_mute_is_prolonged_and_never_beyond_what_would_expire() {
    let desk = Desk::new();
    desk.queue(&["mute", "default", "20h"]).code(0);
    let begun = muted(&desk)["begun"].clone();
    desk.queue(&["mute", "default", "23h", "--reason", "still"])
        .code(0);
    let mute = muted(&desk);
    assert_eq!((&mute["begun"], &mute["reason"]), (&begun, &json!("still")));
    // The machine's own clock ticks a hundred times a second: at the same tick 24 hours are not too much.
    let begun: Moment = serde_json::from_value(begun).expect("a moment");
    while Moment::read().since(&begun) <= 0.0 {
        thread::yield_now();
    }
    let run = desk.queue(&["mute", "default", "24h"]);
    run.code(64).quiet().one_line(PROGRAM);
    run.says("a mute lasts at most 1 d in all, with the ")
        .says("what waits longer expires (expire_after)");
    assert_eq!(muted(&desk), mute);
    desk.queue(&["mute", "default", "--off"]).code(0);
    let run = desk.queue(&["mute", "default", "25h"]);
    run.code(64)
        .quiet()
        .one_line(PROGRAM)
        .says("slack:default: a mute lasts at most 1 d: what waits longer expires");
    desk.queue(&["mute", "default", "24h"]).code(0);
}

#[test]
fn what_will_have_expired_by_then_is_said() {
    let desk = Desk::new();
    for host in ["web01", "web02"] {
        desk.store(host);
    }
    desk.age(&desk.kept().waiting()[0], 23.5 * 3_600.0);
    let run = desk.queue(&["mute", "default", "1h"]);
    run.code(0);
    assert!(
        run.stdout.contains(
            "slack:default: 1 that wait there already will be older than expire_after by then"
        ),
        "{run:#?}"
    );
}

#[test]
fn a_destination_that_nobody_has_is_exit_64_with_the_nearest_name() {
    let desk = Desk::new();
    desk.destinations(&[("ops", &desk.bench.preview)]);
    for (name, words) in [
        (
            "slack:opps",
            "there is no destination \"slack:opps\": did you mean slack:ops?",
        ),
        ("teams", "there are slack:default, slack:ops"),
        ("slack", "there are slack:default, slack:ops"),
        ("", "there are slack:default, slack:ops"),
        ("1h", "there are slack:default, slack:ops"),
        ("../../etc/passwd", "there is no destination"),
    ] {
        for rest in ["1h", "--off"] {
            // Where nothing was ever sent there is nothing to end.
            desk.queue(&["mute", "ops", "1s"]).code(0);
            let run = desk.queue(&["mute", name, rest]);
            run.code(64).quiet().one_line(PROGRAM).says(words);
        }
    }
    let other = Desk::of("mattermost-notify");
    let section = desk.bench.smallest_config() + &other.bench.smallest_config();
    desk.bench.config(&section);
    desk.queue(&["mute", "default", "1h"])
        .code(64)
        .one_line(PROGRAM)
        .says("which \"default\"? There are slack:default, mattermost:default");
}

#[test]
fn what_cannot_be_understood_is_exit_64_and_mutes_nothing() {
    let desk = Desk::new();
    for (command, words) in [
        (
            &["mute", "slack:default"][..],
            "for how long? notify-queue mute slack:default 1h; --off ends it",
        ),
        (&["mute", "slack:default", "--reason", "x"], "for how long?"),
        (&["mute", "--reason", "x"], "mute what?"),
        (&["mute", "--off"], "mute what?"),
        (
            &["mute", "slack:default", "1h", "--off"],
            "--off ends a mute at once",
        ),
        (
            &["mute", "slack:default", "--off", "--reason", "x"],
            "--off ends a mute at once",
        ),
        (
            &["mute", "slack:default", "0"],
            "\"0\" is no time to mute for: write 30m or 1h",
        ),
        (&["mute", "slack:default", "soon"], "\"soon\" is no time"),
        (&["mute", "slack:default", ""], "\"\" is no time"),
        (
            &["mute", "slack:default", "1h", "deploy"],
            "unknown option deploy",
        ),
        (&["mute", "slack:default", "-1h"], "unknown option -1"),
        (&["unmute", "slack:default"], "did you mean mute?"),
    ] {
        let run = desk.queue(command);
        run.code(64).quiet().one_line(PROGRAM).says(words);
    }
    assert!(desk.kept().lines().is_empty());
}

#[test]
fn a_queue_that_is_switched_off_cannot_be_muted() {
    let desk = Desk::new();
    desk.config("[queue]\nenabled = false\n");
    let run = desk.queue(&["mute", "default", "1h"]);
    run.code(78)
        .quiet()
        .one_line(PROGRAM)
        .says("slack:default: the queue is switched off");
}

#[test]
fn whoever_sends_is_waited_for_and_then_named() {
    let desk = Desk::new();
    desk.store("web01");
    let line = desk.kept().hold(&lane(&desk.bench, "default"));
    let run = desk.queue(&["mute", "default", "1h"]);
    run.code(75).quiet().one_line(PROGRAM);
    run.says("is sending there and keeps at it: nothing was changed, try again");
    // Where the kernel says who has which lock.
    if fs::read_to_string("/proc/locks").is_ok_and(|locks| locks.contains("FLOCK")) {
        run.says(&format!("(process {})", std::process::id()));
    }
    let run = thread::scope(|scope| {
        let muting = scope.spawn(|| desk.queue(&["mute", "default", "1h"]));
        thread::sleep(Duration::from_millis(300));
        drop(line);
        muting.join().unwrap()
    });
    run.code(0);
}

#[test]
fn what_a_sender_left_behind_at_its_death_is_kept() {
    let desk = Desk::new();
    desk.store("web01");
    let (name, mut state) = desk.kept().lines().remove(0);
    state["sending"] = 1.into();
    let file = desk.state().join("lanes").join(format!("{name}.json"));
    fs::write(&file, state.to_string()).unwrap();
    desk.queue(&["mute", "default", "1h"]).code(0);
    let state = desk.kept().lines().remove(0).1;
    assert_eq!(state["sending"], 1, "{state}");
}

#[test]
fn a_person_who_runs_the_queue_hears_of_it() {
    let desk = Desk::new();
    desk.queue(&["mute", "default", "40m", "--reason", "deploy"])
        .code(0);
    for host in ["web01", "web02"] {
        desk.notify(host, &[]).code(0);
    }
    let run = on_a_terminal(&desk, "run");
    run.code(0);
    assert!(
        run.stdout
            .contains("slack:default: muted for 40 min: deploy; 2 waiting"),
        "{run:#?}"
    );
    // A log has no use for it each minute.
    let run = desk.queue(&["run"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:#?}");
}

#[test]
fn the_end_is_told_once_the_vendor_is_back() {
    let desk = flooded("slack-notify");
    desk.queue(&["mute", "default", "1h"]).code(0);
    for host in ["web01", "web02"] {
        desk.notify(host, &[]).code(0);
    }
    desk.queue(&["mute", "default", "--off"]).code(0);
    desk.bench.preview.next(Fault::too_many(0));
    desk.queue(&["run"]).code(75);
    desk.queue(&["run"]).code(0);
    let texts = texts(&desk);
    assert_eq!(texts.len(), 1, "{texts:#?}");
    assert!(
        texts[0].contains("after the mute (") && texts[0].contains("2 problems"),
        "{texts:#?}"
    );
}

#[test]
fn an_end_that_nobody_needs_is_no_error() {
    let desk = Desk::new();
    desk.store("web01");
    let run = desk.queue(&["mute", "default", "--off"]);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (0, "slack:default: was not muted\n")
    );
}

#[test]
fn a_folder_that_is_nobodys_to_write_is_exit_78() {
    let desk = Desk::new();
    fs::write(desk.state(), "").unwrap();
    for command in [
        &["mute"][..],
        &["mute", "default", "1h"],
        &["open"],
        &["replay", "1"],
    ] {
        desk.queue(command)
            .code(78)
            .quiet()
            .one_line(PROGRAM)
            .says("is not a folder");
    }
}
