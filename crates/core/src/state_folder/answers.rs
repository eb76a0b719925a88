//! People's answers on their way back to the core. One that is named in `pending/` and synced was promised to somebody;
//! it leaves by a rename to `done/`, where it is known again for as long as a vendor may repeat it.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{StateFolder, at_path, create_new, in_its_folder, open_or_create, sync_folder};
use crate::answer::is_id;
use crate::kill_points::kill_point;

const PENDING: &str = "answers/pending";
const DONE: &str = "answers/done";
/// Answers whose own notification the core has sent: empty files.
const SEEN: &str = "answers/seen";
/// Which post a button belongs to.
const POSTS: &str = "answers/posts";
/// Locked as long as a listener lives.
const LISTENER: &str = "answers/listener.lock";
/// What is known of things that a vendor has names for.
const NAMES: &str = "answers/names";

const DAY: Duration = Duration::from_secs(24 * 3_600);
/// PagerDuty repeats for two days.
const DONE_FOR: Duration = Duration::from_secs(4 * 24 * 3_600);
/// Longer than a button is valid.
const POSTS_FOR: Duration = Duration::from_secs(32 * 24 * 3_600);
const NAMES_FOR: Duration = Duration::from_secs(90 * 24 * 3_600);

/// Whether an answer came for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    First,
    Repeated,
}

/// Whose a button is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    ThisPost,
    AnotherPost,
}

fn owner_of(owner: &[u8], post: &str) -> Owner {
    match owner == post.as_bytes() {
        true => Owner::ThisPost,
        false => Owner::AnotherPost,
    }
}

impl StateFolder {
    /// For as long as the file is held: two listeners would give each answer twice, and not know what the other did.
    pub fn lock_for_listening(&self) -> io::Result<File> {
        let path = self.at(LISTENER);
        let mut file = open_or_create(&path).map_err(at_path(&path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = fs::read_to_string(&path).unwrap_or_default();
                let holder = match holder.trim().parse::<u32>() {
                    Ok(process) => format!(" (process {process})"),
                    Err(_) => String::new(),
                };
                let root = self.root.display();
                return Err(io::Error::new(
                    ErrorKind::WouldBlock,
                    format!(
                        "another listener{holder} works with {root}: stop it, or set state_dir"
                    ),
                ));
            }
            Err(TryLockError::Error(error)) => return Err(at_path(&path)(error)),
        }
        // For whoever finds it locked.
        let noted = file
            .set_len(0)
            .and_then(|()| writeln!(file, "{}", std::process::id()));
        noted.map_err(at_path(&path))?;
        Ok(file)
    }

    /// Whether an answer that came now could be kept.
    pub fn try_keeping_answers(&self) -> io::Result<()> {
        fs::remove_file(self.write_aside(b"{}")?)
    }

