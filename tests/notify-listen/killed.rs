//! Whatever kills the listener: an answer that was taken reaches the core.

use std::collections::BTreeSet;
use std::process::Command;
use std::thread;
use std::time::Duration;

use notify_core::button::{Action, Button};
use notify_core::config::secret::Secret;
use notify_core::notification::Subject;
use notify_core::reference::reference;
use notify_test::fake_nagios::FakeNagios;
use notify_test::kill::{self, Kill};
use notify_test::listener::{Listener, ListenerBench, now};
use serde_json::json;

use crate::PROGRAM;

const SIGNING_SECRET: &str = "slack-signing-secret";
const BUTTON_SECRET: &str = "the-secret-that-seals-buttons";
/// More than any story has.
const TURNS: u32 = 20;

/// A listener for Slack before a core with so many services that are CRITICAL.
pub fn stage(program: notify_test::Program, services: usize) -> (ListenerBench, FakeNagios) {
    let bench = ListenerBench::new(program);
    let nagios = FakeNagios::start(bench.folder());
    for number in 0..services {
        nagios.service("web01", &format!("Ping {number}"), 2);
    }
    bench.config(
        &format!("public_url = \"https://example.com\"\nbutton_secret = {BUTTON_SECRET:?}"),
        &format!(
            "[slack]\nsigning_secret = {SIGNING_SECRET:?}\nwebhook_url = \"http://127.0.0.1:1/\"\n[answers]\nallow = [\"slack:U1\"]\n{}",
            nagios.config()
        ),
    );
    (bench, nagios)
}

/// Zero where nobody answered.
fn press(listener: &Listener, service: usize, press: u32) -> u16 {
    let body = pressed(service, press);
    let reply = listener.post_as_slack("/slack/interaction", SIGNING_SECRET, &body);
    reply.status
}

/// What Slack sends of it.
pub fn pressed(service: usize, press: u32) -> String {
    let subject = Subject::service("web01", format!("Ping {service}"));
    let reference = reference("berlin", &subject);
    let secret = Secret::new(BUTTON_SECRET);
    let nonce = format!("{service:024x}");
    let button = Button::new(
        &reference,
        Action::Acknowledge,
        &nonce,
        now() as f64,
        &secret,
    );
    let ts = format!("1800000000.{service:06}");
    let payload = json!({
        "type": "block_actions",
        "team": {"id": "T1"},
        "user": {"id": "U1", "username": "max", "team_id": "T1"},
        "container": {"type": "message", "message_ts": ts, "channel_id": "C1"},
        "channel": {"id": "C1"},
        "message": {"ts": ts, "text": "CRITICAL"},
        "actions": [{
            "type": "button",
            "action_id": "acknowledge",
            "block_id": "answers",
            "value": serde_json::to_string(&button).unwrap(),
            "action_ts": format!("{}.{press:06}", now()),
        }],
    });
    format!("payload={}", encoded(&payload.to_string()))
}

fn encoded(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric();
    let encode = |byte: u8| match plain(&byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

fn acknowledgements(nagios: &FakeNagios) -> usize {
    let commands = nagios.commands();
    let these = commands
        .iter()
        .filter(|line| line.contains("ACKNOWLEDGE_SVC_PROBLEM"));
    these.count()
}

/// Those that an answer passes, and no notification.
fn points() -> BTreeSet<String> {
    let shared = ["created", "written", "synced"].map(str::to_owned);
    kill::answer_points().into_iter().chain(shared).collect()
}

#[test]
fn killed_at_any_step_it_gives_the_core_what_it_took() {
    let killable = kill::program("notify-listen");
    let mut reached = BTreeSet::new();
    for point in points() {
        for turn in 1..=TURNS {
            let (bench, nagios) = stage(killable, 1);
            let kill = Kill {
                point: point.clone(),
                turn,
            };
            let mut command = bench.command(&[]);
            kill.at(&mut command);
            let mut listener = bench.start_as(command);
            let status = press(&listener, 0, 1);
            let killed = listener.ends_or(|| {
                nagios
                    .standing("web01", Some("Ping 0"))
                    .acknowledged
                    .is_some()
                    && pending(&bench) == 0
            });
            if !killed {
                break;
            }
            reached.insert(point.clone());
            drop(listener);
            let listener = bench.start();
            if status != 200 {
                // Nothing was promised: the person presses again, and may be told that it was there already.
                assert_eq!(press(&listener, 0, 2), 200, "{kill:?}");
            }
            nagios.until_acknowledged("web01", Some("Ping 0"));
            listener.until(&format!("nothing waits after {kill:?}"), |_| {
                // Who pressed again has an older answer before him.
                nagios.write_status();
                (pending(&bench) == 0).then_some(())
            });
            assert_eq!(
                acknowledgements(&nagios),
                1,
                "{kill:?}: {:?}",
                nagios.commands()
            );
            listener.stop();
        }
    }
    assert_eq!(reached, points(), "a step that no story comes to");
}

fn pending(bench: &ListenerBench) -> usize {
    let folder = bench.state().join("answers/pending");
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

#[test]
fn killed_in_the_middle_of_many_it_gives_the_core_each_that_it_took() {
    const SERVICES: usize = 120;
    let (bench, nagios) = stage(PROGRAM, SERVICES);
    let mut taken = BTreeSet::new();
    let mut pressed = 0;
    for round in 0..4 {
        let listener = bench.start();
        let pid = listener.pid().to_string();
        // Soon enough that some are on their way, and not the same for all rounds.
        let killer = thread::spawn(move || {
            thread::sleep(Duration::from_millis(60 + 45 * round));
            Command::new("kill").args(["-KILL", &pid]).status().unwrap()
        });
        while pressed < SERVICES {
            let status = press(&listener, pressed, 1);
            if status == 200 {
                taken.insert(pressed);
            }
            pressed += 1;
            if status == 0 {
                break;
            }
        }
        assert!(killer.join().unwrap().success());
        drop(listener);
    }
    assert!(taken.len() > 4, "{taken:?}");
    let listener = bench.start();
    for service in &taken {
        // One that was noted and not yet given is given again once the core's state says that it is not there.
        nagios.until("the acknowledgement", |nagios| {
            nagios.write_status();
            let service = format!("Ping {service}");
            nagios.standing("web01", Some(&service)).acknowledged
        });
    }
    nagios.until("nothing waits", |_| (pending(&bench) == 0).then_some(()));
    listener.stop();
}

#[test]
fn a_stop_finishes_what_was_taken() {
    let (bench, nagios) = stage(PROGRAM, 20);
    let listener = bench.start();
    for service in 0..20 {
        assert_eq!(press(&listener, service, 1), 200);
    }
    listener.stop();
    assert_eq!(acknowledgements(&nagios), 20);
    assert_eq!(pending(&bench), 0);
}
