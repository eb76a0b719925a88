//! What waits on disk: sent, shown, changed and checked. `providers` is the one place where a provider's name becomes
//! its code; everything that is written and read stands in the core's `state_folder`.
//!
//! command line → `place` (config and folder) → `run` or `watch` → `routing`, `serve` (a lane) → `voice`;
//! or `stock` (what lies there) → `list`, `show`, `change`; or the journal → `history`, `replay`; or `mute`; or what
//! people know → `open`; or `check`

mod command;
mod spelling;

mod lanes;
mod place;
mod providers;

mod hold;
mod routing;
mod run;
mod serve;
mod sum;
mod watch;

mod content;
mod naming;
mod newer;
mod reasons;
mod standing;
mod stock;

mod change;
mod history;
mod list;
mod mute;
mod open;
mod replay;
mod show;

mod check;
mod overdue;

mod json;
mod print;
mod progress;
mod voice;

use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use command::{Call, Form, Parsed, What};
use notify_core::environment::Environment;
use notify_core::exit::{Exit, Failure};
use notify_core::now::Moment;
use notify_core::owner;
use notify_core::plugin::Report;
use notify_core::state_folder::StateFolder;
use notify_core::time::Zone;
use place::Place;
use voice::Voice;

/// Everything between `main` and the process's end.
pub fn run() -> ExitCode {
    let environment = Environment::of_process();
    let voice = Arc::new(Voice::of_process());
    match command::parse(std::env::args_os()) {
        Ok(Parsed::Call(call)) => act(&call, &environment, &voice),
        Ok(Parsed::Print(text)) => {
            print::text(&text);
            ExitCode::SUCCESS
        }
        Err(failure) if command::asks_for_a_plugin(std::env::args_os()) => {
            answer(&Report::unknown(command::PROGRAM, &failure.reason))
        }
        Err(failure) => end(Err(failure), &voice),
    }
}

fn act(call: &Call, environment: &Environment, voice: &Arc<Voice>) -> ExitCode {
    let chosen = call.config.as_deref();
    let place = Place::find(chosen, environment);
    owner::become_owner_of(&place.state_dir, &place.file);
    if let Err(failure) = place.admit(&call.what, voice) {
        return end(Err(failure), voice);
    }
    let ended = match &call.what {
        What::Run(wanted) => run::once(&place, wanted, environment, voice),
        What::Watch(wanted) => watch::watch(chosen, wanted, environment, voice),
        What::Check(thresholds) => {
            return answer(&check::check(&place, thresholds, environment));
        }
        What::List(selection, form) => look(&place, *form, |folder| {
            finished(list::list(folder, selection, *form, &place, environment))
        }),
        What::Show(id) => with_zone(&place, |zone| match place.folder()? {
            Some(folder) => show::show(&folder, *id, zone).map(|()| Exit::Done),
            None => Err(Failure::usage(run::no_folder(&place))),
        }),
        What::Log(filter, form) => with_zone(&place, |zone| {
            let within = filter.within(zone, &Moment::read())?;
            look(&place, *form, |folder| {
                finished(history::log(folder, filter, within, *form, zone))
            })
        }),
        What::Mute(muting) => mute::mute(muting, &place, environment),
        What::Open(narrowed, form) => with_zone(&place, |zone| {
            look(&place, *form, |folder| {
                finished(open::open(folder, narrowed, *form, &place, zone))
            })
        }),
        What::Replay(replaying) => with_zone(&place, |zone| {
            replay::replay(replaying, &place, zone, environment)
        }),
        What::Retry(_) | What::Drop(_) => change(&call.what, &place, environment),
    };
    end(place.vouch(ended), voice)
}

/// Only at what is there.
fn look(
    place: &Place,
    form: Form,
    show: impl FnOnce(&StateFolder) -> Result<(), Failure>,
) -> Result<Exit, Failure> {
    match (place.folder()?, form) {
        (Some(folder), _) => show(&folder)?,
        (None, Form::Json) => {}
        (None, Form::People) => print::text(&format!("{}\n", run::no_folder(place))),
    }
    Ok(Exit::Done)
}

fn change(what: &What, place: &Place, environment: &Environment) -> Result<Exit, Failure> {
    let (What::Retry(selection) | What::Drop(selection)) = what else {
        return Ok(Exit::Done);
    };
    let Some(folder) = place.folder()? else {
        return Err(Failure::usage(run::no_folder(place)));
    };
    change::all_known(&folder, &selection.ids)?;
    let exit = match what {
        What::Retry(_) => change::retry(&folder, selection, environment)
            .map(|changed| changed.close("due now: notify-queue run sends them")),
        _ => change::remove(&folder, selection).map(|changed| changed.close("dropped")),
    };
    exit.map_err(broken)
}

/// Of the config where it can be read, else the machine's.
fn with_zone<T>(place: &Place, act: impl FnOnce(&Zone) -> T) -> T {
    match &place.config {
        Ok(config) => act(&config.zone),
        Err(_) => act(&Zone::default()),
    }
}

/// `list | head` is as good as `list`.
fn finished(ended: io::Result<()>) -> Result<(), Failure> {
    match ended {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        ended => ended.map_err(broken),
    }
}

fn broken(error: io::Error) -> Failure {
    if print::is_of_stdout(&error) {
        let exit = Exit::TryAgain;
        let reason = format!("not everything was shown: {error}");
        return Failure { exit, reason };
    }
    Failure::config(format!("the queue: {error}"))
}

fn end(ended: Result<Exit, Failure>, voice: &Voice) -> ExitCode {
    match ended {
        Ok(exit) => exit.into(),
        Err(failure) => {
            voice.say(&failure.reason);
            failure.exit.into()
        }
    }
}

fn answer(report: &Report) -> ExitCode {
    print::text(&format!("{report}\n"));
    report.state.into()
}
