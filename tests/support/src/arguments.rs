//! The command line: every spelling, every value, and what is no value.

use serde_json::Value;

use crate::command_lines::{
    DOCUMENTED, HOST, HOST_PROBLEM, SERVICE, SERVICE_PROBLEM, replace, with, without,
};
use crate::{Bench, Program, Received};

#[macro_export]
macro_rules! arguments {
    ($program:expr) => {
        $crate::promises!(arguments, $program;
            every_documented_command_line_is_delivered,
            every_spelling_of_an_option_says_the_same,
            the_object_type_is_read_in_any_case,
            a_state_is_an_id_or_a_name_in_any_case,
            every_cores_spelling_of_a_notification_type_is_the_same_type,
            an_unknown_notification_type_is_shown_as_it_is,
            what_is_no_object_type_or_state_is_a_usage_error,
            an_essential_value_that_is_missing_is_named_with_the_reason,
            a_missing_state_is_said_and_looks_like_no_good_one,
            of_an_option_given_twice_the_last_counts,
            words_of_no_option_are_named_and_stop_nothing,
            an_unknown_option_is_answered_with_the_nearest_one,
            help_and_version_go_to_stdout,
        );
        $crate::promises!(values, $program;
            an_empty_value_or_what_a_shell_leaves_of_a_macro_was_not_given,
            a_service_macro_in_a_host_notification_is_no_service,
            an_option_at_the_very_end_needs_no_value,
            a_value_may_begin_with_a_dash,
            quotes_and_backslashes_arrive_as_they_were_typed,
            further_lines_come_with_the_output_or_as_long_output,
            control_characters_are_left_out,
            an_output_of_64_kib_is_delivered,
            what_is_not_utf8_is_shown_with_a_replacement_character,
        );
        $crate::promises!(context, $program;
            context_that_is_given_is_shown,
            fields_are_shown_in_their_order,
            a_field_without_a_name_is_shown_all_the_same,
            names_for_people_stand_instead_of_the_cores_names,
            the_symbol_can_be_left_out,
            the_reference_names_the_site,
        );
        $crate::promises!(environment, $program;
            the_environment_of_a_core_alone_is_enough_for_a_service,
            the_environment_of_a_core_alone_is_enough_for_a_host,
            an_argument_wins_over_the_environment,
            what_was_not_given_as_an_argument_is_taken_from_the_environment,
            one_option_of_a_shared_command_does_not_need_the_others,
            the_environment_may_hold_any_bytes,
        );
    };
}

/// Everything a person could read in the request, without what only keeps text from acting.
pub(crate) fn words(received: &Received) -> String {
    fn collect(value: &Value, words: &mut String) {
        match value {
            Value::String(text) => *words += &format!("{text}\n"),
            Value::Array(list) => list.iter().for_each(|item| collect(item, words)),
            Value::Object(object) => object.values().for_each(|item| collect(item, words)),
            _ => {}
        }
    }
    let mut words = String::new();
    collect(&received.json(), &mut words);
    words.replace('\u{200B}', "")
}

pub fn every_documented_command_line_is_delivered(program: Program) {
    for line in DOCUMENTED {
        let bench = Bench::new(program);
        let (macros, told) = match line.contains("--type Host") {
            true => (HOST_PROBLEM, "DOWN web01"),
            false => (SERVICE_PROBLEM, "CRITICAL web01 / Ping"),
        };
        bench.shell(&replace(line, macros)).code(0).quiet();
        let shown = bench.only().shown.expect("a message");
        assert!(shown.contains(told), "{line}: {shown}");
        assert!(!shown.contains('$'), "{line}: {shown}");
        let output = replace("$SERVICEOUTPUT$ $HOSTOUTPUT$", macros);
        let shows_output = ["100% packet loss", "no reply from 10.1.1.1"]
            .iter()
            .any(|known| output.contains(known) && shown.contains(known));
        assert!(shows_output, "{line}: {shown}");
    }
}

pub fn every_spelling_of_an_option_says_the_same(program: Program) {
    let bench = Bench::new(program);
    let everywhere: &[(&str, &[&str])] = &[
        ("--hostname", &["--hostuuid", "--host"]),
        ("--notificationtype", &["--notification-type"]),
        ("--hostalias", &["--hostdescription"]),
    ];
    let host: &[(&str, &[&str])] = &[
        ("--hoststate", &["--state"]),
        ("--output", &["--hostoutput"]),
        ("--longoutput", &["--hostlongoutput"]),
        ("--ackauthor", &["--author", "--hostackauthor"]),
        ("--ackcomment", &["--comment", "--hostackcomment"]),
    ];
    let service: &[(&str, &[&str])] = &[
        (
            "--servicedesc",
            &["--serviceuuid", "--servicedescription", "--service"],
        ),
        ("--servicestate", &["--state"]),
        ("--output", &["--serviceoutput"]),
        ("--longoutput", &["--servicelongoutput"]),
        ("--ackauthor", &["--author", "--serviceackauthor"]),
        ("--ackcomment", &["--comment", "--serviceackcomment"]),
    ];
    let more = [
        "--hostalias",
        "Shop",
        "--longoutput",
        "line 2",
        "--ackauthor",
        "Max",
        "--ackcomment",
        "disk ordered",
    ];
    for (line, own) in [(&HOST[..], host), (&SERVICE[..], service)] {
        let line = [line, &more].concat();
        let expected = bench.sent(&line).json();
        for (usual, others) in everywhere.iter().chain(own) {
            assert!(line.contains(usual), "{usual} is not tried");
            for other in *others {
                let at = line.iter().position(|word| word == usual).expect(usual);
                let mut line = line.clone();
                line[at] = other;
                assert_eq!(bench.sent(&line).json(), expected, "{other}");
                let joined = format!("{other}={}", line[at + 1]);
                line.splice(at..at + 2, [&*joined]);
                assert_eq!(bench.sent(&line).json(), expected, "{joined}");
            }
        }
    }
}

