//! Every order of a short history, and an outage from every step to every later one.

use std::collections::BTreeMap;

use notify_core::notification::Kind;

use crate::judge::judge;
use crate::stage::{Age, House, VENDORS, Vendor};
use crate::tale::{Core, End, Event, Step, Weather, mild, worst};

const PROBLEMS: [Word; 4] = [Word::Mild, Word::Worse, Word::Again, Word::Recovery];
const OUTAGES: [Weather; 3] = [Weather::Fails, Weather::LosesAnswers, Weather::Unreachable];
const KILLS: [End; 3] = [
    End::KilledAfterRequest,
    End::KilledBeforeRequest,
    End::KilledAtReceipt,
];

#[derive(Clone, Copy, Debug)]
enum Word {
    Mild,
    Worse,
    Again,
    Recovery,
    Acknowledgement,
}

/// Every order of these.
fn orders(words: &[Word]) -> Vec<Vec<Word>> {
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
    longer(&[], words, &mut all);
    all
}

fn events(order: &[Word], object: usize) -> Vec<Event> {
    let mut core = Core::of(object);
    let event = |word: &Word| match word {
        Word::Mild => core.problem(mild(object)),
        Word::Worse => core.problem(worst(object)),
        Word::Again => core.again(),
        Word::Recovery => core.recovery(),
        Word::Acknowledgement => core.beside(Kind::Acknowledgement),
    };
    order.iter().map(event).collect()
}

/// Who is told, and how.
fn house(vendor: Vendor, digest_above: Option<u32>) -> House {
    House {
        vendor,
        collapse: true,
        threads: true,
        digest_above,
        age: Age::Now,
    }
}

/// All that is wrong is counted; the first of each sort is told.
struct Judge {
    house: House,
    histories: usize,
    wrong: BTreeMap<String, (usize, String)>,
}

impl Judge {
    fn of(house: House) -> Judge {
        Judge {
            house,
            histories: 0,
            wrong: BTreeMap::new(),
        }
    }

    fn judge(&mut self, steps: &[Step]) {
        self.histories += 1;
        if let Err(wrong) = judge(self.house, steps) {
            let sort: String = wrong.chars().take(40).collect();
            self.wrong.entry(sort).or_insert((0, wrong)).0 += 1;
        }
    }

    /// Each told and drained; the outage from before one until after another.
    fn through_every_outage(&mut self, events: &[Event], outages: &[Weather]) {
        self.judge(&told(events, None));
        for weather in outages {
            for begin in 0..events.len() {
                for end in begin..events.len() {
                    self.judge(&told(events, Some((*weather, begin, end))));
                }
            }
        }
    }

