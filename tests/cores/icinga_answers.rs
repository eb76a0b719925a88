//! People press buttons in Slack, and Icinga's own state says what became of it.

use crate::daemon::find;
use crate::icinga_api::{ODD, Object, Stand};

const PING: Object = Object {
    host: "web01",
    service: Some("Ping"),
};
const HOST: Object = Object {
    host: "web01",
    service: None,
};

/// What would act in a shell, a command file or an expression.
fn bait(stand: &Stand) -> String {
    let pwned = stand.stage.folder().join("pwned");
    let pwned = pwned.display();
    format!(
        "disk; \"a\" 'b' $(touch {pwned}) `touch {pwned}` \\\nREMOVE_SVC_ACKNOWLEDGEMENT;web01;Ping – ünï"
    )
}

#[test]
fn a_service_is_answered_in_slack_and_icinga_s_own_state_says_so() {
    let Some(program) = find("icinga2") else {
        return;
    };
    let mut stand = Stand::start(&program);
    let listener = stand.listener("", "");
    stand.result(&HOST, 0, "up");
    stand.result(&PING, 2, "100% packet loss");
    let problem = stand.message("🔴 CRITICAL web01 / Ping");
    assert!(stand.state(&PING)["acknowledgement"] == 0.0);

    stand.press(&listener, &problem, "acknowledge", "UMAX");
    // Sticky, since it cannot become worse.
    stand.until("the acknowledgement", |stand| {
        (stand.state(&PING)["acknowledgement"] == 2.0).then_some(())
    });
    let comments = stand.of(&PING, "comments");
    assert_eq!(comments.len(), 1, "{comments:#?}");
    assert_eq!(comments[0]["author"], "Max Mustermann");
    assert_eq!(comments[0]["persistent"], false);
    let text = comments[0]["text"].as_str().unwrap();
    assert!(text.starts_with("acknowledged via Slack [#"), "{text}");
    listener.until_it_says("(slack:UMAX in C0123456789): acknowledged");

    // Whoever comes second says so beside it, and takes nothing over.
    let acknowledged = stand.until("the message says so", |stand| {
        let now = stand.now(&problem);
        now.page
            .contains("Acknowledged by Max Mustermann")
            .then_some(now)
    });
    stand.press(&listener, &acknowledged, "acknowledge", "UMIA");
    stand.until("the second one's comment", |stand| {
        let comments = stand.of(&PING, "comments");
        let also = |text: &str| text.starts_with("also acknowledged via Slack");
        comments
            .iter()
            .any(|comment| comment["text"].as_str().is_some_and(also))
            .then_some(())
    });

    let bait = bait(&stand);
    stand.choose(
        &listener,
        &acknowledged,
        "UMAX",
        &[("what", "comment"), ("comment", &bait)],
    );
    stand.until("the comment", |stand| {
        let said = |text: &str| {
            text.starts_with("disk, ") && text.contains("touch") && text.contains("ünï")
        };
        let comments = stand.of(&PING, "comments");
        comments
            .iter()
            .any(|comment| comment["text"].as_str().is_some_and(said))
            .then_some(())
    });

    stand.choose(&listener, &acknowledged, "UMAX", &[("what", "remove")]);
    stand.until("no acknowledgement", |stand| {
        (stand.state(&PING)["acknowledgement"] == 0.0).then_some(())
    });
    listener.until_it_says("the acknowledgement was removed");

    let hour = [
        ("what", "downtime"),
        ("duration", "1h"),
        ("comment", "kernel"),
    ];
    stand.choose(&listener, &problem, "UMAX", &hour);
    let downtime = stand.until("the downtime", |stand| stand.of(&PING, "downtimes").pop());
    let number = |key: &str| downtime[key].as_f64().unwrap();
    let lasts = number("end_time") - number("start_time");
    assert!((3_590.0..=3_600.0).contains(&lasts), "{downtime:#?}");
    assert_eq!(downtime["author"], "Max Mustermann");
    assert!(
        downtime["comment"]
            .as_str()
            .unwrap()
            .starts_with("kernel [#")
    );
    assert!(stand.of(&HOST, "downtimes").is_empty());
    listener.until_it_says("the downtime has begun");

    let before = stand.state(&PING)["last_check"].as_f64().unwrap();
    stand.choose(&listener, &problem, "UMAX", &[("what", "recheck")]);
    stand.until("the check", |stand| {
        (stand.state(&PING)["last_check"].as_f64().unwrap() > before).then_some(())
    });
    listener.until_it_says("checked again");
    assert_eq!(stand.of(&PING, "downtimes").len(), 1);
    listener.stop();
    stand.end();
}

