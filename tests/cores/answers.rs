//! People's answers come back to a real Nagios: the message that its notification command sent is pressed, a running listener
//! gives the answer to the core, and the core's own status says what became of it.

use std::fs;
use std::path::{Path, PathBuf};

use notify_test::listener::{Listener, ListenerBench};
use notify_test::{Program, Shown, SlackPerson};

use crate::daemon::{LISTENER, find};
use crate::nagios::{Macros, Nagios, block_with, objects};
use crate::stage::Stage;

const SIGNING_SECRET: &str = "slack-signing-secret";
const MAX: SlackPerson = SlackPerson {
    id: "UMAX",
    team: "T00000000",
};

struct Answering {
    listener: Listener,
    /// Has the listener's log.
    _bench: ListenerBench,
    nagios: Nagios,
    object: Object,
    /// What a shell made of macros in double quotes.
    loud: PathBuf,
}

#[derive(Clone, Copy)]
enum Object {
    Host,
    Service,
}

impl Object {
    fn kind(self) -> &'static str {
        match self {
            Object::Host => "host",
            Object::Service => "service",
        }
    }

    fn names(self) -> &'static str {
        match self {
            Object::Host => "\thost_name=web01\n",
            Object::Service => "\thost_name=web01\n\tservice_description=Ping\n",
        }
    }

    fn is_now(self, state: u8, output: &str) -> String {
        match self {
            Object::Host => format!("PROCESS_HOST_CHECK_RESULT;web01;{state};{output}"),
            Object::Service => format!("PROCESS_SERVICE_CHECK_RESULT;web01;Ping;{state};{output}"),
        }
    }
}

impl Answering {
    /// The core, a problem, the message about it, and the listener; `None` without a core.
    fn start(object: Object, state: u8) -> Option<Answering> {
        let program = find("nagios4")?;
        let stage = Stage::new();
        stage.bench.config(&config(&stage));
        let loud = stage.folder().join("rw/loud");
        let objects = objects(Macros::OnTheCommandLine) + &loudly(&loud);
        let objects = objects.replace("slack,mattermost,pagerduty", "slack,loud");
        let mut nagios = Nagios::start_with(&program, stage, Macros::OnTheCommandLine, objects);
        nagios.command(object.is_now(state, "100% packet loss"));
        let preview = &nagios.stage.bench.preview;
        nagios.daemon.until("a message", |_| {
            (preview.channel(preview.slack_webhook_channel()).len() == 1).then_some(())
        });
        // As the owner of what that command has kept.
        let bench = ListenerBench::new(Program {
            name: LISTENER,
            path: "",
        });
        let installed = nagios.stage.folder().join("bin").join(LISTENER);
        let listener = bench.start_as(nagios.stage.command(installed));
        Some(Answering {
            listener,
            _bench: bench,
            nagios,
            object,
            loud,
        })
    }

    fn messages(&self) -> Vec<Shown> {
        let preview = &self.nagios.stage.bench.preview;
        preview.channel(preview.slack_webhook_channel())
    }

    /// Under the problem's own message.
    fn press(&self, action: &str) {
        let reference = &self.messages()[0].reference;
        let preview = &self.nagios.stage.bench.preview;
        let form = preview.slack_press(reference, action, MAX);
        self.post(&form.expect("a button"));
    }

    fn post(&self, form: &str) {
        let reply = self
            .listener
            .post_as_slack("/slack/interaction", SIGNING_SECRET, form);
        reply.status(200);
    }

    /// By the dialogue behind *More…*.
    fn choose(&self, chosen: &[(&str, &str)]) {
        let preview = &self.nagios.stage.bench.preview;
        let before = preview.slack_views().len();
        self.press("more");
        self.listener.until("the dialogue", |_| {
            (preview.slack_views().len() > before).then_some(())
        });
        let view = preview.slack_views().pop().expect("a dialogue");
        self.post(&preview.slack_submit(&view, chosen));
    }

    /// Waits until a block of the core's status about this object has all these lines, and gives it.
    fn until_status(&mut self, block: &str, lines: &[&str]) -> String {
        let file = self.nagios.stage.folder().join("status.dat");
        let begin = format!("{}{block} {{\n{}", self.object.kind(), self.object.names());
        let what = format!("{begin}{lines:?}");
        self.nagios.daemon.until(&what, |_| {
            let status = String::from_utf8_lossy(&fs::read(&file).unwrap_or_default()).into_owned();
            let blocks = status.split("\n\n").map(|block| format!("{block}\n"));
            let mut about = blocks.filter(|block| block.starts_with(&begin));
            about.find(|block| {
                lines
                    .iter()
                    .all(|line| block.contains(&format!("\t{line}\n")))
            })
        })
    }

    /// What the core noted as said with the acknowledgement.
    fn comment(&mut self) -> String {
        let block = self.until_status("comment", &["entry_type=4", "author=Max Mustermann"]);
        let comment = block
            .lines()
            .find_map(|line| line.strip_prefix("\tcomment_data="));
        comment.expect("a comment").to_owned()
    }

    fn until_shown(&mut self, words: &str) {
        let preview = &self.nagios.stage.bench.preview;
        let channel = preview.slack_webhook_channel();
        self.nagios.daemon.until(words, |_| {
            let shown = preview.channel(channel);
            shown
                .iter()
                .any(|shown| shown.page.contains(words))
                .then_some(())
        });
    }

    /// Nothing of what people wrote was run, by a shell or by the core.
    fn nothing_else_was_done(&self) {
        assert!(!self.nagios.bait_file().exists(), "a comment was run");
        let log = self.nagios.daemon.log();
        for words in ["localhost;", "Error:", "Warning:", "Unterminated"] {
            assert!(!log.contains(words), "{words:?} is in\n{log}");
        }
    }
}

