//! Several lanes: none holds up another, and each has its own config.

use std::process::Command;
use std::time::{Duration, Instant};

use notify_test::{Fault, HOST_DOWN, Received, Run};
use serde_json::json;

use crate::desk::{Desk, QUICK, arrived, sibling, stand_in, wait_until};

#[test]
fn a_vendor_that_hangs_holds_up_no_other() {
    let desk = Desk::new();
    let (dead, alive, slow) = (
        stand_in(Some(Fault::too_many(0))),
        stand_in(Some(Fault::too_many(0))),
        stand_in(Some(Fault::too_many(0))),
    );
    desk.destinations(&[("dead", &dead), ("alive", &alive), ("slow", &slow)]);
    for host in ["web01", "web02"] {
        desk.notify(host, &["--to", "dead,alive,slow"]).code(0);
    }
    dead.always(Some(Fault::Hang));
    slow.always(Some(Fault::Delay(Duration::from_millis(400))));
    alive.always(None);
    let before = alive.received().len();
    let began = Instant::now();
    let run = desk.queue(&["run"]);
    run.code(75).quiet();
    run.says("slack:dead: 127.0.0.1 did not answer in time; 2 waiting")
        .says("slack:alive: 2 delivered")
        .says("slack:slow: 2 delivered");
    for received in &alive.received()[before..] {
        let after = received.at.duration_since(began);
        assert!(after < Duration::from_secs(1), "arrived after {after:?}");
    }
    assert_eq!(arrived(&alive), ["web01", "web02"]);
    assert_eq!(desk.kept().waiting().len(), 2);
}

#[test]
fn the_worst_of_all_lanes_is_the_exit_code() {
    for (faults, worst) in [
        ([None, Some(Fault::too_many(60))], 75),
        ([Some(Fault::status(403)), Some(Fault::too_many(60))], 69),
        ([Some(Fault::status(400)), None], 69),
    ] {
        let desk = Desk::new();
        let vendors = [(); 2].map(|()| stand_in(Some(Fault::too_many(0))));
        desk.destinations(&[("a", &vendors[0]), ("b", &vendors[1])]);
        desk.notify("web01", &["--to", "a,b"]).code(0);
        for (vendor, fault) in vendors.iter().zip(faults) {
            vendor.always(fault);
        }
        desk.queue(&["run"]).code(worst);
    }
}

#[test]
fn each_lane_is_drained_by_the_config_that_its_entries_name() {
    let desk = Desk::new();
    desk.store("web01");
    // Another config, with the same state folder.
    let elsewhere = stand_in(None);
    let place = desk.bench.program.place(&elsewhere);
    let state = desk.state().display().to_string();
    let other = desk.bench.file(
        "other.toml",
        &format!("state_dir = {state:?}\n{QUICK}[slack]\n{place}"),
    );
    let run = desk.queue(&["run", "--config", &other.display().to_string()]);
    run.code(0).quiet().says("notify-queue: slack:default@");
    assert_eq!(desk.arrived(), ["web01"]);
    assert!(elsewhere.received().is_empty());
}

#[test]
fn a_config_that_is_broken_holds_back_its_own_lanes_and_no_other() {
    let desk = Desk::new();
    desk.store("web01");
    let state = desk.state().display().to_string();
    let broken = desk
        .bench
        .file("broken.toml", &format!("state_dir = {state:?}\n[slack\n"));
    let broken = broken.display().to_string();
    let run = desk.queue(&["run", "--config", &broken]);
    run.code(78).says("broken.toml:2: not TOML");
    run.says("slack:default@").says("1 delivered");
    assert_eq!(desk.arrived(), ["web01"]);

    desk.store("web02");
    let good = std::fs::read_to_string(desk.config_file()).unwrap();
    desk.bench
        .file("config.toml", &good.replace("[slack]", "[slack"));
    for said in ["slack:default: config: ", ""] {
        let run = desk.queue(&["run"]);
        run.code(78).says("config.toml:").says(said);
        assert_eq!(
            run.stderr.matches("1 waiting until it is mended").count(),
            usize::from(!said.is_empty()),
            "{run:#?}"
        );
    }
    // Too old is too old.
    desk.age(&desk.kept().waiting()[0], 30.0 * 3_600.0);
    let run = desk.queue(&["run"]);
    run.code(78)
        .says("slack:default: 2 DOWN web02: expired: older than expire_after");
    assert_eq!(desk.kept().failed().len(), 1);
    assert_eq!(desk.kept().counted(), 0);
    let last = desk.kept().receipts().pop().unwrap();
    assert_eq!(
        (&last["became"], &last["id"]),
        (&json!("expired"), &json!(2))
    );
}

#[test]
fn an_entry_of_a_provider_that_nobody_knows_stays() {
    let desk = Desk::new();
    desk.store("web01");
    let kept = desk.kept().waiting().remove(0);
    let mut entry = kept.json();
    entry["destination"] = "teams:ops".into();
    let lane = kept.lane.replace("slack:default", "teams:ops");
    let folder = desk.state().join("new").join(&lane);
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join(&kept.name), entry.to_string()).unwrap();
    let run = desk.queue(&["run"]);
    run.code(78)
        .says("teams:ops: this version knows no provider teams: its entries stay where they are")
        .says("slack:default: 1 delivered");
    assert_eq!(desk.kept().waiting().len(), 1);
    let list = desk.queue(&["list"]);
    assert!(
        list.stdout.contains("this version knows no provider teams"),
        "{list:#?}"
    );
}

#[test]
fn each_providers_entries_go_by_its_own_code() {
    let desk = Desk::new();
    let notifiers = ["slack-notify", "mattermost-notify", "pagerduty-notify"].map(sibling);
    let places = notifiers.map(|notifier| {
        let place = notifier.place(&desk.bench.preview);
        format!("[{}]\n{place}", notifier.provider())
    });
    desk.bench.config(&format!("{QUICK}{}", places.concat()));
    desk.bench.preview.always(Some(Fault::too_many(0)));
    for notifier in notifiers {
        let mut command = desk.command(&[]);
        let environment: Vec<_> = command
            .get_envs()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
            .collect();
        command = Command::new(notifier.path);
        command.args(HOST_DOWN).env_clear().envs(environment);
        Run::of(command.output().unwrap()).code(0).says("queued");
    }
    desk.bench.preview.always(None);
    let before = desk.bench.preview.received().len();
    let run = desk.queue(&["run"]);
    run.code(0).quiet();
    for notifier in notifiers {
        run.says(&format!("{}:default: 1 delivered", notifier.provider()));
    }
    let received = desk.bench.preview.received().split_off(before);
    let accepted = |one: &Received| one.verdict == "accepted" && one.shown.is_some();
    assert!(received.iter().all(accepted), "{received:#?}");
    assert_eq!(received.len(), 3);
    let log = desk.queue(&["log"]);
    assert!(
        log.stdout
            .contains("pagerduty:default: delivered DOWN web01 ("),
        "{log:#?}"
    );
}

#[test]
fn two_drainers_at_once_send_nothing_twice() {
    let desk = Desk::new();
    for number in 0..20 {
        desk.store(&format!("web{number}"));
    }
    std::thread::scope(|scope| {
        let drainers = [(); 3].map(|()| scope.spawn(|| desk.queue(&["run"])));
        for drainer in drainers {
            drainer.join().unwrap().code(0);
        }
    });
    wait_until("all arrive", || desk.arrived().len() >= 20);
    let hosts: Vec<String> = (0..20).map(|number| format!("web{number}")).collect();
    assert_eq!(desk.arrived(), hosts);
}
