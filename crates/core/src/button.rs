//! What a button under a message asks for, sealed: whoever presses it sends it back, and in Mattermost anybody may send
//! one of his own making.

use std::fs::File;
use std::io::{self, Read};

use hmac::{Hmac, KeyInit, Mac};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use sha2::Sha256;

use crate::config::secret::Secret;
use crate::reference;
use crate::state_folder::lane::hex;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    pub reference: String,
    pub action: Action,
    /// One per message: it belongs to the first post that uses it.
    pub nonce: String,
    /// Seconds since 1970.
    #[serde(deserialize_with = "whole")]
    pub expires: u64,
    pub seal: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Acknowledge,
    /// Everything else, by a dialogue or a list.
    More,
}

/// Why a button is worth nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    Forged,
    Expired,
    /// Another pair of cores made it: its listener will know the object.
    OtherSite,
}

/// So long a button can be used.
const VALID: u64 = 30 * 24 * 3_600;
const NONCE_BYTES: usize = 12;
/// In place of a seal that nobody may use.
const UNSEALED: &str = "…";

impl Button {
    pub fn new(reference: &str, action: Action, nonce: &str, now: f64, secret: &Secret) -> Button {
        let mut button = Button {
            reference: reference.to_owned(),
            action,
            nonce: nonce.to_owned(),
            expires: now as u64 + VALID,
            seal: String::new(),
        };
        button.seal = hex(&button.mac(secret).finalize().into_bytes());
        button
    }

    /// Whether one of `secrets` sealed it, for this site, and not too long ago.
    pub fn check(&self, secrets: &[Secret], site: &str, now: f64) -> Result<(), Flaw> {
        let sealed = unhex(&self.seal).is_some_and(|seal| {
            // All of them, so that the time taken tells nothing.
            let matching = secrets.iter().filter(|secret| {
                let mac = self.mac(secret);
                mac.verify_slice(&seal).is_ok()
            });
            matching.count() > 0
        });
        match reference::site(&self.reference) {
            _ if !sealed => Err(Flaw::Forged),
            Some(other) if other != site => Err(Flaw::OtherSite),
            None => Err(Flaw::Forged),
            Some(_) if now > self.expires as f64 => Err(Flaw::Expired),
            Some(_) => Ok(()),
        }
    }

    /// Each field with its length before it: no two buttons are the same text.
    fn mac(&self, secret: &Secret) -> Hmac<Sha256> {
        let mut mac = keyed(secret.expose().as_bytes());
        let action = match self.action {
            Action::Acknowledge => "acknowledge",
            Action::More => "more",
        };
        let expires = self.expires.to_string();
        for field in [&self.reference, action, &self.nonce, &expires] {
            mac.update(&(field.len() as u64).to_be_bytes());
            mac.update(field.as_bytes());
        }
        mac
    }
}

/// HMAC takes keys of any length.
pub fn keyed(key: &[u8]) -> Hmac<Sha256> {
    <Hmac<Sha256> as KeyInit>::new_from_slice(key).unwrap_or_else(|_| {
        let empty: hmac::digest::Key<Hmac<Sha256>> = Default::default();
        <Hmac<Sha256> as KeyInit>::new(&empty)
    })
}

/// HMAC-SHA256 over the parts, in hexadecimal.
pub fn signed(key: &[u8], parts: &[&[u8]]) -> String {
    let mut mac = keyed(key);
    for part in parts {
        mac.update(part);
    }
    hex(&mac.finalize().into_bytes())
}

/// Mattermost sends numbers through a float64, and may write them as one.
pub fn whole<'de, D: Deserializer<'de>>(number: D) -> Result<u64, D::Error> {
    let number = f64::deserialize(number)?;
    match number >= 0.0 && number.fract() == 0.0 {
        true => Ok(number as u64),
        false => Err(D::Error::custom("no whole number")),
    }
}

pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if digits.is_empty() || !digits.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    let pairs = digits.chunks_exact(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.map(byte).collect()
}

/// What nobody can guess, in hexadecimal.
pub fn random(bytes: usize) -> io::Result<String> {
    let mut random = vec![0; bytes];
    File::open("/dev/urandom")?.read_exact(&mut random)?;
    Ok(hex(&random))
}

