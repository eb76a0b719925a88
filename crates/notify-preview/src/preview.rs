//! A stand-in for Slack, Mattermost and PagerDuty on loopback: it checks what it gets as they do,
//! answers as they do, and shows each accepted message as a person would see it.
//!
//! The path of a request: `server` → `http` → `exchange` (fault? vendor?) → `slack`, `mattermost` or
//! `pagerduty` → `board` or `incidents` (what there is now) → `show`.

mod blocks;
mod board;
mod calls;
mod exchange;
mod faults;
mod form;
mod http;
mod incidents;
mod markdown;
mod markup;
mod mattermost;
mod mattermost_click;
mod mattermost_page;
mod mattermost_payload;
mod mattermost_posts;
mod mattermost_rest;
mod mattermost_split;
mod options;
mod pace;
mod pagerduty;
mod pagerduty_event;
mod pagerduty_log;
mod pagerduty_rest;
mod pagerduty_webhook;
mod received;
mod server;
mod show;
mod slack;
mod slack_answers;
mod slack_api;
mod slack_message;
mod slack_page;
mod slack_people;
mod slack_post;
mod tls;
mod wire;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

pub use board::{Deletion, Shown};
pub use calls::Calls;
pub use faults::Fault;
pub use http::Answer;
pub use incidents::{Incident, IncidentStatus};
pub use mattermost_click::{Click, Clicked, Connection};
pub use options::{Colour, MattermostLimits, Options, Print, Record, Tls};
pub use pace::Pace;
pub use pagerduty_log::{Agent, Happened, Webhook};
pub use received::Received;
pub use slack_answers::{SlackView, Whisper};
pub use slack_people::SlackPerson;

use exchange::Exchange;
use server::Server;

/// A running stand-in. Dropping it ends every connection, joins its threads and frees the port.
pub struct Preview {
    exchange: Arc<Exchange>,
    server: Server,
    scheme: Scheme,
}

#[derive(Clone, Copy)]
enum Scheme {
    Http,
    Https,
}

impl Preview {
    pub fn start(options: Options) -> io::Result<Preview> {
        let scheme = match options.tls {
            Some(_) => Scheme::Https,
            None => Scheme::Http,
        };
        let address = options.address;
        let tls = options.tls.as_ref().map(tls::server_config).transpose()?;
        let exchange = Arc::new(Exchange::new(options));
        let server = Server::start(address, tls, Arc::clone(&exchange))?;
        Ok(Preview {
            exchange,
            server,
            scheme,
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// `http://127.0.0.1:PORT`, or `https://localhost:PORT` since certificates name hosts.
    pub fn url(&self) -> String {
        match self.scheme {
            Scheme::Https => format!("https://localhost:{}", self.address().port()),
            Scheme::Http => format!("http://{}", self.address()),
        }
    }

    pub fn slack_webhook(&self) -> String {
        format!(
            "{}/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
            self.url()
        )
    }

    /// Where Slack's webhooks post.
    pub fn slack_webhook_channel(&self) -> &'static str {
        slack::WEBHOOK_CHANNEL
    }

    /// What `web_api_url` is to say.
    pub fn slack_web_api(&self) -> String {
        format!("{}/api", self.url())
    }

    pub fn mattermost_webhook(&self) -> String {
        format!("{}/hooks/abcdefghijklmnopqrstuvwxyz", self.url())
    }

    pub fn pagerduty_v2(&self) -> String {
        format!("{}/v2/enqueue", self.url())
    }

    pub fn pagerduty_v1(&self) -> String {
        format!("{}/generic/2010-04-15/create_event.json", self.url())
    }

    /// Queues a fault for the next request to a vendor's address; paths of
    /// [`answer_path`](Self::answer_path) are left alone.
    pub fn next(&self, fault: Fault) {
        self.exchange.next(None, fault);
    }

    /// Queues a fault for the next request of this sort; the others pass it by.
    ///
    /// The vendor does nothing with a request that is answered with [`Fault::Answer`], or not at all. With
    /// [`Fault::HalfBody`] it does what was asked, and the client does not learn so.
    pub fn next_on(&self, calls: Calls, fault: Fault) {
        self.exchange.next(Some(calls), fault);
    }

    /// The fault of every request for which none is queued, until changed.
    pub fn always(&self, fault: Option<Fault>) {
        self.exchange.always(None, fault);
    }

    /// The fault of every request of this sort for which none is queued, until changed; before that of
    /// [`always`](Self::always).
    pub fn always_on(&self, calls: Calls, fault: Option<Fault>) {
        self.exchange.always(Some(calls), fault);
    }

    /// What a person finds now in a channel of Slack (id, or the name that was posted to) or Mattermost (id), oldest
    /// first, with deleted ones. Replies stand in their threads alone. What webhooks posted is in
    /// [`slack_webhook_channel`](Self::slack_webhook_channel) and [`webhook_posts`](Self::webhook_posts).
    pub fn channel(&self, name_or_id: &str) -> Vec<Shown> {
        self.exchange.channel(name_or_id)
    }

    /// What a webhook of Mattermost's posted, oldest first, as people find it now.
    pub fn webhook_posts(&self) -> Vec<Shown> {
        self.exchange.channel(mattermost::WEBHOOK_CHANNEL)
    }

    /// As if a person clicked on a button of a post in Mattermost: the listener is asked as the server asks it, and the
    /// post becomes what it answers.
    pub fn click(&self, click: &Click) -> Clicked {
        self.exchange.click(click)
    }

    /// As if a person deleted the message: nobody can update it any more. In Slack nobody can reply either, unless
    /// there are replies already, which stay; in Mattermost they go with it.
    pub fn delete(&self, reference: &str) -> Deletion {
        self.exchange.delete(reference)
    }

    /// PagerDuty's incidents in the order of their opening, resolved ones too.
    pub fn incidents(&self) -> Vec<Incident> {
        self.exchange.incidents()
    }

    /// As if somebody did this to an incident in PagerDuty; panics where there is none of this id.
    pub fn in_pagerduty(&self, incident: &str, agent: Agent, what: Happened) {
        let done = self.exchange.act(incident, agent, what);
        assert!(done.is_some(), "PagerDuty has no incident {incident}");
    }

    /// What PagerDuty's webhooks say of everything that happened to incidents so far, events' doings too, the oldest first.
    pub fn webhooks(&self) -> Vec<Webhook> {
        self.exchange.webhooks()
    }

    /// Any request for exactly this path (without its query) gets this answer.
    pub fn answer_path(&self, path: &str, answer: Answer) {
        self.exchange.answer_path(path, answer);
    }

    /// Everything received so far, in order of arrival, faulted requests too.
    pub fn received(&self) -> Vec<Received> {
        self.exchange.received()
    }

    /// Waits until `count` requests have arrived, or for `at_most`; returns what there is then.
    pub fn wait_for(&self, count: usize, at_most: Duration) -> Vec<Received> {
        self.exchange.wait_for(count, at_most)
    }

    fn with_slack<T>(&self, act: impl FnOnce(&mut slack::Slack) -> T) -> T {
        self.exchange.with_slack(act)
    }

    pub fn unused_faults(&self) -> usize {
        self.exchange.unused_faults()
    }
}