pub fn the_object_type_is_read_in_any_case(program: Program) {
    let bench = Bench::new(program);
    for (line, words) in [
        (&HOST[..], ["host", "HOST", " Host "]),
        (&SERVICE[..], ["service", "SERVICE", "Service "]),
    ] {
        let expected = bench.sent(line).json();
        for word in words {
            assert_eq!(
                bench.sent(with(line, "--type", word)).json(),
                expected,
                "{word:?}"
            );
        }
    }
}

pub fn a_state_is_an_id_or_a_name_in_any_case(program: Program) {
    let bench = Bench::new(program);
    for (line, option, words, name) in [
        (&HOST[..], "--hoststate", ["1", "DOWN", "Down"], "DOWN"),
        (
            &HOST,
            "--hoststate",
            ["2", "UNREACHABLE", "unreachable"],
            "UNREACHABLE",
        ),
        (
            &SERVICE,
            "--servicestate",
            ["1", "WARNING", "Warning"],
            "WARNING",
        ),
        (
            &SERVICE,
            "--servicestate",
            ["2", "CRITICAL", "critical"],
            "CRITICAL",
        ),
        (
            &SERVICE,
            "--servicestate",
            ["3", "UNKNOWN", " 3 "],
            "UNKNOWN",
        ),
    ] {
        for word in words {
            let shown = bench.sent(with(line, option, word)).shown.expect("shown");
            assert!(shown.contains(&format!("{name} web01")), "{word}: {shown}");
        }
    }
    for (line, option, words, name) in [
        (&HOST[..], "--hoststate", ["0", "UP", "ok"], "UP"),
        (&SERVICE, "--servicestate", ["0", "OK", "up"], "OK"),
    ] {
        let recovery = with(line, "--notificationtype", "RECOVERY");
        for word in words {
            let shown = self::words(&bench.sent(with(&recovery, option, word)));
            assert!(shown.contains(&format!("{name} web01")), "{word}: {shown}");
        }
    }
}

pub fn every_cores_spelling_of_a_notification_type_is_the_same_type(program: Program) {
    let bench = Bench::new(program);
    let dry_run = |word| {
        let line = with(&SERVICE, "--notificationtype", word);
        bench
            .run([&*with(&line, "--servicestate", "0"), &["--dry-run"]].concat())
            .code(0)
            .stdout
            .clone()
    };
    for (usual, others) in [
        ("PROBLEM", &["Problem", "problem"][..]),
        ("RECOVERY", &["Recovery"]),
        ("ACKNOWLEDGEMENT", &["ACKNOWLEDGMENT", "Acknowledgement"]),
        ("FLAPPINGSTART", &["FlappingStart"]),
        ("FLAPPINGSTOP", &["FLAPPINGEND", "FlappingEnd"]),
        ("FLAPPINGDISABLED", &["flappingdisabled"]),
        ("DOWNTIMESTART", &["DowntimeStart"]),
        ("DOWNTIMEEND", &["DowntimeEnd"]),
        (
            "DOWNTIMECANCELLED",
            &["DOWNTIMEREMOVED", "DOWNTIMECANCELED", "DowntimeRemoved"],
        ),
        ("CUSTOM", &["Custom"]),
    ] {
        let expected = dry_run(usual);
        for other in others {
            assert_eq!(dry_run(other), expected, "{other}");
        }
    }
}

pub fn an_unknown_notification_type_is_shown_as_it_is(program: Program) {
    let bench = Bench::new(program);
    let line = with(&SERVICE, "--notificationtype", "Stalking");
    bench.run([&*line, &["--dry-run"]].concat()).code(0);
    let run = bench.run(&line);
    run.code(0).quiet();
    let told = match program.provider() {
        "pagerduty" => run.stderr.clone(),
        _ => words(&bench.only()),
    };
    assert!(told.contains("Stalking"), "{told}");
}

