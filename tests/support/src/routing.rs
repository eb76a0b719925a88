//! Which destinations a notification goes to.

use crate::command_lines::{HOST, with};
use crate::configuration::{inline, key, name_of, secret, section};
use crate::{Bench, Program, Run};

/// A bench with its provider's own section, the destinations `db` and `ops`, and whatever is written behind them.
pub(crate) fn bench(program: Program, more: &str) -> Bench {
    let bench = Bench::new(program);
    let provider = program.provider();
    let named: String = ["db", "ops"]
        .iter()
        .map(|name| format!("[{provider}.destinations.{name}]\n{}", inline(&bench, name)))
        .collect();
    bench.config(&format!(
        "{}{}{named}{more}",
        section(&bench),
        inline(&bench, "own")
    ));
    bench
}

/// The names of the destinations that got it, in the alphabet's order, with what the program said.
fn routed(bench: &Bench, more: &[&str]) -> (Vec<String>, Run) {
    let before = bench.preview.received().len();
    let run = bench.run([&HOST[..], more].concat());
    run.code(0).quiet();
    let received = bench.preview.received().split_off(before);
    let mut names: Vec<String> = received.iter().map(name_of).collect();
    names.sort();
    (names, run)
}

pub fn destinations_inherit_what_they_do_not_say(program: Program) {
    let bench = Bench::new(program);
    let provider = program.provider();
    bench.config(&format!(
        "{}insecure = true\n[{provider}.destinations.db]\n{}[{provider}.destinations.ops]\n{}insecure = false\n",
        section(&bench),
        inline(&bench, "db"),
        inline(&bench, "ops"),
    ));
    let (names, run) = routed(&bench, &["--to", "db,ops"]);
    assert_eq!(names, ["db", "ops"]);
    run.says(&format!("{provider}:db: insecure = true"));
    assert!(
        !run.stderr.contains(&format!("{provider}:ops: insecure")),
        "{run:#?}"
    );
}

pub fn a_destinations_own_form_of_a_secret_replaces_the_inherited_one(program: Program) {
    let mut bench = Bench::new(program);
    let (provider, key) = (program.provider(), key(program));
    bench.file("db", &secret(&bench, "db"));
    let in_variable = secret(&bench, "ops");
    bench.set("OPS_SECRET", &in_variable);
    bench.config(&format!(
        "{}{}[{provider}.destinations.db]\n{key}_file = \"db\"\n[{provider}.destinations.ops]\n{key}_env = \"OPS_SECRET\"\n",
        section(&bench),
        inline(&bench, "own"),
    ));
    assert_eq!(
        routed(&bench, &["--to", "db,ops,default"]).0,
        ["db", "ops", "own"]
    );
}

pub fn to_picks_destinations_by_name(program: Program) {
    let bench = bench(program, "[contacts]\nalice = \"slack:db\"\n");
    let provider = program.provider();
    let of_provider = |name: &str| format!("{provider}:{name}");
    for (to, names) in [
        (vec!["db".to_owned()], &["db"][..]),
        (vec![of_provider("db")], &["db"]),
        (vec!["default".to_owned()], &["own"]),
        (vec!["db,ops".to_owned()], &["db", "ops"]),
        (
            vec![format!(" {} , ops,,", of_provider("db"))],
            &["db", "ops"],
        ),
        (vec!["db".to_owned(), "ops".to_owned()], &["db", "ops"]),
        (
            vec!["db".to_owned(), of_provider("db"), "db,db".to_owned()],
            &["db"],
        ),
    ] {
        let mut options: Vec<&str> = vec!["--contact", "alice"];
        options.extend(to.iter().flat_map(|to| ["--to", to]));
        let (actual, run) = routed(&bench, &options);
        assert_eq!(actual, names, "{to:?}");
        assert_eq!(run.stderr.lines().count(), names.len(), "{run:#?}");
    }
}

pub fn to_a_destination_of_another_program_is_a_usage_error(program: Program) {
    let bench = bench(program, "");
    let other = match program.provider() {
        "slack" => "mattermost",
        _ => "slack",
    };
    let to = format!("db,{other}:db");
    let run = bench.run([&HOST[..], &["--to", &to]].concat());
    run.code(64).quiet().one_line(program);
    run.says(&format!("--to {other}:db"))
        .says(&format!("sends to {}:… only", program.provider()));
    assert!(bench.preview.received().is_empty());
}

