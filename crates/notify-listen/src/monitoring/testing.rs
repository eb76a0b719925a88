//! What the tests of the cores have in common.

use std::sync::Arc;

use notify_core::config::Config;
use notify_core::environment::Environment;
use notify_core::notification::Subject;
use notify_core::now::Now;

use super::{Core, Order, Trouble, What, harmless};

/// A busy machine takes its time.
pub fn core(config: &str) -> Arc<dyn Core> {
    with_timeout(10, config)
}

/// For what hangs.
pub fn impatient(config: &str) -> Arc<dyn Core> {
    with_timeout(2, config)
}

fn with_timeout(seconds: u32, config: &str) -> Arc<dyn Core> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    let state = folder.path().join("state");
    let text = format!("state_dir = {state:?}\ntimeout = {seconds}\n{config}");
    std::fs::write(&file, text).unwrap();
    let config = Config::load(Some(&file), &Environment::of_process()).unwrap();
    super::core(&Arc::new(config)).unwrap()
}

pub const ID: &str = "0123456789abcdef";

/// As the carrier makes it.
pub fn order(subject: &Subject, what: What, author: &str, comment: &str) -> Order {
    Order {
        subject: subject.clone(),
        what,
        author: harmless(author),
        comment: notify_core::answer::marked(&harmless(comment), ID),
        now: Now::read().wall as u64,
    }
}

pub fn later<T>(result: Result<T, Trouble>) -> String {
    match result {
        Err(Trouble::Later(why)) => why,
        Err(Trouble::Never(why)) => panic!("never: {why}"),
        Ok(_) => panic!("no trouble"),
    }
}

pub fn never<T>(result: Result<T, Trouble>) -> String {
    match result {
        Err(Trouble::Never(why)) => why,
        Err(Trouble::Later(why)) => panic!("later: {why}"),
        Ok(_) => panic!("no trouble"),
    }
}
