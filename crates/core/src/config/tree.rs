//! A TOML document with the line of every key, owned, so that errors found later can still name the line.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Without `Debug`, here and below: the values may be secrets.
#[derive(Clone, Default)]
pub struct Table {
    entries: Vec<Item>,
}

#[derive(Clone)]
pub struct Item {
    pub key: String,
    pub line: usize,
    pub value: Value,
}

#[derive(Clone)]
pub enum Value {
    Text(String),
    Integer(i64),
    Float(f64),
    Flag(bool),
    List(Vec<Value>),
    Table(Table),
    /// A date, or a number that fits nothing.
    Other(&'static str),
}

/// Where and why the text is no TOML; never the text itself, which may hold secrets.
#[derive(Debug, PartialEq, Eq)]
pub struct SyntaxError {
    pub line: usize,
    pub problem: String,
}

pub fn parse(text: &str) -> Result<Table, SyntaxError> {
    let lines = Lines::of(text);
    let table = DeTable::parse(text).map_err(|error| SyntaxError {
        line: error.span().map_or(1, |span| lines.number_of(span.start)),
        problem: error.message().lines().collect::<Vec<_>>().join(", "),
    })?;
    Ok(lines.table(table.get_ref()))
}

impl Table {
    pub fn get(&self, key: &str) -> Option<&Item> {
        self.entries.iter().find(|item| item.key == key)
    }

    pub fn items(&self) -> &[Item] {
        &self.entries
    }
}

impl Value {
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Text(_) => "a string",
            Value::Integer(_) => "an integer",
            Value::Float(_) => "a number",
            Value::Flag(_) => "true or false",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
            Value::Other(name) => name,
        }
    }
}

struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Lines {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Lines(ends.map(|(at, _)| at).collect())
    }

    fn number_of(&self, offset: usize) -> usize {
        self.0.partition_point(|end| *end < offset) + 1
    }

    fn table(&self, table: &DeTable) -> Table {
        let mut entries: Vec<Item> = table
            .iter()
            .map(|(key, value)| Item {
                key: key.get_ref().to_string(),
                line: self.number_of(key.span().start),
                value: self.value(value),
            })
            .collect();
        entries.sort_by_key(|item| item.line);
        Table { entries }
    }

    fn value(&self, value: &Spanned<DeValue>) -> Value {
        match value.get_ref() {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Integer(number) => {
                match i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()) {
                    Ok(number) => Value::Integer(number),
                    Err(_) => Value::Other("a number out of range"),
                }
            }
            DeValue::Float(number) => match number.as_str().replace('_', "").parse() {
                Ok(number) => Value::Float(number),
                Err(_) => Value::Other("a number out of range"),
            },
            DeValue::Boolean(flag) => Value::Flag(*flag),
            DeValue::Datetime(_) => Value::Other("a date"),
            DeValue::Array(list) => Value::List(list.iter().map(|item| self.value(item)).collect()),
            DeValue::Table(table) => Value::Table(self.table(table)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_knows_its_line() {
        let table = parse("site = 'a'\n\n[slack]\nwebhook_url = 'x'\n").unwrap();
        let slack = table.get("slack").unwrap();
        let Value::Table(inner) = &slack.value else {
            panic!("no table")
        };
        assert_eq!((slack.line, inner.get("webhook_url").unwrap().line), (3, 4));
    }

    #[test]
    fn a_syntax_error_names_the_line_and_not_the_text() {
        let error = parse("site = 'a'\n[slack]\nwebhook_url = https://hooks/secret\n")
            .err()
            .unwrap();
        assert_eq!(error.line, 3);
        assert!(!error.problem.contains("secret"), "{}", error.problem);
    }
}
