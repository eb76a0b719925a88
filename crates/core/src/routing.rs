//! Which of a program's own destinations a notification is for. Where nothing matches it is the default one, with a
//! word: silence is never the answer.

use serde::{Deserialize, Serialize};

use crate::args::Args;
use crate::config::Config;
use crate::config::contacts::Contact;
use crate::entry::DestinationId;
use crate::exit::Failure;
use crate::given::Given;
use crate::notification::ObjectKind;
use crate::provider::Provider;
use crate::vocabulary::Thing;

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Route {
    pub destinations: Vec<DestinationId>,
    /// Why these, for `--explain`.
    pub because: String,
    /// What the caller should hear on stderr.
    pub warnings: Vec<String>,
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

pub fn route<P: Provider>(wish: &Wish, config: &Config) -> Result<Route, Failure> {
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
            destinations,
            because: "--to".to_owned(),
            warnings: Vec::new(),
        });
    }
    let route = by_person::<P>(wish, config);
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
        destinations: vec![destination],
    })
}

/// The destinations that `--to` names; `None` where it names none.
pub fn by_name<P: Provider>(to: &[String]) -> Result<Option<Vec<DestinationId>>, Failure> {
    let mut route = Route::default();
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
        route.add(&destination);
    }
    Ok((!route.destinations.is_empty()).then_some(route.destinations))
}

fn by_person<P: Provider>(wish: &Wish, config: &Config) -> Route {
    let mut route = Route::default();
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
            let ours: Vec<&DestinationId> = matching
                .iter()
                .flat_map(|person| &person.destinations)
                .filter(|id| id.provider == P::NAME)
                .collect();
            let (there, dead): (Vec<&DestinationId>, Vec<&DestinationId>) =
                ours.iter().partition(|id| destinations.contains(&id.name));
            for id in &dead {
                route.warnings.push(format!(
                    "{what} {name:?} names {id}, which is no destination"
                ));
            }
            for id in &there {
                route.add(id);
                route.because = format!("{what} {name:?}");
            }
            if matching.is_empty() {
                unmatched.push((listed, format!("{what} {name:?} is not in [{what}s]")));
            } else if ours.is_empty() {
                let problem = format!("{what} {name:?} has no {} destination", P::NAME);
                unmatched.push((listed, problem));
            }
        }
    }
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

impl Route {
    fn add(&mut self, destination: &DestinationId) {
        if !self.destinations.contains(destination) {
            self.destinations.push(destination.clone());
        }
    }
}
