//! Notifiers, a few at once, most of them killed at a random moment, beside drainers that are killed too.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use notify_test::kill;
use notify_test::queue::{self, Queue};
use notify_test::{Bench, Fault, Program, Run};

use crate::dice::Dice;

/// Each tells about hosts of its own, so that the order of telling is known.
const TELLERS: u32 = 4;
const HOSTS: u32 = 5;
/// A number is the teller's, then the turn.
const TURNS: u32 = 1_000_000;

/// What became of a notifier.
pub struct Told {
    pub number: u32,
    pub host: String,
    pub ended: Ended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    ByItself,
    Killed,
}

/// When something was killed; it may have been sending.
pub type Kills = Vec<Instant>;

/// What happens meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    Fair,
    /// Somebody edits the config, and every now and then it cannot be read.
    ConfigBreaks,
}

pub struct Crowd {
    pub bench: Bench,
    pub queue: Queue,
    drainer: String,
}

impl Crowd {
    pub fn new() -> Crowd {
        let (notifier, drainer) = match std::env::var("NOTIFY_PROGRAMS") {
            Ok(folder) => {
                let path = |name| Path::new(&folder).join(name).display().to_string();
                (path("slack-notify").leak() as &str, path("notify-queue"))
            }
            Err(_) => (
                env!("CARGO_BIN_EXE_slack-notify"),
                kill::program("notify-queue").path.to_owned(),
            ),
        };
        let bench = Bench::new(Program {
            name: "slack-notify",
            path: notifier,
        });
        let config = bench.smallest_config();
        // No entry may be given up: each has to arrive.
        bench.config(&format!(
            "{config}[queue]\nretry_first = \"5ms\"\nretry_longest = \"20ms\"\nattempts = 1000\n"
        ));
        Crowd {
            queue: Queue::of(&bench),
            bench,
            drainer,
        }
    }

    fn notifier(&self, number: u32, host: &str) -> Command {
        self.bench.command(queue::note("PROBLEM", host, number))
    }

    pub fn drainer(&self) -> Command {
        let mut command = Command::new(&self.drainer);
        command.arg("run").env_clear().env(
            "MONITORING_NOTIFY_CONFIG",
            self.bench.folder().join("config.toml"),
        );
        command
    }

    /// How long one takes on this machine, as busy as it is.
    pub fn typical_time(&self) -> Duration {
        let mut times: Vec<Duration> = (0..9)
            .map(|turn| {
                let begun = Instant::now();
                let output = self.notifier(TELLERS * TURNS + turn, "warm").output();
                Run::of(output.expect("it starts")).code(0);
                begun.elapsed()
            })
            .collect();
        times.sort();
        times[times.len() / 2]
    }

    pub fn tell_and_kill(
        &self,
        count: u32,
        seed: u64,
        typical: Duration,
        weather: Weather,
    ) -> (Vec<Told>, Kills) {
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            let tellers: Vec<_> = (0..TELLERS)
                .map(|teller| {
                    let dice = Dice::new(seed ^ u64::from(teller + 1));
                    scope.spawn(move || self.tell(teller, count / TELLERS, dice, typical))
                })
                .collect();
            let drainers = scope.spawn(|| self.drain_and_kill(Dice::new(seed), typical, &over));
            if weather == Weather::ConfigBreaks {
                scope.spawn(|| self.spoil_and_mend(Dice::new(!seed), typical, &over));
            }
            let tellers: Vec<_> = tellers.into_iter().map(|teller| teller.join()).collect();
            // Whatever became of them: the drainers are waited for.
            over.store(true, Ordering::SeqCst);
            let mut kills = drainers.join().expect("the drainers");
            let mut told = Vec::new();
            for teller in tellers {
                let (more, killed) = teller.expect("a teller");
                told.extend(more);
                kills.extend(killed);
            }
            (told, kills)
        })
    }

    fn tell(
        &self,
        teller: u32,
        turns: u32,
        mut dice: Dice,
        typical: Duration,
    ) -> (Vec<Told>, Kills) {
        let (mut told, mut kills) = (Vec::new(), Kills::new());
        for turn in 0..turns {
            let number = teller * TURNS + turn;
            let host = format!("host-{teller}-{}", dice.below(u64::from(HOSTS)));
            if dice.below(20) == 0 {
                self.bench.preview.next(Fault::status(503));
            }
            let mut command = self.notifier(number, &host);
            let ended = match dice.below(4) {
                0 => {
                    let output = command.output().expect("it starts");
                    accepted(&Run::of(output))
                }
                1 => end(&mut command, dice.within(typical * 3 / 2), &mut kills),
                _ => end(&mut command, dice.within(typical / 2), &mut kills),
            };
            told.push(Told {
                number,
                host,
                ended,
            });
        }
        (told, kills)
    }

    fn spoil_and_mend(&self, mut dice: Dice, typical: Duration, over: &AtomicBool) {
        let config = self.bench.folder().join("config.toml");
        let good = fs::read_to_string(&config).expect("a config");
        let (first, rest) = good.split_once('\n').expect("a first line");
        let broken = format!("{first}\n[slack\n{rest}");
        // Whole or not at all, as editors write.
        let write = |text: &str| {
            let next = self.bench.file("next.toml", text);
            fs::rename(next, &config).expect("another config");
        };
        while !over.load(Ordering::SeqCst) {
            write(&broken);
            thread::sleep(dice.within(typical * 8));
            write(&good);
            thread::sleep(dice.within(typical * 8));
        }
    }

    fn drain_and_kill(&self, mut dice: Dice, typical: Duration, over: &AtomicBool) -> Kills {
        let mut kills = Kills::new();
        while !over.load(Ordering::SeqCst) {
            end(&mut self.drainer(), dice.within(typical * 4), &mut kills);
            thread::sleep(typical);
        }
        kills
    }

    pub fn drain(&self, said: &str) {
        const PATIENCE: Duration = Duration::from_secs(120);
        let begun = Instant::now();
        while !self.queue.waiting().is_empty() {
            let run = Run::of(self.drainer().output().expect("it starts"));
            let left = self.queue.waiting();
            assert!(begun.elapsed() < PATIENCE, "{said}: {run:#?} {left:#?}");
        }
    }
}

/// Killed after that time unless it has ended by then.
fn end(command: &mut Command, after: Duration, kills: &mut Kills) -> Ended {
    let mut child: Child = command
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    thread::sleep(after);
    // Fails where it has ended.
    let _ = child.kill();
    let output = child.wait_with_output().expect("it ends");
    if kill::was_killed(output.status) {
        kills.push(Instant::now());
        return Ended::Killed;
    }
    accepted(&Run::of(output))
}

/// Sent or kept: nobody may end in another way.
fn accepted(run: &Run) -> Ended {
    assert!([0, 75, 78].contains(&run.code), "{run:#?}");
    Ended::ByItself
}
