//! What bad answers and dead vendors lead to.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread;
use std::time::{Duration, Instant};

use notify_preview::{Answer, Fault};

use crate::certificates::Authority;
use crate::resolver::{self, Manner};
use crate::{Bench, Program, Run};

#[macro_export]
macro_rules! failures {
    ($program:expr) => {
        $crate::promises!(failures, $program;
            a_bad_answer_ends_with_its_code_and_its_reason,
            half_a_secret_is_no_more_shown_than_a_whole_one,
            a_vendor_that_never_finishes_is_left_at_the_deadline,
            the_vendors_wish_is_passed_on_where_it_is_a_number,
            a_redirect_is_never_followed_and_never_quoted,
            a_refused_connection_is_exit_75,
            a_name_that_nobody_knows_is_exit_75,
            an_address_that_is_none_is_exit_78,
            a_server_that_speaks_something_else_is_exit_75,
            a_server_without_tls_behind_https_is_exit_75,
            a_page_of_errors_is_quoted_briefly_and_without_the_secret_in_it,
        );
    };
}

const DEADLINE: Duration = Duration::from_secs(1);

/// Delivered to nobody, said in one line, and within the deadline.
fn fails(bench: &Bench, case: &str, code: i32, words: &[&str]) -> Run {
    let began = Instant::now();
    let run = bench.send(&[]);
    let took = began.elapsed();
    assert_eq!(run.code, code, "{case}: {run:#?}");
    run.quiet().one_line(bench.program);
    let line = &run.stderr;
    let place = format!("{}:default: ", bench.program.provider());
    for words in words.iter().chain([&&*place]) {
        assert!(line.contains(words), "{case}: {words:?} is not in {line:?}");
    }
    assert!(took < 3 * DEADLINE, "{case}: took {took:?}");
    run
}

fn impatient(program: Program) -> Bench {
    let bench = Bench::unqueued(program);
    bench.config(&format!("timeout = \"1s\"\n{}", bench.smallest_config()));
    bench
}

/// The smallest config with another scheme and place in its URL.
fn elsewhere(bench: &Bench, url: &str) -> String {
    let config = bench.smallest_config().replace(&bench.preview.url(), url);
    format!("timeout = \"1s\"\n{config}")
}

pub fn a_bad_answer_ends_with_its_code_and_its_reason(program: Program) {
    let vendor = match program.provider() {
        "slack" => "it does not answer like Slack",
        "mattermost" => "it does not answer like Mattermost",
        _ => "it does not answer like PagerDuty",
    };
    let cases = [
        (
            Fault::Reset,
            75,
            ["not delivered", "127.0.0.1 closed the connection"],
        ),
        (
            Fault::Close,
            75,
            [
                "not delivered",
                "127.0.0.1 closed the connection without an answer",
            ],
        ),
        (
            Fault::HalfBody,
            75,
            ["not delivered", "127.0.0.1 broke off its answer"],
        ),
        (Fault::html(200), 69, [vendor, "an HTML page"]),
        (Fault::html(502), 75, ["answered 502", "an HTML page"]),
        (
            Fault::html(404),
            69,
            ["destination refused: 404", "an HTML page"],
        ),
        (
            Fault::Answer(Answer::text(200, "")),
            69,
            ["destination refused", vendor],
        ),
        (
            Fault::Answer(Answer::text(204, "")),
            69,
            ["destination refused", vendor],
        ),
        (
            Fault::Answer(Answer::json(200, serde_json::json!(["ok"]))),
            69,
            ["destination refused", vendor],
        ),
        (Fault::status(408), 75, ["not delivered", "answered 408"]),
        (Fault::status(500), 75, ["not delivered", "answered 500"]),
        (Fault::status(503), 75, ["not delivered", "answered 503"]),
        (
            Fault::status(429),
            75,
            ["not delivered", "limiting the rate (429)"],
        ),
        (
            Fault::too_many(30),
            75,
            ["limiting the rate (429)", "may be tried again in 30 s"],
        ),
        (Fault::status(401), 69, ["destination refused", "401"]),
        (Fault::status(407), 69, ["destination refused", "407"]),
    ];
    for (fault, code, words) in cases {
        let bench = impatient(program);
        let case = format!("{fault:?}");
        bench.preview.always(Some(fault));
        fails(&bench, &case, code, &words);
        let received = bench.preview.received();
        assert_eq!(received.len(), 1, "{case}: {received:#?}");
    }
}

pub fn a_vendor_that_never_finishes_is_left_at_the_deadline(program: Program) {
    for fault in [Fault::Hang, Fault::Trickle] {
        let bench = impatient(program);
        let case = format!("{fault:?}");
        bench.preview.always(Some(fault));
        let began = Instant::now();
        fails(&bench, &case, 75, &["127.0.0.1 did not answer in time"]);
        let took = began.elapsed();
        assert!(took > DEADLINE.mul_f64(0.9), "{case}: took {took:?}");
    }
}

pub fn the_vendors_wish_is_passed_on_where_it_is_a_number(program: Program) {
    for (wish, said) in [
        ("1", "tried again in 1 s"),
        (" 120 ", "tried again in 120 s"),
        ("Wed, 21 Oct 2026 07:28:00 GMT", "limiting the rate (429)\n"),
        ("-1", "limiting the rate (429)\n"),
        ("soon", "limiting the rate (429)\n"),
    ] {
        let bench = impatient(program);
        let answer = Answer::text(429, "").header("Retry-After", wish);
        bench.preview.next(Fault::Answer(answer));
        fails(&bench, wish, 75, &[said]);
    }
}

