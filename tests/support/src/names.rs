//! Names from openITCOCKPIT in place of its UUIDs.

use std::time::{Duration, Instant};

use notify_preview::{Answer, Fault, Options, Preview, Received};
use serde_json::{Value, json};

use crate::{Bench, Program};

#[macro_export]
macro_rules! names {
    ($program:expr) => {
        $crate::promises!(names, $program;
            uuids_become_names,
            a_service_without_a_name_has_its_templates,
            a_name_is_asked_for_once,
            a_look_up_that_fails_shows_the_uuid_and_is_left_alone,
            an_object_that_nobody_may_see_does_not_stop_the_look_ups_of_others,
            a_look_up_that_hangs_delays_a_message_by_two_seconds_once,
            an_api_key_that_cannot_be_read_stops_no_message,
            names_from_the_core_need_no_look_up,
            a_cache_that_cannot_be_written_costs_no_name,
            a_name_from_elsewhere_calls_nobody,
            a_look_up_follows_no_redirect,
        );
    };
}

const HOST: &str = "c36b8048-93ce-4385-ac19-ab5c90574b77";
const SERVICE: &str = "74f14950-a58f-4f18-b6c3-5cfa9dffef4e";

/// A problem of a host, or of a service on it.
pub fn page(host: &str, service: Option<&str>) -> Vec<String> {
    let mut line = vec!["--notificationtype", "PROBLEM", "--hostname", host];
    line.extend(match service {
        Some(service) => ["--type", "Service", "--servicedesc", service],
        None => ["--type", "Host", "--hostaddress", "10.1.1.1"],
    });
    line.extend(match service {
        Some(_) => ["--servicestate", "2"],
        None => ["--hoststate", "1"],
    });
    line.into_iter().map(str::to_owned).collect()
}

fn host_path() -> String {
    format!("/hosts/byUuid/{HOST}.json")
}

fn service_path() -> String {
    format!("/services/byUuid/{SERVICE}.json")
}

fn host_answer(name: &str) -> Answer {
    let host = json!({
        "id": 1, "uuid": HOST, "name": name, "address": "10.1.1.1", "description": "Shop",
        "container_id": 1, "satellite_id": 0, "disabled": 0,
    });
    Answer::json(200, json!({"host": host}))
}

fn service_answer(name: Value) -> Answer {
    let service = json!({
        "id": 2, "uuid": SERVICE, "name": name, "host_id": 1,
        "host": {"name": "web01.example.com", "uuid": HOST},
        "servicetemplate": {"name": "Lan-Ping"},
    });
    Answer::json(200, json!({"service": service}))
}

/// Whose vendor's stand-in is openITCOCKPIT's as well.
fn bench(program: Program) -> Bench {
    let bench = Bench::new(program);
    ask(&bench, &bench.preview.url(), "");
    bench
}

fn ask(bench: &Bench, url: &str, more: &str) {
    bench.config(&format!(
        "[openitcockpit]\nurl = \"{url}/\"\napi_key = \"openitcockpit-api-key\"\n{more}\n{}",
        bench.smallest_config()
    ));
}

fn look_ups(preview: &Preview) -> Vec<Received> {
    let mut received = preview.received();
    received.retain(|request| request.method == "GET");
    received
}

/// What the last message shows.
fn shown(bench: &Bench) -> String {
    let mut received = bench.preview.received();
    received.retain(|request| request.method == "POST");
    received
        .pop()
        .and_then(|last| last.shown)
        .expect("a message")
}

fn sent(bench: &Bench, line: &[String]) -> String {
    let run = bench.run(line);
    run.code(0)
        .quiet()
        .one_line(bench.program)
        .says("delivered");
    shown(bench)
}

