//! Which of many notifications have arrived: each is about a host of its own.

use notify_preview::Received;

/// The same length for all, so that every message has the same size.
pub fn host(number: usize) -> String {
    format!("bench-{number:06}")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrivals {
    /// Different ones.
    pub arrived: usize,
    /// Messages too many.
    pub again: usize,
}

/// Of those with the numbers below `count`.
pub fn arrivals(received: &[Received], count: usize) -> Arrivals {
    let mut times = vec![0usize; count];
    let accepted = received
        .iter()
        .filter(|message| message.status == Some(200));
    for message in accepted {
        if let Some(times) = number(&message.body).and_then(|number| times.get_mut(number)) {
            *times += 1;
        }
    }
    Arrivals {
        arrived: times.iter().filter(|times| **times > 0).count(),
        again: times.iter().map(|times| times.saturating_sub(1)).sum(),
    }
}

fn number(body: &[u8]) -> Option<usize> {
    let (_, rest) = std::str::from_utf8(body).ok()?.split_once("bench-")?;
    rest.get(..6)?.parse().ok()
}
