//! One notification of every type, for a host and for a service, as the cores fill them, with the first line that the
//! design promises for it.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::golden::assert_golden;
use crate::{Bench, Program};

pub struct Case {
    pub kind: &'static str,
    pub object: &'static str,
    pub state: &'static str,
    /// Author and comment, as far as the cores give them.
    pub said: &'static [&'static str],
    pub first_line: &'static str,
}

const fn case(
    kind: &'static str,
    object: &'static str,
    state: &'static str,
    said: &'static [&'static str],
    first_line: &'static str,
) -> Case {
    Case {
        kind,
        object,
        state,
        said,
        first_line,
    }
}

const ORDERED: &[&str] = &["--ackauthor", "Max", "--ackcomment", "disk ordered"];
const KERNEL: &[&str] = &["--ackauthor", "Max", "--ackcomment", "kernel"];
const CALL: &[&str] = &["--ackauthor", "Max", "--ackcomment", "please call me"];

pub const CASES: [Case; 22] = [
    case(
        "PROBLEM",
        "Host",
        "1",
        &[],
        "🔴 DOWN web01 – no reply from 172.16.166.229",
    ),
    case(
        "PROBLEM",
        "Service",
        "2",
        &[],
        "🔴 CRITICAL web01 / Ping – 100% packet loss",
    ),
    case(
        "RECOVERY",
        "Host",
        "0",
        &["--last-state", "DOWN"],
        "✅ UP web01 – was DOWN",
    ),
    case(
        "RECOVERY",
        "Service",
        "0",
        &["--last-state", "CRITICAL"],
        "✅ OK web01 / Ping – was CRITICAL",
    ),
    case(
        "ACKNOWLEDGEMENT",
        "Host",
        "1",
        ORDERED,
        "👤 ACK web01 (DOWN) – Max: \"disk ordered\"",
    ),
    case(
        "ACKNOWLEDGEMENT",
        "Service",
        "2",
        ORDERED,
        "👤 ACK web01 / Ping (CRITICAL) – Max: \"disk ordered\"",
    ),
    case(
        "FLAPPINGSTART",
        "Host",
        "0",
        &[],
        "〰️ FLAPPING web01 (now UP) – alerts paused",
    ),
    case(
        "FLAPPINGSTART",
        "Service",
        "0",
        &[],
        "〰️ FLAPPING web01 / Ping (now OK) – alerts paused",
    ),
    case(
        "FLAPPINGSTOP",
        "Host",
        "0",
        &[],
        "〰️ FLAPPING web01 (now UP) – stopped",
    ),
    case(
        "FLAPPINGSTOP",
        "Service",
        "0",
        &[],
        "〰️ FLAPPING web01 / Ping (now OK) – stopped",
    ),
    case(
        "FLAPPINGDISABLED",
        "Host",
        "1",
        &[],
        "〰️ FLAPPING web01 (now DOWN) – detection off",
    ),
    case(
        "FLAPPINGDISABLED",
        "Service",
        "2",
        &[],
        "〰️ FLAPPING web01 / Ping (now CRITICAL) – detection off",
    ),
    case(
        "DOWNTIMESTART",
        "Host",
        "0",
        KERNEL,
        "🔧 DOWNTIME web01 – Max: \"kernel\"",
    ),
    case(
        "DOWNTIMESTART",
        "Service",
        "0",
        KERNEL,
        "🔧 DOWNTIME web01 / Ping – Max: \"kernel\"",
    ),
    case(
        "DOWNTIMEEND",
        "Host",
        "0",
        KERNEL,
        "🔧 DOWNTIME web01 ended – Max: \"kernel\"",
    ),
    case(
        "DOWNTIMEEND",
        "Service",
        "0",
        KERNEL,
        "🔧 DOWNTIME web01 / Ping ended – Max: \"kernel\"",
    ),
    case(
        "DOWNTIMECANCELLED",
        "Host",
        "1",
        &[],
        "🔧 DOWNTIME web01 cancelled",
    ),
    case(
        "DOWNTIMECANCELLED",
        "Service",
        "2",
        &[],
        "🔧 DOWNTIME web01 / Ping cancelled",
    ),
    case(
        "CUSTOM",
        "Host",
        "0",
        CALL,
        "📣 web01 (UP) – Max: \"please call me\"",
    ),
    case(
        "CUSTOM",
        "Service",
        "0",
        CALL,
        "📣 web01 / Ping (OK) – Max: \"please call me\"",
    ),
    case(
        "STALKING",
        "Host",
        "0",
        &[],
        "📣 STALKING web01 (UP) – PING OK - rta 0.3 ms",
    ),
    case(
        "STALKING",
        "Service",
        "2",
        &[],
        "📣 STALKING web01 / Ping (CRITICAL) – 100% packet loss",
    ),
];