pub fn to_a_destination_that_nobody_has_names_the_nearest(program: Program) {
    let bench = bench(program, "");
    let provider = program.provider();
    for (to, said) in [
        (
            "opss",
            format!("there is no destination {provider}:opss: did you mean {provider}:ops?"),
        ),
        ("network", "there are db, ops".to_owned()),
        ("db,network", "there is no destination".to_owned()),
    ] {
        let run = bench.run([&HOST[..], &["--to", to]].concat());
        run.code(78).quiet().one_line(program).says(&said);
    }
    assert!(bench.preview.received().is_empty());
    bench.config(&bench.smallest_config());
    let run = bench.run([&HOST[..], &["--to", "ops"]].concat());
    run.code(78).quiet().one_line(program);
    run.says(&format!("add [{provider}.destinations.ops]"));
}

pub fn a_destination_that_cannot_be_used_does_not_hold_the_others_back(program: Program) {
    let provider = program.provider();
    let bench = bench(
        program,
        &format!("[{provider}.destinations.broken]\nuse_proxy = 5\n"),
    );
    let run = bench.run([&HOST[..], &["--to", "db,broken"]].concat());
    run.code(78)
        .quiet()
        .says(&format!("{provider}:db: delivered"));
    run.says(&format!(
        "{provider}.destinations.broken.use_proxy must be true or false, not an integer"
    ));
    assert_eq!(name_of(&bench.only()), "db");
}

pub fn without_a_route_the_default_takes_it(program: Program) {
    let bench = bench(program, "");
    let provider = program.provider();
    assert_eq!(routed(&bench, &[]).0, ["own"]);

    let named = |name: &str| format!("[{provider}.destinations.{name}]\n{}", inline(&bench, name));
    bench.config(&format!(
        "{}default = \"ops\"\n{}{}",
        section(&bench),
        named("db"),
        named("ops")
    ));
    assert_eq!(routed(&bench, &[]).0, ["ops"]);
    bench.config(&format!(
        "{}{}default = \"ops\"\n{}",
        section(&bench),
        inline(&bench, "own"),
        named("ops")
    ));
    assert_eq!(routed(&bench, &[]).0, ["ops"]);
    bench.config(&format!("{}{}", section(&bench), named("only")));
    assert_eq!(routed(&bench, &[]).0, ["only"]);
}

pub fn several_destinations_without_a_default_are_an_error(program: Program) {
    let bench = Bench::new(program);
    let provider = program.provider();
    let named = |name: &str| format!("[{provider}.destinations.{name}]\n{}", inline(&bench, name));
    bench.config(&format!(
        "{}{}{}",
        section(&bench),
        named("db"),
        named("ops")
    ));
    let run = bench.run(HOST);
    run.code(78).quiet();
    run.says(&format!(
        "[{provider}] has several destinations and no default"
    ))
    .says("default = ");
    assert_eq!(routed(&bench, &["--to", "ops"]).0, ["ops"]);

    bench.config(&format!(
        "{}default = \"opss\"\n{}",
        section(&bench),
        named("ops")
    ));
    let run = bench.run(HOST);
    run.code(78).quiet();
    run.says(&format!("{provider}.default names no destination"));
}

