//! The config: where it is found, and what it changes for everything.

use std::path::Path;

use crate::arguments::words;
use crate::command_lines::{HOST, SERVICE, with};
use crate::{Bench, Program, Received};

#[macro_export]
macro_rules! configuration {
    ($program:expr) => {
        $crate::promises!(configuration, $program;
            a_config_that_is_not_there_is_named,
            a_folder_is_no_config,
            the_config_is_found_by_option_by_variable_or_at_home,
            without_a_config_two_lines_are_shown_to_be_enough,
            times_are_shown_in_the_configured_zone,
            a_zone_that_this_machine_does_not_know_is_a_warning,
            names_become_links,
        );
        $crate::promises!(mistakes, $program;
            what_is_not_toml_is_named_by_its_line_and_not_quoted,
            a_value_of_the_wrong_type_is_named_with_its_line_and_key,
            a_value_that_cannot_be_meant_is_named_with_its_line_and_key,
            what_only_adorns_a_message_stops_none_where_it_is_wrong,
            an_unknown_key_is_a_warning_with_the_nearest_one,
            other_programs_tables_are_passed_over_in_silence,
            a_misspelt_table_is_a_warning,
            what_is_wrong_with_another_destination_stops_nothing,
            an_error_accuses_no_other_key,
            what_destinations_inherit_is_no_unknown_key,
        );
        $crate::promises!(secrets, $program;
            a_secret_pasted_into_the_wrong_form_is_not_quoted,
            a_secret_stands_in_the_config_in_a_file_or_in_a_variable,
            a_secret_that_cannot_be_had_is_named_with_its_place,
            a_secret_said_twice_is_an_error_with_the_second_ones_line,
            an_address_without_a_scheme_is_an_error_that_does_not_quote_it,
            a_config_with_secrets_that_everybody_may_read_is_a_warning,
        );
        $crate::promises!(routing, $program;
            destinations_inherit_what_they_do_not_say,
            a_destinations_own_form_of_a_secret_replaces_the_inherited_one,
            to_picks_destinations_by_name,
            to_a_destination_of_another_program_is_a_usage_error,
            to_a_destination_that_nobody_has_names_the_nearest,
            a_destination_that_cannot_be_used_does_not_hold_the_others_back,
            without_a_route_the_default_takes_it,
            several_destinations_without_a_default_are_an_error,
            contacts_and_groups_lead_to_their_destinations,
            a_contact_that_nobody_knows_leads_to_the_default_with_a_word,
            one_unknown_contact_of_a_list_is_named,
            a_destinations_name_is_a_plain_word,
            a_destination_that_is_no_table_leaves_the_others_alone,
            a_contact_whose_destination_nobody_has_leads_to_the_default,
            a_contact_of_other_programs_only_leads_to_the_default_with_a_word,
            without_contacts_in_the_config_nobody_asks_for_them,
            what_openitcockpit_says_of_a_contact_is_understood,
            a_contact_that_cannot_be_meant_is_named_with_its_line_and_key,
            an_unknown_key_of_a_contact_is_a_warning_too,
        );
        $crate::promises!(filters, $program;
            a_contacts_filter_holds_back_what_it_leaves_out,
            a_destination_is_held_back_only_where_all_who_lead_there_do,
            whoever_names_a_destination_passes_by_the_contacts_filters,
            a_destinations_own_filter_is_asked_in_any_case,
            a_destination_inherits_the_filter_that_it_does_not_set,
            a_filter_that_cannot_be_read_holds_nothing_back,
            a_contact_whose_filter_cannot_be_read_is_told_everything,
            an_entry_says_what_holds_it_back,
            what_is_routed_later_is_filtered_by_its_own_moment,
        );
    };
}

/// The secret that makes a section a destination.
pub(crate) fn key(program: Program) -> &'static str {
    match program.provider() {
        "pagerduty" => "integration_key",
        _ => "webhook_url",
    }
}

/// A value of that secret which tells in the request which one it was.
pub(crate) fn secret(bench: &Bench, name: &str) -> String {
    // As long as PagerDuty wants it, and known to the bench as a secret.
    let token = format!("{name:X<32}");
    match bench.program.provider() {
        "slack" => bench
            .preview
            .slack_webhook()
            .replace("XXXXXXXXXXXXXXXXXXXXXXXX", &token),
        "mattermost" => bench
            .preview
            .mattermost_webhook()
            .replace("abcdefghijklmnopqrstuvwxyz", &token),
        _ => token,
    }
}

/// The name for which [`secret`] was made.
pub(crate) fn name_of(received: &Received) -> String {
    let key = received.json()["routing_key"].clone();
    let token = key
        .as_str()
        .or_else(|| received.path.rsplit('/').next())
        .expect("a token");
    token.trim_end_matches('X').to_owned()
}

/// The provider's section, with what leads to the stand-in beside the secret.
pub(crate) fn section(bench: &Bench) -> String {
    match bench.program.provider() {
        "pagerduty" => format!(
            "[pagerduty]\napi_url = {:?}\n",
            bench.preview.pagerduty_v2()
        ),
        provider => format!("[{provider}]\n"),
    }
}

