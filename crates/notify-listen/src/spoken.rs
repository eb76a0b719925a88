//! What people write: `ack web01/Ping disk ordered`, the same in Slack and in Mattermost.

use std::sync::Arc;

use notify_core::notification::Subject;

use crate::answer::Wish;
use crate::monitoring::Core;

/// What somebody's words come to.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    Wish {
        subject: Subject,
        wish: Wish,
    },
    /// Nothing is done, and this is answered.
    Answer(String),
}

/// Asks the core, so it may wait for the network.
pub fn understand(_text: &str, _core: &Arc<dyn Core>) -> Said {
    Said::Answer(String::new())
}
