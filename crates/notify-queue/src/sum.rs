//! What a lane's drain has come to.

use notify_core::exit::Exit;

#[derive(Debug, Default)]
pub struct Sum {
    pub delivered: usize,
    pub nothing: usize,
    /// Copies, what a filter holds back, what is told with a later one.
    pub left_out: usize,
    pub failed: usize,
    /// Said already, and failed.
    failed_before: usize,
}

impl Sum {
    /// `12 delivered, 1 failed`, of what was not yet said.
    pub fn take_words(&mut self) -> Option<String> {
        self.failed_before += self.failed;
        let parts = [
            (std::mem::take(&mut self.delivered), "delivered"),
            (std::mem::take(&mut self.nothing), "with nothing to send"),
            (std::mem::take(&mut self.left_out), "left out"),
            (std::mem::take(&mut self.failed), "failed"),
        ];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    pub fn exit(&self) -> Exit {
        match self.failed + self.failed_before {
            0 => Exit::Done,
            _ => Exit::Refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_said_once_and_a_failure_is_not_forgotten() {
        let mut sum = Sum {
            delivered: 12,
            failed: 1,
            ..Sum::default()
        };
        assert_eq!(sum.take_words().as_deref(), Some("12 delivered, 1 failed"));
        assert_eq!(sum.take_words(), None);
        assert_eq!(sum.exit(), Exit::Refused);
        sum.nothing += 1;
        assert_eq!(sum.take_words().as_deref(), Some("1 with nothing to send"));
    }
}
