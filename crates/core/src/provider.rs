//! What a vendor's crate has to say so that everything else can be shared. `docs/adding-a-provider.md` shows the way.

use std::fmt::Debug;
use std::time::Duration;

use serde_json::Value;

use crate::config::error::ConfigError;
use crate::config::secret::SecretSource;
use crate::config::section::Section;
use crate::digest::Digest;
use crate::http::{Method, Response, Wire};
use crate::message::Message;
use crate::story::Surface;
use crate::verdict::Verdict;

pub trait Provider: Sized + 'static {
    /// The config's section and the first half of a destination's name: `slack`.
    const NAME: &'static str;
    /// The name of the program: `slack-notify`.
    const PROGRAM: &'static str;
    /// The keys that make a section a destination of its own.
    const PLACE: &'static [&'static str];
    const SURFACE: Surface;
    /// What the section may say to the listener alone: secrets, in their three forms, and other keys.
    const ANSWER_SECRETS: &'static [&'static str];
    const ANSWER_KEYS: &'static [&'static str] = &[];
    /// The pace that the vendor asks for.
    const MIN_INTERVAL: Duration;
    /// What to write into an empty config.
    const SMALLEST_CONFIG: &'static str;

    /// What a destination's section says; its secrets stay where they are until the last moment.
    type Settings: Debug + Send + Sync;

    fn settings(section: &Section) -> Result<Self::Settings, ConfigError>;

    fn secrets(settings: &Self::Settings) -> Vec<&SecretSource>;

    /// What the message becomes.
    fn plan(message: &Message, settings: &Self::Settings) -> Plan;

    /// The request with its URL and credential; the error says which secret cannot be read and why.
    fn authorize(request: &Request, settings: &Self::Settings) -> anyhow::Result<Wire>;

    fn verdict(request: &Request, response: &Response) -> Verdict;

    /// The message once more in the plainest form, where the vendor refused its markup.
    fn plainer(
        _message: &Message,
        _settings: &Self::Settings,
        _refusal: &Response,
    ) -> Option<Request> {
        None
    }

    /// The same in the message that its problem has: `original` is the vendor's name for that. `standing` is how the
    /// problem's message looks from now on.
    fn follow_up(
        _message: &Message,
        _standing: Option<&Message>,
        _original: &str,
        _settings: &Self::Settings,
    ) -> Option<FollowUp> {
        None
    }

    /// Many notifications as one message; none where they are incidents.
    fn digest(_digest: &Digest, _settings: &Self::Settings) -> Option<Request> {
        None
    }

    /// Requests that prove what can be proven without posting anything visible.
    fn probes(settings: &Self::Settings) -> Vec<Probe>;

    /// What `--test` sends; a vendor that wakes people closes what it opens.
    fn test(message: &Message, settings: &Self::Settings) -> Vec<Request> {
        match Self::plan(message, settings) {
            Plan::Send(request) => vec![request],
            Plan::Nothing(_) => Vec::new(),
        }
    }
}

/// What is to be done with a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Plan {
    Send(Request),
    /// This vendor has no use for it, and why.
    Nothing(String),
}

/// Two requests instead of one.
#[derive(Clone, Debug, PartialEq)]
pub struct FollowUp {
    /// Of the problem's own message: done twice it changes nothing more.
    pub update: Option<Request>,
    pub reply: Request,
}

/// A vendor's request without its credential.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub method: Method,
    /// Which of the vendor's addresses; what it means is the provider's own business.
    pub endpoint: String,
    pub body: Option<Value>,
}

impl Request {
    pub fn post(endpoint: impl Into<String>, body: Value) -> Request {
        Request {
            method: Method::Post,
            endpoint: endpoint.into(),
            body: Some(body),
        }
    }

    pub fn put(endpoint: impl Into<String>, body: Value) -> Request {
        Request {
            method: Method::Put,
            endpoint: endpoint.into(),
            body: Some(body),
        }
    }

    pub fn get(endpoint: impl Into<String>) -> Request {
        Request {
            method: Method::Get,
            endpoint: endpoint.into(),
            body: None,
        }
    }
}

/// What an answer proves.
pub struct Proof {
    pub words: String,
    pub certainty: Certainty,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    Sure,
    /// It may work, or not.
    Doubtful,
}

impl From<String> for Proof {
    fn from(words: String) -> Proof {
        Proof {
            words,
            certainty: Certainty::Sure,
        }
    }
}

impl From<&str> for Proof {
    fn from(words: &str) -> Proof {
        Proof::from(words.to_owned())
    }
}

/// A question to the vendor that nobody sees.
pub struct Probe {
    pub request: Request,
    /// What the answer proves, or what is wrong.
    pub judge: fn(&Request, &Response) -> Result<Proof, String>,
    /// What the vendor does not let anybody prove this way.
    pub unproven: Option<&'static str>,
}
