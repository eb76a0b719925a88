//! One entry to its vendor. Reads neither arguments nor environment: a drainer days later does the very same.

use std::cell::RefCell;

use crate::config::secret::Redactor;
use crate::config::{Config, Destination};
use crate::digest::Digest;
use crate::entry::Entry;
use crate::http::{Client, NoAnswer, Response, Wire};
use crate::message::Message;
use crate::names::{self, Names};
use crate::now::{Deadline, Now};
use crate::provider::{Plan, Provider, Request};
use crate::story::{self, Call, Shape, Story};
use crate::verdict::{Blame, Verdict};

/// What became of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Judged(Verdict),
    /// This vendor has no use for the notification.
    NothingToSend {
        why: String,
    },
    /// The config or a secret cannot be read or used.
    Unusable {
        why: String,
    },
}

/// Past the queue, where nobody knows what was told before.
pub fn deliver<P: Provider>(entry: &Entry, now: Now, config: &Config) -> Outcome {
    if let Some(why) = &entry.held_back
        && !story::closes(&entry.notification)
    {
        return Outcome::NothingToSend {
            why: format!("held back: {why}"),
        };
    }
    match Session::<P>::open(&entry.destination.name, config) {
        Ok(session) => {
            let story = Story::alone(&entry.notification, &config.flood);
            session.deliver(entry, &story, now, now.deadline(config.timeout))
        }
        Err(unusable) => unusable,
    }
}

/// Of what takes two requests.
pub struct Steps<'s> {
    pub halfway: Halfway,
    /// The first of them has arrived.
    pub updated: &'s mut dyn FnMut(),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halfway {
    No,
    Updated,
}

/// A destination, and the connection to it, kept for as many requests as there are.
pub struct Session<'a, P: Provider> {
    pub destination: Destination<P>,
    config: &'a Config,
    line: RefCell<Option<Line>>,
}

struct Line {
    /// Scheme, host and port: what a connection is to.
    origin: String,
    client: Client,
}

/// No secret fits into a plain `ok`.
const SHORTEST_QUOTE: usize = 3;

