//! A lane where somebody wants silence, and one whose storm is being collected: neither is anybody's fault.

use notify_core::config::flood::DigestSettings;
use notify_core::now::Moment;
use notify_core::state_folder::line::{LineState, Mute, Storm};
use notify_test::queue::lane;

use crate::desk::{Desk, QUICK};

const HOUR: f64 = 3_600.0;

fn ago(seconds: f64) -> Moment {
    let mut moment = Moment::read();
    moment.wall -= seconds;
    if let Some(uptime) = &mut moment.uptime {
        uptime.seconds -= seconds;
    }
    moment
}

/// Three that waited for so long.
fn waiting(age: f64) -> Desk {
    let desk = Desk::new();
    desk.config(&format!("{QUICK}[flood]\n"));
    for host in ["web01", "web02", "web03"] {
        desk.store(host);
    }
    for kept in desk.kept().waiting() {
        desk.age(&kept, age);
    }
    desk.age_config(600);
    desk
}

fn note(desk: &Desk, note: impl FnOnce(&mut LineState)) {
    let mut line = desk.kept().hold(&lane(&desk.bench, "default"));
    line.state = LineState::default();
    note(&mut line.state);
    line.write().expect("a lane's state");
}

fn mute(desk: &Desk, begun: f64, minutes: f64, reason: &str) {
    note(desk, |state| {
        state.mute = Some(Mute {
            begun: ago(begun),
            wait: begun + minutes * 60.0,
            reason: reason.to_owned(),
            by: String::new(),
        });
    });
}

#[test]
fn a_muted_lane_is_well_however_old_its_entries_are() {
    // The folder of a test may lie on something that forgets.
    let forgets = "forgets everything";
    let desk = waiting(2.0 * HOUR);
    for (reason, said) in [
        (
            "deploy",
            "slack:default: muted for 40 min: deploy, 3 waiting",
        ),
        ("", "slack:default: muted for 40 min, 3 waiting"),
    ] {
        mute(&desk, 2.0 * HOUR, 40.0, reason);
        let check = desk.queue(&["check", "--waiting-critical", "2"]);
        assert!(check.stdout.contains(said), "{check:#?}");
        assert!(check.stdout.contains("0 waiting, 3 muted"), "{check:#?}");
        assert!(check.stdout.contains(" waiting=0;"), "{check:#?}");
        assert!(check.stdout.contains(" oldest=0s;"), "{check:#?}");
        assert!(check.stdout.contains(" muted=3"), "{check:#?}");
        assert!(
            check.code == 0 || check.stdout.contains(forgets),
            "{check:#?}"
        );
        assert!(!check.stdout.contains("has been due"), "{check:#?}");
    }
    mute(&desk, 60.0, 40.0, "deploy");
    let list = desk.queue(&["list"]);
    assert!(
        list.stdout
            .starts_with("slack:default – 3 waiting, oldest 2 h")
            && list.stdout.contains("; muted for 40 min: deploy\n"),
        "{list:#?}"
    );
    let row = desk.json(&["list", "--json"]).remove(0);
    assert_eq!(row["reason"], "muted: deploy");
    assert!(
        (2_390..=2_400).contains(&row["due"].as_u64().unwrap()),
        "{row}"
    );
    let retry = desk.queue(&["retry", "1"]);
    assert_eq!(
        retry.code(75).stdout,
        "slack:default: muted for 40 min: deploy; 1 waiting until then\n"
    );
}

#[test]
fn after_a_mute_somebody_has_two_minutes() {
    let desk = waiting(2.0 * HOUR);
    mute(&desk, HOUR, -1.0, "");
    let check = desk.queue(&["check"]);
    assert!(!check.stdout.contains("has been due"), "{check:#?}");
    assert!(
        check.stdout.contains("the oldest waits for 1 min"),
        "{check:#?}"
    );
    mute(&desk, HOUR, -3.0, "");
    let check = desk.queue(&["check"]);
    check.code(2);
    assert!(
        check
            .stdout
            .contains("slack:default has been due for 3 min"),
        "{check:#?}"
    );
}

#[test]
fn what_is_collected_is_due_with_its_digest() {
    let desk = waiting(200.0);
    let every = DigestSettings::default().every.as_secs_f64();
    let storm = |told: f64| Storm {
        begun: ago(HOUR),
        told: Some(ago(told)),
        title: String::new(),
        failed: 0,
    };
    note(&desk, |state| state.storm = Some(storm(30.0)));
    let check = desk.queue(&["check"]);
    let words = "slack:default: many at once are told together, in 30 s, 3 waiting";
    assert!(check.stdout.contains(words), "{check:#?}");
    assert!(!check.stdout.contains("has been due"), "{check:#?}");
    let list = desk.queue(&["list"]);
    assert!(
        list.stdout
            .contains("; many at once are told together, in 30 s\n"),
        "{list:#?}"
    );
    note(&desk, |state| state.storm = Some(storm(every + 60.0)));
    let check = desk.queue(&["check"]);
    assert!(!check.stdout.contains("has been due"), "{check:#?}");
    note(&desk, |state| state.storm = Some(storm(every + 130.0)));
    let check = desk.queue(&["check"]);
    check.code(2);
    assert!(
        check
            .stdout
            .contains("slack:default has been due for 2 min"),
        "{check:#?}"
    );
}
