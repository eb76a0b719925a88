//! What can go wrong between a client and a vendor, on demand.

use std::collections::VecDeque;
use std::str::FromStr;
use std::time::Duration;

use crate::http::Answer;

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
}

impl Fault {
    pub fn too_many(retry_after_secs: u64) -> Fault {
        Fault::Answer(
            Answer::text(429, "rate_limited").header("Retry-After", &retry_after_secs.to_string()),
        )
    }

    pub fn status(status: u16) -> Fault {
        Fault::Answer(Answer::text(status, &format!("status {status}\n")))
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

/// The faults still to come.
#[derive(Default)]
pub(crate) struct Script {
    next: VecDeque<Fault>,
    always: Option<Fault>,
}

impl Script {
    pub(crate) fn push(&mut self, fault: Fault) {
        self.next.push_back(fault);
    }

    pub(crate) fn always(&mut self, fault: Option<Fault>) {
        self.always = fault;
    }

    pub(crate) fn take(&mut self) -> Option<Fault> {
        self.next.pop_front().or_else(|| self.always.clone())
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
        script.always(Some(Fault::Hang));
        script.push(Fault::Close);
        assert_eq!(script.unused(), 1);
        assert!(matches!(script.take(), Some(Fault::Close)));
        assert!(matches!(script.take(), Some(Fault::Hang)));
        assert!(matches!(script.take(), Some(Fault::Hang)));
        assert_eq!(script.unused(), 0);
    }
}
