//! `open`: which problems people at each destination know of, since when; and which were kept from them.

use std::cmp::Reverse;
use std::io;

use notify_core::notification::{State, Subject};
use notify_core::now::Moment;
use notify_core::state_folder::StateFolder;
use notify_core::state_folder::known::{Known, Why};
use notify_core::state_folder::lane::Lane;
use notify_core::story;
use notify_core::text;
use notify_core::time::{self, Zone};
use serde::Serialize;

use crate::command::{Form, Wanted};
use crate::json;
use crate::lanes;
use crate::naming::Naming;
use crate::place::Place;
use crate::print::Page;

/// Which of them; all of it must hold.
#[derive(Clone, Debug, Default)]
pub struct Narrowed {
    pub destinations: Wanted,
    pub hosts: Vec<String>,
}

/// A problem as people at one destination know it, or do not.
struct Problem {
    subject: Subject,
    reference: String,
    state: Option<State>,
    /// Seconds since 1970.
    since: f64,
    told: Told,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    /// With the vendor's name for its message.
    Yes(Option<String>),
    HeldBack,
    /// A later notification tells it.
    Later,
}

/// A problem in `open --json`.
#[derive(Serialize)]
struct Row<'p> {
    destination: String,
    host: &'p str,
    service: Option<&'p str>,
    state: Option<&'static str>,
    since: f64,
    age_seconds: u64,
    told: &'static str,
    vendor: Option<&'p str>,
    reference: &'p str,
}

pub fn open(
    folder: &StateFolder,
    narrowed: &Narrowed,
    form: Form,
    place: &Place,
    zone: &Zone,
) -> io::Result<()> {
    let naming = Naming::new(folder);
    let now = Moment::read();
    let mut page = Page::open();
    let mut shown = 0;
    for lane in folder.known_lanes()? {
        if !narrowed.destinations.has(&lane) {
            continue;
        }
        let mut problems = problems(folder.known_in(&lane)?);
        problems.retain(|problem| narrowed.has_host(problem, &naming));
        if problems.is_empty() {
            continue;
        }
        shown += problems.len();
        if form == Form::People {
            page.line(&heading(&lane, &problems, place))?;
        }
        for problem in &problems {
            page.line(&match form {
                Form::Json => json::line(&problem.row(&lane, &now))?,
                Form::People => problem.line(&naming, zone, &now),
            })?;
        }
    }
    if shown == 0 && form == Form::People {
        page.line("nothing is open")?;
    }
    page.close()
}

impl Narrowed {
    fn has_host(&self, problem: &Problem, naming: &Naming) -> bool {
        let mut hosts = self.hosts.iter();
        self.hosts.is_empty() || hosts.any(|host| naming.is_called(host, &problem.subject.host))
    }
}

/// The worst first, then the oldest; what nobody there was told of at the end.
fn problems(known: Vec<Known>) -> Vec<Problem> {
    let mut problems: Vec<Problem> = known.into_iter().filter_map(Problem::of).collect();
    problems.sort_by(|one, other| {
        let key = |problem: &Problem| {
            let untold = !matches!(problem.told, Told::Yes(_));
            (untold, Reverse(story::badness(problem.state)))
        };
        let by_key = key(one).cmp(&key(other));
        by_key
            .then(one.since.total_cmp(&other.since))
            .then_with(|| one.reference.cmp(&other.reference))
    });
    problems
}

/// `slack:ops – 3 open, 1 held back`
fn heading(lane: &Lane, problems: &[Problem], place: &Place) -> String {
    let is_open = |problem: &&Problem| matches!(problem.told, Told::Yes(_));
    let open = problems.iter().filter(is_open).count();
    let untold = match problems.len() - open {
        0 => String::new(),
        untold => format!(", {untold} not told there"),
    };
    let name = lanes::name(lane, &place.file);
    text::line(&format!("{name} – {open} open{untold}"))
}

impl Problem {
    fn of(known: Known) -> Option<Problem> {
        let (state, since, told) = match (known.open, known.untold) {
            (Some(open), _) => (open.state, open.since, Told::Yes(open.vendor)),
            (None, Some(untold)) => {
                let told = match untold.why {
                    Why::HeldBack => Told::HeldBack,
                    Why::Folded => Told::Later,
                };
                (untold.state, untold.since, told)
            }
            (None, None) => return None,
        };
        Some(Problem {
            subject: known.subject,
            reference: known.reference,
            state,
            since,
            told,
        })
    }

    fn age(&self, now: &Moment) -> f64 {
        (now.wall - self.since).max(0.0)
    }

    /// `7 min  CRITICAL web01 / Ping, since 10:02 (1511.0001)`
    fn line(&self, naming: &Naming, zone: &Zone, now: &Moment) -> String {
        let age = time::span(self.age(now));
        let since = zone.clock(self.since, now.wall);
        let note = match &self.told {
            Told::Yes(Some(vendor)) => format!(" ({vendor})"),
            Told::Yes(None) => String::new(),
            Told::HeldBack => " – held back".to_owned(),
            Told::Later => " – told with a later one".to_owned(),
        };
        let what = naming.headline_about(&self.subject, self.state);
        let what = text::line(&format!("{what}, since {since}{note}"));
        format!("{age:>12}  {what}")
    }

    fn row(&self, lane: &Lane, now: &Moment) -> Row<'_> {
        let (told, vendor) = match &self.told {
            Told::Yes(vendor) => ("yes", vendor.as_deref()),
            Told::HeldBack => ("held_back", None),
            Told::Later => ("later", None),
        };
        Row {
            destination: lane.place(),
            host: &self.subject.host,
            service: self.subject.service.as_deref(),
            state: self.state.map(|state| state.name()),
            since: self.since,
            age_seconds: self.age(now) as u64,
            told,
            vendor,
            reference: &self.reference,
        }
    }
}
