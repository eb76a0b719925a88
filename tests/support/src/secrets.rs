//! Where secrets stand, and what is wrong with them.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use crate::command_lines::HOST;
use crate::configuration::{inline, key, name_of, secret, section};
use crate::{Bench, Program};

pub fn a_secret_stands_in_the_config_in_a_file_or_in_a_variable(program: Program) {
    let mut bench = Bench::new(program);
    let key = key(program);
    bench.file("plain", &secret(&bench, "plain"));
    bench.file("newline", &format!("{}\n", secret(&bench, "newline")));
    bench.file("windows", &format!(" {}\r\n\n", secret(&bench, "windows")));
    let absolute = bench.file("absolute", &secret(&bench, "absolute"));
    let in_variable = secret(&bench, "variable");
    bench.set("NOTIFY_TEST_SECRET", &in_variable);
    for (line, name) in [
        (inline(&bench, "inline"), "inline"),
        (format!("{key}_file = \"plain\""), "plain"),
        (format!("{key}_file = \"./newline\""), "newline"),
        (format!("{key}_file = \"windows\""), "windows"),
        (format!("{key}_file = {absolute:?}"), "absolute"),
        (format!("{key}_env = \"NOTIFY_TEST_SECRET\""), "variable"),
    ] {
        bench.config(&format!("{}{line}\n", section(&bench)));
        assert_eq!(name_of(&bench.sent(HOST)), name, "{line:.30}");
    }
}

pub fn a_secret_that_cannot_be_had_is_named_with_its_place(program: Program) {
    let mut bench = Bench::new(program);
    let key = key(program);
    bench.file("empty", "");
    bench.file("newline", "\n");
    let latin = bench.file("latin", "");
    std::fs::write(latin, b"caf\xe9").expect("a file");
    bench.set("NOTIFY_TEST_EMPTY", "");
    for (line, said) in [
        (format!("{key} = \"\""), "is empty"),
        (format!("{key}_file = \"\""), "is empty"),
        (format!("{key}_file = \"nowhere\""), "nowhere: No such file"),
        (format!("{key}_file = \".\""), "cannot read"),
        (format!("{key}_file = \"empty\""), "empty is empty"),
        (format!("{key}_file = \"newline\""), "newline is empty"),
        (format!("{key}_file = \"latin\""), "latin is not UTF-8"),
        (
            format!("{key}_env = \"NOTIFY_TEST_UNSET\""),
            "variable NOTIFY_TEST_UNSET is not set",
        ),
        (
            format!("{key}_env = \"NOTIFY_TEST_EMPTY\""),
            "variable NOTIFY_TEST_EMPTY is empty",
        ),
    ] {
        bench.config(&format!("{}{line}\n", section(&bench)));
        let run = bench.run(HOST);
        run.code(78).quiet();
        run.says(key).says(said);
        assert!(!run.stderr.contains("delivered\n"), "{run:#?}");
    }
    assert!(bench.preview.received().is_empty());
}

pub fn a_secret_said_twice_is_an_error_with_the_second_ones_line(program: Program) {
    let bench = Bench::new(program);
    let key = key(program);
    bench.file("secret", &secret(&bench, "file"));
    let section = section(&bench);
    let second = 3 + section.lines().count();
    for other in [
        format!("{key}_file = \"secret\""),
        format!("{key}_env = \"SECRET\""),
    ] {
        bench.config(&format!("{section}{}{other}\n", inline(&bench, "inline")));
        let run = bench.run(HOST);
        run.code(78).quiet();
        run.says(&format!("config.toml:{second}: "))
            .says("say the same thing twice: keep one");
    }
    assert!(bench.preview.received().is_empty());
}

pub fn an_address_without_a_scheme_is_an_error_that_does_not_quote_it(program: Program) {
    let bench = Bench::new(program);
    let (key, value) = match program.provider() {
        "pagerduty" => ("api_url", bench.preview.pagerduty_v2()),
        _ => ("webhook_url", secret(&bench, "x")),
    };
    for wrong in [
        value.replace("http://", ""),
        value.replace("http://", "htp://"),
        value.replace("127.", "127. "),
    ] {
        let own = match program.provider() {
            "pagerduty" => format!("{}{key} = {wrong:?}\n", inline(&bench, "x")),
            _ => format!("{key} = {wrong:?}\n"),
        };
        bench.config(&format!("[{}]\n{own}", program.provider()));
        let run = bench.run(HOST);
        run.code(78).quiet();
        run.says(&format!("config.toml:{}: ", 2 + own.lines().count()));
        run.says(key).says("must begin with http");
        assert!(!run.stderr.contains("127."), "{run:#?}");
    }
}

pub fn a_config_with_secrets_that_everybody_may_read_is_a_warning(program: Program) {
    let bench = Bench::new(program);
    let config = bench.folder().join("config.toml");
    let open =
        |mode| std::fs::set_permissions(&config, Permissions::from_mode(mode)).expect("a mode");
    bench.config(&format!("{}{}", section(&bench), inline(&bench, "inline")));
    for (mode, lines) in [(0o600, 1), (0o640, 1), (0o644, 2), (0o604, 2)] {
        open(mode);
        let run = bench.run(HOST);
        run.code(0).quiet().says("delivered");
        assert_eq!(run.stderr.lines().count(), lines, "{mode:o}: {run:#?}");
        if lines == 2 {
            run.says("config.toml holds secrets and everybody may read it")
                .says("chmod o-r");
        }
    }
    bench.file("secret", &secret(&bench, "file"));
    bench.config(&format!(
        "{}{}_file = \"secret\"\n",
        section(&bench),
        key(program)
    ));
    open(0o644);
    bench
        .run(HOST)
        .code(0)
        .quiet()
        .one_line(program)
        .says("delivered");
}

pub fn a_secret_pasted_into_the_wrong_form_is_not_quoted(program: Program) {
    let bench = Bench::new(program);
    let key = key(program);
    for (line, said) in [
        (
            format!("{key}_file = \"https://hooks.slack.com/services/T00000000/B00000000/X\""),
            "must be a file's path, not the secret",
        ),
        (
            format!("{key}_env = \"xoxb-1234567890-secret\""),
            "must be a variable's name",
        ),
    ] {
        bench.config(&format!("{}{line}\n", section(&bench)));
        bench.run(HOST).code(78).says(said);
        bench.run(["--check"]).code(2);
    }
}
