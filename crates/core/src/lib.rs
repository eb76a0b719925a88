//! The path of a notification, module by module in its order; [`program`] reads in that order. Nothing here knows a
//! vendor: what is a vendor's stands in its own crate, behind [`provider::Provider`].
//!
//! arguments + macros → [`notification::Notification`] → destinations → [`entry::Entry`] → [`message::Message`] →
//! [`provider::Request`] → [`verdict::Verdict`] → [`receipt::Receipt`] → [`exit::Exit`]

pub mod program;

pub mod args;
pub mod environment;
pub mod given;
pub mod notification;
pub mod vocabulary;

pub mod config;
pub mod connection;
pub mod routing;

pub mod answer;
pub mod button;
pub mod deliver;
pub mod digest;
pub mod drain;
pub mod entry;
pub mod queued;
pub mod reference;
pub mod story;
pub mod unrouted;

pub mod links;
pub mod message;
pub mod names;
pub mod output;
pub mod per_state;
pub mod text;
pub mod time;

pub mod http;
pub mod now;
pub mod provider;
pub mod schedule;
pub mod tls;
pub mod verdict;

pub mod exit;
pub mod kill_points;
pub mod owner;
pub mod receipt;
pub mod state_folder;
pub mod syslog;

pub mod check;
pub mod dry_run;
pub mod explain;
pub mod plugin;
