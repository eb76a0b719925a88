//! Which stories are told around the process that is killed, and where in each it can be.

use std::process::Command;

use crate::stage::{Fate, Stage};
use notify_test::Fault;

pub struct Scenario {
    pub name: &'static str,
    pub program: &'static str,
    pub before: fn(&mut Stage),
    pub victim: fn(&mut Stage) -> Command,
    pub after: fn(&mut Stage),
    /// How many entries the victim routes before it stores its own.
    pub routes: u32,
    /// It comes at least to these.
    pub comes_to: &'static [&'static str],
}

pub const STORING: [&str; 5] = ["created", "written", "synced", "named", "stored"];
const A_DELIVERY: [&str; 7] = [
    "locked",
    "marked",
    "answered",
    "receipt",
    "receipt-synced",
    "removed",
    "unlocked",
];
pub const ROUTING: [&str; 3] = ["routing", "routed", "routing-receipt"];
const A_FAILURE: [&str; 2] = ["failure-noted", "failure-moved"];

impl Scenario {
    /// Whether a notifier that is killed there has stored its own notification.
    pub fn has_stored(&self, point: &str, turn: u32) -> bool {
        match point {
            "created" | "written" | "synced" | "named" => false,
            "stored" => turn > self.routes,
            _ => !ROUTING.contains(&point),
        }
    }
}

const SLACK: &str = "slack-notify";
const PAGERDUTY: &str = "pagerduty-notify";

pub const ALL: [Scenario; 12] = [
    Scenario {
        name: "the_first_of_all",
        program: SLACK,
        before: |_| {},
        victim: |stage| notifier(stage, "PROBLEM", "a"),
        after: |stage| {
            stage.tell("RECOVERY", "a", Fate::Arrives, 0);
            stage.tell("PROBLEM", "b", Fate::Arrives, 0);
        },
        routes: 0,
        comes_to: &STORING,
    },
    Scenario {
        name: "a_backlog_and_the_drainer",
        program: SLACK,
        before: backlog,
        victim: |stage| stage.drainer(),
        after: |_| {},
        routes: 0,
        comes_to: &A_FAILURE,
    },
    Scenario {
        name: "a_backlog_and_a_notifier",
        program: SLACK,
        before: backlog,
        victim: |stage| notifier(stage, "CUSTOM", "a"),
        after: |stage| stage.tell("CUSTOM", "b", Fate::Arrives, 0),
        routes: 0,
        comes_to: &A_DELIVERY,
    },
    Scenario {
        name: "a_backlog_at_pagerduty",
        program: PAGERDUTY,
        before: backlog,
        victim: |stage| notifier(stage, "ACKNOWLEDGEMENT", "b"),
        after: |stage| stage.tell("RECOVERY", "b", Fate::Arrives, 0),
        routes: 0,
        comes_to: &A_DELIVERY,
    },
    Scenario {
        name: "two_destinations",
        program: SLACK,
        before: |_| {},
        victim: |stage| {
            let line = stage.note_to_both("PROBLEM", "a");
            stage.bench.command(line)
        },
        after: |_| {},
        routes: 0,
        comes_to: &STORING,
    },
    Scenario {
        name: "a_vendor_that_fails_and_recovers",
        program: SLACK,
        before: |stage| {
            stage.behind(|stage| stage.tell("PROBLEM", "a", Fate::Arrives, 0));
            stage.bench.preview.next(Fault::too_many(0));
        },
        victim: |stage| notifier(stage, "RECOVERY", "a"),
        after: |stage| stage.tell("PROBLEM", "b", Fate::Arrives, 0),
        routes: 0,
        comes_to: &["marked", "answered", "unlocked"],
    },
    Scenario {
        name: "one_that_fails_by_itself",
        program: SLACK,
        before: |stage| {
            stage.behind(|stage| {
                stage.tell("PROBLEM", "a", Fate::MayFail, 0);
                stage.tell("PROBLEM", "b", Fate::Arrives, 0);
            });
            stage.bench.preview.next(Fault::status(500));
            stage.drainer().output().expect("it starts");
            stage.let_the_wait_pass();
        },
        victim: |stage| notifier(stage, "RECOVERY", "b"),
        after: |stage| stage.tell("RECOVERY", "a", Fate::Arrives, 0),
        routes: 0,
        comes_to: &A_FAILURE,
    },
    Scenario {
        name: "what_is_too_old",
        program: SLACK,
        before: |stage| {
            stage.behind(|stage| {
                stage.tell("PROBLEM", "a", Fate::MayFail, 0);
                stage.tell("RECOVERY", "a", Fate::MayFail, 0);
                stage.tell("PROBLEM", "b", Fate::MayFail, 0);
            });
            stage.expire_after("1ms");
            stage.let_the_wait_pass();
        },
        victim: |stage| stage.drainer(),
        after: |_| {},
        routes: 0,
        comes_to: &A_FAILURE,
    },
    Scenario {
        name: "a_receipt_that_is_late",
        program: SLACK,
        before: |stage| {
            stage.behind(|stage| {
                stage.tell("PROBLEM", "a", Fate::HasArrived, 0);
                stage.tell("RECOVERY", "a", Fate::HasArrived, 0);
            });
            stage.mark_all_as_delivered();
        },
        victim: |stage| stage.drainer(),
        after: |_| {},
        routes: 0,
        comes_to: &["receipt-synced", "removed"],
    },
    Scenario {
        name: "a_config_that_is_broken",
        program: SLACK,
        before: |stage| stage.spoil(),
        victim: |stage| notifier(stage, "PROBLEM", "a"),
        after: |stage| {
            stage.tell("RECOVERY", "a", Fate::Arrives, 78);
            stage.mend();
            stage.tell("CUSTOM", "a", Fate::Arrives, 0);
        },
        routes: 0,
        comes_to: &STORING,
    },
    Scenario {
        name: "a_config_that_is_mended_for_a_notifier",
        program: SLACK,
        before: unrouted,
        victim: |stage| notifier(stage, "CUSTOM", "a"),
        after: |stage| stage.tell("ACKNOWLEDGEMENT", "a", Fate::Arrives, 0),
        routes: 3,
        comes_to: &ROUTING,
    },
    Scenario {
        name: "a_config_that_is_mended_for_the_drainer",
        program: SLACK,
        before: unrouted,
        victim: |stage| stage.drainer(),
        after: |stage| stage.tell("CUSTOM", "a", Fate::Arrives, 0),
        routes: 3,
        comes_to: &ROUTING,
    },
];

fn notifier(stage: &mut Stage, kind: &'static str, host: &'static str) -> Command {
    let line = stage.note(kind, host, Fate::Arrives);
    stage.bench.command(line)
}

/// A message that is refused, then two about one object and one about another.
fn backlog(stage: &mut Stage) {
    stage.behind(|stage| {
        stage.tell("PROBLEM", "refused", Fate::MayFail, 0);
        stage.tell("PROBLEM", "a", Fate::Arrives, 0);
        stage.tell("RECOVERY", "a", Fate::Arrives, 0);
        stage.tell("PROBLEM", "b", Fate::Arrives, 0);
    });
    // Slack is asked a second time, more plainly.
    let times = if stage.bench.program.name == SLACK {
        2
    } else {
        1
    };
    for _ in 0..times {
        stage.bench.preview.next(Fault::status(400));
    }
}

fn unrouted(stage: &mut Stage) {
    stage.spoil();
    stage.tell("PROBLEM", "a", Fate::Arrives, 78);
    stage.tell("RECOVERY", "a", Fate::Arrives, 78);
    stage.tell("PROBLEM", "b", Fate::Arrives, 78);
    stage.mend();
}
