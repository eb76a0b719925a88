//! The program from its arguments to its end.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use notify_core::config::Config;
use notify_core::config::answers::Answers;
use notify_core::config::listen::{self, Keys};
use notify_core::config::secret::Secret;
use notify_core::environment::Environment;
use notify_core::exit::Failure;
use notify_core::owner;
use notify_core::plugin::Report;
use notify_core::state_folder::StateFolder;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::answer::Source;
use crate::check;
use crate::command::{self, Command, Mode, PROGRAM, Parsed};
use crate::context::Context;
use crate::desk::Desk;
use crate::health;
use crate::log::Log;
use crate::mattermost::Mattermost;
use crate::metrics::Metrics;
use crate::monitoring;
use crate::notify_socket;
use crate::pagerduty::PagerDuty;
use crate::server::Server;
use crate::slack::Slack;
use crate::urls::request_urls;
use crate::vendor::Vendor;

/// For answers that the core has not confirmed when the program stops; the rest is taken up at the next start.
const LAST_ANSWERS: Duration = Duration::from_secs(10);

/// Where no vendor's section wants answers.
pub const NO_VENDOR: &str = "nothing to listen for: give [slack] a signing_secret, [mattermost] two_way = true, or [pagerduty] webhook_secrets";

/// Everything between `main` and the process's end.
pub fn run() -> ExitCode {
    let log = Arc::new(Log::default());
    let ended = match command::parse(std::env::args_os()) {
        Ok(Parsed::Command(command)) => match command.mode {
            Mode::Check => return answer(&check::check(&command)),
            Mode::Listen => listen(&command, &log),
        },
        Ok(Parsed::Print(text)) => {
            print(&text);
            Ok(())
        }
        Err(failure) if command::asks_for_a_plugin(std::env::args_os()) => {
            return answer(&Report::unknown(PROGRAM, &failure.reason));
        }
        Err(failure) => Err(failure),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            log.line(&failure.reason);
            failure.exit.into()
        }
    }
}

fn answer(report: &Report) -> ExitCode {
    print(&format!("{report}\n"));
    report.state.into()
}

fn print(text: &str) {
    // A reader that went away is no error of ours.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

fn listen(command: &Command, log: &Arc<Log>) -> Result<(), Failure> {
    let environment = Environment::of_process();
    let config = Config::load(command.config.as_deref(), &environment).map_err(Failure::config)?;
    owner::become_owner_of(&config.state_dir, config.file());
    let parts =
        Parts::new(Arc::new(config), log).map_err(|error| Failure::config(format!("{error:#}")))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::config(format!("cannot start: {error}")))?;
    let ended = runtime.block_on(parts.listen());
    // What is still on its way to the core is on disk.
    runtime.shutdown_background();
    ended.map_err(|error| Failure::config(format!("{error:#}")))
}

/// Everything that the config says, read and found to be whole.
struct Parts {
    config: Arc<Config>,
    desk: Arc<Desk>,
    /// For as long as the program lives.
    _lock: File,
    button_secrets: Vec<Secret>,
    slack: Option<Arc<Slack>>,
    mattermost: Option<Arc<Mattermost>>,
    pagerduty: Option<Arc<PagerDuty>>,
}

impl Parts {
    fn new(config: Arc<Config>, log: &Arc<Log>) -> anyhow::Result<Parts> {
        let folder =
            StateFolder::open(&config.state_dir).map_err(|unfit| anyhow::anyhow!("{unfit}"))?;
        let lock = folder.lock_for_listening()?;
        let core = monitoring::core(&config)?;
        for problem in check::problems(&config) {
            log.line(&problem);
        }
        let answers = answers(&config)?;
        let slack = Slack::read(&config)?.map(Arc::new);
        let mattermost = Mattermost::read(&config)?.map(Arc::new);
        let pagerduty = PagerDuty::read(&config)?.map(Arc::new);
        let mut vendors: HashMap<Source, Arc<dyn Vendor>> = HashMap::new();
        if let Some(slack) = &slack {
            vendors.insert(Source::Slack, Arc::clone(slack) as Arc<dyn Vendor>);
        }
        if let Some(mattermost) = &mattermost {
            vendors.insert(
                Source::Mattermost,
                Arc::clone(mattermost) as Arc<dyn Vendor>,
            );
        }
        if let Some(pagerduty) = &pagerduty {
            vendors.insert(Source::PagerDuty, Arc::clone(pagerduty) as Arc<dyn Vendor>);
        }
        anyhow::ensure!(!vendors.is_empty(), NO_VENDOR);
        let desk = Desk::new(
            folder,
            config.site.clone(),
            core,
            answers,
            vendors,
            Arc::clone(log),
            Arc::new(Metrics::default()),
        );
        Ok(Parts {
            button_secrets: button_secrets(&config)?,
            config,
            desk,
            _lock: lock,
            slack,
            mattermost,
            pagerduty,
        })
    }

    async fn listen(self) -> anyhow::Result<()> {
        let address = self.config.listen.address;
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot listen on {address}: set address in [listen]"))?;
        let address = listener.local_addr()?;
        let log = Arc::clone(&self.desk.log);
        let waiting = self.desk.resume().context("the state folder")?;
        if waiting > 0 {
            log.line(&format!("{waiting} answers from before are taken up"));
        }
        let server = Server::new(listener, Arc::clone(&log), Arc::clone(&self.desk.metrics));
        let context = Arc::new(Context {
            config: self.config,
            desk: Arc::clone(&self.desk),
            button_secrets: self.button_secrets,
        });
        let mut router =
            Router::new().merge(health::routes(Arc::clone(&context), server.connections()));
        let mut in_use = Vec::new();
        // From now on somebody may come, and want it to stop.
        let stop = stop_signal()?;
        log.line(&format!("listening on {address}"));
        if let Some(slack) = self.slack {
            in_use.push(Source::Slack);
            router = router.merge(slack.routes(Arc::clone(&context)));
        }
        if let Some(mattermost) = self.mattermost {
            in_use.push(Source::Mattermost);
            router = router.merge(mattermost.routes(Arc::clone(&context)));
        }
        if let Some(pagerduty) = self.pagerduty {
            in_use.push(Source::PagerDuty);
            router = router.merge(Arc::clone(&pagerduty).routes(Arc::clone(&context)));
            pagerduty.start(&context);
        }
        for line in request_urls(&context.config, &in_use) {
            log.line(&line);
        }
        notify_socket::tell("READY=1");
        notify_socket::keep_alive();
        let stop = async {
            stop.await;
            notify_socket::tell("STOPPING=1");
        };
        server.serve(router, stop).await;
        self.desk.finish(LAST_ANSWERS).await;
        log.line("stopped");
        Ok(())
    }
}

/// Who may answer. What cannot be read of it is among the config's problems.
pub fn answers(config: &Config) -> anyhow::Result<Answers> {
    config.with_top(|top| {
        let section = top.table("answers")?;
        Ok(section.map_or_else(Answers::default, |section| Answers::read(&section)))
    })
}

fn button_secrets(config: &Config) -> anyhow::Result<Vec<Secret>> {
    let Keys::Given { button_secret, .. } = &config.listen.keys else {
        return Ok(Vec::new());
    };
    listen::opening(button_secret).context("[listen] button_secret")
}

fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        std::future::poll_fn(|context| {
            if terminate.poll_recv(context).is_ready() || interrupt.poll_recv(context).is_ready() {
                return std::task::Poll::Ready(());
            }
            std::task::Poll::Pending
        })
        .await;
    })
}
