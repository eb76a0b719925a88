//! What a value may be, and what is none.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use crate::arguments::words;
use crate::command_lines::{HOST, SERVICE, with, without};
use crate::{Bench, Program};

/// Everything that may be left out, of every program.
const OPTIONAL: &[&str] = &[
    "--hoststate",
    "--servicestate",
    "--output",
    "--hostoutput",
    "--serviceoutput",
    "--longoutput",
    "--ackauthor",
    "--serviceackauthor",
    "--ackcomment",
    "--hostackcomment",
    "--hostaddress",
    "--hostdisplayname",
    "--servicedisplayname",
    "--hostalias",
    "--hostgroup",
    "--attempt",
    "--notification-id",
    "--notification-number",
    "--since",
    "--last-ok",
    "--last-state",
    "--duration",
    "--notes-url",
    "--action-url",
    "--contact",
    "--contactalias",
    "--contactgroup",
    "--to",
    "--field",
    "--config",
];

pub fn an_empty_value_or_what_a_shell_leaves_of_a_macro_was_not_given(program: Program) {
    let bench = Bench::new(program);
    bench.config(&format!(
        "{}[contacts]\nalice = [\"{}:default\"]\n",
        bench.smallest_config(),
        program.provider()
    ));
    for line in [&HOST[..], &SERVICE] {
        let line = OPTIONAL
            .iter()
            .fold(line.to_vec(), |line, option| without(&line, option));
        let expected = bench.sent(&line).json();
        for nothing in ["", " ", "$", "$_HOSTNOPE$", "$host.vars.nope$"] {
            for option in OPTIONAL {
                if *option == "--config" && !nothing.is_empty() {
                    continue;
                }
                let actual = bench.sent([&*line, &[option, nothing]].concat()).json();
                assert_eq!(actual, expected, "{option} {nothing:?}");
            }
            let field = format!("Runbook={nothing}");
            let actual = bench.sent([&*line, &["--field", &field]].concat()).json();
            assert_eq!(actual, expected, "--field {field:?}");
        }
    }
}

pub fn a_service_macro_in_a_host_notification_is_no_service(program: Program) {
    let bench = Bench::new(program);
    let expected = bench.sent(HOST).json();
    for quote in ['"', '\''] {
        let before = bench.preview.received().len();
        let service = format!(
            "{quote}$SERVICEDESC${quote} --servicestate {quote}$SERVICESTATEID${quote} --serviceoutput {quote}$SERVICEOUTPUT${quote}"
        );
        let line = format!("'{}' --servicedesc {service}", HOST.join("' '"));
        bench.shell(&line).code(0).quiet();
        let received = bench.preview.received().split_off(before);
        assert_eq!(received[0].json(), expected, "{line}");
    }
}

pub fn an_option_at_the_very_end_needs_no_value(program: Program) {
    let bench = Bench::new(program);
    let expected = bench.sent(HOST).json();
    for option in [
        "--longoutput",
        "--hostaddress",
        "--ackcomment",
        "--field",
        "--to",
    ] {
        let line = [&HOST[..], &[option]].concat();
        assert_eq!(bench.sent(line).json(), expected, "{option}");
    }
}

pub fn a_value_may_begin_with_a_dash(program: Program) {
    let bench = Bench::new(program);
    for value in [
        "-1 °C",
        "-",
        "--",
        "--help",
        "--type",
        "-x",
        "--no-such-option=1",
    ] {
        let shown = words(&bench.sent(with(&SERVICE, "--output", value)));
        assert!(shown.contains(value), "{value}: {shown}");
        let shown = words(&bench.sent(with(&SERVICE, "--servicedesc", value)));
        assert!(
            shown.contains(&format!("web01 / {value}")),
            "{value}: {shown}"
        );
    }
}

pub fn quotes_and_backslashes_arrive_as_they_were_typed(program: Program) {
    let bench = Bench::new(program);
    // Inside a fence or a detail nothing is escaped: there every vendor shows the text as it is.
    for output in [
        r#"it's "down"; really: C:\temp\new $HOME `id` $(id) {"a": 1}"#,
        r"trailing \",
        "100% ; DROP TABLE",
    ] {
        let line = with(&SERVICE, "--longoutput", output);
        let long = output.replace('\\', r"\\");
        let line = with(&line, "--longoutput", &long);
        let shown = words(&bench.sent(line));
        assert!(shown.contains(output), "{output}: {shown}");
    }
}

pub fn further_lines_come_with_the_output_or_as_long_output(program: Program) {
    let bench = Bench::new(program);
    let expected = bench
        .sent(with(&SERVICE, "--longoutput", r"second line\nthird line"))
        .json();
    assert!(expected.to_string().contains(r"second line\nthird line"));
    let together = "100% packet loss\nsecond line\nthird line";
    for line in [
        with(&SERVICE, "--output", together),
        with(&SERVICE, "--longoutput", "second line\nthird line"),
        with(&SERVICE, "--longoutput", "second line\r\nthird line\n"),
    ] {
        assert_eq!(bench.sent(&line).json(), expected, "{line:?}");
    }
}

pub fn control_characters_are_left_out(program: Program) {
    let bench = Bench::new(program);
    let line = with(
        &SERVICE,
        "--output",
        "\u{1b}[31mred\u{1b}[0m a\tb \u{7}\u{202E}c",
    );
    let received = bench.sent(with(&line, "--servicedesc", "Pi\u{8}n\ng"));
    let told = words(&received);
    assert!(told.contains("web01 / Pin g"), "{told}");
    assert!(
        !told.contains(['\u{1b}', '\u{7}', '\u{8}', '\u{202E}']),
        "{told:?}"
    );
    assert!(told.contains("a b c"), "{told}");
}

pub fn an_output_of_64_kib_is_delivered(program: Program) {
    let bench = Bench::new(program);
    let long = "lorem ipsum ".repeat(64 * 1024 / 12);
    for option in ["--output", "--longoutput", "--ackcomment"] {
        let received = bench.sent(with(&SERVICE, option, &long));
        assert_eq!(received.verdict, "accepted", "{option}");
        let shown = received.shown.expect("shown");
        assert!(
            shown.contains("CRITICAL web01 / Ping"),
            "{option}: {shown:.200}"
        );
    }
}

pub fn what_is_not_utf8_is_shown_with_a_replacement_character(program: Program) {
    let bench = Bench::new(program);
    let mut line: Vec<OsString> = without(&SERVICE, "--output")
        .iter()
        .map(OsString::from)
        .collect();
    line.extend([
        "--output".into(),
        OsString::from_vec(b"caf\xe9 \xff closed".to_vec()),
    ]);
    let shown = bench.sent(&line).shown.expect("shown");
    assert!(shown.contains("caf\u{FFFD} \u{FFFD} closed"), "{shown}");
}
