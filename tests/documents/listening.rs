//! A running listener with a config that has nothing to be said about.

use std::fs;
use std::path::Path;
use std::process::Command;

use notify_test::Program;
use notify_test::fake_nagios::FakeNagios;
use notify_test::listener::{Listener, ListenerBench};

use crate::stage::{LISTEN, program};

/// They end in this order: the core looks for its files.
pub struct Listening {
    pub listener: Listener,
    _core: FakeNagios,
    pub bench: ListenerBench,
}

impl Listening {
    pub fn new() -> Listening {
        let (bench, core) = prepared();
        let listener = bench.start();
        // Whoever asks it has to know its port.
        let config = fs::read_to_string(bench.config_file()).expect("its config");
        let address = listener.address().to_string();
        let config = config.replace("127.0.0.1:0", &address);
        fs::write(bench.config_file(), config).expect("its config");
        Listening {
            bench,
            listener,
            _core: core,
        }
    }

    /// A command that finds this listener's config.
    pub fn meant_by<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env("MONITORING_NOTIFY_CONFIG", self.bench.config_file())
    }
}

/// Where one could be started.
pub fn prepared() -> (ListenerBench, FakeNagios) {
    let path = program(LISTEN).display().to_string();
    let bench = ListenerBench::new(Program {
        name: LISTEN,
        path: path.leak(),
    });
    let core = FakeNagios::start(bench.folder());
    bench.config(
        "public_url = \"https://mon.example.com\"\nbutton_secret = \"the-secret-that-seals-buttons\"",
        &format!(
            "{}[slack]\nsigning_secret = \"slack-signing-secret\"\n",
            core.config()
        ),
    );
    (bench, core)
}

pub fn is_listeners(line: &str) -> bool {
    let name = line.split(' ').next().map(Path::new);
    name.and_then(Path::file_name)
        .is_some_and(|name| name == LISTEN)
}
