//! A story around one process that is killed: what was told before, what after, and whether all of it arrives.

use std::process::{Command, Output};
use std::thread;
use std::time::Duration;

use notify_test::kill::{self, Kill};
use notify_test::queue::{self, Queue};
use notify_test::{Bench, Run};

pub struct Stage {
    pub bench: Bench,
    pub queue: Queue,
    /// In the order of telling, which is their number's.
    notes: Vec<Note>,
}

struct Note {
    kind: &'static str,
    host: &'static str,
    to: &'static [&'static str],
    fate: Fate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Arrives,
    /// The vendor may refuse it.
    MayFail,
    /// Killed before it was stored.
    MayBeLost,
    /// Earlier, while the disk was full: it only lacks its receipt.
    HasArrived,
}

const DEFAULT: &[&str] = &["default"];
const BOTH: &[&str] = &["default", "db"];
const SECOND_HOOK: &str = "B00000001";

impl Stage {
    pub fn new(program: &'static str) -> Stage {
        let bench = Bench::new(kill::program(program));
        let stage = Stage {
            queue: Queue::of(&bench),
            bench,
            notes: Vec::new(),
        };
        stage.mend();
        stage
    }

    /// Two destinations where the vendor is Slack; who fails is tried again at once.
    pub fn mend(&self) {
        self.expire_after("1d");
    }

    pub fn expire_after(&self, age: &str) {
        let mut config = self.bench.smallest_config();
        if self.bench.program.provider() == "slack" {
            let hook = self.bench.preview.slack_webhook();
            let second = hook.replace("B00000000", SECOND_HOOK);
            config += &format!("[slack.destinations.db]\nwebhook_url = {second:?}\n");
        }
        config += "[queue]\nretry_first = \"1ms\"\nretry_longest = \"1ms\"\nattempts = 1\n";
        config += &format!("expire_after = {age:?}\n");
        self.bench.config(&config);
    }

    pub fn spoil(&self) {
        self.bench.config("[slack\n");
    }

    /// The next number's command line.
    pub fn note(&mut self, kind: &'static str, host: &'static str, fate: Fate) -> Vec<String> {
        let to = DEFAULT;
        self.notes.push(Note {
            kind,
            host,
            to,
            fate,
        });
        queue::note(kind, host, self.last_number())
    }

    pub fn note_to_both(&mut self, kind: &'static str, host: &'static str) -> Vec<String> {
        let mut line = self.note(kind, host, Fate::Arrives);
        self.notes.last_mut().expect("a note").to = BOTH;
        line.extend(
            BOTH.iter()
                .flat_map(|name| ["--to".to_owned(), (*name).to_owned()]),
        );
        line
    }

    fn last_number(&self) -> u32 {
        u32::try_from(self.notes.len()).expect("few")
    }

    pub fn told(&self) -> usize {
        self.notes.len()
    }

    /// The last one's notifier was killed before it had stored it.
    pub fn may_lose_the_last(&mut self) {
        self.notes.last_mut().expect("a note").fate = Fate::MayBeLost;
    }

    /// By a notifier that nobody kills; it ends with this code.
    pub fn tell(&mut self, kind: &'static str, host: &'static str, fate: Fate, code: i32) {
        let line = self.note(kind, host, fate);
        self.bench.run(line).code(code);
    }

    /// What is told here finds the line taken, and waits.
    pub fn behind(&mut self, tell: impl FnOnce(&mut Stage)) {
        let line = self.queue.hold(&queue::lane(&self.bench, "default"));
        tell(self);
        drop(line);
    }

    /// The machine counts its time in hundredths.
    pub fn let_the_wait_pass(&self) {
        thread::sleep(Duration::from_millis(25));
    }

    pub fn mark_all_as_delivered(&self) {
        for kept in self.queue.waiting() {
            let name = kept.name.replace(".json", "-delivered.json");
            let other = kept.path.with_file_name(name);
            std::fs::rename(&kept.path, other).expect("its other name");
        }
    }

    pub fn drainer(&self) -> Command {
        queue::drainer(&self.bench)
    }