    fn verdict(self) {
        let histories = self.histories;
        let told = self.wrong.into_values();
        let told = told.map(|(count, wrong)| format!("{count} of {histories}: {wrong}"));
        let told: Vec<String> = told.collect();
        assert!(told.is_empty(), "{}", told.join("\n"));
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

fn through_every_outage(house: House, words: &[Word], outages: &[Weather]) {
    let mut judge = Judge::of(house);
    for order in orders(words) {
        judge.through_every_outage(&events(&order, 0), outages);
    }
    judge.verdict();
}

#[test]
fn every_order_through_every_outage_at_slack_with_a_token() {
    through_every_outage(house(Vendor::SlackToken, None), &PROBLEMS, &OUTAGES);
}

#[test]
fn every_order_through_every_outage_as_digests_at_slack_with_a_token() {
    let outages = [Weather::Fails, Weather::LosesAnswers];
    through_every_outage(house(Vendor::SlackToken, Some(1)), &PROBLEMS, &outages);
}

#[test]
fn every_order_through_every_outage_at_slack_with_a_webhook() {
    let outages = [Weather::LosesAnswers];
    through_every_outage(house(Vendor::SlackWebhook, None), &PROBLEMS, &outages);
}

#[test]
fn every_order_through_every_outage_as_digests_at_slack_with_a_webhook() {
    let outages = [Weather::Unreachable, Weather::LosesAnswers];
    through_every_outage(house(Vendor::SlackWebhook, Some(1)), &PROBLEMS, &outages);
}

#[test]
fn every_order_through_every_outage_at_mattermost() {
    let outages = [Weather::Resets];
    through_every_outage(house(Vendor::MattermostBot, None), &PROBLEMS, &outages);
}

#[test]
fn every_order_through_every_outage_at_pagerduty() {
    let outages = [Weather::Fails, Weather::LosesAnswers];
    through_every_outage(house(Vendor::PagerDuty, None), &PROBLEMS, &outages);
}

const ACKNOWLEDGED: [Word; 4] = [
    Word::Mild,
    Word::Acknowledgement,
    Word::Worse,
    Word::Recovery,
];

#[test]
fn every_order_with_an_acknowledgement_in_a_thread() {
    let outages = [Weather::LosesAnswers];
    through_every_outage(house(Vendor::SlackToken, None), &ACKNOWLEDGED, &outages);
}

#[test]
fn every_order_with_an_acknowledgement_at_pagerduty() {
    let outages = [Weather::Fails];
    through_every_outage(house(Vendor::PagerDuty, None), &ACKNOWLEDGED, &outages);
}

/// A problem and its end beside two problems and their end.
fn side_by_side() -> Vec<Vec<Event>> {
    let one = events(&[Word::Worse, Word::Recovery], 0);
    let other = events(&[Word::Mild, Word::Worse, Word::Recovery], 1);
    fn merged(one: &[Event], other: &[Event]) -> Vec<Vec<Event>> {
        let (Some(first), Some(second)) = (one.first(), other.first()) else {
            return vec![[one, other].concat()];
        };
        let mut all = Vec::new();
        for (begin, rest) in [
            (first, merged(&one[1..], other)),
            (second, merged(one, &other[1..])),
        ] {
            for rest in rest {
                all.push([std::slice::from_ref(begin), &rest].concat());
            }
        }
        all
    }
    merged(&one, &other)
}

fn two_objects(house: House, outages: &[Weather]) {
    let mut judge = Judge::of(house);
    for events in side_by_side() {
        judge.through_every_outage(&events, outages);
    }
    judge.verdict();
}

#[test]
fn two_objects_in_every_order_in_threads_and_digests() {
    two_objects(house(Vendor::SlackToken, Some(1)), &[Weather::Fails]);
}

#[test]
fn two_objects_in_every_order_as_digests() {
    let outages = [Weather::LosesAnswers];
    two_objects(house(Vendor::SlackWebhook, Some(2)), &outages);
}

#[test]
fn two_objects_in_every_order_at_pagerduty() {
    two_objects(house(Vendor::PagerDuty, None), &[Weather::Fails]);
}

/// One step is killed; nobody else sends until the next.
fn killed_at_every_step(house: House) {
    let mut judge = Judge::of(house);
    for order in orders(&PROBLEMS) {
        let events = events(&order, 0);
        for kill in KILLS {
            for at in 0..events.len() {
                let mut steps = told(&events, None);
                steps[2 * at + 1] = Step::Drain(kill);
                judge.judge(&steps);
            }
        }
    }
    judge.verdict();
}

#[test]
fn a_sender_killed_at_every_step_in_threads() {
    killed_at_every_step(house(Vendor::SlackToken, None));
}

#[test]
fn a_sender_killed_at_every_step_of_digests() {
    killed_at_every_step(house(Vendor::SlackWebhook, Some(1)));
}

#[test]
fn a_sender_killed_at_every_step_at_pagerduty() {
    killed_at_every_step(house(Vendor::PagerDuty, None));
}

/// The last step is the only drain, by a sender that ends in every way.
#[test]
fn everything_waits_for_one_drain() {
    for vendor in VENDORS {
        let mut judge = Judge::of(house(vendor, None));
        for order in orders(&PROBLEMS) {
            let said = events(&order, 0).into_iter().map(Step::Say);
            let said: Vec<Step> = said.collect();
            for end in [End::ByItself, End::KilledAfterRequest] {
                judge.judge(&[&said[..], &[Step::Drain(end)]].concat());
            }
        }
        judge.verdict();
    }
}
