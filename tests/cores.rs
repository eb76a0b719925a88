//! Real monitoring cores on this machine, with the definitions from the documents, bring their notifications.

#[path = "cores/answers.rs"]
mod answers;
#[path = "cores/daemon.rs"]
mod daemon;
#[path = "documents/fences.rs"]
mod fences;
#[path = "cores/icinga.rs"]
mod icinga;
#[path = "cores/icinga_answers.rs"]
mod icinga_answers;
#[path = "cores/icinga_api.rs"]
mod icinga_api;
#[path = "cores/nagios.rs"]
mod nagios;
#[path = "documents/stage.rs"]
mod stage;
#[path = "cores/told.rs"]
mod told;
