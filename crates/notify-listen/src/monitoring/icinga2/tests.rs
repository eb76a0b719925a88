use std::sync::Arc;
use std::time::{Duration, Instant};

use notify_core::notification::{State, Subject};
use notify_test::fake_icinga::FakeIcinga;
use notify_test::stand_in::{Said, StandIn, Wrong, any_json};
use proptest::prelude::*;

use super::super::testing::{ID, core, impatient, later, never, order};
use super::super::{Acknowledged, Core, Expiry, Look, Named, What};
use crate::answer::{Sticky, object};

const PING: (&str, &str) = ("web01", "Ping");

fn ping() -> Subject {
    Subject::service(PING.0, PING.1)
}

/// A service that is CRITICAL on a host that is DOWN.
fn stage() -> (FakeIcinga, Arc<dyn Core>) {
    let icinga = FakeIcinga::start();
    icinga.host(PING.0, 1);
    icinga.service(PING.0, PING.1, 2);
    let core = core(&icinga.config());
    (icinga, core)
}

fn look(core: &Arc<dyn Core>, subject: &Subject) -> Look {
    core.look(subject).unwrap().expect("the core has it")
}

const PLAIN: What = What::Acknowledge {
    sticky: Sticky::No,
    until: None,
};

#[test]
fn states_of_hosts_and_services_are_read() {
    let (icinga, core) = stage();
    let host = Subject::host("web01");
    assert_eq!(look(&core, &host).state, Some(State::Down));
    icinga.change("web01", None, |host| host.reachable = false);
    assert_eq!(look(&core, &host).state, Some(State::Unreachable));
    icinga.host("web01", 0);
    assert_eq!(look(&core, &host).state, Some(State::Up));
    for (number, state) in [
        (0, State::Ok),
        (1, State::Warning),
        (2, State::Critical),
        (3, State::Unknown),
    ] {
        icinga.service("web01", "Ping", number);
        assert_eq!(look(&core, &ping()).state, Some(state));
    }
    icinga.change("web01", Some("Ping"), |ping| ping.last_check = -1.0);
    assert_eq!(look(&core, &ping()).state, None);
}

#[test]
fn an_acknowledgement_is_given_and_read_back() {
    let (icinga, core) = stage();
    assert_eq!(core.expiry(), Expiry::Core);
    let order = order(&ping(), PLAIN, "Max", "disk ordered");
    core.give(&order).unwrap();
    let seen = look(&core, &ping());
    let acknowledged = Acknowledged {
        by: "Max".to_owned(),
        comment: format!("disk ordered [#{ID}]"),
        at: icinga.standing("web01", Some("Ping")).comments[0].at,
    };
    assert_eq!(seen.acknowledged, Some(acknowledged));
    assert!(seen.as_of >= order.now as f64);
    let standing = icinga.standing("web01", Some("Ping"));
    assert_eq!((standing.acknowledgement, standing.expiry), (1, None));
    assert!(!standing.comments[0].persistent);
    assert_eq!(icinga.standing("web01", None).acknowledgement, 0);
}

#[test]
fn a_sticky_acknowledgement_of_a_host_ends_when_icinga_is_told_so() {
    let (icinga, core) = stage();
    let until = order(&ping(), PLAIN, "", "").now + 3_600;
    let what = What::Acknowledge {
        sticky: Sticky::Yes,
        until: Some(until),
    };
    core.give(&order(&Subject::host("web01"), what, "Max", "x"))
        .unwrap();
    let standing = icinga.standing("web01", None);
    assert_eq!(
        (standing.acknowledgement, standing.expiry),
        (2, Some(until))
    );
    let over = What::Acknowledge {
        sticky: Sticky::Yes,
        until: Some(1),
    };
    never(core.give(&order(&ping(), over, "Max", "x")));
}

#[test]
fn what_is_fine_or_acknowledged_by_now_is_left_to_the_read_back() {
    let (icinga, core) = stage();
    let give = |author: &str| core.give(&order(&ping(), PLAIN, author, "x"));
    give("Max").unwrap();
    give("Mia").unwrap();
    assert_eq!(look(&core, &ping()).acknowledged.unwrap().by, "Max");
    icinga.service("web01", "Ping", 0);
    give("Mia").unwrap();
    let seen = look(&core, &ping());
    assert_eq!((seen.acknowledged, seen.state), (None, Some(State::Ok)));
}