pub fn what_is_no_object_type_or_state_is_a_usage_error(program: Program) {
    let bench = Bench::new(program);
    for (line, option, value, said) in [
        (&HOST[..], "--type", "Hots", "neither Host nor Service"),
        (&HOST, "--hoststate", "3", "hosts have 0 UP"),
        (&HOST, "--hoststate", "CRITICAL", "hosts have 0 UP"),
        (&SERVICE, "--servicestate", "4", "services have 0 OK"),
        (&SERVICE, "--servicestate", "DOWN", "services have 0 OK"),
        (&SERVICE, "--servicestate", "-1", "services have 0 OK"),
    ] {
        let run = bench.run(with(line, option, value));
        run.code(64).quiet().one_line(program);
        run.says(option).says(&format!("{value:?}")).says(said);
    }
    assert!(bench.preview.received().is_empty());
}

pub fn an_essential_value_that_is_missing_is_named_with_the_reason(program: Program) {
    let bench = Bench::new(program);
    for (option, what) in [
        ("--type", "object type"),
        ("--notificationtype", "notification type"),
        ("--hostname", "host name"),
        ("--servicedesc", "service description"),
    ] {
        let run = bench.run(without(&SERVICE, option));
        run.code(64).quiet().one_line(program);
        run.says(what).says(&format!("{option} is missing"));
        run.says("try by hand").says("--dry-run");
        for (value, why) in [
            ("", "is empty"),
            (" ", "is empty"),
            ("$", "a macro that was not replaced"),
            ("$_HOSTNOPE$", "a macro that was not replaced"),
        ] {
            let run = bench.run(with(&SERVICE, option, value));
            run.code(64).quiet().one_line(program);
            run.says(what).says(option).says(why);
        }
    }
    assert!(bench.preview.received().is_empty());
}

pub fn a_missing_state_is_said_and_looks_like_no_good_one(program: Program) {
    let bench = Bench::new(program);
    for (line, option) in [(&HOST[..], "--hoststate"), (&SERVICE, "--servicestate")] {
        let received = bench.sent(without(line, option));
        let told = words(&received);
        assert!(told.contains("PROBLEM web01"), "{told}");
        assert!(told.contains("(state not given)"), "{told}");
        assert!(!told.contains(" UP") && !told.contains("OK"), "{told}");
        match program.provider() {
            "pagerduty" => assert_eq!(received.json()["payload"]["severity"], "error"),
            _ => assert_eq!(received.json()["attachments"][0]["color"], "#adadad"),
        }
    }
}

pub fn of_an_option_given_twice_the_last_counts(program: Program) {
    let bench = Bench::new(program);
    let twice = [
        &["--output", "first", "--hostname", "db01"],
        &HOST[..],
        &["--no-emoji", "--no-emoji"],
    ]
    .concat();
    let once = [&HOST[..], &["--no-emoji"]].concat();
    assert_eq!(bench.sent(twice).json(), bench.sent(once).json());
}

pub fn words_of_no_option_are_named_and_stop_nothing(program: Program) {
    let bench = Bench::new(program);
    let run = bench.shell("--type Host --notificationtype PROBLEM --hostname web01 --hoststate 1 --output no reply from 10.1.1.1");
    run.code(0).quiet();
    run.says("ignored \"reply from 10.1.1.1\"").says("quotes");
    let shown = bench.only().shown.expect("shown");
    assert!(shown.contains("DOWN web01"), "{shown}");
}

pub fn an_unknown_option_is_answered_with_the_nearest_one(program: Program) {
    let bench = Bench::new(program);
    for (option, said) in [
        ("--hostnam", "did you mean --hostname?"),
        ("--notificationtyp", "did you mean --notificationtype?"),
        ("--xyzzy", "--help lists them all"),
    ] {
        let run = bench.run([&HOST[..], &[option, "x"]].concat());
        run.code(64).quiet().one_line(program);
        run.says(option).says(said);
    }
    let run = bench.run([&HOST[..], &["--config"]].concat());
    run.code(64).quiet().one_line(program);
    run.says("--config <FILE> needs a value");
    assert!(bench.preview.received().is_empty());
}

pub fn help_and_version_go_to_stdout(program: Program) {
    let bench = Bench::new(program);
    let help = bench.run(["--help"]);
    assert_eq!((help.code, help.stderr.as_str()), (0, ""));
    for words in [
        "--notificationtype",
        "--dry-run",
        "Exit codes: 0",
        "Try it by hand",
    ] {
        assert!(help.stdout.contains(words), "{words}: {}", help.stdout);
    }
    let version = bench.run(["--version"]);
    assert_eq!((version.code, version.stderr.as_str()), (0, ""));
    let (name, rest) = version.stdout.split_once(' ').expect("name and version");
    assert_eq!(name, program.name);
    let (number, commit) = rest.trim_end().split_once(" (").expect("a commit");
    assert_eq!(number.split('.').count(), 3, "{number}");
    let is_hash = |word: &str| word.len() == 10 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let commit = commit.trim_end_matches(')');
    assert!(is_hash(commit) || commit == "no commit", "{commit}");
}
