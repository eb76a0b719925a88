//! How a preview is set up.

use std::net::SocketAddr;
use std::str::FromStr;

use crate::pace::Pace;

/// The default is a free port of 127.0.0.1, no TLS, a new Mattermost, no pace, nothing printed.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Must be a loopback address.
    pub address: Option<SocketAddr>,
    pub tls: Option<Tls>,
    pub mattermost: MattermostLimits,
    /// Of new messages, replies among them.
    pub pace: Option<Pace>,
    pub update_pace: Option<Pace>,
    pub print: Print,
    pub record: Record,
}

#[derive(Clone, Debug)]
pub struct Tls {
    pub certificate_chain_pem: Vec<u8>,
    pub private_key_pem: Vec<u8>,
    /// Where it is given, a client must show a certificate that one of these signed.
    pub client_ca_pem: Option<Vec<u8>>,
}

/// How many runes the JSON of a post's props may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MattermostLimits {
    /// 7,600, as seen on 5.37.
    Old,
    /// 800,000, as newer servers have it.
    #[default]
    New,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Print {
    #[default]
    Nothing,
    /// Accepted messages on stdout, a line for every other request on stderr.
    Terminal { colour: Colour },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colour {
    /// Where stdout is a terminal.
    #[default]
    Auto,
    Always,
    Never,
}

/// Whether requests are kept for [`Preview::received`](crate::Preview::received), and all messages and incidents;
/// a program that runs for days must not keep them, only as many messages as their senders may come back to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Record {
    #[default]
    Everything,
    Nothing,
}

impl FromStr for MattermostLimits {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "old" => Ok(Self::Old),
            "new" => Ok(Self::New),
            _ => Err("say old or new".to_string()),
        }
    }
}

impl FromStr for Colour {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "auto" => Ok(Self::Auto),
            "always" => Ok(Self::Always),
            "never" => Ok(Self::Never),
            _ => Err("say auto, always or never".to_string()),
        }
    }
}