fn people(program: Program) -> String {
    "\
[contacts]
alice = \"slack:db\"
bob = [\"slack:db\", \"slack:ops\"]
[contacts.carol]
destinations = [\"slack:ops\", \"elsewhere:ops\"]
match = [\"Carol Example\", \"carol@example.com\", \"0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f\"]
[contacts.dave]
destinations = \"elsewhere:db\"
[contactgroups]
dba = \"slack:db\"
[contactgroups.everybody]
destinations = [\"slack:db\", \"slack:ops\"]
match = \"All people\"
"
    .replace("slack:", &format!("{}:", program.provider()))
}

pub fn contacts_and_groups_lead_to_their_destinations(program: Program) {
    let bench = bench(program, &people(program));
    for (options, names) in [
        (&["--contact", "alice"][..], &["db"][..]),
        (&["--contactname", "alice"], &["db"]),
        (&["--contact", "bob"], &["db", "ops"]),
        (&["--contact", "alice,carol"], &["db", "ops"]),
        (&["--contact", "Carol Example"], &["ops"]),
        (
            &["--contact", "0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f"],
            &["ops"],
        ),
        (&["--contactalias", "Carol Example"], &["ops"]),
        (&["--contactmail", "carol@example.com"], &["ops"]),
        (&["--contactgroup", "dba"], &["db"]),
        (&["--contactgroup", "All people"], &["db", "ops"]),
        (&["--contactgroup", "dba, everybody"], &["db", "ops"]),
        (
            &["--contact", "carol", "--contactgroup", "dba"],
            &["db", "ops"],
        ),
        (&["--contact", "alice", "--contactgroup", "nobody"], &["db"]),
        (
            &["--contact", "unknown", "--contactalias", "alice"],
            &["db"],
        ),
    ] {
        let (actual, run) = routed(&bench, options);
        assert_eq!(actual, names, "{options:?}");
        assert_eq!(
            run.stderr.lines().count(),
            names.len(),
            "{options:?}: {run:#?}"
        );
    }
}

pub fn a_contact_that_nobody_knows_leads_to_the_default_with_a_word(program: Program) {
    let bench = bench(program, &people(program));
    for (option, what) in [("--contact", "contact"), ("--contactgroup", "contactgroup")] {
        let (names, run) = routed(&bench, &[option, "mallory"]);
        assert_eq!(names, ["own"], "{option}");
        run.says(&format!("{what} \"mallory\" is not in [{what}s]"))
            .says(&format!("sent to {}:default instead", program.provider()));
        assert_eq!(run.stderr.lines().count(), 2, "{run:#?}");
    }
}

pub fn one_unknown_contact_of_a_list_is_named(program: Program) {
    let bench = bench(program, &people(program));
    let (names, run) = routed(&bench, &["--contact", "alice,nobody"]);
    assert_eq!(names, ["db"]);
    run.says("contact \"nobody\" is not in [contacts]");
}

pub fn a_contact_whose_destination_nobody_has_leads_to_the_default(program: Program) {
    let provider = program.provider();
    let dead = format!("[contacts]\nalice = \"{provider}:nosuch\"\n");
    let bench = bench(program, &dead);
    let (names, run) = routed(&bench, &["--contact", "alice"]);
    assert_eq!(names, ["own"]);
    let said = format!("{provider}:nosuch, which is no destination");
    run.says(&said);
    let check = bench.run(["--check"]);
    check.code(2);
    assert!(check.stdout.contains(&said), "{check:#?}");
}

pub fn a_contact_of_other_programs_only_leads_to_the_default_with_a_word(program: Program) {
    let bench = bench(program, &people(program));
    let provider = program.provider();
    let (names, run) = routed(&bench, &["--contact", "dave"]);
    assert_eq!(names, ["own"]);
    run.says(&format!("contact \"dave\" has no {provider} destination"))
        .says(&format!("sent to {provider}:default instead"));
}

pub fn without_contacts_in_the_config_nobody_asks_for_them(program: Program) {
    let bench = bench(program, "");
    let line = [
        "--contact",
        "alice",
        "--contactgroup",
        "dba",
        "--contactmail",
        "a@b",
    ];
    let (names, run) = routed(&bench, &line);
    assert_eq!(names, ["own"]);
    run.one_line(program);
}

pub fn what_openitcockpit_says_of_a_contact_is_understood(program: Program) {
    let bench = bench(
        program,
        &format!(
            "\
[contacts.alice]
destinations = [\"{}:ops\"]
enabled = true
[contacts.alice.host]
enabled = true
period = \"office\"
options = [\"d\", \"u\", \"r\", \"f\", \"s\"]
[contacts.alice.service]
enabled = true
period = \"24x7\"
options = \"w,u,c,r,f,s\"
[periods.office]
zone = \"Europe/Berlin\"
monday = \"00:00-24:00\"
tuesday = \"00:00-24:00\"
wednesday = \"00:00-12:00,12:00-24:00\"
thursday = \"00:00-24:00\"
friday = [\"00:00-12:00\", \"12:00-24:00\"]
saturday = \"00:00-24:00\"
sunday = \"00:00-24:00\"
",
            program.provider()
        ),
    );
    let (names, run) = routed(&bench, &["--contact", "alice"]);
    assert_eq!(names, ["ops"]);
    run.one_line(program);
}

pub fn a_contact_that_cannot_be_meant_is_named_with_its_line_and_key(program: Program) {
    let bench = Bench::new(program);
    for (text, line, said) in [
        (
            "[contacts]\nalice = \"ops\"",
            2,
            "contacts.alice has \"ops\": a destination is written provider:name",
        ),
        (
            "[contacts]\nalice = 5",
            2,
            "contacts.alice must be a string or a list of strings",
        ),
        (
            "[contacts.alice]\nmatch = \"x\"",
            1,
            "contacts.alice has no destinations",
        ),
        (
            "[contacts.alice]\ndestinations = [\"slack\"]",
            2,
            "contacts.alice.destinations has \"slack\"",
        ),
        (
            "[contacts.alice]\ndestinations = []\nenabled = \"yes\"",
            3,
            "contacts.alice.enabled must be true or false",
        ),
        (
            "[contacts.alice]\ndestinations = []\n[contacts.alice.host]\nenabled = 1",
            4,
            "contacts.alice.host.enabled must be true or false",
        ),
        (
            "[contacts.alice]\ndestinations = []\n[contacts.alice.host]\noptions = [\"d\", \"c\"]",
            4,
            "contacts.alice.host.options has \"c\"; there are d, u, r, f, s, n",
        ),
        (
            "[contacts.alice]\ndestinations = []\n[contacts.alice.service]\noptions = \"w,d\"",
            4,
            "contacts.alice.service.options has \"d\"; there are w, u, c, r, f, s, n",
        ),
        (
            "[contacts.alice]\ndestinations = []\n[contacts.alice.service]\nperiod = \"office\"",
            4,
            "contacts.alice.service.period names a period that [periods] lacks",
        ),
        (
            "[contactgroups]\ndba = [\"ops\"]",
            2,
            "contactgroups.dba has \"ops\"",
        ),
        (
            "[periods.office]\nmonday = \"9 to 5\"",
            2,
            "periods.office.monday must be hours like \"09:00-17:00\"",
        ),
        (
            "[periods.office]\nmonday = \"17:00-09:00\"",
            2,
            "periods.office.monday must be hours",
        ),
    ] {
        let smallest = bench.smallest_config();
        bench.config(&format!("{smallest}{text}\n"));
        let run = bench.run(with(&HOST, "--contact", "alice"));
        run.code(0).quiet().says("delivered");
        let line = line + 1 + smallest.lines().count();
        run.says(&format!("config.toml:{line}: {said}"));
    }
}

pub fn an_unknown_key_of_a_contact_is_a_warning_too(program: Program) {
    let bench = Bench::new(program);
    let contact = format!(
        "[contacts.alice]\ndestinations = \"{}:default\"\n",
        program.provider()
    );
    for (text, line, said) in [
        (
            "mach = \"x\"",
            3,
            "contacts.alice.mach: did you mean match?",
        ),
        (
            "[contacts.alice.service]\noption = \"w\"",
            4,
            "contacts.alice.service.option: did you mean options?",
        ),
        (
            "[periods.office]\nmoonday = \"09:00-17:00\"",
            4,
            "periods.office.moonday: did you mean monday?",
        ),
    ] {
        let smallest = bench.smallest_config();
        bench.config(&format!("{smallest}{contact}{text}\n"));
        let run = bench.run(with(&HOST, "--contact", "alice"));
        run.code(0).quiet();
        let line = line + 1 + smallest.lines().count();
        run.says(&format!("config.toml:{line}: unknown key {said}"))
            .says("delivered");
        assert_eq!(run.stderr.lines().count(), 2, "{run:#?}");
    }
}

pub fn a_destination_that_is_no_table_leaves_the_others_alone(program: Program) {
    let bench = Bench::new(program);
    let provider = program.provider();
    let smallest = bench.smallest_config();
    bench.config(&format!(
        "{smallest}[{provider}.destinations]\ndb = \"x\"\n"
    ));
    bench
        .run(HOST)
        .code(0)
        .says(&format!("{provider}.destinations.db must be a table"))
        .says("delivered");
}

pub fn a_destinations_name_is_a_plain_word(program: Program) {
    let provider = program.provider();
    for (name, said) in [
        ("default", "is the name of the table above it"),
        ("\"a,b\"", "may have letters, digits, dots and dashes only"),
        ("\"\"", "has no name"),
    ] {
        let bench = bench(
            program,
            &format!("[{provider}.destinations.{name}]\nuse_proxy = false\n"),
        );
        let (names, run) = routed(&bench, &[]);
        assert_eq!(names, ["own"], "{name}");
        run.says(said);
    }
}
