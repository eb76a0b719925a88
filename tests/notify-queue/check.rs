//! `check`: the queue as a monitoring plugin sees it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use notify_test::Fault;

use crate::desk::{Desk, QUICK};

/// The folder may lie on something that forgets: then every answer is CRITICAL, and says so.
fn forgets(folder: &Path) -> bool {
    let said = Command::new("stat")
        .args(["-f", "-c", "%T"])
        .arg(folder)
        .output();
    let kind = String::from_utf8_lossy(&said.expect("stat").stdout).into_owned();
    ["tmpfs", "ramfs", "overlayfs", "aufs"].contains(&kind.trim())
}

/// The words and the performance data of its one line.
fn check(desk: &Desk, options: &[&str], state: &str) -> (String, String) {
    let run = desk.queue(&[&["check"], options].concat());
    assert_eq!(run.stderr, "", "{run:#?}");
    assert_eq!(run.stdout.lines().count(), 1, "{run:#?}");
    let forgets = desk.state().is_dir() && forgets(&desk.state());
    let state = if forgets { "CRITICAL" } else { state };
    let code = ["OK", "WARNING", "CRITICAL", "UNKNOWN"]
        .iter()
        .position(|known| *known == state);
    assert_eq!(Some(run.code as usize), code, "{run:#?}");
    let line = run.stdout.trim_end();
    let rest = line.strip_prefix(&format!("notify-queue {state} - "));
    let rest = rest.unwrap_or_else(|| panic!("no {state}: {line}"));
    assert_eq!(
        rest.contains("forgets everything at a restart"),
        forgets,
        "{line}"
    );
    let (words, data) = rest.split_once(" | ").unwrap_or((rest, ""));
    (words.to_owned(), data.to_owned())
}

#[test]
fn a_queue_that_is_well_is_ok_with_all_its_numbers() {
    let desk = Desk::new();
    let (words, data) = check(&desk, &[], "OK");
    assert!(words.contains("nothing was ever queued"), "{words}");
    assert_eq!(
        data,
        "waiting=0;100;1000;0 oldest=0s;300;1800;0 failed=0;1;;0"
    );
    desk.notify("web01", &[]).code(0);
    let (words, data) = check(&desk, &[], "OK");
    assert!(
        words.contains("0 waiting; none failed; slack:default last delivered 0 s ago"),
        "{words}"
    );
    assert!(data.ends_with(" 'slack:default last'=0s"), "{data}");
}

#[test]
fn each_number_has_its_thresholds() {
    let desk = Desk::new();
    for host in ["web01", "web02"] {
        desk.store(host);
    }
    desk.refuse_in_line("web03");
    desk.age(&desk.kept().waiting()[0], 90.0);
    desk.forget_lines();
    // What failed is a warning by itself.
    let (words, data) = check(&desk, &[], "WARNING");
    assert!(
        words.starts_with("1 failed: see notify-queue list --failed") || words.contains("forgets"),
        "{words}"
    );
    assert!(data.starts_with("waiting=2;100;1000;0 oldest=9"), "{data}");
    assert!(data.contains("failed=1;1;;0"), "{data}");
    for (options, state, said) in [
        (&["--failed-warning", "2"][..], "OK", "2 waiting"),
        (&["--failed-critical", "1"], "CRITICAL", "1 failed"),
        (
            &["--failed-warning", "2", "--waiting-warning", "2"],
            "WARNING",
            "2 waiting",
        ),
        (
            &["--failed-warning", "2", "--waiting-warning", "3"],
            "OK",
            "2 waiting",
        ),
        (&["--waiting-critical", "2"], "CRITICAL", "2 waiting"),
        (
            &["--failed-warning", "2", "--oldest-warning", "1m"],
            "WARNING",
            "the oldest waits for 2 min",
        ),
        (
            &["--oldest-critical", "80s"],
            "CRITICAL",
            "the oldest waits for 2 min",
        ),
        (
            &["--failed-warning", "2", "--oldest-warning", "2h"],
            "OK",
            "the oldest waits for 2 min",
        ),
    ] {
        let (words, _) = check(&desk, options, state);
        assert!(words.contains(said), "{options:?}: {words}");
    }
}

#[test]
fn what_nobody_sends_for_two_minutes_is_critical() {
    let desk = Desk::new();
    desk.store("web01");
    desk.age(&desk.kept().waiting()[0], 200.0);
    desk.age_config(200);
    // Somebody has just tried.
    let (words, _) = check(&desk, &[], "WARNING");
    assert!(!words.contains("has been due"), "{words}");
    desk.forget_lines();
    let (words, _) = check(&desk, &[], "CRITICAL");
    assert!(
        words.contains(
            "slack:default has been due for 3 min: is `notify-queue run --watch` running?"
        ),
        "{words}"
    );
    // Somebody has just mended the config.
    desk.config(QUICK);
    let (words, _) = check(&desk, &[], "OK");
    assert!(!words.contains("has been due"), "{words}");
    desk.age_config(200);
    desk.queue(&["run"]).code(0);
    check(&desk, &[], "OK");
}

