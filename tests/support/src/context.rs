//! What else a core knows, shown when it is given.

use crate::arguments::words;
use crate::command_lines::{HOST, SERVICE, with};
use crate::{Bench, Program};

pub fn context_that_is_given_is_shown(program: Program) {
    let bench = Bench::new(program);
    let plain = words(&bench.sent(SERVICE));
    for (option, value, shown) in [
        ("--longoutput", r"rtt 0 ms\nsent 5", "rtt 0 ms\nsent 5"),
        ("--hostalias", "Shop front", "Shop front"),
        ("--hostaddress", "10.9.8.7", "10.9.8.7"),
        ("--hostgroup", "linux,web", "linux, web"),
        ("--attempt", "3/5", "3/5"),
        ("--notification-id", "4711", "4711"),
        (
            "--notification-id",
            "0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f",
            "0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f",
        ),
        ("--notification-number", "77", "77"),
        ("--datetime", "1600003600.5", "Sep 13 2020 13:26"),
        ("--datetime", "2020-09-13T13:26:40Z", "Sep 13 2020 13:26"),
        ("--datetime", "last night", "last night"),
        ("--since", "1599999000", "Sep 13 2020 12:10"),
        ("--since", "this morning", "this morning"),
        ("--duration", "0d 2h 7m 3s", "2 h 7 min"),
        ("--duration", "7623.5", "2 h 7 min"),
        ("--hoststate", "DOWN", "DOWN"),
        (
            "--notes-url",
            "https://wiki.example.com/ping",
            "https://wiki.example.com/ping",
        ),
        (
            "--action-url",
            "https://graphs.example.com/ping",
            "https://graphs.example.com/ping",
        ),
        ("--author", "Max Mustermann", "Max Mustermann"),
        ("--comment", "disk ordered", "disk ordered"),
    ] {
        let told = words(&bench.sent(with(&SERVICE, option, value)));
        assert!(!plain.contains(shown), "{option} {value} is shown anyway");
        assert!(told.contains(shown), "{option} {value}: {told}");
    }
    let recovery = with(&SERVICE, "--notificationtype", "RECOVERY");
    let recovery = with(&recovery, "--servicestate", "OK");
    for (option, value, shown) in [
        ("--last-ok", "1599999400", "10 min"),
        ("--last-state", "CRITICAL", "was CRITICAL"),
        ("--last-state", "2", "was CRITICAL"),
    ] {
        let told = words(&bench.sent(with(&recovery, option, value)));
        assert!(told.contains(shown), "{option} {value}: {told}");
    }
}

pub fn fields_are_shown_in_their_order(program: Program) {
    let bench = Bench::new(program);
    let fields = [
        "--field",
        "Runbook=https://wiki.example.com/a?b=c",
        "--field",
        "Team=database",
        "--field",
        "Room=cellar",
        "--field",
        "Room=attic",
        "--field",
        "Nothing=",
    ];
    let received = bench.sent([&HOST[..], &fields].concat());
    let told = words(&received);
    assert!(told.contains("https://wiki.example.com/a?b=c"), "{told}");
    let shown = received.shown.expect("shown");
    for words in ["Runbook", "Team", "database", "Room", "cellar", "attic"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(!shown.contains("Nothing"), "{shown}");
}

pub fn a_field_without_a_name_is_shown_all_the_same(program: Program) {
    let bench = Bench::new(program);
    for (field, told) in [
        ("ask the night shift", "ask the night shift"),
        ("=ask them", "ask them"),
        (" =ask us", "ask us"),
    ] {
        let received = bench.sent([&HOST[..], &["--field", field]].concat());
        let words = words(&received);
        assert!(words.contains(told), "{field}: {words}");
    }
}

pub fn names_for_people_stand_instead_of_the_cores_names(program: Program) {
    let bench = Bench::new(program);
    let line = with(&SERVICE, "--hostdisplayname", "Web server");
    let received = bench.sent(with(&line, "--servicedisplayname", "Reachable"));
    let shown = received.shown.clone().expect("shown");
    assert!(shown.contains("CRITICAL Web server / Reachable"), "{shown}");
    if program.provider() == "pagerduty" {
        assert_eq!(received.json()["dedup_key"], "mon:v1:default/web01/Ping");
    }
}

pub fn the_symbol_can_be_left_out(program: Program) {
    let bench = Bench::new(program);
    let shown = words(&bench.sent([&SERVICE[..], &["--no-emoji"]].concat()));
    assert!(shown.contains("CRITICAL web01 / Ping"), "{shown}");
    let symbols = ['🔴', '🟡', '✅', '⚪', '👤', '🔧', '📣'];
    assert!(!shown.contains(symbols), "{shown}");
    let usual = words(&bench.sent(SERVICE));
    assert_eq!(
        usual.contains('🔴'),
        program.provider() != "pagerduty",
        "{usual}"
    );
}

pub fn the_reference_names_the_site(program: Program) {
    let bench = Bench::new(program);
    bench.config(&format!("site = \"berlin\"\n{}", bench.smallest_config()));
    let received = bench.sent(SERVICE);
    assert!(words(&received).contains("berlin"), "{received:#?}");
    if program.provider() == "pagerduty" {
        assert_eq!(received.json()["dedup_key"], "mon:v1:berlin/web01/Ping");
    }
}
