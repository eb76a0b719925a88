//! A small HTTP server on loopback for the stand-ins of cores' REST APIs, and how they can misbehave.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Map, Value};

/// One request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub method: String,
    /// With what is behind its question mark.
    pub path: String,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    pub status: u16,
    pub body: String,
    pub manner: Manner,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    Whole,
    /// Half of the body, and the connection is closed.
    Half,
    /// Nothing is ever said.
    Never,
}

/// What goes wrong instead of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    Status(u16),
    NotJson,
    HalfBody,
    Hangs,
    /// The answer is right, and late.
    Slow(Duration),
    /// What it was told is done, and the answer is lost.
    AnswerLost,
}

pub struct StandIn {
    address: SocketAddr,
    ending: Arc<AtomicBool>,
    listener: Option<JoinHandle<()>>,
}

type Handler = dyn Fn(&Asked) -> Said + Send + Sync;

impl StandIn {
    pub fn start(answer: impl Fn(&Asked) -> Said + Send + Sync + 'static) -> StandIn {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("its address");
        let answer: Arc<Handler> = Arc::new(answer);
        let ending = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&ending);
        let listener = thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                let answer = Arc::clone(&answer);
                // Ends with the client's connection.
                thread::spawn(move || serve(stream.ok()?, &*answer));
            }
        });
        StandIn {
            address,
            ending,
            listener: Some(listener),
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::SeqCst);
        // It waits for a connection.
        let _ = TcpStream::connect(self.address);
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(header, _)| header == name);
        found.map(|(_, value)| &**value)
    }

    fn read(stream: &mut impl BufRead) -> Option<Asked> {
        let line = line(stream)?;
        let mut words = line.split(' ');
        let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
        let mut headers = Vec::new();
        loop {
            let line = self::line(stream)?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut asked = Asked {
            method,
            path,
            headers,
            body: String::new(),
        };
        let length = asked.header("content-length").map(str::parse);
        let mut body = vec![0; length.and_then(Result::ok).unwrap_or(0)];
        stream.read_exact(&mut body).ok()?;
        asked.body = String::from_utf8(body).expect("UTF-8");
        Some(asked)
    }
}

impl Said {
    pub fn json(status: u16, body: &Value) -> Said {
        Said {
            status,
            body: body.to_string(),
            manner: Manner::Whole,
        }
    }
}

impl Wrong {
    /// What is said; `act` does what was asked.
    pub fn said(wrong: Option<Wrong>, act: impl FnOnce() -> Said) -> Said {
        let page = |status| Said {
            status,
            body: "<html>not now</html>".to_owned(),
            manner: Manner::Whole,
        };
        match wrong {
            None => act(),
            Some(Wrong::Status(status)) => page(status),
            Some(Wrong::NotJson) => page(200),
            Some(Wrong::Hangs) => Said {
                manner: Manner::Never,
                ..page(200)
            },
            Some(Wrong::HalfBody) => Said {
                manner: Manner::Half,
                ..page(200)
            },
            Some(Wrong::Slow(time)) => {
                thread::sleep(time);
                act()
            }
            Some(Wrong::AnswerLost) => Said {
                manner: Manner::Half,
                ..act()
            },
        }
    }
}

/// JSON of any shape, in which these keys are likely.
pub fn any_json(keys: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        let pairs = prop::collection::vec((prop::sample::select(keys), inner.clone()), 0..6);
        let object = pairs.prop_map(|pairs| {
            let pairs = pairs
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value));
            Value::Object(Map::from_iter(pairs))
        });
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::Array),
            object
        ]
    })
}

fn line(stream: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    stream.read_line(&mut line).ok()?;
    Some(line.strip_suffix("\r\n")?.to_owned())
}

fn serve(stream: TcpStream, answer: &Handler) -> Option<()> {
    let mut writer = stream.try_clone().ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let asked = Asked::read(&mut reader)?;
        let said = answer(&asked);
        let head = format!(
            "HTTP/1.1 {} Said\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            said.status,
            said.body.len()
        );
        match said.manner {
            Manner::Whole => {
                writer
                    .write_all(format!("{head}{}", said.body).as_bytes())
                    .ok()?;
            }
            Manner::Half => {
                let half = &said.body.as_bytes()[..said.body.len() / 2];
                writer.write_all(&[head.as_bytes(), half].concat()).ok()?;
                writer.shutdown(Shutdown::Both).ok()?;
                return None;
            }
            Manner::Never => {
                // Until the client has had enough.
                let _ = reader.read(&mut [0]);
                return None;
            }
        }
    }
}
