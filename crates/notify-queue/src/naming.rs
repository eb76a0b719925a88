//! Objects by the names that people know: the core's, or what openITCOCKPIT was once asked. Nobody is asked here.

use std::cell::RefCell;
use std::collections::HashMap;

use notify_core::names::is_uuid;
use notify_core::notification::{Kind, Notification, State, Subject};
use notify_core::state_folder::journal::Record;
use notify_core::state_folder::{CachedName, StateFolder};

pub struct Naming<'f> {
    folder: &'f StateFolder,
    known: RefCell<HashMap<String, Option<CachedName>>>,
}

impl<'f> Naming<'f> {
    pub fn new(folder: &'f StateFolder) -> Naming<'f> {
        Naming {
            folder,
            known: RefCell::default(),
        }
    }

    /// `CRITICAL web01 / Ping`
    pub fn headline(&self, notification: &Notification) -> String {
        let service = notification.subject.service.as_deref();
        let service_shown = &notification.service_display_name;
        headline(
            notification.kind.name(),
            notification.state.map(|state| state.name()),
            &self.host(notification),
            service.map(|service| self.service(service, service_shown)),
        )
    }

    /// Of a problem of which no more is known.
    pub fn headline_about(&self, subject: &Subject, state: Option<State>) -> String {
        let service = subject.service.as_deref();
        headline(
            Kind::Problem.name(),
            state.map(|state| state.name()),
            &self.called(&subject.host),
            service.map(|service| self.service(service, "")),
        )
    }

    pub fn headline_of(&self, record: &Record) -> String {
        let service = record.service.as_deref();
        headline(
            &record.kind,
            record.state.as_deref(),
            &self.called(&record.host),
            service.map(|service| self.service(service, "")),
        )
    }

    /// Whether people would call it so.
    pub fn is_host(&self, name: &str, notification: &Notification) -> bool {
        let names = [&notification.subject.host, &self.host(notification)];
        names.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    pub fn is_called(&self, name: &str, host: &str) -> bool {
        let known = self.called(host);
        [host, &known]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
    }

    pub fn is_service_of(&self, name: &str, record: &Record) -> bool {
        record.service.as_deref().is_some_and(|service| {
            service.eq_ignore_ascii_case(name)
                || self.service(service, "").eq_ignore_ascii_case(name)
        })
    }

    fn host(&self, notification: &Notification) -> String {
        let host = &notification.subject.host;
        match notification.host_display_name.trim() {
            "" => self.called(host),
            shown => shown.to_owned(),
        }
    }

    fn called(&self, host: &str) -> String {
        let known = self.known(host);
        known.map_or_else(|| host.to_owned(), |known| known.host)
    }

    fn service(&self, service: &str, shown: &str) -> String {
        if !shown.trim().is_empty() {
            return shown.trim().to_owned();
        }
        let known = self.known(service).and_then(|known| known.service);
        known.unwrap_or_else(|| service.to_owned())
    }

    fn known(&self, uuid: &str) -> Option<CachedName> {
        if !is_uuid(uuid) {
            return None;
        }
        let mut known = self.known.borrow_mut();
        let name = known
            .entry(uuid.to_owned())
            .or_insert_with(|| self.folder.name_of(uuid));
        name.clone()
    }
}

/// What is no state is told by its kind.
fn headline(kind: &str, state: Option<&str>, host: &str, service: Option<String>) -> String {
    let lead = match (kind, state) {
        ("PROBLEM" | "RECOVERY", Some(state)) => state.to_owned(),
        (kind, Some(state)) => format!("{kind} ({state})"),
        (kind, None) => kind.to_owned(),
    };
    match service {
        Some(service) => format!("{lead} {host} / {service}"),
        None => format!("{lead} {host}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_headline_leads_with_the_state_or_with_what_happened() {
        for (kind, state, service, said) in [
            (
                "PROBLEM",
                Some("CRITICAL"),
                Some("Ping"),
                "CRITICAL web01 / Ping",
            ),
            ("RECOVERY", Some("UP"), None, "UP web01"),
            ("PROBLEM", None, None, "PROBLEM web01"),
            ("CUSTOM", Some("OK"), None, "CUSTOM (OK) web01"),
        ] {
            let service = service.map(str::to_owned);
            assert_eq!(headline(kind, state, "web01", service), said);
        }
    }
}
