//! The text of `status.dat`: blocks of `key=value` lines. Its values are whatever plugins and people wrote.

use std::io::{self, BufRead};

use notify_core::notification::{State, Subject};

use super::picture::{Note, NoteKind, Object, Picture};

/// Why that is no picture of a core's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    CutOff,
    NoStatus,
}

impl Flaw {
    pub fn words(self) -> &'static str {
        match self {
            Flaw::CutOff => "ends in the middle: let the core write it anew, and look at its disk",
            Flaw::NoStatus => {
                "is not a core's status file: set status_file in [monitoring] as its main config does"
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Info,
    Host,
    Service,
    Comment,
    Downtime,
    Other,
}

#[derive(Default)]
struct Block {
    host: String,
    service: Option<String>,
    created: f64,
    is_checked: bool,
    state: u64,
    is_acknowledged: bool,
    last_check: f64,
    entry_type: u64,
    entry_time: f64,
    author: String,
    said: String,
}

/// Of a comment that came with an acknowledgement.
const ACKNOWLEDGEMENT: u64 = 4;

pub fn read(source: &mut impl BufRead) -> io::Result<Result<Picture, Flaw>> {
    let (mut objects, mut notes) = (Vec::new(), Vec::new());
    let mut as_of = None;
    let mut open: Option<(Kind, Block)> = None;
    let mut line = Vec::new();
    let mut lines = 0;
    loop {
        line.clear();
        if source.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        lines += 1;
        let words = line.trim_ascii();
        match &mut open {
            None => {
                let name = words.strip_suffix(b"{").map(<[u8]>::trim_ascii_end);
                open = name.map(|name| (Kind::named(name), Block::default()));
            }
            Some(_) if words == b"}" => match open.take() {
                Some((Kind::Info, block)) => as_of = Some(block.created),
                Some((kind @ (Kind::Host | Kind::Service), block)) => {
                    objects.extend(block.object(kind));
                }
                Some((kind @ (Kind::Comment | Kind::Downtime), block)) => {
                    notes.push(block.note(kind));
                }
                Some((Kind::Other, _)) | None => {}
            },
            Some((Kind::Other, _)) => {}
            Some((_, block)) => {
                if let Some(equals) = line.iter().position(|byte| *byte == b'=') {
                    let value = &line[equals + 1..];
                    let value = value.strip_suffix(b"\n").unwrap_or(value);
                    block.set(line[..equals].trim_ascii_start(), value);
                }
            }
        }
    }
    Ok(match as_of {
        _ if open.is_some() || lines == 0 => Err(Flaw::CutOff),
        None => Err(Flaw::NoStatus),
        Some(as_of) => Ok(Picture::new(as_of, objects, notes)),
    })
}

impl Kind {
    fn named(name: &[u8]) -> Kind {
        match name {
            b"info" => Kind::Info,
            b"hoststatus" => Kind::Host,
            b"servicestatus" => Kind::Service,
            b"hostcomment" | b"servicecomment" => Kind::Comment,
            b"hostdowntime" | b"servicedowntime" => Kind::Downtime,
            _ => Kind::Other,
        }
    }
}

impl Block {
    fn set(&mut self, key: &[u8], value: &[u8]) {
        match key {
            b"host_name" => self.host = text(value),
            b"service_description" => self.service = Some(text(value)),
            b"created" => self.created = seconds(value),
            b"has_been_checked" => self.is_checked = number(value) != 0,
            b"current_state" => self.state = number(value),
            b"problem_has_been_acknowledged" => self.is_acknowledged = number(value) != 0,
            b"last_check" => self.last_check = seconds(value),
            b"entry_type" => self.entry_type = number(value),
            b"entry_time" => self.entry_time = seconds(value),
            b"author" => self.author = text(value),
            b"comment_data" | b"comment" => self.said = text(value),
            _ => {}
        }
    }

    fn object(self, kind: Kind) -> Option<Object> {
        let service = match kind {
            Kind::Service => Some(self.service?),
            _ => None,
        };
        let state = match (kind, self.state) {
            _ if !self.is_checked => None,
            (Kind::Host, 0) => Some(State::Up),
            (Kind::Host, 1) => Some(State::Down),
            (Kind::Host, 2) => Some(State::Unreachable),
            (Kind::Service, 0) => Some(State::Ok),
            (Kind::Service, 1) => Some(State::Warning),
            (Kind::Service, 2) => Some(State::Critical),
            (Kind::Service, 3) => Some(State::Unknown),
            _ => None,
        };
        let mut object = Object::new(&self.host, service.as_deref());
        object.state = state;
        object.is_acknowledged = self.is_acknowledged;
        object.last_check = self.last_check;
        Some(object)
    }

    fn note(self, kind: Kind) -> Note {
        Note {
            subject: Subject {
                host: self.host,
                service: self.service,
            },
            kind: match kind {
                Kind::Downtime => NoteKind::Downtime,
                _ if self.entry_type == ACKNOWLEDGEMENT => NoteKind::Acknowledgement,
                _ => NoteKind::Comment,
            },
            author: self.author,
            text: self.said,
            at: self.entry_time,
        }
    }
}

fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).into_owned()
}

