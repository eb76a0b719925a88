//! The command lines for Nagios, Naemon and openITCOCKPIT, through a shell as these cores start them.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use crate::arrival::{
    About, INSTALLED, acknowledgement, arrived, finished, nothing_was_injected, problem, says,
    shows_comments,
};
use crate::fences::blocks_in;
use crate::listening::{Listening, is_listeners};
use crate::nagios::{self, Macros};
use crate::stage::{Stage, programs_folder};

/// Output as the cores' cleaning leaves it, with everything that a shell could still make something of.
const CLEANED: [&[u8]; 8] = [
    b"100% packet loss \\",
    b"packet loss; exit 3; (a) {b} [c] # ! * ^ % $",
    b"!packet loss!",
    b"--to packet loss",
    b"packet loss\\nsecond\\\\nthird",
    "packet loss – ünïcödé 雪 🔥".as_bytes(),
    b"packet loss \xff\xfe\xc3",
    b"#packet loss\t*",
];

/// What newer Nagios and Naemon hand to the shell as people wrote it: none of it belongs on a command line.
const UNCLEANED: [&str; 7] = [
    "NOTIFICATIONAUTHOR",
    "NOTIFICATIONCOMMENT",
    "HOSTALIAS",
    "HOSTDISPLAYNAME",
    "SERVICEDISPLAYNAME",
    "HOSTNOTES",
    "SERVICENOTES",
];
const INJECTION: &str = "Max' $(touch pwned) `touch pwned` \"\\";

/// A command line as a core has it in its config.
struct Line {
    place: String,
    line: String,
}

impl Line {
    fn program(&self) -> &str {
        let name = self.line.split(' ').next().unwrap_or_default();
        name.strip_prefix(INSTALLED)
            .unwrap_or_else(|| panic!("{}: not in {INSTALLED}: {name}", self.place))
    }

    /// None of a plugin.
    fn about(&self) -> Option<About> {
        match (
            self.line.contains("--type Host"),
            self.line.contains("--type Service"),
        ) {
            (true, false) => Some(About::Host),
            (false, true) => Some(About::Service),
            _ => None,
        }
    }

    /// As the core starts it: macros replaced, then a shell.
    fn command(&self, stage: &Stage, macros: &Macros) -> Command {
        let built = format!("{}/", programs_folder().display());
        let line = nagios::replaced(&self.line.replace(INSTALLED, &built), macros);
        let mut command = stage.command("/bin/sh");
        command.arg("-c").arg(OsStr::from_bytes(&line));
        command
    }
}

fn lines() -> Vec<Line> {
    let mut lines = Vec::new();
    for block in blocks_in("nagios") {
        for definition in nagios::definitions(&block.text) {
            if definition.kind == "command" {
                let line = definition.field("command_line").expect("a command_line");
                lines.push((block.place.clone(), line.to_owned()));
            }
        }
    }
    for block in blocks_in("openitcockpit") {
        for line in block.text.lines() {
            lines.push((block.place.clone(), line.to_owned()));
        }
    }
    lines
        .into_iter()
        .map(|(place, line)| Line { place, line })
        .collect()
}

fn notifications() -> Vec<(Line, About)> {
    let all = lines().into_iter();
    let found: Vec<(Line, About)> = all
        .filter_map(|line| Some((line.about()?, line)))
        .map(|(about, line)| (line, about))
        .collect();
    assert!(
        found.len() >= 12,
        "host and service, three programs, two pages"
    );
    found
}

fn essentials(about: About, kind: &str, text: &[u8]) -> Macros {
    let value = |value: &str| value.as_bytes().to_vec();
    let mut macros = vec![
        ("NOTIFICATIONTYPE", value(kind)),
        ("HOSTNAME", value("web01")),
    ];
    match about {
        About::Host => macros.extend([
            ("HOSTSTATEID", value("1")),
            ("HOSTOUTPUT", text.to_vec()),
            ("HOSTATTEMPT", value("3")),
            ("MAXHOSTATTEMPTS", value("3")),
        ]),
        About::Service => macros.extend([
            ("SERVICEATTEMPT", value("3")),
            ("MAXSERVICEATTEMPTS", value("3")),
            ("SERVICEDESC", value("Ping")),
            ("SERVICESTATEID", value("2")),
            ("SERVICEOUTPUT", text.to_vec()),
        ]),
    }
    macros
}

