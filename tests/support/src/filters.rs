//! What contacts and destinations do not want to hear of. What becomes of that, the queue decides; here it is told.

use std::fs;

use crate::command_lines::{HOST, SERVICE, with};
use crate::configuration::{inline, section};
use crate::queue::{Queue, lane};
use crate::routing::bench;
use crate::{Bench, Program, Run};

const NEVER: &str = "[periods.never]\nmonday = []\n";

/// What a dry run says of each destination in its order: its name, and why it is held back.
fn held_back(bench: &Bench, line: &[&str], more: &[&str]) -> Vec<(String, String)> {
    let dry = bench.run([line, more, &["--dry-run"]].concat());
    dry.code(0);
    let titles = destinations(bench, &dry);
    let explained = bench.run([line, more, &["--explain"]].concat());
    explained.code(0);
    let told: Vec<&str> = explained
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("  held back: "))
        .collect();
    let reasons: Vec<&str> = titles.iter().map(|(_, reason)| &**reason).collect();
    let reasons: Vec<&str> = reasons.into_iter().filter(|one| !one.is_empty()).collect();
    assert_eq!(told, reasons, "{explained:#?}");
    titles
}

fn destinations(bench: &Bench, dry: &Run) -> Vec<(String, String)> {
    let prefix = format!("{}:", bench.program.provider());
    let mut found = Vec::new();
    let mut reason = String::new();
    for line in dry.stdout.lines() {
        let Some(title) = line.strip_prefix(&prefix) else {
            continue;
        };
        match title.split_once(": held back: ") {
            Some((_, why)) => reason = why.to_owned(),
            None => found.push((title.to_owned(), std::mem::take(&mut reason))),
        }
    }
    found
}

fn reason_at(found: &[(String, String)], name: &str) -> String {
    let one = found.iter().find(|(destination, _)| destination == name);
    one.unwrap_or_else(|| panic!("{name} is not in {found:?}"))
        .1
        .clone()
}

