//! PagerDuty: webhooks V3 and generic V2, and polling where no port is open.

mod account;
pub mod basic;
mod bring;
pub mod event;
mod memory;
mod poll;
mod rest;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use notify_core::config::Config;
use notify_core::now::Moment;
use serde_json::Value;

use crate::answer::{Answer, News, Person, Source};
use crate::context::Context;
use crate::metrics::Counter;
use crate::signature::Unsigned;
use crate::vendor::{Membership, Vendor};
use account::Account;
use bring::{Later, bring};
use event::{Event, Flaw};

pub struct PagerDuty {
    accounts: Vec<Arc<Account>>,
}

#[derive(Clone)]
struct Inlet {
    pagerduty: Arc<PagerDuty>,
    context: Arc<Context>,
}

/// What PagerDuty is answered: 5xx is sent again for two days, and three of any other 4xx end the subscription.
type Reply = (StatusCode, &'static str);

const TAKEN: Reply = (StatusCode::ACCEPTED, "taken\n");
const STRANGE: Reply = (
    StatusCode::BAD_REQUEST,
    "this is no webhook of PagerDuty's\n",
);
const LATER: Reply = (
    StatusCode::SERVICE_UNAVAILABLE,
    "not now: please send it again\n",
);

impl PagerDuty {
    /// `None`: nothing in the config wants answers from PagerDuty.
    pub fn read(config: &Arc<Config>) -> anyhow::Result<Option<PagerDuty>> {
        let accounts: Vec<_> = account::read(config)?.into_iter().map(Arc::new).collect();
        Ok((!accounts.is_empty()).then_some(PagerDuty { accounts }))
    }

    /// Polling, where the config wants it.
    pub fn start(self: &Arc<PagerDuty>, context: &Arc<Context>) {
        for account in &self.accounts {
            if let Some(every) = account.poll {
                let (context, account) = (Arc::clone(context), Arc::clone(account));
                tokio::spawn(poll::poll(context, account, every));
            }
        }
    }

    pub fn routes(self: Arc<PagerDuty>, context: Arc<Context>) -> Router {
        let mut router = Router::new();
        if self.accounts.iter().any(|account| account.has_v3()) {
            router = router.route("/pagerduty/v3", post(v3));
        }
        if self.accounts.iter().any(|account| account.has_v2()) {
            router = router.route("/pagerduty/v2", post(v2));
        }
        router.with_state(Inlet {
            pagerduty: self,
            context,
        })
    }

    /// Asks PagerDuty, so it may wait for the network.
    pub fn check(&self) -> Vec<Result<String, String>> {
        let with_key = self
            .accounts
            .iter()
            .filter_map(|account| Some((&account.table, account.rest.as_ref()?)));
        with_key
            .map(|(table, rest)| match rest.check() {
                Ok(()) => Ok(format!("[{table}]: api_key works at {}", rest.url())),
                Err(trouble) => Err(format!("[{table}]: api_key: {}", trouble.why)),
            })
            .collect()
    }

    fn signed(&self, headers: &HeaderMap, body: &[u8]) -> Result<Arc<Account>, Unsigned> {
        let given = headers.get_all("X-PagerDuty-Signature");
        let given: Vec<&str> = given.iter().filter_map(|one| one.to_str().ok()).collect();
        let signatures = (!given.is_empty()).then(|| given.join(","));
        let mut signer = Err(Unsigned::Missing);
        // All of them, so that the time taken tells nothing.
        for account in self.accounts.iter().rev() {
            match account.signed(signatures.as_deref(), body) {
                Ok(()) => signer = Ok(Arc::clone(account)),
                Err(unsigned) if signer.is_err() => signer = Err(unsigned),
                Err(_) => {}
            }
        }
        signer
    }

    fn who_knows(&self, password: &str) -> Option<Arc<Account>> {
        // All of them, so that the time taken tells nothing.
        let knowing = self
            .accounts
            .iter()
            .filter(|account| account.knows(password));
        let knowing: Vec<_> = knowing.collect();
        knowing.first().map(|account| Arc::clone(account))
    }
}

async fn v3(State(inlet): State<Inlet>, headers: HeaderMap, body: Bytes) -> Reply {
    let account = match inlet.pagerduty.signed(&headers, &body) {
        Ok(account) => account,
        Err(unsigned) => {
            let line = "a webhook whose signature none of webhook_secrets made";
            inlet.refuse(unsigned.reason(), line);
            return inlet.answered((StatusCode::UNAUTHORIZED, "not signed\n"));
        }
    };
    let Some(body) = object(&body) else {
        return inlet.strange();
    };
    let event = event::of_v3(&body, Moment::read().wall);
    let done = inlet.one(&account, event).await;
    inlet.finished(done)
}

async fn v2(State(inlet): State<Inlet>, headers: HeaderMap, body: Bytes) -> Reply {
    let given = basic::password(&headers);
    let account = given
        .as_deref()
        .map(|given| inlet.pagerduty.who_knows(given));
    let account = match account {
        Some(Some(account)) => account,
        wrong => {
            let reason = match wrong {
                Some(_) => "password_wrong",
                None => "password_missing",
            };
            inlet.refuse(reason, "a webhook (V2) without webhook_password");
            return inlet.answered((StatusCode::UNAUTHORIZED, "wrong password\n"));
        }
    };
    let body = object(&body);
    let Some(messages) = body.as_ref().and_then(|body| body["messages"].as_array()) else {
        return inlet.strange();
    };
    let mut done = Ok(());
    for message in messages {
        let event = event::of_v2(message, Moment::read().wall);
        let this = inlet.one(&account, event).await;
        done = done.and(this);
    }
    inlet.finished(done)
}

fn object(body: &[u8]) -> Option<Value> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body.is_object().then_some(body)
}

impl Inlet {
    async fn one(
        &self,
        account: &Arc<Account>,
        event: Result<Option<Event>, Flaw>,
    ) -> Result<(), Later> {
        match event {
            Ok(Some(event)) => bring(&self.context, account, event).await,
            Ok(None) => Ok(()),
            Err(flaw) => {
                // No 4xx: who changes the format a little must not lose the subscription.
                self.refuse("strange_event", &format!("{flaw} is ignored"));
                Ok(())
            }
        }
    }

    fn finished(&self, done: Result<(), Later>) -> Reply {
        match done {
            Ok(()) => self.answered(TAKEN),
            Err(Later(why)) => {
                let line = format!("PagerDuty is to send an event again: {why}");
                self.refuse("not_now", &line);
                self.answered(LATER)
            }
        }
    }

    fn strange(&self) -> Reply {
        self.refuse(
            "strange_body",
            "a webhook that is no JSON object of PagerDuty's",
        );
        self.answered(STRANGE)
    }

    fn refuse(&self, reason: &'static str, line: &str) {
        let source = Source::PagerDuty.name();
        self.context.refuse(source, reason, line);
    }

    fn answered(&self, reply: Reply) -> Reply {
        let status = match reply.0 {
            StatusCode::ACCEPTED => "202",
            StatusCode::BAD_REQUEST => "400",
            StatusCode::UNAUTHORIZED => "401",
            _ => "503",
        };
        let source = Source::PagerDuty.name();
        self.context
            .metrics()
            .count(Counter::Requests, source, status);
        reply
    }
}

impl Vendor for PagerDuty {
    /// PagerDuty has let them act on the incident: its own rights decide.
    fn membership(&self, _person: &Person) -> Result<Membership, String> {
        Ok(Membership::Full)
    }

    /// Its incident shows what the core's own notification makes of it.
    fn tell(&self, _answer: &Answer, _news: &News) {}
}
