//! Links to the monitoring's own pages, by one key for the known ones or by a template.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::config::error::ConfigError;
use crate::config::section::Section;
use crate::notification::Notification;

#[derive(Clone, Debug, Default)]
pub struct Links {
    host: Option<Template>,
    service: Option<Template>,
}

#[derive(Clone, Debug)]
struct Template(Vec<Piece>);

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Macro(Macro),
}

type Macro = fn(&Notification) -> &str;

/// The macros that a template may use.
const MACROS: [(&str, Macro); 7] = [
    ("HOSTNAME", |n| &n.subject.host),
    ("HOSTDISPLAYNAME", |n| &n.host_display_name),
    ("HOSTALIAS", |n| &n.host_alias),
    ("HOSTADDRESS", |n| &n.host_address),
    ("HOSTGROUPNAME", |n| &n.host_group),
    ("SERVICEDESC", |n| {
        n.subject.service.as_deref().unwrap_or_default()
    }),
    ("SERVICEDISPLAYNAME", |n| &n.service_display_name),
];

/// Key, host page, service page; what the key holds goes before them.
const KNOWN: [(&str, &str, &str); 5] = [
    (
        "openitcockpit",
        "/a/hosts/browser/$HOSTNAME$",
        "/a/services/browser/$SERVICEDESC$",
    ),
    (
        "openitcockpit4",
        "/#!/hosts/browser/$HOSTNAME$",
        "/#!/services/browser/$SERVICEDESC$",
    ),
    (
        "nagios",
        "/extinfo.cgi?type=1&host=$HOSTNAME$",
        "/extinfo.cgi?type=2&host=$HOSTNAME$&service=$SERVICEDESC$",
    ),
    (
        "thruk",
        "/cgi-bin/extinfo.cgi?type=1&host=$HOSTNAME$",
        "/cgi-bin/extinfo.cgi?type=2&host=$HOSTNAME$&service=$SERVICEDESC$",
    ),
    (
        "icingaweb2",
        "/icingadb/host?name=$HOSTNAME$",
        "/icingadb/service?name=$SERVICEDESC$&host.name=$HOSTNAME$",
    ),
];

/// Safe in a path, a query and a fragment.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

impl Links {
    pub fn read(section: &Section) -> Result<Links, ConfigError> {
        let mut links = Links::default();
        for (key, host, service) in KNOWN {
            let Some(base) = section.text(key)? else {
                continue;
            };
            if !is_web(base) {
                return Err(section.error(key, "must begin with http:// or https://"));
            }
            let base = base.trim_end_matches('/');
            let template = |page: &str| {
                Template::parse(&format!("{base}{page}"))
                    .map_err(|problem| section.error(key, &problem))
            };
            if links.host.is_some() {
                return Err(section.error(key, "is one too many: keep one kind of link"));
            }
            links.host = Some(template(host)?);
            links.service = Some(template(service)?);
        }
        for (key, slot) in [("host", &mut links.host), ("service", &mut links.service)] {
            let Some(text) = section.text(key)? else {
                continue;
            };
            if !is_web(text) {
                return Err(section.error(key, "must begin with http:// or https://"));
            }
            *slot = Some(Template::parse(text).map_err(|problem| section.error(key, &problem))?);
        }
        Ok(links)
    }

    pub fn host(&self, notification: &Notification) -> Option<String> {
        self.host.as_ref().map(|page| page.fill(notification))
    }

    pub fn service(&self, notification: &Notification) -> Option<String> {
        notification.subject.service.as_ref()?;
        self.service.as_ref().map(|page| page.fill(notification))
    }
}

/// As a part of a path, a query or a fragment.
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// A URL that a click may open; `javascript:` and its like may not.
pub fn is_web(url: &str) -> bool {
    let starts = |scheme: &str| {
        url.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    (starts("https://") || starts("http://"))
        && !url.contains(|character: char| character.is_whitespace() || character.is_control())
}

impl Template {
    fn parse(text: &str) -> Result<Template, String> {
        let mut pieces = Vec::new();
        for (index, part) in text.split('$').enumerate() {
            match index % 2 {
                0 => pieces.push(Piece::Text(part.to_owned())),
                _ => match MACROS.iter().find(|(name, _)| *name == part) {
                    Some((_, value)) => pieces.push(Piece::Macro(*value)),
                    None => {
                        let names: Vec<String> =
                            MACROS.iter().map(|(name, _)| format!("${name}$")).collect();
                        return Err(format!(
                            "has the unknown macro ${part}$; there are {}",
                            names.join(", ")
                        ));
                    }
                },
            }
        }
        match pieces.len() % 2 {
            1 => Ok(Template(pieces)),
            _ => Err("has a $ without its other half".to_owned()),
        }
    }

    fn fill(&self, notification: &Notification) -> String {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Macro(value) => encode(value(notification)),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notification::Subject;

    #[test]
    fn a_template_encodes_what_it_fills_in() {
        let notification = Notification {
            subject: Subject::service("web 01&x=1", "Disk /var"),
            ..Notification::default()
        };
        let template = Template::parse("https://mon/s?h=$HOSTNAME$&s=$SERVICEDESC$#top").unwrap();
        assert_eq!(
            template.fill(&notification),
            "https://mon/s?h=web%2001%26x%3D1&s=Disk%20%2Fvar#top"
        );
    }

    #[test]
    fn a_template_with_an_unknown_macro_is_refused() {
        assert!(Template::parse("https://mon/$HOSTNAM$").is_err());
        assert!(Template::parse("https://mon/$HOSTNAME").is_err());
    }

    #[test]
    fn only_web_addresses_become_links() {
        for url in ["https://mon/x", "HTTP://mon"] {
            assert!(is_web(url), "{url}");
        }
        for url in ["javascript:alert(1)", "mon/x", "https://a b", "httpß://"] {
            assert!(!is_web(url), "{url}");
        }
    }
}
