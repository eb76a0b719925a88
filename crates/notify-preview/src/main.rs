//! The preview as a program, for people and scripts.

mod command;

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::thread;

use anyhow::Context;
use notify_preview::{Options, Preview, Record, Tls};

use command::{Call, Configuration};

/// sysexits: a wrong command line, a port that cannot be had, a file that cannot be used.
const USAGE: u8 = 64;
const UNAVAILABLE: u8 = 69;
const CONFIG: u8 = 78;

fn main() -> ExitCode {
    let command = match command::parse(std::env::args_os()) {
        Ok(Call::Run(command)) => *command,
        Ok(Call::Help(text)) => {
            return match io::stdout().lock().write_all(text.as_bytes()) {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::from(UNAVAILABLE),
            };
        }
        Err(error) => return failed(USAGE, &error),
    };
    let tls = match command.tls.as_ref().map(read).transpose() {
        Ok(tls) => tls,
        Err(error) => return failed(CONFIG, &format!("{error:#}")),
    };
    let options = Options {
        address: Some(command.listen),
        tls,
        mattermost: command.mattermost,
        pace: command.pace,
        update_pace: command.update_pace,
        print: command.print,
        record: Record::Nothing,
    };
    let preview = match Preview::start(options) {
        Ok(preview) => preview,
        Err(error) => {
            let code = match error.kind() {
                io::ErrorKind::InvalidInput => USAGE,
                io::ErrorKind::InvalidData => CONFIG,
                _ => UNAVAILABLE,
            };
            return failed(
                code,
                &format!("cannot listen on {}: {error}", command.listen),
            );
        }
    };
    preview.always(command.fault);
    match announce(&preview, command.configuration) {
        Ok(()) => loop {
            thread::park();
        },
        Err(error) => failed(UNAVAILABLE, &format!("cannot write: {error}")),
    }
}

fn announce(preview: &Preview, configuration: Configuration) -> io::Result<()> {
    if configuration == Configuration::Printed {
        let mut out = io::stdout().lock();
        write!(
            out,
            "[slack]\nwebhook_url = \"{}\"\n\n[mattermost]\nwebhook_url = \"{}\"\n\n\
             [pagerduty]\nintegration_key = \"0123456789abcdef0123456789abcdef\"\napi_url = \"{}\"\n\n",
            preview.slack_webhook(),
            preview.mattermost_webhook(),
            preview.pagerduty_v2(),
        )?;
        out.flush()?;
    }
    let url = preview.url();
    writeln!(io::stderr().lock(), "notify-preview: listening on {url}")
}

fn read(files: &command::TlsFiles) -> anyhow::Result<Tls> {
    let pem = |path: &Path| {
        fs::read(path).with_context(|| format!("cannot read {}; give a PEM file", path.display()))
    };
    Ok(Tls {
        certificate_chain_pem: pem(&files.certificate)?,
        private_key_pem: pem(&files.key)?,
        client_ca_pem: files.client_ca.as_deref().map(pem).transpose()?,
    })
}

fn failed(code: u8, why: &str) -> ExitCode {
    // Without stderr the exit code alone must do.
    let _ = writeln!(io::stderr().lock(), "notify-preview: {why}");
    ExitCode::from(code)
}
