//! What becomes of a request: a fault, a fixed answer, or a vendor's word; then it is recorded and shown.

use std::collections::HashMap;
use std::io::{self, IsTerminal, Write};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::board::{Deletion, Shown};
use crate::calls::Calls;
use crate::faults::{Fault, Script};
use crate::http::{Answer, Request};
use crate::incidents::Incident;
use crate::mattermost::Mattermost;
use crate::mattermost_click::{self, Click, Clicked};
use crate::mattermost_posts;
use crate::options::{Colour, Options, Print, Record};
use crate::pace::Gate;
use crate::pagerduty::PagerDuty;
use crate::pagerduty_log::{Agent, Happened, Webhook};
use crate::received::Received;
use crate::server::locked;
use crate::show::{Page, Paint};
use crate::slack::Slack;
use crate::slack_api;
use crate::slack_post;

/// What a vendor says to a request.
pub(crate) struct Outcome {
    pub(crate) answer: Answer,
    pub(crate) verdict: String,
    /// Why it was refused, for the person who tries.
    pub(crate) remark: Option<String>,
    pub(crate) page: Option<Page>,
}

impl Outcome {
    pub(crate) fn accepted(answer: Answer, page: Page) -> Outcome {
        Outcome {
            answer,
            verdict: "accepted".to_string(),
            remark: None,
            page: Some(page),
        }
    }

    /// A look-up, or an error: nothing that a person would see.
    pub(crate) fn unseen(answer: Answer, verdict: &str) -> Outcome {
        Outcome {
            answer,
            verdict: verdict.to_string(),
            remark: None,
            page: None,
        }
    }

    pub(crate) fn remark(mut self, remark: impl Into<String>) -> Outcome {
        self.remark = Some(remark.into());
        self
    }
}

/// What the connection is to do.
pub(crate) enum Reply {
    Answer(Answer),
    Late(Duration, Answer),
    Half(Answer),
    Trickle(Answer),
    Hang,
    Reset,
    Close,
}

pub(crate) struct Exchange {
    state: Mutex<State>,
    arrived: Condvar,
    record: Record,
    printer: Option<Printer>,
}

struct State {
    script: Script,
    paths: HashMap<String, Answer>,
    gate: Gate,
    slack: Slack,
    mattermost: Mattermost,
    pagerduty: PagerDuty,
    received: Vec<Received>,
}

impl Exchange {
    pub(crate) fn new(options: Options) -> Exchange {
        Exchange {
            state: Mutex::new(State {
                script: Script::default(),
                paths: HashMap::new(),
                gate: Gate::new(options.pace, options.update_pace),
                slack: Slack::new(options.record),
                mattermost: Mattermost::new(options.mattermost, options.record),
                pagerduty: PagerDuty::new(options.record),
                received: Vec::new(),
            }),
            arrived: Condvar::new(),
            record: options.record,
            printer: match options.print {
                Print::Nothing => None,
                Print::Terminal { colour } => Some(Printer::new(colour)),
            },
        }
    }

    pub(crate) fn handle(&self, request: Request, connection: u64) -> Reply {
        let at = Instant::now();
        let mut state = locked(&self.state);
        let judged = state.judge(&request);
        if self.record == Record::Everything {
            let received = judged.received(request, connection, at);
            state.received.push(received);
            self.arrived.notify_all();
        }
        drop(state);
        if let Some(printer) = &self.printer {
            printer.print(&judged);
        }
        judged.reply
    }

    pub(crate) fn next(&self, on: Option<Calls>, fault: Fault) {
        locked(&self.state).script.push(on, fault);
    }

    pub(crate) fn always(&self, on: Option<Calls>, fault: Option<Fault>) {
        locked(&self.state).script.always(on, fault);
    }

    pub(crate) fn channel(&self, name_or_id: &str) -> Vec<Shown> {
        let state = locked(&self.state);
        let mut shown = state.mattermost.board.channel(name_or_id);
        shown.extend(state.slack.board.channel(&slack_post::id(name_or_id)));
        shown
    }

    /// Without holding up others while the listener thinks: it may ask this server something.
    pub(crate) fn click(&self, click: &Click) -> Clicked {
        let asked = mattermost_click::asked(&mut locked(&self.state).mattermost, click);
        let asked = match asked {
            Ok(asked) => asked,
            Err(status) => return Clicked::refused(status, "no such button"),
        };
        let answered = mattermost_click::answered(&asked, click.listener);
        let (status, body, connection) = match answered {
            Ok(answered) => answered,
            Err(error) => return Clicked::refused(400, error.to_string()),
        };
        let server = &mut locked(&self.state).mattermost;
        mattermost_click::applied(server, click.post, status, &body, connection)
    }

    pub(crate) fn delete(&self, reference: &str) -> Deletion {
        let mut state = locked(&self.state);
        if let Some(message) = state.slack.board.get_mut(reference) {
            message.deleted = true;
            return Deletion::Done;
        }
        match state.mattermost.board.get(reference) {
            Some(_) => {
                mattermost_posts::delete(&mut state.mattermost, reference);
                Deletion::Done
            }
            None => Deletion::NoSuchMessage,
        }
    }

    pub(crate) fn with_slack<T>(&self, act: impl FnOnce(&mut Slack) -> T) -> T {
        act(&mut locked(&self.state).slack)
    }

    pub(crate) fn incidents(&self) -> Vec<Incident> {
        locked(&self.state).pagerduty.incidents.all()
    }

