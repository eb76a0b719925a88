//! The command line.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, value_parser};
use notify_preview::{Colour, Fault, MattermostLimits, Pace, Print};

const ABOUT: &str = "\
Stands in for Slack, Mattermost and PagerDuty on loopback: checks what it gets as they do, answers as
they do, and prints each accepted message as a person would see it.";

const FAULTS: &str = "\
What --fail takes, for every request:
  STATUS            this HTTP status, such as 500
  STATUS:SECONDS    the same with Retry-After, such as 429:30
  delay:SECONDS     the right answer, late
  hang              no answer, ever
  reset             a TCP reset after the request
  close             the connection closed without a byte
  half              an answer that breaks off in its body
  trickle           the right answer at one byte a second, without an end
  redirect          302 to another path
  html              200 with a page for people, as a captive portal has it

Threads and updates: a channel's token may reply (thread_ts, root_id) and update its own messages
(chat.update, PUT posts/ID/patch) as the vendors let it; the latest 10,000 messages are known.

Names that mean something: a Slack webhook's secret or a Mattermost hook that begins with nosuch is
unknown; Mattermost hooks may begin with locked, private or disabled; Slack channels with CNOSUCH,
CNOTIN or CARCHIVED; a Slack token may contain missingscope, and up to its last - it names the app
whose messages it may update; a Mattermost token may begin with bad.";

pub(crate) enum Call {
    Run(Box<Command>),
    Help(String),
}

pub(crate) struct Command {
    pub(crate) listen: SocketAddr,
    pub(crate) tls: Option<TlsFiles>,
    pub(crate) mattermost: MattermostLimits,
    pub(crate) fault: Option<Fault>,
    pub(crate) pace: Option<Pace>,
    pub(crate) update_pace: Option<Pace>,
    pub(crate) print: Print,
    pub(crate) configuration: Configuration,
}

pub(crate) struct TlsFiles {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    pub(crate) client_ca: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Configuration {
    Silent,
    Printed,
}

/// An error is one line.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Call, String> {
    match definition().try_get_matches_from(arguments) {
        Ok(matches) => command(&matches).map(|command| Call::Run(Box::new(command))),
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                Ok(Call::Help(error.render().to_string()))
            }
            _ => {
                let text = error.render().to_string();
                let lines: Vec<&str> = text
                    .lines()
                    .map(str::trim)
                    .take_while(|line| !line.is_empty())
                    .collect();
                let line = lines.join(" ");
                let what = line.strip_prefix("error: ").unwrap_or(&line);
                Err(format!("{what}; see --help"))
            }
        },
    }
}

fn definition() -> clap::Command {
    clap::Command::new("notify-preview")
        .version(env!("CARGO_PKG_VERSION"))
        .about(ABOUT)
        .after_help(FAULTS)
        .arg(
            Arg::new("listen")
                .long("listen")
                .value_name("ADDRESS")
                .default_value("127.0.0.1:8025")
                .value_parser(value_parser!(SocketAddr))
                .help("Loopback address and port; port 0 takes a free one"),
        )
        .arg(file("tls-cert", "Certificate chain in PEM: speak HTTPS").requires("tls-key"))
        .arg(file("tls-key", "The certificate's private key in PEM").requires("tls-cert"))
        .arg(
            file(
                "client-ca",
                "Ask clients for a certificate that this CA signed",
            )
            .requires("tls-cert"),
        )
        .arg(
            Arg::new("mattermost")
                .long("mattermost")
                .value_name("old|new")
                .default_value("new")
                .value_parser(str::parse::<MattermostLimits>)
                .help("A post's props: 7,600 (old) or 800,000 runes"),
        )
        .arg(
            Arg::new("fail")
                .long("fail")
                .value_name("SPEC")
                .value_parser(str::parse::<Fault>)
                .help("Fail every request; see below"),
        )
        .arg(
            Arg::new("pace")
                .long("pace")
                .value_name("N/SECONDS")
                .value_parser(str::parse::<Pace>)
                .help("Take N messages per channel in SECONDS, answer 429 to more"),
        )
        .arg(
            Arg::new("update-pace")
                .long("update-pace")
                .value_name("N/SECONDS")
                .value_parser(str::parse::<Pace>)
                .help("Take N updates of messages in SECONDS, answer 429 to more"),
        )
        .arg(
            Arg::new("color")
                .long("color")
                .value_name("auto|always|never")
                .default_value("auto")
                .value_parser(str::parse::<Colour>)
                .help("When to colour the messages"),
        )
        .arg(switch("quiet", "Print no messages"))
        .arg(switch(
            "print-config",
            "First print a config that points at this preview",
        ))
}

fn file(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help(help)
}

fn switch(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .action(ArgAction::SetTrue)
        .help(help)
}

fn command(matches: &ArgMatches) -> Result<Command, String> {
    let listen = copied(matches, "listen")
        .filter(|address: &SocketAddr| address.ip().is_loopback())
        .ok_or("--listen takes a loopback address alone, 127.0.0.1:PORT or [::1]:PORT")?;
    let path = |name: &str| matches.get_one::<PathBuf>(name).cloned();
    let tls = match (path("tls-cert"), path("tls-key")) {
        (Some(certificate), Some(key)) => Some(TlsFiles {
            certificate,
            key,
            client_ca: path("client-ca"),
        }),
        _ => None,
    };
    let print = match matches.get_flag("quiet") {
        true => Print::Nothing,
        false => Print::Terminal {
            colour: copied(matches, "color").unwrap_or_default(),
        },
    };
    let configuration = match matches.get_flag("print-config") {
        true => Configuration::Printed,
        false => Configuration::Silent,
    };
    Ok(Command {
        listen,
        tls,
        mattermost: copied(matches, "mattermost").unwrap_or_default(),
        fault: matches.get_one::<Fault>("fail").cloned(),
        pace: copied(matches, "pace"),
        update_pace: copied(matches, "update-pace"),
        print,
        configuration,
    })
}

fn copied<T: Copy + Send + Sync + 'static>(matches: &ArgMatches, name: &str) -> Option<T> {
    matches.get_one::<T>(name).copied()
}
