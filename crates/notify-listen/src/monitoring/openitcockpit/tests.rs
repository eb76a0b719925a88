use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use notify_core::notification::{State, Subject};
use notify_test::fake_openitcockpit::FakeOpenItCockpit;
use notify_test::stand_in::{Said, StandIn, Wrong, any_json};
use proptest::prelude::*;

use super::super::testing::{ID, core, impatient, later, never, order};
use super::super::{Acknowledged, Comments, Core, Expiry, Look, What};
use crate::answer::Sticky;

const HOST: &str = "c36b8048-93ce-4385-ac19-ab5c90574b77";
const SERVICE: &str = "74f14950-a58f-4f18-b6c3-5cfa9dffef4e";
const PLAIN: What = What::Acknowledge {
    sticky: Sticky::No,
    until: None,
};

fn host() -> Subject {
    Subject::host(HOST)
}

fn service() -> Subject {
    Subject::service(HOST, SERVICE)
}

/// A service that is CRITICAL on a host that is DOWN.
fn stage(lag: Duration) -> (FakeOpenItCockpit, Arc<dyn Core>) {
    let cockpit = FakeOpenItCockpit::start(lag);
    cockpit.host(HOST, "web01.example.com", 1);
    cockpit.service((HOST, SERVICE), ("web01.example.com", "Ping"), 2);
    let core = core(&cockpit.config());
    (cockpit, core)
}

fn look(core: &Arc<dyn Core>, subject: &Subject) -> Look {
    core.look(subject).unwrap().expect("the core has it")
}

#[test]
fn states_of_hosts_and_services_are_read() {
    let (cockpit, core) = stage(Duration::ZERO);
    for (number, state) in [(0, State::Up), (1, State::Down), (2, State::Unreachable)] {
        cockpit.change(HOST, None, |host| host.state = number);
        assert_eq!(look(&core, &host()).state, Some(state));
    }
    for (number, state) in [
        (0, State::Ok),
        (1, State::Warning),
        (2, State::Critical),
        (3, State::Unknown),
    ] {
        cockpit.change(HOST, Some(SERVICE), |service| service.state = number);
        assert_eq!(look(&core, &service()).state, Some(state));
    }
}

#[test]
fn an_acknowledgement_is_given_and_read_back_when_the_database_has_it() {
    let (cockpit, core) = stage(Duration::from_millis(300));
    assert_eq!(
        (core.expiry(), core.comments()),
        (Expiry::Listener, Comments::Refused)
    );
    let order = order(&service(), PLAIN, "Max", "disk ordered");
    core.give(&order).unwrap();
    assert_eq!(
        cockpit.commands(),
        [format!(
            "ACKNOWLEDGE_SVC_PROBLEM;{HOST};{SERVICE};0;1;0;Max;disk ordered [#{ID}]"
        )]
    );
    let first = look(&core, &service());
    assert_eq!(first.acknowledged, None);
    // So that it says nothing against the order.
    assert!(first.as_of < order.now as f64);
    let begun = Instant::now();
    let seen = loop {
        let seen = look(&core, &service());
        if seen.acknowledged.is_some() {
            break seen;
        }
        assert!(begun.elapsed() < Duration::from_secs(30));
        sleep(Duration::from_millis(20));
    };
    let acknowledged = Acknowledged {
        by: "Max".to_owned(),
        comment: format!("disk ordered [#{ID}]"),
        at: 0.0,
    };
    assert_eq!(seen.acknowledged.as_ref(), Some(&acknowledged));
    assert_eq!(seen.comments, [acknowledged.comment]);
    assert_eq!(cockpit.standing(HOST, None).acknowledged, None);
}

#[test]
fn every_command_for_hosts_and_services_is_as_the_core_takes_it() {
    let (cockpit, core) = stage(Duration::ZERO);
    let sticky = What::Acknowledge {
        sticky: Sticky::Yes,
        until: Some(9_999_999_999),
    };
    for subject in [host(), service()] {
        let uuid = subject.service.as_deref();
        core.give(&order(&subject, sticky, "Max", "x; y")).unwrap();
        assert!(cockpit.standing(HOST, uuid).sticky);
        assert!(!cockpit.standing(HOST, uuid).persistent);
        core.give(&order(&subject, What::RemoveAcknowledgement, "Max", ""))
            .unwrap();
        assert_eq!(look(&core, &subject).acknowledged, None);
        core.give(&order(
            &subject,
            What::Downtime { seconds: 600 },
            "Max",
            "kernel",
        ))
        .unwrap();
        assert_eq!(
            look(&core, &subject).downtimes[0],
            format!("kernel [#{ID}]")
        );
        let recheck = order(&subject, What::Recheck, "Max", "");
        assert!(look(&core, &subject).last_check < recheck.now as f64);
        core.give(&recheck).unwrap();
        assert!(look(&core, &subject).last_check >= recheck.now as f64);
        never(core.give(&order(&subject, What::Comment, "Max", "x")));
    }
    for asked in cockpit.asked() {
        assert!(!asked.path.contains("Max"), "{}", asked.path);
    }
}