    /// On disk when it returns.
    pub fn keep_answer(&self, id: &str, answer: &impl Serialize) -> io::Result<Arrival> {
        if self.answer_file(DONE, id)?.exists() {
            return Ok(Arrival::Repeated);
        }
        let path = self.answer_file(PENDING, id)?;
        let aside = self.write_aside(&serde_json::to_vec(answer)?)?;
        // Unlike a rename, a link replaces nothing.
        let linked = in_its_folder(&path, || fs::hard_link(&aside, &path));
        kill_point("answer-named");
        let _ = fs::remove_file(&aside);
        match linked {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Arrival::Repeated),
            Err(error) => Err(error),
            Ok(()) => {
                sync_folder(&self.at(PENDING))?;
                kill_point("answer-kept");
                Ok(Arrival::First)
            }
        }
    }

    /// How far it is, unsynced: a power cut costs what the core's state tells as well.
    pub fn note_answer(&self, id: &str, answer: &impl Serialize) -> io::Result<()> {
        let path = self.answer_file(PENDING, id)?;
        let aside = path.with_extension("tmp");
        let _ = fs::remove_file(&aside);
        create_new(&aside)
            .and_then(|mut file| file.write_all(&serde_json::to_vec(answer)?))
            .and_then(|()| fs::rename(&aside, &path))
            .map_err(at_path(&path))
    }

    /// What became of it.
    pub fn close_answer(&self, id: &str, answer: &impl Serialize) -> io::Result<()> {
        self.note_answer(id, answer)?;
        kill_point("answer-noted");
        let (from, to) = (self.answer_file(PENDING, id)?, self.answer_file(DONE, id)?);
        in_its_folder(&to, || fs::rename(&from, &to))
    }

    /// Those that still wait, and the names of those that cannot be read.
    pub fn pending_answers<A: DeserializeOwned>(&self) -> io::Result<(Vec<A>, Vec<String>)> {
        let (mut answers, mut unreadable) = (Vec::new(), Vec::new());
        let names = self.names_in(PENDING)?;
        let is_whole = |name: &std::ffi::OsString| !name.as_encoded_bytes().ends_with(b".tmp");
        for name in names.into_iter().filter(is_whole) {
            let text = match fs::read(self.at(PENDING).join(&name)) {
                // Closed meanwhile.
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                read => read?,
            };
            match serde_json::from_slice(&text) {
                Ok(answer) => answers.push(answer),
                Err(_) => unreadable.push(name.to_string_lossy().into_owned()),
            }
        }
        Ok((answers, unreadable))
    }

    pub fn done_answer<A: DeserializeOwned>(&self, id: &str) -> io::Result<Option<A>> {
        match fs::read(self.answer_file(DONE, id)?) {
            Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The core has sent the notification that this answer makes.
    pub fn answer_was_seen(&self, id: &str) -> io::Result<()> {
        open_or_create(&self.answer_file(SEEN, id)?).map(drop)
    }

    pub fn is_answer_seen(&self, id: &str) -> bool {
        self.answer_file(SEEN, id).is_ok_and(|path| path.exists())
    }

    /// A button's nonce belongs to the first post that uses it. Unsynced: after a power cut it belongs to the next one.
    pub fn claim_button(&self, nonce: &str, post: &str) -> io::Result<Owner> {
        let nonce = crate::answer::id_of(&[nonce.as_bytes()]);
        let path = self.answer_file(POSTS, &nonce)?;
        if let Ok(owner) = fs::read(&path) {
            return Ok(owner_of(&owner, post));
        }
        let (aside, mut file) = self.create_aside()?;
        file.write_all(post.as_bytes())?;
        let linked = in_its_folder(&path, || fs::hard_link(&aside, &path));
        let _ = fs::remove_file(&aside);
        match linked {
            Ok(()) => Ok(Owner::ThisPost),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                Ok(owner_of(&fs::read(&path)?, post))
            }
            Err(error) => Err(error),
        }
    }

    /// What is known of something that a vendor has a name for: `pagerduty/PGR0VU2`. It takes the place of what was known.
    pub fn note_named(&self, name: &str, what: &impl Serialize) -> io::Result<()> {
        let path = self.answer_file(NAMES, &crate::answer::id_of(&[name.as_bytes()]))?;
        let aside = self.write_aside(&serde_json::to_vec(&(name, what))?)?;
        in_its_folder(&path, || fs::rename(&aside, &path))
    }

    /// What cannot be read was never known.
    pub fn named<T: DeserializeOwned>(&self, name: &str) -> io::Result<Option<T>> {
        let path = self.answer_file(NAMES, &crate::answer::id_of(&[name.as_bytes()]))?;
        match fs::read(&path) {
            Ok(text) => {
                let read: Option<(String, T)> = serde_json::from_slice(&text).ok();
                Ok(read.and_then(|(known, what)| (known == name).then_some(what)))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What no vendor asks for any more.
    pub fn prune_answers(&self) -> io::Result<()> {
        for (folder, age) in [
            (DONE, DONE_FOR),
            (SEEN, DAY),
            (POSTS, POSTS_FOR),
            (NAMES, NAMES_FOR),
        ] {
            for name in self.names_in(folder)? {
                let path = self.at(folder).join(name);
                let changed = fs::metadata(&path).and_then(|found| found.modified());
                let old = changed.is_ok_and(|time| {
                    SystemTime::now()
                        .duration_since(time)
                        .is_ok_and(|passed| passed > age)
                });
                if old {
                    let _ = fs::remove_file(path);
                }
            }
        }
        Ok(())
    }

    /// Ids come from the network: nothing else becomes a path.
    fn answer_file(&self, folder: &str, id: &str) -> io::Result<PathBuf> {
        match is_id(id) {
            true => Ok(self.at(folder).join(format!("{id}.json"))),
            false => Err(io::Error::new(
                ErrorKind::InvalidInput,
                "that is no answer's id",
            )),
        }
    }
}
