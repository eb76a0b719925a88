//! Who has acknowledged a post. The post's own buttons know it as well, but of five clicks at once each brings what stood
//! there before the first.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use mattermost_notify::post::Post;

/// The oldest ones are forgotten.
const MOST_POSTS: usize = 1_000;

#[derive(Default)]
pub struct Acknowledgers {
    posts: Mutex<Posts>,
}

#[derive(Default)]
struct Posts {
    people: HashMap<String, Vec<String>>,
    order: VecDeque<String>,
}

impl Acknowledgers {
    /// One more has it: in the post as it is drawn, too.
    pub fn add(&self, id: &str, post: &mut Post, person: String) {
        let mut posts = self.posts.lock().unwrap_or_else(PoisonError::into_inner);
        for known in posts.people.get(id).into_iter().flatten() {
            post.add(known.clone());
        }
        post.add(person);
        posts.set(id, post.people.clone());
    }

    /// Nobody has it any more.
    pub fn clear(&self, id: &str, post: &mut Post) {
        let mut posts = self.posts.lock().unwrap_or_else(PoisonError::into_inner);
        post.people.clear();
        posts.set(id, Vec::new());
    }
}

impl Posts {
    fn set(&mut self, id: &str, people: Vec<String>) {
        if self.people.insert(id.to_owned(), people).is_none() {
            self.order.push_back(id.to_owned());
        }
        if self.order.len() > MOST_POSTS
            && let Some(oldest) = self.order.pop_front()
        {
            self.people.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post() -> Post {
        Post {
            message: "🔴 DOWN web01".to_owned(),
            text: "web01".to_owned(),
            color: "#d9534f".to_owned(),
            fallback: "DOWN web01".to_owned(),
            people: Vec::new(),
            limit: 7_600,
        }
    }

    #[test]
    fn of_clicks_at_once_the_last_one_draws_all() {
        let acknowledgers = Acknowledgers::default();
        let mut drawn = post();
        for person in ["@max · 10:05", "@erika · 10:05", "@erika · 10:05"] {
            drawn = post();
            acknowledgers.add("p", &mut drawn, person.to_owned());
        }
        assert_eq!(drawn.people, ["@max · 10:05", "@erika · 10:05"]);
        acknowledgers.clear("p", &mut drawn);
        assert_eq!(drawn.people, [""; 0]);
        let mut again = post();
        acknowledgers.add("p", &mut again, "@otto · 10:09".to_owned());
        assert_eq!(again.people, ["@otto · 10:09"]);
    }

    #[test]
    fn the_oldest_posts_are_forgotten() {
        let acknowledgers = Acknowledgers::default();
        for number in 0..=MOST_POSTS {
            acknowledgers.add(&number.to_string(), &mut post(), "@max · 10:05".to_owned());
        }
        let posts = acknowledgers.posts.lock().unwrap();
        assert_eq!(
            (posts.people.len(), posts.order.len()),
            (MOST_POSTS, MOST_POSTS)
        );
        assert!(!posts.people.contains_key("0"));
    }
}
