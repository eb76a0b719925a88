//! What the core's status file said at one moment, kept as small as an answer's needs are: an installation has tens of
//! thousands of objects.

use std::cmp::Ordering;

use notify_core::answer as mark;
use notify_core::notification::{State, Subject};

use super::{Acknowledged, Look};

pub struct Picture {
    /// Seconds since 1970.
    pub as_of: f64,
    /// In the order of their folded names, a host before its services.
    objects: Vec<Object>,
}

pub struct Object {
    host: Name,
    service: Option<Name>,
    pub state: Option<State>,
    pub is_acknowledged: bool,
    pub last_check: f64,
    /// Most have none.
    said: Option<Box<Said>>,
}

/// Its case as the core writes it, and without.
struct Name {
    folded: Box<str>,
    spelled: Box<str>,
}

#[derive(Default)]
struct Said {
    acknowledgement: Option<Acknowledged>,
    comments: Vec<String>,
    downtimes: Vec<String>,
}

/// Something that was said of an object.
pub struct Note {
    pub subject: Subject,
    pub kind: NoteKind,
    pub author: String,
    pub text: String,
    /// Seconds since 1970.
    pub at: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteKind {
    Acknowledgement,
    Comment,
    Downtime,
}

/// More than anybody reads.
const MOST_FOUND: usize = 100;

impl Name {
    fn new(spelled: &str) -> Name {
        Name {
            folded: spelled.to_lowercase().into(),
            spelled: spelled.into(),
        }
    }
}

impl Object {
    pub fn new(host: &str, service: Option<&str>) -> Object {
        Object {
            host: Name::new(host),
            service: service.map(Name::new),
            state: None,
            is_acknowledged: false,
            last_check: 0.0,
            said: None,
        }
    }

    fn folded(&self) -> (&str, Option<&str>) {
        (
            &self.host.folded,
            self.service.as_ref().map(|name| &*name.folded),
        )
    }

    fn is(&self, subject: &Subject) -> bool {
        let service = self.service.as_ref().map(|name| &*name.spelled);
        *self.host.spelled == *subject.host && service == subject.service.as_deref()
    }

    fn subject(&self) -> Subject {
        Subject {
            host: self.host.spelled.to_string(),
            service: self.service.as_ref().map(|name| name.spelled.to_string()),
        }
    }

    fn take(&mut self, note: Note) {
        let is_ours = mark::unmarked(&note.text).1.is_some();
        if !is_ours && note.kind != NoteKind::Acknowledgement {
            return;
        }
        let said = self.said.get_or_insert_default();
        match note.kind {
            NoteKind::Downtime => said.downtimes.push(note.text),
            NoteKind::Comment => said.comments.push(note.text),
            NoteKind::Acknowledgement => {
                if is_ours {
                    said.comments.push(note.text.clone());
                }
                let known = said.acknowledgement.as_ref();
                if known.is_none_or(|known| known.at <= note.at) {
                    said.acknowledgement = Some(Acknowledged {
                        by: note.author,
                        comment: note.text,
                        at: note.at,
                    });
                }
            }
        }
    }
}

impl Picture {
    pub fn new(as_of: f64, mut objects: Vec<Object>, notes: Vec<Note>) -> Picture {
        objects.sort_by(|one, other| one.folded().cmp(&other.folded()));
        let mut picture = Picture { as_of, objects };
        for note in notes {
            if let Some(at) = picture.at(&note.subject) {
                picture.objects[at].take(note);
            }
        }
        picture
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    pub fn look(&self, subject: &Subject) -> Option<Look> {
        let object = &self.objects[self.at(subject)?];
        let said = object.said.as_deref();
        let acknowledgement = said.and_then(|said| said.acknowledgement.clone());
        Some(Look {
            subject: object.subject(),
            state: object.state,
            acknowledged: object
                .is_acknowledged
                .then(|| acknowledgement.unwrap_or_default()),
            comments: said.map_or_else(Vec::new, |said| said.comments.clone()),
            downtimes: said.map_or_else(Vec::new, |said| said.downtimes.clone()),
            last_check: object.last_check,
            as_of: self.as_of,
        })
    }

    pub fn find(&self, host: &str, service: Option<&str>) -> Vec<Subject> {
        let host = host.to_lowercase();
        let service = service.map(str::to_lowercase);
        let from = self
            .objects
            .partition_point(|object| *object.host.folded < *host);
        self.objects[from..]
            .iter()
            .take_while(|object| object.host.folded.starts_with(&host))
            .filter(|object| match (&object.service, &service) {
                (None, None) => true,
                (Some(name), Some(service)) => name.folded.starts_with(service),
                _ => false,
            })
            .take(MOST_FOUND)
            .map(Object::subject)
            .collect()
    }

    /// As the core spells it; else the only one that differs by case alone.
    fn at(&self, subject: &Subject) -> Option<usize> {
        let host = subject.host.to_lowercase();
        let service = subject.service.as_ref().map(|name| name.to_lowercase());
        let key = (host.as_str(), service.as_deref());
        let from = self
            .objects
            .partition_point(|object| object.folded().cmp(&key) == Ordering::Less);
        let alike = self.objects[from..]
            .iter()
            .take_while(|object| object.folded() == key)
            .count();
        let alike = from..from + alike;
        match alike.clone().find(|at| self.objects[*at].is(subject)) {
            Some(exact) => Some(exact),
            None if alike.len() == 1 => Some(from),
            None => None,
        }
    }
}
