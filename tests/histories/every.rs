//! Every order of a short history, and an outage from every step to every later one.

use std::collections::BTreeMap;

use crate::judge::judge;
use crate::stage::{Age, House, Vendor};
use crate::tale::{Core, End, Event, Step, Weather, mild, worst};

const OUTAGES: [Weather; 4] = [
    Weather::Fails,
    Weather::LosesAnswers,
    Weather::Resets,
    Weather::Unreachable,
];
const KILLS: [End; 3] = [
    End::KilledAfterRequest,
    End::KilledBeforeRequest,
    End::KilledAtReceipt,
];

#[derive(Clone, Copy)]
enum Word {
    Mild,
    Worse,
    Again,
    Recovery,
}

const WORDS: [Word; 4] = [Word::Mild, Word::Worse, Word::Again, Word::Recovery];

fn orders() -> Vec<Vec<Word>> {
    fn longer(begun: &[Word], left: &[Word], all: &mut Vec<Vec<Word>>) {
        if left.is_empty() {
            all.push(begun.to_vec());
        }
        for (at, word) in left.iter().enumerate() {
            let begun = [begun, &[*word]].concat();
            let left = [&left[..at], &left[at + 1..]].concat();
            longer(&begun, &left, all);
        }
    }
    let mut all = Vec::new();
    longer(&[], &WORDS, &mut all);
    all
}

fn events(order: &[Word], object: usize) -> Vec<Event> {
    let mut core = Core::of(object);
    let event = |word: &Word| match word {
        Word::Mild => core.problem(mild(object)),
        Word::Worse => core.problem(worst(object)),
        Word::Again => core.again(),
        Word::Recovery => core.recovery(),
    };
    order.iter().map(event).collect()
}

fn house(vendor: Vendor, digest_above: Option<u32>) -> House {
    House {
        vendor,
        collapse: true,
        threads: true,
        digest_above,
        age: Age::Now,
    }
}

/// Each told and drained; the outage from before one until after another.
fn through_every_outage(events: &[Event], mut play: impl FnMut(&[Step])) {
    let count = events.len();
    play(&told(events, None));
    for weather in OUTAGES {
        for begin in 0..count {
            for end in begin..count {
                play(&told(events, Some((weather, begin, end))));
            }
        }
    }
}

fn told(events: &[Event], outage: Option<(Weather, usize, usize)>) -> Vec<Step> {
    let mut steps = Vec::new();
    for (at, event) in events.iter().enumerate() {
        if let Some((weather, begin, _)) = outage
            && begin == at
        {
            steps.push(Step::Weather(weather));
        }
        steps.push(Step::Say(event.clone()));
        steps.push(Step::Drain(End::ByItself));
        if let Some((_, _, end)) = outage
            && end == at
        {
            steps.push(Step::Weather(Weather::Fine));
        }
    }
    steps
}

/// All that is wrong is counted; the first of each sort is told.
#[derive(Default)]
struct Wrong {
    histories: usize,
    found: BTreeMap<String, (usize, String)>,
}

impl Wrong {
    fn judge(&mut self, house: House, steps: &[Step]) {
        self.histories += 1;
        if let Err(wrong) = judge(house, steps) {
            let sort: String = wrong.chars().take(40).collect();
            self.found.entry(sort).or_insert((0, wrong)).0 += 1;
        }
    }
}

impl Drop for Wrong {
    fn drop(&mut self) {
        for (count, wrong) in self.found.values() {
            eprintln!("{count} of {}: {wrong}", self.histories);
        }
        assert!(self.found.is_empty());
    }
}

fn every_order(vendor: Vendor) {
    let mut wrong = Wrong::default();
    for digest_above in [None, Some(1)] {
        if vendor == Vendor::PagerDuty && digest_above.is_some() {
            continue;
        }
        let house = house(vendor, digest_above);
        for order in orders() {
            through_every_outage(&events(&order, 0), |steps| wrong.judge(house, steps));
        }
    }
}

#[test]
fn every_order_through_every_outage_at_slack_with_a_webhook() {
    every_order(Vendor::SlackWebhook);
}

#[test]
fn every_order_through_every_outage_at_slack_with_a_token() {
    every_order(Vendor::SlackToken);
}

#[test]
fn every_order_through_every_outage_at_mattermost() {
    every_order(Vendor::MattermostBot);
}

#[test]
fn every_order_through_every_outage_at_pagerduty() {
    every_order(Vendor::PagerDuty);
}
