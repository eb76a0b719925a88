//! One destination, its vendor and its state folder. Drains run in this process; waits are taken away instead of waited for.

use std::collections::BTreeSet;
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use mattermost_notify::Mattermost;
use notify_core::config::Config;
use notify_core::drain::{Caller, Left, Task, Told, drain};
use notify_core::entry::{DestinationId, Emoji, Entry};
use notify_core::environment::Environment;
use notify_core::notification::Notification;
use notify_core::now::Moment;
use notify_core::provider::Provider;
use notify_core::state_folder::StateFolder;
use notify_core::state_folder::lane::{Lane, Past};
use notify_core::time::When;
use notify_core::unrouted::parcel;
use notify_test::queue::{TempDir, memory};
use notify_test::{Deletion, Fault, Options, Preview};
use pagerduty_notify::PagerDuty;
use slack_notify::Slack;

use crate::tale::{End, Event, Filter, Step, Weather, subject};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vendor {
    SlackWebhook,
    SlackToken,
    MattermostBot,
    PagerDuty,
}

pub const VENDORS: [Vendor; 4] = [
    Vendor::SlackWebhook,
    Vendor::SlackToken,
    Vendor::MattermostBot,
    Vendor::PagerDuty,
];

#[derive(Clone, Copy, Debug)]
pub struct House {
    pub vendor: Vendor,
    pub collapse: bool,
    pub threads: bool,
    pub digest_above: Option<u32>,
    pub age: Age,
}

/// When it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// Within the last moments.
    Now,
    /// Within the last hour, a minute apart.
    Earlier,
}

pub struct Stage {
    pub house: House,
    pub preview: Preview,
    pub folder: StateFolder,
    pub lane: Lane,
    /// Which of the requests that arrived nobody knows the fate of.
    pub unsure: BTreeSet<usize>,
    pub events: Vec<Event>,
    pub stored: Vec<u64>,
    config: Config,
    unreachable: Config,
    weather: Weather,
    began: Moment,
    _root: TempDir,
}

struct Killed;

pub const CHANNEL: &str = "channelchannelchannelalert";
/// More drains than this, and it will never come to an end.
const PATIENCE: usize = 40;

impl Stage {
    pub fn new(house: House) -> Stage {
        let preview = Preview::start(Options::default()).expect("the stand-in starts");
        let root = memory();
        let text = house.config(&preview, root.path());
        let config = load(root.path(), "config.toml", &text);
        // The same port, where nobody listens.
        let unreachable = load(
            root.path(),
            "unreachable.toml",
            &text.replace("127.0.0.1", "127.0.0.2"),
        );
        let destination = DestinationId::new(house.vendor.provider(), "default");
        Stage {
            house,
            folder: StateFolder::open(&config.state_dir).expect("a state folder"),
            lane: Lane::of(&destination, config.file()),
            unsure: BTreeSet::new(),
            events: Vec::new(),
            stored: Vec::new(),
            preview,
            config,
            unreachable,
            weather: Weather::Fine,
            began: Moment::read(),
            _root: root,
        }
    }

    /// All of it, and then with a vendor who takes everything until nothing waits.
    pub fn play(&mut self, steps: &[Step]) -> Result<(), String> {
        for step in steps {
            match step {
                Step::Say(event) => self.say(event),
                Step::Weather(weather) => self.weather = *weather,
                Step::Drain(end) => self.drain(*end),
                Step::Delete => self.delete_newest(),
            }
        }
        self.weather = Weather::Fine;
        let mut drains = 0;
        while self.folder.holds_anything(&self.lane) {
            drains += 1;
            if drains > PATIENCE {
                return Err("something waits for ever".to_owned());
            }
            self.drain(End::ByItself);
        }
        Ok(())
    }

