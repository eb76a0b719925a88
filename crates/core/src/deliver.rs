//! One entry to its vendor. Reads neither arguments nor environment: a drainer days later does the very same.

use crate::config::secret::Redactor;
use crate::config::{Config, Destination};
use crate::entry::Entry;
use crate::http::{Client, NoAnswer, Response};
use crate::message::Message;
use crate::names;
use crate::now::{Deadline, Now};
use crate::provider::{Plan, Provider, Request};
use crate::verdict::Verdict;

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

pub fn deliver<P: Provider>(entry: &Entry, now: Now, config: &Config) -> Outcome {
    let deadline = now.deadline(config.timeout);
    let destination = match config.destination::<P>(&entry.destination.name) {
        Ok(destination) => destination,
        Err(error) => {
            return Outcome::Unusable {
                why: error.to_string(),
            };
        }
    };
    let names = names::resolve(&entry.notification, now, deadline, config);
    let message = Message::compose(entry, &names, now.wall, config);
    let request = match P::plan(&message, &destination.settings) {
        Plan::Send(request) => request,
        Plan::Nothing(why) => return Outcome::NothingToSend { why },
    };
    let sender = Sender {
        destination: &destination,
        deadline,
        config,
    };
    let outcome = match sender.ask(&request) {
        Err(outcome) => outcome,
        Ok(response) => match P::verdict(&request, &response) {
            refused @ Verdict::MessageRefused { .. } => {
                match P::plainer(&message, &destination.settings, &response) {
                    Some(plainer) => sender.judge(&plainer),
                    None => Outcome::Judged(refused),
                }
            }
            verdict => Outcome::Judged(verdict),
        },
    };
    outcome.without_secrets(|| redactor(&destination))
}

/// No secret fits into a plain `ok`.
const SHORTEST_QUOTE: usize = 3;

/// Everything in a destination's settings that must not be shown.
pub fn redactor<P: Provider>(destination: &Destination<P>) -> Redactor {
    let mut redactor = Redactor::default();
    for source in P::secrets(&destination.settings) {
        if let Ok(secret) = source.read() {
            redactor.hide(&secret);
        }
    }
    if let Some(proxy) = &destination.connection.proxy {
        for secret in proxy.secrets() {
            redactor.hide(&secret);
        }
    }
    redactor
}

/// A destination within a deadline, and the connection to it.
pub struct Sender<'a, P: Provider> {
    pub destination: &'a Destination<P>,
    pub deadline: Deadline,
    pub config: &'a Config,
}

impl<P: Provider> Sender<'_, P> {
    pub fn judge(&self, request: &Request) -> Outcome {
        match self.ask(request) {
            Ok(response) => Outcome::Judged(P::verdict(request, &response)),
            Err(outcome) => outcome,
        }
    }

    pub fn ask(&self, request: &Request) -> Result<Response, Outcome> {
        let unusable = |error: anyhow::Error| Outcome::Unusable {
            why: format!("{error:#}"),
        };
        let wire = P::authorize(request, &self.destination.settings).map_err(unusable)?;
        let client = Client::new(
            &self.destination.connection,
            &wire.url,
            self.config.connect_timeout,
            self.config,
        )
        .map_err(unusable)?;
        let mut response = client.send(&wire, self.deadline).map_err(|no_answer| {
            Outcome::Judged(match no_answer {
                NoAnswer::Passing(reason) => Verdict::Retry {
                    after: None,
                    reason,
                },
                NoAnswer::Lasting(reason) => Verdict::DestinationRefused { reason },
            })
        })?;
        // Before anybody quotes a part of it: half a secret would be found no more.
        if response.body.len() > SHORTEST_QUOTE {
            response.body = redactor(self.destination).redact(&response.body);
        }
        Ok(response)
    }
}

impl Outcome {
    /// A vendor may quote what it was asked; where nothing is quoted the secrets are not read again.
    fn without_secrets(self, redactor: impl FnOnce() -> Redactor) -> Outcome {
        match self {
            Outcome::Judged(Verdict::Delivered { .. }) | Outcome::NothingToSend { .. } => self,
            Outcome::Judged(Verdict::Retry { after, reason }) => Outcome::Judged(Verdict::Retry {
                after,
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