fn people(program: Program) -> String {
    let people = "\
[contacts]
alice = \"slack:db\"
[contacts.bob]
destinations = [\"slack:db\", \"slack:ops\"]
match = [\"Bob Example\"]
enabled = false
[contacts.carol]
destinations = \"slack:db\"
[contacts.carol.host]
period = \"never\"
[contacts.carol.service]
enabled = false
[contacts.dave]
destinations = \"slack:ops\"
[contacts.dave.host]
period = \"24x7\"
options = [\"u\", \"f\"]
[contacts.dave.service]
options = \"c,r\"
[contactgroups]
dba = \"slack:db\"
[contactgroups.nobody]
destinations = \"slack:db\"
[contactgroups.nobody.host]
options = \"n\"
";
    people.replace("slack:", &format!("{}:", program.provider())) + NEVER
}

pub fn a_contacts_filter_holds_back_what_it_leaves_out(program: Program) {
    let bench = bench(program, &people(program));
    let warning = with(&SERVICE, "--servicestate", "1");
    let recovery = with(
        &with(&HOST, "--notificationtype", "RECOVERY"),
        "--hoststate",
        "0",
    );
    let acknowledged = with(&HOST, "--notificationtype", "ACKNOWLEDGEMENT");
    for (line, contact, name, reason) in [
        (&HOST[..], "alice", "db", ""),
        (&HOST, "bob", "ops", "contact \"bob\": enabled = false"),
        (&SERVICE, "bob", "db", "contact \"bob\": enabled = false"),
        (
            &HOST,
            "carol",
            "db",
            "contact \"carol\": outside of the period \"never\" (",
        ),
        (
            &SERVICE,
            "carol",
            "db",
            "contact \"carol\": enabled = false",
        ),
        (
            &HOST,
            "dave",
            "ops",
            "contact \"dave\": its options leave out d (DOWN)",
        ),
        (
            &recovery,
            "dave",
            "ops",
            "contact \"dave\": its options leave out r (RECOVERY)",
        ),
        (&acknowledged, "dave", "ops", ""),
        (&SERVICE, "dave", "ops", ""),
        (
            &warning,
            "dave",
            "ops",
            "contact \"dave\": its options leave out w (WARNING)",
        ),
    ] {
        let found = held_back(&bench, line, &["--contact", contact]);
        let found = reason_at(&found, name);
        match reason.ends_with('(') {
            true => assert!(found.starts_with(reason), "{contact}: {found}"),
            false => assert_eq!(found, reason, "{contact}"),
        }
    }
}

pub fn a_destination_is_held_back_only_where_all_who_lead_there_do(program: Program) {
    let bench = bench(program, &people(program));
    let bob = "contact \"bob\": enabled = false";
    let nobody = "contactgroup \"nobody\": its options leave out d (DOWN)";
    for (options, db) in [
        (&["--contact", "bob"][..], bob.to_owned()),
        (&["--contact", "bob,alice"], String::new()),
        (&["--contact", "alice,bob"], String::new()),
        (
            &["--contact", "bob", "--contactgroup", "dba"],
            String::new(),
        ),
        (
            &["--contact", "bob", "--contactgroup", "nobody"],
            format!("{bob}; {nobody}"),
        ),
        (
            &["--contact", "bob", "--contactgroup", "nobody, dba"],
            String::new(),
        ),
        // One who is known by several names says it once.
        (
            &["--contact", "bob", "--contactalias", "Bob Example"],
            bob.to_owned(),
        ),
    ] {
        let found = held_back(&bench, &HOST, options);
        assert_eq!(reason_at(&found, "db"), db, "{options:?}");
    }
    let found = held_back(&bench, &HOST, &["--contact", "bob,alice"]);
    assert_eq!(reason_at(&found, "ops"), bob);
}

pub fn whoever_names_a_destination_passes_by_the_contacts_filters(program: Program) {
    let bench = bench(program, &people(program));
    for options in [
        &["--contact", "bob", "--to", "db"][..],
        &["--contact", "bob", "--to", "ops,default"],
        &["--contact", "mallory"],
        &[],
    ] {
        for (name, reason) in held_back(&bench, &HOST, options) {
            assert_eq!(reason, "", "{name} by {options:?}");
        }
    }
}

pub fn a_destinations_own_filter_is_asked_in_any_case(program: Program) {
    let provider = program.provider();
    let bench = bench(
        program,
        &format!(
            "\
[{provider}.destinations.off]
enabled = false
[{provider}.destinations.worst]
open_on = [\"Critical\", \"DOWN\"]
[{provider}.destinations.services]
options = \"w,u,c,r,f,s\"
[{provider}.destinations.never]
period = \"never\"
[contacts]
alice = \"{provider}:off\"
[contacts.bob]
destinations = \"{provider}:off\"
enabled = false
{NEVER}"
        ),
    );
    let bobs = format!("contact \"bob\": enabled = false; {provider}:off: enabled = false");
    let warning = with(&SERVICE, "--servicestate", "WARNING");
    let recovery = with(&warning, "--notificationtype", "RECOVERY");
    let recovery = with(&recovery, "--servicestate", "OK");
    for (line, options, name, reason) in [
        (&HOST[..], ["--to", "off"], "off", "enabled = false"),
        (&HOST, ["--contact", "alice"], "off", "enabled = false"),
        (&HOST, ["--contact", "bob"], "off", &bobs),
        (&HOST, ["--to", "worst"], "worst", ""),
        (&SERVICE, ["--to", "worst"], "worst", ""),
        (
            &warning,
            ["--to", "worst"],
            "worst",
            "open_on leaves out WARNING",
        ),
        (&recovery, ["--to", "worst"], "worst", ""),
        (&warning, ["--to", "services"], "services", ""),
        (
            &HOST,
            ["--to", "services"],
            "services",
            "its options leave out d (DOWN)",
        ),
    ] {
        let found = held_back(&bench, line, &options);
        assert_eq!(reason_at(&found, name), reason, "{options:?}");
    }
    let found = held_back(&bench, &HOST, &["--to", "never,db"]);
    assert!(reason_at(&found, "never").starts_with("outside of the period \"never\" ("));
    assert_eq!(reason_at(&found, "db"), "");
}

pub fn a_destination_inherits_the_filter_that_it_does_not_set(program: Program) {
    let bench = Bench::new(program);
    let provider = program.provider();
    let (section, place) = (section(&bench), inline(&bench, "own"));
    bench.config(&format!(
        "\
{section}{place}period = \"never\"
open_on = \"critical\"
[{provider}.destinations.same]
[{provider}.destinations.always]
period = \"24x7\"
[{provider}.destinations.wide]
period = \"24x7\"
open_on = [\"critical\", \"down\"]
{NEVER}"
    ));
    let found = held_back(&bench, &HOST, &["--to", "default,same,always,wide"]);
    for name in ["default", "same"] {
        assert!(reason_at(&found, name).starts_with("outside of the period"));
    }
    assert_eq!(reason_at(&found, "always"), "open_on leaves out DOWN");
    assert_eq!(reason_at(&found, "wide"), "");
}

pub fn a_filter_that_cannot_be_read_holds_nothing_back(program: Program) {
    let bench = Bench::new(program);
    let provider = program.provider();
    let smallest = bench.smallest_config();
    let first = smallest.lines().count() + 2;
    for (text, line, said) in [
        ("enabled = \"no\"", 0, "enabled must be true or false"),
        (
            "period = \"nights\"",
            0,
            "period names a period that [periods] lacks",
        ),
        ("period = 5", 0, "period must be a string"),
        (
            "options = [\"c\", \"x\"]",
            0,
            "options has \"x\"; there are d, w, u, c, r, f, s, n",
        ),
        (
            "options = []",
            0,
            "options is empty: leave it out for everything",
        ),
        (
            "open_on = \"up\"",
            0,
            "open_on has \"up\"; there are down, unreachable, warning, critical, unknown",
        ),
        (
            "open_on = []",
            0,
            "open_on is empty: leave it out for everything",
        ),
        ("open_on = 2", 0, "open_on must be a string"),
        (
            "period = \"office\"\n[periods.office]\nmonday = \"9 to 5\"",
            2,
            "periods.office.monday must be hours",
        ),
        (
            "period = \"office\"\n[periods.office]\nmonday = []\ntusday = \"09:00-17:00\"",
            3,
            "unknown key periods.office.tusday",
        ),
        (
            "period = \"office\"\n[periods.office]\nzone = \"Europe/Berlin\"",
            1,
            "periods.office names no day",
        ),
    ] {
        bench.config(&format!("{smallest}{text}\n"));
        let before = bench.preview.received().len();
        let run = bench.run(HOST);
        let line = first + line;
        run.code(0).says("delivered");
        run.says(&format!("config.toml:{line}: ")).says(said);
        assert_eq!(run.stderr.lines().count(), 2, "{run:#?}");
        assert_eq!(bench.preview.received().len(), before + 1, "{text}");
        assert_eq!(
            held_back(&bench, &HOST, &[]),
            [("default".to_owned(), String::new())],
            "{text}"
        );
        let check = bench.run(["--check"]);
        check.code(2);
        let said = said.replace('|', "/");
        assert!(check.stdout.contains(&said), "{check:#?}");
    }
    // A mistake in one part leaves the others.
    bench.config(&format!(
        "{smallest}options = \"x\"\nopen_on = \"critical\"\n"
    ));
    assert_eq!(
        reason_at(&held_back(&bench, &HOST, &[]), "default"),
        "open_on leaves out DOWN"
    );
    // The clock of a zone that nobody knows may not hold anything back.
    bench.config(&format!(
        "timezone = \"Europe/Berlyn\"\n{smallest}period = \"never\"\n{NEVER}"
    ));
    assert_eq!(reason_at(&held_back(&bench, &HOST, &[]), "default"), "");
    // Told once, however many inherit it.
    bench.config(&format!(
        "{smallest}options = \"x\"\n[{provider}.destinations.db]\n[{provider}.destinations.ops]\n"
    ));
    let run = bench.run(HOST);
    assert_eq!(run.stderr.lines().count(), 2, "{run:#?}");
}

pub fn a_contact_whose_filter_cannot_be_read_is_told_everything(program: Program) {
    let provider = program.provider();
    for wrong in [
        "enabled = 1",
        "host = 5",
        "[contacts.alice.host]\nenabled = \"no\"",
        "[contacts.alice.host]\noptions = \"x\"",
        "[contacts.alice.host]\nperiod = \"nights\"",
        "[contacts.alice.host]\nopen_on = \"critical\"",
    ] {
        let bench = bench(
            program,
            &format!("[contacts.alice]\ndestinations = \"{provider}:db\"\n{wrong}\n"),
        );
        let found = held_back(&bench, &HOST, &["--contact", "alice"]);
        assert_eq!(found, [("db".to_owned(), String::new())], "{wrong}");
        let run = bench.run(with(&HOST, "--contact", "alice"));
        run.code(0).says("config.toml:").says("contacts.alice.");
        run.says(&format!("{provider}:db: delivered"));
    }
}

pub fn an_entry_says_what_holds_it_back(program: Program) {
    let bench = bench(program, &people(program));
    let queue = Queue::of(&bench);
    let lines = ["db", "ops"].map(|name| queue.hold(&lane(&bench, name)));
    bench.run(with(&HOST, "--contact", "bob,alice")).code(0);
    let waiting = queue.waiting();
    assert_eq!(waiting.len(), 2, "{waiting:#?}");
    for kept in waiting {
        let entry = kept.json();
        match entry["destination"].as_str() {
            Some(id) if id.ends_with(":ops") => {
                assert_eq!(entry["held_back"], "contact \"bob\": enabled = false");
            }
            _ => assert!(entry.get("held_back").is_none(), "{entry:#}"),
        }
    }
    drop(lines);
}

/// Of a moment in UTC; 1970 began with a Thursday.
fn weekday(seconds: f64) -> &'static str {
    const DAYS: [&str; 7] = [
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "monday",
        "tuesday",
        "wednesday",
    ];
    DAYS[(seconds / 86_400.0) as usize % 7]
}

pub fn what_is_routed_later_is_filtered_by_its_own_moment(program: Program) {
    let provider = program.provider();
    let bench = bench(program, "");
    let good = fs::read_to_string(bench.folder().join("config.toml")).expect("a config");
    bench.file("config.toml", &format!("{good}= = =\n"));
    for contact in ["then", "today"] {
        bench.run(with(&HOST, "--contact", contact)).code(78);
    }
    let queue = Queue::of(&bench);
    let mut then = 0.0;
    for kept in queue.waiting() {
        let mut unrouted = kept.json();
        let created = unrouted["created"]["wall"].as_f64().expect("seconds");
        then = created - 3.0 * 86_400.0;
        unrouted["created"]["wall"] = then.into();
        fs::write(&kept.path, unrouted.to_string()).expect("an older one");
    }
    let contact = |name: &str, period: &str| {
        let destinations = format!("destinations = \"{provider}:db\"");
        format!(
            "[contacts.{name}]\n{destinations}\n[contacts.{name}.host]\nperiod = \"{period}\"\n"
        )
    };
    let today = then + 3.0 * 86_400.0;
    let all_day = |seconds: f64| format!("{} = \"00:00-24:00\"\n", weekday(seconds));
    let mended = [
        good,
        contact("then", "then"),
        contact("today", "today"),
        format!("[periods.then]\n{}", all_day(then)),
        // The day may end while this runs.
        format!(
            "[periods.today]\n{}{}",
            all_day(today),
            all_day(today + 86_400.0)
        ),
    ];
    bench.file("config.toml", &mended.concat());
    let line = queue.hold(&lane(&bench, "db"));
    bench.run(with(&HOST, "--to", "ops")).code(0);
    let reasons: Vec<_> = queue
        .waiting()
        .iter()
        .map(|kept| kept.json()["held_back"].as_str().map(str::to_owned))
        .collect();
    drop(line);
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    assert_eq!(reasons[0], None);
    let reason = reasons[1].as_deref().expect("a reason");
    assert!(
        reason.starts_with("contact \"today\": outside of the period \"today\" ("),
        "{reason}"
    );
}