#[test]
fn only_uuids_are_objects() {
    let (cockpit, core) = stage(Duration::ZERO);
    for subject in [
        Subject::host("web01"),
        Subject::service(HOST, "Ping"),
        Subject::service(HOST, "../../users/index"),
        Subject::host(format!("{HOST};x")),
        Subject::host(""),
    ] {
        assert_eq!(core.look(&subject), Ok(None));
        never(core.give(&order(&subject, PLAIN, "Max", "x")));
    }
    assert!(cockpit.asked().is_empty());
    assert_eq!(core.look(&Subject::host(SERVICE)), Ok(None));
}

#[test]
fn names_are_found_by_how_they_begin() {
    let (cockpit, core) = stage(Duration::ZERO);
    let other = HOST.replace('c', "d");
    cockpit.host(&other, "db-web01", 0);
    let find = |host: &str, service: Option<&str>| {
        let found = core.find(host, service).unwrap().into_iter();
        found
            .map(|named| (named.subject, crate::answer::object(&named.name)))
            .collect::<Vec<_>>()
    };
    let web = (host(), "web01.example.com".to_owned());
    assert_eq!(find("WEB01", None), [web]);
    let ping = [(service(), "web01.example.com / Ping".to_owned())];
    assert_eq!(find("web", Some("pi")), ping);
    assert_eq!(find("web", Some("")), ping);
    assert_eq!(find(HOST, Some(SERVICE))[0].0, service());
    assert!(find("%", None).is_empty());
    assert!(find("x&limit=9&filter[Hosts.name]=web", None).is_empty());
    assert!(find("", None).is_empty());
    for number in 0..200 {
        cockpit.host(&format!("{number:08}{}", &HOST[8..]), "many", 0);
    }
    never(core.find("m", None));
}

#[test]
fn what_goes_wrong_is_said_and_tried_again() {
    let (cockpit, _) = stage(Duration::ZERO);
    let core = impatient(&cockpit.config());
    for (wrong, words) in [
        (Wrong::Status(401), "refused the api_key (401)"),
        (Wrong::Status(403), "(403): give its user the right"),
        (Wrong::Status(500), "cannot do it now (500)"),
        (Wrong::Status(503), "cannot do it now (503)"),
        (Wrong::Status(302), "redirect (302)"),
        (Wrong::HalfBody, "broke off its answer"),
        (Wrong::Hangs, "did not answer in time"),
        (
            Wrong::Slow(Duration::from_secs(5)),
            "did not answer in time",
        ),
    ] {
        cockpit.goes(Some(wrong));
        for why in [
            later(core.look(&service())),
            later(core.give(&order(&service(), PLAIN, "Max", "x"))),
            later(core.find("web", None)),
        ] {
            assert!(why.contains(words), "{wrong:?}: {why}");
            assert!(!why.contains("openitcockpit-api-key"), "{why}");
        }
    }
    cockpit.goes(Some(Wrong::NotJson));
    later(core.look(&service()));
    for status in [400, 404] {
        cockpit.goes(Some(Wrong::Status(status)));
        never(core.give(&order(&service(), PLAIN, "Max", "x")));
    }
    assert_eq!(core.look(&service()), Ok(None));
    cockpit.goes(Some(Wrong::Status(500)));
    later(core.probe());
    cockpit.goes(None);
    core.probe().unwrap();
    look(&core, &service());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_answered_is_borne(
        status in prop::sample::select(vec![200u16, 200, 200, 404, 500]),
        said in any_json(&[
            "hoststatus", "servicestatus", "currentState", "problemHasBeenAcknowledged", "acknowledgement",
            "author_name", "comment_data", "downtime", "plannedDowntimes", "commentData", "lastCheckUser",
            "all_hosts", "all_services", "Host", "Service", "uuid", "name", "servicename",
        ]),
    ) {
        let server = StandIn::start(move |_| Said::json(status, &said));
        let core = core(&format!(
            "[monitoring]\ncore = \"openitcockpit\"\n[openitcockpit]\nurl = {:?}\napi_key = \"x\"\n",
            server.url()
        ));
        for subject in [host(), service()] {
            let _ = core.look(&subject);
            let _ = core.give(&order(&subject, PLAIN, "Max", "x"));
        }
        let _ = core.find("web", Some(""));
        let _ = core.find("web", None);
        let _ = core.probe();
    }

    #[test]
    fn no_text_breaks_out_of_its_field(author in ".{0,30}", comment in ".{0,60}|[;&=%\n\r+]{0,20}") {
        let (cockpit, core) = stage(Duration::ZERO);
        let given = order(&service(), PLAIN, &format!("Max {author}"), &comment);
        core.give(&given).unwrap();
        let said = (given.author, given.comment);
        prop_assert_eq!(cockpit.standing(HOST, Some(SERVICE)).acknowledged, Some(said));
    }
}