/// `webhook_url = "…"`.
pub(crate) fn inline(bench: &Bench, name: &str) -> String {
    format!("{} = {:?}\n", key(bench.program), secret(bench, name))
}

pub fn a_config_that_is_not_there_is_named(program: Program) {
    let bench = Bench::new(program);
    let run = bench.run([&["--config", "/nonexistent/config.toml"], &HOST[..]].concat());
    run.code(78).quiet().one_line(program);
    run.says("/nonexistent/config.toml").says("No such file");
}

pub fn a_folder_is_no_config(program: Program) {
    let bench = Bench::new(program);
    let folder = bench.folder().display().to_string();
    let run = bench.run([&["--config", &*folder], &HOST[..]].concat());
    run.code(78).quiet().one_line(program);
    run.says(&folder).says("cannot be read");
}

pub fn the_config_is_found_by_option_by_variable_or_at_home(program: Program) {
    let mut bench = Bench::new(program);
    let config = |name| format!("{}{}", section(&bench), inline(&bench, name));
    let home = bench.folder().join(".config/monitoring-notify");
    std::fs::create_dir_all(&home).expect("a folder");
    bench.file(".config/monitoring-notify/config.toml", &config("home"));
    let chosen = bench.file("chosen.toml", &config("option"));
    bench.config(&config("variable"));

    assert_eq!(name_of(&bench.sent(HOST)), "variable");
    let chosen = chosen.to_str().expect("UTF-8");
    let by_option = [&["--config", chosen], &HOST[..]].concat();
    assert_eq!(name_of(&bench.sent(by_option)), "option");
    bench.set("MONITORING_NOTIFY_CONFIG", "");
    // The machine's own config goes before the user's.
    if !Path::new("/etc/monitoring-notify/config.toml").exists() {
        assert_eq!(name_of(&bench.sent(HOST)), "home");
    }
}

pub fn without_a_config_two_lines_are_shown_to_be_enough(program: Program) {
    let mut bench = Bench::new(program);
    bench.config("");
    let run = bench.run(HOST);
    run.code(78).quiet().one_line(program);
    run.says("config.toml")
        .says(&format!("there is no [{}] section", program.provider()))
        .says("two lines are enough")
        .says(key(program));
    bench.set("MONITORING_NOTIFY_CONFIG", "");
    if !Path::new("/etc/monitoring-notify/config.toml").exists() {
        let run = bench.run(HOST);
        run.code(78).quiet().one_line(program);
        run.says("/etc/monitoring-notify/config.toml")
            .says(".config/monitoring-notify/config.toml")
            .says("--config FILE");
    }
}

pub fn times_are_shown_in_the_configured_zone(program: Program) {
    let mut bench = Bench::new(program);
    for (zone, clock) in [("Asia/Tokyo", "21:26"), ("America/New_York", "08:26")] {
        bench.config(&format!("timezone = {zone:?}\n{}", bench.smallest_config()));
        let told = words(&bench.sent(HOST));
        assert!(
            told.contains(&format!("Sep 13 2020 {clock}")),
            "{zone}: {told}"
        );
    }
    bench.config(&bench.smallest_config());
    bench.set("TZ", "Europe/Berlin");
    let told = words(&bench.sent(HOST));
    assert!(told.contains("Sep 13 2020 14:26"), "{told}");
}

pub fn a_zone_that_this_machine_does_not_know_is_a_warning(program: Program) {
    let bench = Bench::new(program);
    let smallest = bench.smallest_config();
    bench.config(&format!("timezone = \"Europe/Berlyn\"\n{smallest}"));
    let run = bench.run(HOST);
    run.code(0)
        .says("config.toml:2: timezone is not in this machine's time zone database");
    let period = "[periods.office]\nzone = \"Berlin\"\n";
    bench.config(&format!("{smallest}{period}"));
    let run = bench.run(HOST);
    run.code(0)
        .says("periods.office.zone is not in this machine's time zone database");
    bench.run(["--check"]).code(2);
}

pub fn names_become_links(program: Program) {
    let bench = Bench::new(program);
    let line = with(&SERVICE, "--servicedesc", "Disk /var & more");
    for (links, host, service) in [
        (
            "openitcockpit = \"https://mon/\"",
            "https://mon/a/hosts/browser/web01",
            "https://mon/a/services/browser/Disk%20%2Fvar%20%26%20more",
        ),
        (
            "openitcockpit4 = \"https://mon\"",
            "https://mon/#!/hosts/browser/web01",
            "https://mon/#!/services/browser/Disk%20%2Fvar%20%26%20more",
        ),
        (
            "host = \"https://wiki/$HOSTNAME$\"\nservice = \"https://wiki/$SERVICEDESC$#x\"",
            "https://wiki/web01",
            "https://wiki/Disk%20%2Fvar%20%26%20more#x",
        ),
    ] {
        bench.config(&format!("{}[links]\n{links}\n", bench.smallest_config()));
        let told = words(&bench.sent(&line));
        assert!(
            told.contains(host) && told.contains(service),
            "{links}: {told}"
        );
    }
}
