//! What a core can say, and every spelling in which it is said: one table, from which the command line, the
//! look-up in the environment, the link templates and `--explain` are made.
//!
//! The spellings are those of openITCOCKPIT's Slack, Mattermost, e-mail and push commands; the macro names are
//! those of Nagios, which Icinga 1, Naemon and Checkmk share.

/// A thing that a core can say about a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Thing {
    Type,
    NotificationType,
    Host,
    Service,
    State,
    HostState,
    Output,
    LongOutput,
    Author,
    Comment,
    HostDisplayName,
    ServiceDisplayName,
    HostAlias,
    HostAddress,
    HostGroup,
    Attempt,
    NotificationId,
    NotificationNumber,
    DateTime,
    Since,
    LastOk,
    LastState,
    Duration,
    NotesUrl,
    ActionUrl,
    Contact,
    ContactAlias,
    ContactMail,
    ContactGroup,
    Format,
}

/// The kind of object to which a spelling belongs: `--hostoutput` says nothing in a service notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Any,
    Host,
    Service,
}

/// One option with its aliases, or one environment macro.
#[derive(Debug)]
pub struct Spelling {
    pub thing: Thing,
    pub scope: Scope,
    /// Without dashes; the first is the one that `--help` shows.
    pub options: &'static [&'static str],
    /// Without the prefix (`NAGIOS_` and its like); the first that is set counts.
    pub macros: &'static [&'static str],
    pub help: &'static str,
}

/// The prefixes under which macros stand in the environment: Nagios, Icinga 1, Checkmk.
pub const ENVIRONMENT_PREFIXES: [&str; 3] = ["NAGIOS_", "ICINGA_", "NOTIFY_"];

const fn any(
    thing: Thing,
    options: &'static [&'static str],
    macros: &'static [&'static str],
    help: &'static str,
) -> Spelling {
    Spelling {
        thing,
        scope: Scope::Any,
        options,
        macros,
        help,
    }
}

const fn host(
    thing: Thing,
    options: &'static [&'static str],
    macros: &'static [&'static str],
    help: &'static str,
) -> Spelling {
    Spelling {
        scope: Scope::Host,
        ..any(thing, options, macros, help)
    }
}

const fn service(
    thing: Thing,
    options: &'static [&'static str],
    macros: &'static [&'static str],
    help: &'static str,
) -> Spelling {
    Spelling {
        scope: Scope::Service,
        ..any(thing, options, macros, help)
    }
}