impl Case {
    /// `acknowledgement-service`.
    pub fn name(&self) -> String {
        format!("{}-{}", self.kind, self.object).to_lowercase()
    }

    pub fn line(&self) -> Vec<&'static str> {
        let output = match (self.object, self.state) {
            (_, "0") => "PING OK - rta 0.3 ms",
            ("Host", _) => "no reply from 172.16.166.229",
            _ => "100% packet loss",
        };
        let mut line = vec![
            "--type",
            self.object,
            "--notificationtype",
            self.kind,
            "--hostname",
            "web01",
            "--state",
            self.state,
            "--output",
            output,
            "--datetime",
            "1600000000",
        ];
        if self.object == "Service" {
            line.extend(["--servicedesc", "Ping"]);
        }
        line.extend(self.said);
        line
    }
}

/// A problem with everything that a core can say about it.
pub const RICH: [&str; 38] = [
    "--type",
    "Service",
    "--notificationtype",
    "PROBLEM",
    "--hostname",
    "c36b8048-93ce-4385-ac19-ab5c90574b77",
    "--hostdisplayname",
    "web01",
    "--servicedesc",
    "74fd8f59-1348-4e16-85f0-4a5c57c7dd62",
    "--servicedisplayname",
    "Disk /var",
    "--servicestate",
    "2",
    "--hoststate",
    "0",
    "--output",
    "DISK CRITICAL - free space: /var 312 MB (3%); <see> *docs* | /var=9688MB;8000;9000;0;10000",
    "--longoutput",
    r"/var/log 7200 MB\n/var/lib 2100 MB | /var/log=7200MB",
    "--hostaddress",
    "172.16.166.229",
    "--hostalias",
    "Shop, front",
    "--hostgroup",
    "linux,web",
    "--attempt",
    "3/3",
    "--notification-id",
    "4711",
    "--datetime",
    "1600000000",
    "--since",
    "1599999400",
    "--duration",
    "0d 0h 10m 0s",
    "--notes-url",
    "https://wiki.example.com/disk?a=b&c=d",
];
pub const RICH_FIELDS: [&str; 6] = [
    "--action-url",
    "https://graphs.example.com/disk",
    "--field",
    "Runbook=https://wiki.example.com/run(book)",
    "--field",
    "Team=storage",
];

/// What was asked for and what the program said, as the goldens keep it.
pub fn told(bench: &Bench, line: &[&str]) -> Value {
    let before = bench.preview.received().len();
    let run = bench.run(line);
    run.code(0).quiet();
    let received = bench.preview.received().split_off(before);
    assert!(received.len() <= 1, "{received:#?}");
    let request = received.first().map_or(Value::Null, |one| one.json());
    json!({"stderr": run.stderr.lines().collect::<Vec<_>>(), "request": request})
}

pub fn every_type_is_as_its_golden_file(program: Program) {
    let bench = Bench::new(program);
    for case in &CASES {
        let name = format!("{}/{}", program.provider(), case.name());
        assert_golden(&name, &told(&bench, &case.line()));
    }
}

pub fn a_rich_problem_is_as_its_golden_file(program: Program) {
    let bench = Bench::new(program);
    bench.config(&format!(
        "site = \"berlin\"\n{}[links]\nopenitcockpit = \"https://mon.example.com\"\n",
        bench.smallest_config()
    ));
    let line = [&RICH[..], &RICH_FIELDS].concat();
    let name = format!("{}/rich-problem-service", program.provider());
    assert_golden(&name, &told(&bench, &line));
}

/// Whatever the output: `first` and then the unit again and again, 60 KiB of it.
pub fn floods() -> impl Iterator<Item = (&'static str, String)> {
    const SIZE: usize = 60 * 1024;
    ["<", "&", "💥", "\\", "`", "x", "@all ", "\"", "a\n"]
        .into_iter()
        .map(|unit| (unit, unit.repeat(SIZE / unit.len())))
}

/// With links, whose addresses grow with the names.
pub fn linked(bench: &Bench) {
    bench.config(&format!(
        "{}[links]\nopenitcockpit = \"https://mon.example.com\"\n",
        bench.smallest_config()
    ));
}

/// Times of today, and what clocks in UTC show then; again where midnight came in between.
pub fn today<T>(run: impl Fn(&str, &str) -> T) -> T {
    let day = || {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("after 1970");
        since.as_secs() / 86_400 * 86_400
    };
    loop {
        let day_before = day();
        let at = |hour: u64, minute: u64| (day_before + hour * 3_600 + minute * 60).to_string();
        let result = run(&at(10, 2), &at(10, 9));
        if day() == day_before {
            return result;
        }
    }
}
