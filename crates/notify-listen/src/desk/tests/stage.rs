//! A desk before a core whose files are real, and whose mind is the tests' own.

use notify_core::config::answers::{Allowed, What};
use notify_core::config::monitoring::{CommandFile, Flavour};
use notify_core::notification::Subject;
use notify_test::fake_nagios::FakeNagios;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use super::super::*;
use crate::answer::{Again, Person, Sticky, Wish};
use crate::monitoring::command_file::Nagios;

pub(super) const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Stage {
    pub(super) nagios: FakeNagios,
    pub(super) listener: Option<Listener>,
    pub(super) allow: bool,
    pub(super) folder: TempDir,
    pub(super) number: u32,
}

/// What ends with the process.
pub(super) struct Listener {
    pub(super) desk: Arc<Desk>,
    pub(super) runtime: Runtime,
}

struct Members(Membership);

impl Vendor for Members {
    fn membership(&self, _person: &Person) -> Result<Membership, String> {
        Ok(self.0.clone())
    }

    fn tell(&self, _answer: &Answer, _news: &News) {}
}

pub(super) type Heard = watch::Receiver<Option<News>>;

impl Stage {
    /// A service that is CRITICAL on a host that is DOWN.
    pub(super) fn new() -> Stage {
        let folder = TempDir::new().unwrap();
        let nagios = FakeNagios::start(folder.path());
        nagios.host("web01", 1);
        nagios.service("web01", "Ping", 2);
        let mut stage = Stage {
            nagios,
            listener: None,
            allow: true,
            folder,
            number: 0,
        };
        stage.start(Membership::Full);
        stage
    }

    pub(super) fn folder(&self) -> StateFolder {
        StateFolder::open(&self.folder.path().join("state")).unwrap()
    }

    pub(super) fn start(&mut self, membership: Membership) {
        let core = Nagios::new(CommandFile {
            flavour: Flavour::Nagios,
            command_file: self.nagios.command_file(),
            status_file: self.nagios.status_file(),
        });
        let everybody = ["U1", "U2"].map(|id| Allowed {
            source: "slack".to_owned(),
            what: What::Person,
            id: id.to_owned(),
        });
        let answers = Answers {
            allow: self.allow.then(|| everybody.to_vec()),
            ..Answers::default()
        };
        let vendor: Arc<dyn Vendor> = Arc::new(Members(membership));
        let desk = Desk::new(
            self.folder(),
            "berlin".to_owned(),
            Arc::new(core),
            answers,
            HashMap::from([(Source::Slack, vendor)]),
            Arc::new(Log::default()),
            Arc::new(Metrics::default()),
        );
        let runtime = Builder::new_multi_thread().enable_all().build().unwrap();
        self.listener = Some(Listener { desk, runtime });
    }

    /// As by a kill: nothing is finished.
    pub(super) fn restart(&mut self) -> usize {
        if let Some(listener) = self.listener.take() {
            listener.runtime.shutdown_background();
        }
        self.start(Membership::Full);
        let listener = self.listener();
        let _inside = listener.runtime.enter();
        listener.desk.resume().unwrap()
    }

    pub(super) fn listener(&self) -> &Listener {
        self.listener.as_ref().unwrap()
    }

    pub(super) fn answer(&mut self, person: Person, subject: &Subject, wish: Wish) -> Answer {
        self.number += 1;
        let number = self.number.to_be_bytes();
        Answer::new(&[&number], person, subject.clone(), wish)
    }

    pub(super) fn take(&self, answer: Answer) -> Heard {
        let Listener { desk, runtime } = self.listener();
        match runtime.block_on(desk.take(answer)).unwrap() {
            Taken::Kept(heard) => heard,
            Taken::Repeated => panic!("it is new"),
        }
    }

    pub(super) fn ask(&mut self, person: Person, subject: &Subject, wish: Wish) -> Heard {
        let answer = self.answer(person, subject, wish);
        self.take(answer)
    }

    pub(super) fn max(&mut self, wish: Wish) -> Heard {
        self.ask(max(), &ping(), wish)
    }

    pub(super) fn until(&self, mut heard: Heard, is: impl Fn(&News) -> bool) -> News {
        let Listener { runtime, .. } = self.listener();
        let waited = runtime.block_on(async {
            let news = heard.wait_for(|news| news.as_ref().is_some_and(&is));
            timeout(PATIENCE, news)
                .await
                .map(|news| news.unwrap().clone())
        });
        match waited {
            Ok(Some(news)) => news,
            _ => panic!(
                "nothing was said; the core was told {:#?}",
                self.nagios.commands()
            ),
        }
    }

    pub(super) fn outcome(&self, heard: Heard) -> Outcome {
        match self.until(heard, |news| matches!(news, News::Ended(_))) {
            News::Ended(outcome) => outcome,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn waits(&self, heard: &Heard) -> String {
        match self.until(heard.clone(), |news| matches!(news, News::Waits(_))) {
            News::Waits(why) => why,
            other => panic!("{other:?}"),
        }
    }

    /// Without their time.
    pub(super) fn commands(&self) -> Vec<String> {
        let commands = self.nagios.commands();
        let command = |line: &String| line.split_once("] ").unwrap().1.to_owned();
        commands.iter().map(command).collect()
    }

    pub(super) fn pending(&self) -> Vec<Answer> {
        self.folder().pending_answers().unwrap().0
    }
}

pub(super) fn person(id: &str, name: &str) -> Person {
    Person {
        source: Source::Slack,
        id: id.to_owned(),
        name: name.to_owned(),
        channel: None,
        team: None,
    }
}

pub(super) fn max() -> Person {
    person("U1", "Max")
}

pub(super) fn ann() -> Person {
    person("U2", "Ann")
}

pub(super) fn ping() -> Subject {
    Subject {
        host: "web01".to_owned(),
        service: Some("Ping".to_owned()),
    }
}

pub(super) fn acknowledge(comment: &str) -> Wish {
    Wish::Acknowledge {
        comment: comment.to_owned(),
        sticky: Sticky::ByState,
        until: None,
        again: Again::Comment,
    }
}

pub(super) fn for_seconds(seconds: f64) -> Wish {
    Wish::Acknowledge {
        comment: String::new(),
        sticky: Sticky::ByState,
        until: Some(Moment::read().wall + seconds),
        again: Again::Nothing,
    }
}

pub(super) fn remove() -> Wish {
    Wish::RemoveAcknowledgement { of: None }
}

pub(super) fn comment(text: &str) -> Wish {
    Wish::Comment {
        text: text.to_owned(),
    }
}
