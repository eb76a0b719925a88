//! A button that came back: whether we made it, whether it belongs to the post that it came from, and what it is about.

use notify_core::button::{Action, Button, Flaw};
use notify_core::notification::Subject;
use notify_core::now::Moment;
use notify_core::reference::{self, Referenced};
use notify_core::state_folder::answers::Owner;

use crate::context::Context;
use crate::threads::blocking;

/// Why nothing happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// For the metrics and the log.
    pub reason: &'static str,
    /// For whoever pressed it.
    pub words: String,
}

fn refusal(reason: &'static str, words: impl Into<String>) -> Refusal {
    Refusal {
        reason,
        words: words.into(),
    }
}

/// `post` is the vendor's name for the message under which it was pressed.
pub async fn check(
    context: &Context,
    button: &Button,
    action: Action,
    post: &str,
) -> Result<Subject, Refusal> {
    let now = Moment::read().wall;
    let sealed = button.check(&context.button_secrets, &context.config.site, now);
    sealed.map_err(|flaw| match flaw {
        Flaw::Forged => refusal(
            "forged_button",
            "this button is not one of the monitoring's",
        ),
        Flaw::Expired => refusal(
            "expired_button",
            "this button is more than 30 days old: use a newer message",
        ),
        Flaw::OtherSite => refusal(
            "other_site",
            "this message is from another monitoring site, which has a listener of its own",
        ),
    })?;
    if button.action != action {
        return Err(refusal(
            "forged_button",
            "this button is not one of the monitoring's",
        ));
    }
    let folder = context.desk.folder().clone();
    let (nonce, post) = (button.nonce.clone(), post.to_owned());
    match blocking(move || folder.claim_button(&nonce, &post)).await {
        Ok(Owner::ThisPost) => {}
        Ok(Owner::AnotherPost) => {
            return Err(refusal(
                "copied_button",
                "this button belongs to another message: use the one there",
            ));
        }
        Err(error) => {
            context.log().line(&format!("the state folder: {error}"));
            return Err(refusal(
                "state_folder",
                "the listener cannot write to its disk: tell an admin",
            ));
        }
    }
    subject(context, &button.reference).await.ok_or_else(|| {
        refusal(
            "unknown_object",
            "nothing is known of this object any more: use the monitoring itself",
        )
    })
}

/// The object that a reference means. A shortened one is looked for among what people were told.
pub async fn subject(context: &Context, reference: &str) -> Option<Subject> {
    match reference::read(reference)? {
        Referenced::Subject { site, subject } => (site == context.config.site).then_some(subject),
        Referenced::Shortened => {
            let folder = context.desk.folder().clone();
            let reference = reference.to_owned();
            blocking(move || {
                let lanes = folder.known_lanes().unwrap_or_default();
                let mut known = lanes
                    .iter()
                    .flat_map(|lane| folder.known_in(lane).unwrap_or_default());
                known
                    .find(|known| known.reference == reference)
                    .map(|known| known.subject)
            })
            .await
        }
    }
}