pub fn uuids_become_names(program: Program) {
    let bench = bench(program);
    let url = bench.preview.url();
    ask(
        &bench,
        &url,
        "[links]\nopenitcockpit = \"https://mon.example.com\"",
    );
    bench
        .preview
        .answer_path(&host_path(), host_answer("web01.example.com"));
    bench
        .preview
        .answer_path(&service_path(), service_answer(json!("Ping")));
    for (line, name, link) in [
        (
            page(HOST, None),
            "DOWN web01.example.com",
            format!("https://mon.example.com/a/hosts/browser/{HOST}"),
        ),
        (
            page(HOST, Some(SERVICE)),
            "CRITICAL web01.example.com / Ping",
            format!("https://mon.example.com/a/services/browser/{SERVICE}"),
        ),
    ] {
        let shown = sent(&bench, &line);
        assert!(shown.contains(name), "{shown}");
        let message = bench.preview.received().pop().expect("a message");
        let body = String::from_utf8_lossy(&message.body).into_owned();
        assert!(body.contains(&link), "{body}");
    }
    let asked = look_ups(&bench.preview);
    let targets: Vec<&str> = asked.iter().map(|request| &*request.target).collect();
    assert_eq!(targets, [&*host_path(), &*service_path()]);
    for request in asked {
        let key = request.header("authorization");
        assert_eq!(key, Some("X-OITC-API openitcockpit-api-key"));
        assert!(request.body.is_empty());
    }
}

pub fn a_service_without_a_name_has_its_templates(program: Program) {
    for name in [json!(null), json!(""), json!(" ")] {
        let bench = bench(program);
        let answer = service_answer(name.clone());
        bench.preview.answer_path(&service_path(), answer);
        let shown = sent(&bench, &page(HOST, Some(SERVICE)));
        assert!(
            shown.contains("web01.example.com / Lan-Ping"),
            "{name}: {shown}"
        );
    }
}

pub fn a_name_is_asked_for_once(program: Program) {
    let bench = bench(program);
    bench
        .preview
        .answer_path(&host_path(), host_answer("web01.example.com"));
    for _ in 0..2 {
        let shown = sent(&bench, &page(HOST, None));
        assert!(shown.contains("DOWN web01.example.com"), "{shown}");
    }
    assert_eq!(look_ups(&bench.preview).len(), 1);
    // What is known is known even when nobody answers.
    ask(&bench, "http://127.0.0.1:1", "");
    let shown = sent(&bench, &page(HOST, None));
    assert!(shown.contains("DOWN web01.example.com"), "{shown}");
}

pub fn a_look_up_that_fails_shows_the_uuid_and_is_left_alone(program: Program) {
    for answer in [
        Answer::text(500, "oops"),
        Answer::json(401, json!({"error": "unauthenticated"})),
        Answer::html(200, "<html>Please sign in</html>"),
        Answer::text(200, ""),
        Answer::json(200, json!({})),
        Answer::json(200, json!([])),
        Answer::json(200, json!({"host": null})),
        Answer::json(200, json!({"host": {"name": null}})),
        Answer::json(200, json!({"host": {"name": ""}})),
    ] {
        let bench = bench(program);
        let case = format!("{answer:?}");
        bench.preview.answer_path(&host_path(), answer);
        for _ in 0..2 {
            let shown = sent(&bench, &page(HOST, None));
            assert!(shown.contains(&format!("DOWN {HOST}")), "{case}: {shown}");
        }
        assert_eq!(look_ups(&bench.preview).len(), 1, "{case}");
    }
    let bench = bench(program);
    ask(&bench, "http://127.0.0.1:1", "");
    let shown = sent(&bench, &page(HOST, Some(SERVICE)));
    assert!(
        shown.contains(&format!("CRITICAL {HOST} / {SERVICE}")),
        "{shown}"
    );
}

pub fn an_object_that_nobody_may_see_does_not_stop_the_look_ups_of_others(program: Program) {
    for status in [403, 404] {
        let bench = bench(program);
        let path = format!("/services/byUuid/{SERVICE}.json");
        let answer = Answer::json(status, json!({"error": "no"}));
        bench.preview.answer_path(&path, answer);
        bench
            .preview
            .answer_path(&host_path(), host_answer("web01.example.com"));
        let shown = sent(&bench, &page(HOST, Some(SERVICE)));
        assert!(shown.contains(SERVICE), "{status}: {shown}");
        let shown = sent(&bench, &page(HOST, None));
        assert!(
            shown.contains("DOWN web01.example.com"),
            "{status}: {shown}"
        );
    }
}

