//! One answer to the core and back: told, and then looked at until the core's own state or notification says that it was
//! taken.

use std::sync::Arc;
use std::time::Duration;

use notify_core::answer as mark;
use notify_core::notification::State;
use notify_core::now::Moment;
use notify_core::reference;
use notify_core::state_folder::StateFolder;
use notify_core::time;
use tokio::time::{Instant, sleep};

use crate::answer::{Answer, Outcome, Wish, object_key};
use crate::monitoring::{
    Acknowledged, Comments, Core, Expiry, Look, Order, Trouble, What, harmless,
};
use crate::recent::Recent;
use crate::threads::{Whom, asking, blocking};
use crate::verdict::{self, Known, Next, Notified};

pub struct Carrier<'d> {
    pub core: &'d Arc<dyn Core>,
    pub folder: &'d StateFolder,
    pub recent: &'d Recent,
    pub site: &'d str,
    /// Who the core is told it was; harmless already.
    pub author: String,
}

pub enum Step {
    Ended(Outcome),
    /// Kept, and tried again; why.
    Later(String),
}

/// Between two looks for the core's own notification, which is there within milliseconds.
const GLANCE: Duration = Duration::from_millis(100);
/// Between two looks at its state.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// After so long the person hears that nothing is confirmed yet.
const PATIENCE: Duration = Duration::from_secs(10);
/// A status file is written every ten seconds or more, a check takes a minute.
const LIMIT: Duration = Duration::from_secs(300);

