//! Somebody clicks on a button of a post, or chooses from a select: what the server asks whoever made it, and what becomes
//! of the post.
//!
//! Source: what a real 5.37.0 sent and did, case by case.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::board::Content;
use crate::markdown;
use crate::mattermost::Mattermost;
use crate::mattermost_page;
use crate::mattermost_payload::{self, Payload};
use crate::mattermost_posts;
use crate::mattermost_rest::TEAM;

/// A click; see [`Preview::click`](crate::Preview::click).
#[derive(Clone, Copy, Debug)]
pub struct Click<'c> {
    /// The post's id, as [`Shown::reference`](crate::Shown::reference) has it.
    pub post: &'c str,
    /// The button's or select's id.
    pub action: &'c str,
    /// What is chosen of a select; the server checks nothing of it.
    pub option: Option<&'c str>,
    pub user_id: &'c str,
    pub user_name: &'c str,
    /// Who answers for the host in the button's URL, as a proxy does.
    pub listener: SocketAddr,
}

/// What the person who clicked gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clicked {
    /// 200, 404 for a button that cannot be clicked, 400 for every fault of the integration.
    pub status: u16,
    /// What this person alone sees.
    pub ephemeral: Option<String>,
    /// Whether the connection was closed behind the answer; the server would leave it idle for about 90 s.
    pub connection: Connection,
    /// What stands in the server's debug log alone.
    pub fault: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    Closed,
    LeftOpen,
}

/// What the server sends for a click.
pub(crate) struct Asked {
    path: String,
    body: Vec<u8>,
}

/// The server's own.
const PATIENCE: Duration = Duration::from_secs(30);
/// For a close that is on its way.
const CLOSING: Duration = Duration::from_secs(2);

impl Clicked {
    pub(crate) fn refused(status: u16, fault: impl Into<String>) -> Clicked {
        Clicked {
            status,
            ephemeral: None,
            connection: Connection::LeftOpen,
            fault: Some(fault.into()),
        }
    }
}

/// The error is the status that the person gets.
pub(crate) fn asked(server: &mut Mattermost, click: &Click) -> Result<Asked, u16> {
    let trigger = server.id();
    let post = server.board.get(click.post).filter(|post| !post.deleted);
    let post = post.ok_or(404_u16)?;
    // What is no letter or digit is no part of the click's address.
    let plain = |byte: u8| byte.is_ascii_alphanumeric();
    if click.action.is_empty() || !click.action.bytes().all(plain) {
        return Err(404);
    }
    let action = action(&post.content.body, click.action).ok_or(404_u16)?;
    let integration = &action["integration"];
    let url = integration["url"].as_str().unwrap_or_default();
    let path = url.split_once("://").map(|(_, rest)| rest).ok_or(400_u16)?;
    let path = path.find('/').map_or("/", |at| &path[at..]).to_string();
    let kind = match action["type"].as_str() {
        Some("select") => "select",
        _ => "button",
    };
    let mut context = integration["context"].as_object().cloned();
    if kind == "select" {
        let chosen = click.option.unwrap_or_default();
        let context = context.get_or_insert_default();
        context.insert("selected_option".to_string(), json!(chosen));
    }
    let mut body = json!({
        "user_id": click.user_id,
        "user_name": click.user_name,
        "channel_id": post.channel,
        "channel_name": "alerts",
        "team_id": TEAM,
        "team_domain": "ops",
        "post_id": click.post,
        "trigger_id": trigger,
        "type": kind,
        "data_source": "",
    });
    if let Some(context) = context {
        body["context"] = Value::Object(context);
    }
    Ok(Asked {
        path,
        body: as_go_writes_it(&body).into_bytes(),
    })
}

