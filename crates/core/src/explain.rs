//! `--explain`: where every value, destination and choice came from, and the request that follows.

use std::fmt::Write;

use crate::config::Config;
use crate::dry_run;
use crate::entry::Entry;
use crate::given::Given;
use crate::names::{self, Origin};
use crate::notification::Notification;
use crate::now::Now;
use crate::provider::Provider;
use crate::routing::Route;
use crate::vocabulary::{SPELLINGS, Thing};

pub fn text<P: Provider>(
    given: &Given,
    notification: &Notification,
    route: &Route,
    entries: &[Entry],
    now: Now,
    config: &Config,
) -> String {
    let mut text = String::new();
    let mut say = |line: String| {
        let _ = writeln!(text, "{line}");
    };
    say("Values".to_owned());
    let mut told: Vec<Thing> = Vec::new();
    let kind = Some(notification.object_kind());
    for thing in SPELLINGS.iter().map(|spelling| spelling.thing) {
        if told.contains(&thing) {
            continue;
        }
        told.push(thing);
        let what = format!("{thing:?}");
        if let Some(value) = given.find(thing, kind) {
            say(format!(
                "  {what:<18} {:?} from {}",
                value.text, value.origin
            ));
        } else if let Some(value) = given.rejected(thing, kind) {
            let why = match value.text.trim().is_empty() {
                true => "is empty",
                false => "is a macro that was not replaced",
            };
            say(format!(
                "  {what:<18} not given: {} {why} ({:?})",
                value.origin, value.text
            ));
        }
    }
    say(format!("Config\n  {}", config.file().display()));
    for problem in config.problems::<P>() {
        say(format!("  {problem}"));
    }
    let deadline = now.deadline(config.timeout);
    let names = names::resolve(notification, now, deadline, config);
    let origin = match &names.origin {
        Origin::Core => "as the core gave them".to_owned(),
        Origin::Remembered => "remembered from openITCOCKPIT".to_owned(),
        Origin::LookedUp => "looked up in openITCOCKPIT".to_owned(),
        Origin::Unanswered(why) => format!("as the core gave them; openITCOCKPIT: {why}"),
    };
    let service = names.service.as_deref().unwrap_or("no service");
    say(format!("Names\n  {:?}, {service:?}: {origin}", names.host));
    say("Destinations".to_owned());
    for entry in entries {
        say(format!("  {}, by {}", entry.destination, route.because));
        if let Some(reason) = &entry.held_back {
            say(format!("  held back: {reason}"));
        }
        match config.destination::<P>(&entry.destination.name) {
            Ok(destination) => {
                for source in P::secrets(&destination.settings) {
                    say(format!("  a secret {source}"));
                }
                let request = dry_run::request_text(entry, &names, now, config, &destination);
                say(match request {
                    Ok(request) => format!("\n{}", request.trim_end()),
                    Err(failure) => format!("  cannot be used: {}", failure.reason),
                });
            }
            Err(error) => say(format!("  cannot be used: {error}")),
        }
    }
    text
}