#[test]
fn an_entry_that_waits_for_its_own_turn_is_not_overdue() {
    let desk = Desk::new();
    desk.store("web01");
    let kept = desk.kept().waiting().remove(0);
    desk.age(&kept, 200.0);
    desk.age_config(200);
    desk.forget_lines();
    let at = |seconds: i64| {
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() as i64;
        let stem = kept.name.trim_end_matches(".json");
        kept.path
            .with_file_name(format!("{stem}-2-{}.json", now + seconds))
    };
    let (later, earlier) = (at(100), at(-150));
    fs::rename(&kept.path, &later).unwrap();
    let (words, _) = check(&desk, &[], "OK");
    assert!(!words.contains("has been due"), "{words}");
    fs::rename(&later, &earlier).unwrap();
    let (words, _) = check(&desk, &[], "CRITICAL");
    assert!(
        words.contains("has been due for 3 min") || words.contains("has been due for 2 min"),
        "{words}"
    );
}

#[test]
fn a_vendor_that_fails_is_a_warning_and_one_that_refuses_is_critical() {
    for (fault, state, said) in [
        (
            Fault::too_many(60),
            "WARNING",
            "slack:default: the vendor is limiting the rate (429); tried again in ",
        ),
        (
            Fault::status(503),
            "WARNING",
            "slack:default: the vendor answered 503",
        ),
        (
            Fault::status(403),
            "CRITICAL",
            "slack:default: destination refused: 403",
        ),
    ] {
        let desk = Desk::new();
        desk.bench.preview.always(Some(fault));
        desk.notify("web01", &[]);
        let (words, _) = check(&desk, &[], state);
        assert!(
            words.contains(said) && words.contains("1 waiting"),
            "{words}"
        );
        desk.bench.preview.always(None);
        desk.queue(&["retry", "1"]).code(0);
        desk.queue(&["run"]).code(0);
        check(&desk, &[], "OK");
    }
}

#[test]
fn a_secret_that_cannot_be_read_is_critical() {
    let desk = Desk::new();
    let section = "[slack]\nwebhook_url_file = \"webhook\"\nmin_interval = 0\n";
    desk.bench.config(&format!("{QUICK}{section}"));
    desk.notify("web01", &[]).code(78);
    let (words, _) = check(&desk, &[], "CRITICAL");
    assert!(
        words.contains("slack:default: config: ") && words.contains("webhook"),
        "{words}"
    );
    assert!(words.contains("until that is mended, 1 waiting"), "{words}");
    assert_eq!(words.matches("cannot read ").count(), 1, "{words}");
}

#[test]
fn a_config_that_cannot_be_read_is_critical_and_so_is_what_waits_for_it() {
    let desk = Desk::new();
    desk.store("web00");
    desk.queue(&["run"]).code(0);
    let good = fs::read_to_string(desk.config_file()).unwrap();
    desk.bench
        .file("config.toml", &good.replace("[slack]", "[slack"));
    let (words, _) = check(&desk, &[], "CRITICAL");
    assert!(
        words.contains("config.toml:") && words.contains("not TOML"),
        "{words}"
    );
    desk.notify("web01", &[]).code(78);
    let (words, data) = check(&desk, &[], "CRITICAL");
    assert!(words.contains("slack (not routed): config: "), "{words}");
    assert!(data.starts_with("waiting=1;"), "{data}");
}

#[test]
fn every_providers_section_is_looked_through() {
    let desk = Desk::new();
    let section = desk.bench.smallest_config();
    for (more, said) in [
        (
            "[slack.destinations.ops]\nchanel = \"C1\"\n",
            "did you mean channel?",
        ),
        ("[mattermost]\nchannel = \"ops\"\n", "mattermost"),
        (
            "[pagerduty]\nintegration_kye = \"x\"\n",
            "did you mean integration_key?",
        ),
        (
            "[pagerduty]\nintegration_key_file = \"nowhere\"\n",
            "pagerduty:default: cannot read ",
        ),
        ("[pagerdutty]\n", "did you mean pagerduty?"),
        (
            "[queue]\nretry_frist = \"1s\"\n",
            "did you mean retry_first?",
        ),
        (
            "[contacts]\nann = \"slack:nobody\"\n",
            "names slack:nobody, which is no destination",
        ),
    ] {
        desk.bench.config(&format!("{section}{more}"));
        let (words, _) = check(&desk, &[], "WARNING");
        assert!(words.contains(said), "{more}: {words}");
    }
    // What they share is told once.
    desk.bench.config(&format!(
        "{section}[pagerduty]\nintegration_key = \"x\"\n[queue]\nretry_frist = \"1s\"\n"
    ));
    let (words, _) = check(&desk, &[], "WARNING");
    assert_eq!(words.matches("retry_frist").count(), 1, "{words}");
    desk.bench.config("");
    let (words, _) = check(&desk, &[], "WARNING");
    assert!(words.contains("has no provider's section"), "{words}");
    desk.bench.config(&section);
    check(&desk, &[], "OK");
    let all = fs::Permissions::from_mode(0o644);
    fs::set_permissions(desk.config_file(), all).unwrap();
    let (words, _) = check(&desk, &[], "WARNING");
    assert!(
        words.contains("holds secrets and everybody may read it"),
        "{words}"
    );
}

