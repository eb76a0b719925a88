//! An event becomes answers: which objects its incident is about, what was meant, and by whom.

use std::sync::{Arc, Mutex, PoisonError};

use notify_core::now::Moment;
use notify_core::reference::{self, Referenced};
use notify_core::state_folder::StateFolder;

use super::account::Account;
use super::event::{Agent, Event, Target, What};
use super::memory::{Acknowledgement, Memory};
use crate::answer::{Again, Answer, Outcome, Person, Source, Sticky, Wish};
use crate::context::Context;
use crate::press;
use crate::threads::{Whom, asking};

/// It passes, and the same event is wanted once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Later(pub String);

/// What an incident is about.
enum About {
    Objects(Vec<String>),
    /// Another site's, or no monitoring's at all.
    Others,
    /// Nothing says so, and what to do about that.
    Unknown(&'static str),
}

/// PagerDuty opens incidents before it knows their alerts; so old, one is known.
const YOUNG: f64 = 10.0 * 60.0;

/// Memories are read, changed and written by one at a time.
static WRITING: Mutex<()> = Mutex::new(());

pub async fn bring(
    context: &Arc<Context>,
    account: &Arc<Account>,
    event: Event,
) -> Result<(), Later> {
    let judged = {
        let (context, account, event) = (Arc::clone(context), Arc::clone(account), event.clone());
        asking(Whom::Vendor, move || judge(&context, &account, &event)).await?
    };
    for (reference, request, person, wish) in judged {
        let Some(subject) = press::subject(context, &reference).await else {
            context.log().refused(
                "pagerduty",
                "forgotten",
                "pagerduty: an incident is about an object of which nothing is known any more",
            );
            continue;
        };
        let parts = [request.as_bytes(), reference.as_bytes()];
        let answer = Answer::new(&parts, person, subject, wish);
        context.desk.take(answer).await.map_err(state_folder)?;
    }
    Ok(())
}

type Judged = (String, String, Person, Wish);

/// Waits for disk and network.
fn judge(context: &Context, account: &Account, event: &Event) -> Result<Vec<Judged>, Later> {
    let folder = context.desk.folder();
    let own = |keys: &[String]| -> Vec<String> {
        let ours = |key: &&String| is_own(&context.config.site, key);
        keys.iter().filter(ours).cloned().collect()
    };
    learn(folder, &event.incident.id, &own(&told(event)))?;
    if let What::Resolved {
        merged_into: Some(target),
    } = &event.what
    {
        let known = memory(folder, &event.incident.id)?.references;
        learn(folder, &target.id, &known.into_iter().collect::<Vec<_>>())?;
    }
    let people_alone = !matches!(event.what, What::Unacknowledged);
    if event.what == What::Triggered || (people_alone && event.agent == Agent::Machine) {
        // An event of our own comes back.
        return Ok(Vec::new());
    }
    let references = match about(folder, account, event)? {
        About::Objects(keys) => own(&keys),
        About::Others => Vec::new(),
        About::Unknown(advice) => {
            context.log().refused(
                "pagerduty",
                "unknown",
                &format!("pagerduty: which object an incident is about cannot be told: {advice}"),
            );
            Vec::new()
        }
    };
    if references.is_empty() {
        return Ok(Vec::new());
    }
    let (identity, acknowledgements) = changed(folder, &event.incident.id, |memory| {
        memory.learn(&references);
        (memory.identity(event), memory.acknowledgements(event.at))
    })?;
    let judged = references.into_iter().filter_map(|reference| {
        let (person, wish) = match &event.what {
            What::Unacknowledged => removal(folder, &reference, &acknowledgements)?,
            _ => (person(&event.agent), wish(event)?),
        };
        Some((reference, identity.clone(), person, wish))
    });
    Ok(judged.collect())
}

/// What the event itself says of its incident.
fn told(event: &Event) -> Vec<String> {
    let incident = &event.incident;
    let more = incident.client.iter().chain(&incident.key);
    incident.alerts.iter().chain(more).cloned().collect()
}

/// Alerts may join an incident later or come with another one, so that PagerDuty itself is asked where there is a key.
fn about(folder: &StateFolder, account: &Account, event: &Event) -> Result<About, Later> {
    let incident = &event.incident;
    if !incident.alerts.is_empty() {
        return Ok(About::Objects(incident.alerts.clone()));
    }
    let known: Vec<String> = memory(folder, &incident.id)?
        .references
        .into_iter()
        .collect();
    let or_known = |otherwise: Result<About, Later>| match (&known[..], &incident.key) {
        ([], None) => otherwise,
        ([], Some(_)) => Ok(About::Others),
        (known, _) => Ok(About::Objects(known.to_vec())),
    };
    let Some(rest) = &account.rest else {
        return or_known(Ok(About::Unknown(
            "set api_key, or two_way = true for the notifiers, in [pagerduty]",
        )));
    };
    match rest.alerts(&incident.id) {
        Ok(keys) if !keys.is_empty() => Ok(About::Objects(keys)),
        Ok(_) => {
            let opened = incident.created.unwrap_or(event.at);
            or_known(match Moment::read().wall - opened < YOUNG {
                true => Err(Later("PagerDuty does not know its alerts yet".to_owned())),
                false => Ok(About::Unknown("PagerDuty knows of no alert of it")),
            })
        }
        Err(trouble) => or_known(Err(Later(trouble.why))),
    }
}

fn is_own(site: &str, key: &str) -> bool {
    match reference::read(key) {
        Some(Referenced::Subject { site: of, .. }) => of == site,
        Some(Referenced::Shortened) => reference::site(key).as_deref() == Some(site),
        None => false,
    }
}

fn person(agent: &Agent) -> Person {
    let (id, name) = match agent {
        Agent::Person { id, name } => (id.as_str(), name.as_str()),
        Agent::Machine => ("", "PagerDuty"),
    };
    Person {
        source: Source::PagerDuty,
        id: id.to_owned(),
        name: name.to_owned(),
        channel: None,
        team: None,
    }
}

fn wish(event: &Event) -> Option<Wish> {
    let page = |url: &Option<String>| url.as_ref().map_or(String::new(), |url| format!(": {url}"));
    let here = page(&event.incident.url);
    let by = match &event.agent {
        Agent::Person { name, .. } if !name.is_empty() => format!(" by {name}"),
        _ => String::new(),
    };
    match &event.what {
        What::Acknowledged => Some(Wish::Acknowledge {
            comment: format!("acknowledged in PagerDuty{here}"),
            sticky: Sticky::ByState,
            until: None,
            again: Again::Nothing,
        }),
        What::Resolved { merged_into: None } => Some(Wish::Comment {
            text: format!("resolved in PagerDuty{by}{here}"),
        }),
        What::Resolved {
            merged_into: Some(Target { url, .. }),
        } => Some(Wish::Comment {
            text: format!("merged into another incident in PagerDuty{by}{}", page(url)),
        }),
        What::Annotated { note } if note.is_empty() => None,
        What::Annotated { note } => Some(Wish::Comment {
            text: format!("{note} (PagerDuty{here})"),
        }),
        What::Triggered | What::Unacknowledged => None,
    }
}

/// Only what an acknowledgement in PagerDuty did is undone, and by whoever it was: PagerDuty's time-out is nobody.
fn removal(
    folder: &StateFolder,
    reference: &str,
    acknowledgements: &[Acknowledgement],
) -> Option<(Person, Wish)> {
    acknowledgements.iter().find_map(|made| {
        let parts = [made.identity.as_bytes(), reference.as_bytes()];
        let id = Answer::id_of(Source::PagerDuty, &parts);
        let ended = folder.done_answer::<Answer>(&id).ok().flatten();
        let counts = match ended.and_then(|answer| answer.outcome) {
            // On its way, or done.
            None | Some(Outcome::Done | Outcome::Unconfirmed) => true,
            Some(_) => false,
        };
        let wish = Wish::RemoveAcknowledgement { of: Some(id) };
        counts.then(|| (person(&made.agent), wish))
    })
}

fn learn(folder: &StateFolder, incident: &str, references: &[String]) -> Result<(), Later> {
    if references.is_empty() {
        return Ok(());
    }
    changed(folder, incident, |memory| memory.learn(references))
}

fn memory(folder: &StateFolder, incident: &str) -> Result<Memory, Later> {
    let known = folder.named(&name(incident)).map_err(state_folder)?;
    Ok(known.unwrap_or_default())
}

fn changed<T>(
    folder: &StateFolder,
    incident: &str,
    change: impl FnOnce(&mut Memory) -> T,
) -> Result<T, Later> {
    let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let before = memory(folder, incident)?;
    let mut after = before.clone();
    let changed = change(&mut after);
    if after != before {
        folder
            .note_named(&name(incident), &after)
            .map_err(state_folder)?;
    }
    Ok(changed)
}

fn name(incident: &str) -> String {
    format!("pagerduty/{incident}")
}

fn state_folder(error: std::io::Error) -> Later {
    Later(format!("the state folder: {error}"))
}
