//! Every answer's way: kept on disk, judged, given to the core, read back, told. Those about one object go one after the
//! other.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use notify_core::config::answers::Answers;
use notify_core::now::Moment;
use notify_core::state_folder::StateFolder;
use notify_core::state_folder::answers::Arrival;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, timeout};

use crate::answer::{Answer, News, Outcome, Reply, Source, Wish, object, object_key};
use crate::carry::{Carrier, Step};
use crate::expiry;
use crate::log::Log;
use crate::metrics::{Counter, Metrics};
use crate::monitoring::Core;
use crate::people::{self, Ruling};
use crate::recent::Recent;
use crate::threads::{Whom, asking, blocking};
use crate::vendor::{Membership, Vendor};

pub struct Desk {
    folder: StateFolder,
    site: String,
    core: Arc<dyn Core>,
    answers: Answers,
    vendors: HashMap<Source, Arc<dyn Vendor>>,
    pub log: Arc<Log>,
    pub metrics: Arc<Metrics>,
    /// What waits for each object; one task serves each.
    waiting: Mutex<HashMap<Line, VecDeque<Job>>>,
    recent: Recent,
    /// Somebody's answer has left.
    left: Notify,
}

struct Job {
    answer: Answer,
    news: watch::Sender<Option<News>>,
}

/// Of one object. A check takes its time, which an acknowledgement must not wait for.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Line {
    object: String,
    is_for_checks: bool,
}

impl Line {
    fn of(answer: &Answer) -> Line {
        Line {
            object: object_key(&answer.subject),
            is_for_checks: answer.wish == Wish::Recheck,
        }
    }
}

/// What became of an answer that somebody brought.
pub enum Taken {
    /// On disk; what happens to it can be watched.
    Kept(watch::Receiver<Option<News>>),
    /// It was here before.
    Repeated,
}

/// What the core has not confirmed yet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pending {
    pub answers: usize,
    /// Age of the oldest one, in seconds.
    pub oldest: f64,
}

/// Between two attempts while the core is away.
const FIRST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// So soon whoever comes meanwhile hears that it waits.
const GLANCE: Duration = Duration::from_secs(1);
/// What nobody could give to the core for so long helps nobody any more.
const EXPIRED: f64 = 24.0 * 3_600.0;

impl Desk {
    pub fn new(
        folder: StateFolder,
        site: String,
        core: Arc<dyn Core>,
        answers: Answers,
        vendors: HashMap<Source, Arc<dyn Vendor>>,
        log: Arc<Log>,
        metrics: Arc<Metrics>,
    ) -> Arc<Desk> {
        Arc::new(Desk {
            folder,
            site,
            core,
            answers,
            vendors,
            log,
            metrics,
            waiting: Mutex::default(),
            recent: Recent::default(),
            left: Notify::new(),
        })
    }

    /// What was promised before the last stop.
    pub fn resume(self: &Arc<Desk>) -> io::Result<usize> {
        let (mut answers, unreadable) = self.folder.pending_answers::<Answer>()?;
        for name in unreadable {
            self.log.line(&format!(
                "answers/pending/{name} cannot be read: look at it and remove it"
            ));
        }
        answers.sort_by(|one, other| one.taken.wall.total_cmp(&other.taken.wall));
        let count = answers.len();
        for answer in answers {
            self.begin(answer);
        }
        Ok(count)
    }

    /// On disk when it returns: then the vendor may be told that it was taken.
    pub async fn take(self: &Arc<Desk>, answer: Answer) -> io::Result<Taken> {
        let (folder, kept) = (self.folder.clone(), answer.clone());
        let arrival = blocking(move || folder.keep_answer(&kept.id, &kept)).await?;
        Ok(match arrival {
            Arrival::Repeated => {
                self.metrics
                    .count(Counter::Refused, answer.person.source.name(), "repeated");
                Taken::Repeated
            }
            Arrival::First => Taken::Kept(self.begin(answer)),
        })
    }

    pub fn folder(&self) -> &StateFolder {
        &self.folder
    }

    pub fn core(&self) -> &Arc<dyn Core> {
        &self.core
    }

