//! The tables of docs/performance.md.

use crate::measure::Pair;

#[derive(Default)]
pub struct Report {
    pub text: String,
    columns: usize,
}

#[derive(Clone, Copy)]
pub enum Limit {
    AtMost(f64),
    AtLeast(f64),
    Exactly(usize),
}

impl Limit {
    pub fn is_reached_by(self, figure: f64) -> bool {
        match self {
            Limit::AtMost(limit) => figure <= limit,
            Limit::AtLeast(limit) => figure >= limit,
            Limit::Exactly(limit) => figure == limit as f64,
        }
    }

    fn words(self) -> String {
        match self {
            Limit::AtMost(limit) => format!("at most {}", number(limit)),
            Limit::AtLeast(limit) => format!("at least {}", number(limit)),
            Limit::Exactly(limit) => number(limit as f64),
        }
    }
}

impl Report {
    /// Its last two columns are what was wanted, and whether that was reached.
    pub fn table(&mut self, about: &str, columns: &[&str]) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.columns = columns.len();
        self.text += &format!("| {about} | {} |\n", columns.join(" | "));
        self.text += &format!("|{}\n", "---|".repeat(columns.len() + 1));
    }

    pub fn row(&mut self, what: &str, figures: &[String], limit: Option<(Limit, bool)>) {
        let mut cells = figures.to_vec();
        cells.resize(self.columns - 2, String::new());
        let (wanted, reached) = match limit {
            Some((limit, true)) => (limit.words(), "yes"),
            Some((limit, false)) => (limit.words(), "NO"),
            None => (String::new(), ""),
        };
        cells.extend([wanted, reached.to_owned()]);
        self.text += &format!("| {what} |");
        for cell in cells {
            self.text += &match cell.as_str() {
                "" => " |".to_owned(),
                cell => format!(" {cell} |"),
            };
        }
        self.text.push('\n');
    }

    pub fn pair(&mut self, what: &str, pair: &Pair, limit: Option<Limit>) {
        let ratio = pair.ratio;
        let figures = [
            milliseconds(pair.ours.median),
            milliseconds(pair.theirs.median),
            format!(
                "{:.3} ({:.3} to {:.3})",
                ratio.median, ratio.low, ratio.high
            ),
        ];
        let judged = limit.map(|limit| (limit, limit.is_reached_by(ratio.median)));
        self.row(what, &figures, judged);
    }

    pub fn peak(&mut self, what: &str, mebibytes: f64, limit: Limit) {
        let reached = limit.is_reached_by(mebibytes);
        self.row(
            what,
            &[format!("{mebibytes:.1} MiB")],
            Some((limit, reached)),
        );
    }

    pub fn count(&mut self, what: &str, count: f64, limit: Option<Limit>) {
        let judged = limit.map(|limit| (limit, limit.is_reached_by(count)));
        self.row(what, &[number(count)], judged);
    }
}

pub fn milliseconds(seconds: f64) -> String {
    format!("{:.2} ms", seconds * 1000.0)
}

/// With its thousands told apart.
pub fn number(number: f64) -> String {
    if number.fract() != 0.0 {
        return number.to_string();
    }
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