pub fn a_look_up_that_hangs_delays_a_message_by_two_seconds_once(program: Program) {
    for fault in [Fault::Hang, Fault::Trickle] {
        let bench = bench(program);
        let openitcockpit = Preview::start(Options::default()).expect("the stand-in starts");
        openitcockpit.always(Some(fault));
        ask(&bench, &openitcockpit.url(), "");
        for at_most in [4.0, 1.5] {
            let began = Instant::now();
            let shown = sent(&bench, &page(HOST, None));
            let took = began.elapsed();
            assert!(shown.contains(&format!("DOWN {HOST}")), "{shown}");
            assert!(took < Duration::from_secs_f64(at_most), "{took:?}");
        }
        assert_eq!(look_ups(&openitcockpit).len(), 1);
    }
}

pub fn an_api_key_that_cannot_be_read_stops_no_message(program: Program) {
    let bench = bench(program);
    bench.config(&format!(
        "[openitcockpit]\nurl = {:?}\napi_key_file = \"nosuch\"\n{}",
        bench.preview.url(),
        bench.smallest_config()
    ));
    let run = bench.run(page(HOST, None));
    run.code(0).quiet().says("delivered");
    assert!(shown(&bench).contains(&format!("DOWN {HOST}")));
}

pub fn names_from_the_core_need_no_look_up(program: Program) {
    let own =
        |words: &[&str]| -> Vec<String> { words.iter().copied().map(str::to_owned).collect() };
    for (mut line, more, name, questions) in [
        (page("web01", None), own(&[]), "DOWN web01", 0),
        (
            page("web01", Some("Ping")),
            own(&[]),
            "CRITICAL web01 / Ping",
            0,
        ),
        (
            page(HOST, None),
            own(&["--hostdisplayname", "Shop"]),
            "DOWN Shop",
            0,
        ),
        (
            page(HOST, Some(SERVICE)),
            own(&["--hostdisplayname", "Shop", "--servicedisplayname", "Reach"]),
            "CRITICAL Shop / Reach",
            0,
        ),
        (
            page(HOST, Some(SERVICE)),
            own(&["--hostdisplayname", "Shop"]),
            "CRITICAL Shop / Ping",
            1,
        ),
        (
            page(HOST, Some(SERVICE)),
            own(&["--servicedisplayname", "Reach"]),
            "CRITICAL web01.example.com / Reach",
            1,
        ),
    ] {
        let bench = bench(program);
        bench
            .preview
            .answer_path(&host_path(), host_answer("web01.example.com"));
        bench
            .preview
            .answer_path(&service_path(), service_answer(json!("Ping")));
        line.extend(more);
        let shown = sent(&bench, &line);
        assert!(shown.contains(name), "{line:?}: {shown}");
        assert_eq!(look_ups(&bench.preview).len(), questions, "{line:?}");
    }
}

pub fn a_cache_that_cannot_be_written_costs_no_name(program: Program) {
    let bench = bench(program);
    bench.file("state", "a file where a folder should be");
    bench
        .preview
        .answer_path(&host_path(), host_answer("web01.example.com"));
    for questions in [1, 2] {
        let shown = sent(&bench, &page(HOST, None));
        assert!(shown.contains("DOWN web01.example.com"), "{shown}");
        assert_eq!(look_ups(&bench.preview).len(), questions);
    }
}

pub fn a_name_from_elsewhere_calls_nobody(program: Program) {
    let bench = bench(program);
    let name = "<!channel> @all\n@here [x](https://evil.example)";
    bench.preview.answer_path(&host_path(), host_answer(name));
    sent(&bench, &page(HOST, None));
    let message = bench.preview.received().pop().expect("a message");
    assert_eq!(message.mentions, Vec::<String>::new(), "{message:#?}");
}

pub fn a_look_up_follows_no_redirect(program: Program) {
    let bench = bench(program);
    let elsewhere = format!("{}/users/login", bench.preview.url());
    let answer = Answer::text(302, "").header("Location", &elsewhere);
    bench.preview.answer_path(&host_path(), answer);
    let shown = sent(&bench, &page(HOST, None));
    assert!(shown.contains(HOST), "{shown}");
    assert_eq!(look_ups(&bench.preview).len(), 1);
}