#[test]
fn a_host_is_answered_in_slack_and_icinga_s_own_state_says_so() {
    let Some(program) = find("icinga2") else {
        return;
    };
    let mut stand = Stand::start(&program);
    let listener = stand.listener("", "");
    stand.result(&HOST, 1, "no reply");
    let problem = stand.message("🔴 DOWN web01");
    // Pressed late: when the host is fine again.
    let late = stand.form(&problem, "acknowledge", "UMIA");
    let bait = bait(&stand);
    let chosen = [
        ("what", "acknowledge"),
        ("sticky", "no"),
        ("until", "2h"),
        ("comment", &bait),
    ];
    stand.choose(&listener, &problem, "UMAX", &chosen);
    let host = stand.until("the acknowledgement", |stand| {
        let host = stand.state(&HOST);
        (host["acknowledgement"] == 1.0).then_some(host)
    });
    let ends = host["acknowledgement_expiry"].as_f64().unwrap();
    let left = ends - notify_test::listener::now() as f64;
    assert!((7_100.0..=7_200.0).contains(&left), "{left}");
    let comments = stand.of(&HOST, "comments");
    assert_eq!(comments.len(), 1, "{comments:#?}");
    let text = comments[0]["text"].as_str().unwrap();
    assert!(text.contains("touch") && text.contains("ünï"), "{text}");
    assert!(!text.contains('\n') && !text.contains('$'), "{text}");
    listener.until_it_says("(slack:UMAX in C0123456789): acknowledged");

    stand.result(&HOST, 0, "up");
    stand.until("the recovery", |stand| {
        (stand.state(&HOST)["state"] == 0.0).then_some(())
    });
    stand.post(&listener, &late);
    listener.until_it_says("(slack:UMIA in C0123456789): already recovered");
    assert!(stand.state(&HOST)["acknowledgement"] == 0.0);

    // The end of a problem is no end of the listener's: a warning is acknowledged for as long as it is one.
    stand.result(&PING, 1, "20% packet loss");
    let warning = stand.message("🟡 WARNING web01 / Ping");
    stand.press(&listener, &warning, "acknowledge", "UMAX");
    stand.until("a plain acknowledgement", |stand| {
        (stand.state(&PING)["acknowledgement"] == 1.0).then_some(())
    });
    let said = stand.command(&listener, "unack WEB01/ping");
    assert!(said.contains("on it"), "{said}");
    stand.until("no acknowledgement", |stand| {
        (stand.state(&PING)["acknowledgement"] == 0.0).then_some(())
    });
    let said = stand.command(&listener, "ack web02 disk ordered");
    assert!(said.contains("There is no host"), "{said}");
    listener.stop();
    stand.end();
}

#[test]
fn names_that_would_act_elsewhere_are_names() {
    let Some(program) = find("icinga2") else {
        return;
    };
    let mut stand = Stand::start(&program);
    let listener = stand.listener("", "");
    stand.result(&HOST, 0, "up");
    stand.result(&PING, 2, "100% packet loss");
    let host = Object {
        service: None,
        ..ODD
    };
    stand.result(&host, 0, "up");
    stand.result(&ODD, 2, "100% packet loss");
    let problem = stand.message("🔴 CRITICAL we\"ird");
    stand.press(&listener, &problem, "acknowledge", "UMAX");
    stand.until("the acknowledgement", |stand| {
        (stand.state(&ODD)["acknowledgement"] == 2.0).then_some(())
    });
    listener.until_it_says("(slack:UMAX in C0123456789): acknowledged");
    assert_eq!(stand.of(&ODD, "comments").len(), 1);

    let name = format!("{}/{}", host.host, ODD.service.unwrap());
    let said = stand.command(&listener, &format!("downtime {name} 2h kernel"));
    assert!(said.contains("on it"), "{said}");
    stand.until("the downtime", |stand| stand.of(&ODD, "downtimes").pop());
    // Nobody else was meant.
    for other in [&HOST, &PING, &host] {
        assert!(stand.state(other)["acknowledgement"] == 0.0);
        assert!(stand.of(other, "comments").is_empty());
        assert!(stand.of(other, "downtimes").is_empty());
    }
    listener.stop();
    stand.end();
}

#[test]
fn what_is_wrong_with_the_way_to_icinga_is_said() {
    let Some(program) = find("icinga2") else {
        return;
    };
    let stand = Stand::start(&program);
    for (from, to, status, words) in [
        ("", "", 200, "ok: Icinga 2 r2."),
        (
            "icinga-api-password",
            "another",
            503,
            "refused api_user and api_password (401)",
        ),
        ("ca.crt", "stranger.crt", 503, "set ca_file"),
        (
            "\"listen\"",
            "\"blind\"",
            503,
            "blind lacks objects/query/Service, objects/query/Comment, objects/query/Downtime",
        ),
        (
            "https://localhost",
            "https://127.0.0.1",
            503,
            "is not for 127.0.0.1",
        ),
    ] {
        let listener = stand.listener(from, to);
        let reply = listener.get("/healthz");
        reply.status(status);
        assert!(reply.body.contains(words), "{reply:#?}");
        listener.stop();
    }
    stand.end();
}