#[test]
fn the_newest_acknowledgement_counts_and_a_removed_one_does_not() {
    let (icinga, core) = stage();
    core.give(&order(&ping(), PLAIN, "Max", "old")).unwrap();
    icinga.change("web01", Some("Ping"), |ping| {
        ping.comments[0].persistent = true;
        ping.acknowledgement = 0;
    });
    assert_eq!(look(&core, &ping()).acknowledged, None);
    core.give(&order(&ping(), PLAIN, "Mia", "new")).unwrap();
    assert_eq!(look(&core, &ping()).acknowledged.unwrap().by, "Mia");
    core.give(&order(&ping(), What::RemoveAcknowledgement, "Mia", ""))
        .unwrap();
    assert_eq!(look(&core, &ping()).acknowledged, None);
}

#[test]
fn downtimes_comments_and_checks_are_given_and_read_back() {
    let (icinga, core) = stage();
    let downtime = order(&ping(), What::Downtime { seconds: 600 }, "Max", "kernel");
    core.give(&downtime).unwrap();
    core.give(&order(&ping(), What::Comment, "Max", "seen"))
        .unwrap();
    let seen = look(&core, &ping());
    assert_eq!(seen.downtimes, [format!("kernel [#{ID}]")]);
    assert_eq!(seen.comments, [format!("seen [#{ID}]")]);
    let standing = icinga.standing("web01", Some("Ping"));
    let (_, _, start, end) = standing.downtimes[0];
    assert_eq!((start, end), (downtime.now, downtime.now + 600));
    // Not of its host, and not with everything below it.
    assert!(icinga.standing("web01", None).downtimes.is_empty());

    icinga.change("web01", Some("Ping"), |ping| ping.last_check = 1.0);
    let recheck = order(&ping(), What::Recheck, "Max", "");
    core.give(&recheck).unwrap();
    assert!(look(&core, &ping()).last_check >= recheck.now as f64);
}

#[test]
fn an_unknown_object_is_told_from_a_missing_permission() {
    let (icinga, core) = stage();
    for subject in [
        Subject::host("web02"),
        Subject::host("WEB01"),
        Subject::service("web01", "ping"),
        Subject::host("web01!Ping"),
        Subject::service("web01!Ping", "x"),
        Subject::host(""),
        Subject::service("web01", ""),
    ] {
        assert_eq!(core.look(&subject), Ok(None), "{subject:?}");
    }
    icinga.permits(&["objects/query/Host", "actions/*"]);
    let why = later(core.look(&ping()));
    assert!(why.contains("listen lacks objects/query/Service"), "{why}");
    let why = later(core.look(&Subject::host("web01")));
    assert!(why.contains("objects/query/Comment"), "{why}");
    icinga.permits(&["objects/query/*"]);
    let why = later(core.give(&order(&ping(), PLAIN, "Max", "x")));
    assert!(why.contains("actions/acknowledge-problem"), "{why}");
    icinga.permits(&["*"]);
    let gone = Subject::service("web01", "gone");
    let why = later(core.give(&order(&gone, PLAIN, "Max", "x")));
    assert!(why.contains("found no object"), "{why}");
}

#[test]
fn names_are_found_by_how_they_begin() {
    let (icinga, core) = stage();
    icinga.host("Web02", 0);
    icinga.host("db*1", 0);
    icinga.host("db21", 0);
    icinga.host("münchen", 0);
    icinga.service("Web02", "Ping6", 0);
    icinga.service("Web02", "Disk", 0);
    let find = |host: &str, service: Option<&str>| {
        let found = core.find(host, service).unwrap().into_iter();
        let mut found: Vec<_> = found.map(|named| object(&named.subject)).collect();
        found.sort();
        found
    };
    assert_eq!(find("WEB", None), ["Web02", "web01"]);
    assert_eq!(find("web", Some("ping")), ["Web02 / Ping6", "web01 / Ping"]);
    assert_eq!(find("web02", Some("")), ["Web02 / Disk", "Web02 / Ping6"]);
    assert_eq!(find("db*", None), ["db*1"]);
    assert_eq!(find("MÜN", None), ["münchen"]);
    assert!(find("eb", None).is_empty());
    assert!(find("", None).is_empty());
    assert!(find("\") || true || (\"", None).is_empty());
    let everything = |asked: &notify_test::stand_in::Asked| {
        asked.path.starts_with("/v1/objects") && !asked.body.contains("attrs")
    };
    assert!(!icinga.asked().iter().any(everything));
}

