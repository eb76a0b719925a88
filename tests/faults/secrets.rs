//! A vendor that quotes what it was asked with, in everything that it says: nothing of it is kept.

use notify_test::queue::{self, Queue};
use notify_test::{Answer, Bench, Fault, Program};

use crate::stage::{SLACK, let_a_wait_pass, problem, run};

const SLACK_SECRET: &str = "/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX";
const PAGERDUTY_SECRET: &str = "0123456789abcdef0123456789abcdef";

fn keeps_nothing(program: Program, secret: &str) {
    let bench = Bench::new(program);
    bench.config(&format!(
        "{}[queue]\nretry_first = \"10ms\"\nretry_longest = \"20ms\"\nattempts = 2\nretry_refused = \"10ms\"\n",
        bench.smallest_config()
    ));
    let queue = Queue::of(&bench);
    let statuses = [400, 404, 403, 500, 503, 429, 302, 200, 413];
    for (number, status) in (1..).zip(statuses) {
        let body = format!("you asked {secret} for this");
        let answer = Answer::text(status, &body).header(
            "Location",
            &format!("https://elsewhere.example.com{secret}"),
        );
        bench.preview.always(Some(Fault::Answer(answer)));
        run(&mut problem(&bench, &format!("web{number}"), number));
        run(&mut queue::drainer(&bench));
        queue.holds_no_secret();
        let_a_wait_pass();
    }
    bench.preview.always(None);
    queue::drain(&bench);
    queue.holds_no_secret();
    assert!(!queue.receipts().is_empty());
}

#[test]
fn what_slack_quotes_is_not_kept() {
    keeps_nothing(SLACK, SLACK_SECRET);
}

#[test]
fn what_pagerduty_quotes_is_not_kept() {
    keeps_nothing(
        notify_test::kill::program("pagerduty-notify"),
        PAGERDUTY_SECRET,
    );
}