    fn say(&mut self, event: &Event) {
        let so_far = self.events.len() as f64;
        let (first, apart) = match self.house.age {
            Age::Now => (-10.0, 0.1),
            Age::Earlier => (-3_600.0, 60.0),
        };
        let mut created = self.began.clone();
        created.wall += first + so_far * apart;
        if let Some(uptime) = &mut created.uptime {
            uptime.seconds += first + so_far * apart;
        }
        for _ in 0..event.contacts {
            let mut entry = Entry::new(
                self.lane.destination().expect("a destination"),
                notification(event, created.wall),
                &self.config.site,
                self.config.file().to_owned(),
                Emoji::Shown,
                created.clone(),
            );
            if event.filter == Filter::HoldsBack {
                entry.held_back = Some("outside of the period \"office\"".to_owned());
            }
            let parcel = parcel(&entry).expect("an entry is JSON");
            let stored = self.folder.store(&[parcel], self.config.queue.limits);
            let stored = stored.into_iter().map(|one| one.expect("room"));
            self.stored.extend(stored);
        }
        self.events.push(event.clone());
    }

    fn drain(&mut self, end: End) {
        self.let_waits_pass();
        let before = self.preview.received().len();
        let fault = match self.weather {
            Weather::Fine | Weather::Unreachable => None,
            Weather::Fails => Some(Fault::status(503)),
            Weather::LosesAnswers => Some(Fault::HalfBody),
            Weather::Resets => Some(Fault::Reset),
        };
        let kill = match end {
            End::KilledAfterRequest => Some(Fault::HalfBody),
            End::KilledBeforeRequest => Some(Fault::Reset),
            End::ByItself | End::KilledAtReceipt => None,
        };
        if self.weather == Weather::Fine && kill.is_some() {
            self.preview.always(kill);
            let line = self.folder.line_state(&self.lane);
            self.run(end);
            if self.preview.received().len() > before {
                self.leave_it_as_killed(line.unsure);
            }
        } else {
            self.preview.always(fault);
            self.run(end);
        }
        let received = self.preview.received();
        let arrived = (before..received.len()).filter(|at| received[*at].verdict == "accepted");
        if self.weather == Weather::LosesAnswers
            || self.weather == Weather::Fine && end == End::KilledAfterRequest
        {
            self.unsure.extend(arrived);
        }
    }

    fn delete_newest(&self) {
        if let Some(newest) = self.preview.channel(CHANNEL).pop() {
            assert_eq!(self.preview.delete(&newest.reference), Deletion::Done);
        }
    }

    fn run(&self, end: End) {
        let config = match self.weather {
            Weather::Unreachable => &self.unreachable,
            _ => &self.config,
        };
        let task = Task {
            folder: &self.folder,
            lane: &self.lane,
            config,
            caller: Caller::Drainer {
                until: Instant::now() + Duration::from_secs(60),
            },
        };
        let run = match self.house.vendor {
            Vendor::SlackWebhook | Vendor::SlackToken => run::<Slack>,
            Vendor::MattermostBot => run::<Mattermost>,
            Vendor::PagerDuty => run::<PagerDuty>,
        };
        run(&task, end);
    }

    /// As if time had passed.
    fn let_waits_pass(&self) {
        let mut line = self.folder.line(&self.lane).expect("a line");
        let line = line.as_mut().expect("nobody else sends");
        if let Some(trouble) = &mut line.state.trouble {
            trouble.wait = 0.0;
            line.write().expect("the line's state");
        }
        for ticket in self.folder.list(&self.lane).expect("a lane").tickets {
            if let Past::Failed { times, .. } = ticket.past {
                let past = Past::Failed { times, again: 0 };
                let renamed = self.folder.rename(&self.lane, &ticket, past);
                renamed.expect("its other name");
            }
        }
    }

    /// Nobody lived to note what the request came to, only which entry it was for.
    fn leave_it_as_killed(&self, unsure: Vec<u64>) {
        let mut line = self.folder.line(&self.lane).expect("a line");
        let line = line.as_mut().expect("nobody else sends");
        if let Some(suspect) = line.state.suspects.pop() {
            line.state.sending = Some(suspect.number);
            line.state.unsure = unsure;
            line.state.trouble = None;
            line.write().expect("the line's state");
        }
    }