#[test]
fn what_goes_wrong_is_said_and_tried_again() {
    let (icinga, _) = stage();
    let core = impatient(&icinga.config());
    for (wrong, words) in [
        (
            Wrong::Status(401),
            "refused api_user and api_password (401)",
        ),
        (Wrong::Status(403), "permissions"),
        (Wrong::Status(500), "cannot do it now (500)"),
        (Wrong::Status(503), "cannot do it now (503)"),
        (Wrong::Status(302), "redirect (302)"),
        (Wrong::Status(418), "418"),
        (Wrong::NotJson, "check api_url"),
        (Wrong::HalfBody, "broke off its answer"),
        (Wrong::Hangs, "did not answer in time"),
        (
            Wrong::Slow(Duration::from_secs(5)),
            "did not answer in time",
        ),
    ] {
        icinga.goes(Some(wrong));
        let begun = Instant::now();
        for why in [
            later(core.look(&ping())),
            later(core.give(&order(&ping(), PLAIN, "Max", "x"))),
            later(core.find("web", None)),
            later(core.probe()),
        ] {
            assert!(why.contains(words), "{wrong:?}: {why}");
            assert!(!why.contains("icinga-api-password"), "{why}");
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{wrong:?}");
    }
    icinga.goes(Some(Wrong::Status(400)));
    never(core.give(&order(&ping(), PLAIN, "Max", "x")));
    icinga.goes(None);
    look(&core, &ping());
}

#[test]
fn a_wrong_password_is_said_by_the_probe() {
    let icinga = FakeIcinga::start();
    let config = icinga.config().replace("icinga-api-password", "another");
    let why = later(core(&config).probe());
    assert!(why.contains("(401)"), "{why}");
}

#[test]
fn the_probe_says_who_we_are_and_what_is_not_allowed() {
    let (icinga, core) = stage();
    assert_eq!(core.probe().unwrap(), "Icinga 2 r2.13.6-1 as listen");
    icinga.permits(&["objects/query/*", "actions/a*"]);
    let why = later(core.probe());
    for lacking in [
        "remove-acknowledgement",
        "schedule-downtime",
        "reschedule-check",
    ] {
        assert!(why.contains(lacking), "{why}");
    }
    assert!(!why.contains("acknowledge-problem"), "{why}");
}

#[test]
fn a_core_that_is_away_is_tried_again() {
    let icinga = FakeIcinga::start();
    let core = core(&icinga.config());
    drop(icinga);
    later(core.look(&ping()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_answered_is_borne(
        is_list in any::<bool>(),
        status in prop::sample::select(vec![200u16, 200, 200, 404, 409, 500]),
        said in any_json(&[
            "results", "results", "attrs", "code", "status", "name", "host_name", "state", "last_check",
            "acknowledgement", "entry_type", "entry_time", "text", "author", "comment", "permissions",
        ]),
    ) {
        let said = match is_list {
            true => serde_json::json!({"results": [said]}),
            false => said,
        };
        let server = StandIn::start(move |_| Said::json(status, &said));
        let core = core(&format!(
            "[monitoring]\ncore = \"icinga2\"\napi_url = {:?}\napi_user = \"listen\"\napi_password = \"x\"\n",
            server.url()
        ));
        let _ = core.look(&ping());
        let _ = core.find("web", Some(""));
        let _ = core.give(&order(&ping(), PLAIN, "Max", "x"));
        let _ = core.probe();
    }

    #[test]
    fn no_name_and_no_text_breaks_out_of_its_place(
        host in "[^!]{1,20}|[\"'\\\\{}$`;/% &?*]{1,8}",
        service in "[^!]{1,20}|[\"'\\\\{}$`;/% &?*]{1,8}",
        author in ".{0,30}",
        comment in ".{0,60}|\\PC{0,30}\"}\n",
    ) {
        let icinga = FakeIcinga::start();
        icinga.service(&host, &service, 2);
        icinga.service("web01", "Ping", 2);
        let core = core(&icinga.config());
        let subject = Subject::service(&*host, &*service);
        let given = order(&subject, PLAIN, &format!("Max {author}"), &comment);
        core.give(&given).unwrap();
        let seen = core.look(&subject).unwrap().unwrap();
        prop_assert_eq!(&seen.acknowledged.as_ref().unwrap().by, &given.author);
        prop_assert_eq!(&seen.acknowledged.unwrap().comment, &given.comment);
        let found = core.find(&host, Some(&service)).unwrap();
        prop_assert!(found.contains(&Named::from(subject)));
        if (host.as_str(), service.as_str()) != PING {
            prop_assert_eq!(icinga.standing("web01", Some("Ping")).acknowledgement, 0);
        }
    }
}
