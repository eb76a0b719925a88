//! What is known of the messages that people answered lately: a dialogue does not bring its message along, and of two
//! who answer at the same moment neither knows of the other.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::redraw;

#[derive(Default)]
pub struct Posts {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    posts: HashMap<String, Post>,
    in_order: VecDeque<String>,
    /// The latest response URLs, and how often each was used.
    said: VecDeque<(String, u32)>,
}

#[derive(Default)]
struct Post {
    message: Value,
    /// Who has it.
    line: String,
}

/// Each of them 64 KB at most.
const MOST: usize = 200;
const MOST_URLS: usize = 500;
/// More are not named.
const LONGEST_LINE: usize = 1_500;
/// Slack takes five, and the last one is for what counts.
const MOST_SAID: u32 = 4;

/// Whether what is said is the last word about an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    Last,
    OnTheWay,
}

impl Posts {
    /// As somebody had it before him when he answered.
    pub fn remember(&self, post: &str, message: Value) {
        let mut known = self.lock();
        let line = redraw::line(&message).unwrap_or_default().to_owned();
        let post = known.at(post);
        // Who answers at the same moment has an older one before him.
        if line.len() >= post.line.len() {
            post.line = line;
        }
        if !message.is_null() {
            post.message = message;
        }
    }

    pub fn message(&self, post: &str) -> Value {
        let known = self.lock();
        known
            .posts
            .get(post)
            .map_or(Value::Null, |post| post.message.clone())
    }

    /// The line with one more person on it.
    pub fn acknowledged(&self, post: &str, name: &str, time: &str) -> String {
        let mut known = self.lock();
        let line = &mut known.at(post).line;
        let who = format!("{name} · ");
        if line.is_empty() {
            *line = format!("Acknowledged by {who}{time}");
        } else if !line.contains(&who) && line.len() + who.len() < LONGEST_LINE {
            *line = format!("{line}, {who}{time}");
        }
        line.clone()
    }

    pub fn not_acknowledged(&self, post: &str) {
        self.lock().at(post).line.clear();
    }

    /// Whether a response URL may be used once more.
    pub fn may_say(&self, response_url: &str, word: Word) -> bool {
        let mut known = self.lock();
        let said = &mut known.said;
        let most = match word {
            Word::Last => MOST_SAID + 1,
            Word::OnTheWay => MOST_SAID,
        };
        if let Some((_, times)) = said.iter_mut().rev().find(|(url, _)| url == response_url) {
            *times += 1;
            return *times <= most;
        }
        if said.len() >= MOST_URLS {
            said.pop_front();
        }
        said.push_back((response_url.to_owned(), 1));
        true
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn at(&mut self, post: &str) -> &mut Post {
        if !self.posts.contains_key(post) {
            if self.in_order.len() >= MOST
                && let Some(oldest) = self.in_order.pop_front()
            {
                self.posts.remove(&oldest);
            }
            self.in_order.push_back(post.to_owned());
        }
        self.posts.entry(post.to_owned()).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_stands_on_the_line_once() {
        let posts = Posts::default();
        posts.remember("C1/1", Value::Null);
        assert_eq!(
            posts.acknowledged("C1/1", "Max", "10:02"),
            "Acknowledged by Max · 10:02"
        );
        // Who pressed at the same moment had a message without it.
        posts.remember("C1/1", Value::Null);
        posts.acknowledged("C1/1", "Erika", "10:03");
        assert_eq!(
            posts.acknowledged("C1/1", "Max", "10:04"),
            "Acknowledged by Max · 10:02, Erika · 10:03"
        );
        posts.not_acknowledged("C1/1");
        assert_eq!(
            posts.acknowledged("C1/1", "Erika", "10:05"),
            "Acknowledged by Erika · 10:05"
        );
    }

    #[test]
    fn a_response_url_is_used_five_times_and_the_last_time_for_what_counts() {
        let posts = Posts::default();
        for _ in 0..4 {
            assert!(posts.may_say("url", Word::OnTheWay));
        }
        assert!(posts.may_say("url", Word::Last));
        assert!(!posts.may_say("url", Word::Last));
        assert!(posts.may_say("other", Word::OnTheWay));
    }

    #[test]
    fn only_the_latest_are_remembered() {
        let posts = Posts::default();
        for number in 0..=MOST {
            posts.remember(&number.to_string(), Value::from(number));
        }
        assert_eq!(posts.message("0"), Value::Null);
        assert_eq!(posts.message("1"), Value::from(1));
    }
}
