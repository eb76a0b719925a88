//! What can go wrong between a client and a vendor, on demand.

use std::collections::{HashMap, VecDeque};
use std::str::FromStr;
use std::time::Duration;

use crate::calls::Calls;
use crate::http::{Answer, reason};

#[derive(Clone, Debug)]
pub enum Fault {
    /// This answer in place of the vendor's.
    Answer(Answer),
    /// Reads the request and never answers.
    Hang,
    /// Resets the TCP connection after the request.
    Reset,
    /// Closes the connection in order, without a byte.
    Close,
    /// The vendor's answer, with a Content-Length larger than what is sent before the close.
    HalfBody,
    /// The vendor's answer at one byte a second, without an end.
    Trickle,
    /// The vendor's answer, late.
    Delay(Duration),
    /// The vendor's refusal, in its own words, of an update that comes too late:
    /// `always_on(Calls::Updates, Some(Fault::EditWindowClosed))`.
    EditWindowClosed,
}

impl Fault {
    pub fn too_many(retry_after_secs: u64) -> Fault {
        Fault::Answer(
            Answer::text(429, "rate_limited").header("Retry-After", &retry_after_secs.to_string()),
        )
    }

    pub fn status(status: u16) -> Fault {
        Fault::Answer(Answer::text(status, reason(status)))
    }

    pub fn redirect(url: &str) -> Fault {
        Fault::Answer(Answer::text(302, "").header("Location", url))
    }

    /// A page for people, such as a proxy's or a captive portal's.
    pub fn html(status: u16) -> Fault {
        let page = "<!DOCTYPE html><html><body><h1>Please sign in</h1></body></html>\n";
        Fault::Answer(Answer::html(status, page))
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(spec: &str) -> Result<Self, String> {
        match spec {
            "hang" => return Ok(Fault::Hang),
            "reset" => return Ok(Fault::Reset),
            "close" => return Ok(Fault::Close),
            "half" => return Ok(Fault::HalfBody),
            "trickle" => return Ok(Fault::Trickle),
            "redirect" => return Ok(Fault::redirect("/elsewhere")),
            "html" => return Ok(Fault::html(200)),
            _ => {}
        }
        let wrong = || {
            "say STATUS, 429:SECONDS, delay:SECONDS, hang, reset, close, half, trickle, redirect or html"
                .to_string()
        };
        if let Some(seconds) = spec.strip_prefix("delay:") {
            let seconds = seconds.parse().map_err(|_| wrong())?;
            let delay = Duration::try_from_secs_f64(seconds).map_err(|_| wrong())?;
            return Ok(Fault::Delay(delay));
        }
        let (status, retry_after) = match spec.split_once(':') {
            Some((status, seconds)) => (status, Some(seconds.parse::<u64>().map_err(|_| wrong())?)),
            None => (spec, None),
        };
        let status = status.parse().map_err(|_| wrong())?;
        if !(200..=599).contains(&status) {
            return Err(wrong());
        }
        match (Fault::status(status), retry_after) {
            (Fault::Answer(answer), Some(seconds)) => Ok(Fault::Answer(
                answer.header("Retry-After", &seconds.to_string()),
            )),
            (fault, _) => Ok(fault),
        }
    }
}

/// The faults still to come, each for some calls alone or, by `None`, for any request.
#[derive(Default)]
pub(crate) struct Script {
    next: VecDeque<(Option<Calls>, Fault)>,
    always: HashMap<Option<Calls>, Fault>,
}

impl Script {
    pub(crate) fn push(&mut self, on: Option<Calls>, fault: Fault) {
        self.next.push_back((on, fault));
    }

    pub(crate) fn always(&mut self, on: Option<Calls>, fault: Option<Fault>) {
        match fault {
            Some(fault) => self.always.insert(on, fault),
            None => self.always.remove(&on),
        };
    }

    /// For a request that wants `calls`, which is not asked where there is no fault.
    pub(crate) fn take(&mut self, calls: impl FnOnce() -> Option<Calls>) -> Option<Fault> {
        if self.next.is_empty() && self.always.is_empty() {
            return None;
        }
        let calls = calls();
        let queued = self
            .next
            .iter()
            .position(|(on, _)| on.is_none() || *on == calls);
        if let Some((_, fault)) = queued.and_then(|at| self.next.remove(at)) {
            return Some(fault);
        }
        let lasting = self.always.get(&calls).or_else(|| self.always.get(&None));
        lasting.cloned()
    }

    pub(crate) fn unused(&self) -> usize {
        self.next.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_may_carry_its_retry_after() {
        let Ok(Fault::Answer(answer)) = "429:30".parse() else {
            panic!("no answer");
        };
        assert_eq!(answer.status, 429);
        assert_eq!(
            crate::http::header(&answer.headers, "retry-after"),
            Some("30")
        );
    }

    #[test]
    fn an_unknown_fault_is_refused() {
        for wrong in ["", "99", "600", "429:x", "hangs", "delay:-1"] {
            assert!(wrong.parse::<Fault>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn queued_faults_come_before_the_lasting_one() {
        let mut script = Script::default();
        script.always(None, Some(Fault::Hang));
        script.push(None, Fault::Close);
        assert_eq!(script.unused(), 1);
        assert!(matches!(script.take(|| None), Some(Fault::Close)));
        assert!(matches!(script.take(|| None), Some(Fault::Hang)));
        assert!(matches!(script.take(|| None), Some(Fault::Hang)));
        assert_eq!(script.unused(), 0);
    }

    #[test]
    fn a_fault_for_some_calls_waits_for_one_of_them() {
        let mut script = Script::default();
        script.push(Some(Calls::Updates), Fault::Close);
        script.push(None, Fault::Reset);
        script.always(Some(Calls::Replies), Some(Fault::Hang));
        assert!(matches!(script.take(|| None), Some(Fault::Reset)));
        assert!(script.take(|| Some(Calls::Posts)).is_none());
        let update = || Some(Calls::Updates);
        assert!(matches!(script.take(update), Some(Fault::Close)));
        assert!(script.take(update).is_none());
        let reply = || Some(Calls::Replies);
        assert!(matches!(script.take(reply), Some(Fault::Hang)));
        script.always(Some(Calls::Replies), None);
        assert!(script.take(reply).is_none());
    }
}
