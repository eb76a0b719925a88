//! An order as openITCOCKPIT's `cmd/submit` takes it: it joins what it is sent by `;` into a line for the core's command
//! file, so that one field too many, or one in another place, breaks it.

use notify_core::names::is_uuid;

use super::super::{Order, Trouble, What};
use super::encoded;
use crate::answer::Sticky;

/// Naemon takes any other for sticky, Nagios this one.
const STICKY: u64 = 2;

/// As the body of a POST: a URL stands in access logs.
pub fn form(order: &Order) -> Result<String, Trouble> {
    let fields = fields(order)?;
    let pairs = fields
        .iter()
        .map(|(key, value)| format!("{key}={}", encoded(value)));
    Ok(pairs.collect::<Vec<_>>().join("&"))
}

fn fields(order: &Order) -> Result<Vec<(&'static str, String)>, Trouble> {
    let subject = &order.subject;
    let service = subject.service.as_deref();
    if !is_uuid(&subject.host) || !service.is_none_or(is_uuid) {
        return Err(Trouble::Never(
            "unknown object: openITCOCKPIT's have UUIDs".to_owned(),
        ));
    }
    let named = |host: &'static str, of_service: &'static str| match service {
        Some(_) => of_service,
        None => host,
    };
    let mut more = Vec::new();
    let command = match order.what {
        What::Acknowledge { sticky, .. } => {
            let sticky = if sticky == Sticky::Yes { STICKY } else { 0 };
            more.extend([("sticky", sticky), ("notify", 1), ("persistent", 0)]);
            named("ACKNOWLEDGE_HOST_PROBLEM", "ACKNOWLEDGE_SVC_PROBLEM")
        }
        What::RemoveAcknowledgement => {
            named("REMOVE_HOST_ACKNOWLEDGEMENT", "REMOVE_SVC_ACKNOWLEDGEMENT")
        }
        What::Downtime { seconds } => {
            let end = order.now.saturating_add(seconds);
            more.extend([("start_time", order.now), ("end_time", end), ("fixed", 1)]);
            more.extend([("trigger_id", 0), ("duration", seconds)]);
            named("SCHEDULE_HOST_DOWNTIME", "SCHEDULE_SVC_DOWNTIME")
        }
        What::Recheck => {
            more.push(("check_time", order.now));
            named("SCHEDULE_FORCED_HOST_CHECK", "SCHEDULE_FORCED_SVC_CHECK")
        }
        What::Comment => {
            return Err(Trouble::Never(
                "openITCOCKPIT takes no comments by its API: write it there".to_owned(),
            ));
        }
    };
    let mut fields = vec![
        ("command", command.to_owned()),
        ("hostUuid", subject.host.clone()),
    ];
    fields.extend(service.map(|service| ("serviceUuid", service.to_owned())));
    fields.extend(
        more.into_iter()
            .map(|(key, number)| (key, number.to_string())),
    );
    if matches!(order.what, What::Acknowledge { .. } | What::Downtime { .. }) {
        fields.push(("author", order.author.clone()));
        fields.push(("comment", order.comment.clone()));
    }
    Ok(fields)
}
