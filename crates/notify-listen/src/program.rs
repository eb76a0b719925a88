//! The program from its arguments to its end.

use std::collections::HashMap;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use notify_core::config::Config;
use notify_core::config::answers::Answers;
use notify_core::config::listen::Keys;
use notify_core::config::secret::Secret;
use notify_core::environment::Environment;
use notify_core::exit::{Exit, Failure};
use notify_core::owner;
use notify_core::state_folder::StateFolder;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::answer::Source;
use crate::command::{self, Command, Parsed};
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
use crate::vendor::Vendor;

/// For answers that the core has not confirmed when the program stops; the rest is taken up at the next start.
const LAST_ANSWERS: Duration = Duration::from_secs(10);

/// Everything between `main` and the process's end.
pub fn run() -> ExitCode {
    let log = Arc::new(Log::default());
    let ended = match command::parse(std::env::args_os()) {
        Ok(Parsed::Command(command)) => act(&command, &log),
        Ok(Parsed::Print(text)) => {
            let _ = std::io::stdout().lock().write_all(text.as_bytes());
            Ok(())
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

fn act(command: &Command, log: &Arc<Log>) -> Result<(), Failure> {
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
    ended.map_err(|error| Failure {
        exit: Exit::Config,
        reason: format!("{error:#}"),
    })
}

/// Everything that the config says, read and found to be whole.
struct Parts {
    config: Arc<Config>,
    desk: Arc<Desk>,
    button_secrets: Vec<Secret>,
    slack: Option<Arc<Slack>>,
    mattermost: Option<Arc<Mattermost>>,
    pagerduty: Option<Arc<PagerDuty>>,
}

impl Parts {
    fn new(config: Arc<Config>, log: &Arc<Log>) -> anyhow::Result<Parts> {
        let folder =
            StateFolder::open(&config.state_dir).map_err(|unfit| anyhow::anyhow!("{unfit}"))?;
        let core = monitoring::core(&config)?;
        let answers = config.with_top(|top| -> anyhow::Result<Answers> {
            let Some(section) = top.table("answers")? else {
                return Ok(Answers::default());
            };
            let answers = Answers::read(&section);
            for problem in section.unknown() {
                log.line(&problem.to_string());
            }
            Ok(answers)
        })?;
        let slack = Slack::read(&config, &folder)?.map(Arc::new);
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
        anyhow::ensure!(
            !vendors.is_empty(),
            "nothing to listen for: give [slack] a signing_secret, [mattermost] two_way = true, or [pagerduty] webhook_secrets"
        );
        let desk = Desk::new(
            folder,
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
            slack,
            mattermost,
            pagerduty,
        })
    }

    /// What to paste into the vendors' pages.
    fn urls(&self, config: &Config) -> Vec<String> {
        let Keys::Given { public_url, .. } = &config.listen.keys else {
            return Vec::new();
        };
        let (slack, mattermost) = (self.slack.is_some(), self.mattermost.is_some());
        let pagerduty = self.pagerduty.is_some();
        [
            (slack, "Slack's Request URL", "/slack/interaction"),
            (slack, "Slack's slash command", "/slack/command"),
            (
                mattermost,
                "Mattermost's slash command",
                "/mattermost/command",
            ),
            (pagerduty, "PagerDuty's webhook (V3)", "/pagerduty/v3"),
            (
                pagerduty,
                "PagerDuty's webhook (generic V2)",
                "/pagerduty/v2",
            ),
        ]
        .iter()
        .filter(|(listens, ..)| *listens)
        .map(|(_, what, path)| format!("{what}: {public_url}{path}"))
        .collect()
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
        let server = Server::new(listener, Arc::clone(&log));
        let context = Arc::new(Context {
            config: Arc::clone(&self.config),
            desk: Arc::clone(&self.desk),
            button_secrets: self.button_secrets.clone(),
        });
        let mut router = Router::new().merge(health::routes(
            Arc::clone(&context),
            Arc::new(server.connections()),
        ));
        log.line(&format!("listening on {address}"));
        for line in self.urls(&context.config) {
            log.line(&line);
        }
        if let Some(slack) = self.slack {
            router = router.merge(slack.routes(Arc::clone(&context)));
        }
        if let Some(mattermost) = self.mattermost {
            router = router.merge(mattermost.routes(Arc::clone(&context)));
        }
        if let Some(pagerduty) = self.pagerduty {
            router = router.merge(Arc::clone(&pagerduty).routes(Arc::clone(&context)));
            pagerduty.start(&context);
        }
        let stop = stop_signal()?;
        notify_socket::tell("READY=1");
        server.serve(router, stop).await;
        notify_socket::tell("STOPPING=1");
        self.desk.finish(LAST_ANSWERS).await;
        log.line("stopped");
        Ok(())
    }
}

fn button_secrets(config: &Config) -> anyhow::Result<Vec<Secret>> {
    let Keys::Given { button_secret, .. } = &config.listen.keys else {
        return Ok(Vec::new());
    };
    button_secret
        .iter()
        .map(|source| source.read().context("[listen] button_secret"))
        .collect()
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
