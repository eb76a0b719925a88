//! What `--check` and `--test` prove at PagerDuty.

use std::time::Duration;

use notify_test::by_hand::{plugin_line, unseen};
use notify_test::{Bench, Fault};

use crate::PROGRAM;
use crate::answers::{KEY, first_generation};

#[test]
fn a_check_resolves_what_was_never_opened() {
    for bench in [Bench::new(PROGRAM), first_generation()] {
        let text = plugin_line(PROGRAM, &bench.run(["--check"]), "OK");
        assert!(text.contains("the key is well-formed"), "{text}");
        let shown = bench.only().shown.unwrap_or_default();
        assert!(
            shown.contains("resolve without an open alert: dropped"),
            "{shown}"
        );
    }
    let bench = Bench::new(PROGRAM);
    let config = bench.smallest_config();
    bench.config(&config.replace(KEY, "tooshortakey"));
    let text = plugin_line(PROGRAM, &bench.run(["--check"]), "CRITICAL");
    assert!(text.contains("check integration_key"), "{text}");
    unseen(PROGRAM, &bench.preview);
}

#[test]
fn a_test_that_stays_open_is_critical() {
    let bench = Bench::new(PROGRAM);
    bench.preview.next(Fault::Delay(Duration::ZERO));
    bench.preview.next(Fault::status(503));
    let text = plugin_line(PROGRAM, &bench.run(["--test"]), "CRITICAL");
    assert!(text.contains("answered 503"), "{text}");
    assert_eq!(bench.preview.received().len(), 2);
}
