//! The bench on which the real programs are tested: a temporary folder with a config, a scrubbed environment, the
//! vendors' stand-in on a port of its own, and a look at every captured stream for secrets.

pub mod certificates;
pub mod clock;
pub mod command_lines;
pub mod fake_icinga;
pub mod fake_nagios;
pub mod fake_openitcockpit;
pub mod flood;
pub mod golden;
pub mod hostile;
pub mod kill;
pub mod listener;
pub mod namespace;
pub mod proxy;
pub mod queue;
pub mod resolver;
pub mod stand_in;

// What all three programs promise alike, tested through each of them.
pub mod arguments;
pub mod broken_threads;
pub mod by_hand;
pub mod chat;
pub mod configuration;
pub mod context;
pub mod copies;
pub mod delivery;
pub mod digests;
pub mod downtimes;
pub mod environment;
pub mod failures;
pub mod filters;
pub mod held_back;
pub mod lasted;
pub mod late;
pub mod late_chat;
pub mod links;
pub mod mistakes;
pub mod names;
pub mod notifications;
pub mod proxying;
pub mod queued;
pub mod repeats;
pub mod routing;
pub mod secrets;
pub mod storm;
pub mod threads;
pub mod trust;
pub mod values;

mod bench;

pub use bench::{Bench, HOST_DOWN, NO_FLOOD, Program, Run};
pub use notify_preview::{
    Agent, Answer, Calls, Click, Clicked, Connection, Deletion, Fault, Happened, Incident,
    IncidentStatus, MattermostLimits, Options, Pace, Preview, Received, Shown, SlackPerson,
    SlackView, Tls, Webhook, Whisper,
};

/// One test per promise of a module of this crate: `promises!(arguments, crate::PROGRAM; first, second,)`.
#[macro_export]
macro_rules! promises {
    ($module:ident, $program:expr; $($promise:ident,)*) => {
        mod $module {
            $(#[test] fn $promise() { $crate::$module::$promise($program); })*
        }
    };
}