fn everything(about: About, kind: &str, text: &[u8]) -> Macros {
    let mut macros = essentials(about, kind, text);
    let of_the_core = [
        ("HOSTADDRESS", "172.16.166.229"),
        ("HOSTSTATEID", "0"),
        ("HOSTNOTIFICATIONNUMBER", "1"),
        ("LASTHOSTSTATECHANGE", "1600000000"),
        ("LASTHOSTSTATEID", "0"),
        ("LASTHOSTUP", "0"),
        ("SERVICENOTIFICATIONNUMBER", "1"),
        ("LASTSERVICESTATECHANGE", "1600000000"),
        ("LASTSERVICESTATEID", "0"),
        ("LASTSERVICEOK", "0"),
        ("TIMET", "1600000060"),
        ("CONTACTNAME", "slack"),
    ];
    macros.extend(of_the_core.map(|(name, value)| (name, value.as_bytes().to_vec())));
    macros.extend(UNCLEANED.map(|name| (name, INJECTION.as_bytes().to_vec())));
    macros.extend(["LONGHOSTOUTPUT", "LONGSERVICEOUTPUT"].map(|name| (name, text.to_vec())));
    macros
}

fn acknowledged(about: About, author: &[u8], comment: &[u8]) -> Macros {
    let mut macros = everything(about, "ACKNOWLEDGEMENT", b"100% lost");
    for (name, value) in [("HOSTACKAUTHOR", author), ("SERVICEACKAUTHOR", author)] {
        macros.push((name, value.to_vec()));
    }
    for (name, value) in [("HOSTACKCOMMENT", comment), ("SERVICEACKCOMMENT", comment)] {
        macros.push((name, value.to_vec()));
    }
    macros
}

#[test]
fn every_command_line_brings_its_problem_whatever_the_output_holds() {
    let stage = Stage::new();
    for (line, about) in notifications() {
        for text in CLEANED {
            let macros = everything(about, "PROBLEM", text);
            let received = arrived(&stage, &mut line.command(&stage, &macros), &line.place);
            says(&received, problem(about), &line.place);
            says(&received, "packet loss", &line.place);
        }
    }
    nothing_was_injected(&stage);
}

#[test]
fn every_command_line_brings_its_acknowledgement_whatever_people_write() {
    let stage = Stage::new();
    for (line, about) in notifications() {
        let macros = everything(about, "PROBLEM", b"");
        arrived(&stage, &mut line.command(&stage, &macros), &line.place);
        for text in CLEANED {
            let written: [(&[u8], &[u8]); 2] = [(text, b"disk ordered"), (b"disk ordered", text)];
            for (author, comment) in written {
                let macros = acknowledged(about, author, comment);
                let received = arrived(&stage, &mut line.command(&stage, &macros), &line.place);
                says(
                    &received,
                    acknowledgement(line.program(), about),
                    &line.place,
                );
                if shows_comments(line.program()) {
                    says(&received, "packet loss", &line.place);
                    says(&received, "disk ordered", &line.place);
                }
            }
        }
    }
    nothing_was_injected(&stage);
}

#[test]
fn every_command_line_needs_no_more_than_a_core_always_knows() {
    let stage = Stage::new();
    for (line, about) in notifications() {
        let macros = essentials(about, "PROBLEM", b"packet loss");
        let received = arrived(&stage, &mut line.command(&stage, &macros), &line.place);
        says(&received, problem(about), &line.place);
        let told = String::from_utf8_lossy(&received.body).into_owned();
        assert!(
            !told.contains('$'),
            "{}: an unset macro is shown: {told}",
            line.place
        );
    }
}

#[test]
fn every_command_line_of_a_plugin_answers_as_one() {
    let stage = Stage::new();
    let plugins: Vec<Line> = lines()
        .into_iter()
        .filter(|line| line.about().is_none())
        .collect();
    assert!(!plugins.is_empty(), "docs/exit-codes.md has one");
    let listening = Listening::new();
    for line in plugins {
        let mut command = line.command(&stage, &Vec::new());
        if is_listeners(&line.line) {
            listening.meant_by(&mut command);
        }
        let run = finished(&mut command);
        let begins = format!("{} OK - ", line.program());
        let is_plugin = run.code == 0 && run.stdout.starts_with(&begins) && run.stderr.is_empty();
        assert!(is_plugin, "{}: {}\n{run:#?}", line.place, line.line);
    }
}
