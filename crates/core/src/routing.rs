//! Which of a program's own destinations a notification is for. Where nothing matches it is the default one, with a
//! word: silence is never the answer.

use serde::{Deserialize, Serialize};

use crate::args::Args;
use crate::config::Config;
use crate::config::contacts::Contact;
use crate::entry::DestinationId;
use crate::exit::Failure;
use crate::given::Given;
use crate::notification::{Notification, ObjectKind};
use crate::provider::Provider;
use crate::vocabulary::Thing;

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Route {
    pub destinations: Vec<Routed>,
    /// Why these, for `--explain`.
    pub because: String,
    /// What the caller should hear on stderr.
    pub warnings: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routed {
    pub id: DestinationId,
    /// Why this may not open anything there.
    pub held_back: Option<String>,
}

/// Whom the caller named; kept with a notification that cannot be routed yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    #[serde(default)]
    pub to: Vec<String>,
    #[serde(default)]
    contact: String,
    #[serde(default)]
    contact_alias: String,
    #[serde(default)]
    contact_mail: String,
    #[serde(default)]
    contact_group: String,
}

impl Wish {
    pub fn new(args: &Args, given: &Given, kind: ObjectKind) -> Wish {
        Wish {
            to: args.to.clone(),
            contact: given.text(Thing::Contact, kind),
            contact_alias: given.text(Thing::ContactAlias, kind),
            contact_mail: given.text(Thing::ContactMail, kind),
            contact_group: given.text(Thing::ContactGroup, kind),
        }
    }
}

/// The filters are asked about the moment of the notification, `at`, in seconds since 1970.
pub fn route<P: Provider>(
    wish: &Wish,
    notification: &Notification,
    at: f64,
    config: &Config,
) -> Result<Route, Failure> {
    let mut route = unfiltered::<P>(wish, notification, at, config)?;
    for Routed { id, held_back } in &mut route.destinations {
        // One that cannot be used is told by its delivery.
        if let Ok(destination) = config.destination::<P>(&id.name)
            && let Some(reason) = destination.filter.holds_back(notification, at)
        {
            *held_back = Some(match held_back.take() {
                Some(people) => format!("{people}; {id}: {reason}"),
                None => reason,
            });
        }
    }
    Ok(route)
}

/// Before the destinations' own filters.
fn unfiltered<P: Provider>(
    wish: &Wish,
    notification: &Notification,
    at: f64,
    config: &Config,
) -> Result<Route, Failure> {
    if let Some(destinations) = by_name::<P>(&wish.to)? {
        // A name that nobody has must not wait until the others are on their way. One that cannot be used may:
        // it is no reason to hold the others back.
        let known = config.destinations::<P>().map_err(Failure::config)?;
        for DestinationId { name, .. } in &destinations {
            if !known.contains(name) {
                config.destination::<P>(name).map_err(Failure::config)?;
            }
        }
        return Ok(Route {
            destinations: destinations.into_iter().map(Routed::free).collect(),
            because: "--to".to_owned(),
            warnings: Vec::new(),
        });
    }
    let route = by_person::<P>(wish, notification, at, config);
    if !route.destinations.is_empty() {
        return Ok(route);
    }
    let name = config.default_destination::<P>().map_err(Failure::config)?;
    let destination = DestinationId::new(P::NAME, &name);
    Ok(Route {
        because: "the default".to_owned(),
        warnings: route
            .warnings
            .into_iter()
            .map(|warning| format!("{warning}; sent to {destination} instead"))
            .collect(),
        destinations: vec![Routed::free(destination)],
    })
}

/// The destinations that `--to` names; `None` where it names none.
pub fn by_name<P: Provider>(to: &[String]) -> Result<Option<Vec<DestinationId>>, Failure> {
    let mut named: Vec<DestinationId> = Vec::new();
    for name in names(to.iter().map(String::as_str)) {
        let destination = match name.parse::<DestinationId>() {
            Ok(destination) => destination,
            Err(_) => DestinationId::new(P::NAME, name),
        };
        if destination.provider != P::NAME {
            return Err(Failure::usage(format!(
                "--to {destination} is not for {}, which sends to {}:… only",
                P::PROGRAM,
                P::NAME
            )));
        }
        if !named.contains(&destination) {
            named.push(destination);
        }
    }
    Ok((!named.is_empty()).then_some(named))
}