    pub(crate) fn act(&self, incident: &str, agent: Agent, what: Happened) -> Option<()> {
        let mut state = locked(&self.state);
        state.pagerduty.incidents.act(incident, agent, what)
    }

    pub(crate) fn webhooks(&self) -> Vec<Webhook> {
        locked(&self.state).pagerduty.incidents.log.webhooks()
    }

    pub(crate) fn answer_path(&self, path: &str, answer: Answer) {
        locked(&self.state).paths.insert(path.to_string(), answer);
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        locked(&self.state).received.clone()
    }

    pub(crate) fn wait_for(&self, count: usize, at_most: Duration) -> Vec<Received> {
        let state = locked(&self.state);
        let waited = self
            .arrived
            .wait_timeout_while(state, at_most, |state| state.received.len() < count);
        match waited {
            Ok((state, _)) => state.received.clone(),
            Err(poisoned) => poisoned.into_inner().0.received.clone(),
        }
    }

    pub(crate) fn unused_faults(&self) -> usize {
        locked(&self.state).script.unused()
    }
}

impl State {
    fn judge(&mut self, request: &Request) -> Judged {
        if let Some(answer) = self.paths.get(&request.path) {
            let outcome = Outcome::unseen(answer.clone(), "answered as told");
            return Judged::new(outcome, Reply::Answer);
        }
        match self.script.take(|| Calls::of(request)) {
            None => Judged::new(self.vendor(request), Reply::Answer),
            Some(Fault::Delay(delay)) => {
                Judged::new(self.vendor(request), |answer| Reply::Late(delay, answer))
            }
            Some(Fault::HalfBody) => Judged::new(self.vendor(request), Reply::Half),
            Some(Fault::Trickle) => Judged::new(self.vendor(request), Reply::Trickle),
            Some(Fault::Answer(answer)) => {
                let verdict = format!("fault: {}", answer.status);
                Judged::new(Outcome::unseen(answer, &verdict), Reply::Answer)
            }
            Some(Fault::EditWindowClosed) => {
                let outcome = match request.path.contains("/api/v4/") {
                    true => self.mattermost.refused(mattermost_posts::TOO_OLD),
                    false => slack_api::refused("edit_window_closed"),
                };
                Judged::new(outcome, Reply::Answer)
            }
            Some(Fault::Hang) => Judged::unanswered(Reply::Hang, "fault: hang"),
            Some(Fault::Reset) => Judged::unanswered(Reply::Reset, "fault: reset"),
            Some(Fault::Close) => Judged::unanswered(Reply::Close, "fault: close"),
        }
    }

    fn vendor(&mut self, request: &Request) -> Outcome {
        self.slack
            .answer(request, &mut self.gate)
            .or_else(|| self.mattermost.answer(request, &mut self.gate))
            .or_else(|| self.pagerduty.answer(request, &mut self.gate))
            .unwrap_or_else(|| {
                Outcome::unseen(
                    Answer::json(404, json!({"error": "not_found"})),
                    "not_found",
                )
                .remark("no vendor has this path")
            })
    }
}

struct Judged {
    reply: Reply,
    status: Option<u16>,
    verdict: String,
    remark: Option<String>,
    page: Option<Page>,
}

impl Judged {
    fn new(outcome: Outcome, reply: impl FnOnce(Answer) -> Reply) -> Judged {
        Judged {
            status: Some(outcome.answer.status),
            verdict: outcome.verdict,
            remark: outcome.remark,
            page: outcome.page,
            reply: reply(outcome.answer),
        }
    }

    fn unanswered(reply: Reply, verdict: &str) -> Judged {
        Judged {
            reply,
            status: None,
            verdict: verdict.to_string(),
            remark: None,
            page: None,
        }
    }

    fn received(&self, request: Request, connection: u64, at: Instant) -> Received {
        Received {
            method: request.method,
            target: request.target,
            path: request.path,
            headers: request.headers,
            body: request.body,
            status: self.status,
            verdict: self.verdict.clone(),
            shown: self.page.as_ref().map(|page| page.text(Paint::Plain)),
            mentions: self.page.as_ref().map(Page::mentions).unwrap_or_default(),
            connection,
            at,
        }
    }
}

/// Messages to stdout with a blank line between, anything else as a line to stderr.
struct Printer {
    paint: Paint,
    separator: Mutex<&'static str>,
}

impl Printer {
    fn new(colour: Colour) -> Printer {
        let paint = match colour {
            Colour::Always => Paint::Coloured,
            Colour::Auto if io::stdout().is_terminal() => Paint::Coloured,
            Colour::Auto | Colour::Never => Paint::Plain,
        };
        Printer {
            paint,
            separator: Mutex::new(""),
        }
    }

    fn print(&self, judged: &Judged) {
        let mut separator = locked(&self.separator);
        // A reader of the terminal who leaves must not change what the client is answered.
        let _ = match &judged.page {
            Some(page) => {
                let text = format!("{separator}{}\n", page.text(self.paint));
                *separator = "\n";
                let mut out = io::stdout().lock();
                out.write_all(text.as_bytes()).and_then(|()| out.flush())
            }
            None => writeln!(io::stderr().lock(), "notify-preview: {}", judged.line()),
        };
    }
}

impl Judged {
    /// Without the target, which is a secret where it is a webhook's.
    fn line(&self) -> String {
        let remark = match &self.remark {
            Some(remark) => format!(" ({remark})"),
            None => String::new(),
        };
        match self.status {
            Some(status) => format!("answered {status} {}{remark}", self.verdict),
            None => format!("not answered, {}{remark}", self.verdict),
        }
    }
}
