//! Takes people's answers and gives them to the core. An answer's way: a vendor's part (`slack`, `mattermost`,
//! `pagerduty`: who sent it, what it says) → `desk` (kept on disk, in line with those about the same object) →
//! `people` (who may) → `carry` (told to the core and read back, as `verdict` decides; `monitoring` knows the cores)
//! → told to the person.

mod answer;
mod carry;
mod check;
mod command;
mod context;
mod desk;
mod door;
mod duration;
mod expiry;
mod form;
mod health;
mod log;
mod mattermost;
mod media_type;
mod metrics;
mod monitoring;
mod notify_socket;
mod pagerduty;
pub mod parsers;
mod people;
mod press;
mod program;
mod recent;
mod server;
mod signature;
mod slack;
mod spoken;
mod threads;
mod urls;
mod vendor;
mod verdict;

pub use program::run;