/// Over a connection of its own; an error is one of the network's.
pub(crate) fn answered(
    asked: &Asked,
    listener: SocketAddr,
) -> io::Result<(u16, Vec<u8>, Connection)> {
    let mut stream = TcpStream::connect_timeout(&listener, Duration::from_secs(3))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: {listener}\r\nUser-Agent: Mattermost-Bot/1.1\r\nContent-Length: {}\r\nAccept: application/json\r\nContent-Type: application/json\r\nAccept-Encoding: gzip\r\n\r\n",
        asked.path,
        asked.body.len(),
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(&asked.body)?;
    let mut answer = Vec::new();
    let mut buffer = [0; 16 * 1024];
    let (status, body) = loop {
        if let Some(whole) = whole(&answer) {
            break whole;
        }
        match read(&mut stream, &mut buffer)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => answer.extend(&buffer[..count]),
        }
    };
    stream.set_read_timeout(Some(CLOSING))?;
    let connection = match read(&mut stream, &mut buffer) {
        Ok(0) => Connection::Closed,
        _ => Connection::LeftOpen,
    };
    Ok((status, body, connection))
}

/// A signal for this process is none of the listener's.
fn read(stream: &mut TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match stream.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

/// What becomes of the post, and what the person sees.
pub(crate) fn applied(
    server: &mut Mattermost,
    post: &str,
    status: u16,
    body: &[u8],
    connection: Connection,
) -> Clicked {
    let answer = match serde_json::from_slice(body) {
        Ok(Value::Object(answer)) if status == 200 => answer,
        _ => {
            let body = String::from_utf8_lossy(body);
            return Clicked::refused(400, format!("{status}: {body}"));
        }
    };
    if let Some(update) = answer.get("update").and_then(Value::as_object) {
        let parsed = answer.get("skip_slack_parsing") == Some(&Value::Bool(true));
        if updated(server, post, update, parsed).is_none() {
            return Clicked::refused(400, "the update cannot be kept");
        }
    }
    let ephemeral = answer.get("ephemeral_text").and_then(Value::as_str);
    Clicked {
        status: 200,
        ephemeral: ephemeral
            .filter(|text| !text.is_empty())
            .map(str::to_string),
        connection,
        fault: None,
    }
}

/// Without a message the post becomes empty; without props it keeps them, else they are replaced.
fn updated(
    server: &mut Mattermost,
    id: &str,
    update: &Map<String, Value>,
    is_parsed: bool,
) -> Option<()> {
    let kept = server.board.get(id)?;
    let mut made = kept.content.body.clone();
    let before = made["props"].as_object().cloned().unwrap_or_default();
    let props = match update.get("props") {
        None | Some(Value::Null) => before,
        Some(Value::Object(props)) => {
            let mut props = props.clone();
            for key in ["from_webhook", "override_username"] {
                if let Some(value) = before.get(key) {
                    props.insert(key.to_string(), value.clone());
                }
            }
            props
        }
        Some(_) => return None,
    };
    let text = update.get("message").and_then(Value::as_str);
    let mut payload = Payload {
        text: text.unwrap_or_default().to_string(),
        channel: String::new(),
        username: String::new(),
        attachments: mattermost_payload::attachments(props.get("attachments"))?,
        props,
    };
    if !is_parsed {
        payload = payload.map_texts(markdown::from_slack);
    }
    let Payload {
        text,
        attachments,
        mut props,
        ..
    } = payload;
    if props.contains_key("attachments") {
        props.insert("attachments".to_string(), json!(attachments));
    }
    let shown = mattermost_posts::checked(server, &text, &props).ok()?;
    let page = mattermost_page::page(&[shown]);
    made["message"] = json!(text);
    made["props"] = Value::Object(props);
    let content = Content {
        text,
        body: made,
        page,
    };
    server.board.update(id, content);
    Some(())
}

fn action(post: &Value, id: &str) -> Option<Value> {
    let attachments = post["props"]["attachments"].as_array()?;
    let actions = attachments
        .iter()
        .filter_map(|attachment| attachment["actions"].as_array())
        .flatten();
    actions
        .into_iter()
        .find(|action| action["id"] == id)
        .cloned()
}

/// Keys in order, and what HTML would misread escaped.
fn as_go_writes_it(value: &Value) -> String {
    value
        .to_string()
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
}

/// Status and body, once they are there.
fn whole(answer: &[u8]) -> Option<(u16, Vec<u8>)> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        is_length.then(|| value.trim().parse::<usize>().ok())?
    });
    let body = &answer[end + 4..];
    let body = body.get(..length.unwrap_or(0))?;
    Some((status, body.to_vec()))
}
