//! One problem in three places: whoever acknowledges it in one, all see it, and nothing goes in circles.

use std::path::Path;
use std::process::Command;

use notify_core::answer;
use notify_test::fake_nagios::FakeNagios;
use notify_test::listener::{Listener, ListenerBench, pagerduty_signature};
use notify_test::{Agent, Click, Happened, Options, Preview, Run, SlackPerson};

use crate::PROGRAM;

const SLACK_CHANNEL: &str = "C0000OPS0";
const MATTERMOST_CHANNEL: &str = "alertsalertsalertsalertsal";
const MAX: SlackPerson = SlackPerson {
    id: "UMAX",
    team: "T00000000",
};
const ERIKA: &str = "erikaerikaerikaerikaerikae";

struct Stage {
    nagios: FakeNagios,
    preview: Preview,
    bench: ListenerBench,
}

impl Stage {
    fn new() -> Stage {
        let bench = ListenerBench::new(PROGRAM);
        let stage = Stage {
            nagios: FakeNagios::start(bench.folder()),
            preview: Preview::start(Options::default()).unwrap(),
            bench,
        };
        stage.nagios.service("web01", "Ping", 2);
        let preview = &stage.preview;
        stage.bench.config(
            "public_url = \"https://answers.example\"\nbutton_secret = \"the-secret-that-seals-buttons\"",
            &format!(
                "[slack]\nchannel = {SLACK_CHANNEL:?}\noauth_access_token = \"xoxb-1234567890-secret\"\nweb_api_url = {:?}\nsigning_secret = \"slack-signing-secret\"\ntwo_way = true\nmin_interval = 0\n\
                 [mattermost]\nserver_url = {:?}\nbot_token = \"bottokenbottokenbottoken26\"\nchannel = {MATTERMOST_CHANNEL:?}\ntwo_way = true\nmin_interval = 0\n\
                 [pagerduty]\nintegration_key = \"0123456789abcdef0123456789abcdef\"\napi_url = {:?}\nwebhook_secrets = \"pagerduty-webhook-secret\"\ntwo_way = true\nmin_interval = 0\n\
                 [answers]\nallow = [\"slack:UMAX\", \"mattermost:{ERIKA}\", \"pagerduty:PEVA\"]\n{}",
                preview.slack_web_api(),
                preview.url(),
                preview.pagerduty_v2(),
                stage.nagios.config(),
            ),
        );
        stage
    }

    /// The core runs all its notification commands.
    fn notify(&self, kind: &str, more: &[&str]) {
        let line = [
            "--type",
            "Service",
            "--notificationtype",
            kind,
            "--hostname",
            "web01",
            "--servicedesc",
            "Ping",
            "--servicestate",
            "2",
            "--output",
            "100% packet loss",
        ];
        for program in ["slack-notify", "mattermost-notify", "pagerduty-notify"] {
            let path = Path::new(PROGRAM.path).with_file_name(program);
            let command = self.bench.command(&[&line, more].concat());
            let mut notifier = Command::new(path);
            notifier.args(command.get_args()).env_clear();
            let environment = command.get_envs();
            notifier.envs(environment.filter_map(|(name, value)| Some((name, value?))));
            Run::of(notifier.output().unwrap()).code(0);
        }
    }

    /// What the core says of an acknowledgement, to everybody.
    fn tell_of(&self, author: &str, comment: &str) {
        let said = ["--ackauthor", author, "--ackcomment", comment];
        self.notify("ACKNOWLEDGEMENT", &said);
    }

    fn tell_by_pagerduty(&self, listener: &Listener) {
        for webhook in self.preview.webhooks() {
            let body = webhook.v3.as_slice();
            let signature = pagerduty_signature("pagerduty-webhook-secret", body);
            let headers = [
                ("Content-Type", "application/json"),
                ("X-PagerDuty-Signature", signature.as_str()),
            ];
            listener.post("/pagerduty/v3", &headers, body).status(202);
        }
    }

    /// The problem's own message in Slack and Mattermost.
    fn messages(&self) -> [String; 2] {
        [SLACK_CHANNEL, MATTERMOST_CHANNEL].map(|channel| {
            let shown = self.preview.channel(channel).into_iter().next();
            shown.unwrap().page
        })
    }

    fn orders(&self, listener: &Listener) -> Vec<String> {
        listener.until("no answer waits", |_| {
            self.nagios.write_status();
            let metrics = listener.get("/metrics").body;
            metrics
                .contains("notify_listen_pending_answers 0\n")
                .then_some(())
        });
        let name = |line: String| line.split(['[', ']', ' ', ';']).nth(3).unwrap().to_owned();
        self.nagios.commands().into_iter().map(name).collect()
    }
}

#[test]
fn who_acknowledges_in_slack_is_seen_in_mattermost_and_pagerduty_and_heard_once() {
    let stage = Stage::new();
    let listener = stage.bench.start();
    stage.notify("PROBLEM", &[]);
    let reference = stage.preview.channel(SLACK_CHANNEL).remove(0).reference;
    let form = stage.preview.slack_press(&reference, "acknowledge", MAX);
    listener
        .post_as_slack("/slack/interaction", "slack-signing-secret", &form.unwrap())
        .status(200);
    let (author, comment) = stage.nagios.until_acknowledged("web01", Some("Ping"));
    stage.tell_of(&author, &comment);
    let mark = answer::unmarked(&comment).1.unwrap();
    for message in stage.messages() {
        assert!(message.contains("ACK web01 / Ping"), "{message}");
        assert!(message.contains("Acknowledge too"), "{message}");
        assert!(!message.contains(mark), "{message}");
    }
    let incidents = stage.preview.incidents();
    assert_eq!(incidents[0].events, ["trigger", "acknowledge"]);
    stage.tell_by_pagerduty(&listener);
    assert_eq!(stage.orders(&listener), ["ACKNOWLEDGE_SVC_PROBLEM"]);

    // A second person says so, too: the core learns who, and acknowledges nothing anew.
    let post = stage
        .preview
        .channel(MATTERMOST_CHANNEL)
        .remove(0)
        .reference;
    let post = post.rsplit('/').next().unwrap();
    let clicked = stage.preview.click(&Click {
        post,
        action: "acknowledge",
        option: None,
        user_id: ERIKA,
        user_name: "erika",
        listener: listener.address(),
    });
    assert_eq!(clicked.status, 200, "{clicked:?}");
    assert_eq!(
        stage.orders(&listener),
        ["ACKNOWLEDGE_SVC_PROBLEM", "ADD_SVC_COMMENT"]
    );
}

#[test]
fn who_acknowledges_in_pagerduty_is_seen_in_the_chats_and_heard_once() {
    let stage = Stage::new();
    let listener = stage.bench.start();
    stage.notify("PROBLEM", &[]);
    let incident = stage.preview.incidents().remove(0);
    let eva = Agent::user("PEVA", "Eva Example");
    stage
        .preview
        .in_pagerduty(&incident.id, eva, Happened::Acknowledged);
    stage.tell_by_pagerduty(&listener);
    let (author, comment) = stage.nagios.until_acknowledged("web01", Some("Ping"));
    assert_eq!(author, "Eva Example");
    stage.tell_of(&author, &comment);
    for message in stage.messages() {
        assert!(message.contains("Eva Example"), "{message}");
    }
    // Everything once more, and what our own acknowledgement made of it.
    stage.tell_by_pagerduty(&listener);
    assert_eq!(stage.orders(&listener), ["ACKNOWLEDGE_SVC_PROBLEM"]);
}
