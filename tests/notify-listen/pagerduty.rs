//! PagerDuty's way back, between the real notifier, the stand-in and a core.

#[path = "pagerduty/bad_input.rs"]
mod bad_input;
#[path = "pagerduty/echo.rs"]
mod echo;
#[path = "pagerduty/generic.rs"]
mod generic;
#[path = "pagerduty/lookups.rs"]
mod lookups;
#[path = "pagerduty/polling.rs"]
mod polling;
#[path = "pagerduty/stage.rs"]
mod stage;
#[path = "pagerduty/webhooks.rs"]
mod webhooks;