#[test]
fn a_folder_that_cannot_be_used_is_critical() {
    let desk = Desk::new();
    fs::write(desk.state(), "").unwrap();
    let (words, _) = check(&desk, &[], "CRITICAL");
    assert!(words.contains("/state is not a folder"), "{words}");
}

#[test]
fn a_queue_that_is_switched_off_is_a_warning() {
    let desk = Desk::new();
    desk.config("[queue]\nenabled = false\n");
    let (words, _) = check(&desk, &[], "WARNING");
    assert!(words.contains("the queue is switched off"), "{words}");
}

#[test]
fn a_medium_that_forgets_is_critical() {
    let desk = Desk::new();
    let shared = tempfile_in("/dev/shm");
    let Some(folder) = shared.filter(|folder| forgets(folder)) else {
        return;
    };
    let section = desk.bench.smallest_config();
    let state = folder.join("state").display().to_string();
    let config = desk
        .bench
        .file("shm.toml", &format!("state_dir = {state:?}\n{section}"));
    let config = config.display().to_string();
    desk.notify("web01", &["--config", &config]).code(0);
    let run = desk.queue(&["check", "--config", &config]);
    fs::remove_dir_all(&folder).unwrap();
    run.code(2);
    let said = format!(
        "{state} is on tmpfs, which forgets everything at a restart: set state_dir to a disk"
    );
    assert!(run.stdout.contains(&said), "{run:#?}");
}

/// A folder there that only this user may write to, where there is such a place.
fn tempfile_in(place: &str) -> Option<std::path::PathBuf> {
    let folder = Path::new(place).join(format!("notify-queue-test-{}", std::process::id()));
    fs::create_dir(&folder).ok()?;
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).ok()?;
    Some(folder)
}

#[test]
fn strays_in_the_usual_folder_count() {
    let desk = Desk::new();
    desk.notify("web00", &[]).code(0);
    let good = fs::read_to_string(desk.config_file()).unwrap();
    desk.bench.file("config.toml", "= = =\n");
    desk.notify("web01", &[]).code(78);
    desk.bench.file("config.toml", &good);
    let (_, data) = check(&desk, &[], "OK");
    assert!(data.starts_with("waiting=1;"), "{data}");
}

#[test]
fn a_full_queue_is_critical() {
    for (limit, full) in [("max_entries = 2", true), ("max_entries = 3", false)] {
        let desk = Desk::new();
        let config = format!("{QUICK}{limit}\n");
        desk.config(&config);
        desk.store("web01");
        desk.store("web02");
        desk.forget_lines();
        let (words, _) = check(&desk, &[], if full { "CRITICAL" } else { "OK" });
        let said = words.contains("the queue is full (2 entries, ")
            && words.contains(
                "or raise max_entries and max_megabytes: what is sent meanwhile is not queued",
            );
        assert_eq!(said, full, "{words}");
        desk.queue(&["run"]).code(0);
        check(&desk, &[], "OK");
    }
}

#[test]
fn every_mistake_of_a_table_is_told_and_its_other_keys_count() {
    let desk = Desk::new();
    let mistakes = "[queue]\nexpire_after = \"soon\"\nmax_entires = 5\nattempts = -5\nenabled = false\n\
        [flood]\ndigest_above = 0\ncolapse = false\n";
    desk.config(mistakes);
    let (words, _) = check(&desk, &[], "WARNING");
    for said in [
        "queue.expire_after must be seconds or a duration",
        "unknown key queue.max_entires: did you mean max_entries?",
        "queue.attempts must not be negative",
        "the queue is switched off (enabled = false)",
        "flood.digest_above must be at least 1",
        "unknown key flood.colapse: did you mean collapse?",
    ] {
        assert_eq!(words.matches(said).count(), 1, "{said}: {words}");
    }
}

#[test]
fn mistakes_in_the_listener_s_tables_are_told_where_no_notifier_minds_them() {
    let desk = Desk::new();
    desk.config(
        "[listen]\nadress = \"127.0.0.1:8085\"\npublic_url = \"mon.example.com\"\n\
        [monitoring]\ncore = \"nagios\"\ncomand_file = \"x\"\n\
        [answers]\nallow = [\"max\"]\ncontcts = {}\n",
    );
    let (words, _) = check(&desk, &[], "WARNING");
    for said in [
        "unknown key listen.adress: did you mean address?",
        "listen.public_url must begin with https://",
        "unknown key monitoring.comand_file: did you mean command_file?",
        "[monitoring] has no command_file",
        "answers.allow has \"max\": write \"slack:U123\"",
        "unknown key answers.contcts: did you mean contacts?",
    ] {
        assert_eq!(words.matches(said).count(), 1, "{said}: {words}");
    }
    desk.config("[monitorng]\ncore = \"nagios\"\n");
    let (words, _) = check(&desk, &[], "WARNING");
    assert!(words.contains("did you mean monitoring?"), "{words}");
}
