//! What a request wants, so that a fault can be for some requests alone.

use serde_json::Value;

use crate::http::Request;
use crate::slack_api;

/// The requests that a fault is for; see [`Preview::next_on`](crate::Preview::next_on). Look-ups are none of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Calls {
    /// New messages that stand in a channel by themselves: by webhook or API; PagerDuty's events too.
    Posts,
    /// New messages in a thread: `chat.postMessage` with a `thread_ts`, a post with a `root_id`.
    Replies,
    /// `chat.update`, and the patch of a post.
    Updates,
}

impl Calls {
    pub(crate) fn of(request: &Request) -> Option<Calls> {
        let path = request.path.as_str();
        if path == "/api/chat.update" || is_patch(request) {
            return Some(Calls::Updates);
        }
        if request.method != "POST" {
            return None;
        }
        if path == "/api/chat.postMessage" {
            let arguments = slack_api::arguments(request).unwrap_or_default();
            return Some(in_thread(arguments.get("thread_ts")));
        }
        if path.ends_with("/api/v4/posts") {
            let post: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            return Some(in_thread(post.get("root_id")));
        }
        let is_message = path.starts_with("/services/")
            || path.contains("/hooks/")
            || path.ends_with("/enqueue")
            || path.ends_with("/create_event.json");
        is_message.then_some(Calls::Posts)
    }
}

fn is_patch(request: &Request) -> bool {
    request.method == "PUT"
        && request.path.contains("/api/v4/posts/")
        && request.path.ends_with("/patch")
}

fn in_thread(root: Option<&Value>) -> Calls {
    match root {
        None | Some(Value::Null) => Calls::Posts,
        Some(Value::String(root)) if root.is_empty() => Calls::Posts,
        Some(_) => Calls::Replies,
    }
}