impl<'a, P: Provider> Session<'a, P> {
    /// The error is [`Outcome::Unusable`].
    pub fn open(name: &str, config: &'a Config) -> Result<Session<'a, P>, Outcome> {
        match config.destination::<P>(name) {
            Ok(destination) => Ok(Session::with(destination, config)),
            Err(error) => Err(Outcome::Unusable {
                why: error.to_string(),
            }),
        }
    }

    pub fn with(destination: Destination<P>, config: &'a Config) -> Session<'a, P> {
        Session {
            destination,
            config,
            line: RefCell::new(None),
        }
    }

    pub fn deliver(&self, entry: &Entry, story: &Story, now: Now, deadline: Deadline) -> Outcome {
        let names = names::resolve(&entry.notification, now, deadline, self.config);
        let message = self.compose(entry, story, &names, now);
        self.post(&message, deadline)
    }

    pub fn compose<'e>(
        &self,
        entry: &'e Entry,
        story: &Story,
        names: &Names,
        now: Now,
    ) -> Message<'e>
    where
        'a: 'e,
    {
        let two_way = self.destination.two_way;
        Message::compose(entry, story, names, now.wall, self.config, two_way)
    }

    /// As a message of its own.
    fn post(&self, message: &Message, deadline: Deadline) -> Outcome {
        let settings = &self.destination.settings;
        let request = match P::plan(message, settings) {
            Plan::Send(request) => request,
            Plan::Nothing(why) => return Outcome::NothingToSend { why },
        };
        let outcome = match self.ask(&request, deadline) {
            Err(outcome) => outcome,
            Ok(response) => match P::verdict(&request, &response) {
                refused @ Verdict::MessageRefused { .. } => {
                    match P::plainer(message, settings, &response) {
                        Some(plainer) => self.judge(&plainer, deadline),
                        None => Outcome::Judged(refused),
                    }
                }
                verdict => Outcome::Judged(verdict),
            },
        };
        self.without_secrets(outcome)
    }

    /// Below the message that its problem has, which changes with it. `None`: that message takes nothing any more.
    pub fn follow_up(
        &self,
        entry: &Entry,
        story: &Story,
        steps: &mut Steps,
        now: Now,
        deadline: Deadline,
    ) -> Option<Outcome> {
        let original = story.thread.as_deref()?;
        let names = names::resolve(&entry.notification, now, deadline, self.config);
        let compose = |entry, story| self.compose(entry, story, &names, now);
        let mut drawn = entry.clone();
        let standing = story.standing(&entry.notification);
        let is_drawn = standing.is_some();
        drawn.notification.kind = standing.unwrap_or_default();
        let whole = Story {
            shape: Shape::Whole,
            call: Call::Nobody,
            ..story.clone()
        };
        let standing = is_drawn.then(|| compose(&drawn, &whole));
        let follow_up = P::follow_up(
            &compose(entry, story),
            standing.as_ref(),
            original,
            &self.destination.settings,
        )?;
        if let Some(update) = &follow_up.update
            && steps.halfway == Halfway::No
        {
            match self.judge(update, deadline) {
                Outcome::Judged(Verdict::Delivered { .. }) => (steps.updated)(),
                // Whatever refuses the destination itself refuses a new message, too.
                Outcome::Judged(
                    Verdict::MessageRefused { .. } | Verdict::DestinationRefused { .. },
                ) => return None,
                outcome => return Some(self.without_secrets(outcome)),
            }
        }
        match self.judge(&follow_up.reply, deadline) {
            Outcome::Judged(
                Verdict::MessageRefused { .. } | Verdict::DestinationRefused { .. },
            ) => None,
            outcome => Some(self.without_secrets(outcome)),
        }
    }

    /// Many as one; `None` where this vendor has no such thing.
    pub fn digest(&self, digest: &Digest, deadline: Deadline) -> Option<Outcome> {
        let request = P::digest(digest, &self.destination.settings)?;
        Some(self.without_secrets(self.judge(&request, deadline)))
    }

    fn without_secrets(&self, outcome: Outcome) -> Outcome {
        outcome.without_secrets(|| self.destination.redactor())
    }

    pub fn judge(&self, request: &Request, deadline: Deadline) -> Outcome {
        match self.ask(request, deadline) {
            Ok(response) => Outcome::Judged(P::verdict(request, &response)),
            Err(outcome) => outcome,
        }
    }

    pub fn ask(&self, request: &Request, deadline: Deadline) -> Result<Response, Outcome> {
        let unusable = |error: anyhow::Error| Outcome::Unusable {
            why: format!("{error:#}"),
        };
        let wire = P::authorize(request, &self.destination.settings).map_err(unusable)?;
        let answer = self.send(&wire, deadline).map_err(unusable)?;
        let mut response = answer.map_err(|no_answer| {
            Outcome::Judged(match no_answer {
                NoAnswer::Unreachable(reason) => Verdict::Retry {
                    after: None,
                    blame: Blame::Destination,
                    reason,
                },
                NoAnswer::Broken(reason) => Verdict::Retry {
                    after: None,
                    blame: Blame::Unclear,
                    reason,
                },
                NoAnswer::Lasting(reason) => Verdict::DestinationRefused { reason },
            })
        })?;
        // Before anybody quotes a part of it: half a secret would be found no more.
        if response.body.len() > SHORTEST_QUOTE {
            response.body = self.destination.redactor().redact(&response.body);
        }
        Ok(response)
    }

    fn send(&self, wire: &Wire, deadline: Deadline) -> anyhow::Result<Result<Response, NoAnswer>> {
        let origin = origin(&wire.url);
        let mut kept = self.line.borrow_mut();
        let line = match kept.take().filter(|line| line.origin == origin) {
            Some(line) => line,
            None => Line {
                origin: origin.to_owned(),
                client: Client::new(
                    &self.destination.connection,
                    &wire.url,
                    self.config.connect_timeout,
                    self.config,
                )?,
            },
        };
        Ok(kept.insert(line).client.send(wire, deadline))
    }
}

fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |scheme| scheme + 3);
    let end = url[host..].find(['/', '?', '#']);
    end.map_or(url, |end| &url[..host + end])
}

impl Outcome {
    /// A vendor may quote what it was asked; where nothing is quoted the secrets are not read again.
    fn without_secrets(self, redactor: impl FnOnce() -> Redactor) -> Outcome {
        match self {
            Outcome::Judged(Verdict::Delivered { .. }) | Outcome::NothingToSend { .. } => self,
            Outcome::Judged(Verdict::Retry {
                after,
                blame,
                reason,
            }) => Outcome::Judged(Verdict::Retry {
                after,
                blame,
                reason: redactor().redact(&reason),
            }),
            Outcome::Judged(Verdict::MessageRefused { reason }) => {
                Outcome::Judged(Verdict::message_refused(redactor().redact(&reason)))
            }
            Outcome::Judged(Verdict::DestinationRefused { reason }) => {
                Outcome::Judged(Verdict::destination_refused(redactor().redact(&reason)))
            }
            Outcome::Unusable { why } => Outcome::Unusable {
                why: redactor().redact(&why),
            },
        }
    }
}
