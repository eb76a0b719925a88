//! What *More…* offers. The server passes on whatever it is sent as chosen, so only these count.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// For so many hours.
    Acknowledge(u64),
    AcknowledgeUntilMorning,
    RemoveAcknowledgement,
    /// For so many hours.
    Downtime(u64),
    Recheck,
}

impl Choice {
    pub const ALL: [Choice; 8] = [
        Choice::Acknowledge(1),
        Choice::Acknowledge(4),
        Choice::AcknowledgeUntilMorning,
        Choice::RemoveAcknowledgement,
        Choice::Downtime(1),
        Choice::Downtime(4),
        Choice::Downtime(24),
        Choice::Recheck,
    ];

    pub fn of(value: &str) -> Option<Choice> {
        Choice::ALL
            .into_iter()
            .find(|choice| choice.value() == value)
    }

    pub fn value(self) -> String {
        match self {
            Choice::Acknowledge(hours) => format!("acknowledge{hours}h"),
            Choice::AcknowledgeUntilMorning => "acknowledgeUntilMorning".to_owned(),
            Choice::RemoveAcknowledgement => "removeAcknowledgement".to_owned(),
            Choice::Downtime(hours) => format!("downtime{hours}h"),
            Choice::Recheck => "recheck".to_owned(),
        }
    }

    /// For people.
    pub fn label(self) -> String {
        match self {
            Choice::Acknowledge(hours) => format!("Acknowledge for {}", span(hours)),
            Choice::AcknowledgeUntilMorning => "Acknowledge until tomorrow morning".to_owned(),
            Choice::RemoveAcknowledgement => "Remove acknowledgement".to_owned(),
            Choice::Downtime(hours) => format!("Downtime for {}", span(hours)),
            Choice::Recheck => "Check now".to_owned(),
        }
    }
}

fn span(hours: u64) -> String {
    match hours {
        1 => "1 hour".to_owned(),
        24 => "1 day".to_owned(),
        hours => format!("{hours} hours"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_choice_is_known_again_and_nothing_else_is() {
        for choice in Choice::ALL {
            assert_eq!(Choice::of(&choice.value()), Some(choice));
        }
        for value in ["", "acknowledge2h", "downtime24", "Recheck"] {
            assert_eq!(Choice::of(value), None, "{value}");
        }
    }
}
