//! The program itself: its command line, what it prints, its exit codes.
#![expect(
    clippy::unwrap_used,
    reason = "clippy sees no test in the helpers of tests"
)]

mod client;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};

use client::{Reply, read_reply, request};

const HOOK: &str = "/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX";

struct Program {
    child: Child,
    url: String,
    out: BufReader<std::process::ChildStdout>,
    err: BufReader<std::process::ChildStderr>,
}

impl Program {
    fn start(arguments: &[&str]) -> Program {
        let mut child = Command::new(env!("CARGO_BIN_EXE_notify-preview"))
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut err = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        err.read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("notify-preview: listening on ");
        Program {
            url: url.unwrap().to_string(),
            child,
            out,
            err,
        }
    }

    fn post(&self, body: &str) -> Reply {
        let mut stream = TcpStream::connect(self.url.strip_prefix("http://").unwrap()).unwrap();
        stream
            .write_all(&request("POST", HOOK, &[], body.as_bytes()))
            .unwrap();
        read_reply(&mut stream).unwrap()
    }

    fn ended(mut self) -> (String, String) {
        self.child.kill().unwrap();
        let mut out = String::new();
        self.out.read_to_string(&mut out).unwrap();
        let mut err = String::new();
        self.err.read_to_string(&mut err).unwrap();
        (out, err)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_notify-preview"))
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn messages_go_to_stdout_with_a_blank_line_between_and_refusals_to_stderr() {
    let program = Program::start(&[]);
    assert_eq!(program.post("{\"text\":\"one\"}").status, 200);
    assert_eq!(program.post("{}").status, 400);
    assert_eq!(program.post("{\"text\":\"two\"}").status, 200);
    let (out, err) = program.ended();
    let title = "slack: webhook B00000000";
    assert_eq!(
        out,
        format!("{title}\npush: one\none\n\n{title}\npush: two\ntwo\n")
    );
    assert_eq!(err, "notify-preview: answered 400 no_text\n");
}

#[test]
fn threads_and_updates_are_printed_as_such() {
    let program = Program::start(&["--update-pace", "1/60"]);
    let call = |method: &str, body: &str| {
        let mut stream = TcpStream::connect(program.url.strip_prefix("http://").unwrap()).unwrap();
        let headers = [
            ("Authorization", "Bearer xoxb-1-secret"),
            ("Content-Type", "application/json"),
        ];
        let path = format!("/api/{method}");
        stream
            .write_all(&request("POST", &path, &headers, body.as_bytes()))
            .unwrap();
        read_reply(&mut stream).unwrap()
    };
    let root = call("chat.postMessage", "{\"channel\":\"C1\",\"text\":\"one\"}").json();
    let of_root = |key: &str| {
        format!(
            "{{\"channel\":\"C1\",\"text\":\"two\",\"{key}\":{}}}",
            root["ts"]
        )
    };
    call("chat.postMessage", &of_root("thread_ts"));
    call("chat.update", &of_root("ts"));
    assert_eq!(call("chat.update", &of_root("ts")).status, 429);
    let (out, _) = program.ended();
    assert_eq!(
        out,
        "slack: C1\npush: one\none\n\nslack: C1 ↳ reply to one\n    push: two\n    two\n\n\
         slack: C1 ✎ updated one\ntwo\n"
    );
}

#[test]
fn colours_are_put_in_on_request() {
    let program = Program::start(&["--color", "always"]);
    program.post("{\"text\":\"*one*\"}");
    let (out, _) = program.ended();
    assert!(out.contains("\x1b[1mone\x1b[0m"), "{out:?}");
}

#[test]
fn a_config_that_points_at_the_preview_is_printed_first() {
    let program = Program::start(&["--print-config", "--quiet"]);
    program.post("{\"text\":\"one\"}");
    let url = program.url.clone();
    let (out, _) = program.ended();
    assert_eq!(
        out,
        format!(
            "[slack]\nwebhook_url = \"{url}{HOOK}\"\n\n\
             [mattermost]\nwebhook_url = \"{url}/hooks/abcdefghijklmnopqrstuvwxyz\"\n\n\
             [pagerduty]\nintegration_key = \"0123456789abcdef0123456789abcdef\"\n\
             api_url = \"{url}/v2/enqueue\"\n\n"
        )
    );
}

#[test]
fn every_request_fails_as_told() {
    let program = Program::start(&["--fail", "429:30"]);
    for _ in 0..2 {
        let reply = program.post("{\"text\":\"one\"}");
        assert_eq!(
            (reply.status, reply.header("retry-after")),
            (429, Some("30"))
        );
    }
}

#[test]
fn a_wrong_command_line_is_one_line_and_64() {
    for arguments in [
        &["--listen", "0.0.0.0:0"][..],
        &["--listen", "nonsense"],
        &["--nonsense"],
        &["--fail", "nonsense"],
        &["--pace", "0/1"],
        &["--update-pace", "0/1"],
        &["--mattermost", "ancient"],
        &["--color", "red"],
        &["--tls-cert", "x"],
        &["surplus"],
    ] {
        let output = run(arguments);
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(64), "{arguments:?}: {err}");
        assert_eq!(err.lines().count(), 1, "{err}");
        assert!(err.starts_with("notify-preview: "), "{err}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_certificate_that_is_not_there_is_78_and_a_port_that_is_taken_69() {
    let output = run(&[
        "--listen",
        "127.0.0.1:0",
        "--tls-cert",
        "absent.pem",
        "--tls-key",
        "absent.pem",
    ]);
    assert_eq!(output.status.code(), Some(78));
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(err.contains("absent.pem"), "{err}");
    let program = Program::start(&["--quiet"]);
    let taken = program.url.strip_prefix("http://").unwrap();
    assert_eq!(run(&["--listen", taken]).status.code(), Some(69));
}

#[test]
fn help_names_every_fault() {
    let output = run(&["--help"]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    for fault in [
        "429:30", "hang", "reset", "close", "half", "trickle", "redirect", "html",
    ] {
        assert!(text.contains(fault), "{fault}");
    }
}