pub fn a_redirect_is_never_followed_and_never_quoted(program: Program) {
    let secret = "XXXXXXXXXXXXXXXXXXXXXXXX";
    for status in [301, 302, 303, 307, 308] {
        let bench = impatient(program);
        let own = bench.preview.url();
        for location in [
            format!("{own}/services/T00000000/B00000000/{secret}"),
            format!("https://login.example.com/?from={secret}#{secret}"),
            format!("https://me:{secret}@login.example.com/"),
            format!("/{secret}"),
        ] {
            let before = bench.preview.received().len();
            let answer = Answer::text(status, "").header("Location", &location);
            bench.preview.next(Fault::Answer(answer));
            let case = format!("{status} {location}");
            let run = fails(&bench, &case, 69, &["it redirects", "correct the URL"]);
            assert_eq!(
                run.stderr.contains("to login.example.com"),
                location.contains("login.example.com"),
                "{case}: {run:#?}"
            );
            assert_eq!(bench.preview.received().len(), before + 1, "{case}");
        }
    }
}

pub fn a_refused_connection_is_exit_75(program: Program) {
    let bench = Bench::unqueued(program);
    bench.config(&elsewhere(&bench, "http://127.0.0.1:1"));
    let words = ["not delivered", "127.0.0.1 refused the connection"];
    fails(&bench, "port 1", 75, &words);
}

pub fn a_name_that_nobody_knows_is_exit_75(program: Program) {
    let mut bench = Bench::unqueued(program);
    let resolver = resolver::built(Manner::KnowsNobody, bench.folder());
    bench.set("LD_PRELOAD", &resolver.display().to_string());
    bench.config(&elsewhere(&bench, "https://nosuch.invalid"));
    let words = ["the name of nosuch.invalid cannot be resolved"];
    fails(&bench, "nosuch.invalid", 75, &words);
}

pub fn an_address_that_is_none_is_exit_78(program: Program) {
    for url in [
        "http://127.0.0.1:31z28",
        "http://127.0.0.1:99999",
        "http://:3128",
        "http://",
    ] {
        let bench = Bench::unqueued(program);
        bench.config(&elsewhere(&bench, url));
        let run = bench.send(&[]);
        assert_eq!(run.code, 78, "{url}: {run:#?}");
        run.quiet().one_line(program).says("malformed");
    }
}

pub fn a_server_that_speaks_something_else_is_exit_75(program: Program) {
    let bench = Bench::unqueued(program);
    let address = greets_with(b"SSH-2.0-OpenSSH_9.9\r\n");
    bench.config(&elsewhere(&bench, &format!("http://{address}")));
    fails(&bench, "ssh", 75, &["127.0.0.1 does not answer in HTTP"]);
}

pub fn a_server_without_tls_behind_https_is_exit_75(program: Program) {
    let bench = Bench::unqueued(program);
    let authority = Authority::new();
    bench.file("ca.pem", &authority.certificate());
    let address = greets_with(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let config = elsewhere(&bench, &format!("https://{address}"));
    bench.config(&format!("{config}ca_file = \"ca.pem\"\n"));
    fails(&bench, "https", 75, &["127.0.0.1 does not speak TLS"]);
}

pub fn a_page_of_errors_is_quoted_briefly_and_without_the_secret_in_it(program: Program) {
    let bench = impatient(program);
    let target = match program.provider() {
        "slack" => "/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
        "mattermost" => "/hooks/abcdefghijklmnopqrstuvwxyz",
        _ => "key 0123456789abcdef0123456789abcdef",
    };
    let page = format!(
        "cannot serve {target}\n\u{1b}[31m{}",
        "stack trace ".repeat(1_000)
    );
    for (status, code) in [(404, 69), (500, 75), (200, 69)] {
        let answer = Answer::text(status, &page);
        bench.preview.next(Fault::Answer(answer));
        let run = fails(&bench, &status.to_string(), code, &["cannot serve"]);
        assert!(run.stderr.len() < 600, "{status}: {run:#?}");
        assert!(!run.stderr.contains('\u{1b}'), "{status}: {run:#?}");
    }
}

/// A server that says something before it is asked, and then nothing.
fn greets_with(words: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = listener.local_addr().expect("its address");
    thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let _ = client.write_all(words);
            let _ = client.read(&mut [0; 64 * 1024]);
        }
    });
    address
}

/// A quote is cut to size; the cut must not go through a secret before it is found.
pub fn half_a_secret_is_no_more_shown_than_a_whole_one(program: Program) {
    let secret = match program.provider() {
        "slack" => "/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
        "mattermost" => "/hooks/abcdefghijklmnopqrstuvwxyz",
        _ => "0123456789abcdef0123456789abcdef",
    };
    let telling = &secret[secret.len() - 20..secret.len() - 8];
    for before in 150..200 {
        let bench = Bench::unqueued(program);
        let page = format!("{}{secret}", "x".repeat(before));
        bench.preview.next(Fault::Answer(Answer::text(404, &page)));
        let run = bench.send(&[]);
        assert!(!run.stderr.contains(telling), "{before}: {run:#?}");
    }
}
