//! A client of few lines: it sends bytes and reads one answer.
#![allow(
    dead_code,
    reason = "each test target compiles this file and uses a part"
)]

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use notify_preview::Preview;
use serde_json::Value;

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

pub fn connect(preview: &Preview) -> TcpStream {
    let stream = TcpStream::connect(preview.address()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{method} {path} HTTP/1.1\r\nHost: preview\r\n").into_bytes();
    for (name, value) in headers {
        bytes.extend(format!("{name}: {value}\r\n").into_bytes());
    }
    bytes.extend(format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes());
    bytes.extend(body);
    bytes
}

pub fn read_reply(stream: impl Read) -> io::Result<Reply> {
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line == "\r\n" {
            break;
        }
        head.push(line.trim_end().to_string());
    }
    let headers: Vec<(String, String)> = head[1..]
        .iter()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect();
    let mut reply = Reply {
        status: head[0].split(' ').nth(1).unwrap().parse().unwrap(),
        headers,
        body: Vec::new(),
    };
    let length = reply.header("content-length").unwrap().parse().unwrap();
    reply.body.resize(length, 0);
    reader.read_exact(&mut reply.body)?;
    Ok(reply)
}

pub fn send(
    preview: &Preview,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<Reply> {
    let mut stream = connect(preview);
    stream.write_all(&request(method, path, headers, body))?;
    read_reply(&mut stream)
}

pub fn post(preview: &Preview, path: &str, body: &Value) -> Reply {
    post_text(preview, path, &body.to_string())
}

pub fn post_text(preview: &Preview, path: &str, body: &str) -> Reply {
    let headers = [("Content-Type", "application/json")];
    send(preview, "POST", path, &headers, body.as_bytes()).unwrap()
}

pub fn post_with_token(preview: &Preview, path: &str, token: &str, body: &Value) -> Reply {
    let authorization = format!("Bearer {token}");
    let headers = [
        ("Content-Type", "application/json; charset=utf-8"),
        ("Authorization", authorization.as_str()),
    ];
    send(preview, "POST", path, &headers, body.to_string().as_bytes()).unwrap()
}