/// Of several spellings of a thing the earlier one wins.
pub static SPELLINGS: &[Spelling] = &[
    any(Thing::Type, &["type"], &["WHAT"], "Host or Service"),
    any(
        Thing::NotificationType,
        &["notificationtype", "notification-type"],
        &["NOTIFICATIONTYPE"],
        "PROBLEM, RECOVERY, ACKNOWLEDGEMENT, DOWNTIMESTART, …",
    ),
    any(
        Thing::Host,
        &["hostname", "hostuuid", "host"],
        &["HOSTNAME"],
        "The host's name or UUID",
    ),
    service(
        Thing::Service,
        &[
            "servicedesc",
            "serviceuuid",
            "servicedescription",
            "service",
        ],
        &["SERVICEDESC"],
        "The service's name or UUID",
    ),
    host(
        Thing::State,
        &["hoststate"],
        &["HOSTSTATE", "HOSTSTATEID"],
        "The host's state, id or name",
    ),
    service(
        Thing::State,
        &["servicestate"],
        &["SERVICESTATE", "SERVICESTATEID"],
        "The service's state, id or name",
    ),
    any(
        Thing::State,
        &["state"],
        &[],
        "The state of what --type names, id or name",
    ),
    host(
        Thing::Output,
        &["hostoutput"],
        &["HOSTOUTPUT"],
        "The host check's output",
    ),
    service(
        Thing::Output,
        &["serviceoutput"],
        &["SERVICEOUTPUT"],
        "The service check's output",
    ),
    any(Thing::Output, &["output"], &[], "The check's output"),
    host(
        Thing::LongOutput,
        &["hostlongoutput"],
        &["LONGHOSTOUTPUT"],
        "The host check's further lines",
    ),
    service(
        Thing::LongOutput,
        &["servicelongoutput"],
        &["LONGSERVICEOUTPUT"],
        "The service check's further lines",
    ),
    any(
        Thing::LongOutput,
        &["longoutput"],
        &[],
        "Further lines of output",
    ),
    any(
        Thing::Author,
        &["ackauthor", "author"],
        &["NOTIFICATIONAUTHOR"],
        "Who acknowledged, planned or wrote it",
    ),
    host(
        Thing::Author,
        &["hostackauthor"],
        &["HOSTACKAUTHOR"],
        "Who acknowledged the host",
    ),
    service(
        Thing::Author,
        &["serviceackauthor"],
        &["SERVICEACKAUTHOR"],
        "Who acknowledged the service",
    ),
    any(
        Thing::Comment,
        &["ackcomment", "comment"],
        &["NOTIFICATIONCOMMENT"],
        "What they wrote",
    ),
    host(
        Thing::Comment,
        &["hostackcomment"],
        &["HOSTACKCOMMENT"],
        "What was written at the host",
    ),
    service(
        Thing::Comment,
        &["serviceackcomment"],
        &["SERVICEACKCOMMENT"],
        "What was written at the service",
    ),
    any(
        Thing::HostDisplayName,
        &["hostdisplayname"],
        &["HOSTDISPLAYNAME"],
        "The host's name for people",
    ),
    any(
        Thing::ServiceDisplayName,
        &["servicedisplayname"],
        &["SERVICEDISPLAYNAME"],
        "The service's name for people",
    ),
    any(
        Thing::HostAlias,
        &["hostalias", "hostdescription"],
        &["HOSTALIAS"],
        "The host's alias or description",
    ),
    any(
        Thing::HostAddress,
        &["hostaddress"],
        &["HOSTADDRESS"],
        "The host's address",
    ),
    any(
        Thing::HostGroup,
        &["hostgroup"],
        &["HOSTGROUPNAMES", "HOSTGROUPNAME"],
        "The host's groups",
    ),
    service(
        Thing::HostState,
        &["hoststate"],
        &["HOSTSTATE", "HOSTSTATEID"],
        "",
    ),
    any(Thing::Attempt, &["attempt"], &[], "The check attempt"),
    host(Thing::Attempt, &[], &["HOSTATTEMPT"], ""),
    service(Thing::Attempt, &[], &["SERVICEATTEMPT"], ""),
    any(
        Thing::NotificationId,
        &["notification-id"],
        &[],
        "The core's id of this notification",
    ),
    host(Thing::NotificationId, &[], &["HOSTNOTIFICATIONID"], ""),
    service(Thing::NotificationId, &[], &["SERVICENOTIFICATIONID"], ""),
    any(
        Thing::NotificationNumber,
        &["notification-number"],
        &[],
        "How many times this problem was notified",
    ),
    host(
        Thing::NotificationNumber,
        &[],
        &["HOSTNOTIFICATIONNUMBER"],
        "",
    ),
    service(
        Thing::NotificationNumber,
        &[],
        &["SERVICENOTIFICATIONNUMBER"],
        "",
    ),
    any(
        Thing::DateTime,
        &["datetime"],
        &["TIMET", "LONGDATETIME"],
        "When it happened (unix time, ISO 8601, or as it is)",
    ),
    any(Thing::Since, &["since"], &[], "Since when the state holds"),
    host(Thing::Since, &[], &["LASTHOSTSTATECHANGE"], ""),
    service(Thing::Since, &[], &["LASTSERVICESTATECHANGE"], ""),
    any(
        Thing::LastOk,
        &["last-ok"],
        &[],
        "When it was last OK or UP",
    ),
    host(Thing::LastOk, &[], &["LASTHOSTUP"], ""),
    service(Thing::LastOk, &[], &["LASTSERVICEOK"], ""),
    any(
        Thing::LastState,
        &["last-state"],
        &[],
        "The state before this one, id or name",
    ),
    host(
        Thing::LastState,
        &[],
        &["LASTHOSTSTATE", "LASTHOSTSTATEID"],
        "",
    ),
    service(
        Thing::LastState,
        &[],
        &["LASTSERVICESTATE", "LASTSERVICESTATEID"],
        "",
    ),
    any(
        Thing::Duration,
        &["duration"],
        &[],
        "How long the state has held",
    ),
    host(Thing::Duration, &[], &["HOSTDURATION"], ""),
    service(Thing::Duration, &[], &["SERVICEDURATION"], ""),
    any(
        Thing::NotesUrl,
        &["notes-url"],
        &[],
        "A page with notes (runbook)",
    ),
    host(Thing::NotesUrl, &[], &["HOSTNOTESURL"], ""),
    service(Thing::NotesUrl, &[], &["SERVICENOTESURL"], ""),
    any(
        Thing::ActionUrl,
        &["action-url"],
        &[],
        "A page to act on (graphs)",
    ),
    host(Thing::ActionUrl, &[], &["HOSTACTIONURL"], ""),
    service(Thing::ActionUrl, &[], &["SERVICEACTIONURL"], ""),
    any(
        Thing::Contact,
        &["contact", "contactname"],
        &["CONTACTNAME"],
        "Who is told: looked up in [contacts]",
    ),
    any(
        Thing::ContactAlias,
        &["contactalias"],
        &["CONTACTALIAS"],
        "Another name of the contact",
    ),
    any(
        Thing::ContactMail,
        &["contactmail"],
        &["CONTACTEMAIL"],
        "The contact's e-mail address, as another name",
    ),
    any(
        Thing::ContactGroup,
        &["contactgroup"],
        &["CONTACTGROUPNAMES", "CONTACTGROUPNAME"],
        "Looked up in [contactgroups]",
    ),
    any(
        Thing::Format,
        &["format"],
        &[],
        "Accepted from e-mail commands, without effect",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn no_option_means_two_things_for_the_same_kind_of_object() {
        let mut seen: BTreeMap<(&str, &str), Thing> = BTreeMap::new();
        for spelling in SPELLINGS {
            for option in spelling.options {
                for kind in ["host", "service"] {
                    let applies = match spelling.scope {
                        Scope::Any => true,
                        Scope::Host => kind == "host",
                        Scope::Service => kind == "service",
                    };
                    if applies && seen.insert((option, kind), spelling.thing).is_some() {
                        panic!("--{option} stands twice for a {kind}");
                    }
                }
            }
        }
    }
}
