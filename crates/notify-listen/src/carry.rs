//! One answer to the core and back: told, and then looked at until the core's own state or notification says that it was
//! taken.

use std::sync::Arc;
use std::time::Duration;

use notify_core::answer as mark;
use notify_core::now::Moment;
use notify_core::state_folder::StateFolder;
use tokio::time::{Instant, sleep};

use crate::answer::{Answer, Outcome, Wish};
use crate::desk::blocking;
use crate::monitoring::{Comments, Core, Look, Order, Trouble, What, harmless};
use crate::verdict::{self, Next, Notified};

pub struct Carrier<'d> {
    pub core: &'d Arc<dyn Core>,
    pub folder: &'d StateFolder,
    /// Who the core is told it was.
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
            match verdict::next(answer, &look, self.notified(answer)) {
                Next::Over(outcome) => return Step::Ended(outcome),
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
            let look_again = Instant::now() + pause;
            while Instant::now() < look_again && self.notified(answer) == Notified::No {
                sleep(GLANCE).await;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
            if begun.elapsed() > PATIENCE
                && let Some(sent) = sent.take()
            {
                sent().await;
            }
            if begun.elapsed() > LIMIT {
                return Step::Ended(Outcome::Unconfirmed);
            }
        }
    }

    async fn look(&self, answer: &Answer) -> Result<Option<Look>, Trouble> {
        let (core, subject) = (Arc::clone(self.core), answer.subject.clone());
        blocking(move || core.look(&subject)).await
    }

    async fn give(&self, answer: &mut Answer, what: What, look: Look) -> Result<(), Trouble> {
        let now = Moment::read().wall;
        let order = Order {
            subject: look.subject,
            what,
            author: harmless(&self.author),
            comment: mark::marked(&harmless(&comment(answer, what)), &answer.id),
            now: now as u64,
        };
        let core = Arc::clone(self.core);
        let before = (answer.given, answer.times_given);
        answer.given = Some(now);
        answer.times_given += 1;
        let (folder, noted) = (self.folder.clone(), answer.clone());
        let given = blocking(move || {
            // Before it is given: after a crash the core is asked first whether it has it. Where that cannot be noted its state
            // tells as well.
            let _ = folder.note_answer(&noted.id, &noted);
            core.give(&order)
        });
        let given = given.await;
        if given.is_err() {
            (answer.given, answer.times_given) = before;
        }
        given
    }

    /// That a second person has it, too, in a core that takes no comments.
    fn is_more_than_it_keeps(&self, answer: &Answer) -> bool {
        let acknowledges = matches!(answer.wish, Wish::Acknowledge { .. });
        acknowledges && self.core.comments() == Comments::Refused
    }

    fn notified(&self, answer: &Answer) -> Notified {
        match self.folder.is_answer_seen(&answer.id) {
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

/// What the core is told beside the author; no core takes an empty one.
fn comment(answer: &Answer, what: What) -> String {
    let via = answer.person.source.title();
    let said = match &answer.wish {
        Wish::Acknowledge { comment, .. } | Wish::Downtime { comment, .. } => comment.trim(),
        Wish::Comment { text } => text.trim(),
        Wish::RemoveAcknowledgement { .. } | Wish::Recheck => "",
    };
    match (&answer.wish, what) {
        (Wish::Acknowledge { .. }, What::Comment) if said.is_empty() => {
            format!("also acknowledged via {via}")
        }
        (Wish::Acknowledge { .. }, What::Comment) => format!("also acknowledged via {via}: {said}"),
        (Wish::Acknowledge { .. }, _) if said.is_empty() => format!("acknowledged via {via}"),
        (_, _) if said.is_empty() => format!("via {via}"),
        _ => said.to_owned(),
    }
}
