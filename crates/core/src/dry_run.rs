//! `--dry-run`: the exact requests, secrets redacted.

use std::fmt::Write;

use serde_json::Value;

use crate::config::{Config, Destination};
use crate::entry::Entry;
use crate::exit::Failure;
use crate::http::{Method, Wire};
use crate::message::Message;
use crate::names::{self, Names};
use crate::now::Now;
use crate::provider::{Plan, Provider};
use crate::story::Story;

pub fn text<P: Provider>(entry: &Entry, now: Now, config: &Config) -> Result<String, Failure> {
    let deadline = now.deadline(config.timeout);
    let names = names::resolve(&entry.notification, now, deadline, config);
    let destination = config
        .destination::<P>(&entry.destination.name)
        .map_err(Failure::config)?;
    let request = request_text(entry, &names, now, config, &destination)?;
    Ok(match &entry.held_back {
        Some(reason) => format!("{}: held back: {reason}\n{request}", entry.destination),
        None => request,
    })
}

pub fn request_text<P: Provider>(
    entry: &Entry,
    names: &Names,
    now: Now,
    config: &Config,
    destination: &Destination<P>,
) -> Result<String, Failure> {
    // What people there know already only its sender finds out.
    let story = Story::alone(&entry.notification, &config.flood);
    let mut message = Message::compose(entry, &story, names, now.wall, config, destination.two_way);
    if let Some(buttons) = &mut message.buttons {
        buttons.unseal();
    }
    let request = match P::plan(&message, &destination.settings) {
        Plan::Send(request) => request,
        Plan::Nothing(why) => {
            return Ok(format!("{}: nothing to send: {why}\n", entry.destination));
        }
    };
    let wire = P::authorize(&request, &destination.settings)
        .map_err(|error| Failure::config(format!("{}: {error:#}", entry.destination)))?;
    let shown = format!("{}\n{}", entry.destination, on_the_wire(&wire));
    Ok(destination.redactor().redact(&shown))
}

fn on_the_wire(wire: &Wire) -> String {
    let method = match wire.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
    };
    let mut shown = format!("{method} {}\n", wire.url);
    for (name, value) in &wire.headers {
        let _ = writeln!(shown, "{name}: {value}");
    }
    let body = wire.body.as_deref().unwrap_or_default();
    match serde_json::from_slice::<Value>(body) {
        Ok(body) => {
            let _ = writeln!(shown, "\n{body:#}");
        }
        Err(_) => {
            let _ = writeln!(shown, "\n{}", String::from_utf8_lossy(body));
        }
    }
    shown
}