fn config(stage: &Stage) -> String {
    let (preview, folder) = (&stage.bench.preview, stage.folder());
    let at = |name: &str| folder.join(name).display().to_string();
    format!(
        "[slack]\nwebhook_url = {:?}\nweb_api_url = {:?}\nsigning_secret = {SIGNING_SECRET:?}\n\
         oauth_access_token = \"xoxb-1234567890-secret\"\ntwo_way = true\nmin_interval = 0\n\
         [monitoring]\ncore = \"nagios\"\ncommand_file = {:?}\nstatus_file = {:?}\n\
         [listen]\naddress = \"127.0.0.1:0\"\npublic_url = \"https://answers.example\"\n\
         button_secret = \"the-secret-that-seals-buttons\"\n\
         [answers]\nallow = [\"slack:UMAX\"]\n",
        preview.slack_webhook(),
        preview.slack_web_api(),
        at("rw/nagios.cmd"),
        at("status.dat"),
    )
}

/// The documented lines as they must not be written: with what people said in double quotes. Nothing of ours may run there.
fn loudly(file: &Path) -> String {
    let commands = block_with("nagios", "command_name    host-notify-by-slack");
    let mut loudly = String::new();
    for line in commands.lines() {
        let mut line = line.replace("notify-by-slack", "notify-loudly");
        for kind in ["HOST", "SERVICE"] {
            for said in ["AUTHOR", "COMMENT"] {
                let from = format!("'${kind}ACK{said}$'");
                line = line.replace(&from, &format!("\"$NOTIFICATION{said}$\""));
            }
        }
        loudly += &match line.contains("command_line") {
            true => format!("{line} --dry-run >> {} 2>&1\n", file.display()),
            false => format!("{line}\n"),
        };
    }
    assert_eq!(
        loudly.matches("\"$NOTIFICATIONCOMMENT$\"").count(),
        2,
        "{loudly}"
    );
    let contact = block_with("nagios", "define contact{");
    let contact = contact.replace("notify-by-slack", "notify-loudly");
    loudly + &contact.replace("slack", "loud")
}

fn every_answer_reaches_the_core(object: Object, state: u8, title: &str) {
    let Some(mut on) = Answering::start(object, state) else {
        return;
    };
    on.press("acknowledge");
    // Sticky: it is as bad as it can be.
    on.until_status(
        "status",
        &["problem_has_been_acknowledged=1", "acknowledgement_type=2"],
    );
    let comment = on.comment();
    assert!(
        comment.starts_with("acknowledged via Slack [#"),
        "{comment}"
    );
    on.until_shown("Acknowledged by Max Mustermann");
    on.until_shown(&format!(
        "👤 ACK {title} – Max Mustermann: \"acknowledged via Slack\""
    ));

    on.choose(&[("what", "remove")]);
    on.until_status("status", &["problem_has_been_acknowledged=0"]);

    let said = format!(
        "disk; ordered\n[0] PROCESS_HOST_CHECK_RESULT;localhost;1;forged\r\n{} \"quoted\" 'single' \\",
        on.nagios.bait()
    );
    on.choose(&[("what", "acknowledge"), ("comment", &said)]);
    on.until_status("status", &["problem_has_been_acknowledged=1"]);
    let bait = on.nagios.bait_file().display().to_string();
    let text = format!(
        "disk, ordered [0] PROCESS_HOST_CHECK_RESULT,localhost,1,forged ＄(touch {bait}) ˋtouch {bait}ˋ ”quoted” 'single' ＼"
    );
    let comment = on.comment();
    assert!(comment.starts_with(&format!("{text} [#")), "{comment}");
    // The shell had it in double quotes, and passed it on as it is.
    let loud = on.loud.clone();
    on.nagios.daemon.until("the loud command", |_| {
        fs::read_to_string(&loud)
            .is_ok_and(|said| {
                said.contains("PROCESS_HOST_CHECK_RESULT,localhost,1,forged ＄(touch ")
            })
            .then_some(())
    });
    on.until_shown("disk, ordered [0] PROCESS_HOST_CHECK_RESULT");

    on.choose(&[
        ("what", "downtime"),
        ("comment", "kernel"),
        ("duration", "10m"),
    ]);
    let downtime = on.until_status(
        "downtime",
        &["author=Max Mustermann", "fixed=1", "duration=600"],
    );
    assert!(downtime.contains("\tcomment=kernel [#"), "{downtime}");
    on.until_status("status", &["scheduled_downtime_depth=1"]);

    // Its check finds nothing wrong.
    on.choose(&[("what", "recheck")]);
    on.until_status("status", &["current_state=0"]);
    on.listener.until_it_says(": checked again");
    on.nothing_else_was_done();
    let log = on.listener.stop();
    assert_eq!(log.matches(": acknowledged\n").count(), 2, "{log}");
}

#[test]
fn answers_about_a_service_reach_nagios() {
    every_answer_reaches_the_core(Object::Service, 2, "web01 / Ping (CRITICAL)");
}

#[test]
fn answers_about_a_host_reach_nagios() {
    every_answer_reaches_the_core(Object::Host, 1, "web01 (DOWN)");
}

#[test]
fn an_acknowledged_warning_that_turns_critical_pages() {
    let Some(mut on) = Answering::start(Object::Service, 1) else {
        return;
    };
    on.press("acknowledge");
    on.until_status(
        "status",
        &["problem_has_been_acknowledged=1", "acknowledgement_type=1"],
    );
    on.nagios
        .command(Object::Service.is_now(2, "100% packet loss"));
    on.until_status(
        "status",
        &["current_state=2", "problem_has_been_acknowledged=0"],
    );
    on.until_shown("🔴 CRITICAL web01 / Ping");
}
