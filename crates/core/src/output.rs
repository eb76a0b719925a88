//! A check's output as people read it: the first line, the further ones, and the performance data apart.

use crate::text;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    pub first: String,
    pub more: String,
    pub performance: String,
}

impl Output {
    pub fn read(output: &str, long_output: &str) -> Output {
        let (first, mut performance) = split(output);
        let mut more: Vec<&str> = Vec::new();
        for line in long_output.lines() {
            let (text, data) = split(line);
            more.push(text.trim_end());
            performance.extend(data);
        }
        Output {
            first: text::line(first),
            more: text::clean(more.join("\n").trim_matches('\n')),
            performance: text::line(&performance.join(" ")),
        }
    }
}

/// What stands behind a `|` is performance data only where it looks like it: a pipe in a sentence stays.
fn split(line: &str) -> (&str, Vec<&str>) {
    match line.split_once('|') {
        Some((text, data)) if is_performance_data(data) => (text, vec![data.trim()]),
        _ => (line, Vec::new()),
    }
}

/// `'label'=value[unit][;warn;crit;min;max]`, separated by spaces.
fn is_performance_data(data: &str) -> bool {
    let data = data.trim();
    let mut rest = data;
    while !rest.is_empty() {
        let label_end = match rest.strip_prefix('\'') {
            Some(quoted) => quoted.find('\'').map(|end| end + 2),
            None => rest.find(['=', ' ']),
        };
        let Some(value) = label_end
            .filter(|end| *end > 0)
            .and_then(|end| rest[end..].strip_prefix('='))
        else {
            return false;
        };
        if !value.starts_with(|first: char| first.is_ascii_digit() || "-+.U".contains(first)) {
            return false;
        }
        rest = match value.split_once(' ') {
            Some((_, next)) => next.trim_start(),
            None => "",
        };
    }
    !data.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn performance_data_stands_apart_from_the_text() {
        let output = Output::read(
            "DISK OK - free space: / 3326 MB | /=2643MB;5948;5958;0;5968 'C: used'=U",
            "/boot 68 MB;\n/home 69357 MB; | /boot=68MB;88;93;0;98\n/home=69357MB",
        );
        assert_eq!(output.first, "DISK OK - free space: / 3326 MB");
        assert_eq!(output.more, "/boot 68 MB;\n/home 69357 MB;\n/home=69357MB");
        assert_eq!(
            output.performance,
            "/=2643MB;5948;5958;0;5968 'C: used'=U /boot=68MB;88;93;0;98"
        );
    }

    #[test]
    fn a_pipe_in_a_sentence_is_no_performance_data() {
        for sentence in [
            "a | b",
            "ps aux | grep x=y",
            "load |",
            "x|'open=1",
            "a || b=1",
        ] {
            assert_eq!(Output::read(sentence, "").first, sentence);
        }
    }
}