    /// In what people's messages are kept in, where the vendor keeps them.
    pub fn is_threaded(&self) -> bool {
        let keeps = matches!(
            self.house.vendor,
            Vendor::SlackToken | Vendor::MattermostBot
        );
        keeps && self.house.threads
    }
}

fn run<P: Provider>(task: &Task, end: End) {
    let drained = catch_unwind(AssertUnwindSafe(|| {
        drain::<P>(task, &mut |told| match told {
            Told::Became { .. } if end == End::KilledAtReceipt => resume_unwind(Box::new(Killed)),
            Told::Stranger { name, reason } => panic!("{name}: {reason}"),
            Told::Became { .. } | Told::WorksAgain => {}
        })
    }));
    match drained {
        Ok(left) => is_no_refusal(left),
        Err(panic) if panic.is::<Killed>() => {}
        Err(panic) => resume_unwind(panic),
    }
}

fn is_no_refusal(left: io::Result<Left>) {
    use notify_core::state_folder::line::TroubleKind::Failing;
    match left.expect("a drain") {
        Left::Trouble { trouble, .. } => assert_eq!(trouble.kind, Failing, "{trouble:?}"),
        Left::Busy | Left::TimeUp | Left::Paced(_) | Left::Muted(..) => panic!("not here"),
        Left::Nothing | Left::Collecting(_) => {}
    }
}

fn notification(event: &Event, at: f64) -> Notification {
    Notification {
        kind: event.kind.clone(),
        subject: subject(event.object),
        state: Some(event.state),
        output: "no reply".to_owned(),
        author: "Max".to_owned(),
        comment: "seen".to_owned(),
        number: (event.number > 0).then_some(event.number),
        at: Some(When::At(at)),
        ..Notification::default()
    }
}

fn load(root: &Path, name: &str, text: &str) -> Config {
    let path = root.join(name);
    std::fs::write(&path, text).expect("a config");
    std::fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("its mode");
    let environment = Environment::from([("TZ", "UTC")]);
    Config::load(Some(&path), &environment).expect("a config that is right")
}

impl Vendor {
    fn provider(self) -> &'static str {
        match self {
            Vendor::SlackWebhook | Vendor::SlackToken => Slack::NAME,
            Vendor::MattermostBot => Mattermost::NAME,
            Vendor::PagerDuty => PagerDuty::NAME,
        }
    }
}

impl House {
    fn config(self, preview: &Preview, root: &Path) -> String {
        let url = preview.url();
        let place = match self.vendor {
            Vendor::SlackWebhook => format!("webhook_url = {:?}", preview.slack_webhook()),
            Vendor::SlackToken => format!(
                "oauth_access_token = \"xoxb-1-secret\"\nchannel = {CHANNEL:?}\nweb_api_url = \"{url}/api\""
            ),
            Vendor::MattermostBot => format!(
                "bot_token = \"bottokenbottokenbottoken26\"\nchannel = {CHANNEL:?}\nserver_url = {url:?}"
            ),
            Vendor::PagerDuty => format!(
                "integration_key = \"0123456789abcdef0123456789abcdef\"\napi_url = {:?}",
                preview.pagerduty_v2()
            ),
        };
        let mention = match self.vendor {
            Vendor::PagerDuty => "",
            _ => "mention = \"here\"\n",
        };
        let digest = match self.digest_above {
            Some(above) => {
                format!("digest_above = {above}\ndigest_collect = 0\ndigest_every = 0\n")
            }
            None => "digest = false\n".to_owned(),
        };
        format!(
            "state_dir = {:?}\n[{}]\n{place}\n{mention}min_interval = 0\n[queue]\nretry_first = \"1ms\"\nretry_longest = \"1ms\"\n[flood]\ncollapse = {}\nthreads = {}\n{digest}",
            root.join("state").display().to_string(),
            self.vendor.provider(),
            self.collapse,
            self.threads,
        )
    }
}