/// The buttons of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buttons {
    pub acknowledge: Button,
    pub more: Button,
    pub standing: Standing,
    /// Where a vendor calls that does not keep this to itself: Mattermost.
    pub public_url: String,
}

/// How the problem stands that they are under.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    #[default]
    Unhandled,
    /// *Acknowledge too*.
    Acknowledged,
}

impl Buttons {
    pub fn new(
        reference: &str,
        standing: Standing,
        now: f64,
        public_url: &str,
        secret: &Secret,
    ) -> io::Result<Buttons> {
        let nonce = random(NONCE_BYTES)?;
        let button = |action| Button::new(reference, action, &nonce, now, secret);
        Ok(Buttons {
            acknowledge: button(Action::Acknowledge),
            more: button(Action::More),
            standing,
            public_url: public_url.to_owned(),
        })
    }

    /// What is printed must open nothing.
    pub fn unseal(&mut self) {
        for button in [&mut self.acknowledge, &mut self.more] {
            button.seal = UNSEALED.to_owned();
            button.nonce = UNSEALED.to_owned();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: f64 = 1_800_000_000.0;

    fn secrets() -> Vec<Secret> {
        vec![
            Secret::new("0123456789abcdef"),
            Secret::new("the one before it"),
        ]
    }

    fn button() -> Button {
        Button::new(
            "mon:v1:berlin/web01/Ping",
            Action::Acknowledge,
            "abc",
            NOW,
            &secrets()[0],
        )
    }

    #[test]
    fn the_previous_secret_is_accepted_and_a_stranger_s_is_not() {
        let sealed = |by: &str| {
            Button::new(
                "mon:v1:berlin/web01",
                Action::More,
                "abc",
                NOW,
                &Secret::new(by),
            )
        };
        assert_eq!(
            sealed("the one before it").check(&secrets(), "berlin", NOW),
            Ok(())
        );
        assert_eq!(
            sealed("somebody else's!").check(&secrets(), "berlin", NOW),
            Err(Flaw::Forged)
        );
    }

    #[test]
    fn a_button_is_of_one_site_and_ends_after_thirty_days() {
        let later = |days: f64| NOW + days * 86_400.0;
        assert_eq!(button().check(&secrets(), "berlin", later(29.9)), Ok(()));
        assert_eq!(
            button().check(&secrets(), "berlin", later(30.1)),
            Err(Flaw::Expired)
        );
        assert_eq!(
            button().check(&secrets(), "paris", NOW),
            Err(Flaw::OtherSite)
        );
    }

    #[test]
    fn a_button_survives_a_number_that_became_a_float() {
        let mut sent = serde_json::to_value(button()).unwrap();
        sent["expires"] = serde_json::json!(sent["expires"].as_f64());
        assert_eq!(serde_json::from_value::<Button>(sent).unwrap(), button());
        let mut sent = serde_json::to_value(button()).unwrap();
        sent["expires"] = serde_json::json!(0.5);
        assert!(serde_json::from_value::<Button>(sent).is_err());
    }

    #[test]
    fn what_is_printed_opens_nothing() {
        let mut buttons = Buttons::new(
            "mon:v1:berlin/web01",
            Standing::Unhandled,
            NOW,
            "https://example.com",
            &secrets()[0],
        )
        .unwrap();
        buttons.unseal();
        assert_eq!(
            buttons.acknowledge.check(&secrets(), "berlin", NOW),
            Err(Flaw::Forged)
        );
    }

    proptest! {
        #[test]
        fn a_button_with_anything_changed_is_forged(
            host in "[a-z]{1,8}",
            nonce in "[a-f0-9]{0,8}",
            expires in any::<u64>(),
            seal in "[a-f0-9]{64}|.{0,70}",
        ) {
            let made = button();
            let changed = [
                Button { reference: format!("mon:v1:berlin/{host}"), ..made.clone() },
                Button { action: Action::More, ..made.clone() },
                Button { nonce, ..made.clone() },
                Button { expires, ..made.clone() },
                Button { seal, ..made.clone() },
            ];
            for button in changed {
                if button != made {
                    prop_assert_eq!(button.check(&secrets(), "berlin", NOW), Err(Flaw::Forged));
                }
            }
        }
    }
}
