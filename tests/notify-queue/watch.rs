//! `run --watch`: whatever comes due, without anybody asking.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use notify_test::Fault;

use crate::desk::{Desk, QUICK, Watch, arrived, stand_in, wait_until};

#[test]
fn what_waited_for_the_vendor_arrives_within_seconds_after_it_is_back() {
    let desk = Desk::new();
    desk.bench.preview.always(Some(Fault::too_many(0)));
    let watch = Watch::start(&desk);
    watch.wait_for("nothing was ever queued: there is no ");
    for host in ["web01", "web02"] {
        desk.notify(host, &[]).code(0).says("queued");
    }
    watch.wait_for("watching ");
    let tried = desk.bench.preview.received().len();
    wait_until("another try", || {
        desk.bench.preview.received().len() > tried
    });
    desk.bench.preview.always(None);
    let back = Instant::now();
    watch.wait_for("slack:default: 2 delivered");
    let took = back.elapsed();
    assert!(took < Duration::from_secs(8), "{took:?}");
    assert_eq!(desk.arrived(), ["web01", "web02"]);
    let said = watch.said();
    assert_eq!(said.matches("works again").count(), 1, "{said}");
    // By the notifier: the same cause is no news.
    assert_eq!(said.matches("limiting the rate").count(), 0, "{said}");
}

#[test]
fn a_config_that_is_mended_counts_at_once() {
    let desk = Desk::new();
    let good = fs::read_to_string(desk.config_file()).unwrap();
    desk.store("web01");
    desk.bench
        .file("config.toml", &good.replace("[slack]", "[slack"));
    let watch = Watch::start(&desk);
    watch.wait_for("slack:default: config: ");
    let later = desk.notify("web02", &[]);
    later
        .code(78)
        .says("the notification is kept until that is mended");
    watch.wait_for("slack: not routed: ");
    assert!(desk.arrived().is_empty());
    desk.bench.file("config.toml", &good);
    wait_until("both arrive", || desk.arrived().len() == 2);
    assert_eq!(desk.arrived(), ["web01", "web02"]);
    // Of the program, of the lane, of what is not routed: once each.
    let said = watch.said();
    assert_eq!(said.matches("not TOML").count(), 3, "{said}");
}

#[test]
fn a_refused_destination_is_tried_as_soon_as_its_secret_changes() {
    let desk = Desk::new();
    let secret = desk.bench.file("webhook", "");
    let webhook = desk.bench.preview.slack_webhook();
    fs::write(
        &secret,
        webhook.replace("XXXXXXXXXXXXXXXXXXXXXXXX", "nosuchwebhook"),
    )
    .unwrap();
    desk.bench.config(&format!(
        "{QUICK}[slack]\nwebhook_url_file = \"webhook\"\nmin_interval = 0\n"
    ));
    let run = desk.notify("web01", &[]);
    run.code(69).says("destination refused: 404");
    let watch = Watch::start(&desk);
    watch.wait_for("watching ");
    let list = desk.queue(&["list"]);
    let waits = "destination refused: 404";
    assert!(
        list.stdout.contains(waits) && list.stdout.contains("tried again in 1 h"),
        "{list:#?}"
    );
    let asked = desk.bench.preview.received().len();
    std::thread::sleep(Duration::from_millis(1_500));
    assert_eq!(
        desk.bench.preview.received().len(),
        asked,
        "it is asked hourly"
    );
    fs::write(&secret, webhook).unwrap();
    watch.wait_for("slack:default: 1 delivered");
    assert_eq!(desk.arrived(), ["web01"]);
}

#[test]
fn a_lane_that_hangs_holds_up_no_other() {
    let desk = Desk::new();
    let (dead, alive) = (
        stand_in(Some(Fault::too_many(0))),
        stand_in(Some(Fault::too_many(0))),
    );
    desk.destinations(&[("dead", &dead), ("alive", &alive)]);
    desk.notify("web01", &["--to", "dead,alive"]).code(0);
    dead.always(Some(Fault::Hang));
    alive.always(None);
    let hanging = dead.received().len();
    let watch = Watch::start(&desk);
    watch.wait_for("slack:alive: 1 delivered");
    wait_until("it hangs again", || dead.received().len() >= hanging + 2);
    alive.always(Some(Fault::too_many(0)));
    desk.notify("web02", &["--to", "alive"]).code(0);
    alive.always(None);
    wait_until("the other one", || arrived(&alive) == ["web01", "web02"]);
    watch.wait_for("slack:dead: 127.0.0.1 did not answer in time");
}

#[test]
fn a_folder_that_becomes_fit_is_watched_from_then_on() {
    let desk = Desk::new();
    desk.store("web01");
    fs::set_permissions(desk.state(), fs::Permissions::from_mode(0o777)).unwrap();
    let watch = Watch::start(&desk);
    watch.wait_for("may be written by others");
    std::thread::sleep(Duration::from_millis(2_500));
    fs::set_permissions(desk.state(), fs::Permissions::from_mode(0o700)).unwrap();
    watch.wait_for("slack:default: 1 delivered");
    let said = watch.said();
    assert_eq!(
        said.matches("may be written by others").count(),
        1,
        "{said}"
    );
}

#[test]
fn a_kill_in_the_middle_loses_nothing() {
    let desk = Desk::new();
    for number in 0..12 {
        desk.store(&format!("web{number}"));
    }
    desk.bench
        .preview
        .always(Some(Fault::Delay(Duration::from_millis(100))));
    let watch = Watch::start(&desk);
    wait_until("some are through", || desk.arrived().len() >= 3);
    drop(watch);
    desk.bench.preview.always(None);
    let _watch = Watch::start(&desk);
    wait_until("the queue is empty", || desk.kept().waiting().is_empty());
    // The one in flight may have come twice.
    let mut arrived = desk.arrived();
    arrived.dedup();
    let hosts: Vec<String> = (0..12).map(|number| format!("web{number}")).collect();
    assert_eq!(arrived, hosts);
}