    /// What was being sent when it was killed there; `None` where it never came there and ended as it should.
    pub fn kill(&mut self, mut victim: Command, at: &Kill) -> Option<Vec<u32>> {
        let output: Output = at.at(&mut victim).output().expect("the victim starts");
        let was_killed = kill::was_killed(output.status);
        let run = Run::of(output);
        let ended = [0, 69, 75, 78].contains(&run.code);
        assert!(was_killed || ended, "{at:?}: {run:#?}");
        was_killed.then(|| self.notes_in_flight())
    }

    fn notes_in_flight(&self) -> Vec<u32> {
        let numbers = self.queue.in_flight();
        let waiting = self.queue.waiting();
        let in_flight = waiting
            .iter()
            .filter(|kept| numbers.contains(&kept.number()));
        in_flight.filter_map(queue::Kept::note).collect()
    }

    /// After the drain. What was in flight may have arrived twice.
    pub fn check(&self, in_flight: &[u32], what: &str) {
        let arrived = self.arrived();
        for (number, note) in (1..).zip(&self.notes) {
            for destination in note.to {
                let here = |one: &&(&str, u32)| **one == (*destination, number);
                let times = arrived.iter().filter(here).count();
                let (kind, host) = (note.kind, note.host);
                let said = format!("{what}: {number} {kind} {host} to {destination}: {arrived:?}");
                let most = if in_flight.contains(&number) { 2 } else { 1 };
                assert!(times <= most, "twice: {said}");
                let became = self.became(note, destination);
                let became: Vec<&str> = became.iter().map(String::as_str).collect();
                match (note.fate, &became[..]) {
                    (Fate::HasArrived, ["delivered"]) => assert_eq!(times, 0, "{said}"),
                    (_, ["delivered"]) => assert!(times > 0, "a false receipt: {said}"),
                    (Fate::MayFail, ["refused" | "given_up" | "expired"]) => {
                        let kept = self.queue.failed();
                        let is_kept = kept.iter().any(|kept| kept.note() == Some(number));
                        assert!(is_kept && times == 0, "{said}: {kept:#?}");
                    }
                    (Fate::MayBeLost, []) => assert_eq!(times, 0, "no receipt: {said}"),
                    _ => panic!("receipts {became:?}: {said}"),
                }
            }
        }
        self.is_in_order(&arrived, what);
    }

    /// What the vendor accepted, and at which destination.
    fn arrived(&self) -> Vec<(&'static str, u32)> {
        let received = self.bench.preview.received();
        let accepted = received.iter().filter(|one| one.verdict == "accepted");
        let place = |second| if second { "db" } else { "default" };
        accepted
            .filter_map(|one| Some((place(one.path.contains(SECOND_HOOK)), queue::note_of(one)?)))
            .collect()
    }

    fn became(&self, note: &Note, destination: &str) -> Vec<String> {
        let place = format!("{}:{destination}", self.bench.program.provider());
        let mut receipts = self.queue.final_receipts();
        receipts.retain(|receipt| {
            let is_of = |key: &str, value: &str| receipt[key] == value;
            is_of("host", note.host) && is_of("kind", note.kind) && is_of("destination", &place)
        });
        let became = receipts.iter().filter_map(|one| one["became"].as_str());
        became.map(str::to_owned).collect()
    }

    fn is_in_order(&self, arrived: &[(&str, u32)], what: &str) {
        for place in BOTH {
            for note in &self.notes {
                let here = arrived.iter().filter(|(to, number)| {
                    to == place && self.notes[*number as usize - 1].host == note.host
                });
                let numbers: Vec<u32> = here.map(|(_, number)| *number).collect();
                let host = note.host;
                assert!(
                    numbers.is_sorted(),
                    "{what}: {host} at {place}: {numbers:?}"
                );
            }
        }
    }

    /// What a crash left harms nobody who comes later, and nothing is counted that is not there.
    pub fn is_clean(&mut self, what: &str) {
        self.mend();
        self.queue.let_it_be_tidied();
        let before = self.bench.preview.received().len();
        self.tell("PROBLEM", "afterwards", Fate::Arrives, 0);
        let received = self.bench.preview.received();
        assert_eq!(received.len(), before + 1, "{what}");
        assert_eq!(self.queue.counted(), 0, "{what}: counted");
        assert!(self.queue.waiting().is_empty(), "{what}");
        assert!(self.queue.leftovers().len() <= 2, "{what}");
        self.queue.holds_no_secret();
    }
}