fn by_person<P: Provider>(
    wish: &Wish,
    notification: &Notification,
    at: f64,
    config: &Config,
) -> Route {
    let mut route = Route::default();
    let mut leads: Vec<Lead> = Vec::new();
    let people = [
        (&wish.contact, "contact", &config.contacts),
        (&wish.contact_alias, "contact", &config.contacts),
        (&wish.contact_mail, "contact", &config.contacts),
        (&wish.contact_group, "contactgroup", &config.contact_groups),
    ];
    let destinations = config.destinations::<P>().unwrap_or_default();
    let mut unmatched = Vec::new();
    for (given, what, known) in people {
        // Who has no contacts configured wants no routing by them.
        if known.is_empty() {
            continue;
        }
        let several = names([given.as_str()].into_iter()).nth(1).is_some();
        let listed = match several && std::ptr::eq(given, &wish.contact) {
            true => Listed::ByHand,
            false => Listed::ByTheCore,
        };
        for name in names([given.as_str()].into_iter()) {
            let matching: Vec<&Contact> = known
                .iter()
                .filter(|person| person.is_called(name))
                .collect();
            let mut theirs = 0;
            for person in &matching {
                let held_back = person.holds_back(notification, at);
                let held_back = held_back.map(|why| format!("{what} {:?}: {why}", person.name));
                let ours = person.destinations.iter();
                for id in ours.filter(|id| id.provider == P::NAME) {
                    theirs += 1;
                    if destinations.contains(&id.name) {
                        lead(&mut leads, id, held_back.clone());
                        route.because = format!("{what} {name:?}");
                    } else {
                        route.warnings.push(format!(
                            "{what} {name:?} names {id}, which is no destination"
                        ));
                    }
                }
            }
            if matching.is_empty() {
                unmatched.push((listed, format!("{what} {name:?} is not in [{what}s]")));
            } else if theirs == 0 {
                let problem = format!("{what} {name:?} has no {} destination", P::NAME);
                unmatched.push((listed, problem));
            }
        }
    }
    route.destinations = leads.into_iter().map(Lead::end).collect();
    let found = !route.destinations.is_empty();
    route.warnings.extend(
        unmatched
            .into_iter()
            .filter(|(listed, _)| !found || *listed == Listed::ByHand)
            .map(|(_, problem)| problem),
    );
    route
}

/// Whoever lists contacts means each of them. A core that tells a contact's other names and all its groups does not:
/// one that matches suffices.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Listed {
    ByHand,
    ByTheCore,
}

fn names<'a>(lists: impl Iterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    lists
        .flat_map(|list| list.split(','))
        .map(str::trim)
        .filter(|name| !name.is_empty())
}

/// A destination, and what each of those who lead there says to it.
struct Lead {
    id: DestinationId,
    held_back: Vec<Option<String>>,
}

fn lead(leads: &mut Vec<Lead>, id: &DestinationId, held_back: Option<String>) {
    match leads.iter_mut().find(|lead| lead.id == *id) {
        // One who is known by several names says it once.
        Some(lead) if lead.held_back.contains(&held_back) => {}
        Some(lead) => lead.held_back.push(held_back),
        None => leads.push(Lead {
            id: id.clone(),
            held_back: vec![held_back],
        }),
    }
}

impl Lead {
    /// Held back only where everybody holds it back.
    fn end(self) -> Routed {
        let reasons: Option<Vec<String>> = self.held_back.into_iter().collect();
        Routed {
            id: self.id,
            held_back: reasons.map(|reasons| reasons.join("; ")),
        }
    }
}

impl Routed {
    /// Whoever leads there filters nothing.
    fn free(id: DestinationId) -> Routed {
        Routed {
            id,
            held_back: None,
        }
    }
}
