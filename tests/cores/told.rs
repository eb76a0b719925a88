//! What people were told of one event.

use notify_test::Received;

use crate::daemon::{Daemon, PATIENCE};
use crate::stage::Stage;

pub struct Told(Vec<Received>);

/// Waits for the next requests; `seen` counts those of the events before.
pub fn next(stage: &Stage, seen: &mut usize, count: usize, core: &Daemon) -> Told {
    let received = stage.bench.preview.wait_for(*seen + count, PATIENCE);
    let new = received[*seen..].to_vec();
    let shown: Vec<_> = new.iter().map(|received| &received.shown).collect();
    assert_eq!(
        new.len(),
        count,
        "{shown:#?} arrived; the core said\n{}",
        core.said()
    );
    *seen = received.len();
    Told(new)
}

impl Told {
    pub fn slack(&self) -> &Received {
        self.by("/services/")
    }

    pub fn mattermost(&self) -> &Received {
        self.by("/hooks/")
    }

    pub fn pagerduty(&self) -> &Received {
        self.by("/v2/enqueue")
    }

    fn by(&self, path: &str) -> &Received {
        let mut found = self
            .0
            .iter()
            .filter(|received| received.path.starts_with(path));
        match (found.next(), found.next()) {
            (Some(received), None) => received,
            _ => panic!("not one request to {path} in {:#?}", self.0),
        }
    }

    /// Only a problem's first notification calls, and only whom the config names.
    pub fn calls(&self, whom: &[&str]) {
        for received in [self.slack(), self.mattermost()] {
            assert_eq!(received.mentions, whom, "called by {:?}", received.shown);
        }
    }

    /// The first line is the same in Slack and Mattermost; PagerDuty has its own.
    pub fn begins(&self, chat: &str, pagerduty: &str) {
        for received in [self.slack(), self.mattermost()] {
            begins(received, chat);
        }
        begins(self.pagerduty(), pagerduty);
    }
}

pub fn begins(received: &Received, words: &str) {
    let line = first_line(received);
    assert!(line.starts_with(words), "{words:?} does not begin {line:?}");
}

/// What a phone shows, or what PagerDuty does.
fn first_line(received: &Received) -> &str {
    let shown = received.shown.as_deref().expect("an accepted message");
    let mut lines = shown.lines();
    let push = lines.find_map(|line| line.strip_prefix("push: "));
    push.or(shown.lines().next()).unwrap_or_default()
}

pub fn shows(received: &Received, words: &str) {
    let shown = received.shown.as_deref().unwrap_or_default();
    assert!(shown.contains(words), "{words:?} is not in\n{shown}");
}
