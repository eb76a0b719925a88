//! The environment macros of the cores, with and without arguments beside them.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use crate::arguments::words;
use crate::command_lines::{HOST, SERVICE, with, without};
use crate::{Bench, Program, Run};

/// As Nagios exports a service's notification, long output escaped and everything else raw.
const OF_A_SERVICE: &[(&str, &str)] = &[
    ("NOTIFICATIONTYPE", "PROBLEM"),
    ("HOSTNAME", "web01"),
    ("HOSTALIAS", "Shop"),
    ("HOSTADDRESS", "10.1.1.1"),
    ("HOSTSTATE", "UP"),
    ("HOSTSTATEID", "0"),
    ("HOSTOUTPUT", "PING OK"),
    ("LONGHOSTOUTPUT", ""),
    ("SERVICEDESC", "Ping"),
    ("SERVICESTATE", "CRITICAL"),
    ("SERVICESTATEID", "2"),
    ("SERVICEOUTPUT", "100% packet loss"),
    ("LONGSERVICEOUTPUT", r"second line\nthird line"),
    ("SERVICEATTEMPT", "3"),
    ("SERVICENOTIFICATIONID", "4711"),
    ("SERVICENOTIFICATIONNUMBER", "1"),
    ("LASTSERVICESTATE", "OK"),
    ("LASTSERVICEOK", "1599999000"),
    ("LASTSERVICESTATECHANGE", "1599999400"),
    ("SERVICEDURATION", "0d 0h 10m 0s"),
    ("SERVICEDISPLAYNAME", "Ping"),
    ("HOSTDISPLAYNAME", "web01"),
    ("HOSTGROUPNAMES", "linux,web"),
    ("HOSTGROUPNAME", "linux"),
    ("NOTIFICATIONAUTHOR", ""),
    ("NOTIFICATIONCOMMENT", ""),
    ("SERVICENOTESURL", "https://wiki.example.com/ping"),
    ("SERVICEACTIONURL", "https://graphs.example.com/ping"),
    ("CONTACTNAME", "alice"),
    ("CONTACTEMAIL", "alice@example.com"),
    ("TIMET", "1600000000"),
    ("LONGDATETIME", "Sun Sep 13 12:26:40 UTC 2020"),
];

const SERVICES_ARGUMENTS: &[&str] = &[
    "--hostalias",
    "Shop",
    "--hostaddress",
    "10.1.1.1",
    "--longoutput",
    r"second line\nthird line",
    "--attempt",
    "3",
    "--notification-id",
    "4711",
    "--since",
    "1599999400",
    "--duration",
    "600",
    "--last-ok",
    "1599999000",
    "--hostgroup",
    "linux,web",
    "--notes-url",
    "https://wiki.example.com/ping",
    "--action-url",
    "https://graphs.example.com/ping",
];

/// A host's: the service macros are there and empty.
const OF_A_HOST: &[(&str, &str)] = &[
    ("NOTIFICATIONTYPE", "RECOVERY"),
    ("HOSTNAME", "web01"),
    ("HOSTADDRESS", "10.1.1.1"),
    ("HOSTSTATE", "UP"),
    ("HOSTSTATEID", "0"),
    ("HOSTOUTPUT", "PING OK"),
    ("HOSTATTEMPT", "1"),
    ("LASTHOSTSTATE", "DOWN"),
    ("LASTHOSTUP", "1599999400"),
    ("LASTHOSTSTATECHANGE", "1600000000"),
    ("SERVICEDESC", ""),
    ("SERVICESTATE", ""),
    ("SERVICEOUTPUT", ""),
    ("SERVICEATTEMPT", ""),
    ("TIMET", "1600000000"),
];

fn export(bench: &mut Bench, prefix: &str, macros: &[(&str, &str)]) {
    for (name, value) in macros {
        bench.set(&format!("{prefix}{name}"), value);
    }
}

pub fn the_environment_of_a_core_alone_is_enough_for_a_service(program: Program) {
    let by_hand = Bench::new(program).sent([&SERVICE, SERVICES_ARGUMENTS].concat());
    for prefix in ["NAGIOS_", "ICINGA_", "NOTIFY_"] {
        let mut bench = Bench::new(program);
        export(&mut bench, prefix, OF_A_SERVICE);
        let received = bench.sent([] as [&str; 0]);
        assert_eq!(received.json(), by_hand.json(), "{prefix}");
    }
    let shown = by_hand.shown.expect("shown");
    assert!(
        shown.contains("CRITICAL web01 / Ping") && shown.contains("100% packet loss"),
        "{shown}"
    );
}

pub fn the_environment_of_a_core_alone_is_enough_for_a_host(program: Program) {
    for prefix in ["NAGIOS_", "ICINGA_", "NOTIFY_"] {
        let mut bench = Bench::new(program);
        export(&mut bench, prefix, OF_A_HOST);
        let told = words(&bench.sent([] as [&str; 0]));
        assert!(told.contains("UP web01"), "{prefix}: {told}");
        assert!(told.contains("was DOWN 10 min"), "{prefix}: {told}");
        assert!(!told.contains("web01 /"), "{prefix}: {told}");
    }
}

pub fn an_argument_wins_over_the_environment(program: Program) {
    let mut bench = Bench::new(program);
    export(&mut bench, "NAGIOS_", OF_A_HOST);
    let host = bench.sent(HOST);
    let told = words(&host);
    assert!(told.contains("DOWN web01"), "{told}");
    assert!(told.contains("no reply from 10.1.1.1"), "{told}");
    assert!(!told.contains("PING OK"), "{told}");
    let told = words(&bench.sent(with(&HOST, "--hostname", "db01")));
    assert!(
        told.contains("DOWN db01") && !told.contains("web01"),
        "{told}"
    );
}

pub fn what_was_not_given_as_an_argument_is_taken_from_the_environment(program: Program) {
    let mut bench = Bench::new(program);
    export(&mut bench, "NAGIOS_", OF_A_SERVICE);
    for nothing in ["", "$", "$SERVICEOUTPUT$"] {
        let told = words(&bench.sent(with(&SERVICE, "--output", nothing)));
        assert!(told.contains("100% packet loss"), "{nothing:?}: {told}");
    }
}

/// Some cores export a service's macros in its host's notification too: `--type` decides.
pub fn one_option_of_a_shared_command_does_not_need_the_others(program: Program) {
    let mut bench = Bench::new(program);
    export(&mut bench, "NAGIOS_", OF_A_SERVICE);
    let told = words(&bench.sent(["--type", "Host", "--hoststate", "DOWN"]));
    assert!(told.contains("DOWN web01"), "{told}");
    assert!(told.contains("PING OK"), "{told}");
    assert!(
        !told.contains("packet loss") && !told.contains("web01 /"),
        "{told}"
    );
}

pub fn the_environment_may_hold_any_bytes(program: Program) {
    let bench = Bench::new(program);
    let mut command = bench.command(without(&SERVICE, "--output"));
    command.env(
        "NAGIOS_SERVICEOUTPUT",
        OsString::from_vec(b"caf\xe9 \"quoted\" `id`\x1b[0m".to_vec()),
    );
    Run::of(command.output().expect("the program starts"))
        .code(0)
        .quiet();
    let shown = bench.only().shown.expect("shown");
    assert!(shown.contains("caf\u{FFFD} \"quoted\""), "{shown}");
    assert!(!shown.contains('\u{1b}'), "{shown}");
}