impl Carrier<'_> {
    /// `sent` is called once where it takes long.
    pub async fn carry(&self, answer: &mut Answer, sent: impl AsyncFnOnce()) -> Step {
        let begun = Instant::now();
        let mut sent = Some(sent);
        let mut pause = GLANCE;
        loop {
            let look = match self.look(answer).await {
                Ok(Some(look)) => look,
                Ok(None) => return Step::Ended(Outcome::UnknownObject),
                Err(trouble) => return step(trouble),
            };
            let known = Known {
                look: &look,
                notified: self.notified(answer).await,
                now: &Moment::read(),
                author: &self.author,
            };
            let is_beyond_doubt = verdict::is_beyond_doubt(answer, &look);
            match verdict::next(answer, &known) {
                Next::Over(outcome) => {
                    self.remember(answer, &outcome);
                    return Step::Ended(outcome);
                }
                Next::Give(What::Comment) if self.is_more_than_it_keeps(answer) => {
                    let by = look.acknowledged.unwrap_or_default().by;
                    return Step::Ended(Outcome::AlreadyAcknowledged(by));
                }
                Next::Give(what) => {
                    if let Err(trouble) = self.give(answer, what, look).await {
                        return step(trouble);
                    }
                    pause = GLANCE;
                }
                Next::Wait => {}
            }
            self.pause(answer, pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            if begun.elapsed() > PATIENCE
                && answer.given.is_some()
                && let Some(sent) = sent.take()
            {
                sent().await;
            }
            if begun.elapsed() > LIMIT {
                return match is_beyond_doubt {
                    true => Step::Ended(Outcome::Unconfirmed),
                    false => Step::Later("the core does not write its state any more".to_owned()),
                };
            }
        }
    }

    /// Until it is time to look again, or the core's notification has come.
    async fn pause(&self, answer: &Answer, pause: Duration) {
        let end = Instant::now() + pause;
        while Instant::now() < end && self.notified(answer).await == Notified::No {
            sleep(GLANCE).await;
        }
    }

    async fn look(&self, answer: &Answer) -> Result<Option<Look>, Trouble> {
        let (core, subject) = (Arc::clone(self.core), answer.subject.clone());
        let mut look = asking(Whom::Core, move || core.look(&subject)).await?;
        if let Some(look) = &mut look {
            self.recent.complete(&object_key(&answer.subject), look);
            if look.as_of < answer.taken.wall && look.state.is_none_or(State::is_good) {
                look.state = self.told_state(answer).await.or(look.state);
            }
        }
        Ok(look)
    }

    /// How bad it is decides whether an acknowledgement is sticky, and whoever is quick has a message that is younger than
    /// the core's status file.
    async fn told_state(&self, answer: &Answer) -> Option<State> {
        let reference = reference::reference(self.site, &answer.subject);
        let folder = self.folder.clone();
        blocking(move || folder.told_state(&reference)).await
    }

    async fn give(&self, answer: &mut Answer, what: What, look: Look) -> Result<(), Trouble> {
        let now = Moment::read().wall;
        let order = Order {
            subject: look.subject,
            what,
            author: self.author.clone(),
            comment: mark::marked(&comment(answer, what, self.core.expiry()), &answer.id),
            now: now as u64,
        };
        if what == What::RemoveAcknowledgement {
            self.recent.forget(&object_key(&answer.subject));
        }
        let core = Arc::clone(self.core);
        let before = (answer.given, answer.times_given, answer.state);
        answer.given = Some(now);
        answer.times_given += 1;
        answer.state = answer.state.or(look.state);
        let (folder, noted) = (self.folder.clone(), answer.clone());
        let given = asking(Whom::Core, move || {
            // Before it is given: after a crash the core is asked first whether it has it. Where that cannot be noted its state
            // tells as well.
            let _ = folder.note_answer(&noted.id, &noted);
            core.give(&order)
        });
        let given = given.await;
        if given.is_err() {
            (answer.given, answer.times_given, answer.state) = before;
        }
        given
    }

    /// That a second person has it, too, in a core that takes no comments.
    fn is_more_than_it_keeps(&self, answer: &Answer) -> bool {
        let acknowledges = matches!(answer.wish, Wish::Acknowledge { .. });
        acknowledges && self.core.comments() == Comments::Refused
    }

    fn remember(&self, answer: &Answer, outcome: &Outcome) {
        if let (Outcome::Done, Wish::Acknowledge { .. }) = (outcome, &answer.wish) {
            let acknowledged = Acknowledged {
                by: self.author.clone(),
                comment: mark::marked("", &answer.id),
                at: Moment::read().wall,
            };
            let object = object_key(&answer.subject);
            self.recent.acknowledged(&object, acknowledged);
        }
    }

    async fn notified(&self, answer: &Answer) -> Notified {
        let (folder, id) = (self.folder.clone(), answer.id.clone());
        match blocking(move || folder.is_answer_seen(&id)).await {
            true => Notified::Yes,
            false => Notified::No,
        }
    }
}

fn step(trouble: Trouble) -> Step {
    match trouble {
        Trouble::Later(why) => Step::Later(why),
        Trouble::Never(why) => Step::Ended(Outcome::Impossible(why)),
    }
}

/// What the core is told beside the author, harmless; no core takes an empty one.
fn comment(answer: &Answer, what: What, expiry: Expiry) -> String {
    let via = answer.person.source.title();
    let said = match &answer.wish {
        Wish::Acknowledge { comment, .. } | Wish::Downtime { comment, .. } => comment,
        Wish::Comment { text } => text,
        Wish::RemoveAcknowledgement { .. } | Wish::Recheck => "",
    };
    let said = harmless(said);
    match (&answer.wish, what) {
        (Wish::Acknowledge { .. }, What::Comment) if said.is_empty() => {
            format!("also acknowledged via {via}")
        }
        (Wish::Acknowledge { .. }, What::Comment) => format!("also acknowledged via {via}: {said}"),
        (Wish::Acknowledge { until, .. }, _) => {
            let said = match said.is_empty() {
                true => format!("acknowledged via {via}"),
                false => said,
            };
            match until {
                // Nothing in such a core shows that it ends.
                Some(until) if expiry == Expiry::Listener => {
                    let left = until - answer.taken.wall;
                    format!("{said} (for {})", time::span(left))
                }
                _ => said,
            }
        }
        (_, _) if said.is_empty() => format!("via {via}"),
        _ => said,
    }
}
