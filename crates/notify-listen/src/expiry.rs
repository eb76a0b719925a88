//! Acknowledgements that end by themselves where the core does not end them: an answer of the listener's own, kept on disk
//! until its time has come.

use std::time::Duration;

use notify_core::now::Moment;
use tokio::time::sleep;

use crate::answer::{Answer, Person, Source, Wish};
use crate::monitoring::{Comments, Core, Expiry};

/// The wall clock may jump, and a suspended machine does not count.
const LOOK: Duration = Duration::from_secs(30);

pub async fn until(due: f64) {
    loop {
        let left = due - Moment::read().wall;
        if left <= 0.0 {
            return;
        }
        let left = Duration::try_from_secs_f64(left).unwrap_or(LOOK);
        sleep(left.min(LOOK)).await;
    }
}

/// What is to follow an answer that the core took: the end of an acknowledgement, or a word about it.
pub fn follower(answer: &Answer, core: &dyn Core) -> Option<Answer> {
    let timer = |name: &str| Person {
        source: Source::Timer,
        id: "expiry".to_owned(),
        name: name.to_owned(),
        channel: None,
        team: None,
    };
    let (name, wish, due) = match &answer.wish {
        Wish::Acknowledge {
            until: Some(until), ..
        } if core.expiry() == Expiry::Listener => {
            let of = Some(answer.id.clone());
            let wish = Wish::RemoveAcknowledgement { of };
            (&answer.person.name, wish, Some(*until))
        }
        Wish::RemoveAcknowledgement { of: Some(_) }
            if answer.person.source == Source::Timer && core.comments() == Comments::Taken =>
        {
            let text = format!("the acknowledgement by {} has expired", answer.person.name);
            (&answer.person.name, Wish::Comment { text }, None)
        }
        _ => return None,
    };
    let request = [answer.id.as_bytes()];
    let mut follower = Answer::new(&request, timer(name), answer.subject.clone(), wish);
    follower.due = due;
    Some(follower.replying(answer.reply.clone()))
}