fn number(value: &[u8]) -> u64 {
    let digits = str::from_utf8(value).ok();
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

fn seconds(value: &[u8]) -> f64 {
    number(value) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify_core::answer::marked;
    use proptest::prelude::*;

    const ID: &str = "0123456789abcdef";

    fn picture(text: impl AsRef<[u8]>) -> Result<Picture, Flaw> {
        read(&mut text.as_ref()).expect("memory can be read")
    }

    fn status(blocks: &str) -> Picture {
        match picture(format!(
            "# made by hand\n\ninfo {{\n\tcreated=1800000000\n\t}}\n\n{blocks}"
        )) {
            Ok(picture) => picture,
            Err(flaw) => panic!("{flaw:?}"),
        }
    }

    fn service(host: &str, service: &str, lines: &str) -> String {
        format!(
            "servicestatus {{\n\thost_name={host}\n\tservice_description={service}\n\thas_been_checked=1\n{lines}\t}}\n\n"
        )
    }

    fn comment(entry_type: u64, at: u64, author: &str, text: &str) -> String {
        format!(
            "servicecomment {{\n\thost_name=web01\n\tservice_description=Ping\n\tentry_type={entry_type}\n\tentry_time={at}\n\tauthor={author}\n\tcomment_data={text}\n\t}}\n\n"
        )
    }

    fn ping() -> Subject {
        Subject {
            host: "web01".to_owned(),
            service: Some("Ping".to_owned()),
        }
    }

    #[test]
    fn an_acknowledgement_s_author_is_the_newest_one_s() {
        let mut text = service(
            "web01",
            "Ping",
            "\tcurrent_state=2\n\tlast_check=1799999990\n\tproblem_has_been_acknowledged=1\n",
        );
        text += &comment(1, 1_799_999_999, "Eve", "a=b; {c}");
        text += &comment(
            4,
            1_799_999_995,
            "Max",
            &marked("disk = {ordered}; really", ID),
        );
        text += &comment(4, 1_799_999_990, "Ann", "an older one");
        let look = status(&text).look(&ping()).unwrap();
        assert_eq!(look.state, Some(State::Critical));
        assert_eq!(look.as_of, 1_800_000_000.0);
        assert_eq!(look.last_check, 1_799_999_990.0);
        let acknowledged = look.acknowledged.unwrap();
        assert_eq!(acknowledged.by, "Max");
        assert_eq!(acknowledged.at, 1_799_999_995.0);
        assert_eq!(look.comments, [marked("disk = {ordered}; really", ID)]);
    }

    #[test]
    fn a_comment_that_outlived_its_acknowledgement_is_none() {
        let text = service(
            "web01",
            "Ping",
            "\tcurrent_state=2\n\tproblem_has_been_acknowledged=0\n",
        ) + &comment(4, 1_799_999_990, "Ann", "persistent");
        assert_eq!(status(&text).look(&ping()).unwrap().acknowledged, None);
    }

    #[test]
    fn values_open_and_close_no_block() {
        let text = service(
            "web01",
            "Ping",
            "\tplugin_output=hoststatus {\n\tlong_plugin_output=}\n\tcurrent_state=1\n\t_NOTE=0;host_name=other\n",
        );
        let look = status(&text).look(&ping()).unwrap();
        assert_eq!(look.state, Some(State::Warning));
    }

    #[test]
    fn what_was_not_checked_yet_has_no_state() {
        let text =
            "hoststatus {\n\thost_name=web01\n\thas_been_checked=0\n\tcurrent_state=0\n\t}\n";
        let look = status(text).look(&Subject::host("web01")).unwrap();
        assert_eq!(look.state, None);
        assert_eq!(status(text).look(&ping()), None);
    }

    #[test]
    fn a_name_is_found_in_another_case_only_where_that_says_which() {
        let both = service("web01", "Ping", "") + &service("WEB01", "Ping", "");
        let of = |host: &str| Subject {
            host: host.to_owned(),
            ..ping()
        };
        let found = |text: &str, host: &str| {
            let look = status(text).look(&of(host));
            look.map(|look| look.subject.host)
        };
        assert_eq!(found(&both, "WEB01").as_deref(), Some("WEB01"));
        assert_eq!(found(&both, "web01").as_deref(), Some("web01"));
        assert_eq!(found(&both, "Web01"), None);
        let one = service("web01", "Ping", "");
        assert_eq!(found(&one, "Web01").as_deref(), Some("web01"));
    }

    #[test]
    fn objects_are_found_by_how_they_begin() {
        let mut text = String::new();
        for host in ["web02", "Web01", "db01"] {
            text += &format!("hoststatus {{\n\thost_name={host}\n\t}}\n");
            text += &(service(host, "Ping", "") + &service(host, "Disk /", ""));
        }
        let picture = status(&text);
        let found = |host: &str, service: Option<&str>| {
            let found = picture.find(host, service);
            let names = found.into_iter().map(|subject| match subject.service {
                Some(service) => format!("{}/{service}", subject.host),
                None => subject.host,
            });
            names.collect::<Vec<_>>()
        };
        assert_eq!(found("WEB", None), ["Web01", "web02"]);
        assert_eq!(found("web01", Some("p")), ["Web01/Ping"]);
        assert_eq!(found("w", Some("DISK")), ["Web01/Disk /", "web02/Disk /"]);
        assert_eq!(found("x", None), [] as [&str; 0]);
        assert_eq!(found("", None).len(), 3);
    }

    #[test]
    fn half_a_file_is_no_picture() {
        let whole = format!(
            "info {{\n\tcreated=1800000000\n\t}}\n\n{}",
            service("web01", "Ping", "\tcurrent_state=2\n")
        );
        assert!(picture(&whole).is_ok());
        assert_eq!(picture("").err(), Some(Flaw::CutOff));
        assert_eq!(picture("define host {\n}\n").err(), Some(Flaw::NoStatus));
        let inside = whole.find("current").unwrap();
        assert_eq!(picture(&whole[..inside]).err(), Some(Flaw::CutOff));
    }

    proptest! {
        #[test]
        fn whatever_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = picture(&bytes);
            let mut text = b"info {\n\tcreated=1\n\t}\nservicestatus {\n\thost_name=web01\n\tservice_description=Ping\n\tplugin_output=".to_vec();
            text.extend(bytes.iter().filter(|byte| **byte != b'\n'));
            text.extend(b"\n\t}\n");
            prop_assert!(picture(&text).is_ok_and(|picture| picture.look(&ping()).is_some()));
        }
    }
}
