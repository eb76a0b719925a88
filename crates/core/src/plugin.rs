//! What a monitoring plugin answers: one line, performance data, 0 to 3.

use std::fmt;
use std::process::ExitCode;

use crate::text;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PluginState {
    Ok,
    Warning,
    Critical,
    Unknown,
}

impl From<PluginState> for ExitCode {
    fn from(state: PluginState) -> ExitCode {
        ExitCode::from(state as u8)
    }
}

#[derive(Debug)]
pub struct Report {
    pub state: PluginState,
    program: &'static str,
    findings: Vec<(PluginState, String)>,
    performance: Vec<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            PluginState::Ok => "OK",
            PluginState::Warning => "WARNING",
            PluginState::Critical => "CRITICAL",
            PluginState::Unknown => "UNKNOWN",
        };
        // What is wrong goes before what is right.
        let mut findings: Vec<&(PluginState, String)> = self.findings.iter().collect();
        findings.sort_by_key(|(state, _)| std::cmp::Reverse(*state));
        let findings: Vec<&str> = findings
            .iter()
            .map(|(_, finding)| finding.as_str())
            .collect();
        let findings = findings.join("; ").replace('|', "/");
        write!(f, "{} {state} - {}", self.program, text::line(&findings))?;
        if !self.performance.is_empty() {
            write!(f, " | {}", self.performance.join(" "))?;
        }
        Ok(())
    }
}

impl Report {
    pub fn new(program: &'static str) -> Report {
        Report {
            state: PluginState::Ok,
            program,
            findings: Vec::new(),
            performance: Vec::new(),
        }
    }

    /// For a command line that cannot be read.
    pub fn unknown(program: &'static str, reason: &str) -> Report {
        let mut report = Report::new(program);
        report.worse(PluginState::Unknown, reason.to_owned());
        report
    }

    pub fn well(&mut self, finding: String) {
        self.find(PluginState::Ok, finding);
    }

    pub fn critical(&mut self, finding: String) {
        self.worse(PluginState::Critical, finding);
    }

    pub fn warning(&mut self, finding: String) {
        self.worse(PluginState::Warning, finding);
    }

    fn worse(&mut self, state: PluginState, finding: String) {
        self.find(state, finding);
        self.state = self.state.max(state);
    }

    fn find(&mut self, state: PluginState, finding: String) {
        if !self.findings.iter().any(|(_, known)| *known == finding) {
            self.findings.push((state, finding));
        }
    }

    /// `'label'=value[unit][;warning;critical;min;max]`
    pub fn perform(&mut self, data: String) {
        self.performance.push(data);
    }
}
