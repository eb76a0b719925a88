//! The documented command lines of the systems whose place these programs take, word for word behind the program's
//! name, and what a core makes of them before a shell reads them.

/// openITCOCKPIT's Slack module.
pub const SLACK_HOST: &str = r#"--type Host --notificationtype $NOTIFICATIONTYPE$ --hostname "$HOSTNAME$" --hostaddress "$HOSTADDRESS$" --hoststate "$HOSTSTATEID$" --output "$HOSTOUTPUT$""#;
pub const SLACK_SERVICE: &str = r#"--type Service --notificationtype $NOTIFICATIONTYPE$ --hostname "$HOSTNAME$" --hostaddress "$HOSTADDRESS$" --hoststate "$HOSTSTATEID$" --servicedesc "$SERVICEDESC$" --servicestate "$SERVICESTATEID$" --output "$SERVICEOUTPUT$""#;

/// openITCOCKPIT's Mattermost module.
pub const MATTERMOST_HOST: &str = r#"--type Host --notificationtype "$NOTIFICATIONTYPE$" --hostuuid "$HOSTNAME$" --state "$HOSTSTATEID$" --output "$HOSTOUTPUT$" --ackauthor "$NOTIFICATIONAUTHOR$" --ackcomment "$NOTIFICATIONCOMMENT$""#;
pub const MATTERMOST_SERVICE: &str = r#"--type Service --notificationtype "$NOTIFICATIONTYPE$" --hostuuid "$HOSTNAME$" --serviceuuid "$SERVICEDESC$" --state "$SERVICESTATEID$" --output "$SERVICEOUTPUT$" --ackauthor "$NOTIFICATIONAUTHOR$" --ackcomment "$NOTIFICATIONCOMMENT$""#;

/// openITCOCKPIT's e-mail command, whose spellings people carry over.
pub const EMAIL_HOST: &str = r#"--type Host --notificationtype "$NOTIFICATIONTYPE$" --hostname "$HOSTNAME$" --hostdescription "$HOSTALIAS$" --hoststate "$HOSTSTATE$" --hostaddress "$HOSTADDRESS$" --hostoutput "$HOSTOUTPUT$" --hostlongoutput "$LONGHOSTOUTPUT$" --hostackauthor "$NOTIFICATIONAUTHOR$" --hostackcomment "$NOTIFICATIONCOMMENT$" --contactmail "$CONTACTEMAIL$" --contactalias "$CONTACTALIAS$" --no-emoji --format both"#;
pub const EMAIL_SERVICE: &str = r#"--type Service --notificationtype "$NOTIFICATIONTYPE$" --hostname "$HOSTNAME$" --hostdescription "$HOSTALIAS$" --hoststate "$HOSTSTATE$" --hostaddress "$HOSTADDRESS$" --hostoutput "$HOSTOUTPUT$" --hostlongoutput "$LONGHOSTOUTPUT$" --servicedesc "$SERVICEDESC$" --servicestate "$SERVICESTATE$" --serviceoutput "$SERVICEOUTPUT$" --servicelongoutput "$LONGSERVICEOUTPUT$" --serviceackauthor "$NOTIFICATIONAUTHOR$" --serviceackcomment "$NOTIFICATIONCOMMENT$" --contactmail "$CONTACTEMAIL$" --contactalias "$CONTACTALIAS$""#;

/// openITCOCKPIT's push command.
pub const PUSH_HOST: &str = r#"--type Host --notificationtype "$NOTIFICATIONTYPE$" --hostuuid "$HOSTNAME$" --state "$HOSTSTATEID$" --output "$HOSTOUTPUT$" --ackauthor "$NOTIFICATIONAUTHOR$" --ackcomment "$NOTIFICATIONCOMMENT$" --no-emoji"#;
pub const PUSH_SERVICE: &str = r#"--type Service --notificationtype "$NOTIFICATIONTYPE$" --hostuuid "$HOSTNAME$" --serviceuuid "$SERVICEDESC$" --state "$SERVICESTATEID$" --output "$SERVICEOUTPUT$" --ackauthor "$NOTIFICATIONAUTHOR$" --ackcomment "$NOTIFICATIONCOMMENT$" --no-emoji"#;

pub const DOCUMENTED: [&str; 8] = [
    SLACK_HOST,
    SLACK_SERVICE,
    MATTERMOST_HOST,
    MATTERMOST_SERVICE,
    EMAIL_HOST,
    EMAIL_SERVICE,
    PUSH_HOST,
    PUSH_SERVICE,
];

/// A notification by hand, complete enough to be the same whenever it is sent.
pub const HOST: [&str; 12] = [
    "--type",
    "Host",
    "--notificationtype",
    "PROBLEM",
    "--hostname",
    "web01",
    "--hoststate",
    "1",
    "--output",
    "no reply from 10.1.1.1",
    "--datetime",
    "1600000000",
];
pub const SERVICE: [&str; 14] = [
    "--type",
    "Service",
    "--notificationtype",
    "PROBLEM",
    "--hostname",
    "web01",
    "--servicedesc",
    "Ping",
    "--servicestate",
    "2",
    "--output",
    "100% packet loss",
    "--datetime",
    "1600000000",
];

/// The line with this value instead of the option's own, or behind the others.
pub fn with<'a>(line: &[&'a str], option: &'a str, value: &'a str) -> Vec<&'a str> {
    let mut line = without(line, option);
    line.extend([option, value]);
    line
}

pub fn without<'a>(line: &[&'a str], option: &str) -> Vec<&'a str> {
    line.chunks(2)
        .filter(|pair| pair[0] != option)
        .flatten()
        .copied()
        .collect()
}

/// What the core knows about a notification: macro names and values.
pub type Macros<'a> = &'a [(&'a str, &'a str)];

/// A critical service on a host that is up.
pub const SERVICE_PROBLEM: Macros = &[
    ("NOTIFICATIONTYPE", "PROBLEM"),
    ("HOSTNAME", "web01"),
    ("HOSTALIAS", "Shop"),
    ("HOSTADDRESS", "10.1.1.1"),
    ("HOSTSTATE", "UP"),
    ("HOSTSTATEID", "0"),
    ("HOSTOUTPUT", "PING OK"),
    ("SERVICEDESC", "Ping"),
    ("SERVICESTATE", "CRITICAL"),
    ("SERVICESTATEID", "2"),
    ("SERVICEOUTPUT", "100% packet loss"),
];

/// A host that is down.
pub const HOST_PROBLEM: Macros = &[
    ("NOTIFICATIONTYPE", "PROBLEM"),
    ("HOSTNAME", "web01"),
    ("HOSTALIAS", "Shop"),
    ("HOSTADDRESS", "10.1.1.1"),
    ("HOSTSTATE", "DOWN"),
    ("HOSTSTATEID", "1"),
    ("HOSTOUTPUT", "no reply from 10.1.1.1"),
];

/// As a core does it: a macro without a value stays as text (and a shell makes `$` of it).
pub fn replace(line: &str, macros: Macros) -> String {
    macros.iter().fold(line.to_owned(), |line, (name, value)| {
        line.replace(&format!("${name}$"), value)
    })
}
