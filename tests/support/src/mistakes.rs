//! What is wrong with a config: an error where it stops the page at hand, a warning everywhere else.

use crate::command_lines::HOST;
use crate::configuration::{inline, key, section};
use crate::{Bench, Program};

pub fn what_is_not_toml_is_named_by_its_line_and_not_quoted(program: Program) {
    let bench = Bench::new(program);
    for broken in [
        format!("webhook_url = {}", bench.preview.slack_webhook()),
        "integration_key = \"0123456789abcdef0123456789abcdef".to_owned(),
        "bot_token = \"bottokenbottokenbottoken26\" \"".to_owned(),
        "= \"xoxb-1234567890-secret\"".to_owned(),
    ] {
        bench.config(&format!("\n[{}]\n{broken}\n", program.provider()));
        let run = bench.run(HOST);
        run.code(78).quiet().one_line(program);
        run.says("config.toml:4: not TOML");
    }
}

pub fn a_value_of_the_wrong_type_is_named_with_its_line_and_key(program: Program) {
    let bench = Bench::new(program);
    let provider = program.provider();
    let section = section(&bench);
    let secret = key(program);
    for (before, behind, key, wanted) in [
        ("timeout = true", "", "timeout", "seconds or a duration"),
        ("site = 5", "", "site", "must be a string, not an integer"),
        ("links = 5", "", "links", "must be a table, not an integer"),
        (
            "contacts = []",
            "",
            "contacts",
            "must be a table, not a list",
        ),
        (
            "",
            "insecure = \"yes\"",
            "insecure",
            "must be true or false, not a string",
        ),
        (
            "",
            "use_proxy = 1",
            "use_proxy",
            "must be true or false, not an integer",
        ),
        (
            "",
            "ca_file = [\"x\"]",
            "ca_file",
            "must be a string, not a list",
        ),
    ] {
        bench.config(&format!(
            "{before}\n{section}{}{behind}\n",
            inline(&bench, "x")
        ));
        let run = bench.run(HOST);
        run.code(78).quiet();
        let line = match before {
            "" => 4 + section.lines().count(),
            _ => 2,
        };
        run.says(&format!("config.toml:{line}: "))
            .says(key)
            .says(wanted);
    }
    bench.config(&format!("{section}{secret} = 5\n"));
    let run = bench.run(HOST);
    run.code(78).quiet();
    run.says(&format!(
        "config.toml:{}: {provider}.{secret} must be a string, not an integer",
        2 + section.lines().count()
    ));
}

pub fn a_value_that_cannot_be_meant_is_named_with_its_line_and_key(program: Program) {
    let bench = Bench::new(program);
    for (text, said) in [
        (
            "timeout = \"soon\"",
            ":2: timeout must be seconds or a duration",
        ),
        (
            "timeout = 9223372036854775807",
            ":2: timeout is more than an hour",
        ),
        (
            "connect_timeout = \"2h\"",
            ":2: connect_timeout is more than an hour",
        ),
        ("site = \"\"", ":2: site is empty"),
    ] {
        bench.config(&format!(
            "{text}\n{}{}",
            section(&bench),
            inline(&bench, "x")
        ));
        let run = bench.run(HOST);
        run.code(78).quiet().one_line(program);
        run.says(&format!("config.toml{said}"));
    }
}

pub fn what_only_adorns_a_message_stops_none_where_it_is_wrong(program: Program) {
    let bench = Bench::new(program);
    for (text, said) in [
        (
            "[links]\nhost = \"wiki/$HOSTNAME$\"",
            ":3: links.host must begin with",
        ),
        (
            "[links]\nhost = \"https://wiki/$HOSTNAM$\"",
            ":3: links.host has the unknown macro $HOSTNAM$",
        ),
        (
            "[links]\nservice = \"https://wiki/$HOSTNAME\"",
            ":3: links.service has a $ without its other half",
        ),
        (
            "[links]\nthruk = \"mon\"",
            ":3: links.thruk must begin with",
        ),
        (
            "[openitcockpit]\napi_key = \"x\"",
            ":2: [openitcockpit] has no url",
        ),
        (
            "[openitcockpit]\nurl = \"https://mon\"",
            ":2: [openitcockpit] has no api_key",
        ),
    ] {
        bench.config(&format!(
            "{text}\n{}{}",
            section(&bench),
            inline(&bench, "x")
        ));
        let run = bench.run(HOST);
        run.code(0).quiet();
        run.says(&format!("config.toml{said}")).says("delivered");
    }
}

