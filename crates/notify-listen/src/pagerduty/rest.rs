//! PagerDuty's REST API, read only. Its calls wait for the network, so they run on threads of their own.

use std::time::Duration;

use notify_core::config::Config;
use notify_core::config::secret::Secret;
use notify_core::connection::Connection;
use notify_core::http::{Client, Method, Response, Wire};
use notify_core::now::{Deadline, Now};
use notify_core::time;
use serde_json::Value;

pub struct Rest {
    url: String,
    key: Secret,
    client: Client,
}

/// Why there is nothing to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub why: String,
    /// As the vendor wishes.
    pub after: Option<Duration>,
}

/// A webhook is to be answered within five seconds.
const LOOK_UP: Duration = Duration::from_secs(3);
const POLL: Duration = Duration::from_secs(120);
const CHECK: Duration = Duration::from_secs(10);

/// The largest page.
const PAGE: usize = 100;
/// An incident holds a thousand alerts.
const ALERT_PAGES: usize = 10;
/// The API shows no more than ten thousand of anything.
const LOG_PAGES: usize = 100;

impl Rest {
    pub fn new(
        url: &str,
        key: Secret,
        connection: &Connection,
        config: &Config,
    ) -> anyhow::Result<Rest> {
        Ok(Rest {
            url: url.to_owned(),
            key,
            client: Client::new(connection, url, config.connect_timeout, config)?,
        })
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// The dedup keys of all its alerts; none where it is not known, or not known yet.
    pub fn alerts(&self, incident: &str) -> Result<Vec<String>, Trouble> {
        let path = format!("/incidents/{incident}/alerts");
        let alerts = self.pages(&path, "", "alerts", ALERT_PAGES, LOOK_UP)?;
        let key = |alert: &Value| {
            let given = [
                &alert["alert_key"],
                &alert["body"]["cef_details"]["dedup_key"],
            ];
            let mut given = given.into_iter().filter_map(Value::as_str);
            given.find(|key| !key.is_empty()).map(str::to_owned)
        };
        Ok(alerts.iter().filter_map(key).collect())
    }

    /// Everything that happened to incidents since this moment, the oldest first.
    pub fn log_entries(&self, since: f64) -> Result<Vec<Value>, Trouble> {
        let since = time::rfc3339(since).unwrap_or_default();
        // Without its channel a note has no words.
        let wanted = format!("&since={since}&include%5B%5D=channels");
        let mut entries = self.pages("/log_entries", &wanted, "log_entries", LOG_PAGES, POLL)?;
        // They come with the youngest first, and several in a second.
        entries.reverse();
        let at = |entry: &Value| entry["created_at"].as_str().unwrap_or_default().to_owned();
        entries.sort_by_key(at);
        Ok(entries)
    }

    /// Every key may ask that.
    pub fn check(&self) -> Result<(), Trouble> {
        match self.get("/abilities", Now::read().deadline(CHECK))?.status {
            200 => Ok(()),
            status => Err(refused(status, None)),
        }
    }

    fn pages(
        &self,
        path: &str,
        wanted: &str,
        list: &str,
        at_most: usize,
        within: Duration,
    ) -> Result<Vec<Value>, Trouble> {
        let deadline = Now::read().deadline(within);
        let mut all = Vec::new();
        for page in 0..at_most {
            let offset = page * PAGE;
            let query = format!("{path}?limit={PAGE}&offset={offset}{wanted}");
            let response = self.get(&query, deadline)?;
            if response.status == 404 {
                break;
            }
            if response.status != 200 {
                return Err(refused(response.status, response.retry_after));
            }
            let body: Value = serde_json::from_str(&response.body).unwrap_or_default();
            let Some(found) = body[list].as_array() else {
                return Err(Trouble {
                    why: format!("{} does not answer like PagerDuty", self.url),
                    after: None,
                });
            };
            all.extend(found.iter().cloned());
            if body["more"] != true || found.is_empty() {
                break;
            }
        }
        Ok(all)
    }

    fn get(&self, path: &str, deadline: Deadline) -> Result<Response, Trouble> {
        let wire = Wire {
            method: Method::Get,
            url: format!("{}{path}", self.url),
            headers: vec![
                (
                    "Authorization",
                    format!("Token token={}", self.key.expose()),
                ),
                (
                    "Accept",
                    "application/vnd.pagerduty+json;version=2".to_owned(),
                ),
            ],
            body: None,
        };
        let answer = self.client.send(&wire, deadline);
        answer.map_err(|error| Trouble {
            why: error.to_string(),
            after: None,
        })
    }
}

/// Never in the vendor's words: they may hold the key.
fn refused(status: u16, after: Option<Duration>) -> Trouble {
    let why = match status {
        401 | 403 => format!("PagerDuty refuses the api_key ({status}): make a new one"),
        429 => "PagerDuty is limiting the rate (429)".to_owned(),
        _ => format!("PagerDuty's REST API answered {status}"),
    };
    Trouble { why, after }
}
