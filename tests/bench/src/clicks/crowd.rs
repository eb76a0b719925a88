//! Clicks at their times, whatever became of those before them: each over a connection of its own, signed as Slack signs.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use notify_core::button::{Action, Button};
use notify_core::config::secret::Secret;
use notify_core::notification::Subject;
use notify_core::reference::reference;
use notify_test::listener::slack_signature;
use serde_json::json;

use super::listener::{BUTTON_SECRET, Listener, SIGNING_SECRET, SITE};

pub struct Click {
    pub object: usize,
    /// Zero: nobody answered.
    pub status: u16,
    /// From the moment at which it was due.
    pub seconds: f64,
}

pub struct Crowd;

/// Enough that nobody waits for another one's answer.
const THREADS: usize = 32;
const PATIENCE: Duration = Duration::from_secs(20);

impl Crowd {
    pub fn press(listener: &Listener, rate: usize, count: usize) -> Vec<Click> {
        Crowd::press_at(listener.address, rate, count)
    }

    pub fn press_at(address: SocketAddr, rate: usize, count: usize) -> Vec<Click> {
        let next = AtomicUsize::new(0);
        let begun = Instant::now();
        let one_after_the_other = || {
            let mut clicks = Vec::new();
            loop {
                let object = next.fetch_add(1, Ordering::Relaxed);
                if object >= count {
                    return clicks;
                }
                let due = begun + Duration::from_secs_f64(object as f64 / rate as f64);
                thread::sleep(due.saturating_duration_since(Instant::now()));
                let status = click(address, object);
                clicks.push(Click {
                    object,
                    status,
                    seconds: due.elapsed().as_secs_f64(),
                });
            }
        };
        thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS)
                .map(|_| scope.spawn(one_after_the_other))
                .collect();
            let clicks = threads.into_iter().filter_map(|thread| thread.join().ok());
            clicks.flatten().collect()
        })
    }
}

fn click(address: SocketAddr, object: usize) -> u16 {
    let body = format!("payload={}", encoded(&payload(object).to_string()));
    let now = wall().to_string();
    let signature = slack_signature(SIGNING_SECRET, &now, body.as_bytes());
    let request = format!(
        "POST /slack/interaction HTTP/1.1\r\nHost: listener\r\nContent-Type: application/x-www-form-urlencoded\r\nX-Slack-Request-Timestamp: {now}\r\nX-Slack-Signature: {signature}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    answered(address, request.as_bytes()).unwrap_or(0)
}

fn answered(address: SocketAddr, request: &[u8]) -> Option<u16> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.write_all(request).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}

fn payload(object: usize) -> serde_json::Value {
    let reference = reference(SITE, &Subject::service(format!("host{object}"), "Ping"));
    let secret = Secret::new(BUTTON_SECRET);
    let nonce = format!("{object:024x}");
    let now = wall();
    let button = Button::new(&reference, Action::Acknowledge, &nonce, now as f64, &secret);
    let ts = format!("{now}.{object:06}");
    json!({
        "type": "block_actions",
        "team": {"id": "T1", "domain": "acme"},
        "user": {"id": "U1", "username": "max", "name": "max", "team_id": "T1"},
        "container": {"type": "message", "message_ts": ts, "channel_id": "C1", "is_ephemeral": false},
        "channel": {"id": "C1", "name": "alerts"},
        "message": {"type": "message", "ts": ts, "text": "CRITICAL", "attachments": []},
        "actions": [{
            "type": "button",
            "action_id": "acknowledge",
            "block_id": "answers",
            "value": serde_json::to_string(&button).unwrap_or_default(),
            "action_ts": ts,
        }],
    })
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                encoded.push(byte.into());
            }
            _ => encoded += &format!("%{byte:02X}"),
        }
        encoded
    })
}

fn wall() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}