pub fn an_unknown_key_is_a_warning_with_the_nearest_one(program: Program) {
    let bench = Bench::new(program);
    let provider = program.provider();
    let section = section(&bench);
    let behind = 3 + section.lines().count();
    let links = behind + 1;
    for (before, inside, after, said) in [
        (
            "tiemout = \"5s\"",
            "",
            "",
            ":2: unknown key tiemout: did you mean timeout?".to_owned(),
        ),
        ("xyzzy = 5", "", "", ":2: unknown key xyzzy".to_owned()),
        (
            "",
            "insecur = true",
            "",
            format!(
                ":{}: unknown key {provider}.insecur: did you mean insecure?",
                behind + 1
            ),
        ),
        (
            "",
            "colour = \"red\"",
            "",
            format!(":{}: unknown key {provider}.colour", behind + 1),
        ),
        (
            "",
            "",
            "[links]\nhosts = \"https://x\"",
            format!(
                ":{}: unknown key links.hosts: did you mean host?",
                links + 2
            ),
        ),
    ] {
        bench.config(&format!(
            "{before}\n{section}{}{inside}\n{after}\n",
            inline(&bench, "x")
        ));
        let run = bench.run(HOST);
        run.code(0).quiet();
        run.says(&format!("config.toml{said}")).says("delivered");
        assert_eq!(run.stderr.lines().count(), 2, "{run:#?}");
    }
    assert_eq!(bench.preview.received().len(), 5);
}

pub fn other_programs_tables_are_passed_over_in_silence(program: Program) {
    let bench = Bench::new(program);
    let others: String = ["slack", "mattermost", "pagerduty", "answers", "monitoring"]
        .iter()
        .filter(|table| **table != program.provider())
        .map(|table| format!("[{table}]\nanything = 5\n"))
        .collect();
    bench.config(&format!("{others}{}", bench.smallest_config()));
    bench
        .run(HOST)
        .code(0)
        .quiet()
        .one_line(program)
        .says("delivered");
}

pub fn a_misspelt_table_is_a_warning(program: Program) {
    let bench = Bench::new(program);
    for (table, meant) in [
        ("link", "links"),
        ("contact", "contacts"),
        ("contactgroup", "contactgroups"),
        ("prox", "proxy"),
        ("openitcockpitt", "openitcockpit"),
    ] {
        bench.config(&format!("{}[{table}]\n", bench.smallest_config()));
        let run = bench.run(HOST);
        run.code(0).quiet();
        run.says(&format!("unknown key {table}: did you mean {meant}?"))
            .says("delivered");
    }
}

pub fn what_is_wrong_with_another_destination_stops_nothing(program: Program) {
    let bench = Bench::new(program);
    let provider = program.provider();
    bench.config(&format!(
        "{}{}[{provider}.destinations.other]\ninsecure = \"yes\"\n",
        section(&bench),
        inline(&bench, "x")
    ));
    let run = bench.run(HOST);
    run.code(0).quiet();
    run.says(&format!(
        "{provider}.destinations.other.insecure must be true or false"
    ))
    .says("delivered");
}

pub fn an_error_accuses_no_other_key(program: Program) {
    let bench = Bench::new(program);
    bench.config(&format!(
        "{}{} = 5\nuse_proxy = false\ninsecure = false\ntwo_way = false\n",
        section(&bench),
        key(program)
    ));
    bench.run(HOST).code(78).quiet().one_line(program);
    let misspelt = key(program).replace('_', "");
    bench.config(&format!(
        "{}two_way = false\n{misspelt} = \"https://example.com\"\n",
        section(&bench)
    ));
    let run = bench.run(HOST);
    run.code(78).quiet();
    run.says(&format!("did you mean {}?", key(program)));
    assert_eq!(run.stderr.lines().count(), 2, "{run:#?}");
}

pub fn what_destinations_inherit_is_no_unknown_key(program: Program) {
    let bench = Bench::new(program);
    let own = match program.provider() {
        "pagerduty" => "severity = \"error\"",
        _ => "mention = \"here\"",
    };
    bench.config(&format!(
        "{}use_proxy = false\ninsecure = false\ntwo_way = false\n{own}\n[{}.destinations.only]\n{}",
        section(&bench),
        program.provider(),
        inline(&bench, "only")
    ));
    bench.run(HOST).code(0).quiet().one_line(program);
}