    pub fn pending(&self) -> Pending {
        let waiting = self.lock();
        let jobs = waiting.values().flatten();
        let now = Moment::read();
        let ages = jobs.clone().map(|job| now.since(&job.answer.taken));
        Pending {
            answers: jobs.count(),
            oldest: ages.fold(0.0, f64::max),
        }
    }

    /// Until all is done that can be done now, or for so long: the rest is on disk.
    pub async fn finish(&self, at_most: Duration) {
        let end = Instant::now() + at_most;
        loop {
            let left = self.left.notified();
            if self.lock().values().all(VecDeque::is_empty) {
                return;
            }
            let time = end.saturating_duration_since(Instant::now());
            if time.is_zero() || timeout(time, left).await.is_err() {
                return;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Line, VecDeque<Job>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(self: &Arc<Desk>, answer: Answer) -> watch::Receiver<Option<News>> {
        let (news, watched) = watch::channel(None);
        let job = Job { answer, news };
        let desk = Arc::clone(self);
        match job.answer.due {
            // It must not hold up what people want meanwhile.
            Some(due) => drop(tokio::spawn(async move {
                expiry::until(due).await;
                desk.line_up(job);
            })),
            None => desk.line_up(job),
        }
        watched
    }

    fn line_up(self: &Arc<Desk>, job: Job) {
        let line = Line::of(&job.answer);
        let mut waiting = self.lock();
        if let Some(jobs) = waiting.get_mut(&line) {
            jobs.push_back(job);
            return;
        }
        waiting.insert(line.clone(), VecDeque::from([job]));
        drop(waiting);
        tokio::spawn(Arc::clone(self).serve(line));
    }

    /// All answers about one object; whoever comes meanwhile stands in line. An answer may bring another one with it, so
    /// the future's size is not known beforehand.
    fn serve(self: Arc<Desk>, line: Line) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(self.serve_all(line))
    }

    async fn serve_all(self: Arc<Desk>, line: Line) {
        let mut next = self.first_in(&line);
        while let Some((answer, news)) = next {
            self.bring(&line, answer, &news).await;
            next = self.next_in(&line);
            self.left.notify_waiters();
        }
    }

    /// It stays in line while it is served, so that it is counted.
    fn first_in(&self, line: &Line) -> Option<(Answer, watch::Sender<Option<News>>)> {
        let waiting = self.lock();
        let job = waiting.get(line)?.front()?;
        Some((job.answer.clone(), job.news.clone()))
    }

    /// After the first one has been served. An empty line ends under the same lock: whoever comes then begins a new one.
    fn next_in(&self, line: &Line) -> Option<(Answer, watch::Sender<Option<News>>)> {
        let mut waiting = self.lock();
        let jobs = waiting.get_mut(line)?;
        jobs.pop_front();
        match jobs.front() {
            Some(job) => Some((job.answer.clone(), job.news.clone())),
            None => {
                waiting.remove(line);
                None
            }
        }
    }

    /// One answer to its end.
    async fn bring(
        self: &Arc<Desk>,
        line: &Line,
        mut answer: Answer,
        news: &watch::Sender<Option<News>>,
    ) {
        let mut wait = FIRST_WAIT;
        let outcome = loop {
            let why = match self.one_attempt(&mut answer, news).await {
                Step::Ended(outcome) => break outcome,
                Step::Later(why) => why,
            };
            if is_expired(&answer) {
                break Outcome::Impossible(format!("given up after a day: {why}"));
            }
            let until = Instant::now() + wait;
            while Instant::now() < until {
                self.tell_who_waits(line, &why).await;
                let left = until.saturating_duration_since(Instant::now());
                sleep(left.min(GLANCE)).await;
            }
            wait = (wait * 2).min(LONGEST_WAIT);
        };
        self.end(answer, outcome, news).await;
    }

    /// Everybody in line waits for the same, and hears so once.
    async fn tell_who_waits(&self, line: &Line, why: &str) {
        let is_told = |job: &&Job| matches!(*job.news.borrow(), Some(News::Waits(_)));
        let untold: Vec<_> = match self.lock().get(line) {
            Some(jobs) => jobs
                .iter()
                .filter(|job| !is_told(job))
                .map(|job| (job.answer.clone(), job.news.clone()))
                .collect(),
            None => Vec::new(),
        };
        for (answer, news) in untold {
            self.log
                .line(&format!("{}: waits: {why}", described(&answer)));
            self.tell(&answer, News::Waits(why.to_owned()), &news).await;
        }
    }

    async fn one_attempt(&self, answer: &mut Answer, news: &watch::Sender<Option<News>>) -> Step {
        match people::ruling(&self.answers, &answer.person, &answer.wish) {
            Ruling::Allowed => {}
            Ruling::Refused(why) => return Step::Ended(Outcome::NotAllowed(why)),
            Ruling::IfMember => match self.membership(answer).await {
                Ok(Membership::Full) => {}
                Ok(Membership::Not(why)) => return Step::Ended(Outcome::NotAllowed(why)),
                Err(why) => return Step::Later(why),
            },
        }
        let carrier = Carrier {
            core: &self.core,
            folder: &self.folder,
            recent: &self.recent,
            site: &self.site,
            author: people::author(&self.answers, &answer.person),
        };
        let asked = answer.clone();
        carrier
            .carry(answer, async || {
                self.tell(&asked, News::Sent, news).await;
            })
            .await
    }

    async fn membership(&self, answer: &Answer) -> Result<Membership, String> {
        let Some(vendor) = self.vendors.get(&answer.person.source).cloned() else {
            let why = "this vendor is not in the config any more".to_owned();
            return Ok(Membership::Not(why));
        };
        let person = answer.person.clone();
        asking(Whom::Vendor, move || vendor.membership(&person)).await
    }

    async fn end(
        self: &Arc<Desk>,
        mut answer: Answer,
        outcome: Outcome,
        news: &watch::Sender<Option<News>>,
    ) {
        // Before it is closed, so that no crash leaves it without its end.
        if outcome == Outcome::Done
            && let Some(follower) = expiry::follower(&answer, &*self.core)
            && let Err(error) = self.take(follower).await
        {
            self.log.line(&format!(
                "{}: its expiry cannot be kept: {error}",
                described(&answer)
            ));
        }
        self.metrics.count(
            Counter::Answers,
            answer.person.source.name(),
            outcome.name(),
        );
        self.log.line(&format!(
            "{}: {}",
            described(&answer),
            outcome.words(&answer.wish)
        ));
        answer.outcome = Some(outcome.clone());
        // What opens the vendor's door for half an hour is needed no more.
        let closed = Answer {
            reply: Reply::Nowhere,
            ..answer.clone()
        };
        let folder = self.folder.clone();
        if let Err(error) = blocking(move || folder.close_answer(&closed.id, &closed)).await {
            self.log.line(&format!(
                "{}: its end cannot be noted, so that it is tried again at the next start: {error}",
                described(&answer)
            ));
        }
        self.tell(&answer, News::Ended(outcome), news).await;
    }

    async fn tell(&self, answer: &Answer, what: News, news: &watch::Sender<Option<News>>) {
        let vendor = match &answer.reply {
            Reply::Nowhere => None,
            Reply::Slack(_) => self.vendors.get(&Source::Slack).cloned(),
        };
        if let Some(vendor) = vendor {
            let (answer, what) = (answer.clone(), what.clone());
            asking(Whom::Vendor, move || vendor.tell(&answer, &what)).await;
        }
        news.send_replace(Some(what));
    }
}

/// An expiry counts from its time.
fn is_expired(answer: &Answer) -> bool {
    let now = Moment::read();
    let waited = match answer.due {
        Some(due) => now.wall - due,
        None => now.since(&answer.taken),
    };
    waited > EXPIRED
}

/// Who, what, from where: one line of the log.
pub fn described(answer: &Answer) -> String {
    let Answer {
        person,
        wish,
        subject,
        id,
        ..
    } = answer;
    let place = person.channel.as_ref();
    let place = place.map_or(String::new(), |channel| format!(" in {channel}"));
    format!(
        "{} [{id}] {} by {} ({}:{}{place})",
        object(subject),
        wish.verb(),
        person.name,
        person.source.name(),
        person.id,
    )
}

#[cfg(test)]
mod tests;
